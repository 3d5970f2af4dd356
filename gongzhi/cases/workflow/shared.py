"""What every procedure of a matter has in common: one builder, so that two procedures cannot drift apart."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import gettext_lazy as _

from gongzhi.cases import clocks, closing_forms, forms, joint_forms
from gongzhi.cases.effects import closing, handling, joining, oversight, parts, sorting, splitting
from gongzhi.cases.models import Matter, PauseKind
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
    Decides,
)
from gongzhi.cases.workflow.guiding import guided
from gongzhi.cases.workflow.kept import kept
from gongzhi.kernel.clock import SHANGHAI, Clock, Deadline
from gongzhi.kernel.models import Phase
from gongzhi.kernel.procedure import Obligation, State, Transition
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
        return (
            *self.before,
            "objected",
            "appealed",
            "undecided",
            *IN_HAND,
            "divided",
            "answering",
            "checking",
            "judging",
        )

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
    parts_of_it = (_dispatched, _divided, _handled, _answered, _watched, _joined)
    theirs = (transition for part in parts_of_it for transition in part(way))
    return (*_received(way), *own, *theirs, *kept(way.desk, way.open, way.over))


def shared_states() -> tuple[State, ...]:
    """The states every procedure of a matter has, from `objected` on; the ones before are the procedure's own."""
    return (
        State("objected", _("派单异议待裁"), Phase.SORTING, _("街道经办人"), partial(stage, "object"), "正在确定谁来办"),
        State("appealed", _("反映人请再看，待复核"), Phase.SORTING, _("街道经办人"), partial(stage, "reconsider"), "请上一级再看"),
        State("undecided", _("待上级确定由谁办"), Phase.SORTING, _("街道或区里"), partial(stage, "decide"), "正在由上级确定谁来办"),
        State("assigned", _("待签收"), Phase.HANDLING, _("承办单位或承办人"), partial(stage, "sign"), "已派出，等待签收"),
        State("handling", _("办理中"), Phase.HANDLING, _("承办单位或承办人"), total, _("正在办理")),
        State("suspended", _("挂起"), Phase.HANDLING, _("社区干事"), review, _("暂时办不了，定期再看")),
        State("divided", _("分办中"), Phase.HANDLING, _("各分事项的承办单位"), total, _("正在分几部分办理")),
        State("answering", _("待反馈"), Phase.ANSWERING, _("社区干事"), partial(stage, "answer"), "已办好，正在反馈"),
        State("checking", _("督办核查"), Phase.ANSWERING, _("包案书记或督办员"), partial(stage, "check"), "正在核查"),
        State("judging", _("待评议"), Phase.JUDGING, _("反映人"), partial(stage, "judge"), "请反映人评议"),
        State("closed", _("已办结"), Phase.CLOSED, public=_("已办结")),
        State("merged", _("已并入"), Phase.CLOSED, public=_("已并入同一件事")),
        State("declined", _("不予受理，已引导"), Phase.CLOSED, public=_("已说明办法")),
    )  # fmt: skip


def stage(key: str, matter: Matter, clock: Clock, now: datetime) -> Deadline:
    """The limit of one step, from its beginning."""
    return clocks.deadline(matter, key, clock, now)


def total(matter: Matter, clock: Clock, now: datetime) -> Deadline | None:
    """The handling limit, frozen at acceptance."""
    return Deadline(matter.total_due_at, matter.total_rule) if matter.total_due_at else None


def review(matter: Matter, clock: Clock, now: datetime) -> Deadline | None:
    """The day on which a suspended matter is looked at again."""
    if matter.review_at is None or matter.suspended_at is None:
        return None
    days = (matter.review_at.astimezone(SHANGHAI).date() - now.astimezone(SHANGHAI).date()).days
    why = PauseKind(matter.pause_kind).label if matter.pause_kind else PauseKind.OTHER.label
    rule: dict[str, object] = {
        "key": "pause", "amount": days, "unit": "days", "from": now.isoformat(), "limit": None,
        "notes": [f"挂起：{why}。到复查那天早上 9 点自动恢复办理，停的时间不计入办理期限。"],
    }  # fmt: skip
    return Deadline(matter.review_at, rule)


