"""The grid member's phone: today's matters by building, nearest due first, and patrol reports, photo first."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.cases import listing, suggest
from gongzhi.cases.actions import Words, report
from gongzhi.cases.listing import Row
from gongzhi.cases.models import Channel, Matter, Visit
from gongzhi.cases.views import acts, detail
from gongzhi.cases.workflow import CLERK, VISIT
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotValid, Refused
from gongzhi.kernel.forms import UuidsField, WordsField
from gongzhi.kernel.perform import perform
from gongzhi.territory.models import Kind, Place

WALKERS = ("grid_member", "grid_leader", "captain", "clerk", "community_secretary")
MOST_BUILDINGS = 120


# --- Today --------------------------------------------------------------------------------------------------------


@duty_required()
@require_safe
def today(request: Request) -> HttpResponse:
    """What I owe, grouped by building; the building with the nearest deadline first."""
    now = timezone.now()
    page = listing.work_rows(listing.owed(request.actor), request.GET.get("after", ""))
    numbers = listing.counts(listing.owed(request.actor), listing.WORK[:3], now)
    context = {
        "heading": _("今天的事"), "visits": visits_today(request.actor, now),
        "groups": by_place(page.rows, request.actor, now), "page": page, "numbers": numbers,
        "count_words": _("%(all)d 件待办，%(today)d 件今天到期，%(late)d 件超期") % numbers, "now": now,
    }  # fmt: skip
    return render(request, "cases/grid/today.html", context)


def visits_today(actor: Actor, now: datetime) -> list[Visit]:
    """Joint visits of today and tomorrow where I walk or am invited; one statement."""
    rows = Visit.objects.filter(
        VISIT.read.q(actor), state="planned", meets_at__lt=listing.day_ends(now) + timedelta(days=1)
    )
    return list(rows.select_related("matter").order_by("meets_at", "pk")[:20])


def by_place(rows: Iterable[Row], actor: Actor, now: Any) -> list[dict[str, Any]]:
    """Rows under their buildings, in the order in which the first of each comes."""
    groups: dict[int, dict[str, Any]] = {}
    for row in rows:
        group = groups.setdefault(
            row.place_id or 0, {"place": listing.place_words(row.matter) if row.matter else "", "rows": []}
        )
        offered = detail.acts(row.matter, actor, now, row.url) if row.matter else []
        mine = [act for act in offered if act.main or act.verb == "progress"]
        group["rows"].append({"row": row, "acts": mine if row.todo and row.todo.kind == "cases.matter" else []})
    return list(groups.values())


# --- Patrol -------------------------------------------------------------------------------------------------------


class PatrolForm(forms.Form):
    """Seen on the way: photo, where, one sentence."""

    photos = UuidsField(label=gettext_lazy("拍张照片"), required=False)
    place = forms.TypedChoiceField(
        label=gettext_lazy("在哪里？"), coerce=int, empty_value=None, widget=forms.RadioSelect
    )
    place_note = WordsField(label=gettext_lazy("具体位置"), max_length=100, lines=1, required=False)
    text = WordsField(label=gettext_lazy("看到什么？"), max_length=1000, lines=3)
    is_mine = forms.BooleanField(label=gettext_lazy("我当场来办"), required=False)

    def __init__(self, data: Any, places: list[tuple[int, str]], *, may_handle: bool) -> None:
        super().__init__(data)
        self.fields["place"].choices = places  # type: ignore[attr-defined]
        if len(places) == 1:
            self.initial["place"] = places[0][0]
        if not may_handle:
            del self.fields["is_mine"]


def walks(actor: Actor) -> list[tuple[int, str]]:
    """Where this actor goes: the buildings of the own grid and the grid itself; for a community its grids."""
    ids = [grant.place_id for grant in actor.holding(frozenset(WALKERS)) if grant.place_id]
    found: list[tuple[int, str]] = []
    for top in Place.objects.living().filter(pk__in=ids):
        inner = [Kind.GRID, Kind.GROUP] if top.kind == Kind.COMMUNITY else [Kind.BUILDING]
        below = Place.objects.living().filter(path__startswith=top.path, kind__in=inner).select_related("estate")
        found += [(row.pk, _named(row)) for row in below.order_by("path")[:MOST_BUILDINGS]]
        found.append((top.pk, top.name if top.kind == Kind.BUILDING else _("%s公共地方") % top.name))
    return list(dict(found).items())


def _named(row: Place) -> str:
    return row.name if row.estate is None or row.name.startswith(row.estate.name) else f"{row.estate.name}{row.name}"


def may_handle(actor: Actor, place: Place) -> bool:
    """Whether the declared verbs let this actor accept and give a matter there."""
    there = Matter()
    there.put(place)
    return CLERK.allows(there, actor) is not None


@duty_required(*WALKERS)
@require_http_methods(["GET", "POST"])
def patrol(request: Request) -> HttpResponse:
    """Report what was seen; who may triage here may take it on at once."""
    places = walks(request.actor)
    tops = Place.objects.filter(pk__in=[pk for pk, _name in places[-1:]])
    handles = any(may_handle(request.actor, top) for top in tops)
    if request.method == "GET":
        return _show(request, PatrolForm(None, places, may_handle=handles), 200)
    data, wrong = acts.collect(request)
    form = PatrolForm(data, places, may_handle=handles)
    if not form.is_valid() or wrong:
        for sentences in wrong.values():
            form.add_error("photos", ValidationError(sentences))
        return _show(request, form, 422)
    return _send(request, form, data)


def _send(request: Request, form: PatrolForm, data: QueryDict) -> HttpResponse:
    cleaned = form.cleaned_data
    hints = suggest.suggest(cleaned["text"])
    words = Words(
        text=cleaned["text"], place=Place.objects.get(pk=cleaned["place"]), place_note=cleaned["place_note"],
        category=hints[0].category if hints else None, photos=tuple(cleaned["photos"]), name=request.me.name,
        channel=Channel.PATROL, owner_id=None,
    )  # fmt: skip
    try:
        made = report(words, actor=request.actor, receipt=acts.receipt_of(request))
    except NotValid as error:
        for name, sentences in error.errors.items():
            form.add_error(name if name in form.fields else None, ValidationError(sentences))
        return _show(request, form, 422)
    except ValidationError as error:
        form.add_error("photos", error)
        return _show(request, form, 422)
    except Refused as error:
        form.add_error(None, str(error))
        return _show(request, form, 409)
    if made.matter is not None and cleaned.get("is_mine"):
        return _take_on(request, made.matter)
    messages.success(request, _("报上去了，社区会接着办。可以接着巡查。"))
    return redirect("/patrol/" if not made.matter else f"/matters/{made.matter.number}/")


def _take_on(request: Request, matter: Matter) -> HttpResponse:
    """Triage to oneself and sign, each a declared verb; then the form of the result."""
    category = matter.category or (suggest.categories() or [None])[0]  # type: ignore[list-item]
    data = {"triage_class": category.triage_class if category else "small", "category": category.pk if category else "",
            "urgency": matter.urgency, "reason": _("巡查发现，当场处理"), "handler": f"a{request.me.pk}"}  # fmt: skip
    try:
        perform(matter, "triage", actor=request.actor, data=data)
        perform(matter, "sign", actor=request.actor)
    except Refused as error:
        messages.warning(request, _("已经报上去了，但还不能当场办：%s") % error)
        return redirect(f"/matters/{matter.number}/")
    messages.success(request, _("已由您签收，办完拍照回单。"))
    return redirect(f"/matters/{matter.number}/finish/")


def _show(request: Request, form: PatrolForm, status: int) -> HttpResponse:
    context = {
        "heading": _("巡查上报"),
        "form": form,
        "photo": form["photos"],
        "shots": acts.shots_of(form),
        "back": "/today/",
        "key": request.POST.get("key", "") or str(uuid.uuid4()),
        "emergencies": suggest.emergencies(str(form["text"].value() or "")),
    }
    return render(request, "cases/grid/patrol.html", context, status=status)
