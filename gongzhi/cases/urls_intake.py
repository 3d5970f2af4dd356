"""Intake by staff: hotline, counter, chats, tables; the six special routes explained."""

from django.urls import URLPattern, path

from gongzhi.cases.views import chat, counter, hotline, routes, sheet

urlpatterns: list[URLPattern] = [
    path("hotline/", hotline.hotline, name="hotline"),
    path("hotline/side/", hotline.side, name="hotline-side"),
    path("hotline/<uuid:uid>/", hotline.read, name="hotline-read"),
    path("counter/", counter.counter, name="counter"),
    path("counter/<str:number>/", counter.paper, name="visit"),
    path("counter/<str:number>/word/", counter.word, name="visit-word"),
    path("intake/chat/", chat.chats, name="chats"),
    path("intake/chat/<uuid:uid>/", chat.cut, name="chat"),
    path("intake/sheet/", sheet.sheets, name="sheets"),
    path("intake/sheet/template/", sheet.template, name="sheet-template"),
    path("intake/sheet/<uuid:uid>/", sheet.sheet, name="sheet"),
    path("intake/sheet/<uuid:uid>/errors/", sheet.errors, name="sheet-errors"),
    path("routes/", routes.routes, name="routes"),
    path("routes/<slug:code>/", routes.route, name="route"),
]
