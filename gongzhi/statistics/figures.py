"""Questions to the rollups: sums by any dimension, what was open, rates with and without what was taken out.

Months are whole and of Shanghai. A range adds what happened; what was open is that of its last month.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Q, QuerySet, Sum

from gongzhi.cases import rules
from gongzhi.kernel.who import any_q
from gongzhi.statistics import derive, rollup
from gongzhi.statistics.measures import AGES, BUCKETS, CUTS, LEVELS, MEASURES, RATED_AGO, STOCKS
from gongzhi.statistics.models import Census, Daily, Exclusion, Monthly, Stock

SHORTLY = timedelta(microseconds=1)
Row = dict[str, Any]
Among = tuple[str, frozenset[int]]
"""A column and the ids that count."""


@dataclass(frozen=True)
class Asked:
    """What figures are asked for: the reach of who asks (any of it), a place in it, months, further dimensions."""

    reach: tuple[Among, ...]
    first: date
    last: date
    at: Among | None = None
    only: Mapping[str, Any] = field(default_factory=dict)

    def q(self) -> Q:
        """The condition on a table with the dimensions."""
        found = any_q([Q(**{f"{column}__in": ids}) for column, ids in self.reach])
        if self.at:
            found &= Q(**{f"{self.at[0]}__in": self.at[1]})
        return found & Q(**self.only)

    def sql(self) -> tuple[str, dict[str, Any]]:
        """The same for a statement of `derive`."""
        values: dict[str, Any] = {}
        parts = []
        for index, (column, ids) in enumerate(self.reach):
            values[f"reach{index}"] = list(ids)
            parts.append(f"{column} = ANY(%(reach{index})s)")
        found = f"({' OR '.join(parts) or 'false'})"
        if self.at:
            values["at_ids"] = list(self.at[1])
            found += f" AND {self.at[0]} = ANY(%(at_ids)s)"
        for name, value in self.only.items():
            values[f"only_{name}"] = value
            found += f" AND {name} = %(only_{name})s"
        return found, values

    def holds(self, row: Mapping[str, Any]) -> bool:
        """The same for one row."""
        inside = any(row[column] in ids for column, ids in self.reach)
        here = self.at is None or row[self.at[0]] in self.at[1]
        return inside and here and all(row[name] == value for name, value in self.only.items())

    def names(self) -> set[str]:
        """The dimensions by which it is narrowed."""
        columns = {column for column, _ids in self.reach} | ({self.at[0]} if self.at else set())
        return columns | set(self.only)

    @property
    def months(self) -> list[date]:
        """The first days of its months."""
        return list(rollup.months(self.first, self.last))


def cut_for(names: Iterable[str]) -> str | None:
    """The cut that knows these dimensions; None when only the days do."""
    wanted = set(names) - {"district_id", "street_id", "community_id", "step", "month"}
    fitting = [cut for cut, kept in CUTS.items() if wanted <= set(kept)]
    return min(fitting, key=lambda cut: len(CUTS[cut])) if fitting else None


def _table(asked: Asked, group: Sequence[str]) -> QuerySet[Any]:
    cut = cut_for(asked.names() | set(group))
    if cut is not None:
        return Monthly.objects.filter(asked.q(), cut=cut, month__gte=asked.first, month__lte=asked.last)
    rows = Daily.objects.filter(asked.q(), day__gte=asked.first, day__lt=rollup.following(asked.last))
    return rows.extra(select={"month": "date_trunc('month', day)::date"}) if "month" in group else rows


def sums(asked: Asked, *group: str, of: Sequence[str] = tuple(MEASURES)) -> list[Row]:
    """The measures by these dimensions (and `month`, `step`), in one statement; no rows: zeros when not grouped."""
    rows = _table(asked, group).order_by()
    wanted = {f"n_{name}": Sum(name) for name in of}
    if not group:
        return [_named(rows.aggregate(**wanted))]
    return [_named(row) for row in rows.values(*group).annotate(**wanted)]


def _named(row: Row) -> Row:
    return {name.removeprefix("n_"): (value or 0) if name.startswith("n_") else value for name, value in row.items()}


@dataclass(frozen=True)
class Spent:
    """How long a step took: how many left it, how many late, durations in hours and in working time (histograms)."""

    step: str
    passed: int
    late: int
    hours: tuple[int, ...]
    work: tuple[int, ...]

    @property
    def on_time(self) -> rules.Rate:
        """Left within its time."""
        return rules.Rate(self.passed - self.late, self.passed)


def spent(asked: Asked) -> list[Spent]:
    """Every step that was left, in one statement."""
    return [one for (_step,), one in spent_by(asked, "step").items()]


def spent_by(asked: Asked, *group: str, step: str = "") -> dict[tuple[Any, ...], Spent]:
    """Durations by dimensions; of one step when it is named."""
    rows = _table(asked, group).order_by().filter(passed__gt=0, **({"step": step} if step else {}))
    wanted = {f"{name}{index}": Sum(f"{name}__{index}") for name in ("hours", "work") for index in range(BUCKETS)}
    found = rows.values(*group).annotate(left=Sum("passed"), late=Sum("passed_late"), **wanted)
    return {
        tuple(row[name] for name in group): Spent(row.get("step", step), row["left"], row["late"], *(
            tuple(row[f"{name}{index}"] for index in range(BUCKETS)) for name in ("hours", "work")
        ))
        for row in found
    }  # fmt: skip


def together(parts: Sequence[Spent]) -> Spent:
    """Several steps as one: their histograms added."""
    hours, work = (
        tuple(map(sum, zip(*rows, strict=True))) for rows in ([p.hours for p in parts], [p.work for p in parts])
    )
    return Spent("", sum(part.passed for part in parts), sum(part.late for part in parts), hours, work)


@dataclass(frozen=True)
class Standing:
    """What was open: how many, late, not contacted in time, paused; by age; overdue reports by last judgement."""

    open: int = 0
    late: int = 0
    waiting_late: int = 0
    paused: int = 0
    ages: tuple[int, ...] = (0,) * (len(AGES) + 1)
    overdue: tuple[int, ...] = (0,) * RATED_AGO

    def unjudged(self, months: int) -> int:
        """Overdue reports not judged within so many last months."""
        return sum(self.overdue[min(months, RATED_AGO - 1) :])


def standing(asked: Asked, *group: str) -> dict[tuple[Any, ...], Standing]:
    """What was open at the end of the last month (of the running one: at the last count), by dimensions.

    By `month` too: at the end of each month.
    """
    rows = Stock.objects.filter(asked.q(), month__gte=asked.first if "month" in group else asked.last)
    rows = rows.filter(month__lte=asked.last).order_by()
    wanted: dict[str, Any] = {f"n_{name}": Sum(name) for name in STOCKS}
    wanted |= {f"a_{index}": Sum(f"ages__{index}") for index in range(len(AGES) + 1)}
    wanted |= {f"o_{index}": Sum(f"overdue__{index}") for index in range(RATED_AGO)}
    found = rows.values(*group).annotate(**wanted) if group else [rows.aggregate(**wanted)]
    return {tuple(row[name] for name in group): _standing(row) for row in found}


def _standing(row: Row) -> Standing:
    return Standing(
        **{name: row[f"n_{name}"] or 0 for name in STOCKS},
        ages=tuple(row[f"a_{index}"] or 0 for index in range(len(AGES) + 1)),
        overdue=tuple(row[f"o_{index}"] or 0 for index in range(RATED_AGO)),
    )


def counted_at(asked: Asked) -> Any:
    """Until when the last month is counted; None before the first count."""
    return Census.objects.filter(month__lte=asked.last).aggregate(at=Max("until"))["at"]


# --- Rates --------------------------------------------------------------------------------------------------------


def to_counts(happened: Mapping[str, int], open_now: Standing, months: int) -> rules.Counts:
    """What the three rates of `cases.rules` are computed from."""
    return rules.Counts(
        contacted_in_time=happened["contacted"] - happened["contacted_late"],
        contacted_late=happened["contacted_late"],
        waiting_late=open_now.waiting_late,
        rated=happened["rated"],
        resolved=happened["resolved"],
        content=happened["content"],
        overdue=open_now.unjudged(months),
        unresolved=happened["unresolved"],
    )


OF_RATES = ("contacted", "contacted_late", "rated", "resolved", "content", "unresolved")


@dataclass(frozen=True)
class Assessed:
    """The rates as they are, and without what was taken out; the exclusions behind the difference."""

    whole: rules.Rates
    without: rules.Rates
    exclusions: tuple[Exclusion, ...] = ()


def assessed(asked: Asked) -> Assessed:
    """The three rates of the range, with and without approved exclusions."""
    (happened,) = sums(asked, of=OF_RATES)
    whole = to_counts(happened, standing(asked)[()], len(asked.months))
    taken = excluded(asked)
    if not taken:
        return Assessed(rules.rates(whole), rules.rates(whole))
    out = _sum([_share(asked, month, group) for month, group in _by_month(taken).items()])
    less = {name: max(0, getattr(whole, name) - out.get(name, 0)) for name in whole.__dataclass_fields__}
    return Assessed(rules.rates(whole), rules.rates(rules.Counts(**less)), tuple(taken))


def of_place(level: str, ids: frozenset[int], period: rules.Period, now: datetime) -> rules.Counts | None:
    """What the public page of a place shows; None for places below a grid and before the first count."""
    first, last = rollup.month_of(rollup.today(period.since)), rollup.month_of(rollup.today(period.until - SHORTLY))
    if level == "building" or not Census.objects.filter(month=last).exists():
        return None
    among = (f"{level}_id", ids)
    asked = Asked((among,), first, last, among)
    (happened,) = sums(asked, of=OF_RATES)
    return to_counts(happened, standing(asked)[()], len(asked.months))


def excluded(asked: Asked, *states: str) -> list[Exclusion]:
    """Exclusions of the months at the place; approved ones unless other states are named."""
    levels = replace(asked, only={}, reach=tuple(among for among in asked.reach if among[0] in LEVELS))
    if asked.names() & {"organisation_id", "account_id"} and not levels.reach:
        matters = Q(**{f"matter__{column}__in": ids for column, ids in asked.reach})
    else:
        matters = levels.q()
    rows = Exclusion.objects.filter(matters, month__gte=asked.first, month__lte=asked.last)
    rows = rows.filter(state__in=states or ("approved",)).select_related("matter", "matter__category")
    return list(rows.order_by("-month", "-pk"))


def _by_month(taken: Iterable[Exclusion]) -> dict[date, list[int]]:
    found: dict[date, list[int]] = {}
    for one in taken:
        found.setdefault(one.month, []).append(one.matter_id)
    return found


def _share(asked: Asked, month: date, matters: Sequence[int]) -> dict[str, int]:
    """What these matters add to the counts of the range: in their month, and to what is open at the end of the range."""
    scope = derive.Scope(roots=tuple(matters))
    parameters = {**scope.parameters(), "first": month, "last": rollup.following(month)}
    where = "root_id = ANY(%(roots)s) AND day >= %(first)s AND day < %(last)s"
    happened = [row for row in rollup.fetch(derive.daily(scope, where), parameters) if asked.holds(row)]
    total = {name: sum(row[name] for row in happened) for name in OF_RATES}
    still = Standing()
    if month == asked.last and (census := Census.objects.filter(month=month).first()):
        stock = rollup.fetch(derive.stock(derive.THESE), derive.stock_parameters(census.until, matters))
        rows = [row for row in stock if asked.holds(row)]
        still = Standing(
            waiting_late=sum(row["waiting_late"] for row in rows),
            overdue=tuple(sum(row["overdue"][index] for row in rows) for index in range(RATED_AGO)),
        )
    return dict(to_counts(total, still, len(asked.months)).__dict__)


def _sum(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for name, count in part.items():
            total[name] = total.get(name, 0) + count
    return total


# --- The list behind a number -------------------------------------------------------------------------------------


MOST_BEHIND = 500


def behind(asked: Asked, what: str, step: str = "") -> list[int]:
    """Ids of the matters that a measure counts, newest event first, at most `MOST_BEHIND` and one more."""
    scope = derive.days(asked.first, rollup.following(asked.last) - timedelta(days=1))
    where, values = asked.sql()
    if step:
        where, values = f"{where} AND step = %(step)s", values | {"step": step}
    sql = (
        f"{derive.rows(scope)} SELECT root_id, max(at) FROM timed WHERE {what} > 0 AND at >= %(since)s "
        f"AND at < %(until)s AND {where} GROUP BY root_id ORDER BY 2 DESC LIMIT {MOST_BEHIND + 1}"
    )
    return [row["root_id"] for row in rollup.fetch(sql, {**scope.parameters(), **values})]


def behind_stock(asked: Asked, what: str, age: int | None = None, step: str = "") -> list[int]:
    """Ids of the matters that were open (late, …) at the end of the range, oldest first."""
    census = Census.objects.filter(month=asked.last).first()
    if census is None:
        return []
    where, values = asked.sql()
    if age is not None:
        where, values = f"{where} AND age = %(age)s", values | {"age": age}
    if step:
        where, values = f"{where} AND step = %(step)s", values | {"step": step}
    which = derive.OPEN_NOW if census.until < derive.midnight(rollup.following(asked.last)) else "true"
    sql = (
        f"{derive.open_at(which)} SELECT record_id FROM standing WHERE {what} > 0 AND {where} "
        f"ORDER BY began LIMIT {MOST_BEHIND + 1}"
    )
    return [row["record_id"] for row in rollup.fetch(sql, {**derive.stock_parameters(census.until), **values})]
