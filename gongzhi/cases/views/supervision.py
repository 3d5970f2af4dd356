"""Supervision: what is late, where and why; orders to whoever handles it, from the list or for several at once.

Source: REQUIREMENTS.md row F2 (督办), issue 2. Opened by supervisors and secretaries; filters are all in the address.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.accounts.gates import duty_required, safe_next
from gongzhi.accounts.request import Request
from gongzhi.cases import circles, listing, oversight, rates, rules
from gongzhi.cases.forms import OrderForm
from gongzhi.cases.listing import SORTS, Filter
from gongzhi.cases.models import Matter
from gongzhi.cases.oversight import LOOKS, WATCHERS, Group, watched
from gongzhi.cases.steps import states
from gongzhi.cases.views import bulk, where
from gongzhi.cases.views.place import public_title
from gongzhi.cases.workflow import SECRETARIES, SIX_STEPS, SUPERVISOR
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.errors import Refused
from gongzhi.kernel.perform import ReceiptKey, perform
from gongzhi.kernel.procedure import available

SUPERVISE = SIX_STEPS.transition("supervise")
KEPT = ("f", "place", "handler", "state")
BY_DUE = next(sort for sort in SORTS if sort.code == "due")
NEWEST = SORTS[0]
ON_WALL = 8


@duty_required(*WATCHERS)
@require_safe
def supervision(request: Request) -> HttpResponse:
    """Counts by place, handler and step, and the list they lead into."""
    now, everything = timezone.now(), watched(request.actor)
    look = listing.filter_of(request.GET.get("f", ""), LOOKS)
    numbers = listing.counts(everything.filter(oversight.OPEN), LOOKS, now)
    rows = narrowed(request, everything.filter(look.test(now)))
    level = oversight.level_of(request.actor)
    page = listing.matter_rows(rows, NEWEST if look.code == "suspended" else BY_DUE, request.GET.get("after", ""))
    context = {
        "heading": _("督办"), "lines": oversight.lines(page.rows), "after": page.after, "look": look,
        "filters": _chips(request, look, numbers), "summary": _words(request, look), "is_narrowed": _is_narrowed(request),
        "groups": [
            _group(request, _("在哪里"), "place", oversight.by_place(rows, level)),
            _group(request, _("在谁手里"), "handler", oversight.by_handler(rows)),
            _group(request, _("卡在哪一步"), "state", oversight.by_state(rows)),
        ],
        "all_url": f"{request.path}?{urlencode({'f': look.code})}", "numbers": numbers,
        "hushed": circles.counted(request.actor, WATCHERS), "sees_looks": bool(request.actor.holding(SECRETARIES)),
        "bulk": [{"label": _("发督办单"), "url": "/supervision/issue/", "get": True, "tone": "primary"}],
    }  # fmt: skip
    return render(request, "cases/supervision/list.html", context)


def narrowed(request: Request, rows: QuerySet[Matter]) -> QuerySet[Matter]:
    """What the address asks for besides the look."""
    if place := where.number(request.GET.get("place", "")):
        rows = rows.filter(oversight.within(place))
    if handler := request.GET.get("handler", ""):
        rows = rows.filter(oversight.handled_by(handler))
    if state := request.GET.get("state", "").replace("\0", ""):
        rows = rows.filter(state=state)
    return rows


def _kept(request: Request, **changes: str) -> str:
    kept = {name: request.GET[name] for name in KEPT if request.GET.get(name)} | changes
    return f"{request.path}?{urlencode({name: value for name, value in kept.items() if value})}"


def _is_narrowed(request: Request) -> bool:
    return any(request.GET.get(name) for name in KEPT if name != "f")


def _chips(request: Request, chosen: Filter, numbers: dict[str, int]) -> list[dict[str, Any]]:
    return [
        {"label": one.label, "count": numbers[one.code], "active": one is chosen, "url": _kept(request, f=one.code),
         "tone": one.tone if numbers[one.code] else ""}
        for one in LOOKS if one.always or numbers[one.code] or one is chosen
    ]  # fmt: skip


def _group(request: Request, label: str, name: str, groups: list[Group]) -> dict[str, Any]:
    chosen, most = request.GET.get(name, ""), max((group.count for group in groups), default=1)
    items = [
        {"label": one.label, "count": one.count, "active": one.value == chosen,
         "url": _kept(request, **{name: "" if one.value == chosen else one.value})}
        for one in groups[:8]
    ]  # fmt: skip
    return {"label": label, "lines": items, "most": most, "more": len(groups) - len(items)}


def _words(request: Request, look: Filter) -> str:
    parts = [_("正在看“%s”") % look.label]
    if place := where.number(request.GET.get("place", "")):
        parts.append(oversight.place_name(place))
    if code := request.GET.get("state", ""):
        label = str(declared.label) if (declared := states().get(code)) else ""
        parts.append(_("环节 %s") % label)
    return "；".join([*parts, _("最先到期的在前。这个地址可以发给别人，各人只看到自己辖区的。")])


# --- Orders from the list -----------------------------------------------------------------------------------------


@duty_required(*WATCHERS)
@require_http_methods(["GET", "POST"])
def issue(request: Request) -> HttpResponse:
    """One order each for the chosen matters: first what is asked, then what came of each."""
    matters, back = bulk.chosen(request), safe_next(request, request.POST.get("next", "") or "/supervision/")
    if not matters:
        return redirect("/supervision/")
    form = OrderForm(request.POST) if request.method == "POST" else OrderForm()
    if request.method == "POST" and form.is_valid():
        outcomes = [_one(request, matter, form.cleaned_data) for matter in matters]
        done = sum(outcome.is_done for outcome in outcomes)
        context = {"outcomes": outcomes, "done": done, "failed": len(outcomes) - done, "label": SUPERVISE.label,
                   "heading": _("督办单发出的结果"), "back": back}  # fmt: skip
        return render(request, "cases/desk/bulk_result.html", context)
    now = timezone.now()
    rows = [(listing.row_of_matter(matter), _fits(request, matter)) for matter in matters]
    context = {
        "heading": _("发督办单"), "rows": rows, "form": form, "back": back, "now": now,
        "fitting": sum(fits for _row, fits in rows), "key": request.POST.get("key") or uuid.uuid4(),
    }  # fmt: skip
    return render(request, "cases/supervision/issue.html", context, status=422 if form.is_bound else 200)


def _fits(request: Request, matter: Matter) -> bool:
    return SUPERVISE.verb in {one.verb for one in available(matter, request.actor, timezone.now())}


def _one(request: Request, matter: Matter, asked: dict[str, Any]) -> bulk.Outcome:
    data = {"asked": asked["asked"], "days": asked["days"]}
    try:
        whole = uuid.UUID(request.POST.get("key", ""))
        receipt = ReceiptKey(f"a:{request.me.pk}", uuid.uuid5(whole, matter.number), repr(sorted(data.items())))
    except ValueError:
        receipt = None
    try:
        perform(matter, "supervise", actor=request.actor, data=data, receipt=receipt)
    except Refused as error:
        return bulk.Outcome(matter, False, str(error))
    return bulk.Outcome(matter, True, _("督办单已发给 %s。") % (listing.handler_words(matter) or _("社区经办")))


# --- Wall ---------------------------------------------------------------------------------------------------------


@duty_required(*WATCHERS)
@require_safe
def wall(request: Request) -> HttpResponse:
    """The screen in the hall: the month's rates, what is most late, where it gathers. Refreshes itself.

    Visitors stand before it: nothing confidential, no words of residents, no name of who is late.
    """
    now, everything = timezone.now(), watched(request.actor).filter(rates.OPEN_CIRCLE)
    numbers = listing.counts(everything.filter(oversight.OPEN), LOOKS, now)
    rows = everything.filter(oversight.late(now))
    at = SUPERVISOR.q(request.actor)
    found = rates.of_place(at, rules.period(rules.THIS_MONTH, now), now)
    risk = listing.matter_rows(everything.filter(oversight.at_risk(now)), BY_DUE, "", ON_WALL)
    shown = listing.matter_rows(rows, BY_DUE, "", ON_WALL)
    since = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    context = {
        "heading": _("督办"), "numbers": numbers, "figures": rules.figures(found), "late": _on_wall(shown),
        "risk": _on_wall(risk)[: max(2, ON_WALL - len(shown.rows))], "refresh": 60,
        "came": everything.filter(created_at__gte=since).count(), "came_before": everything.filter(
            created_at__gte=since - timedelta(days=1), created_at__lt=since).count(),
        "places": oversight.by_place(rows, oversight.level_of(request.actor))[:8],
        "who": [one for one in oversight.by_handler(rows) if not one.value.startswith("a")][:5],
    }  # fmt: skip
    return render(request, "cases/supervision/wall.html", context)


def _on_wall(page: listing.Rows) -> list[tuple[str, datetime | None]]:
    """Titles that may be read by everybody, with where it is, and the deadlines."""
    found = [row.matter for row in page.rows if row.matter]
    places = [listing.name(one, "grid") or listing.name(one, "community") for one in found]
    return [
        (f"{public_title(one)}（{at}）" if at else public_title(one), one.due_at)
        for one, at in zip(found, places, strict=True)
    ]
