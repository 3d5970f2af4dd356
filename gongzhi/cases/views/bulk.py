"""The same verb for several matters: each through `perform` on its own, and a page that says what came of each."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongzhi.accounts.gates import duty_required, safe_next
from gongzhi.accounts.request import Request
from gongzhi.cases import handlers, listing, routing
from gongzhi.cases.models import Matter
from gongzhi.cases.workflow import SIX_STEPS
from gongzhi.kernel.errors import Refused
from gongzhi.kernel.perform import ReceiptKey, perform
from gongzhi.kernel.procedure import available

MOST = 100
"""So many at once: what fits one look."""
VERBS = {"accept": SIX_STEPS.transition("accept"), "dispatch": SIX_STEPS.transition("dispatch")}


@dataclass(frozen=True)
class Outcome:
    """What came of one matter."""

    matter: Matter
    is_done: bool
    words: str


def chosen(request: Request) -> list[Matter]:
    """The selected matters this actor may read, in the order of their deadlines."""
    sent = request.POST if request.method == "POST" else request.GET
    numbers = [number[:12] for number in sent.getlist("id")[:MOST]]
    rows = listing.names(listing.covered(request.actor).filter(number__in=numbers))
    return list(rows.order_by("due_at", "id"))


@duty_required()
@require_http_methods(["GET", "POST"])
def bulk(request: Request, verb: str) -> HttpResponse:
    """Ask once what will be done to which, then do it."""
    matters, back = chosen(request), safe_next(request, "/work/")
    if not matters:
        return redirect(back)
    if request.method == "POST" and request.POST.get("sure"):
        wanted = request.POST.get("handler", "")
        outcomes = [_one(request, matter, verb, wanted) for matter in matters]
        done = sum(outcome.is_done for outcome in outcomes)
        context = {"outcomes": outcomes, "done": done, "failed": len(outcomes) - done, "label": VERBS[verb].label,
                   "heading": _("批量%s的结果") % VERBS[verb].label, "back": back}  # fmt: skip
        return render(request, "cases/desk/bulk_result.html", context)
    return render(request, "cases/desk/bulk.html", _question(request, matters, verb) | {"back": back})


def _question(request: Request, matters: list[Matter], verb: str) -> dict[str, Any]:
    now = timezone.now()
    rows = []
    for matter in matters:
        fits = verb in {one.verb for one in available(matter, request.actor, now)}
        route = suggested(matter) if fits and verb == "dispatch" else None
        rows.append({"row": listing.row_of_matter(matter), "fits": fits, "route": route})
    offered = handlers.offered(matters[0].place_path()) if verb == "dispatch" else []
    return {"rows": rows, "verb": verb, "label": VERBS[verb].label, "offered": offered, "key": uuid.uuid4(),
            "fitting": sum(bool(row["fits"]) for row in rows), "heading": _("批量%s") % VERBS[verb].label}  # fmt: skip


def suggested(matter: Matter) -> routing.Route | None:
    """Where the rules send this matter."""
    return routing.route(matter, "\n".join(matter.reports.values_list("text", flat=True)[:20]))


def _one(request: Request, matter: Matter, verb: str, wanted: str) -> Outcome:
    """One matter, whatever becomes of the others."""
    data: dict[str, Any] = {}
    if verb == "dispatch":
        route = suggested(matter) if not wanted else None
        if not wanted and route is None:
            return Outcome(matter, False, _("没有适用的派单规则，请打开这一件，自己选派给谁。"))
        data = {"handler": wanted or (route.handler.code if route else ""), "note": request.POST.get("note", "")}
    try:
        perform(matter, verb, actor=request.actor, data=data, receipt=_receipt(request, matter, verb, data))
    except Refused as error:
        return Outcome(matter, False, str(error))
    fresh = listing.names(Matter.objects.filter(pk=matter.pk)).get()
    return Outcome(fresh, True, " ".join(filter(None, (listing.state_words(fresh), listing.handler_words(fresh)))))


def _receipt(request: Request, matter: Matter, verb: str, data: dict[str, Any]) -> ReceiptKey | None:
    """A second press of the button does nothing twice."""
    try:
        whole = uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return None
    return ReceiptKey(f"a:{request.me.pk}", uuid.uuid5(whole, matter.number), repr((verb, sorted(data.items()))))
