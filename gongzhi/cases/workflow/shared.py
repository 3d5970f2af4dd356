"""What every procedure of a matter has in common: one builder, so that two procedures cannot drift apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from gongzhi.cases import closing_forms, forms
from gongzhi.cases.effects import closing, handling, joining, oversight, parts, sorting
from gongzhi.cases.models import Matter
from gongzhi.cases.workflow.common import (
    CHARGE,
    CLERK,
    DECIDER,
    HANDLER,
    IN_HAND,
    ON_DESK,
    SECRETARY,
    SUPERVISOR,
    SYSTEM,
)
from gongzhi.cases.workflow.guiding import guided
from gongzhi.cases.workflow.kept import kept
from gongzhi.kernel.clock import Clock, Deadline
from gongzhi.kernel.models import Phase
from gongzhi.kernel.procedure import Obligation, State, Transition, procedure_of
from gongzhi.kernel.who import AnyOf, Public

T = Transition


@dataclass(frozen=True)
class Way:
    """What differs between procedures: the desk's state, the states nobody handles it in yet, where rating leads."""

    desk: str
    before: tuple[str, ...]
    rated: str

    @property
    def open(self) -> tuple[str, ...]:
        """Every state in which an answer is still owed."""
        return (*self.before, "objected", "appealed", *IN_HAND, "answering", "checking", "judging")

    @property
    def over(self) -> tuple[str, ...]:
        """What comes after the rating."""
        return tuple(dict.fromkeys((self.rated, "closed")))


def shared(
    *, desk: str, before: tuple[str, ...], rated: str = "closed", own: tuple[Transition, ...] = ()
) -> tuple[Transition, ...]:
    """The transitions every procedure of a matter has, with its `own` ones after the receiving.

    `desk`: state to which a matter comes back to be sorted anew; `before`: states in which nobody handles it yet;
    `rated`: where it goes when everybody has rated or the window is over.
    """
    way = Way(desk, before, rated)
    parts_of_it = (_dispatched, _handled, _answered, _watched, _joined)
    theirs = (transition for part in parts_of_it for transition in part(way))
    return (*_received(way), *own, *theirs, *kept(way.desk, way.open, way.over))


def shared_states() -> tuple[State, ...]:
    """The states every procedure of a matter has, from `objected` on; the ones before are the procedure's own."""
    return (
        State("objected", _("派单异议待裁"), Phase.SORTING, _("街道经办人"), partial(stage, "object"), "正在确定谁来办"),
        State("appealed", _("反映人请再看，待复核"), Phase.SORTING, _("街道经办人"), partial(stage, "reconsider"), "请上一级再看"),
        State("assigned", _("待签收"), Phase.HANDLING, _("承办单位或承办人"), partial(stage, "sign"), "已派出，等待签收"),
        State("handling", _("办理中"), Phase.HANDLING, _("承办单位或承办人"), total, _("正在办理")),
        State("suspended", _("挂起"), Phase.HANDLING, _("社区干事"), review, _("暂时办不了，定期再看")),
        State("answering", _("待反馈"), Phase.ANSWERING, _("社区干事"), partial(stage, "answer"), "已办好，正在反馈"),
        State("checking", _("督办核查"), Phase.ANSWERING, _("包案书记或督办员"), partial(stage, "check"), "正在核查"),
        State("judging", _("待评议"), Phase.JUDGING, _("反映人"), partial(stage, "judge"), "请反映人评议"),
        State("closed", _("已办结"), Phase.CLOSED, public=_("已办结")),
        State("merged", _("已并入"), Phase.CLOSED, public=_("已并入同一件事")),
        State("declined", _("不予受理，已引导"), Phase.CLOSED, public=_("已说明办法")),
    )  # fmt: skip


def stage(key: str, matter: Matter, clock: Clock, now: datetime) -> Deadline:
    """The limit of one step, from its beginning."""
    return procedure_of(matter).limit(clock, matter, key, now)


def total(matter: Matter, clock: Clock, now: datetime) -> Deadline | None:
    """The handling limit, frozen at acceptance."""
    return Deadline(matter.total_due_at, matter.total_rule) if matter.total_due_at else None


def review(matter: Matter, clock: Clock, now: datetime) -> Deadline | None:
    """The day on which a suspended matter is looked at again."""
    return Deadline(matter.review_at, {}) if matter.review_at else None


