"""Co-handling tasks and supervision orders."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from gongzhi.cases import forms
from gongzhi.cases.effects import oversight, parts
from gongzhi.cases.models import Order, Task
from gongzhi.cases.workflow.common import (
    CLERK,
    HANDLER,
    STAFF,
    SUPERVISOR,
    SYSTEM,
    until_limit,
)
from gongzhi.kernel.models import Phase
from gongzhi.kernel.procedure import Obligation, Procedure, State, Transition, register
from gongzhi.kernel.who import AnyOf

T = Transition


def owed_on_part(part: Task | Order) -> Iterator[Obligation]:
    """Who was asked owes a reply; a supervisor then looks at it."""
    if part.state in ("given", "issued"):
        yield Obligation("reply", organisation_id=part.organisation_id, account_id=part.account_id, due_at=part.due_at)
    elif part.state == "replied":
        yield Obligation("review", account_id=part.asked_by, reminds=False)


TASK = register(
    Procedure(
        name="task",
        label=_("协办任务"),
        model=Task,
        obligations=owed_on_part,
        read=AnyOf((STAFF, HANDLER)),
        states=(
            State("given", _("待办"), Phase.HANDLING, _("协办单位"), until_limit),
            State("done", _("已完成"), Phase.CLOSED),
            State("cancelled", _("已取消"), Phase.CLOSED),
        ),
        transitions=(
            T("give", _("请协办"), (), "given", SYSTEM, keeps=("asked",)),
            T("reply", _("协办回复"), ("given",), "done", HANDLER, forms.ReplyForm, parts.task_done, keeps=("reply",), is_main=True),
            T("cancel", _("取消协办"), ("given",), "cancelled", AnyOf((CLERK, SYSTEM)), forms.ReasonForm, parts.task_done,
              keeps=("reason",)),
        ),
    )
)  # fmt: skip


ORDER = register(
    Procedure(
        name="order",
        label=_("督办单"),
        model=Order,
        obligations=owed_on_part,
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
            T("again", _("回复不合要求"), ("replied",), "issued", SUPERVISOR, forms.ReasonForm, keeps=("reason",)),
            T("close", _("督办办结"), ("replied",), "closed", SUPERVISOR, forms.NoteForm, oversight.order_closed, keeps=("note",),
              is_main=True),
        ),
    )
)  # fmt: skip
