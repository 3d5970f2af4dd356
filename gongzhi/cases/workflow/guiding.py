"""Answered or explained while the person is still there, and the second look that may follow: for every procedure."""

from django.utils.translation import gettext_lazy as _

from gongzhi.cases import forms
from gongzhi.cases.effects import guiding
from gongzhi.cases.workflow.common import INTAKER, REVIEWER, SYSTEM
from gongzhi.kernel.procedure import Transition
from gongzhi.kernel.who import AnyOf

T = Transition


def guided(desk: str) -> tuple[Transition, ...]:
    """The verbs; `desk` is the state in which a matter waits to be sorted."""
    return (
        T("answer_at_once", _("咨询当场答复"), ("received",), "closed", AnyOf((INTAKER, SYSTEM)), forms.AtOnceForm,
          guiding.at_once, keeps=("answer",), told=_("当场答复了"), hidden=True),
        T("guide_at_once", _("当场说明办法"), ("received",), "declined", AnyOf((INTAKER, SYSTEM)), forms.DeclineForm,
          guiding.at_once, keeps=("route", "answer"), told=_("已向反映人说明办法"), hidden=True),
        T("reconsider", _("反映人请再看一次"), ("declined",), "appealed", SYSTEM, keeps=("reason",),
          told=_("反映人请上一级再看"), hidden=True),
        T("take_up", _("应当受理"), ("appealed",), desk, REVIEWER, forms.ReasonForm, guiding.take_up, keeps=("reason",),
          not_by="answered_by", not_by_words=_("不能是原来说明的人"), told=_("再看以后，决定受理"), is_main=True),
        T("keep_explained", _("维持原来的说明"), ("appealed",), "declined", REVIEWER, forms.AtOnceForm,
          guiding.keep_explained, keeps=("answer",), not_by="answered_by", not_by_words=_("不能是原来说明的人"),
          told=_("再看以后，维持原来的说明")),
    )  # fmt: skip
