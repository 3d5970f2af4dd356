"""An exclusion 剔除, declared once: asked for, decided by a second person one level higher."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from gongzhi.cases.workflow import STAFF
from gongzhi.kernel.clock import Clock, Deadline, Span
from gongzhi.kernel.models import Phase
from gongzhi.kernel.procedure import Obligation, Procedure, State, Transition, register
from gongzhi.kernel.who import Own
from gongzhi.statistics import effects, forms
from gongzhi.statistics.models import Exclusion
from gongzhi.statistics.who import ABOVE, ASKER, HIGHER

T = Transition
MINE = Own(label=_("申请人"), column="asked_by")


def time_to_decide(one: Exclusion, clock: Clock, now: datetime) -> Deadline:
    """The limit of the decision."""
    return EXCLUSION.limit(clock, one, "decide", now)


def owed(one: Exclusion) -> Iterator[Obligation]:
    """The desk above the one that asked owes the decision."""
    if one.state == "asked":
        yield Obligation("decide", post=ABOVE[one.level], due_at=one.due_at)


EXCLUSION = register(
    Procedure(
        name="exclusion",
        label=_("剔除"),
        model=Exclusion,
        obligations=owed,
        limits={"decide": Span(3, "workdays")},
        limit_labels={"decide": _("审批剔除申请")},
        read=STAFF,
        states=(
            State("asked", _("待审批"), Phase.RECEIVED, _("上一级"), time_to_decide),
            State("approved", _("已同意"), Phase.CLOSED),
            State("refused", _("没有同意"), Phase.CLOSED),
            State("withdrawn", _("已撤回"), Phase.CLOSED),
        ),
        transitions=(
            T("ask", _("申请剔除"), (), "asked", ASKER, forms.AskForm, effects.ask, keeps=("month", "reason", "words")),
            T("approve", _("同意剔除"), ("asked",), "approved", HIGHER, forms.NoteForm, effects.decide, keeps=("answer",),
              not_by="asked_by", not_by_words=_("不能是申请人自己"), is_main=True),
            T("refuse", _("不同意"), ("asked",), "refused", HIGHER, forms.RefuseForm, effects.decide, keeps=("answer",),
              not_by="asked_by", not_by_words=_("不能是申请人自己")),
            T("withdraw", _("撤回申请"), ("asked",), "withdrawn", MINE),
        ),
    )
)  # fmt: skip