def owed_on_matter(matter: Matter) -> Iterator[Obligation]:
    """Who owes the next step, who hears of delay, what happens by itself."""
    if matter.state in (*ON_DESK, "answering"):
        yield Obligation("act", post="clerk", due_at=matter.due_at)
    elif matter.state in ("assigned", "handling"):
        yield Obligation(
            "act", organisation_id=matter.organisation_id, account_id=matter.account_id, due_at=matter.due_at
        )  # fmt: skip
    elif matter.state == "suspended":
        yield Obligation("act", post="clerk", due_at=matter.due_at, on_due="resume", reminds=False)
    elif matter.state in ("objected", "appealed"):
        yield Obligation("act", post="street_clerk", due_at=matter.due_at)
    elif matter.state == "checking":
        yield Obligation(
            "act", post="" if matter.charge_id else "supervisor", account_id=matter.charge_id, due_at=matter.due_at
        )
    elif matter.state == "judging":
        yield Obligation("judge", due_at=matter.due_at, on_due="close", reminds=False)
    if matter.state == "handling" and matter.extension_at is not None:
        yield Obligation("extension", post="clerk", started_at=matter.extension_at, due_at=matter.due_at, reminds=False)
    yield from _owed_when_late(matter)


def _owed_when_late(matter: Matter) -> Iterator[Obligation]:
    if matter.due_at is None or matter.closed_at is not None or matter.state in ("judging", "suspended"):
        return
    reached = matter.escalation if matter.escalated_for == matter.due_at else 0
    for level, post in enumerate(("community_secretary", "street_secretary", "supervisor")[:reached]):
        yield Obligation(f"late-{level + 1}", post=post, due_at=matter.due_at, reminds=False)
    if reached < len(oversight.ESCALATION_WAITS):
        fires = matter.due_at + oversight.ESCALATION_WAITS[reached]
        yield Obligation("timer", due_at=fires, on_due="escalate", reminds=False)


def judged_or_checked(matter: Matter, data: dict[str, Any]) -> str:
    """Matters in a secretary's charge or under a supervision order are checked before they are judged."""
    return "checking" if matter.charge_id or matter.order_open else "judging"


def _received(way: Way) -> tuple[Transition, ...]:
    """收集: somebody said something, somebody received it."""
    return (
        T("report", _("提交诉求"), (), "received", Public(), told=_("收到反映")),
        T("accept", _("接收"), ("received",), way.desk, CLERK, effect=sorting.accept, told=_("社区已接收"), is_main=True),
    )  # fmt: skip


def _dispatched(way: Way) -> tuple[Transition, ...]:
    """Who handles it: signing, objecting, returning, handing on."""
    return (
        T("sign", _("签收"), ("assigned",), "handling", HANDLER, told=_("承办单位已签收"), is_main=True),
        T("object", _("对派单有异议"), ("assigned",), "objected", HANDLER, forms.ReasonForm, sorting.object_to, keeps=("reason",),
          when=lambda m, now: m.objections == 0, when_words=_("同一件事只能提一次异议。")),
        T("uphold", _("维持派单"), ("objected",), "assigned", DECIDER, forms.ReasonForm, keeps=("reason",),
          not_by="dispatched_by", not_by_words=_("不能是派单人自己")),
        T("redirect", _("异议成立，改派"), ("objected",), "assigned", DECIDER, forms.RedirectForm, sorting.redirect,
          keeps=("reason", "handler_name"), not_by="dispatched_by", not_by_words=_("不能是派单人自己")),
        T("return", _("退回"), ("assigned", "handling"), way.desk, HANDLER, forms.ReasonForm, sorting.unassign, keeps=("reason",)),
        T("transfer", _("转办"), IN_HAND, "assigned", CLERK, forms.RedirectForm, sorting.redirect,
          keeps=("reason", "handler_name"), told=_("改由其他单位办理")),
    )  # fmt: skip


def _handled(way: Way) -> tuple[Transition, ...]:
    """办理: progress, questions, more time, putting off, the result."""
    return (
        T("progress", _("记录进展"), IN_HAND, None, AnyOf((HANDLER, CLERK)), forms.ProgressForm, handling.progress,
          keeps=("text", "is_public"), told=_("有新进展")),
        T("ask", _("请反映人补充"), (*way.before, *IN_HAND), None, AnyOf((CLERK, HANDLER)), forms.AskForm, handling.ask,
          keeps=("question",)),
        T("ask_extension", _("申请延期"), ("handling",), None, HANDLER, forms.ExtensionForm, handling.ask_extension,
          keeps=("reason", "days"), when=handling.still_in_time, when_words=_("到期前才能申请，一次一个。")),
        T("grant_extension", _("同意延期"), ("handling",), None, AnyOf((CLERK, DECIDER)), forms.NoteForm, handling.grant_extension,
          keeps=("note",), not_by="extension_by", not_by_words=_("不能是申请人自己"),
          when=lambda m, now: m.extension_at is not None, when_words=_("没有待批的延期申请。")),
        T("refuse_extension", _("不同意延期"), ("handling",), None, AnyOf((CLERK, DECIDER)), forms.ReasonForm,
          handling.refuse_extension, keeps=("reason",), not_by="extension_by", not_by_words=_("不能是申请人自己"),
          when=lambda m, now: m.extension_at is not None, when_words=_("没有待批的延期申请。")),
        T("suspend", _("挂起"), ("handling",), "suspended", AnyOf((CLERK, DECIDER)), forms.SuspendForm, handling.suspend,
          keeps=("reason", "review_date"), told=_("暂时办不了，定期再看")),
        T("resume", _("恢复办理"), ("suspended",), "handling", AnyOf((CLERK, HANDLER, SYSTEM)), effect=handling.resume,
          told=_("恢复办理")),
        T("finish", _("办结回单"), ("handling",), "answering", HANDLER, closing_forms.FinishForm, handling.finish,
          keeps=("result", "evidence", "doubts"), told=_("已办好，等待反馈"), is_main=True,
          when=lambda m, now: m.co_open == 0, when_words=_("还有协办单位没有回复。")),
    )  # fmt: skip


