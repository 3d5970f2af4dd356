"""Addresses of this layer and those below it: tests here do not depend on what stands above."""

from django.urls import include, path

urlpatterns = [path("", include("gongzhi.base.urls")), path("", include("gongzhi.territory.urls"))]
