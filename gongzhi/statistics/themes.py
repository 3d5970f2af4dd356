"""Themes and hot spots: what people speak of where, and what has risen, said in a sentence. Never a name.

A theme is a category at a grid. Fewer than five are never pointed out, so that no household is.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date
from math import sqrt
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.statistics import charts, figures
from gongzhi.statistics.charts import Line
from gongzhi.statistics.rollup import months
from gongzhi.statistics.scope import Address, names_of
from gongzhi.statistics.tables import Cell, Table, count

LEAST = 5
BEFORE = 3
SHOWN = 12
IN_LINES = 4
TONES = ("came", "done", "third", "fourth")


@dataclass(frozen=True)
class Rise:
    """A theme that rose: how many in the last month, how many a month in the three before."""

    place: str
    category: str
    now: int
    mean: float
    url: str

    @property
    def words(self) -> str:
        """Why it is pointed out."""
        usual = f"{self.mean:.1f}".removesuffix(".0")
        form = _("%(place)s的“%(category)s”：这个月 %(now)d 件，前三个月平均每月 %(usual)s 件。")
        return form % {"place": self.place, "category": self.category, "now": self.now, "usual": usual}


def is_rise(now: int, mean: float) -> bool:
    """More than chance: at least `LEAST`, and two deviations of a count above the mean of the months before."""
    return now >= LEAST and now > mean + 2 * sqrt(max(mean, 1))


def _window(address: Address, many: int) -> figures.Asked:
    early = list(months(date(2000, 1, 1), address.last))[-many:]
    return replace(address.asked, first=early[0])


def rises(address: Address) -> list[Rise]:
    """What rose in the last month at grids, most unusual first; one statement and the names."""
    asked = _window(address, BEFORE + 1)
    counted: dict[tuple[int, int], dict[date, int]] = defaultdict(dict)
    for row in figures.sums(asked, "grid_id", "category_id", "month", of=(address.comes,)):
        if row["grid_id"] and row["category_id"]:
            counted[row["grid_id"], row["category_id"]][row["month"]] = row[address.comes]
    places = names_of("grid_id", [grid for grid, _category in counted])
    found = []
    for (grid, category), by_month in counted.items():
        now = by_month.get(address.last, 0)
        mean = sum(number for month, number in by_month.items() if month != address.last) / BEFORE
        if is_rise(now, mean):
            span = f"{address.last:%Y-%m}"
            url = address.behind(address.comes, place=grid, category=category, **{"from": span, "to": span})
            found.append(Rise(places.get(grid, ""), address.categories.get(category, ""), now, mean, url))
    return sorted(found, key=lambda one: (one.mean - one.now, one.place))[:SHOWN]


def themes(address: Address) -> tuple[Table, dict[str, Any]]:
    """The categories most spoken of, month by month; the first few as lines."""
    asked = _window(address, 12)
    counted: dict[int, dict[date, int]] = defaultdict(dict)
    for row in figures.sums(asked, "category_id", "month", of=(address.comes,)):
        if row["category_id"]:
            counted[row["category_id"]][row["month"]] = row[address.comes]
    first = sorted(counted, key=lambda key: -sum(counted[key].values()))[:SHOWN]
    shown = asked.months
    rows = [
        [
            Cell(address.categories.get(key, "")),
            *(_cell(address, key, month, counted[key]) for month in reversed(shown)),
        ]
        for key in first
    ]
    heads = [_("类别"), *(f"{month:%y-%m}" for month in reversed(shown))]
    series = [
        Line(address.categories.get(key, ""), tone, [counted[key].get(month, 0) for month in shown])
        for key, tone in zip(first, TONES, strict=False)
    ]
    drawn = charts.lines([f"{month:%y-%m}" for month in shown], series, _("说得最多的几类，每月件数"))
    return Table("themes", _("%s 主题变化") % address.where(), heads, rows), drawn


def _cell(address: Address, category: int, month: date, counted: dict[date, int]) -> Cell:
    span = f"{month:%Y-%m}"
    return count(counted.get(month, 0), address.behind(address.comes, category=category, **{"from": span, "to": span}))


def spots(address: Address) -> Table:
    """Where most came from in the range: places below with their first themes."""
    column = address.below
    counted: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in figures.sums(address.asked, column, "category_id", of=(address.comes,)):
        if row[column]:
            counted[row[column]][row["category_id"] or 0] += row[address.comes]
    names = names_of(column, counted)
    rows = []
    for key in sorted(counted, key=lambda key: -sum(counted[key].values()))[:30]:
        top = sorted(counted[key].items(), key=lambda pair: -pair[1])[:3]
        said = "、".join(f"{address.categories.get(pk, '')} {n}" for pk, n in top if n >= LEAST and pk)
        total = sum(counted[key].values())
        rows.append(
            [
                Cell(names.get(key, ""), "", f"?{address.kept(place=key)}"),
                count(total, address.behind(address.comes, place=key)),
                Cell(said, said or "—"),
            ]
        )
    note = _("不到 %d 件的主题不写出来。") % LEAST
    return Table("spots", _("%(where)s %(span)s 热点") % {"where": address.where(), "span": address.span()},
                 [_("地点"), _("收到"), _("主要说什么")], rows, note)  # fmt: skip
