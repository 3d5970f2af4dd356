"""Pages of residents: reporting, following, rating."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