def _answered(way: Way) -> tuple[Transition, ...]:
    """反馈、评议: the answer, checking, rating, once more; or which other way is open."""
    return (
        T("feedback", _("反馈"), ("answering",), None, CLERK, closing_forms.AnswerForm, closing.feedback,
          keeps=("answer", "method", "public_answer", "shows_photos"), told=_("已反馈给反映人"),
          targets=("checking", "judging"), choose=judged_or_checked, is_main=True),
        T("rework", _("返工"), ("answering", "checking"), "handling", AnyOf((CLERK, SUPERVISOR)), forms.ReasonForm,
          handling.rework, keeps=("reason",), told=_("重新办理")),
        T("pass_check", _("核查通过"), ("checking",), "judging", AnyOf((CHARGE, SUPERVISOR)), forms.NoteForm, closing.pass_check, keeps=("note",),
          not_by="answered_by", not_by_words=_("不能是反馈人自己"), told=_("督办核查通过"), is_main=True),
        T("close", _("结束评议"), ("judging",), way.rated, SYSTEM, effect=closing.close, told=_("已办结"), hidden=True),
        T("reopen", _("重新办理"), ("judging", *way.over, "declined"), way.desk, AnyOf((CLERK, SUPERVISOR)),
          forms.ReasonForm, closing.reopen, keeps=("reason",), told=_("重新办理")),
        T("reopen_by_reporter", _("应反映人要求重新办理"), ("checking", "judging", *way.over, "declined"), way.desk, SYSTEM,
          forms.ReasonForm, closing.reopen, keeps=("reason",), told=_("反映人说还没解决，重新办理"), hidden=True),
        T("decline", _("不予受理并引导"), way.before, "declined", CLERK, forms.DeclineForm, sorting.decline,
          keeps=("route", "answer"), told=_("已向反映人说明办法")),
        *guided(way.desk),
        T("drop", _("反映人撤回"), way.before, "declined", SYSTEM, effect=sorting.drop, keeps=("reason",), hidden=True),
    )  # fmt: skip


def _watched(way: Way) -> tuple[Transition, ...]:
    """督办, and what the public sees."""
    return (
        T("escalate", _("超期升级"), tuple(s for s in way.open if s not in ("judging", "suspended")), None, SYSTEM,
          effect=oversight.escalate, hidden=True),
        T("take_charge", _("包案"), way.open, None, SECRETARY, forms.NoteForm, oversight.take_charge, keeps=("note",),
          when=lambda m, now: m.charge_id is None, when_words=_("已经有书记包案。")),
        T("release", _("不再包案"), way.open, None, CHARGE, forms.ReasonForm, oversight.release, keeps=("reason",)),
        T("instruct", _("批示"), way.open, None, SECRETARY, forms.ReasonForm, oversight.instruct, keeps=("reason",)),
        T("supervise", _("发督办单"), (*way.before[1:], *IN_HAND, "answering"), None, SUPERVISOR, forms.OrderForm,
          oversight.supervise, keeps=("asked", "days")),
        T("publish", _("公开设置"), (*way.open, *way.over, "declined"), None, CLERK, forms.PublishForm, handling.publish,
          keeps=("is_public", "public_title")),
    )  # fmt: skip


def _joined(way: Way) -> tuple[Transition, ...]:
    """Places and families of matters."""
    return (
        T("relocate", _("更正地点"), way.open, None, AnyOf((CLERK, SYSTEM)), forms.RelocateForm, joining.relocate,
          keeps=("reason", "place"), hidden=True),
        T("merge", _("并入相同的事"), (*way.before, *IN_HAND), "merged", CLERK, forms.MergeForm, joining.merge,
          keeps=("reason", "into"), told=_("与相同的事合并办理"), hidden=True),
        T("unmerge", _("拆回"), ("merged",), None, CLERK, forms.ReasonForm, joining.unmerge, keeps=("reason",),
          targets=(*way.before, *IN_HAND), choose=lambda m, data: m.merged_from_state, told=_("恢复单独办理"), hidden=True),
        T("absorb", _("反映人数变化"), (*way.open, *way.over, "merged"), None, SYSTEM, effect=joining.absorb, keeps=("number", "count"),
          told=_("又有人反映同一件事"), hidden=True),
        T("part", _("协办或督办有变化"), (*way.open, *way.over, "declined", "merged"), None, SYSTEM, effect=parts.part, hidden=True),
    )  # fmt: skip
