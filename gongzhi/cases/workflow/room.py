"""The 365 room 365民情室: 梳理分析→建立台账→及时办理→反馈结果→群众评议→动态考核 (row F1), for places that chose it."""

from collections.abc import Iterator
from functools import partial

from django.utils.translation import gettext_lazy as _

from gongzhi.cases import forms
from gongzhi.cases.circles import lifted
from gongzhi.cases.effects import room, sorting
from gongzhi.cases.models import Matter
from gongzhi.cases.workflow.common import CLERK, READ, ROOM_LIMIT_LABELS, ROOM_LIMITS, SUPERVISOR, SYSTEM
from gongzhi.cases.workflow.shared import owed_on_matter, shared, shared_states, stage
from gongzhi.kernel.models import Phase
from gongzhi.kernel.procedure import Obligation, Procedure, State, Transition, register
from gongzhi.kernel.who import AnyOf

T = Transition

BEFORE = ("received", "analysing", "listed")
OWN = (
    T("triage", _("梳理分析"), BEFORE, None, CLERK, forms.AnalyseForm, room.analyse,
      keeps=("triage_class", "category", "urgency", "service_mode", "reason", "handler_name", "note", "route_words"), told=_("已梳理并建立台账"),
      targets=("listed", "assigned"), choose=lambda m, data: "assigned" if data.get("handler") else "listed", is_main=True),
    T("dispatch", _("交办"), ("listed",), "assigned", CLERK, forms.DispatchForm, sorting.assign,
      keeps=("handler_name", "note", "route_words"), told=_("已交办"), is_main=True),
    T("assess", _("考核"), ("assessing",), "closed", AnyOf((SUPERVISOR, SYSTEM)), forms.AssessForm, room.assess,
      keeps=("remark",), not_by="answered_by", not_by_words=_("不能是反馈人自己"), told=_("已考核并归档"), is_main=True),
)  # fmt: skip


def owed_in_room(matter: Matter) -> Iterator[Obligation]:
    """As in every procedure; what is not assessed in time is kept with its figures and without a remark."""
    if matter.state == "assessing":
        yield Obligation("act", post="supervisor", due_at=matter.due_at, on_due="assess", reminds=False)
    else:
        yield from owed_on_matter(matter)


ROOM_365 = register(
    Procedure(
        name="room-365",
        label=_("365民情室六步"),
        model=Matter,
        steps=(_("梳理分析"), _("建立台账"), _("及时办理"), _("反馈结果"), _("群众评议"), _("动态考核")),
        limits=ROOM_LIMITS,
        limit_labels=ROOM_LIMIT_LABELS,
        obligations=lifted(owed_in_room),
        read=READ,
        states=(
            State("received", _("待接收"), Phase.RECEIVED, _("社区干事"), partial(stage, "accept"), "已收到，等待接收"),
            State("analysing", _("梳理分析"), Phase.SORTING, _("社区干事"), partial(stage, "sort"), "正在梳理"),
            State("listed", _("已建台账，待交办"), Phase.SORTING, _("社区干事"), partial(stage, "dispatch"), "已列入台账，正在安排谁来办"),
            *shared_states(),
            State("assessing", _("动态考核"), Phase.JUDGING, _("督办员"), partial(stage, "assess"), "已评议，正在考核"),
        ),
        transitions=shared(desk="analysing", before=BEFORE, rated="assessing", own=OWN),
    )
)  # fmt: skip
