"""Seeds the working calendar from the yearly notices of the State Council's office, as the `holidays` package has them.

A year whose make-up working days 调休 are not known is provisional until somebody confirms it.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import holidays

from gongzhi.kernel import clock
from gongzhi.kernel.models import Day

MAKE_UP = "调休上班"


def known_days(year: int) -> list[Day]:
    """The days of a year that differ from the week, and holidays by name; not stored."""
    china = holidays.country_holidays("CN", years=year, language="zh_CN")
    make_up = {day for day in china.weekend_workdays if day.year == year}
    days = [
        Day(date=day, is_workday=False, note=str(name)[:60], is_provisional=not make_up)
        for day, name in china.items()
        if day.year == year
    ]
    return sorted(
        days + [Day(date=day, is_workday=True, note=MAKE_UP, is_provisional=False) for day in make_up],
        key=lambda day: day.date,
    )


def seed(years: Iterable[int]) -> int:
    """Add the days that are missing and replace provisional ones that are known by now; returns how many.

    A day an administrator has entered or confirmed stays as it is.
    """
    written = 0
    for year in years:
        span = (date(year, 1, 1), date(year + 1, 1, 1) - timedelta(days=1))
        there = {day.date: day.is_provisional for day in Day.objects.filter(date__range=span)}
        days = known_days(year)
        is_final = any(not day.is_provisional for day in days)
        if is_final:
            # What was guessed and is no holiday after all is an ordinary day again.
            Day.objects.filter(date__range=span, is_provisional=True).delete()
        kept = {day for day, is_provisional in there.items() if not (is_final and is_provisional)}
        new = [day for day in days if day.date not in kept]
        Day.objects.bulk_create(new)
        written += len(new)
    clock.forget()
    return written
