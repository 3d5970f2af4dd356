"""The administrator's pages: the tree, one place, and what can be done to it."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.kernel.actor import Actor
from gongzhi.territory import actions, adding
from gongzhi.territory.access import administrator, keyset, mine, place_of, tops
from gongzhi.territory.forms import (
    NEW,
    AddForm,
    BoundaryForm,
    DetailsForm,
    EndForm,
    MergeForm,
    MoveForm,
    RenameForm,
    SplitForm,
    kinds_below,
)  # fmt: skip
from gongzhi.territory.models import PARENTS, Kind, Place, PlaceChange, PlaceLink, PlaceQuerySet
from gongzhi.territory.tree import lock_tree, trail, trail_text, trails
from gongzhi.territory.wording import sentence

form_page = require_http_methods(["GET", "HEAD", "POST"])
SHOWN_CHANGES = 30
OFFERED = 40
CODES_PER_SHEET = 60


@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """The places the duties begin at, or what a search found among all of one's own."""
    actor = administrator(request)
    query = request.GET.get("q", "").strip()
    found = mine(actor).named(query) if query else tops(actor)
    rows, cursor = keyset(_in_force(found, request), request.GET.get("after", ""))
    context = {"rows": _with_ways(rows), "cursor": cursor, "query": query, "place": None}
    return render(request, "territory/place.html", {**context, **_frame(_("地点"), "list")})


@require_safe
def place(request: HttpRequest, pk: int) -> HttpResponse:
    """One place: where it lies, what is below, what became of it."""
    here = place_of(request, pk)
    below = Place.objects.filter(Q(estate=here) if here.kind == Kind.ESTATE else Q(parent=here))
    rows, cursor = keyset(_in_force(below, request), request.GET.get("after", ""))
    changes = here.changes.select_related("place").order_by("-pk")[:SHOWN_CHANGES]
    context = {
        "place": here, "rows": rows, "cursor": cursor, "crumbs": _linked(request, here), "links": _links(here),
        "events": [_event(item) for item in changes], "kinds": kinds_below(here) if here.valid_to is None else [],
        "boundary": here.boundaries.filter(valid_to=None).first(), "is_all": "all" in request.GET,
    }  # fmt: skip
    return render(request, "territory/place.html", {**context, **_frame(here.name, "detail")})


def _frame(heading: str, showing: str) -> dict[str, Any]:
    return {"heading": heading, "showing": showing}


def _in_force(found: PlaceQuerySet, request: HttpRequest) -> PlaceQuerySet:
    return found if "all" in request.GET else found.filter(valid_to=None)


def _with_ways(rows: list[Place]) -> list[dict[str, Any]]:
    ways = trails(row.pk for row in rows)
    return [{"place": row, "way": trail_text(ways[row.pk][:-1])} for row in rows]


def _linked(request: HttpRequest, here: Place) -> list[dict[str, str]]:
    """The trail, with links where the asker may go."""
    reach = set(mine(administrator(request)).filter(pk__in=here.path_ids).values_list("pk", flat=True))
    return [
        {"name": crumb.name, "url": reverse("territory:place", args=[crumb.id]) if crumb.id in reach else ""}
        for crumb in trail(here)
    ]


def _links(here: Place) -> list[dict[str, Any]]:
    links = PlaceLink.objects.filter(Q(predecessor=here) | Q(successor=here)).select_related("predecessor", "successor")
    return [
        {
            "link": link, "is_successor": link.predecessor_id == here.pk,
            "other": link.successor if link.predecessor_id == here.pk else link.predecessor,
        }
        for link in links.order_by("at", "pk")
    ]  # fmt: skip


def _event(change: PlaceChange) -> dict[str, Any]:
    return {"at": change.at, "who": change.by_name, "text": sentence(change), "note": change.reason}


