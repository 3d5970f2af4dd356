"""Who sees figures, who asks for an exclusion, and who decides: always somebody at a higher level."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gongzhi.accounts.posts import posts
from gongzhi.cases.workflow import SECRETARIES
from gongzhi.kernel.actor import Actor, Grant
from gongzhi.kernel.models import Located
from gongzhi.kernel.who import Ground, Holds, Words, any_q, circle_q, cover_q, covers, in_circle

DESKS = posts("clerk", "street_clerk", "district_clerk")
WATCHERS = posts("supervisor") | SECRETARIES
AT_PLACES = DESKS | WATCHERS
"""Who sees the figures of the places of the duty."""
OF_OWN = posts("organisation_head", "officer")
"""Who sees the figures of the own organisation."""
SEERS = AT_PLACES | OF_OWN
ASKER = Holds(posts("clerk", "community_secretary", "street_clerk", "street_secretary"), _("社区、街道的经办人或书记"))
DECIDERS = posts("street_clerk", "street_secretary", "supervisor", "district_clerk", "district_secretary")
RANK = {"grid": 0, "community": 1, "street": 2, "district": 3}
ABOVE = {"community": "street_clerk", "street": "district_clerk"}
"""Which desk owes the decision on what this level asked for."""


def level_of(actor: Actor, record: Located) -> str:
    """The highest level at which the actor could ask for the record; "" for none."""
    levels = [grant.level for grant in actor.holding(ASKER.posts) if covers(grant, record) and grant.level in ABOVE]
    return max(levels, key=lambda level: RANK[level], default="")


@dataclass(frozen=True)
class HigherUp:
    """A post over the place, at a level above the one that asked (`level` of the record)."""

    posts: frozenset[str]
    label: Words

    @property
    def words(self) -> str:
        return str(self.label)

    def _is_above(self, grant: Grant, level: str) -> bool:
        return RANK.get(grant.level, 0) > RANK.get(level, 9)

    def allows(self, record: Located, actor: Actor) -> Ground | None:
        if not in_circle(record, actor):
            return None
        for grant in actor.holding(self.posts):
            if covers(grant, record) and self._is_above(grant, getattr(record, "level", "")):
                return Ground("duty", grant.duty_id, grant.on_behalf_of)
        return None

    def q(self, actor: Actor) -> Q:
        parts = []
        for grant in actor.holding(self.posts):
            below = [level for level in RANK if self._is_above(grant, level)]
            parts.append(cover_q(grant) & Q(level__in=below))
        return any_q(parts) & circle_q(actor)


HIGHER = HigherUp(DECIDERS, _("上一级的经办人、书记或督办员"))
