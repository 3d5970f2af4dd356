"""Pages of staff: my work, lists, matters, intake."""

from django.urls import URLPattern, path, re_path

from gongzhi.cases.views import (
    acts,
    bulk,
    callbacks,
    extra,
    grid,
    intake,
    ledger,
    matter,
    matters,
    pairs,
    redaction,
    saved,
    work,
)

MATTER = r"^matters/(?P<number>[-\d]{1,12})/"
"""Numbers only, so that `matters/ledger/` is another page."""

urlpatterns: list[URLPattern] = [
    path("work/", work.work, name="work"),
    re_path(r"^work/bulk/(?P<verb>accept|dispatch)/$", bulk.bulk, name="bulk"),
    path("work/bulk/merge/", pairs.merge, name="bulk-merge"),
    path("work/pairs/", pairs.likely, name="pairs"),
    path("work/pairs/two/", pairs.two, name="pairs-two"),
    path("work/ledger/", ledger.ledger, name="work-ledger"),
    path("work/print/", ledger.paper, name="work-paper"),
    path("callbacks/", callbacks.desk, name="callbacks"),
    re_path(r"^callbacks/(?P<pk>\d{1,18})/$", callbacks.callback, name="callback"),
    path("today/", grid.today, name="today"),
    path("patrol/", grid.patrol, name="patrol"),
    path("intake/", intake.intake, name="intake"),
    path("intake/hints/", intake.hints, name="intake-hints"),
    path("intake/extra/", extra.for_staff(*intake.INTAKERS), name="intake-extra"),
    path("matters/", matters.matters, name="matters"),
    path("matters/saved/", saved.lists, name="saved"),
    path("matters/saved/<int:pk>/drop/", saved.drop, name="saved-drop"),
    path("matters/ledger/", ledger.ledger, name="ledger"),
    path("matters/print/", ledger.paper, name="paper"),
    re_path(rf"{MATTER}$", matter.matter, name="matter"),
    re_path(rf"{MATTER}print/$", matter.paper, name="work-order"),
    re_path(rf"{MATTER}word/$", matter.word, name="work-order-word"),
    re_path(rf"{MATTER}sent/$", matter.sent, name="sent"),
    re_path(rf"{MATTER}photos/$", redaction.photos, name="photos"),
    re_path(rf"{MATTER}photos/(?P<uid>[-0-9a-f]{{36}})/$", redaction.cover, name="cover"),
    re_path(rf"{MATTER}looks/$", matter.looks, name="looks"),
    re_path(rf"{MATTER}where.json$", matter.where, name="where"),
    re_path(rf"{MATTER}reports/(?P<pk>\d{{1,18}})/contact/$", matter.contact, name="contact"),
    re_path(rf"{MATTER}(?P<kind>tasks|orders|visits|reports)/(?P<pk>\d{{1,18}})/(?P<verb>[a-z_]{{1,32}})/$",
            acts.act_on_part, name="act-on-part"),
    re_path(rf"{MATTER}(?P<verb>[a-z_]{{1,32}})/$", acts.act, name="act"),
]  # fmt: skip
