"""The public page of a place: the three rates, what is being done, what was done, who is responsible here.

Everybody may read it, signed in or not; only what staff published (`MatterQuerySet.public`) stands on it, under its
public title. Never a name, a room or a telephone of a resident. Source: REQUIREMENTS.md row F2, issue 2.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Avg, Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongzhi.accounts.models import Duty
from gongzhi.accounts.request import Request
from gongzhi.base.models import StoredFile
from gongzhi.base.text import mask_personal_data
from gongzhi.cases import listing, rates, rules, steps, timeline
from gongzhi.cases.listing import SORTS
from gongzhi.cases.models import Matter, Report
from gongzhi.cases.views import where
from gongzhi.kernel.models import Phase
from gongzhi.notices.listing import latest
from gongzhi.territory.models import Kind, Place
from gongzhi.territory.tree import covered_ids, trail

PAGE = 20
MOST_PEOPLE = 40
MOST_NOTICES = 4
NEAR = (Kind.COMMUNITY, Kind.GRID, Kind.GROUP, Kind.ESTATE, Kind.BUILDING)
"""On the pages of these the people of the grids and buildings below stand as well."""
RANK = (
    "community_secretary", "clerk", "grid_member", "grid_leader", "captain", "street_secretary", "street_clerk", "supervisor",
    "district_secretary", "district_clerk",
)  # fmt: skip
PHASES = (Phase.RECEIVED, Phase.SORTING, Phase.HANDLING, Phase.ANSWERING, Phase.JUDGING)


@require_safe
def index(request: Request) -> HttpResponse:
    """Which community? By search, or from the district down."""
    query = request.GET.get("q", "").strip()
    at = where.number(request.GET.get("at", ""))
    kinds = (Kind.CITY, Kind.DISTRICT, Kind.STREET, Kind.COMMUNITY)
    shown = where.communities(query) if query else where.browse(at, kinds)
    context = {
        "where": shown,
        "q": query,
        "heading": _("办理公开"),
        "lead": _("选一个社区，看它在办什么、办得怎么样、找谁。"),
    }
    return render(request, "cases/open/index.html", context)


@require_safe
def place(request: Request, pk: int) -> HttpResponse:
    """The page of one place."""
    here, now = open_place(pk), timezone.now()
    (level, ids), period = covered_ids(here), rules.period(request.GET.get("p", ""), now)
    at, found = rates.at_ids(level, ids), rates.of_ids(level, ids, period, now)
    load = rates.load(at, now)
    context = {
        "place": here, "place_trail": crumbs(here), "heading": here.name, "lead": _lead(here, load),
        "figures": rules.figures(found), "periods": _periods(request, period.code), "people": people(here),
        "children": children(here, now), "base": f"/at/{here.pk}/", "nav": nav(here), **_matters(request, here, at),
        "notices": latest([here.pk], now, MOST_NOTICES), "has_map": here.boundary is not None,
    }  # fmt: skip
    return render(request, "cases/open/place.html", context)


@require_safe
def matter(request: Request, pk: int, number: str) -> HttpResponse:
    """One published matter: where it is, what has happened, what came of it."""
    here = open_place(pk)
    rows = listing.names(Matter.objects.public().filter(rates.where(here)))
    found = with_faces(rows).filter(number=number).exclude(state="merged").first()
    if found is None:
        raise Http404
    is_open = found.closed_at is None
    who = listing.name(found, "organisation") or steps.state_of(found).responsible
    context = {
        "place": here, "place_trail": [*crumbs(here), found.number], "matter": found, "nav": nav(here),
        "title": public_title(found), "heading": public_title(found), "facts": facts(found, listing.name(found, "grid")),
        "steps": steps.step_bar(found, str(who)), "state": steps.state_of(found).public, "is_open": is_open,
        "paused": found.state == "suspended", "answer": mask_personal_data(found.public_answer), "faces": faces(found),
        "events": events(found), "photos": photos(found), "back": f"/at/{here.pk}/", "community_id": found.community_id,
    }  # fmt: skip
    return render(request, "cases/open/matter.html", context)


# --- The place ----------------------------------------------------------------------------------------------------


def open_place(pk: int) -> Place:
    """A place with a page: everything but a household, which is somebody's home; ended places keep theirs."""
    found = Place.objects.select_related("estate").filter(pk=pk).exclude(kind=Kind.HOUSEHOLD).first()
    if found is None:
        raise Http404
    return found


