"""The 365 room's desk and the sentiment map, for staff of the place."""

from datetime import timedelta
from typing import Any

from django.db.models import Avg, Count, F, Q, QuerySet, Sum
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.posts import posts
from gongzhi.accounts.request import Request
from gongzhi.cases import listing, rules, sentiment, steps
from gongzhi.cases.models import AssessmentFigure, Matter, ServiceMode
from gongzhi.cases.views import where
from gongzhi.cases.workflow import ABOVE, COMMUNITY, GRID, ROOM_365, STAFF
from gongzhi.territory.models import Place

READERS = GRID | COMMUNITY | ABOVE
NEWEST = 15


# --- 365民情室 -----------------------------------------------------------------------------------------------------


@duty_required(*(posts("clerk", "community_secretary") | ABOVE))
@require_safe
def room(request: Request) -> HttpResponse:
    """Six steps with what stands in each, the five service modes with their figures, the latest assessments."""
    now = timezone.now()
    days = _days(request)
    matters = listing.covered(request.actor).filter(procedure=ROOM_365.name)
    figures = AssessmentFigure.objects.filter(_readable(request), at__gte=now - timedelta(days=days))
    columns = _columns(matters)
    context = {
        "heading": _("365民情室"), "columns": columns, "open": sum(one["count"] for one in columns),
        "modes": _modes(figures), "themes": _by_category(figures), "latest": _latest(figures), "spans": _spans(request, days),
        "days": days, "has_any": matters.exists(), "ledger": f"/matters/ledger/?{urlencode({'procedure': ROOM_365.name})}",
    }  # fmt: skip
    return render(request, "cases/room/room.html", context)


def _readable(request: Request) -> Q:
    """Figures of matters this actor may read."""
    return Q(matter__in=Matter.objects.filter(STAFF.q(request.actor)).values("pk"))


def _columns(matters: QuerySet[Matter]) -> list[dict[str, Any]]:
    counted = dict(matters.filter(closed_at=None).order_by().values_list("state").annotate(n=Count("pk")))
    found = []
    for index, label in enumerate(ROOM_365.steps):
        states = [state for state, step in steps.STEP_OF[ROOM_365.name].items() if step == index]
        found.append({"label": label, "count": sum(counted.get(state, 0) for state in states), "number": index + 1})
    return found


def _measures(figures: QuerySet[AssessmentFigure], by: str) -> list[dict[str, Any]]:
    return list(
        figures.order_by().values(by).annotate(
            n=Count("pk"), timely=Count("pk", filter=Q(is_handled_in_time=True)), minutes=Avg("handling_minutes"),
            all_rated=Sum("rated"), all_content=Sum("content"), all_resolved=Sum("resolved"),
        ).order_by("-n")
    )  # fmt: skip


def _line(label: str, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "label": label, "count": row["n"], "timely": rules.Rate(row["timely"], row["n"]),
        "content": rules.Rate(row["all_content"] or 0, row["all_rated"] or 0),
        "resolved": rules.Rate(row["all_resolved"] or 0, row["all_rated"] or 0),
        "spent": timedelta(minutes=round(row["minutes"] or 0)),
    }  # fmt: skip


def _modes(figures: QuerySet[AssessmentFigure]) -> list[dict[str, Any]]:
    """All five, whether they were used or not."""
    known = {row["service_mode"]: row for row in _measures(figures, "service_mode")}
    none = {"n": 0, "timely": 0, "minutes": 0, "all_rated": 0, "all_content": 0, "all_resolved": 0}
    return [_line(str(mode.label), known.get(mode.value, none)) for mode in ServiceMode]


def _by_category(figures: QuerySet[AssessmentFigure]) -> list[dict[str, Any]]:
    group = figures.annotate(group=F("matter__category__parent__name"))
    return [_line(row["group"] or _("其他"), row) for row in _measures(group, "group")]


def _latest(figures: QuerySet[AssessmentFigure]) -> QuerySet[AssessmentFigure]:
    return figures.select_related("matter").order_by("-at", "-pk")[:NEWEST]


# --- 民情地图 ------------------------------------------------------------------------------------------------------


