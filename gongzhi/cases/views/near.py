"""Similar open matters as a stranger may read them: what kind, where, how many; never a neighbour's words."""

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from gongzhi.cases.steps import state_of
from gongzhi.cases.suggest import Similar, categories
from gongzhi.territory.tree import trails


@dataclass(frozen=True)
class Near:
    """One matter to say “me too” to."""

    uid: uuid.UUID
    title: str
    place: str
    at: datetime
    count: int
    state: str
    why: str


def described(found: list[Similar]) -> list[Near]:
    """In the order given; at most three statements for the places."""
    if not found:
        return []
    ways = trails(row.matter.place_id for row in found if row.matter.place_id)
    kinds = {row.pk: row.name for row in categories()}
    return [
        _near(row, ways[row.matter.place_id][-1].name if row.matter.place_id in ways else "", kinds) for row in found
    ]


def _near(row: Similar, place: str, kinds: dict[int, str]) -> Near:
    matter = row.matter
    title = matter.public_title if matter.is_public else ""
    kind = kinds.get(matter.category_id or 0, "")
    return Near(
        matter.uid, title or (_("“%s”一类的事") % kind if kind else _("一件相近的事")), place, matter.created_at,
        matter.report_count, str(state_of(matter).public), "，".join(row.reasons),
    )  # fmt: skip
