"""Public pages of a place, supervision, secretaries."""

from django.urls import URLPattern, path, re_path

from gongzhi.cases.views import place

urlpatterns: list[URLPattern] = [
    path("open/", place.index, name="open"),
    path("at/<int:pk>/", place.place, name="place"),
    re_path(r"^at/(?P<pk>\d{1,18})/m/(?P<number>[-\d]{1,12})/$", place.matter, name="public-matter"),
]
