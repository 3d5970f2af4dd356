"""The call-back desk 回访: who has to be asked again, what to say, and what came of it, in four taps.

Whoever answered or handled a matter is not offered its call-back. The telephone is shown after a press that is
recorded; the reporter can read who looked. Source: REQUIREMENTS.md row F2 (回访).
"""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.models import Account
from gongzhi.accounts.request import Request
from gongzhi.base.text import mask_name
from gongzhi.cases import listing
from gongzhi.cases.closing_forms import CallbackForm
from gongzhi.cases.effects.callbacks import DESKS, MOST_TRIES, may_try
from gongzhi.cases.forms import FACES
from gongzhi.cases.listing import Filter
from gongzhi.cases.models import Callback, Level, Report
from gongzhi.cases.views import acts
from gongzhi.cases.workflow import CALLBACK, CALLER
from gongzhi.kernel.access import look
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotPermitted, NotValid, Refused, Stale
from gongzhi.kernel.models import Located
from gongzhi.kernel.perform import perform
from gongzhi.kernel.procedure import permitted
from gongzhi.kernel.who import Ground, get_or_404

PAGE = 50
POSTS = ("clerk", "community_secretary", "street_clerk", "street_secretary", "district_clerk")
OPEN = Q(state="waiting")
LISTS = (
    Filter("now", gettext_lazy("现在可以打"), lambda now: OPEN & (Q(not_before=None) | Q(not_before__lte=now)), always=True),
    Filter("late", gettext_lazy("超期"), lambda now: OPEN & Q(due_at__lt=now), "bad"),
    Filter("later", gettext_lazy("约好以后打"), lambda now: OPEN & Q(not_before__gt=now)),
    Filter("done", gettext_lazy("已回访"), lambda now: Q(state="done", closed_at__gte=now - timedelta(days=90))),
    Filter("missed", gettext_lazy("没联系上"), lambda now: Q(state="missed", closed_at__gte=now - timedelta(days=90))),
)  # fmt: skip


@dataclass(frozen=True)
class OfCallback:
    """Who may call may see the telephone of the report it is about."""

    callback: Callback
    words: str = ""

    def allows(self, record: Located, actor: Actor) -> Ground | None:
        return CALLER.allows(self.callback, actor)

    def q(self, actor: Actor) -> Q:
        return Q(callbacks__in=Callback.objects.filter(CALLER.q(actor)).values("pk"))


def rows_of(actor: Actor) -> QuerySet[Callback]:
    """The call-backs this actor's desk owes or did, with what a list shows: one statement."""
    owners = Account.objects.filter(pk=OuterRef("report__owner_id")).values("name")[:1]
    found = Callback.objects.filter(CALLER.q(actor), level__in=levels(actor)).exclude(state="cancelled")
    found = found.select_related("matter__category", "report__contact")
    return found.annotate(owner_name=Subquery(owners))


def levels(actor: Actor) -> list[str]:
    """The levels whose desk this actor has; a secretary stands beside the own desk."""
    held = {grant.post.replace("_secretary", "_clerk").replace("community_clerk", "clerk") for grant in actor.grants}
    return [str(level) for level, post in DESKS.items() if post in held]


@duty_required(*POSTS)
@require_safe
def desk(request: Request) -> HttpResponse:
    """The list, what is due first on top."""
    now, everything = timezone.now(), rows_of(request.actor)
    chosen = listing.filter_of(request.GET.get("f", ""), LISTS)
    numbers = listing.counts(everything, LISTS, now)
    rows = everything.filter(chosen.test(now)).order_by("limit_at", "id")
    if mark := listing.due_mark(request.GET.get("after", "")):
        rows = rows.filter(Q(limit_at__gt=mark[0]) | Q(pk__gt=mark[1]), limit_at__gte=mark[0])
    page = list(rows[: PAGE + 1])
    shown = page[:PAGE]
    filters = [
        {"label": one.label, "count": numbers[one.code], "active": one is chosen, "tone": one.tone if numbers[one.code] else "",
         "url": f"?{urlencode({'f': one.code})}"}
        for one in LISTS if one.always or numbers[one.code]
    ]  # fmt: skip
    context = {
        "heading": _("回访"), "rows": [_row(row) for row in shown], "filters": filters, "chosen": chosen,
        "after": listing.due_cursor(shown[-1].limit_at, shown[-1].pk) if len(page) > PAGE else "",
        "summary": _("正在看“%s”的，最先到期的在前。") % chosen.label,
    }  # fmt: skip
    return render(request, "cases/callbacks/desk.html", context)


