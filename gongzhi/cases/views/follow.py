"""Following a concern: by tracking code or by account; adding, rating, asking for more, withdrawing."""

import uuid
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Case, IntegerField, QuerySet, Value, When
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.accounts.models import Account
from gongzhi.accounts.request import Request
from gongzhi.base.crypto import hash_code
from gongzhi.base.files import files_of
from gongzhi.base.models import StoredFile
from gongzhi.base.ui import speak_time
from gongzhi.cases import timeline
from gongzhi.cases.actions import title_of
from gongzhi.cases.models import Matter, Report
from gongzhi.cases.steps import holder_words, state_of, step_bar
from gongzhi.cases.views import report as reporting
from gongzhi.cases.views import visitor
from gongzhi.cases.workflow import MINE, REPORT
from gongzhi.kernel.clock import current, explain
from gongzhi.kernel.errors import NotPermitted, NotPossible, Refused
from gongzhi.kernel.forms import ActionForm
from gongzhi.kernel.models import Look
from gongzhi.kernel.perform import perform
from gongzhi.kernel.procedure import Transition, available, procedure_of
from gongzhi.kernel.who import get_or_404
from gongzhi.knowledge import questions
from gongzhi.territory.tree import trails

PAGE = 20
WAITING = (Report.State.ANSWERED, Report.State.ASKED)
THANKS = {
    "add": _("补充的内容已经送到，办理的人看得到。"),
    "rate": _("谢谢您的评价。"),
    "again": _("已经重新打开，社区会再办一次。"),
    "reconsider": _("已经送到上一级，由另一个人来看，两个工作日内给您答复。"),
    "withdraw_consent": _("同意已经收回，姓名和电话已经去掉。"),
    "withdraw": _("已经撤回。还有事，随时再说一声。"),
}


@never_cache
@require_http_methods(["GET", "POST"])
@visitor.known_device
def track(request: Request) -> HttpResponse:
    """A tracking code opens its concern in this browser. Guessing is slowed down."""
    typed = request.POST.get("code", "")[:200]
    status, wrong = 200, ""
    if request.method == "POST":
        verdict = visitor.count(request, "code")
        found = _by_code(typed) if verdict.allowed else None
        if found is not None:
            visitor.open_token(request, found)
            return redirect("cases:concern", number=found.number)
        status = 422 if verdict.allowed else 429
        wrong = _wrong_code(typed) if verdict.allowed else verdict.message
    context = {"heading": _("凭查询码看进度"), "typed": typed, "wrong": wrong}
    return render(request, "cases/resident/track.html", context, status=status)


@never_cache
@require_safe
@visitor.known_device
def concerns(request: Request) -> HttpResponse:
    """Everything this account sent, or this browser opened by code: what waits for an answer first."""
    actor = visitor.neighbour(request)
    mine = Report.objects.filter(MINE.q(actor)).select_related("matter__category")
    after = _cursor(request.GET.get("after", ""))
    rows, more = _page_of(mine, after)
    context = {
        "heading": _("我的进度"), "cards": cards(rows), "more": more, "is_first": after is None,
        "waiting": mine.filter(state__in=WAITING).count() if after is None and rows else 0,
    }  # fmt: skip
    return render(request, "cases/resident/concerns.html", context)


@never_cache
@require_safe
@visitor.known_device
def concern(request: Request, number: str) -> HttpResponse:
    """One concern: where it stands, who has it until when, what happened, the answer, what can be done."""
    actor, now = visitor.neighbour(request), timezone.now()
    report = _load(request, number)
    matter = report.matter
    verbs = available(report, actor, now)
    way = trails([matter.place_id])[matter.place_id] if matter.place_id else ()
    community = next((crumb.name for crumb in way if crumb.kind == "community"), "")
    own, shared = _photos(report)
    context = {
        "title": title_of(report.text), "heading": _("办到哪了"), "back": "/concerns/",
        "extra_lines": questions.lines(report.extra),
        "report": report, "matter": matter,
        "way": way, "steps": step_bar(matter, holder_words(matter, community)),
        "is_closed": matter.closed_at is not None, "is_paused": matter.state == Matter.State.SUSPENDED,
        "public_state": _state_words(matter), "why": "".join(explain(matter.due_rule, matter.due_at)),
        "events": [_told(entry) for entry in timeline.of_report(report)], "photos": own, "after_photos": shared,
        "verbs": [verb for verb in verbs if verb.verb != "rate"],
        "can_reopen_until": _reopens_until(report, verbs),
        "can_rate": any(verb.verb == "rate" for verb in verbs), "tabs": (),
    }  # fmt: skip
    return render(request, "cases/resident/concern.html", context)


