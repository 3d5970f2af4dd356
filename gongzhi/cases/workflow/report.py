"""The reporter's side: what one person said, hears and judges."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from gongzhi.cases import closing_forms, forms
from gongzhi.cases.effects import guiding, joining, reports
from gongzhi.cases.models import Report
from gongzhi.cases.workflow.common import (
    CLERK,
    INTAKER,
    MINE,
    STAFF,
    SYSTEM,
)
from gongzhi.kernel.clock import current
from gongzhi.kernel.models import Phase
from gongzhi.kernel.procedure import Procedure, State, Transition, procedure_of, register
from gongzhi.kernel.who import AnyOf, Public

T = Transition


def within_window(report: Report, now: datetime) -> bool:
    """The reporter may come back while the window after closing is open."""
    closed = report.matter.closed_at
    return closed is None or now <= procedure_of(report.matter).limit(current(), report.matter, "reopen", closed).at


def may_come_back(report: Report, now: datetime) -> bool:
    """Within the window; what was explained instead of handled goes to a second person (`reconsider`) instead."""
    return within_window(report, now) and not guiding.is_explained(report)


def may_appeal(report: Report, now: datetime) -> bool:
    """Once, and only against an explanation."""
    return report.reconsidered_at is None and guiding.is_explained(report)


def has_consent(report: Report, now: datetime) -> bool:
    """Reported for somebody who agreed and still does."""
    agreement = guiding.agreement_of(report)
    return agreement is not None and agreement.withdrawn_at is None


REPORT = register(
    Procedure(
        name="report",
        label=_("反映人的诉求"),
        model=Report,
        obligations=lambda report: (),
        read=AnyOf((MINE, STAFF)),
        states=(
            State("open", _("正在办"), Phase.HANDLING, _("社区")),
            State("asked", _("等您补充"), Phase.RECEIVED, _("反映人")),
            State("answered", _("等您评价"), Phase.JUDGING, _("反映人")),
            State("rated", _("已评价"), Phase.CLOSED),
            State("lapsed", _("到期未评价"), Phase.CLOSED),
            State("guided", _("已说明办法"), Phase.CLOSED),
            State("withdrawn", _("已撤回"), Phase.CLOSED),
        ),
        transitions=(
            T("send", _("提交诉求"), (), "open", Public(), told=_("您提交了诉求")),
            T("ask", _("请反映人补充"), ("open",), "asked", SYSTEM, effect=reports.question, keeps=("question",),
              told=_("社区想向您了解情况"), hidden=True),
            T("add", _("补充说明"), ("open", "asked"), "open", AnyOf((MINE, CLERK)), forms.AddForm, reports.add, keeps=("text",),
              told=_("您补充了说明")),
            T("answer", _("答复"), ("open", "asked"), "answered", SYSTEM, effect=reports.answer, keeps=("answer",),
              told=_("社区答复了您"), hidden=True),
            T("guide", _("说明办法"), ("open", "asked"), "guided", SYSTEM, effect=reports.guide, keeps=("answer",),
              told=_("社区向您说明了办法"), hidden=True),
            T("rate", _("评价"), ("answered",), None, AnyOf((MINE, CLERK)), closing_forms.RateForm, reports.rate,
              keeps=("is_resolved", "satisfaction", "comment"), targets=("rated", "open"),
              choose=lambda report, data: "rated" if data["is_resolved"] or report.matter.reopened >= 3 else "open",
              told=_("您作了评价"), is_main=True),
            T("again", _("又出问题了，请重办"), ("rated", "lapsed", "guided"), "open", MINE, forms.ReasonForm, reports.again,
              keeps=("reason",), when=may_come_back, when_words=_("已经过了可以要求重办的时间，请重新反映。"), told=_("您要求重新办理")),
            T("reconsider", _("请再看一次"), ("guided",), "open", AnyOf((MINE, INTAKER)), forms.ReasonForm, guiding.appeal,
              keeps=("reason",), when=may_appeal, when_words=_("请再看一次的机会只有一次，已经用过。"), told=_("您请上一级再看一次")),
            T("withdraw_consent", _("收回代办同意"), ("open", "asked", "answered", "rated", "lapsed", "guided"), None,
              AnyOf((MINE, INTAKER)), forms.ConsentForm, guiding.withdraw_consent, keeps=("reason", "goes_on"),
              when=has_consent, when_words=_("这件不是代办的，或者同意已经收回。"), told=_("本人收回了代办同意")),
            T("wake", _("随事项重新办理"), ("answered", "rated", "lapsed"), "open", SYSTEM, told=_("这件事重新办理"), hidden=True),
            T("lapse", _("到期未评价"), ("answered",), "lapsed", SYSTEM, told=_("评价时间已过"), hidden=True),
            T("withdraw", _("撤回"), ("open", "asked"), "withdrawn", AnyOf((MINE, SYSTEM)), forms.NoteForm, reports.withdraw, keeps=("note",),
              told=_("您撤回了诉求")),
            T("move", _("随事项合并或拆回"), ("open", "asked", "answered", "rated", "lapsed", "guided", "withdrawn"), None, SYSTEM,
              effect=joining.move, keeps=("target",), hidden=True),
        ),
    )
)  # fmt: skip
