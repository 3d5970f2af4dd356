"""The product's addresses and the plain ones."""

from django.urls import include, path

from bench.plain import views

urlpatterns = [
    path("plain/write/", views.write),
    path("plain/page/", views.page),
    path("", include("gongzhi.urls")),
]
