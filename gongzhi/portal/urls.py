"""Addresses of the portal."""

from django.urls import include, path, re_path

from gongzhi.portal import api, api_pages, views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("my-place/", views.my_place, name="my-place"),
    path("anchors/", views.anchors, name="anchors"),
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/<int:pk>/", views.open_notice, name="notice"),
    path("api/v1/openapi.json", api_pages.description, name="api-description"),
    path("api/v1/docs", api_pages.docs, name="api-docs"),
    path(api.PREFIX, include((list(api.patterns()), "api"))),
    re_path(r"^api/v1/", api.nothing_here),
    path("go/<slug:kind>/<int:pk>/", views.go, name="go"),
]