def owed_on_matter(matter: Matter) -> Iterator[Obligation]:
    """Who owes the next step, who hears of delay, what happens by itself."""
    if matter.state in (*ON_DESK, "answering"):
        yield Obligation("act", post="clerk", due_at=matter.due_at)
    elif matter.state in ("assigned", "handling"):
        yield Obligation(
            "act", organisation_id=matter.organisation_id, account_id=matter.account_id, due_at=matter.due_at
        )  # fmt: skip
    elif matter.state == "divided":
        yield Obligation("act", post="clerk", due_at=matter.due_at)
    elif matter.state == "undecided":
        yield from _owed_above(matter)
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
    if matter.state == "handling" and matter.pause_asked_at is not None:
        yield Obligation("pause", post="clerk", started_at=matter.pause_asked_at, due_at=matter.due_at, reminds=False)
    yield from _owed_when_late(matter)


def _owed_above(matter: Matter) -> Iterator[Obligation]:
    """The level that decides; not in time, it goes one level up."""
    is_street = matter.decision_level == "street"
    yield Obligation(
        "act", post="street_clerk" if is_street else "district_clerk", due_at=matter.due_at,
        on_due="raise_level" if is_street else "",
    )  # fmt: skip


def _owed_when_late(matter: Matter) -> Iterator[Obligation]:
    if matter.due_at is None or matter.closed_at is not None or matter.state in ("judging", "suspended"):
        return
    if matter.state == "undecided" and matter.decision_level == "street":
        return
    reached = matter.escalation if matter.escalated_for == matter.due_at else 0
    for level, post in enumerate(("community_secretary", "street_secretary", "supervisor")[:reached]):
        yield Obligation(f"late-{level + 1}", post=post, due_at=matter.due_at, reminds=False)
    if reached and matter.head_id is not None and matter.state in IN_HAND:
        yield Obligation("late-head", account_id=matter.head_id, due_at=matter.due_at, reminds=False)
    if reached > 1 and matter.charge_id is not None:
        yield Obligation("late-charge", account_id=matter.charge_id, due_at=matter.due_at, reminds=False)
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


OWN_DISPATCH = _("维持派单或上级已经确定由谁办的，不能再提异议，也不能退回。一次派单只能提一次。")
DESIGNATED = _("上级已经确定由谁办。要改，请再提请上级确定。")


def is_open_to_objection(matter: Matter, now: datetime) -> bool:
    """Once for each dispatch; what was upheld, or decided by the level above, stands."""
    return matter.objections == 0 and not matter.decision_level


def _dispatched(way: Way) -> tuple[Transition, ...]:
    """Who handles it: signing, objecting, returning, handing on, asking the level above."""
    return (
        T("sign", _("签收"), ("assigned",), "handling", HANDLER, told=_("承办单位已签收"), is_main=True),
        T("object", _("对派单有异议"), ("assigned",), "objected", HANDLER, forms.ReasonForm, sorting.object_to, keeps=("reason",),
          when=is_open_to_objection, when_words=OWN_DISPATCH),
        T("uphold", _("维持派单"), ("objected",), "assigned", DECIDER, forms.ReasonForm, keeps=("reason",),
          not_by="dispatched_by", not_by_words=_("不能是派单人自己")),
        T("redirect", _("异议成立，改派"), ("objected",), "assigned", DECIDER, forms.RedirectForm, sorting.agree,
          keeps=("reason", "handler_name"), not_by="dispatched_by", not_by_words=_("不能是派单人自己")),
        T("return", _("退回"), ("assigned", "handling"), way.desk, HANDLER, forms.ReasonForm, sorting.unassign, keeps=("reason",),
          when=is_open_to_objection, when_words=OWN_DISPATCH),
        T("transfer", _("转办"), IN_HAND, "assigned", CLERK, forms.RedirectForm, sorting.redirect,
          keeps=("reason", "handler_name"), told=_("改由其他单位办理"), when=lambda m, now: not m.decision_level,
          when_words=DESIGNATED),
        T("refer", _("提请上级确定由谁办"), (*way.before[1:], "objected", "assigned", "handling"), "undecided", AnyOf((CLERK, DECIDER)),
          forms.ReasonForm, sorting.refer, keeps=("reason",), told=_("提请上级确定由谁办")),
        T("decide", _("确定由谁办"), ("undecided",), "assigned", Decides(), forms.RedirectForm, sorting.decide,
          keeps=("reason", "handler_name"), not_by="referred_by", not_by_words=_("不能是提请人自己"), told=_("上级已确定由谁办"),
          is_main=True),
        T("raise_level", _("没有按时确定，提到上一级"), ("undecided",), "undecided", SYSTEM, effect=sorting.raise_level, hidden=True),
        T("whistle", _("吹哨，请单位协办"), IN_HAND, None, AnyOf((HANDLER, CLERK)), joint_forms.WhistleForm, parts.whistle),
        T("plan_visit", _("约联合上门"), IN_HAND, None, AnyOf((HANDLER, CLERK)), joint_forms.VisitForm, parts.plan_visit,
          keeps=("asked",), when=lambda m, now: bool(m.co_organisation_ids), when_words=_("先吹哨请协办单位，再约上门。")),
    )  # fmt: skip


