"""Which closed reports are asked about again: shares by urgency, category and place, and a draw nobody can steer.

The draw hangs on the report's number, the moment of closing and the installation's secret key: staff cannot foresee
it, the system can recompute it, and nobody picks. Source: REQUIREMENTS.md row F2 (回访); PEERS-cases.md, call-backs.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from gongzhi.base.crypto import blind_index
from gongzhi.cases.models import Callback, Matter, Report, SampleShare
from gongzhi.kernel.clock import SHANGHAI

FRESH_SECONDS = 20
DEFAULTS = {SampleShare.Group.RATED: 10, SampleShare.Group.UNRATED: 20}
"""Per cent where nobody decided otherwise; whoever was not content is always called."""
SIGNS = 16
CONTENT_FROM = 3
"""Below this satisfaction (of five) a rating counts as not content."""


@dataclass
class _Kept:
    rows: list[SampleShare] = field(default_factory=list)
    read_at: float = float("-inf")


_kept = _Kept()


def shares() -> list[SampleShare]:
    """Every share, read again every `FRESH_SECONDS`."""
    if time.monotonic() - _kept.read_at > FRESH_SECONDS:
        _kept.rows = list(SampleShare.objects.select_related("category"))
        _kept.read_at = time.monotonic()
    return _kept.rows


def forget() -> None:
    """Read the shares afresh."""
    _kept.read_at = float("-inf")


def percent(group: str, matter: Matter, day: date) -> tuple[int, SampleShare | None]:
    """The share in force for a matter on a day, and the row that says so (None: the default)."""
    path = [int(part) for part in matter.place_path().split("/") if part]
    kinds = [pk for pk in (matter.category_id, matter.category.parent_id if matter.category else None) if pk]
    best: tuple[tuple[int, int, int, date], SampleShare] | None = None
    for row in shares():
        if row.group != group or row.from_date > day or (row.urgency and row.urgency != matter.urgency):
            continue
        if (row.place_id and row.place_id not in path) or (row.category_id and row.category_id not in kinds):
            continue
        near = path.index(row.place_id) + 1 if row.place_id else 0
        close = len(kinds) - kinds.index(row.category_id) if row.category_id else 0
        rank = (near, close, int(bool(row.urgency)), row.from_date)
        if best is None or rank > best[0]:
            best = rank, row
    return (best[1].percent, best[1]) if best else (DEFAULTS[SampleShare.Group(group)], None)


def lot(number: str, closed_at: datetime, key_id: str | None = None) -> float:
    """The lot of one closing, evenly spread from 0 up to 100; the same whenever it is drawn again."""
    digest = blind_index("callback", f"{number} {closed_at.astimezone(UTC):%Y%m%dT%H%M%S}", key_id).rpartition(":")[2]
    share: float = int(digest[:SIGNS], 16) / 16**SIGNS * 100
    return share


def reason_of(report: Report, matter: Matter, closed_at: datetime) -> str:
    """Why this report is called back after this closing, "" when its lot was not drawn."""
    if report.rated_at is not None and report.state in (Report.State.RATED, Report.State.OPEN):
        unhappy = report.is_resolved is False or (report.satisfaction or CONTENT_FROM) < CONTENT_FROM
        if unhappy:
            return Callback.Reason.DISSATISFIED
        group, reason = SampleShare.Group.RATED, Callback.Reason.SAMPLE
    elif report.state in (Report.State.ANSWERED, Report.State.LAPSED):
        group, reason = SampleShare.Group.UNRATED, Callback.Reason.UNRATED
    else:
        return ""
    share, _row = percent(group, matter, closed_at.astimezone(SHANGHAI).date())
    return reason if lot(report.number, closed_at) < share else ""


@dataclass(frozen=True)
class Missed:
    """A report that should have been drawn and was not, or was called without its lot."""

    report: Report
    expected: str
    found: str


def closed_between(since: datetime, until: datetime) -> list[Report]:
    """The reports of matters that were closed in a span and still are, with what the draw needs."""
    rows = Report.objects.filter(matter__closed_at__gte=since, matter__closed_at__lt=until, matter__state="closed")
    return list(rows.select_related("matter__category", "contact").order_by("pk"))


def recompute(since: datetime, until: datetime) -> tuple[int, list[Missed]]:
    """Draw a span of closings again: how many were drawn, and where the stored call-backs differ from it."""
    reports = closed_between(since, until)
    stored = {
        (row.report_id, row.created_at): str(row.reason)
        for row in Callback.objects.filter(report__in=reports).exclude(reason=Callback.Reason.PROMISED)
    }
    count, wrong = 0, []
    for report in reports:
        closed = report.matter.closed_at or since
        expected = reason_of(report, report.matter, closed) if is_reachable(report) else ""
        found = next((why for (pk, at), why in stored.items() if pk == report.pk and at >= closed), "")
        count += bool(expected)
        if expected != found:
            wrong.append(Missed(report, expected, found))
    return count, wrong


def is_reachable(report: Report) -> bool:
    """Whether there is a telephone or an account to turn to."""
    return bool(report.contact.phone_index) or report.owner_id is not None


def window(now: datetime, days: int = 30) -> tuple[datetime, datetime]:
    """The last days up to now."""
    return now - timedelta(days=days), now