@never_cache
@require_safe
@visitor.known_device
def looks(request: Request, number: str) -> HttpResponse:
    """Who has seen the whole name and telephone of this concern's reporter, when and why; for the reporter alone."""
    report = _load(request, number)
    rows = list(Look.objects.filter(kind=Report.kind(), record_id=report.pk).order_by("-at", "-pk")[:200])
    names = dict(Account.objects.filter(pk__in={row.account_id for row in rows}).values_list("pk", "name"))
    context = {
        "heading": _("谁看过我的信息"), "back": f"/concerns/{report.number}/", "tabs": (),
        "rows": [{"at": row.at, "who": names.get(row.account_id, ""), "what": row.what, "why": row.reason} for row in rows],
    }  # fmt: skip
    return render(request, "cases/resident/looks.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@visitor.known_device
def act(request: Request, number: str, verb: str) -> HttpResponse:
    """The form of one verb, and doing it. What is not possible now is said in words; what was typed stays."""
    report = _load(request, number)
    transition = _offered(report, verb)
    if request.method == "POST":
        return _acted(request, report, transition)
    if transition not in available(report, visitor.neighbour(request), timezone.now()):
        messages.info(request, _("现在不用这一步了，请看最新情况。"))
        return redirect("cases:concern", number=report.number)
    resolved = request.GET.get("resolved", "")
    initial = {"is_resolved": resolved} if resolved in ("yes", "no") else {}
    form = transition.form(initial=initial, record=report, actor=visitor.neighbour(request))
    return _form_page(request, report, transition, form)


def cards(rows: list[Report]) -> list[dict[str, Any]]:
    """What a list shows of each concern: own words as title, the step bar, whether something is asked."""
    return [
        {
            "report": row, "matter": row.matter, "title": title_of(row.text), "steps": step_bar(row.matter),
            "is_paused": row.matter.state == Matter.State.SUSPENDED, "state": _state_words(row.matter),
        }
        for row in rows
    ]  # fmt: skip


def first_ones(request: Request, most: int) -> list[dict[str, Any]]:
    """The concerns of whoever asks that matter most now, as `cards`; one statement."""
    mine = Report.objects.filter(MINE.q(visitor.neighbour(request))).select_related("matter__category")
    return cards(_page_of(mine, None, most)[0])


# --- parts -----------------------------------------------------------------------------------------------------------


def _by_code(typed: str) -> Report | None:
    try:
        return Report.objects.filter(tracking_hash=hash_code(typed)).first()
    except ValidationError:
        return None


def _wrong_code(typed: str) -> str:
    try:
        hash_code(typed)
    except ValidationError as error:
        return " ".join(error.messages)
    return str(_("没有查到这个码。请对照纸条或截图再输一次；找不到码了，给社区打电话，报姓名和事情也能查。"))


def _load(request: Request, number: str) -> Report:
    reports = Report.objects.select_related("matter__category", "contact", "agreement")
    return get_or_404(reports, MINE, visitor.neighbour(request), number=number.replace("\0", "")[:20])


def _offered(report: Report, verb: str) -> Transition:
    """A verb of reporters; the system's own are nobody's page."""
    for transition in REPORT.transitions:
        if transition.verb == verb and transition.sources and not transition.hidden:
            return transition
    raise Http404


def _cursor(typed: str) -> tuple[int, int] | None:
    rank, dash, pk = typed.partition("-")
    is_right = dash and rank in ("0", "1", "2") and pk.isascii() and pk.isdigit() and len(pk) < 19
    return (int(rank), int(pk)) if is_right else None


def _page_of(mine: QuerySet[Report], after: tuple[int, int] | None, most: int = PAGE) -> tuple[list[Report], str]:
    """By keyset: what waits for the reporter, what is open, the rest; the newest first in each."""
    rank = Case(
        When(state__in=WAITING, then=Value(0)), When(state=Report.State.OPEN, then=Value(1)), default=Value(2),
        output_field=IntegerField(),
    )  # fmt: skip
    ranked = mine.annotate(rank=rank).order_by("rank", "-id")
    if after is not None:
        ranked = ranked.filter(rank__gt=after[0]) | ranked.filter(rank=after[0], pk__lt=after[1])
    found = list(ranked[: most + 1])
    last = found[most - 1] if len(found) > most else None
    rows: list[Report] = [*found[:most]]
    return rows, f"{last.rank}-{last.pk}" if last else ""


def _reopens_until(report: Report, verbs: list[Transition]) -> datetime | None:
    """Until when the reporter may say that the trouble is back; None when not now."""
    closed = report.matter.closed_at
    if closed is None or not any(verb.verb == "again" for verb in verbs):
        return None
    return procedure_of(report.matter).limit(current(), report.matter, "reopen", closed).at


def _state_words(matter: Matter) -> str:
    return str(state_of(matter).public)


def _photos(report: Report) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The reporter's own photos, and those of the handling that are meant to be seen: public, or taken after it."""
    own = files_of(Report.kind(), [report.pk])[report.pk]
    shared = files_of(Matter.kind(), [report.matter_id])[report.matter_id]
    is_done = report.matter.handled_at is not None
    covered = {row.original_id for row in shared if row.original_id}
    after = [row for row in shared if row.is_public or (is_done and row.label == StoredFile.Label.AFTER)]
    after = [row for row in after if row.pk not in covered]
    return [_photo(row, "") for row in own if row.is_photo], [_photo(row, row.label) for row in after if row.is_photo]


def _photo(row: StoredFile, stage: str) -> dict[str, Any]:
    return {"url": f"/files/{row.uid}/", "thumb": f"/files/{row.uid}/thumb/", "at": row.created_at, "stage": stage}


def _told(entry: timeline.Entry) -> dict[str, Any]:
    """One sentence; people at work stand with name and post, neighbours never."""
    handler = str(entry.data.get("handler_name", ""))
    return {
        "at": entry.at, "text": entry.told + (f"：{handler}" if handler else ""), "note": timeline.told_words(entry),
        "who": f"{entry.post} {entry.who}" if entry.post else "",
        "mine": entry.kind == Report.kind() and not entry.post,
    }  # fmt: skip


def _acted(request: Request, report: Report, transition: Transition) -> HttpResponse:
    data, wrong = _data(request)
    form = transition.form(data, record=report, actor=visitor.neighbour(request))
    verdict = visitor.count(request, "act")
    if not verdict.allowed:
        form.add_error(None, verdict.message)
        return _form_page(request, report, transition, form, 429)
    for sentence in wrong:
        form.add_error("photos" if "photos" in form.fields else None, sentence)
    if not form.is_valid():
        return _form_page(request, report, transition, form, 422)
    content = "\0".join(
        f"{name}={value}" for name, value in sorted(form.cleaned_data.items(), key=lambda item: item[0])
    )
    key = visitor.receipt(request, request.POST.get("key", ""), f"{report.pk}:{transition.verb}\0{content}")
    try:
        perform(report, transition.verb, actor=visitor.neighbour(request), data=data, seq=_seq(request), receipt=key)
    except (Refused, ValidationError) as error:
        return _not_done(request, report, transition, form, error)
    messages.success(request, THANKS[transition.verb])
    if transition.verb == "withdraw_consent" and not visitor.neighbour(request).tokens:
        return redirect("cases:concerns")
    return redirect("cases:concern", number=report.number)


def _not_done(
    request: Request, report: Report, transition: Transition, form: ActionForm, error: Refused | ValidationError
) -> HttpResponse:
    if isinstance(error, NotPermitted):
        raise Http404
    form.add_error(None, " ".join(error.messages) if isinstance(error, ValidationError) else str(error))
    status = 409 if isinstance(error, NotPossible) else 422
    return _form_page(request, _load(request, report.number), transition, form, status)


def _data(request: Request) -> tuple[QueryDict, list[str]]:
    visitor.upload_session(request)
    uids, wrong = reporting.photos_of(request)
    data = request.POST.copy()
    data.setlist("photos", uids)
    return data, wrong


def _seq(request: Request) -> int | None:
    typed = request.POST.get("seq", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None


def _form_page(
    request: Request, report: Report, transition: Transition, form: ActionForm, status: int = 200
) -> HttpResponse:
    shots = [str(uid) for uid in (form["photos"].value() or [])] if "photos" in form.fields else []
    context = {
        "form": form, "report": report, "transition": transition, "title": title_of(report.text), "tabs": (),
        "heading": _HEADINGS[transition.verb], "back": f"/concerns/{report.number}/", "key": uuid.uuid4(),
        "shots": [(uid, f"/files/{uid}/thumb/") for uid in shots if visitor.as_uuid(uid)],
        "button": _BUTTONS[transition.verb],
        "rejects": transition.verb == "rate" and str(form["is_resolved"].value()) in ("no", "False"),
        "judge_until": speak_time(report.matter.due_at) if report.matter.state == "judging" and report.matter.due_at else "",
    }  # fmt: skip
    if "photos" in form.fields:
        visitor.upload_session(request)
    return render(request, "cases/resident/act.html", context, status=status)


_HEADINGS = {"add": _("补充说明"), "rate": _("请您评价"), "again": _("又出问题了"), "withdraw": _("撤回诉求"),
             "reconsider": _("请再看一次"), "withdraw_consent": _("收回代办同意")}  # fmt: skip
_BUTTONS = {"add": _("送出补充"), "rate": _("送出评价"), "again": _("请社区重办"), "withdraw": _("撤回这件诉求"),
            "reconsider": _("请上一级再看一次"), "withdraw_consent": _("收回同意")}  # fmt: skip
