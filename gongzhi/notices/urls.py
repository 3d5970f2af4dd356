"""Addresses of notices. Those of the desk stand before the numbers."""

from django.urls import path, re_path

from gongzhi.notices.views import desk, public, writing

NUMBER = r"(?P<number>\d{4}-\d{6,7})"
app_name = "notices"
urlpatterns = [
    path("notices/", public.index, name="index"),
    path("notices/desk/", desk.index, name="desk"),
    path("notices/desk/new/", writing.new, name="new"),
    re_path(rf"^notices/desk/{NUMBER}/$", desk.notice, name="one"),
    re_path(rf"^notices/desk/{NUMBER}/preview/$", desk.preview, name="preview"),
    re_path(rf"^notices/desk/{NUMBER}/objections/(?P<pk>\d{{1,18}})/answer/$", desk.answer, name="answer"),
    re_path(rf"^notices/desk/{NUMBER}/objections/(?P<pk>\d{{1,18}})/phone/$", desk.phone, name="phone"),
    re_path(rf"^notices/desk/{NUMBER}/(?P<verb>[a-z]+)/$", writing.act, name="act"),
    re_path(rf"^notices/{NUMBER}/$", public.notice, name="notice"),
    re_path(rf"^notices/{NUMBER}/print/$", public.paper, name="paper"),
    re_path(rf"^notices/{NUMBER}/objections/$", public.objection, name="object"),
    re_path(rf"^notices/{NUMBER}/files/(?P<uid>[0-9a-f-]{{36}})/$", public.attachment, name="file"),
]
