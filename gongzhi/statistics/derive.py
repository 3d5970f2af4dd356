"""From events to what is counted, in SQL alone: the rollups, the proof and the list behind a number read the same text.

Three kinds of rows come out: what an event means in itself (handler: who has it from then on), a step that was left
(handler: who had it before), and a judgement taken back because its reporter judged again in the same month.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from gongzhi.cases.rules import CONTENT
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.models import Phase
from gongzhi.statistics.measures import (
    AGES,
    BOUNDS,
    BUCKETS,
    DIMENSIONS,
    KINDS,
    MATTER,
    MEASURES,
    ORDER,
    RATED_AGO,
    REPORT,
    STOCKS,
    WHOLE,
    states,
    untimed,
)

FACTS = """
    x.d AS district_id, x.s AS street_id, x.c AS community_id, x.g AS grid_id, x.k AS category_id,
    coalesce(x.w, '') AS channel, x.o AS organisation_id, x.a AS account_id, coalesce(x.p, '') AS procedure,
    coalesce(x.t, '') AS triage_class, x.b AS began, x.x AS due, x.y AS total_due, coalesce(x.f, 0) AS contact,
    coalesce(x.h, 0) AS done, coalesce(x.r, 0) AS again, x.v AS verdict, x.n AS face, coalesce(x.z, 0) AS secret
"""
RECORD = """
    CROSS JOIN LATERAL jsonb_to_record(coalesce(e.facts, '{}')::jsonb) AS x(d bigint, s bigint, c bigint, g bigint,
        k bigint, w text, o bigint, a bigint, p text, t text, b bigint, x bigint, y bigint, f int, h int, r int, v int,
        n int, z int)
"""
DAY = "({} AT TIME ZONE 'Asia/Shanghai')::date"


THESE = (
    "(e.kind, e.record_id) IN (SELECT t.kind, t.record_id FROM kernel_event t WHERE t.root_id = ANY(%(roots)s) "
    "AND t.kind = ANY(%(kinds)s))"
)
"""The condition on `e`: whole histories of what ever belonged to these matters."""
NOW_OPEN = "IN (SELECT id FROM cases_matter WHERE closed_at IS NULL)"
OPEN_NOW = (
    f"(e.kind = '{MATTER}' AND e.record_id {NOW_OPEN} OR e.kind = '{REPORT}' AND e.record_id IN "
    f"(SELECT id FROM cases_report WHERE matter_id {NOW_OPEN}))"
)
"""What is open now; only for the present, as a matter that was open earlier may be closed by now."""


@dataclass(frozen=True)
class Scope:
    """Which histories are read: those touched between two instants, those of some matters, or all."""

    since: datetime | None = None
    until: datetime | None = None
    roots: tuple[int, ...] | None = None

    def sql(self) -> str:
        """The condition on `e`."""
        if self.roots is not None:
            return THESE
        if self.since is None:
            return "true"
        return (
            "(e.kind, e.record_id) IN (SELECT t.kind, t.record_id FROM kernel_event t WHERE t.at >= %(since)s "
            "AND t.at < %(until)s AND t.kind = ANY(%(kinds)s))"
        )

    def parameters(self) -> dict[str, Any]:
        """The values of the statement."""
        return {
            "since": self.since, "until": self.until, "roots": list(self.roots or ()), "kinds": list(KINDS),
            "closed": states(Phase.CLOSED), "untimed": untimed(), "bounds": [float(bound) for bound in BOUNDS],
        }  # fmt: skip


def midnight(day: date) -> datetime:
    """When a day begins in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def days(first: date, last: date, roots: Sequence[int] | None = None) -> Scope:
    """The histories touched from one day to another, both included; those of these matters alone when given."""
    if roots is not None:
        return Scope(roots=tuple(roots))
    return Scope(midnight(first), midnight(last + timedelta(days=1)))


def _worked(at: str) -> str:
    """Office seconds before the instant `at`, by `Workday`: a look-up for each row, whatever the planner guesses."""
    second = f"extract(epoch FROM ({at} AT TIME ZONE 'Asia/Shanghai')::time)"
    return (
        f"(SELECT w.before + (SELECT coalesce(sum(greatest(0, least({second}, o.closes) - o.opens)), 0) "
        f"FROM unnest(w.opens, w.closes) AS o(opens, closes)) FROM statistics_workday w WHERE w.day = {DAY.format(at)})"
    )


