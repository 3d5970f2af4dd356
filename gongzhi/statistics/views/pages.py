"""Pages of figures: rates and breakdowns, steps, backlog, themes, units, and the list behind every number."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.cases import listing
from gongzhi.cases.models import Matter
from gongzhi.cases.workflow import READ
from gongzhi.statistics import figures, overview, themes
from gongzhi.statistics.measures import AGES, MEASURES, STOCKS
from gongzhi.statistics.scope import Address
from gongzhi.statistics.views.common import address_of, page
from gongzhi.statistics.who import SEERS, WATCHERS

CARDS = ("finished", "closed", "reopened", "escalated", "extended")


@duty_required(*SEERS)
@require_safe
def index(request: Request) -> HttpResponse:
    """The three rates, what came and what was done, and one breakdown."""
    address = address_of(request)
    by = request.GET.get("by", "")
    by = by if by in overview.BREAKDOWNS else ("place" if address.sees_places else "month")
    judged, table = figures.assessed(address.asked), overview.breakdown(address, by)
    shown = (address.comes, *CARDS, *(("declined",) if address.comes == "received" else ("returned", "objected")))
    (happened,) = figures.sums(address.asked, of=shown)
    ways = [
        {"label": label, "url": f"/statistics/?{address.kept(by=code)}#by", "active": code == by}
        for code, label in overview.labels().items()
        if code != "place" or address.sees_places
    ]
    cards = [
        {"label": MEASURES[name], "value": f"{happened[name]:,}", "url": address.behind(name) if happened[name] else ""}
        for name in shown
    ]
    return page(
        request, "", address, [table], rates=overview.rate_cards(judged, address), cards=cards, ways=ways, by=by,
        exclusions=judged.exclusions, chart=overview.flow(address), lead=_lead(address),
    )  # fmt: skip


def _lead(address: Address) -> str:
    if address.sees_places:
        return _("由办理过程的每一步记录算出来，保密办理的不在内。每个数都能点开看是哪些事。")
    return _("只算本单位承办的事；每个数都能点开看是哪些事。")


@duty_required(*SEERS)
@require_safe
def steps(request: Request) -> HttpResponse:
    """How long each step takes."""
    address = address_of(request)
    table, drawn = overview.steps(address)
    whole, line = overview.whole_by_month(address)
    return page(request, "steps", address, [table, whole, overview.phases(address)], bars=drawn, chart=line)


@duty_required(*SEERS)
@require_safe
def backlog(request: Request) -> HttpResponse:
    """What is not done, and for how long."""
    address = address_of(request)
    still = figures.standing(address.asked)[()]
    tables = [overview.backlog(address, by) for by in ("place", "step") if by == "step" or address.sees_places]
    cards = [
        {"label": STOCKS[name], "value": f"{getattr(still, name):,}",
         "url": address.behind(name) if getattr(still, name) else "", "tone": "bad" if "late" in name else ""}
        for name in STOCKS
    ]  # fmt: skip
    return page(
        request, "backlog", address, tables, cards=cards, bars=overview.by_age(address, still),
        chart=overview.open_lines(address),
    )  # fmt: skip


@duty_required(*SEERS)
@require_safe
def topics(request: Request) -> HttpResponse:
    """What people speak of, where, and what has risen."""
    address = address_of(request)
    table, drawn = themes.themes(address)
    tables = [themes.spots(address), table] if address.sees_places else [table]
    return page(
        request, "themes", address, tables, chart=drawn, rises=themes.rises(address) if address.sees_places else [],
        least=themes.LEAST,
    )  # fmt: skip


@duty_required(*SEERS)
@require_safe
def units(request: Request) -> HttpResponse:
    """How organisations handle; what people have in hand."""
    address = address_of(request)
    tables = [overview.units(address)]
    if address.sees_places:
        tables.append(overview.persons(address))
    return page(request, "units", address, tables, sees_faults=bool(request.actor.holding(WATCHERS)))


# --- The list behind a number -------------------------------------------------------------------------------------


@duty_required(*SEERS)
@require_safe
def behind(request: Request) -> HttpResponse:
    """The matters that a number counts, as far as this actor may read them."""
    address, what = address_of(request), request.GET.get("what", "")
    step, age = request.GET.get("step", ""), request.GET.get("age", "")
    step = step if step in overview.step_names() else ""
    if what in STOCKS:
        bucket = int(age) if age.isascii() and age.isdigit() and len(age) == 1 and int(age) <= len(AGES) else None
        ids = figures.behind_stock(address.asked, what, bucket, step)
    elif what in MEASURES:
        ids = figures.behind(address.asked, what, step)
    else:
        raise Http404
    context = _listed(request, ids)
    label = {**MEASURES, **STOCKS}[what]
    narrowed = [words for _name, words in address.narrowed()]
    narrowed += [overview.step_names()[step]] if step else []
    context |= {
        "heading": _("%(what)s的事") % {"what": label}, "words": " · ".join([address.where(), address.span(), *narrowed]),
        "back": f"/statistics/?{address.kept()}",
    }  # fmt: skip
    return render(request, "statistics/list.html", context)


def _listed(request: Request, ids: list[int]) -> dict[str, Any]:
    is_cut = len(ids) > figures.MOST_BEHIND
    shown = ids[: figures.MOST_BEHIND]
    found = {row.pk: row for row in listing.names(Matter.objects.filter(READ.q(request.actor), pk__in=shown))}
    rows = [listing.row_of_matter(found[pk]) for pk in shown if pk in found]
    return {"rows": rows, "hidden": len(shown) - len(rows), "is_cut": is_cut, "most": figures.MOST_BEHIND}
