"""Applying an edited calendar to matters that are open: dry run first, then one declared step for each matter."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from gongzhi.cases import clocks
from gongzhi.cases.listing import shown_at
from gongzhi.cases.models import Matter
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.clock import current
from gongzhi.kernel.perform import Work, lock_all

BATCH = 200


def apply(pks: Iterable[int], reason: str, *, actor: Actor, now: datetime | None = None) -> int:
    """Compute the clocks of these matters again under their locks and keep both times with the step; how many moved."""
    wanted, moved = sorted(set(pks)), 0
    for start in range(0, len(wanted), BATCH):
        moved += _some(wanted[start : start + BATCH], reason, actor, now or timezone.now())
    return moved


def _some(pks: list[int], reason: str, actor: Actor, now: datetime) -> int:
    with transaction.atomic():
        work = Work(actor, now)
        matters = [one for one in lock_all(Matter, pks, work).values() if one.closed_at is None]
        told, moved = clocks.happenings(matters), 0
        for matter in matters:
            found = clocks.expected(matter, told[matter.pk], current())
            if (found.total, found.due) != (matter.total_due_at, matter.due_at):
                work.perform(matter, "recompute", cleaned=_told(matter, found, reason), as_system=True)
                moved += 1
        work.flush()
    return moved


def _told(matter: Matter, found: clocks.Expected, reason: str) -> dict[str, object]:
    changes = [
        f"{what} {shown_at(old) or '无'} 改为 {shown_at(new) or '无'}"
        for what, old, new in (
            ("办理期限", matter.total_due_at, found.total), ("本环节期限", matter.due_at, found.due),
        ) if old != new
    ]  # fmt: skip
    return {"reason": f"{reason}（{'；'.join(changes)}）", "total": found.total, "due": found.due}
