"""Intake by staff: hotline, counter, chats, tables; the six special routes explained."""

from django.urls import URLPattern, path

from gongzhi.cases.views import hotline, routes

urlpatterns: list[URLPattern] = [
    path("hotline/", hotline.hotline, name="hotline"),
    path("hotline/side/", hotline.side, name="hotline-side"),
    path("hotline/<uuid:uid>/", hotline.read, name="hotline-read"),
    path("routes/", routes.routes, name="routes"),
    path("routes/<slug:code>/", routes.route, name="route"),
]
