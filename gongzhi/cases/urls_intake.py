"""Intake by staff: hotline, counter, chats, tables; the six special routes explained."""

from django.urls import URLPattern, path

from gongzhi.cases.views import hotline

urlpatterns: list[URLPattern] = [
    path("hotline/", hotline.hotline, name="hotline"),
    path("hotline/side/", hotline.side, name="hotline-side"),
    path("hotline/<uuid:uid>/", hotline.read, name="hotline-read"),
]