def _row(row: Callback) -> dict[str, Any]:
    return {
        "row": row, "matter": row.matter, "who": reporter(row), "phone": row.report.contact.masked_phone,
        "state": str(CALLBACK.state(row.state).label), "left": MOST_TRIES - row.tries,
    }  # fmt: skip


def reporter(row: Callback) -> str:
    """The reporter's name, masked."""
    known = row.report.contact.name or str(getattr(row, "owner_name", None) or "")
    return mask_name(known) if known else _("没有留姓名")


@duty_required(*POSTS)
@require_http_methods(["GET", "POST"])
def callback(request: Request, pk: int) -> HttpResponse:
    """One call: whom, what to say, what the answer was."""
    row = get_or_404(rows_of(request.actor), CALLER, request.actor, pk=pk)
    if request.method == "GET":
        return _show(request, row, CallbackForm(record=row, actor=request.actor))
    if request.POST.get("do") == "reveal":
        return _reveal(request, row)
    verb = "miss" if request.POST.get("do") == "miss" else "done"
    form = CallbackForm(request.POST, record=row, actor=request.actor)
    try:
        perform(row, verb, actor=request.actor, data=request.POST, seq=acts.seq_number(request.POST.get("seq", "")),
                receipt=acts.receipt_of(request))  # fmt: skip
    except Refused as error:
        return _refused(request, row, form, error)
    said = _("已记下。下一个。") if verb == "done" else _("记下了：没联系上。")
    messages.success(request, said)
    return redirect("cases:callbacks")


def _refused(request: Request, row: Callback, form: CallbackForm, error: Refused) -> HttpResponse:
    status = 409
    if isinstance(error, NotValid):
        form.is_valid()
        status = 422
    elif isinstance(error, NotPermitted):
        status = 404
    if not isinstance(error, NotValid):
        form.is_valid()
        form.add_error(None, str(error))
    fresh = rows_of(request.actor).filter(pk=row.pk).first() if isinstance(error, Stale) else row
    return _show(request, fresh or row, form, status)


def _reveal(request: Request, row: Callback) -> HttpResponse:
    report: Report = row.report
    reason = _("回访（%s）") % row.get_reason_display()
    look(OfCallback(row), report, request.actor, _("反映人姓名和电话"), reason, subject_id=report.owner_id)
    number = report.contact.phone or _own_phone(report.owner_id)
    name = report.contact.name or str(getattr(row, "owner_name", None) or "") or _("没有留姓名")
    return _show(request, row, CallbackForm(record=row, actor=request.actor), phone=number, name=name, is_shown=True)


def _own_phone(owner_id: int | None) -> str:
    account = Account.objects.filter(pk=owner_id).first() if owner_id else None
    return account.phone if account else ""


def _show(request: Request, row: Callback, form: CallbackForm, status: int = 200, **more: Any) -> HttpResponse:
    now = timezone.now()
    context = {
        "heading": _("回访"), "row": row, "matter": row.matter, "report": row.report, "who": reporter(row), "form": form,
        "faces": FACES if "satisfaction" in form.fields else [], "script": script(row, request.me.name),
        "can": row.state == "waiting" and permitted(CALLBACK.transition("done"), row, request.actor) is not None,
        "can_try": may_try(row, now), "key": str(request.POST.get("key") or uuid.uuid4()) if status != 200 else str(uuid.uuid4()),
        "state": CALLBACK.state(row.state), "left": MOST_TRIES - row.tries, "showing": "detail", **more,
    }  # fmt: skip
    return render(request, "cases/callbacks/one.html", context, status=status)


def script(row: Callback, caller: str) -> list[str]:
    """What to say, sentence by sentence."""
    if row.reason == Callback.Reason.PROMISED:
        return [_("您好，我是%(where)s的%(me)s。答应给您回个电话。") % {"where": _desk(row), "me": caller}, row.asked]
    when = f"{timezone.localtime(row.report.created_at):%m月%d日}"
    return [
        _("您好，我是%(where)s的%(me)s，做个回访，占用您一分钟。") % {"where": _desk(row), "me": caller},
        _("您 %(day)s反映的“%(title)s”，办的人说已经办好了。") % {"day": when, "title": row.matter.title},
        _("现在真的办好了吗？"),
        _("您对办理满意吗？很满意、满意、一般、不满意，还是很不满意？"),
        _("谢谢您。没办好的，我们马上请人再办；又出问题的，随时打电话。"),
    ]


def _desk(row: Callback) -> str:
    return _("社区") if row.level == Level.COMMUNITY else _("街道") if row.level == Level.STREET else _("区里")
