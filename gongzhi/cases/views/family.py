"""Everything below a matter in one statement: co-handling tasks, orders, visits; parts of it and what was merged."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from gongzhi.cases.models import Matter, Order, Part, Task, Visit
from gongzhi.kernel.procedure import get

MODELS: dict[str, type[Task] | type[Order] | type[Visit]] = {"task": Task, "order": Order, "visit": Visit}
WHO = "COALESCE(NULLIF(body.short_name, ''), body.name, person.name, '')"
JOINS = (
    "LEFT JOIN organisations_organisation body ON body.id = row.organisation_id "
    "LEFT JOIN accounts_account person ON person.id = row.account_id"
)
INVITED = (
    "(SELECT jsonb_object_agg(one.id, COALESCE(NULLIF(one.short_name, ''), one.name)) "
    "FROM organisations_organisation one WHERE one.id = ANY(row.organisation_ids))"
)
OTHER = (
    "jsonb_build_object('number', row.number, 'title', row.title, 'state', row.state, 'procedure', row.procedure, "
    "'due_at', row.due_at, 'closed_at', row.closed_at)"
)
PART = "SELECT '%s', row.id, to_jsonb(row) - 'head', {who}, %s FROM cases_%s row {joins} WHERE row.matter_id = %%(pk)s"
WHOLE = "SELECT '%s', row.id, {other}, {who}, NULL FROM cases_matter row {joins} WHERE %s"
SQL = "SELECT * FROM ({}) below ORDER BY 2".format(  # noqa: S608 - written here; only the key comes from outside
    " UNION ALL ".join((
        PART % ("task", "NULL::jsonb", "task"), PART % ("order", "NULL", "order"), PART % ("visit", INVITED, "visit"),
        WHOLE % ("child", "row.parent_id = %(pk)s"),
        WHOLE % ("merged", "row.merged_into_id = %(pk)s AND row.parent_id IS DISTINCT FROM %(pk)s"),
    )).format(who=WHO, joins=JOINS, other=OTHER)
)  # fmt: skip


@dataclass(frozen=True)
class Below:
    """A part of the matter, or a matter that was merged into it: what a line about it needs."""

    number: str
    title: str
    state: str
    who: str
    due_at: datetime | None
    is_open: bool


@dataclass
class Family:
    """What stands below one matter; `who` is set on each record."""

    parts: list[Task | Order | Visit] = field(default_factory=list)
    children: list[Below] = field(default_factory=list)
    merged: list[Below] = field(default_factory=list)

    def waited_for(self) -> list[Task]:
        """Co-handlers without whose reply the matter cannot be finished."""
        return [part for part in self.parts if isinstance(part, Task) and part.closed_at is None]


def has_any(matter: Matter) -> bool:
    """Whether anything can stand below it: not before the first dispatch while nobody supervises or was merged."""
    return matter.dispatched_at is not None or bool(
        matter.order_open or matter.report_count > 1 or matter.children_open or matter.state == "divided"
    )


def family(matter: Matter) -> Family:
    """Everything below the matter, oldest first; one statement, none when there can be nothing."""
    found = Family()
    if not has_any(matter):
        return found
    with connection.cursor() as cursor:
        cursor.execute(SQL, {"pk": matter.pk})
        for kind, _pk, row, who, names in cursor.fetchall():
            _put(found, matter, kind, _loaded(row), str(who), _loaded(names) or {})
    found.parts.sort(key=lambda part: (part.created_at, part.pk))
    return found


def _loaded(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _put(found: Family, matter: Matter, kind: str, row: dict[str, Any], who: str, names: dict[str, str]) -> None:
    if kind in MODELS:
        part = record_of(MODELS[kind], row)
        part.matter = matter
        part.who = who
        part.names = {int(pk): name for pk, name in names.items()}
        found.parts.append(part)
        return
    state = str(get(row["procedure"]).state(row["state"]).label)
    due = parse_datetime(row["due_at"]) if row["due_at"] else None
    line = Below(row["number"], row["title"], state, who, due, row["closed_at"] is None)
    (found.children if kind == "child" else found.merged).append(line)


def record_of(model: type[Part], row: dict[str, Any]) -> Any:
    """The record a row of JSON stands for; fit to be looked at, not to be stored."""
    known = {one.attname: one for one in model._meta.concrete_fields if one.attname in row}
    return model(**{name: known[name].to_python(value) for name, value in row.items() if name in known})


def waiting_words(tasks: Iterable[Task]) -> str:
    """Who has not replied yet, by name and until when."""
    return "、".join(
        _("%(who)s（%(state)s）") % {"who": name_of(task), "state": get("task").state(task.state).label}
        for task in tasks
    )


def name_of(part: Part) -> str:
    """The organisation or person it was given to."""
    return str(getattr(part, "who", "")) or _("没有名称的单位")


def visitors(visit: Visit, ids: Iterable[int]) -> str:
    """Names of participants."""
    names: dict[int, str] = getattr(visit, "names", {})
    return "、".join(names[pk] for pk in ids if pk in names)