HANDLER = ("organisation_id", "account_id")


def _row(
    counted: dict[str, str], step: str = "''", before: bool = False, at: str = "at", spent: str = "NULL::timestamptz"
) -> str:
    """The columns of one row: day, root, dimensions, measures, and from when a duration counts."""
    names = [f"p_{name} AS {name}" if before and name in HANDLER else name for name in DIMENSIONS]
    counts = [f"{counted.get(name, '0')} AS {name}" for name in MEASURES]
    return ", ".join(
        [f"{DAY.format(at)} AS day", "root_id", "at", *names, f"{step} AS step", *counts, f"{spent} AS spent"]
    )


def _flag(condition: str) -> str:
    return f"(CASE WHEN {condition} THEN 1 ELSE 0 END)"


OF_MATTER = f"kind = '{MATTER}'"
MOVED = "before <> after"
FIRST_CONTACT = "contact > 0 AND coalesce(p_contact, 0) = 0"
FINISHED = "done > 0 AND coalesce(p_done, 0) = 0"
REOPENED = "again > coalesce(p_again, 0)"
HANDED = (
    "(organisation_id IS NOT NULL OR account_id IS NOT NULL) AND "
    "(organisation_id, account_id) IS DISTINCT FROM (p_organisation_id, p_account_id)"
)
LEFT = f"{OF_MATTER} AND {MOVED} AND before <> '' AND after <> 'merged' AND NOT before = ANY(%(closed)s)"
IN_ITSELF = {
    "received": _flag("seq = 1"), "contacted": _flag(FIRST_CONTACT), "dispatched": _flag(HANDED),
    "contacted_late": _flag(f"{FIRST_CONTACT} AND contact = 2"), "finished": _flag(FINISHED),
    "finished_late": _flag(f"{FINISHED} AND done = 2"),
    "closed": _flag(f"{MOVED} AND after = ANY(%(closed)s) AND after NOT IN ('merged', 'declined')"),
    "declined": _flag(f"{MOVED} AND after = 'declined'"), "merged": _flag(f"{MOVED} AND after = 'merged'"),
    "escalated": _flag("verb = 'escalate'"), "extended": _flag("verb = 'grant_extension'"),
    "suspended": _flag(f"{MOVED} AND after = 'suspended'"), "objected": _flag(f"{MOVED} AND after = 'objected'"),
}  # fmt: skip
OF_REPORT = {
    "reporters": _flag("seq = 1"), "answered": _flag(f"{MOVED} AND after = 'answered'"),
    "rated": _flag("verb = 'rate' AND after = 'rated'"),
    "resolved": _flag("verb = 'rate' AND after = 'rated' AND verdict = 1"),
    "content": _flag(f"verb = 'rate' AND after = 'rated' AND face >= {CONTENT}"),
    "unresolved": _flag("verb = 'rate' AND after = 'open'"),
}  # fmt: skip
TAKEN_BACK = {
    "rated": "-1", "resolved": f"-{_flag('verdict = 1')}", "content": f"-{_flag(f'face >= {CONTENT}')}"
}  # fmt: skip
OF_STEP = {
    "passed": _flag(LEFT), "reopened": _flag(REOPENED), "returned": _flag("verb = 'return'"),
    "reopened_closed": _flag(f"{REOPENED} AND before = ANY(%(closed)s)"),
    "passed_late": _flag(f"{LEFT} AND NOT before = ANY(%(untimed)s) AND extract(epoch FROM at) * 1000000 > p_due"),
}  # fmt: skip
OF_ALL = {"passed": "1", "passed_late": _flag("done = 2")}
MONTH = "date_trunc('month', {} AT TIME ZONE 'Asia/Shanghai')"


