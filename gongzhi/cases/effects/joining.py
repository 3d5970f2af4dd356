"""Places and families: relocation, merge and un-merge. Declared in `workflow`."""

from gongzhi.cases.effects.common import Data, cancel_tasks, copy_place
from gongzhi.cases.effects.sorting import part_over
from gongzhi.cases.models import Callback, Matter, Order, Report, ReportMove, Task, Visit
from gongzhi.kernel.perform import Work


def relocate(work: Work, matter: Matter, data: Data) -> None:
    """The whole family goes to the corrected place; `data["at"]` is the place."""
    matter.put(data["at"])
    matter.place_note = data.get("place_note") or matter.place_note
    followers = (Report, Task, Order, Callback, *((Visit,) if matter.co_organisation_ids else ()))
    for model in followers:
        for child in work.family(model, matter):
            copy_place(child, matter)


def merge(work: Work, matter: Matter, data: Data) -> None:
    """Every report goes to the other matter (`data["target"]`, locked too) and keeps its own number and rating."""
    target: Matter = data["target"]
    matter.merged_into, matter.merged_from_state = target, data["before"]
    for report in work.family(Report, matter):
        work.add(ReportMove(report=report, source=matter, target=target, at=work.now))
        work.perform(report, "move", cleaned={"target": target}, as_system=True)
    cancel_tasks(work, matter)
    part_over(work, matter)
    work.perform(target, "absorb", cleaned={"number": matter.number, "count": matter.report_count}, as_system=True)


def absorb(work: Work, matter: Matter, data: Data) -> None:
    """More people reported the same."""
    matter.report_count += data["count"]


def unmerge(work: Work, matter: Matter, data: Data) -> None:
    """Every report that came by the merge goes back; `data["moves"]` are its rows."""
    target: Matter = data["target"]
    back = {move.report_id for move in data["moves"]}
    reports = [report for report in work.family(Report, target) if report.pk in back]
    for report in reports:
        work.perform(report, "move", cleaned={"target": matter}, as_system=True)
    target.report_count = max(1, target.report_count - matter.report_count)
    matter.merged_into, matter.merged_from_state = None, ""
    work.perform(target, "absorb", cleaned={"number": matter.number, "count": 0}, as_system=True)


def move(work: Work, report: Report, data: Data) -> None:
    """To the other matter, where that is."""
    report.matter = data["target"]
    copy_place(report, report.matter)
