"""Addresses of the interface itself."""

from django.urls import path

from gongzhi.base import views

urlpatterns = [
    path("look", views.look, name="look"),
    path("guide", views.guide, name="guide"),
    path("guide/<slug:page>", views.guide, name="guide-page"),
]
