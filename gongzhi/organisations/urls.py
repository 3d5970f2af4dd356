"""Addresses of the register of organisations."""

from django.urls import path

from gongzhi.organisations import views

app_name = "organisations"
urlpatterns = [
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/register/", views.register, name="register"),
    path("organisations/import/", views.upload, name="upload"),
    path("organisations/<int:pk>/", views.organisation, name="organisation"),
    path("organisations/<int:pk>/edit/", views.edit, name="edit"),
    path("organisations/<int:pk>/end/", views.end, name="end"),
]
