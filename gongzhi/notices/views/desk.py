"""The desk of those who publish: the list, one notice with its verbs, objections and answers.

Buttons are those of `kernel.procedure.available`.
"""

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.base.files import files_of
from gongzhi.kernel.access import look
from gongzhi.kernel.errors import NotPermitted, NotValid, Refused
from gongzhi.kernel.perform import perform
from gongzhi.kernel.procedure import available
from gongzhi.kernel.who import get_or_404
from gongzhi.notices import listing
from gongzhi.notices.history import steps
from gongzhi.notices.models import Notice, Objection
from gongzhi.notices.reach import READERS, WRITER, WRITERS
from gongzhi.notices.views import public, visitor
from gongzhi.notices.views.visitor import receipt_of
from gongzhi.notices.workflow import OBJECTION, STAFF

TABS = (
    ("", gettext_lazy("全部")), ("draft", gettext_lazy("草稿")), ("published", gettext_lazy("公示中")),
    ("ended", gettext_lazy("已结束")), ("withdrawn", gettext_lazy("已撤回")),
)  # fmt: skip
MOST = 200


@duty_required(*READERS)
@require_safe
def index(request: Request) -> HttpResponse:
    """Notices where my duties reach, drafts first."""
    state = request.GET.get("state", "")
    rows = listing.at_desk(request.actor)
    if state in Notice.State.values:
        rows = rows.filter(state=state)
    before = request.GET.get("after", "")
    if before.isascii() and before.isdigit() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.order_by("-id")[: listing.PAGE + 1])
    cursor = found[listing.PAGE - 1].pk if len(found) > listing.PAGE else ""
    shown = listing.lines(found[: listing.PAGE], timezone.now())
    counted = listing.counts(line.notice.pk for line in shown)
    tabs = [{"label": label, "url": f"?state={value}", "active": value == state} for value, label in TABS]
    context = {
        "rows": [(line, counted.get(line.notice.pk, listing.Counts())) for line in shown], "cursor": cursor,
        "tabs_row": tabs, "may_write": bool(request.actor.holding(WRITERS)), "is_filtered": bool(state),
    }  # fmt: skip
    return render(request, "notices/desk/index.html", context)


def load(request: Request, number: str) -> Notice:
    """A notice at one of my places. Raises Http404."""
    return get_or_404(Notice.objects.all(), STAFF, request.actor, number=number)


@duty_required(*READERS)
@require_safe
def notice(request: Request, number: str) -> HttpResponse:
    """One notice with its verbs, objections and history."""
    return _one(request, load(request, number))


def _one(request: Request, found: Notice, status: int = 200, **extra: Any) -> HttpResponse:
    now = timezone.now()
    objections = [_objection(row, request, now) for row in found.objections.order_by("id")[:MOST]]
    context = {
        "notice": found, "line": listing.lines([found], now)[0], "base": f"/notices/desk/{found.number}/",
        "acts": available(found, request.actor, now), "objections": objections, "events": steps(found),
        "files": files_of(Notice.kind(), [found.pk])[found.pk], "crumbs": public.way_of(found.place_id or 0),
        "counts": listing.counts([found.pk]).get(found.pk, listing.Counts()), "key": uuid.uuid4(), **extra,
    }  # fmt: skip
    return render(request, "notices/desk/notice.html", context, status=status)


def _objection(row: Objection, request: Request, now: datetime) -> dict[str, Any]:
    verbs = {transition.verb for transition in available(row, request.actor, now)}
    return {"row": row, "may_answer": "answer" in verbs, "may_call": WRITER.allows(row, request.actor) is not None}


@duty_required(*READERS)
@require_safe
def preview(request: Request, number: str) -> HttpResponse:
    """The page as the public will see it."""
    return public.show(request, load(request, number), is_preview=True)


@duty_required(*WRITERS)
@require_POST
def answer(request: Request, number: str, pk: str) -> HttpResponse:
    """The answer to an objection; what was typed stays on the page when something is amiss."""
    found = load(request, number)
    row = get_or_404(found.objections.all(), OBJECTION.read, request.actor, pk=int(pk))
    row.notice = found
    seq = visitor.number(request.POST.get("seq", ""))
    key = receipt_of(request, f"answer\0{pk}\0{request.POST.get('answer', '')}")
    try:
        perform(row, "answer", actor=request.actor, data=request.POST, seq=seq, receipt=key)
    except Refused as error:
        wrong = {"pk": row.pk, "words": str(error), "typed": request.POST.get("answer", "")[:2000]}
        return _one(request, found, 422 if isinstance(error, NotValid) else 409, wrong=wrong)
    messages.success(request, _("答复了。"))
    return redirect(f"/notices/desk/{number}/#objection-{pk}")


@duty_required(*WRITERS)
@require_POST
def phone(request: Request, number: str, pk: str) -> HttpResponse:
    """The telephone of who objected, in full; the look is recorded."""
    found = load(request, number)
    row = get_or_404(found.objections.all(), OBJECTION.read, request.actor, pk=int(pk))
    try:
        look(WRITER, row, request.actor, _("异议人电话"), request.POST.get("reason", ""), subject_id=row.owner_id)
    except NotValid as error:
        return _one(request, found, 422, call={"pk": row.pk, "words": str(error)})
    except NotPermitted as error:
        raise Http404 from error
    return _one(request, found, call={"pk": row.pk, "phone": row.phone})
