"""Addresses of figures."""

from django.urls import URLPattern, path, re_path

from gongzhi.statistics.views import exclusions, months, pages, wall

app_name = "statistics"
urlpatterns: list[URLPattern] = [
    path("statistics/", pages.index, name="index"),
    path("statistics/steps/", pages.steps, name="steps"),
    path("statistics/backlog/", pages.backlog, name="backlog"),
    path("statistics/themes/", pages.topics, name="themes"),
    path("statistics/units/", pages.units, name="units"),
    path("statistics/list/", pages.behind, name="list"),
    path("statistics/wall/", wall.wall, name="wall"),
    path("statistics/exclusions/", exclusions.exclusions, name="exclusions"),
    path("statistics/exclusions/new/", exclusions.new, name="exclude"),
    re_path(r"^statistics/exclusions/(?P<pk>\d{1,18})/(?P<verb>[a-z_]{1,32})/$", exclusions.act, name="exclusion-act"),
    path("statistics/months/", months.months, name="months"),
    path("statistics/reports/", months.reports, name="reports"),
    re_path(r"^statistics/reports/(?P<pk>\d{1,18})/$", months.paper, name="report"),
]
