"""分办: one matter into several, each with an own handler, number and clock. Declared in `workflow`.

The parts are families of their own; they never touch the whole matter's row. What happens to them reaches it as a
declared SYSTEM verb over a bridge, so that no two families are ever locked in the wrong order.
"""

from datetime import datetime

from gongzhi.base.text import bigrams
from gongzhi.cases.effects import confiding
from gongzhi.cases.effects.common import Data, cancel_tasks, copy_place, set_cap, set_total, tell_reporters, url
from gongzhi.cases.effects.handling import end_pause
from gongzhi.cases.effects.sorting import part_over
from gongzhi.cases.models import Category, Matter
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.numbering import next_ids, next_numbers
from gongzhi.kernel.perform import Work


def split(work: Work, matter: Matter, data: Data) -> None:
    """Begin the parts; whoever handled the whole handles it no more."""
    parts = data["parts"]
    end_pause(work, matter)
    cancel_tasks(work, matter)
    year = work.now.astimezone(SHANGHAI).year
    keys = zip(next_ids(Matter, len(parts)), next_numbers("matter", year, len(parts)), strict=True)
    for (pk, number), part in zip(keys, parts, strict=True):
        child = _child(matter, pk, number, part.title, part.category)
        start = {"note": part.note, "handler_name": part.handler.name if part.handler else "", "handler": part.handler}
        work.begin(child, matter.procedure, cleaned=start, verb="branch", as_system=True)
    work.notify(matter.account_id, f"这件事分开办了：{matter.title}", data["note"], url(matter))
    matter.children_open = len(parts)
    matter.organisation_id = matter.account_id = matter.head_id = None


def _child(matter: Matter, pk: int, number: str, title: str, category: Category) -> Matter:
    child = Matter(
        pk=pk, number=number, title=title, category=category, urgency=matter.urgency, channel=matter.channel,
        triage_class=matter.triage_class, parent=matter, report_count=0, place_note=matter.place_note,
        lon=matter.lon, lat=matter.lat, search=sorted({*matter.search, *bigrams(title, number)}),
    )  # fmt: skip
    copy_place(child, matter)
    child._path, child.desk_level = matter.place_path(), matter.desk_level
    child.contacted_at = matter.contacted_at
    return child


def branch(work: Work, child: Matter, data: Data) -> None:
    """A part begins: accepted at once, with an own clock that never ends after the whole matter's."""
    whole = child.parent
    assert whole is not None
    child.accepted_at, child.policy = work.now, whole.policy
    set_total(work, child)
    if whole.total_due_at is not None:
        set_cap(child, whole.total_due_at)
    if handler := data.get("handler"):
        confiding.admit(work, child, handler)
        child.organisation_id, child.account_id = handler.organisation_id, handler.account_id
        child.dispatched_by, child.dispatched_at = work.actor.account_id, work.now
        work.notify(child.account_id, f"有一件事派给您：{child.title}", data.get("note", ""), url(child))


def accept_part(work: Work, child: Matter, data: Data) -> None:
    """The clerk takes the result of a part."""
    part_over(work, child)


def child_over(work: Work, matter: Matter, data: Data) -> None:
    """One part less: reporters hear of it; with the last one the whole matter is ready to be answered."""
    title = data["title"]
    tell_reporters(
        work, matter, f"您反映的事，其中一部分已办好：{title}" if data["is_done"] else f"其中一部分有结论：{title}"
    )
    matter.children_open = data["left"]
    if not data["left"]:
        matter.handled_at = work.now
        matter.is_handled_late = is_late(matter.total_due_at, work.now)
        work.notify(matter.dispatched_by, f"各部分都办好了，请反馈：{matter.title}", "", url(matter))


def is_late(due: datetime | None, now: datetime) -> bool:
    """Whether a time limit is over."""
    return due is not None and now > due


def gather(work: Work, matter: Matter, data: Data) -> None:
    """The parts are taken back before anybody began: one matter again."""
    matter.children_open = 0


def withdraw_part(work: Work, child: Matter, data: Data) -> None:
    """A part that nobody began goes back into the whole."""
    child.merged_into, child.organisation_id, child.account_id = child.parent, None, None