@duty_required(*READERS)
@require_safe
def map_of_sentiment(request: Request) -> HttpResponse:
    """The grids of the actor's places by how much is said there, and about what."""
    now, days, theme = timezone.now(), _days(request), where.number(request.GET.get("theme", ""))
    names, found = sentiment.themes(), sentiment.cells(request.actor, days, now)
    spots = sentiment.spots(found, theme)
    context = {
        "heading": _("民情地图"), "spans": _spans(request, days), "days": days, "few": sentiment.FEW,
        "chips": _theme_chips(request, names, found, theme), "theme": names.get(theme, ""),
        "rows": [{"spot": spot, "top": [(names.get(pk, ""), n) for pk, n in spot.top]} for spot in spots],
        "total": sum(spot.count for spot in spots), "shapes": f"/sentiment/shapes.json?{_query(days=days, theme=theme)}",
        "summary": _summary(names.get(theme, ""), days, spots),
    }  # fmt: skip
    return render(request, "cases/room/sentiment.html", context)


def _summary(theme: str, days: int, spots: list[sentiment.Spot]) -> str:
    risen = [spot.name for spot in spots if spot.has_risen][:3]
    said = _("最近 %(days)d 天，%(what)s，按网格数。") % {
        "days": days, "what": _("关于“%s”的事") % theme if theme else _("全部事项"),
    }  # fmt: skip
    return said + (_("比上一段明显多的：%s。") % "、".join(risen) if risen else "")


@duty_required(*READERS)
@require_safe
def shapes(request: Request) -> JsonResponse:
    """GeoJSON of the grids with their counts, for the map; the table says the same."""
    now, days, theme = timezone.now(), _days(request), where.number(request.GET.get("theme", ""))
    spots = {spot.grid_id: spot for spot in sentiment.spots(sentiment.cells(request.actor, days, now), theme)}
    rows = Place.objects.filter(pk__in=spots, boundary__isnull=False).order_by("pk")
    most = max((spot.count for spot in spots.values()), default=1)
    features = [_feature(row, spots[row.pk], most) for row in rows]
    return JsonResponse({"type": "FeatureCollection", "features": features}, json_dumps_params={"ensure_ascii": False})


def _feature(row: Place, spot: sentiment.Spot, most: int) -> dict[str, Any]:
    words = row.name + "\n" + (_("%d 件") % spot.count if spot.is_told else _("少于 %d 件") % sentiment.FEW)
    facts = {
        "name": words, "url": f"/matters/?{_query(place=row.pk)}", "tone": "bad" if spot.has_risen else "",
        "shade": round(0.05 + 0.55 * spot.count / most, 2),
    }  # fmt: skip
    return {"type": "Feature", "id": row.pk, "properties": facts, "geometry": row.boundary}


def _theme_chips(
    request: Request, names: dict[int, str], found: list[sentiment.Cell], chosen: int
) -> list[dict[str, Any]]:
    counts: dict[int, int] = {}
    for cell in found:
        counts[cell.theme_id] = counts.get(cell.theme_id, 0) + cell.count
    days = _days(request)
    first = {"label": _("全部"), "count": sum(counts.values()), "active": not chosen, "url": f"?{_query(days=days)}"}
    return [first] + [
        {"label": name, "count": counts[pk], "active": pk == chosen, "url": f"?{_query(days=days, theme=pk)}"}
        for pk, name in names.items()
        if counts.get(pk)
    ]


# --- Both ---------------------------------------------------------------------------------------------------------


def _days(request: Request) -> int:
    typed = request.GET.get("days", "")
    return int(typed) if typed in map(str, sentiment.SPANS) else sentiment.SPANS[1]


def _query(**given: int) -> str:
    return urlencode({name: value for name, value in given.items() if value})


def _spans(request: Request, chosen: int) -> list[dict[str, Any]]:
    theme = where.number(request.GET.get("theme", ""))
    labels = {30: _("近 30 天"), 90: _("近 90 天"), 365: _("近一年")}
    return [
        {"label": labels[days], "active": days == chosen, "url": f"?{_query(days=days, theme=theme)}"}
        for days in sentiment.SPANS
    ]
