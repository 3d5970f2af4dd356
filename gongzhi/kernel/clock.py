"""Deadlines in hours, days, working hours and working days of the Chinese calendar, each able to explain itself.

Source of the calendar: the yearly notice of the General Office of the State Council (holidays and make-up working
days 调休), kept as editable rows (`Day`); office hours are settings.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from gongzhi.kernel.models import Day, Limit

SHANGHAI = ZoneInfo("Asia/Shanghai")
FRESH_SECONDS = 20
"""Calendar and limits are re-read at most this often; a deadline once frozen does not depend on it."""

UNITS = {"hours": _("小时"), "workhours": _("工作小时"), "days": _("天"), "workdays": _("个工作日")}


@dataclass(frozen=True)
class Span:
    """An amount of time in a unit of `Limit.Unit`."""

    amount: int
    unit: str

    def __str__(self) -> str:
        return f"{self.amount} {UNITS[self.unit]}"


@dataclass(frozen=True)
class Deadline:
    """When, and by which rule: `rule` is stored with the record and explained by `explain`."""

    at: datetime
    rule: dict[str, object]


@dataclass(frozen=True)
class Clock:
    """The calendar and the limits as they are now."""

    days: dict[date, bool] = field(default_factory=dict)
    limits: tuple[Limit, ...] = ()
    hours: tuple[tuple[clock_time, clock_time], ...] = ()

    def is_workday(self, day: date) -> bool:
        """Monday to Friday unless the calendar says otherwise."""
        return self.days.get(day, day.weekday() < 5)

    def _sessions(self, day: date) -> list[tuple[datetime, datetime]]:
        if not self.is_workday(day):
            return []
        return [
            (
                datetime.combine(day, start, SHANGHAI),
                datetime.combine(day, end, SHANGHAI),
            )
            for start, end in self.hours
        ]

    def add(self, start: datetime, span: Span) -> datetime:
        """The instant `span` after `start` (aware; any zone). Working days end with office hours of the last day."""
        if span.unit == "hours":
            return start + timedelta(hours=span.amount)
        if span.unit == "days":
            return start + timedelta(days=span.amount)
        if span.unit == "workhours":
            return self.add_work(start, timedelta(hours=span.amount))
        day, left = start.astimezone(SHANGHAI).date(), span.amount
        while left:
            day += timedelta(days=1)
            left -= self.is_workday(day)
        return datetime.combine(day, self.hours[-1][1], SHANGHAI)

    def add_work(self, start: datetime, amount: timedelta) -> datetime:
        """The instant after `amount` of office time."""
        day, at = start.astimezone(SHANGHAI).date(), start
        for _day in range(4000):
            for opens, closes in self._sessions(day):
                begin = max(at, opens)
                if begin < closes:
                    if amount <= closes - begin:
                        return begin + amount
                    amount -= closes - begin
            day += timedelta(days=1)
        raise OverflowError("a time limit of more than ten years")

    def work_between(self, start: datetime, end: datetime) -> timedelta:
        """Office time between two instants."""
        total, day = timedelta(0), start.astimezone(SHANGHAI).date()
        last = end.astimezone(SHANGHAI).date()
        while day <= last:
            for opens, closes in self._sessions(day):
                total += max(timedelta(0), min(closes, end) - max(opens, start))
            day += timedelta(days=1)
        return total

    def shift(self, due: datetime, paused_at: datetime, resumed_at: datetime, unit: str) -> datetime:
        """The deadline after a pause: what was left is left again, in working time where the limit is in it."""
        if unit in ("hours", "days"):
            return due + (resumed_at - paused_at)
        if due <= paused_at:
            return due
        return self.add_work(resumed_at, self.work_between(paused_at, due))

    def limit(
        self, key: str, default: Span, category: str, places: Sequence[int], on: date
    ) -> tuple[Span, Limit | None]:
        """The span in force: nearest place first, at one place the category before all categories, then the default."""
        found: tuple[tuple[int, int, int], Limit] | None = None
        near = {place: position for position, place in enumerate(places)}
        for row in self.limits:
            if row.key != key or row.from_date > on or row.category not in ("", category):
                continue
            if row.place_id is not None and row.place_id not in near:
                continue
            place = near.get(row.place_id, len(near)) if row.place_id is not None else len(near)
            rank = (-place, 1 if row.category else 0, row.from_date.toordinal())
            if found is None or rank > found[0]:
                found = (rank, row)
        return (Span(found[1].amount, found[1].unit), found[1]) if found else (default, None)

    def deadline(
        self,
        key: str,
        default: Span,
        start: datetime,
        category: str = "",
        places: Sequence[int] = (),
    ) -> Deadline:
        """The due time from `start` by the limit `key`, frozen with its rule."""
        span, row = self.limit(key, default, category, places, start.astimezone(SHANGHAI).date())
        at = self.add(start, span)
        rule: dict[str, object] = {
            "key": key,
            "amount": span.amount,
            "unit": span.unit,
            "from": start.isoformat(),
            "limit": row.pk if row else None,
            "since": row.from_date.isoformat() if row else None,
        }
        return Deadline(at, rule)


_kept: list[tuple[float, Clock]] = []


def office_hours() -> tuple[tuple[clock_time, clock_time], ...]:
    """Office hours of the installation, from settings (`09:00-12:00,13:30-17:30` by default)."""
    spans = [part.split("-") for part in settings.OFFICE_HOURS.split(",")]
    return tuple((clock_time.fromisoformat(start), clock_time.fromisoformat(end)) for start, end in spans)


def current() -> Clock:
    """The clock, read again when older than `FRESH_SECONDS`."""
    now = time.monotonic()
    for read_at, kept in _kept:
        if now - read_at <= FRESH_SECONDS:
            return kept
    fresh = Clock(dict(Day.objects.values_list("date", "is_workday")), tuple(Limit.objects.all()), office_hours())
    _kept[:] = [(now, fresh)]
    return fresh


def forget() -> None:
    """Read calendar and limits afresh at the next use (after an edit, between tests)."""
    _kept.clear()


def explain(rule: dict[str, object], due: datetime | None) -> list[str]:
    """How a frozen deadline was computed, in sentences."""
    if due is None or not rule:
        return [gettext("这个环节没有期限。")]
    start = datetime.fromisoformat(str(rule["from"])).astimezone(SHANGHAI)
    span = Span(int(str(rule["amount"])), str(rule["unit"]))
    lines = [gettext("从 %(start)s 起算，限 %(span)s。") % {"start": f"{start:%Y-%m-%d %H:%M}", "span": span}]
    if span.unit.startswith("work"):
        lines.append(gettext("只算工作时间，周末和法定节假日不算，调休上班日算。"))
    since = gettext("依据：本地自 %(day)s 起的规定。") % {"day": rule.get("since")}
    lines.append(since if rule.get("limit") else gettext("依据：系统默认时限。"))
    notes = rule.get("notes")
    if isinstance(notes, list):
        lines.extend(str(note) for note in notes)
    lines.append(gettext("到期时间：%(due)s。") % {"due": f"{due.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"})
    return lines
