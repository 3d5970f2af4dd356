"""The main job 收集→分流→办理→反馈→督办→评议 (row F2): what it has of its own; the rest is shared."""

from functools import partial

from django.utils.translation import gettext_lazy as _

from gongzhi.cases import forms
from gongzhi.cases.circles import lifted
from gongzhi.cases.effects import sorting
from gongzhi.cases.models import Matter
from gongzhi.cases.workflow.common import BEFORE_HANDLING, CLERK, LIMIT_LABELS, LIMITS, READ
from gongzhi.cases.workflow.shared import owed_on_matter, shared, shared_states, stage
from gongzhi.kernel.models import Phase
from gongzhi.kernel.procedure import Procedure, State, Transition, register

T = Transition

SORTED_AND_SENT = (
    T("triage", _("分流"), BEFORE_HANDLING, None, CLERK, forms.TriageForm, sorting.triage,
      keeps=("triage_class", "category", "urgency", "reason", "handler_name", "note", "route_words"), told=_("已分流"),
      targets=("routed", "assigned"), choose=lambda m, data: "assigned" if data.get("handler") else "routed",
      is_main=True),
    T("dispatch", _("派单"), ("routed",), "assigned", CLERK, forms.DispatchForm, sorting.assign,
      keeps=("handler_name", "note", "route_words"), told=_("已派出"), is_main=True),
)  # fmt: skip

SIX_STEPS = register(
    Procedure(
        name="six-steps",
        label=_("诉求办理六步"),
        model=Matter,
        steps=(_("收集"), _("分流"), _("办理"), _("反馈"), _("督办"), _("评议")),
        limits=LIMITS,
        limit_labels=LIMIT_LABELS,
        obligations=lifted(owed_on_matter),
        read=READ,
        states=(
            State("received", _("待接收"), Phase.RECEIVED, _("社区干事"), partial(stage, "accept"), "已收到，等待接收"),
            State("sorting", _("待分流"), Phase.SORTING, _("社区干事"), partial(stage, "sort"), "正在分流"),
            State("routed", _("待派单"), Phase.SORTING, _("社区干事"), partial(stage, "dispatch"), "正在安排谁来办"),
            *shared_states(),
        ),
        transitions=shared(desk="sorting", before=BEFORE_HANDLING, own=SORTED_AND_SENT),
    )
)  # fmt: skip
