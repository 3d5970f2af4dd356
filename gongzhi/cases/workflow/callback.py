"""Call-backs and return visits 回访: owed by a desk, done by somebody who neither answered nor handled the matter."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.accounts.posts import posts
from gongzhi.cases import closing_forms, forms
from gongzhi.cases.effects import callbacks
from gongzhi.cases.models import Callback
from gongzhi.cases.workflow.common import LIMIT_LABELS, SUPERVISOR, SYSTEM, until_limit
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.models import Located, Phase
from gongzhi.kernel.procedure import Obligation, Procedure, State, Transition, register
from gongzhi.kernel.who import AnyOf, Ground, Holds, Who

T = Transition
DESK = Holds(
    posts("clerk", "community_secretary", "street_clerk", "street_secretary", "district_clerk"),
    _("社区、街道、区的经办人或书记"),
)


@dataclass(frozen=True)
class NotOneOf:
    """A rule less the accounts named in some columns of the record: the second pair of eyes."""

    rule: Who
    columns: tuple[str, ...]

    @property
    def words(self) -> str:
        return str(_("%s，不能是当时反馈或承办的人")) % self.rule.words

    def allows(self, record: Located, actor: Actor) -> Ground | None:
        named = {getattr(record, column) for column in self.columns} - {None}
        return None if actor.account_id in named else self.rule.allows(record, actor)

    def q(self, actor: Actor) -> Q:
        found = self.rule.q(actor)
        for column in self.columns:
            found &= Q(**{f"{column}__isnull": True}) | ~Q(**{column: actor.account_id})
        return found


CALLER = NotOneOf(DESK, ("answered_by", "handled_by"))
"""Who may ask: a desk over the place, but not who answered or handled the matter."""


def owed_on_callback(callback: Callback) -> Iterator[Obligation]:
    """The desk of its level owes the call until the time is over."""
    if callback.state == Callback.State.WAITING:
        post = callbacks.DESKS[callback.level]  # type: ignore[index]
        yield Obligation("callback", post=post, started_at=callback.created_at, due_at=callback.due_at)


CALLBACK = register(
    Procedure(
        name="callback",
        label=_("回访"),
        model=Callback,
        limits={"callback": callbacks.TIME},
        limit_labels={"callback": LIMIT_LABELS["callback"]},
        obligations=owed_on_callback,
        read=AnyOf((CALLER, SUPERVISOR)),
        states=(
            State("waiting", _("待回访"), Phase.JUDGING, _("社区或街道经办人"), until_limit),
            State("done", _("已回访"), Phase.CLOSED),
            State("missed", _("没联系上"), Phase.CLOSED),
            State("cancelled", _("已取消"), Phase.CLOSED),
        ),
        transitions=(
            T("give", _("列入回访"), (), "waiting", SYSTEM, keeps=("asked",)),
            T("done", _("记录回访"), ("waiting",), "done", CALLER, closing_forms.CallbackForm, callbacks.done,
              keeps=("is_resolved", "satisfaction", "note"), is_main=True),
            T("miss", _("没联系上"), ("waiting",), None, CALLER, effect=callbacks.missed, targets=("waiting", "missed"),
              choose=callbacks.after_miss, when=callbacks.may_try,
              when_words=_("还没到约定的时间，或者刚刚打过。隔三小时，换个时间再打。")),
            T("cancel", _("取消回访"), ("waiting",), "cancelled", SYSTEM, forms.ReasonForm, keeps=("reason",), hidden=True),
        ),
    )
)  # fmt: skip