def crumbs(here: Place) -> list[Any]:
    """The way to the place; each step has its page."""
    return [{"name": crumb.name, "url": f"/at/{crumb.id}/"} for crumb in trail(here)]


def nav(here: Place) -> list[dict[str, Any]]:
    """What stands at the top of public pages."""
    return [
        {"label": _("办理公开"), "url": f"/at/{here.pk}/", "active": True},
        {"label": _("公示"), "url": f"/notices/?at={here.pk}", "active": False},
        {"label": _("找谁办"), "url": f"/at/{here.pk}/#people-head", "active": False},
        {"label": _("换个社区"), "url": "/open/", "active": False},
        {"label": _("我要反映"), "url": "/report/", "active": False},
    ]


@dataclass(frozen=True)
class Below:
    """A place directly below with what is open and late there; confidential matters are in no count.

    `open` is None where nothing is counted: an estate's buildings lie in several grids and count there.
    """

    place: Place
    open: int | None = 0
    late: int = 0


LEVELS = {Kind.CITY: "district_id", Kind.DISTRICT: "street_id", Kind.STREET: "community_id", Kind.COMMUNITY: "grid_id"}
"""By which column the matters of the places below are counted."""


def children(here: Place, now: datetime) -> list[Below]:
    """The places directly below that have a page, with how much is open and late in each; two statements."""
    hidden = (Kind.HOUSEHOLD,) if here.kind in (Kind.GRID, Kind.GROUP) else (Kind.HOUSEHOLD, Kind.BUILDING)
    rows = Place.objects.living().filter(Q(parent=here) | Q(estate=here)).exclude(kind__in=hidden)
    below = sorted(rows.order_by("position", "pk")[:60], key=lambda one: one.kind == Kind.ESTATE)
    column = LEVELS.get(Kind(here.kind), "place_id")
    matters = Matter.objects.filter(
        rates.OPEN_CIRCLE, closed_at__isnull=True, **{f"{column}__in": [one.pk for one in below]}
    )
    late = Count("pk", filter=Q(due_at__lt=now) & ~Q(state__in=("judging", "suspended")))
    asked = matters.order_by().values_list(column).annotate(n=Count("pk"), late=late) if below else ()
    counted = {pk: (n_open, n_late) for pk, n_open, n_late in asked}
    return [Below(one, None) if one.kind == Kind.ESTATE else Below(one, *counted.get(one.pk, (0, 0))) for one in below]


@require_safe
def shapes(request: Request, pk: int) -> HttpResponse:
    """GeoJSON for the map: the place, and those below it with their names, what is open, and their pages."""
    here, below = open_place(pk), {}
    for one in children(here, timezone.now()):
        below[one.place.pk] = one
    rows = [here, *(one.place for one in below.values())]
    features = [_feature(row, below.get(row.pk)) for row in rows if row.boundary]
    return JsonResponse({"type": "FeatureCollection", "features": features}, json_dumps_params={"ensure_ascii": False})


def _feature(row: Place, below: Below | None) -> dict[str, Any]:
    facts = {"name": "", "url": "", "tone": "here"}
    if below is not None:
        words = _("%(place)s %(n)d 件") % {"place": row.name, "n": below.open} if below.open else row.name
        facts = {"name": words, "url": f"/at/{row.pk}/", "tone": "bad" if below.late else ""}
    return {"type": "Feature", "id": row.pk, "properties": facts, "geometry": row.boundary}


