"""The shelf of staff: what is in use at their places, and proposing templates and answers."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.base import redact
from gongzhi.base.text import clean_text
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import Refused
from gongzhi.knowledge import actions, topics, words
from gongzhi.knowledge.kinds import KINDS, Kind
from gongzhi.knowledge.models import Entry, Status
from gongzhi.knowledge.views import settings
from gongzhi.territory.access import LARGEST
from gongzhi.territory.models import Place

MOST = 500


def _places(actor: Actor) -> tuple[list[int], Q]:
    """Ids of the actor's places with everything above them, and the question for what lies below."""
    tops = list(Place.objects.filter(pk__in=[grant.place_id for grant in actor.grants if grant.place_id]))
    below = Q(pk__in=[])
    for top in tops:
        below |= Q(place__path__startswith=top.path)
    return [pk for top in tops for pk in top.path_ids], below


def within(actor: Actor) -> Q:
    """Entries that touch the actor's places: everywhere, above, below. An officer of a department reads all."""
    above, below = _places(actor)
    if any(grant.organisation_id for grant in actor.grants):
        return Q()
    return Q(place=None) | Q(place__in=above) | (below if above else Q(pk__in=[]))


@duty_required()
@require_safe
def index(request: Request) -> HttpResponse:
    """One kind of entries, by two characters or all; own proposals on top."""
    kind = KINDS.get(request.GET.get("kind", ""), KINDS["answers"])
    query, names = clean_text(request.GET.get("q", "")[:40], lines=False), topics.names()
    rows = kind.model._default_manager.filter(within(request.actor)).select_related("place")
    live = settings.found(rows.filter(status=Status.USE, is_active=True), kind, query)[:MOST]
    mine = rows.filter(proposed_by=request.me.pk).exclude(status=Status.USE) if kind.may_propose else []
    lines = [words.line(row, names) for row in live]
    context = {
        "heading": _("知识"), "kind": kind, "query": query, "groups": words.by_topic(lines, names), "count": len(lines),
        "views": [{"label": one.label, "url": f"?kind={one.code}", "active": one is kind} for one in KINDS.values()],
        "mine": [words.line(row, names) for row in mine], "may": kind.may_propose and _may_propose(request.actor),
    }  # fmt: skip
    return render(request, "knowledge/shelf/list.html", context)


def _may_propose(actor: Actor) -> bool:
    return bool(actor.holding(actions.PROPOSERS))


@duty_required()
@require_safe
def entry(request: Request, kind: str, pk: str) -> HttpResponse:
    """One entry as it is read."""
    chosen = KINDS[kind]
    rows = chosen.model._default_manager.filter(within(request.actor)).select_related("place")
    visible = Q(status=Status.USE, is_active=True) | Q(proposed_by=request.me.pk)
    row = rows.filter(visible, pk=int(pk)).first() if int(pk) <= LARGEST else None
    if row is None:
        raise Http404
    context = {
        "heading": str(row), "kind": chosen, "line": words.line(row, topics.names()), "row": row,
        "preview": settings.preview_of(row), "back": f"/knowledge/?kind={chosen.code}",
    }  # fmt: skip
    return render(request, "knowledge/shelf/entry.html", context)


@duty_required("clerk", "community_secretary", "street_clerk", "district_clerk")
@require_http_methods(["GET", "POST"])
def propose(request: Request, kind: str) -> HttpResponse:
    """Propose a template or an answer for the own place; another person decides."""
    chosen = KINDS.get(kind)
    if chosen is None or not chosen.may_propose:
        raise Http404
    form = _form(request, chosen)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        status = 200
        if "look" not in request.POST and "mask" not in request.POST:
            try:
                actions.propose(chosen, _values(form), actor=request.actor)
                messages.success(request, _("已提交，等别人审定。审定前不会用出去。"))
                return redirect(f"/knowledge/?kind={chosen.code}")
            except Refused as problem:
                status = settings.refuse(form, problem, chosen)
    return render(request, "knowledge/shelf/propose.html", _context(chosen, form), status=status)


def _form(request: Request, kind: Kind) -> Any:
    tops = [grant.place_id for grant in request.actor.holding(actions.PROPOSERS) if grant.place_id]
    places = Place.objects.living().filter(pk__in=tops).order_by("path")
    row: Entry = kind.model(topic=request.GET.get("topic", "")[:40])
    initial = {"topic": row.topic, "place": tops[0] if tops else None, "use": request.GET.get("use", "")[:20]}
    form = kind.form(redact.masked(request.POST) or None, initial=initial, places=places, everywhere=False, row=row)
    del form.fields["is_active"]
    return form


def _values(form: Any) -> dict[str, Any]:
    found: dict[str, Any] = form.values()
    return found


def _context(kind: Kind, form: Any) -> dict[str, Any]:
    trial = kind.model(**form.values()) if form.is_bound and form.is_valid() else None
    return {
        "heading": _("提一条：%(kind)s") % {"kind": kind.label}, "kind": kind, "form": form,
        "preview": settings.preview_of(trial) if trial else None, "back": f"/knowledge/?kind={kind.code}",
        "samples": settings.samples(),
    }  # fmt: skip
