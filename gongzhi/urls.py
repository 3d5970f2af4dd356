"""Explicit list of every part's addresses."""

from django.urls import URLPattern, URLResolver, include, path

from gongzhi.base import health

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", health.healthz),
    # First the addresses that are asked for most: each one before costs a try.
    path("", include("gongzhi.cases.urls")),
    path("", include("gongzhi.base.urls")),
    path("", include("gongzhi.portal.urls")),
    path("", include("gongzhi.territory.urls")),
    path("", include("gongzhi.organisations.urls")),
    path("", include("gongzhi.accounts.urls")),
    path("", include("gongzhi.notices.urls")),
    path("", include("gongzhi.knowledge.urls")),
    path("", include("gongzhi.statistics.urls")),
]
