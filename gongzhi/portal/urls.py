"""Addresses of the portal."""

from django.urls import path

from gongzhi.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("my-place/", views.my_place, name="my-place"),
    path("anchors/", views.anchors, name="anchors"),
    path("notifications/", views.notifications, name="notifications"),
    path("notifications/<int:pk>/", views.open_notice, name="notice"),
    path("go/<slug:kind>/<int:pk>/", views.go, name="go"),
]