def rows(scope: Scope) -> str:
    """A statement (WITH … SELECT) whose rows are what the histories of the scope mean; nothing confidential."""
    return f"""
    WITH history AS (
        SELECT e.at, e.kind, e.record_id, e.root_id, e.seq, e.verb, e.before, e.after, {FACTS}
        FROM kernel_event e {RECORD} WHERE e.kind = ANY(%(kinds)s) AND {scope.sql()}
    ), linked AS (
        SELECT history.*, lag(due) OVER w AS p_due, lag(contact) OVER w AS p_contact, lag(done) OVER w AS p_done,
            lag(again) OVER w AS p_again, lag(organisation_id) OVER w AS p_organisation_id,
            lag(account_id) OVER w AS p_account_id, to_timestamp(began / 1000000.0) AS first_at,
            max(at) FILTER (WHERE {MOVED}) OVER (PARTITION BY kind, record_id ORDER BY seq
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS entered
        FROM history WINDOW w AS (PARTITION BY kind, record_id ORDER BY seq)
    ), judged AS (
        SELECT history.*, lead(at) OVER (PARTITION BY record_id ORDER BY seq) AS next_at
        FROM history WHERE kind = '{REPORT}' AND verb = 'rate' AND after = 'rated'
    ), meant AS (
        SELECT {_row(IN_ITSELF)}, secret FROM linked WHERE {OF_MATTER}
        UNION ALL SELECT {_row(OF_REPORT)}, secret FROM linked WHERE kind = '{REPORT}'
        UNION ALL SELECT {_row({"ordered": "1"})}, secret FROM linked WHERE kind = '{ORDER}' AND seq = 1
        UNION ALL SELECT {_row(TAKEN_BACK, at="next_at")}, secret FROM judged
            WHERE {MONTH.format("next_at")} = {MONTH.format("at")}
        UNION ALL SELECT {_row(OF_STEP, "before", before=True, spent="entered")}, secret FROM linked
            WHERE {LEFT} OR {OF_MATTER} AND ({REOPENED} OR verb = 'return')
        UNION ALL SELECT {_row(OF_ALL, f"'{WHOLE}'", spent="first_at")}, secret FROM linked
            WHERE {OF_MATTER} AND {FINISHED}
    ), timed AS MATERIALIZED (
        SELECT meant.*,
            width_bucket(greatest(0, extract(epoch FROM at - spent)) / 60.0, %(bounds)s::float8[]) AS hour_bucket,
            CASE WHEN spent IS NOT NULL THEN width_bucket(greatest(0, {_worked("at")} - {_worked("spent")}) / 60.0,
                %(bounds)s::float8[]) END AS work_bucket
        FROM meant WHERE secret = 0
    )
    """


def _histogram(column: str) -> str:
    counts = (f"count(*) FILTER (WHERE {column} = {bucket} AND passed = 1)::int" for bucket in range(BUCKETS))
    return f"ARRAY[{', '.join(counts)}]"


NAMED = ("day", *DIMENSIONS, "step")
COLUMNS = (*NAMED, *MEASURES, "hours", "work")
"""Of `statistics_daily`, in the order in which `daily` gives them."""


def daily(scope: Scope, where: str = "true") -> str:
    """The rows of `statistics_daily` that the scope means; `where` narrows the days."""
    sums = [f"sum({name})::int AS {name}" for name in MEASURES]
    named = ", ".join(NAMED)
    some = " OR ".join(f"{name} <> 0" for name in MEASURES)
    return (
        f"{rows(scope)} SELECT {named}, {', '.join(sums)}, {_histogram('hour_bucket')} AS hours, "
        f"{_histogram('work_bucket')} AS work FROM timed WHERE ({some}) AND {where} GROUP BY {named}"
    )


def monthly(cut: str, kept: Sequence[str]) -> str:
    """The rows of one cut of `statistics_monthly` for the month of %(month)s, from `statistics_daily`."""
    own = {*("district_id", "street_id", "community_id"), *kept, "step"}
    texts = ("channel", "procedure", "triage_class")
    blank = {name: "''" if name in texts else "NULL::bigint" for name in (*DIMENSIONS, "step")}
    named = ", ".join(name if name in own else f"{blank[name]} AS {name}" for name in (*DIMENSIONS, "step"))
    sums = ", ".join(f"sum({name})::int AS {name}" for name in MEASURES)
    arrays = ", ".join(
        f"ARRAY[{', '.join(f'sum({name}[{index}])::int' for index in range(1, BUCKETS + 1))}] AS {name}"
        for name in ("hours", "work")
    )
    return (
        f"SELECT %(month)s::date AS month, '{cut}' AS cut, {named}, {sums}, {arrays} FROM statistics_daily "
        f"WHERE day >= %(month)s::date AND day < %(month)s::date + interval '1 month' GROUP BY {', '.join(sorted(own))}"
    )


