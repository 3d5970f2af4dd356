"""Addresses: answers for everybody, the shelf of staff, the administrator's pages."""

from django.urls import URLPattern, path, re_path

from gongzhi.knowledge.views import public, settings, shelf

KIND = r"(?P<kind>templates|answers|guides|extra)"
NUMBER = r"(?P<pk>\d{1,18})"
app_name = "knowledge"
urlpatterns: list[URLPattern] = [
    path("questions/", public.index, name="index"),
    path("questions/print/", public.paper, name="paper"),
    re_path(rf"^questions/{NUMBER}/$", public.question, name="question"),
    re_path(rf"^questions/{NUMBER}/print/$", public.question_paper, name="question-paper"),
    re_path(rf"^questions/{NUMBER}/said/(?P<what>yes|no|enough)/$", public.said, name="said"),
    path("knowledge/", shelf.index, name="shelf"),
    path("knowledge/propose/<slug:kind>/", shelf.propose, name="propose"),
    re_path(rf"^knowledge/{KIND}/{NUMBER}/$", shelf.entry, name="entry"),
    path("settings/knowledge/", settings.index, name="settings"),
    re_path(rf"^settings/knowledge/{KIND}/$", settings.index, name="settings-kind"),
    re_path(rf"^settings/knowledge/{KIND}/new/$", settings.new, name="settings-new"),
    re_path(rf"^settings/knowledge/{KIND}/{NUMBER}/$", settings.change, name="settings-change"),
    re_path(rf"^settings/knowledge/{KIND}/{NUMBER}/decide/$", settings.decide, name="settings-decide"),
    re_path(rf"^settings/knowledge/answers/{NUMBER}/review/$", settings.review, name="settings-review"),
]