def _divided(way: Way) -> tuple[Transition, ...]:
    """分办: into parts with own handlers, each taken by the clerk; with the last one the whole is ready to be answered."""
    return (
        T("branch", _("从总事项分出"), (), None, SYSTEM, effect=splitting.branch, keeps=("note", "handler_name"),
          targets=(way.desk, "assigned"), choose=lambda m, data: "assigned" if data.get("handler") else way.desk),
        T("split", _("分开办"), (*way.before[1:], *IN_HAND), "divided", CLERK, joint_forms.SplitForm, splitting.split,
          keeps=("note", "titles"), told=_("分几部分办理"), when=lambda m, now: m.parent_id is None,
          when_words=_("这已经是一个分事项。")),
        T("accept_part", _("验收这一部分"), ("answering",), "closed", CLERK, forms.NoteForm, splitting.accept_part, keeps=("note",),
          when=is_part, when_words=_("这不是分事项。"), is_main=True),
        T("part_over", _("分事项有结论"), ("closed", "declined", "merged"), None, SYSTEM, hidden=True),
        T("child_over", _("分事项办结"), ("divided",), None, SYSTEM, effect=splitting.child_over, keeps=("title", "number"),
          targets=("divided", "answering"), choose=lambda m, data: "divided" if data["left"] else "answering",
          told=_("其中一部分有了结论"), hidden=True),
        T("gather", _("收回分办"), ("divided",), way.desk, CLERK, forms.ReasonForm, splitting.gather, keeps=("reason",),
          told=_("合起来办理"), hidden=True),
        T("withdraw_part", _("收回，并入总事项"), (way.desk, "assigned"), "merged", SYSTEM, effect=splitting.withdraw_part,
          keeps=("reason",), hidden=True),
    )  # fmt: skip


def is_part(matter: Matter, now: datetime) -> bool:
    """A part of a larger matter; reporters stay with the whole."""
    return matter.parent_id is not None


def is_whole(matter: Matter, now: datetime) -> bool:
    """Not a part: has reporters of its own."""
    return matter.parent_id is None