@form_page
def add(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Add a place below this one."""
    parent = place_of(request, pk)
    if parent.kind not in PARENTS.get(kind, ()):
        raise Http404
    form = AddForm(request.POST or None, kind=kind, parent=parent)
    title = _("在%(parent)s下新增%(kind)s") % {"parent": parent.name, "kind": Kind(kind).label}
    return _act(
        request, parent, form, title, _("新增"),
        lambda actor: adding.add(form.draft(), actor=actor, reason=form.cleaned_data["reason"]),
    )  # fmt: skip


@form_page
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct the particulars."""
    here = place_of(request, pk)
    known = {**{name: getattr(here, name) for name in ("code", "address", "estate", "lon", "lat", "households")}}
    known["aliases"] = "、".join(here.aliases)
    form = DetailsForm(request.POST or None, initial=known, kind=here.kind, community_id=here.community_id)
    return _act(
        request, here, form, _("更正%(name)s的资料") % {"name": here.name}, _("保存资料"),
        lambda actor: actions.edit(here, actor=actor, reason=form.cleaned_data["reason"], **form.details()),
    )  # fmt: skip


@form_page
def rename(request: HttpRequest, pk: int) -> HttpResponse:
    """Give another name."""
    here = place_of(request, pk)
    form = RenameForm(request.POST or None, initial={"name": here.name, "full_name": here.full_name})
    return _act(
        request, here, form, _("给%(name)s更名") % {"name": here.name}, _("更名"),
        lambda actor: actions.rename(here, actor=actor, **form.cleaned_data),
    )  # fmt: skip


@form_page
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Hang the place under another parent."""
    here = place_of(request, pk)
    wanted = Q(kind__in=PARENTS[here.kind]) & ~Q(pk=here.parent_id)
    form = MoveForm(request.POST or None, parents=_offered(request, here, wanted, above=2))
    return _act(
        request, here, form, _("调整%(name)s的上级") % {"name": here.name}, _("调整上级"),
        lambda actor: actions.move(here, form.cleaned_data["parent"], actor=actor, reason=form.cleaned_data["reason"]),
        is_searched=True,
    )  # fmt: skip


@form_page
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Merge the place with others of its kind."""
    here = place_of(request, pk)
    others = _offered(request, here, Q(kind=here.kind) & ~Q(pk=here.pk), above=1)
    form = MergeForm(request.POST or None, place=here, others=others)
    return _act(
        request, here, form, _("把%(name)s和别的合并") % {"name": here.name}, _("合并"),
        lambda actor: _merge(actor, here, form.cleaned_data), is_searched=True,
    )  # fmt: skip


def _merge(actor: Actor, here: Place, data: dict[str, Any]) -> Place:
    together = {place.pk: place for place in (here, *data["others"])}
    into = None if data["into"] == NEW else together.get(int(data["into"]))
    if data["into"] != NEW and into is None:
        raise ValidationError(_("要并入的地点也要勾选。"))
    return actions.merge(
        list(together.values()), into=into, name=data["name"], full_name=data.get("full_name", ""),
        code=data.get("code", ""), at=data["at"], actor=actor, reason=data["reason"],
    )  # fmt: skip


@form_page
def split(request: HttpRequest, pk: int) -> HttpResponse:
    """Split the place into two or more (`?parts=`)."""
    here = place_of(request, pk)
    typed = request.GET.get("parts", "2")
    count = int(typed) if typed in ("2", "3", "4", "5", "6") else 2
    form = SplitForm(request.POST or None, place=here, members=actions.members(here), count=count)

    def work(actor: Actor) -> Place:
        data = form.cleaned_data
        return actions.split(here, form.parts(), at=data["at"], actor=actor, reason=data["reason"])[0]

    return _act(request, here, form, _("拆分%(name)s") % {"name": here.name}, _("拆分"), work, parts=count)


@form_page
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End a place nobody takes over."""
    here = place_of(request, pk)
    form = EndForm(request.POST or None)
    return _act(
        request, here, form, _("停用%(name)s") % {"name": here.name}, _("停用"),
        lambda actor: actions.end(here, actor=actor, **form.cleaned_data),
    )  # fmt: skip


@form_page
def boundary(request: HttpRequest, pk: int) -> HttpResponse:
    """Draw, replace or take away the boundary."""
    here = place_of(request, pk)
    form = BoundaryForm(request.POST or None, request.FILES or None)

    def work(actor: Actor) -> Place:
        data = form.cleaned_data
        return actions.set_boundary(
            here, data["boundary"], actor=actor, reason=data["reason"], at=data["at"], source=data["source"],
            is_invented=data["is_invented"],
        )  # fmt: skip

    title = _("画%(name)s的边界") % {"name": here.name}
    return _act(request, here, form, title, _("保存边界"), work, is_direct=True)


def _offered(request: HttpRequest, here: Place, wanted: Q, above: int) -> PlaceQuerySet:
    """Places to choose from: those near in the tree, those a search `?q=` found, and those just chosen."""
    own = mine(administrator(request)).filter(wanted, valid_to=None)
    query = request.GET.get("q", "").strip()
    if query:
        near = own.named(query)
    else:
        ids = here.path_ids
        top = ids[max(0, len(ids) - 1 - above)]
        near = own.filter(path__contains=f"/{top}/")
    typed = [pk for name in ("others", "parent") for pk in request.POST.getlist(name)]
    chosen = [int(pk) for pk in typed if pk.isascii() and pk.isdigit() and len(pk) < 19]
    ids = [*near.order_by("position", "pk").values_list("pk", flat=True)[:OFFERED], *chosen[:OFFERED]]
    return own.filter(pk__in=ids).select_related("parent").order_by("position", "pk")


def _act(
    request: HttpRequest, here: Place, form: forms.Form, title: str, verb: str, work: Callable[[Actor], Place],
    is_direct: bool = False, **more: Any,
) -> HttpResponse:  # fmt: skip
    """Form, then what will happen, then doing it. `is_direct` leaves the middle out, where files would be lost."""
    actor = administrator(request)
    preview: list[str] = []
    seen = _digest(request)
    if request.method == "POST" and form.is_valid():
        try:
            if is_direct or request.POST.get("seen") == seen:
                done = work(actor)
                messages.success(request, _("办好了：%(title)s。") % {"title": title})
                return redirect("territory:place", pk=done.pk)
            preview = rehearse(lambda: work(actor))
        except ValidationError as problem:
            form.add_error(None, problem)
    context = {
        "place": here, "form": form, "verb": verb, "preview": preview, "seen": seen if preview else "",
        "crumbs": _linked(request, here), "query": request.GET.get("q", ""), "is_direct": is_direct, **more,
    }  # fmt: skip
    status = 422 if form.errors and request.method == "POST" else 200
    return render(request, "territory/act.html", {**context, **_frame(title, "detail")}, status=status)


def _digest(request: HttpRequest) -> str:
    """What was typed, as a fingerprint: only what was shown beforehand is done without showing it again."""
    typed = {name: values for name, values in request.POST.lists() if name not in ("csrfmiddlewaretoken", "seen")}
    return hashlib.sha256(json.dumps([request.path, typed], sort_keys=True).encode()).hexdigest()


def rehearse(work: Callable[[], object]) -> list[str]:
    """Do it, read the history it wrote, and take everything back: what will happen, in sentences."""
    with transaction.atomic():
        lock_tree(is_changed=True)
        last = PlaceChange.objects.aggregate(last=Max("pk"))["last"] or 0
        work()
        rows = PlaceChange.objects.filter(pk__gt=last).select_related("place").order_by("pk")
        told = [sentence(row) for row in rows[:SHOWN_CHANGES]]
        more = rows.count() - len(told)
        transaction.set_rollback(True)
    told += [_("还有 %(count)s 处相关改动") % {"count": more}] if more else []
    return told or [_("没有变化")]


@require_safe
def codes(request: HttpRequest, pk: int) -> HttpResponse:
    """QR codes of the living buildings of a place, to print on A4 and put on the door."""
    here = place_of(request, pk)
    below = Q(estate=here) if here.kind == Kind.ESTATE else Q(path__startswith=here.path)
    buildings = Place.objects.living().filter(below, kind=Kind.BUILDING).select_related("estate")
    rows, cursor = keyset(buildings, request.GET.get("after", ""), CODES_PER_SHEET)
    ways = trails(row.pk for row in rows)
    cards = [_card(request, row, trail_text(ways[row.pk][-3:-1]), str(ways[row.pk][-1])) for row in rows]
    context = {"place": here, "cards": cards, "cursor": cursor, "back": reverse("territory:place", args=[here.pk])}
    return render(
        request, "territory/codes.html", {**context, "heading": _("%(name)s楼栋二维码") % {"name": here.name}}
    )


def _card(request: HttpRequest, row: Place, way: str, name: str) -> dict[str, str]:
    address = request.build_absolute_uri(f"/b/{row.token}")
    return {
        "name": name,
        "way": way,
        "address": address,
        "code": segno.make(address, error="m").svg_inline(omitsize=True),
    }
