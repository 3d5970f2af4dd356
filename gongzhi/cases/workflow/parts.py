"""Co-handling tasks, supervision orders and joint visits."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial

from django.utils.translation import gettext_lazy as _

from gongzhi.cases import forms, joint_forms
from gongzhi.cases.effects import oversight, parts
from gongzhi.cases.models import Order, Task, Visit
from gongzhi.cases.workflow.common import (
    CLERK,
    DECIDER,
    HANDLER,
    INVITED,
    LEAD,
    STAFF,
    SUPERVISOR,
    SYSTEM,
    until_limit,
)
from gongzhi.cases.workflow.shared import stage
from gongzhi.kernel.clock import Clock, Deadline
from gongzhi.kernel.models import Phase
from gongzhi.kernel.procedure import Obligation, Procedure, State, Transition, register
from gongzhi.kernel.who import AnyOf

T = Transition
ONCE = _("一次只能提一次；维持的不能再提。")
OPEN_TASK = ("given", "signed", "objected")


def of_matter(key: str, part: Task, clock: Clock, now: datetime) -> Deadline:
    """A limit of the matter the part belongs to."""
    return stage(key, part.matter, clock, now)


def owed_on_task(task: Task) -> Iterator[Obligation]:
    """The co-handler owes a reply; when it is late the head has it too. Objections and waivers wait for a decision."""
    if task.state in ("given", "signed"):
        yield Obligation(
            "reply", organisation_id=task.organisation_id, account_id=task.account_id, due_at=task.due_at,
            on_due="" if task.is_late else "overdue",
        )  # fmt: skip
        if task.is_late and task.head_id is not None:
            yield Obligation("late-head", account_id=task.head_id, due_at=task.due_at, reminds=False)
        if task.waived_by is not None:
            yield Obligation("waive", post="clerk", due_at=task.due_at, reminds=False)
    elif task.state == "objected":
        yield Obligation("decide", post="community_secretary", due_at=task.due_at)


def owed_on_order(order: Order) -> Iterator[Obligation]:
    """Who was asked owes a reply; a supervisor then looks at it; the level above when it is late."""
    if order.state == "issued":
        yield Obligation(
            "reply", organisation_id=order.organisation_id, account_id=order.account_id, due_at=order.due_at,
            on_due="" if order.raised_level else "overdue",
        )  # fmt: skip
        if order.raised_to is not None:
            yield Obligation("late-up", account_id=order.raised_to, due_at=order.due_at, reminds=False)
    elif order.state == "replied":
        yield Obligation("review", account_id=order.asked_by, reminds=False)


def owed_on_visit(visit: Visit) -> Iterator[Obligation]:
    """Every participant confirms and comes; who handles the matter writes down what came of it."""
    if visit.state != "planned":
        return
    for pk in visit.organisation_ids:
        name = "come" if pk in visit.confirmed_ids else "confirm"
        yield Obligation(f"{name}-{pk}", organisation_id=pk, due_at=visit.due_at)
    if visit.organisation_id not in visit.organisation_ids:
        yield Obligation(
            "hold", organisation_id=visit.organisation_id, account_id=visit.account_id, due_at=visit.due_at
        )


TASK = register(
    Procedure(
        name="task",
        label=_("协办任务"),
        model=Task,
        obligations=owed_on_task,
        read=AnyOf((STAFF, HANDLER, LEAD)),
        states=(
            State("given", _("待签收"), Phase.HANDLING, _("协办单位"), until_limit),
            State("signed", _("协办中"), Phase.HANDLING, _("协办单位"), until_limit),
            State("objected", _("协办异议待裁"), Phase.SORTING, _("社区书记或上级经办人"), partial(of_matter, "object")),
            State("done", _("已完成"), Phase.CLOSED),
            State("cancelled", _("已取消"), Phase.CLOSED),
        ),
        transitions=(
            T("give", _("吹哨，请协办"), (), "given", SYSTEM, keeps=("asked", "handler_name")),
            T("sign", _("签收协办"), ("given",), "signed", HANDLER, effect=parts.signed, is_main=True),
            T("reply", _("协办回复"), ("given", "signed"), "done", HANDLER, forms.ReplyForm, parts.task_done, keeps=("reply",),
              is_main=True),
            T("object", _("对协办有异议"), ("given",), "objected", HANDLER, forms.ReasonForm, parts.object_to_task, keeps=("reason",),
              when=lambda task, now: task.objections == 0, when_words=ONCE),
            T("return", _("退回协办"), ("signed",), "objected", HANDLER, forms.ReasonForm, parts.object_to_task, keeps=("reason",),
              when=lambda task, now: task.objections == 0, when_words=ONCE),
            T("uphold", _("维持协办"), ("objected",), "given", DECIDER, forms.ReasonForm, keeps=("reason",), not_by="asked_by",
              not_by_words=_("不能是请协办的人自己")),
            T("hand_on", _("异议成立，改请别的单位"), ("objected",), "given", DECIDER, joint_forms.HandOnForm, parts.hand_on,
              keeps=("reason", "handler_name"), not_by="asked_by", not_by_words=_("不能是请协办的人自己")),
            T("waive", _("申请不再等"), ("given", "signed"), None, LEAD, forms.ReasonForm, parts.waive, keeps=("reason",),
              when=lambda task, now: task.waived_by is None, when_words=_("已经申请过，等社区决定。")),
            T("wait_on", _("还要等"), ("given", "signed"), None, CLERK, forms.ReasonForm, parts.wait_on, keeps=("reason",),
              when=lambda task, now: task.waived_by is not None, when_words=_("没有人申请不等。")),
            T("cancel", _("取消协办"), OPEN_TASK, "cancelled", AnyOf((CLERK, SYSTEM)), forms.ReasonForm, parts.task_cancelled,
              keeps=("reason",), not_by="waived_by", not_by_words=_("不能是申请人自己")),
            T("rate", _("评价协办"), ("done",), None, LEAD, joint_forms.RateTaskForm, parts.rate_task,
              keeps=("satisfaction", "note"), when=lambda task, now: task.satisfaction is None, when_words=_("已经评价过了。")),
            T("overdue", _("协办超期"), ("given", "signed"), None, SYSTEM, effect=parts.task_overdue, hidden=True),
        ),
    )
)  # fmt: skip


ORDER = register(
    Procedure(
        name="order",
        label=_("督办单"),
        model=Order,
        obligations=owed_on_order,
        read=AnyOf((STAFF, HANDLER)),
        states=(
            State("issued", _("待回复"), Phase.HANDLING, _("承办单位或承办人"), until_limit),
            State("replied", _("待审核"), Phase.ANSWERING, _("督办人")),
            State("closed", _("已办结"), Phase.CLOSED),
        ),
        transitions=(
            T("issue", _("发督办单"), (), "issued", SYSTEM, keeps=("asked",)),
            T("reply", _("回复督办"), ("issued",), "replied", AnyOf((HANDLER, CLERK)), forms.ReplyForm, oversight.order_replied,
              keeps=("reply",), is_main=True),
            T("again", _("回复不合要求"), ("replied",), "issued", SUPERVISOR, joint_forms.AgainForm, oversight.order_again,
              keeps=("reason", "days")),
            T("close", _("督办办结"), ("replied",), "closed", SUPERVISOR, forms.NoteForm, oversight.order_closed, keeps=("note",),
              is_main=True),
            T("remind", _("催办"), ("issued",), None, SUPERVISOR, joint_forms.RemindForm, oversight.remind_order, keeps=("note",)),
            T("overdue", _("督办超期，提到上一级"), ("issued",), None, SYSTEM, effect=oversight.order_overdue, hidden=True),
        ),
    )
)  # fmt: skip


VISIT = register(
    Procedure(
        name="visit",
        label=_("联合上门"),
        model=Visit,
        obligations=owed_on_visit,
        read=AnyOf((STAFF, INVITED, LEAD)),
        states=(
            State("planned", _("已约定"), Phase.HANDLING, _("参加单位"), until_limit),
            State("done", _("已进行"), Phase.CLOSED),
            State("cancelled", _("已取消"), Phase.CLOSED),
        ),
        transitions=(
            T("plan", _("约定联合上门"), (), "planned", SYSTEM, keeps=("asked", "where")),
            T("confirm", _("确认参加"), ("planned",), None, INVITED, effect=parts.confirm, is_main=True,
              when=lambda visit, now: len(visit.confirmed_ids) < len(visit.organisation_ids), when_words=_("都已经确认过了。")),
            T("excuse", _("来不了"), ("planned",), None, INVITED, forms.ReasonForm, parts.excuse, keeps=("reason",)),
            T("hold", _("记下上门结果"), ("planned",), "done", AnyOf((LEAD, CLERK)), joint_forms.VisitedForm, parts.visited,
              keeps=("reply", "came_names"), is_main=True, when=lambda visit, now: now >= visit.meets_at,
              when_words=_("还没到约定的时间。")),
            T("cancel", _("取消上门"), ("planned",), "cancelled", AnyOf((LEAD, CLERK, SYSTEM)), forms.ReasonForm, parts.visit_off,
              keeps=("reason",)),
        ),
    )
)  # fmt: skip
