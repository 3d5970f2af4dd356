"""What `gongzhi verify` proves of the figures: every day and month derived anew is what stands in the rollups.

Days whose events have just grown and were not counted again yet are left out. Published months keep their digest.
"""

import hashlib
from collections.abc import Iterator
from datetime import date

from gongzhi.kernel import verify
from gongzhi.kernel.chain import canonical
from gongzhi.statistics import derive, rollup
from gongzhi.statistics.measures import CUTS
from gongzhi.statistics.models import Census, Published

WORDS = {
    "statistics_daily": "the figures of {} are not what its events say",
    "statistics_monthly": "the sums of the month of {} are not those of its days",
    "statistics_stock": "what was open at the end of {} is not what the events say",
}


def register() -> None:
    """Let `verify` run these checks."""
    verify.register("figures", faults)


def digest(figures: dict[str, object]) -> str:
    """Of figures as they were published."""
    return hashlib.sha256(canonical(figures).encode()).hexdigest()


def faults() -> Iterator[str]:
    """One sentence for each day or month that differs, the first one first."""
    if not Census.objects.exists():
        return  # nothing was counted yet
    yield from _different("statistics_daily", _days())
    yield from _different("statistics_monthly", _months())
    yield from _different("statistics_stock", _stocks())
    for row in Published.objects.iterator():
        if digest(row.figures) != row.digest:
            yield f"the published figures of place {row.place_id} for {row.month:%Y-%m} were changed"


def _different(table: str, found: Iterator[date]) -> Iterator[str]:
    for day in found:
        yield WORDS[table].format(day.isoformat() if table == "statistics_daily" else f"{day:%Y-%m}")


def _both(column: str, kept: str, derived: str, with_: str = "") -> str:
    """The values of `column` for which two selects differ in any row."""
    return (
        (
            f"{with_} SELECT DISTINCT {column} FROM ((TABLE kept EXCEPT ALL TABLE derived) UNION ALL "
            f"(TABLE derived EXCEPT ALL TABLE kept)) differing ORDER BY {column}"
        )
        .replace("TABLE kept", f"SELECT * FROM ({kept}) kept")
        .replace("TABLE derived", f"SELECT * FROM ({derived}) derived")
    )


def _days() -> Iterator[date]:
    settled = "day NOT IN (SELECT day FROM statistics_pending)"
    kept = f"SELECT {', '.join(derive.COLUMNS)} FROM statistics_daily WHERE {settled}"
    scope = derive.Scope()
    for row in rollup.fetch(_both("day", kept, derive.daily(scope, settled)), scope.parameters()):
        yield row["day"]


def _months() -> Iterator[date]:
    names = ", ".join(("month", "cut", *derive.COLUMNS[1:]))
    span = rollup.span()
    for month in rollup.months(*span) if span else ():
        kept = f"SELECT {names} FROM statistics_monthly WHERE month = %(month)s"
        derived = " UNION ALL ".join(derive.monthly(cut, own) for cut, own in CUTS.items())
        if rollup.fetch(_both("month", kept, derived), {"month": month}):
            yield month


def _stocks() -> Iterator[date]:
    grown = min(rollup.pending(), default=date.max)
    names = ", ".join(derive.STOCK_COLUMNS)
    for census in Census.objects.order_by("month"):
        if grown < date.max and census.until > derive.midnight(grown):
            return
        kept = f"SELECT {names} FROM statistics_stock WHERE month = %(month)s"
        parameters = {**derive.stock_parameters(census.until), "month": census.month}
        if rollup.fetch(_both("step", kept, f"SELECT {names} FROM ({derive.stock()}) counted"), parameters):
            yield census.month
