"""Keeps the rollups equal to the events: whole days are derived anew when their events have grown, as often as asked.

The database notes the day of every event in the same transaction (`Pending`), so that nothing is missed in whatever
order transactions end. A day depends on its own events and on earlier ones of the same records, which never change.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from gongzhi.kernel.clock import SHANGHAI
from gongzhi.statistics import derive, worktime
from gongzhi.statistics.derive import midnight
from gongzhi.statistics.measures import CUTS, KINDS
from gongzhi.statistics.models import Census, Daily, Monthly, Stock

LOCK = "statistics.rollup"
FEW_DAYS = 5
"""Of so many days in a month each is derived by itself; of more, the month at once."""


def today(now: datetime) -> date:
    """The day in Shanghai."""
    return now.astimezone(SHANGHAI).date()


def month_of(day: date) -> date:
    """The first day of its month."""
    return day.replace(day=1)


def months(first: date, last: date) -> Iterator[date]:
    """The first days of the months from one to another, both included."""
    month = month_of(first)
    while month <= last:
        yield month
        month = following(month)


def following(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)


def refresh(now: datetime | None = None) -> int:
    """Derive the days whose events have grown, and what is open now; returns how many days. One at a time."""
    now = now or timezone.now()
    with transaction.atomic():
        if not _is_mine():
            return 0
        grown = {row[0] for row in _run("DELETE FROM statistics_pending RETURNING day")}
        return _derive(sorted(grown), now)


def rebuild(now: datetime | None = None) -> Iterator[date]:
    """Everything anew from the events, month by month, in one transaction of the caller; yields each month when done."""
    now = now or timezone.now()
    _run(f"SELECT pg_advisory_xact_lock(hashtext('{LOCK}'))")
    _run("DELETE FROM statistics_pending")
    for model in (Daily, Monthly, Stock, Census):
        model._default_manager.all().delete()
    span = _span()
    if span is None:
        return
    worktime.write_down(span[0], max(span[1], today(now)))
    for month in months(*span):
        if month in (month_of(span[0]), month.replace(month=1)):
            # A year of days at once: whoever worked over the turn of a month is read once.
            _days(month, min(span[1], date(month.year, 12, 31)))
        _month(month)
        _stock(month, now)
        yield month
    for month in months(following(span[1]), today(now)):
        _stock(month, now)


def span() -> tuple[date, date] | None:
    """The first and the last day with events that count."""
    return _span()


def pending() -> set[date]:
    """Days whose events have grown since they were counted."""
    return {row[0] for row in _run("SELECT DISTINCT day FROM statistics_pending")}


def _derive(grown: Sequence[date], now: datetime) -> int:
    if grown:
        span = _span() or (grown[0], grown[-1])
        worktime.write_down(min(grown[0], span[0]), max(grown[-1], today(now)))
    by_month: dict[date, list[date]] = {}
    for day in grown:
        by_month.setdefault(month_of(day), []).append(day)
    for month, days in by_month.items():
        for first, last in _stretches(month, days):
            _days(first, last)
        _month(month)
    for month in _to_count(grown, now):
        _stock(month, now)
    return len(grown)


def _stretches(month: date, days: list[date]) -> list[tuple[date, date]]:
    if len(days) > FEW_DAYS:
        return [(month, following(month) - timedelta(days=1))]
    return [(day, day) for day in days]


def _to_count(grown: Sequence[date], now: datetime) -> list[date]:
    """Months whose stock is to be counted: from the first that grew on, those not counted at their end, this one."""
    counted = dict(Census.objects.values_list("month", "until"))
    this = month_of(today(now))
    span = _span()
    if span is None:
        return []
    asked = {this}
    for month in months(span[0], this):
        ended = midnight(following(month))
        if month not in counted or counted[month] < min(ended, now) and month < this:
            asked.add(month)
        if grown and month >= month_of(grown[0]):
            asked.add(month)
    return sorted(month for month in asked if month <= this)


def _days(first: date, last: date) -> None:
    parameters = {**derive.days(first, last).parameters(), "first": first, "last": last}
    _run("DELETE FROM statistics_daily WHERE day BETWEEN %(first)s AND %(last)s", parameters)
    columns = ", ".join(derive.COLUMNS)
    select = derive.daily(derive.days(first, last), "day BETWEEN %(first)s AND %(last)s")
    _run(f"INSERT INTO statistics_daily ({columns}) {select}", parameters)


def _month(month: date) -> None:
    _run("DELETE FROM statistics_monthly WHERE month = %(month)s", {"month": month})
    columns = ", ".join(("month", "cut", *derive.COLUMNS[1:]))
    for cut, kept in CUTS.items():
        _run(f"INSERT INTO statistics_monthly ({columns}) {derive.monthly(cut, kept)}", {"month": month})


def _stock(month: date, now: datetime) -> None:
    ended = midnight(following(month))
    until = min(ended, now)
    which = "true" if ended <= now else derive.OPEN_NOW
    parameters = {**derive.stock_parameters(until), "month": month}
    _run("DELETE FROM statistics_stock WHERE month = %(month)s", parameters)
    columns = ", ".join(("month", "until", *derive.STOCK_COLUMNS))
    named = ", ".join(derive.STOCK_COLUMNS)
    select = f"SELECT %(month)s::date, %(until)s::timestamptz, {named} FROM ({derive.stock(which)}) counted"
    _run(f"INSERT INTO statistics_stock ({columns}) {select}", parameters)
    Census.objects.update_or_create(month=month, defaults={"until": until})


def _span() -> tuple[date, date] | None:
    """By the index on time: the first and last event of any kind, which may be wider than needed, never narrower."""
    sql = (
        f"SELECT {derive.DAY.format('(SELECT at FROM kernel_event WHERE kind = ANY(%(kinds)s) ORDER BY at LIMIT 1)')}, "
        f"{derive.DAY.format('(SELECT at FROM kernel_event WHERE kind = ANY(%(kinds)s) ORDER BY at DESC LIMIT 1)')}"
    )
    ((first, last),) = _run(sql, {"kinds": list(KINDS)})
    return (first, last) if first else None


def _is_mine() -> bool:
    return bool(_run(f"SELECT pg_try_advisory_xact_lock(hashtext('{LOCK}'))")[0][0])


def _run(sql: str, parameters: dict[str, Any] | None = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def fetch(sql: str, parameters: dict[str, Any]) -> Iterable[dict[str, Any]]:
    """Rows of a statement by name."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
