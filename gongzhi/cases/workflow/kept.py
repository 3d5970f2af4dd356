"""What is kept from others or shown to all: confidential matters and their circles, photos looked at; and what a
call-back opens again. Part of every procedure of a matter."""

from django.utils.translation import gettext_lazy as _

from gongzhi.cases import closing_forms, forms
from gongzhi.cases.effects import closing, confiding, sorting
from gongzhi.cases.workflow.common import CLERK, IN_HAND, SECRETARY, SYSTEM
from gongzhi.kernel.procedure import Transition
from gongzhi.kernel.who import AnyOf

T = Transition
KEEPER = AnyOf((CLERK, SECRETARY))
"""Who may make a matter confidential, change who knows, and lift it; of a confidential one only members."""


def kept(desk: str, still_open: tuple[str, ...], over: tuple[str, ...]) -> tuple[Transition, ...]:
    """`desk`: where a matter comes back to; `over`: after the rating."""
    always = (*still_open, *over, "declined")
    return (
        T("conceal", _("设为保密"), always, None, KEEPER, closing_forms.ConcealForm, confiding.conceal,
          keeps=("reason", "note", "members"), when=lambda m, now: m.circle_id is None and m.parent_id is None,
          when_words=_("已经设为保密，或者要在总事项上设。")),
        T("confide", _("增减知情人"), always, None, KEEPER, closing_forms.ConfideForm, confiding.confide,
          keeps=("reason", "note", "members"), when=lambda m, now: m.circle_id is not None and m.parent_id is None,
          when_words=_("没有设为保密，或者要在总事项上改。")),
        T("unconceal", _("解除保密"), always, None, KEEPER, closing_forms.UnconcealForm, confiding.unconceal,
          keeps=("reason",), when=lambda m, now: m.circle_id is not None and m.parent_id is None,
          when_words=_("没有设为保密，或者要在总事项上解除。")),
        T("hush", _("应反映人请求保密"), ("received",), None, SYSTEM, effect=confiding.hush, keeps=("reason",), hidden=True),
        T("take_back", _("收回，由上一级办理"), ("objected", *IN_HAND), desk, SYSTEM, effect=sorting.unassign,
          keeps=("reason",), hidden=True),
        T("clear", _("审看照片"), always, None, CLERK, keeps=("note", "photo"), hidden=True),
        T("reopen_by_callback", _("回访没办好，重新办理"), ("checking", "judging", *over), desk, SYSTEM,
          forms.ReasonForm, closing.reopen, keeps=("reason",), told=_("回访时说没办好，重新办理"), hidden=True),
    )  # fmt: skip
