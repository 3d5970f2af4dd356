"""Addresses of the practice: what residents, staff and the public open."""

from django.urls import URLPattern, URLResolver, include, path

app_name = "cases"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("gongzhi.cases.urls_resident")),
    path("", include("gongzhi.cases.urls_staff")),
    path("", include("gongzhi.cases.urls_intake")),
    path("", include("gongzhi.cases.urls_open")),
    path("", include("gongzhi.cases.urls_settings")),
]