def people(here: Place) -> list[dict[str, str]]:
    """Who is responsible here, as published: title, office telephone, office hours; one statement."""
    seats = Q(place__in=here.path_ids)
    if here.kind in NEAR:
        seats |= Q(place__path__startswith=here.path)
    if here.estate_id:
        seats |= Q(place=here.estate_id)
    if here.kind == Kind.ESTATE:
        seats |= Q(place__estate=here)
    rows = Duty.objects.in_force(timezone.localdate()).public().filter(seats, account__is_active=True)
    found = sorted(
        rows.select_related("account", "place")[:200],
        key=lambda duty: (_rank(duty.post), duty.place.path if duty.place else "", duty.pk),
    )
    return [_person(duty, here) for duty in found[:MOST_PEOPLE]]


def _rank(post: str) -> int:
    return RANK.index(post) if post in RANK else len(RANK)


def _person(duty: Duty, here: Place) -> dict[str, str]:
    is_here = duty.place_id == here.pk
    label = duty.label if is_here or duty.where in duty.label else f"{duty.where} {duty.label}"
    return {"name": duty.account.name, "duty": label, "note": duty.office_hours, "phone": duty.public_phone}


def _lead(here: Place, load: rates.Load) -> str:
    houses = here.households or _households(here)
    parts = [_("%s 户") % f"{houses:,}"] if houses else []
    if here.kind == Kind.COMMUNITY:
        grids = Place.objects.living().filter(community_id=here.pk, kind__in=(Kind.GRID, Kind.GROUP)).count()
        parts.append(_("%d 个网格") % grids)
    parts.append(
        _("今年已办结 %(closed)s 件，正在办 %(open)s 件") % {"closed": f"{load.closed:,}", "open": f"{load.open:,}"}
    )
    return " · ".join(parts)


def _households(here: Place) -> int:
    """Of the buildings below, where nobody wrote a number for the place itself."""
    houses = Place.objects.living().below(here).filter(kind=Kind.BUILDING)
    return int(houses.aggregate(sum=Sum("households"))["sum"] or 0)


def _periods(request: Request, chosen: str) -> list[dict[str, Any]]:
    return [
        {"label": label, "active": code == chosen, "url": _address(request, p=code, after="")}
        for code, label in rules.labels().items()
    ]


def _address(request: Request, **changes: str) -> str:
    kept = {name: request.GET[name] for name in ("p", "v", "c", "s") if request.GET.get(name)} | changes
    return f"{request.path}?{urlencode({name: value for name, value in kept.items() if value})}"


# --- The matters --------------------------------------------------------------------------------------------------


def public_title(matter: Matter) -> str:
    """The title staff published; without one the category, never the reporter's own words."""
    if matter.is_public and matter.public_title:
        return matter.public_title
    return matter.category.name if matter.category else _("一件诉求")


def with_faces(rows: QuerySet[Matter]) -> QuerySet[Matter]:
    """The matters with the number and mean of their ratings."""
    rated = Report.objects.filter(matter=OuterRef("pk"), satisfaction__isnull=False).order_by().values("matter")
    return rows.annotate(
        rated=Subquery(rated.annotate(n=Count("pk")).values("n")),
        mean=Subquery(rated.annotate(m=Avg("satisfaction")).values("m")),
    )


def faces(matter: Matter) -> dict[str, Any] | None:
    """How content the reporters were; None while nobody said."""
    count = getattr(matter, "rated", None)
    return {"count": count, "mean": float(getattr(matter, "mean", 0) or 0)} if count else None


def facts(matter: Matter, grid: str) -> list[str]:
    """第三网格, 5 人反映, the handling organisation: nothing that points at a person."""
    several = _("%d 人反映") % matter.report_count if matter.report_count > 1 else ""
    return [fact for fact in (grid, several, listing.name(matter, "organisation")) if fact]


