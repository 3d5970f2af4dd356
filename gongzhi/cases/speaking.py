"""How things are read out on the telephone: numbers in groups that can be repeated, windows for calling back."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils.translation import gettext as _

from gongzhi.kernel.clock import SHANGHAI, Clock

_DIGITS = dict(zip("0123456789-", "零幺二三四五六七八九杠", strict=True))
DAY_ENDS = time(17, 30)


def groups(number: str) -> list[str]:
    """2026-123456 -> 2026, 123, 456; 13890001234 -> 138, 9000, 1234: what one can repeat in one breath."""
    found: list[str] = []
    for part in number.split("-"):
        if len(part) == 11 and part.isdigit():
            found += [part[:3], part[3:7], part[7:]]
        elif len(part) > 4 and part.isdigit():
            head = 3 if len(part) in (6, 7) else len(part) % 4 or 4
            found += [part[:head], *(part[at : at + 4] for at in range(head, len(part), 4))]
        else:
            found.append(part)
    return [part for part in found if part]


def aloud(number: str) -> str:
    """As an operator says it: 幺三八 九零零零 幺二三四. Letters of tracking codes stay."""
    return " ".join("".join(_DIGITS.get(sign, sign) for sign in part) for part in groups(number))


@dataclass(frozen=True)
class Window:
    """When somebody is called back."""

    code: str
    label: str
    not_before: datetime
    until: datetime


def windows(now: datetime, clock: Clock) -> list[Window]:
    """What can be promised now: within the hour, today, the next two working days' halves."""
    today = now.astimezone(SHANGHAI)
    found = []
    hour = now + timedelta(hours=1)
    if clock.is_workday(today.date()) and time(8) <= today.time() <= time(16, 30):
        found.append(Window("hour", _("一小时内"), now, hour))
        found.append(Window("today", _("今天下班前"), now, _at(today.date(), DAY_ENDS)))
    for number, day in enumerate(_workdays(today.date(), clock), 1):
        label = f"{day.month}月{day.day}日"
        found.append(Window(f"am{number}", _("%(day)s上午") % {"day": label}, _at(day, time(9)), _at(day, time(12))))
        found.append(Window(f"pm{number}", _("%(day)s下午") % {"day": label}, _at(day, time(14)), _at(day, DAY_ENDS)))
    return found


def _workdays(today: date, clock: Clock) -> list[date]:
    days = (today + timedelta(days=ahead) for ahead in range(1, 30))
    return [day for day in days if clock.is_workday(day)][:2]


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, SHANGHAI)
