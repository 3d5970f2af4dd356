"""What goes on in a community, from every room that has something to say in public."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.cases.models import Matter
from gongzhi.cases.steps import state_of
from gongzhi.notices.listing import Line, latest


@dataclass(frozen=True)
class News:
    """One line of 社区正在做."""

    at: datetime
    title: str
    note: str
    url: str


Source = Callable[[int, int], list[News]]
"""From a community's id and how many are wanted to the newest of a room; one statement each."""


def public_matters(community_id: int, most: int) -> list[News]:
    """Matters shown on the public page of the community, the newest first."""
    rows = (
        Matter.objects.public()
        .filter(community_id=community_id)
        .exclude(public_title="")
        .order_by("-created_at", "-id")
    )
    return [_matter(row, community_id) for row in rows[:most]]


def _matter(row: Matter, community_id: int) -> News:
    note = str(state_of(row).public)
    if row.report_count > 1:
        note += " · " + _("%(n)s 人反映") % {"n": row.report_count}
    return News(row.created_at, row.public_title, note, f"/go/matter/{row.pk}/")


def public_notices(community_id: int, most: int) -> list[News]:
    """Notices of the community and of what lies above it."""
    return [_notice(line) for line in latest([community_id], timezone.now(), most)]


def _notice(line: Line) -> News:
    notice = line.notice
    note = " · ".join(str(part) for part in (notice.get_sort_display(), line.note or line.state, line.place) if part)
    return News(notice.published_at or notice.created_at, notice.title, note, line.url)


SOURCES: list[Source] = [public_matters, public_notices]


def news(community_id: int, most: int = 5) -> list[News]:
    """The newest of all sources together."""
    found = [line for source in SOURCES for line in source(community_id, most)]
    return sorted(found, key=lambda line: line.at, reverse=True)[:most]