def _handled(way: Way) -> tuple[Transition, ...]:
    """办理: progress, questions, more time, putting off, the result."""
    return (
        T("progress", _("记录进展"), IN_HAND, None, AnyOf((HANDLER, CLERK)), forms.ProgressForm, handling.progress,
          keeps=("text", "is_public"), told=_("有新进展")),
        T("ask", _("请反映人补充"), (*way.before, *IN_HAND), None, AnyOf((CLERK, HANDLER)), forms.AskForm, handling.ask,
          keeps=("question",), when=is_whole, when_words=_("反映人在总事项上。")),
        T("ask_extension", _("申请延期"), ("handling",), None, HANDLER, forms.ExtensionForm, handling.ask_extension,
          keeps=("reason", "days"), when=handling.still_in_time, when_words=_("到期前才能申请，一次一个。")),
        T("grant_extension", _("同意延期"), ("handling",), None, AnyOf((CLERK, DECIDER)), forms.NoteForm, handling.grant_extension,
          keeps=("note",), not_by="extension_by", not_by_words=_("不能是申请人自己"),
          when=lambda m, now: m.extension_at is not None, when_words=_("没有待批的延期申请。")),
        T("refuse_extension", _("不同意延期"), ("handling",), None, AnyOf((CLERK, DECIDER)), forms.ReasonForm,
          handling.refuse_extension, keeps=("reason",), not_by="extension_by", not_by_words=_("不能是申请人自己"),
          when=lambda m, now: m.extension_at is not None, when_words=_("没有待批的延期申请。")),
        T("suspend", _("挂起"), ("handling",), "suspended", AnyOf((CLERK, DECIDER)), joint_forms.PauseForm, handling.suspend,
          keeps=("kind", "reason", "review_date"), told=_("暂时办不了，定期再看")),
        T("ask_pause", _("申请挂起"), ("handling",), None, AnyOf((HANDLER, CLERK)), joint_forms.AskPauseForm, handling.ask_pause,
          keeps=("kind", "reason", "review_date"), when=lambda m, now: m.pause_asked_at is None,
          when_words=_("已经有一个待批的挂起申请。")),
        T("grant_pause", _("同意挂起"), ("handling",), "suspended", AnyOf((CLERK, DECIDER)), forms.NoteForm, handling.grant_pause,
          keeps=("note",), not_by="pause_by", not_by_words=_("不能是申请人自己"), told=_("暂时办不了，定期再看"),
          when=lambda m, now: m.pause_until is not None and m.pause_until > now, when_words=_("没有待批的挂起申请，或者申请的日期已经过了。")),
        T("refuse_pause", _("不同意挂起"), ("handling",), None, AnyOf((CLERK, DECIDER)), forms.ReasonForm, handling.refuse_pause,
          keeps=("reason",), not_by="pause_by", not_by_words=_("不能是申请人自己"),
          when=lambda m, now: m.pause_asked_at is not None, when_words=_("没有待批的挂起申请。")),
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
          targets=("checking", "judging"), choose=judged_or_checked, is_main=True, when=is_whole, when_words=_("反映人在总事项上。")),
        T("rework", _("返工"), ("answering", "checking"), None, AnyOf((CLERK, SUPERVISOR)), forms.ReasonForm,
          handling.rework, keeps=("reason",), told=_("重新办理"), targets=("handling", way.desk),
          choose=lambda m, data: "handling" if m.organisation_id or m.account_id else way.desk),
        T("pass_check", _("核查通过"), ("checking",), "judging", AnyOf((CHARGE, SUPERVISOR)), forms.NoteForm, closing.pass_check, keeps=("note",),
          not_by="answered_by", not_by_words=_("不能是反馈人自己"), told=_("督办核查通过"), is_main=True),
        T("close", _("结束评议"), ("judging",), way.rated, SYSTEM, effect=closing.close, told=_("已办结"), hidden=True),
        T("reopen", _("重新办理"), ("judging", *way.over, "declined"), way.desk, AnyOf((CLERK, SUPERVISOR)),
          forms.ReasonForm, closing.reopen, keeps=("reason",), told=_("重新办理"), when=is_whole, when_words=_("反映人在总事项上。")),
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
        T("supervise", _("发督办单"), (*way.before[1:], "undecided", *IN_HAND, "divided", "answering"), None, SUPERVISOR, forms.OrderForm,
          oversight.supervise, keeps=("asked", "days")),
        T("remind", _("催办"), tuple(s for s in way.open if s not in ("judging", "suspended")), None, AnyOf((SUPERVISOR, CLERK, DECIDER)),
          joint_forms.RemindForm, oversight.remind, keeps=("note",)),
        T("recompute", _("按新日历重算期限"), way.open, None, SYSTEM, effect=oversight.recompute, keeps=("reason",), hidden=True),
        T("publish", _("公开设置"), (*way.open, *way.over, "declined"), None, CLERK, forms.PublishForm, handling.publish,
          keeps=("is_public", "public_title"), when=is_whole, when_words=_("反映人在总事项上。")),
    )  # fmt: skip


def _joined(way: Way) -> tuple[Transition, ...]:
    """Places and families of matters."""
    return (
        T("relocate", _("更正地点"), tuple(s for s in way.open if s != "divided"), None, AnyOf((CLERK, SYSTEM)), forms.RelocateForm, joining.relocate,
          keeps=("reason", "place"), hidden=True),
        T("merge", _("并入相同的事"), (*way.before, *IN_HAND), "merged", CLERK, forms.MergeForm, joining.merge,
          keeps=("reason", "into"), told=_("与相同的事合并办理"), hidden=True),
        T("unmerge", _("拆回"), ("merged",), None, CLERK, forms.ReasonForm, joining.unmerge, keeps=("reason",),
          targets=(*way.before, *IN_HAND), choose=lambda m, data: m.merged_from_state, told=_("恢复单独办理"), hidden=True,
          when=is_whole, when_words=_("反映人在总事项上。")),
        T("absorb", _("反映人数变化"), (*way.open, *way.over, "merged"), None, SYSTEM, effect=joining.absorb, keeps=("number", "count"),
          told=_("又有人反映同一件事"), hidden=True),
        T("part", _("协办或督办有变化"), (*way.open, *way.over, "declined", "merged"), None, SYSTEM, effect=parts.part, hidden=True),
    )  # fmt: skip
