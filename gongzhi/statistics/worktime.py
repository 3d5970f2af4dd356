"""Office time for SQL: each day's hours are written down when the day is first counted, and never changed.

So a figure does not move when a calendar is corrected later, and working time between two instants is one subtraction.
"""

from datetime import date, time, timedelta

from django.db.models import Max, Min

from gongzhi.kernel.clock import Clock, current
from gongzhi.statistics.models import Workday


def write_down(first: date, last: date) -> None:
    """See that every day from `first` to `last` is there; the days hang together without a gap."""
    clock = current()
    known = Workday.objects.aggregate(first=Min("day"), last=Max("day"))
    if known["first"] is None:
        start = Workday.objects.create(day=first, before=0, **_hours(clock, first))
        known = {"first": start.day, "last": start.day}
    _forward(clock, known["last"], last)
    _backward(clock, known["first"], first)


def _forward(clock: Clock, known: date, last: date) -> None:
    row, made = Workday.objects.get(day=known), []
    while row.day < last:
        day = row.day + timedelta(days=1)
        row = Workday(day=day, before=row.before + _length(row), **_hours(clock, day))
        made.append(row)
    Workday.objects.bulk_create(made)


def _backward(clock: Clock, known: date, first: date) -> None:
    row, made = Workday.objects.get(day=known), []
    while row.day > first:
        day = row.day - timedelta(days=1)
        earlier = Workday(day=day, before=0, **_hours(clock, day))
        earlier.before = row.before - _length(earlier)
        row = earlier
        made.append(row)
    Workday.objects.bulk_create(made)


def _hours(clock: Clock, day: date) -> dict[str, list[int]]:
    spans = clock.hours if clock.is_workday(day) else ()
    return {"opens": [_second(opens) for opens, _closes in spans], "closes": [_second(closes) for _o, closes in spans]}


def _second(at: time) -> int:
    return at.hour * 3600 + at.minute * 60 + at.second


def _length(row: Workday) -> int:
    return sum(row.closes) - sum(row.opens)
