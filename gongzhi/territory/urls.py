"""Addresses of places."""

from django.urls import path

from gongzhi.territory import public, uploads, views

app_name = "territory"
urlpatterns = [
    path("places/", views.places, name="places"),
    path("places/at.json", public.at, name="at"),
    path("places/find.json", public.search, name="find"),
    path("places/import/", uploads.upload, name="upload"),
    path("places/import/<uuid:uid>/", uploads.take_over, name="take-over"),
    path("places/import/<uuid:uid>/errors.csv", uploads.bad_rows, name="bad-rows"),
    path("places/<int:pk>/", views.place, name="place"),
    path("places/<int:pk>/children.json", public.children, name="children"),
    path("places/<int:pk>/shapes.json", public.shapes, name="shapes"),
    path("places/<int:pk>/add/<slug:kind>/", views.add, name="add"),
    path("places/<int:pk>/edit/", views.edit, name="edit"),
    path("places/<int:pk>/rename/", views.rename, name="rename"),
    path("places/<int:pk>/move/", views.move, name="move"),
    path("places/<int:pk>/merge/", views.merge, name="merge"),
    path("places/<int:pk>/split/", views.split, name="split"),
    path("places/<int:pk>/end/", views.end, name="end"),
    path("places/<int:pk>/boundary/", views.boundary, name="boundary"),
    path("places/<int:pk>/codes/", views.codes, name="codes"),
]
