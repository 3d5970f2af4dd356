"""The three rates as plain arithmetic: no table, no clock of its own.

Source: REQUIREMENTS.md row F2 (联系率、解决率、满意率). Whatever is owed and not done stands in the denominator.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils.translation import gettext as _

from gongzhi.kernel.clock import SHANGHAI

FEW = 10
"""Below so many a percentage says little: the counts themselves are shown."""
CONTENT = 4
"""From this satisfaction (of five) on, a reporter is content."""
THIS_MONTH, LAST_MONTH, YEAR = "this", "last", "year"
PERIODS = (THIS_MONTH, LAST_MONTH, YEAR)


@dataclass(frozen=True)
class Period:
    """From the first instant of a Shanghai month up to, not including, `until`."""

    code: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Rate:
    """`part` of `whole`; both are counts, `part` never more than `whole`."""

    part: int
    whole: int

    @property
    def ratio(self) -> float | None:
        """0 to 1; None where nothing was counted, which is not the same as nought."""
        return self.part / self.whole if self.whole else None

    @property
    def is_few(self) -> bool:
        """Counted, but too few for a percentage to mean anything."""
        return 0 < self.whole < FEW

    @property
    def shown(self) -> str:
        """One decimal, cut and never rounded up: 99.96 % is not 100 %. Of few, how many of how many: 3/4."""
        if not self.whole:
            return ""
        if self.is_few:
            return f"{self.part}/{self.whole}"
        tenths = self.part * 1000 // self.whole
        return str(tenths // 10) if tenths % 10 == 0 else f"{tenths // 10}.{tenths % 10}"


@dataclass(frozen=True)
class Counts:
    """What was counted in a period.

    Matters: `contacted_in_time`, `contacted_late`, `waiting_late` (at the end past their time and still not contacted).
    Reports: `rated`, `resolved`, `content`; `unresolved` ratings that opened a matter again; `overdue`: not judged, while
    the matter is open past its handling limit.
    """

    contacted_in_time: int = 0
    contacted_late: int = 0
    waiting_late: int = 0
    rated: int = 0
    resolved: int = 0
    content: int = 0
    overdue: int = 0
    unresolved: int = 0


@dataclass(frozen=True)
class Rates:
    """The three rates with what they were computed from."""

    counts: Counts
    contact: Rate
    resolution: Rate
    satisfaction: Rate


def rates(counts: Counts) -> Rates:
    """按时联系、问题解决、群众满意."""
    due = counts.contacted_in_time + counts.contacted_late + counts.waiting_late
    return Rates(
        counts,
        Rate(counts.contacted_in_time, due),
        Rate(counts.resolved, counts.rated + counts.unresolved + counts.overdue),
        Rate(counts.content, counts.rated),
    )


def month_begins(year: int, month: int) -> datetime:
    """The first instant of a month in Shanghai; months count on beyond 12 and back before 1."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    return datetime.combine(date(year, month, 1), time(), SHANGHAI)


def period(code: str, now: datetime) -> Period:
    """This month so far, last month, or twelve months up to now; anything else is this month."""
    today = now.astimezone(SHANGHAI).date()
    begins = month_begins(today.year, today.month)
    if code == LAST_MONTH:
        return Period(code, month_begins(today.year, today.month - 1), begins)
    if code == YEAR:
        return Period(code, month_begins(today.year, today.month - 11), now)
    return Period(THIS_MONTH, begins, now)


def labels() -> dict[str, str]:
    """The periods in words."""
    return {THIS_MONTH: _("本月"), LAST_MONTH: _("上月"), YEAR: _("近 12 个月")}


def figures(found: Rates) -> list[Mapping[str, str]]:
    """What `{% stat %}` shows: label, value, unit, formula in words, how it is computed."""
    n = found.counts
    late = _("，过了时间还没联系的 %d 件算没按时") % n.waiting_late if n.waiting_late else ""
    overdue = _("；超期没办完的 %d 件算没解决") % n.overdue if n.overdue else ""
    return [
        _figure(_("按时联系"), found.contact, _("这段时间还没有到该联系的时候。"),
                _("该联系 %(whole)d 件，按时联系 %(part)d 件%(more)s。"), late,
                _("这段时间第一次联系上反映人的，加上期末过了时限还没联系的，都算在内；时限内联系上的算按时。合并、撤回的不重复算。")),
        _figure(_("问题解决"), found.resolution, _("还没有人评价。"),
                _("回访评价 %(rated)d 次，%(part)d 次说解决了%(more)s。"), overdue,
                _("分子是反映人评价“解决了”的；分母是全部评价，说“没解决”而重办的每次都算，再加上过了办理期限没办完、或办晚了还没评价的，"
                  "每位反映人算一件。按期办完还没评价的、暂时挂起的不算。"), rated=n.rated + n.unresolved),
        _figure(_("群众满意"), found.satisfaction, _("还没有人评价。"),
                _("评价 %(whole)d 件，%(part)d 件满意%(more)s。"), "",
                _("五档评价里选“满意”“很满意”的，除以全部评价；重办过的以最后一次评价为准。没评价的不算满意。")),
    ]  # fmt: skip


def _figure(label: str, rate: Rate, none: str, form: str, more: str, why: str, **extra: int) -> Mapping[str, str]:
    words = form % {"whole": rate.whole, "part": rate.part, "more": more, **extra} if rate.whole else none
    words += _("件数少，不算百分比。") if rate.is_few else ""
    value, unit = (rate.shown, _("件") if rate.is_few else "%") if rate.whole else (_("暂无"), "")
    return {"label": label, "value": value, "unit": unit, "formula": words, "why": why}
