"""Pages of staff: my work, lists, matters, intake."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
