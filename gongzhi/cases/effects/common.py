"""What several effects need: limits, addresses, notices, photos."""

from datetime import datetime
from typing import Any

from gongzhi.base.files import attach
from gongzhi.cases.models import Matter, Report, Task
from gongzhi.kernel.models import located
from gongzhi.kernel.perform import Work
from gongzhi.kernel.procedure import procedure_of

Data = dict[str, Any]


def limit(work: Work, matter: Matter, key: str, start: datetime) -> tuple[datetime, dict[str, object]]:
    """Due time and frozen rule by the matter's procedure."""
    deadline = procedure_of(matter).limit(work.clock, matter, key, start)
    return deadline.at, deadline.rule


def url(record: Matter | Report) -> str:
    """Address of the record's page: staff see matters, residents their reports."""
    kind = "matters" if isinstance(record, Matter) else "concerns"
    return f"/{kind}/{record.number}/"


def tell_reporters(work: Work, matter: Matter, title: str, body: str = "") -> None:
    """An in-app notice to every reporter with an account."""
    for report in work.family(Report, matter):
        work.notify(report.owner_id, title, body, url(report))


def keep_photos(work: Work, matter: Matter, data: Data) -> None:
    if data.get("photos"):
        session = work.actor.extra.get("upload", "")
        attach(data["photos"], "cases.matter", matter.pk, by=work.actor.account_id, session=session)
        matter.photo_count += len(data["photos"])


def copy_place(child: Any, matter: Matter) -> None:
    """Place ids and circle of the family's root."""
    for name, value in located(matter).items():
        setattr(child, name, value)


def cancel_tasks(work: Work, matter: Matter) -> None:
    for task in work.family(Task, matter, state="given"):
        work.perform(task, "cancel", cleaned={"reason": "事项已结束"}, as_system=True)


def note(matter: Matter, sentence: str) -> None:
    notes = matter.total_rule.get("notes", [])
    matter.total_rule = {**matter.total_rule, "notes": [*notes, sentence]}
