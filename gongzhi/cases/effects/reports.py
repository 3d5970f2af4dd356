"""What the reporter does and hears. Declared in `workflow`."""

from gongzhi.base.files import attach
from gongzhi.cases.effects.closing import fault
from gongzhi.cases.effects.common import Data, url
from gongzhi.cases.effects.handling import resume_when_answered
from gongzhi.cases.models import ClosingFault, Matter, Report
from gongzhi.kernel.perform import Work

OPENS_AGAIN = ("closed", "assessing", "judging", "checking", "declined")
"""States from which a reporter's “not resolved” opens the matter again."""


def question(work: Work, report: Report, data: Data) -> None:
    """The reporter is asked."""
    report.question = data["question"]
    work.notify(report.owner_id, "社区想向您了解一个情况", data["question"], url(report))


def add(work: Work, report: Report, data: Data) -> None:
    """What the reporter adds reaches who handles the matter."""
    keep(work, report, data)
    matter = report.matter
    work.notify(matter.account_id or matter.dispatched_by, f"反映人有补充：{matter.title}", data["text"], url(matter))
    resume_when_answered(work, matter)


def keep(work: Work, report: Report, data: Data) -> None:
    """Photos that came along belong to the report."""
    if data.get("photos"):
        session = work.actor.extra.get("upload", "")
        attach(data["photos"], "cases.report", report.pk, by=work.actor.account_id, session=session)


def answer(work: Work, report: Report, data: Data) -> None:
    """The reporter hears the result and is asked for a judgement."""
    report.answer, report.answered_at = data["answer"], work.now
    report.is_resolved, report.satisfaction, report.rated_at = None, None, None
    work.notify(report.owner_id, "您反映的事有结果了，请评价", data["answer"], url(report))


def guide(work: Work, report: Report, data: Data) -> None:
    """The reporter hears which way is open."""
    report.answer, report.answered_at = data["answer"], work.now
    work.notify(report.owner_id, "您反映的事，请看这里的说明", data["answer"], url(report))


def rate(work: Work, report: Report, data: Data) -> None:
    """Not resolved opens the matter again, with reason and photo; when everybody has rated, it is closed."""
    keep(work, report, data)
    report.is_resolved, report.satisfaction = data["is_resolved"], data["satisfaction"]
    report.comment, report.rated_at = data.get("comment", ""), work.now
    matter = work.adopt(report.matter)
    if report.is_resolved is False:
        if report.state == Report.State.OPEN and matter.state in OPENS_AGAIN:
            cleaned = {"reason": report.comment, "fault": ClosingFault.Kind.REJECTED, "report": report}
            work.perform(matter, "reopen_by_reporter", cleaned=cleaned, as_system=True)
            return
        fault(work, matter, ClosingFault.Kind.REJECTED, report)
    if matter.state == Matter.State.JUDGING and not work.family(Report, matter, state="answered"):
        work.perform(matter, "close", cleaned={}, as_system=True)


def again(work: Work, report: Report, data: Data) -> None:
    """The trouble is back within the window."""
    matter = work.adopt(report.matter)
    if matter.state in OPENS_AGAIN:
        cleaned = {"reason": data["reason"], "report": report}
        work.perform(matter, "reopen_by_reporter", cleaned=cleaned, as_system=True)


def withdraw(work: Work, report: Report, data: Data) -> None:
    """One reporter less; without any, a matter nobody handles yet ends."""
    matter = work.adopt(report.matter)
    matter.report_count = max(0, matter.report_count - 1)
    others = work.family(Report, matter, state__in=("open", "asked", "answered"))
    early = (Matter.State.RECEIVED, Matter.State.SORTING, Matter.State.ROUTED)
    if not [other for other in others if other.pk != report.pk] and matter.state in early:
        work.perform(matter, "drop", cleaned={"reason": data.get("reason", "")}, as_system=True)
    else:
        work.perform(matter, "absorb", cleaned={"number": report.number, "count": 0}, as_system=True)
