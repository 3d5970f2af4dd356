"""The clocks of matters: limits frozen at acceptance, and the same due times computed again from what happened.

`Matter.policy` holds every limit that was in force for the matter at acceptance: `{"at": day, "limits": {key: [amount,
unit] or [amount, unit, limit id, since]}}`. Later steps of that matter go by these numbers, whatever is edited.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from gongzhi.cases.models import Matter
from gongzhi.kernel.clock import SHANGHAI, Clock, Deadline, Span
from gongzhi.kernel.procedure import procedure_of

BEFORE_ACCEPTANCE = ("accept",)
"""Over when the policy is frozen."""
LEVELS_UP = {"community": "street", "street": "district", "district": "district"}
"""The level above; nothing is above the district."""


def deadline(matter: Matter, key: str, clock: Clock, start: datetime) -> Deadline:
    """Due time by the limit `key` from `start`: the frozen one, before acceptance the one in force."""
    frozen = matter.policy.get("limits", {}).get(key)
    if frozen is None:
        return procedure_of(matter).limit(clock, matter, key, start)
    amount, unit, *source = frozen
    span = Span(int(amount), str(unit))
    rule: dict[str, object] = {
        "key": key, "amount": span.amount, "unit": span.unit, "from": start.isoformat(),
        "limit": source[0] if source else None, "since": source[1] if source else None,
    }  # fmt: skip
    return Deadline(clock.add(start, span), rule)


def span(matter: Matter, key: str, clock: Clock, start: datetime) -> Span:
    """How much time the limit `key` gives this matter."""
    rule = deadline(matter, key, clock, start).rule
    return Span(int(str(rule["amount"])), str(rule["unit"]))


def policy(matter: Matter, clock: Clock, accepted: datetime) -> dict[str, Any]:
    """Every limit in force for the matter on the day of acceptance, with the rule it comes from."""
    _urgency, category, places = matter.limit_scope()
    day, limits = accepted.astimezone(SHANGHAI).date(), procedure_of(matter).limits
    found: dict[str, list[object]] = {}
    for key, default in limits.items():
        if key not in BEFORE_ACCEPTANCE:
            given, row = clock.limit(key, default, category, places, day)
            source: list[object] = [row.pk, row.from_date.isoformat()] if row else []
            found[key] = [given.amount, given.unit, *source]
    return {"at": day.isoformat(), "limits": found}


def cap_of(matter: Matter) -> datetime | None:
    """The deadline of the whole matter, on a part of it."""
    cap = matter.total_rule.get("cap")
    return datetime.fromisoformat(str(cap)) if cap else None


def capped(matter: Matter, due: datetime | None) -> datetime | None:
    """`due`, or the whole one's deadline when that is earlier."""
    cap = cap_of(matter)
    return min(due, cap) if due is not None and cap is not None else due


# --- Computed again -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """A due time that is stored otherwise than it is computed: the number, which clock, both times."""

    matter: Matter
    what: str
    stored: datetime | None
    computed: datetime | None


@dataclass(frozen=True)
class Happening:
    """One step that moves a clock."""

    verb: str
    at: datetime
    days: int = 0


@dataclass(frozen=True)
class Expected:
    """What the clocks of one matter should say."""

    total: datetime | None
    due: datetime | None


SQL = (
    "SELECT event.record_id, event.verb, event.at, body.data FROM kernel_event event "
    "LEFT JOIN kernel_event_body body ON body.event_id = event.id "
    "WHERE event.root_id = ANY(%s) AND event.at >= %s AND event.kind = %s AND event.record_id = event.root_id "
    "AND event.verb = ANY(%s) ORDER BY event.at, event.id"
)
MOVING = ["suspend", "grant_pause", "resume", "transfer", "ask_extension", "grant_extension"]


def happenings(matters: Iterable[Matter]) -> dict[int, list[Happening]]:
    """What moved the clocks of these matters, oldest first; one statement."""
    every = list(matters)
    found: dict[int, list[Happening]] = {matter.pk: [] for matter in every}
    if not every:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(SQL, [list(found), min(matter.created_at for matter in every), Matter.kind(), MOVING])
        for pk, verb, at, body in cursor.fetchall():
            data = json.loads(body) if body else {}
            found[pk].append(Happening(verb, at, int(data.get("days") or 0)))
    return found


def expected(matter: Matter, what: Iterable[Happening], clock: Clock) -> Expected:
    """Total and step due times from the frozen amounts, what happened since acceptance, and the calendar as it is."""
    total = _total(matter, what, clock)
    if matter.state in ("handling", "divided"):
        return Expected(total, total)
    if matter.state in ("judging", "closed", "merged", "declined") or not matter.due_rule:
        return Expected(total, matter.due_at)
    if matter.state == "suspended":
        return Expected(total, matter.review_at)
    return Expected(total, _added(matter.due_rule, clock))


def _added(rule: dict[str, Any], clock: Clock) -> datetime:
    return clock.add(datetime.fromisoformat(str(rule["from"])), Span(int(rule["amount"]), str(rule["unit"])))


def _total(matter: Matter, what: Iterable[Happening], clock: Clock) -> datetime | None:
    rule = matter.total_rule
    if matter.total_due_at is None or not rule.get("from"):
        return matter.total_due_at
    due, paused, asked, cap = _added(rule, clock), None, 0, cap_of(matter)
    due = min(due, cap) if cap else due
    for step in what:
        if step.at < datetime.fromisoformat(str(rule["from"])):
            continue
        if step.verb == "ask_extension":
            asked = step.days
        elif step.verb == "grant_extension":
            due = clock.add(due, Span(asked, "workdays"))
        elif step.verb in ("suspend", "grant_pause"):
            paused = step.at
        elif paused is not None:
            due, paused = clock.shift(due, paused, step.at, str(rule["unit"])), None
        due = min(due, cap) if cap else due
    return due


def differences(clock: Clock, batch: int = 500, most: int | None = None) -> Iterator[Difference]:
    """Every clock of an open matter that is stored otherwise than it is computed; of the `most` newest when given."""
    rows = Matter.objects.open().order_by("-pk")[:most]
    waiting: list[Matter] = []
    for matter in rows.iterator(chunk_size=batch):
        waiting.append(matter)
        if len(waiting) == batch:
            yield from of_some(waiting, clock)
            waiting = []
    yield from of_some(waiting, clock)


def of_some(matters: list[Matter], clock: Clock) -> Iterator[Difference]:
    """The same for these matters; one statement."""
    told = happenings(matters)
    for matter in matters:
        found = expected(matter, told[matter.pk], clock)
        if found.total != matter.total_due_at:
            yield Difference(matter, _("办理期限"), matter.total_due_at, found.total)
        if found.due != matter.due_at:
            yield Difference(matter, _("本环节期限"), matter.due_at, found.due)
