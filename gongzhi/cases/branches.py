"""Parts of a matter: taking them back, and what happens to them reaching the whole. Two families, locked by id.

A part ends in its own transaction; the event `part_over` crosses a bridge and the whole matter takes the declared verb
`child_over` by itself. Nothing ever holds a part's row while it waits for the whole one's, except in order of id.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.cases.actions import check_seq
from gongzhi.cases.models import Matter
from gongzhi.kernel import bridges
from gongzhi.kernel.actor import SYSTEM, Actor
from gongzhi.kernel.errors import NotPossible
from gongzhi.kernel.models import Event
from gongzhi.kernel.perform import Work, lock_all

BRIDGE = "part-to-whole"


def register() -> None:
    """Make the bridge known; once, when the product starts."""
    bridges.register(BRIDGE, Matter.kind(), "part_over", part_over)


def part_over(event: Event) -> None:
    """The whole matter hears that a part is over; what is still open is counted under its lock."""
    child = Matter.objects.only("parent_id", "title", "number", "state").get(pk=event.record_id)
    if child.parent_id is None:
        return
    work = Work(SYSTEM, max(timezone.now(), event.at), origin_id=event.pk)
    whole = lock_all(Matter, [child.parent_id], work)[child.parent_id]
    if whole.state != Matter.State.DIVIDED:
        return
    left = Matter.objects.open().filter(parent=whole).count()
    cleaned = {"title": child.title, "number": child.number, "left": left, "is_done": child.state == "closed"}
    work.perform(whole, "child_over", cleaned=cleaned)
    work.flush()


def gather(matter: Matter, reason: str, *, actor: Actor, seq: int | None = None, now: datetime | None = None) -> Matter:
    """Take the parts back while nobody has begun one; the matter is on the desk again."""
    with transaction.atomic():
        work = Work(actor, now or timezone.now())
        ids = list(Matter.objects.filter(parent=matter, closed_at__isnull=True).values_list("pk", flat=True))
        family = lock_all(Matter, [matter.pk, *ids], work)
        whole = family.pop(matter.pk)
        check_seq(whole, seq)
        begun = [child.title for child in family.values() if child.state not in _UNTOUCHED]
        if begun or Matter.objects.filter(parent=matter).exclude(pk__in=ids).exists():
            raise NotPossible(_("已经有部分开始办或办完了，不能再收回：%s") % "、".join(begun or [_("有办结的部分")]))
        work.perform(whole, "gather", cleaned={"reason": reason})
        for child in family.values():
            work.perform(child, "withdraw_part", cleaned={"reason": reason}, as_system=True)
        work.flush()
    return whole


_UNTOUCHED = ("sorting", "analysing", "assigned")
"""States of a part in which nobody has begun."""
