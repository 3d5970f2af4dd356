"""Working days of the Chinese calendar, from the yearly notices of the State Council's office.

The `holidays` package knows them. A year whose make-up working days 调休 are not known is provisional.
"""

from datetime import date
from typing import NamedTuple

import holidays

MAKE_UP = "调休上班"


class KnownDay(NamedTuple):
    """A day that differs from the week, or a holiday by name."""

    date: date
    is_workday: bool
    note: str
    is_provisional: bool


def known_days(year: int) -> list[KnownDay]:
    """The days of a year that differ from the week, in order."""
    china = holidays.country_holidays("CN", years=year, language="zh_CN")
    make_up = {day for day in china.weekend_workdays if day.year == year}
    days = [KnownDay(day, False, str(name)[:60], not make_up) for day, name in china.items() if day.year == year]
    return sorted(days + [KnownDay(day, True, MAKE_UP, False) for day in make_up])
