"""Public pages of a place, supervision, secretaries."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
