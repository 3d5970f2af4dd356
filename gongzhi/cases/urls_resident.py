"""Pages of residents: reporting, following, rating; and the files that belong to concerns."""

from django.urls import URLPattern, path

from gongzhi.cases.views import extra, files, follow, report

urlpatterns: list[URLPattern] = [
    path("report/", report.report, name="report"),
    path("report/where/", report.choose, name="choose"),
    path("report/offers/", report.offers, name="offers"),
    path("report/extra/", extra.resident, name="extra"),
    path("report/photo/", report.photo, name="photo"),
    path("report/map/", report.by_map, name="by-map"),
    path("report/done/<uuid:uid>/", report.done, name="reported"),
    path("b/<str:token>", report.by_code, name="by-code"),
    path("track/", follow.track, name="track"),
    path("concerns/", follow.concerns, name="concerns"),
    path("concerns/<str:number>/", follow.concern, name="concern"),
    path("concerns/<str:number>/looks/", follow.looks, name="concern-looks"),
    path("concerns/<str:number>/<slug:verb>/", follow.act, name="concern-act"),
    path("files/<uuid:uid>/", files.whole, name="file"),
    path("files/<uuid:uid>/thumb/", files.thumb, name="thumb"),
]