def _matters(request: Request, here: Place, at: Q) -> dict[str, Any]:
    """The table: open or closed, by category and step, with its filters; four statements."""
    is_closed = request.GET.get("v") == "closed"
    everything = Matter.objects.public().filter(at, closed_at__isnull=not is_closed).exclude(state="merged")
    kinds = list(
        everything.order_by().values("category_id", "category__name").annotate(n=Count("pk")).order_by("-n")[:12]
    )
    phases = _phase_counts(everything) if not is_closed else {}
    rows = everything
    category, phase = where.number(request.GET.get("c", "")), request.GET.get("s", "")
    if category:
        rows = rows.filter(category_id=category)
    if phase in phases:
        rows = rows.filter(state__in=_states(phase))
    page = listing.matter_rows(with_faces(rows), SORTS[0], request.GET.get("after", ""), PAGE)
    total = sum(kind["n"] for kind in kinds)
    return {
        "is_closed": is_closed, "after": page.after, "rows": [_row(row.matter) for row in page.rows if row.matter],
        "views": [
            {"label": _("正在办的事"), "active": not is_closed, "url": _address(request, v="", c="", s="")},
            {"label": _("办好的事"), "active": is_closed, "url": _address(request, v="closed", c="", s="")},
        ],
        "kinds": _kind_chips(request, kinds, category, total), "phases": _phase_chips(request, phases, phase),
        "is_narrowed": bool(category or phase), "all_url": _address(request, c="", s=""),
    }  # fmt: skip


def _row(matter: Matter) -> dict[str, Any]:
    """One published matter of the table."""
    return {
        "number": matter.number, "title": public_title(matter), "facts": facts(matter, listing.name(matter, "grid")),
        "step": steps.label(matter), "due_at": matter.due_at, "paused": matter.state == "suspended",
        "is_judged": matter.state == Matter.State.JUDGING, "answer": mask_personal_data(matter.public_answer), "faces": faces(matter),
        "closed_at": matter.closed_at,
    }  # fmt: skip


def _states(phase: str) -> list[str]:
    return [value for value, state in steps.states().items() if state.phase == phase]


def _phase_counts(rows: QuerySet[Matter]) -> dict[str, int]:
    counted = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    found = {str(phase.value): sum(counted.get(state, 0) for state in _states(phase.value)) for phase in PHASES}
    return {phase: n for phase, n in found.items() if n}


def _phase_chips(request: Request, counted: dict[str, int], chosen: str) -> list[dict[str, Any]]:
    chips = [
        {
            "label": _("全部环节"),
            "count": sum(counted.values()),
            "active": chosen not in counted,
            "url": _address(request, s=""),
        }
    ]
    chips += [
        {"label": str(Phase(code).label), "count": n, "active": code == chosen, "url": _address(request, s=code)}
        for code, n in counted.items()
    ]
    return chips if len(counted) > 1 else []


def _kind_chips(
    request: Request, kinds: Sequence[dict[str, Any]], chosen: int | None, total: int
) -> list[dict[str, Any]]:
    named = [kind for kind in kinds if kind["category_id"]]
    chips = [{"label": _("全部类别"), "count": total, "active": not chosen, "url": _address(request, c="")}]
    chips += [
        {"label": kind["category__name"], "count": kind["n"], "active": kind["category_id"] == chosen,
         "url": _address(request, c=str(kind["category_id"]))}
        for kind in named
    ]  # fmt: skip
    return chips if len(named) > 1 else []


# --- One matter ---------------------------------------------------------------------------------------------------


def events(matter: Matter) -> list[dict[str, Any]]:
    """What everybody is told, newest first: steps, and progress and the answer only as published."""
    found = []
    for entry in timeline.of_public(matter):
        words = timeline.public_words(entry.verb, entry.data)
        if words is not None:
            found.append({"at": entry.at, "text": entry.told, "note": mask_personal_data(words)})
    return found


def photos(matter: Matter) -> list[dict[str, Any]]:
    """The pictures of the matter that were published, before the work and after it."""
    rows = StoredFile.objects.filter(owner_kind=Matter.kind(), owner_id=matter.pk, is_public=True).order_by("id")
    stages = ("before", "after")
    return [
        {"url": f"/files/{row.uid}/", "thumb": f"/files/{row.uid}/thumb/", "at": row.created_at,
         "stage": row.label if row.label in stages else ""}
        for row in rows if row.is_photo
    ]  # fmt: skip