# --- What is open at an instant -----------------------------------------------------------------------------------


STOCK_COLUMNS = (*DIMENSIONS, "step", *STOCKS, "ages", "overdue")


def open_at(which: str) -> str:
    """WITH … : `standing`, one row for each matter that was open at %(until)s; `which` narrows `e` (root ids)."""
    until = "extract(epoch FROM %(until)s::timestamptz) * 1000000"
    owed = ", ".join(
        f"count(*) FILTER (WHERE is_owed AND ago = {ago}) OVER whole AS n{ago}" for ago in range(RATED_AGO)
    )
    return f"""
    WITH read AS (
        SELECT e.kind, e.record_id, e.root_id, e.after, e.facts, e.seq, max(e.seq) OVER own AS top,
            max(e.at) FILTER (WHERE e.verb = 'rate') OVER own AS rated_at,
            max(e.at) FILTER (WHERE e.verb = 'answer') OVER own AS answered_at
        FROM kernel_event e WHERE e.kind IN ('{MATTER}', '{REPORT}') AND e.at < %(until)s AND {which}
        WINDOW own AS (PARTITION BY e.kind, e.record_id)
    ), last AS (
        SELECT e.kind, e.record_id, e.root_id, e.after, {FACTS},
            e.kind = '{REPORT}' AND e.after NOT IN ('withdrawn', 'guided') AS is_owed,
            least({RATED_AGO - 1}, CASE WHEN rated_at >= coalesce(answered_at, rated_at) THEN {_months_since("rated_at")}
                ELSE {RATED_AGO - 1} END) AS ago
        FROM read e {RECORD} WHERE e.seq = e.top
    ), family AS (
        SELECT last.*, {owed} FROM last WINDOW whole AS (PARTITION BY root_id)
    ), standing AS MATERIALIZED (
        SELECT family.*, after AS step, 1 AS open,
            {_flag(f"NOT after = ANY(%(untimed)s) AND due < {until}")} AS late,
            {_flag(f"contact = 0 AND due < {until}")} AS waiting_late, {_flag("after = 'suspended'")} AS paused,
            total_due < {until} AND after <> 'suspended' AND done <> 1 AS is_overdue,
            width_bucket(extract(epoch FROM %(until)s - to_timestamp(began / 1000000.0)) / 86400.0,
                %(ages)s::float8[]) AS age
        FROM family WHERE kind = '{MATTER}' AND NOT after = ANY(%(closed)s) AND secret = 0
    )
    """


def _months_since(at: str) -> str:
    """Whole calendar months of Shanghai from an instant to the end that is asked about."""
    ends = "(%(until)s::timestamptz - interval '1 microsecond') AT TIME ZONE 'Asia/Shanghai'"
    local = f"{at} AT TIME ZONE 'Asia/Shanghai'"
    parts = f"(extract({{}} FROM {ends}) - extract({{}} FROM {local}))"
    return f"(12 * {parts.format('year', 'year')} + {parts.format('month', 'month')})::int"


def stock(which: str = "true") -> str:
    """The rows of `statistics_stock` at %(until)s."""
    named = ", ".join((*DIMENSIONS, "step"))
    ages = ", ".join(f"count(*) FILTER (WHERE age = {age})::int" for age in range(len(AGES) + 1))
    overdue = ", ".join(f"coalesce(sum(n{ago}) FILTER (WHERE is_overdue), 0)::int" for ago in range(RATED_AGO))
    sums = ", ".join(f"sum({name})::int AS {name}" for name in STOCKS)
    return (
        f"{open_at(which)} SELECT {named}, {sums}, ARRAY[{ages}] AS ages, ARRAY[{overdue}] AS overdue "
        f"FROM standing GROUP BY {named}"
    )


def stock_parameters(until: datetime, roots: Sequence[int] | None = None) -> dict[str, Any]:
    """The values of `stock`."""
    return {
        "until": until, "closed": states(Phase.CLOSED), "untimed": untimed(), "roots": list(roots or ()),
        "ages": [float(age) for age in AGES], "kinds": list(KINDS),
    }  # fmt: skip
