"""The work list: rows of `Todo` are the projection of each procedure's pure `obligations(record)`."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from gongzhi.kernel.actor import Actor
from gongzhi.kernel.models import FAR, Record, Todo, located
from gongzhi.kernel.procedure import Obligation, Procedure
from gongzhi.kernel.who import any_q, circle_q, cover_q, persons_of

HALF, EIGHTY, FIRE = "half", "eighty", "fire"


def next_mark(owed: Obligation, since: datetime, after: datetime) -> tuple[datetime | None, str]:
    """The next instant at which something must happen, and what: `half`, `eighty` (notices) or `fire` (the verb).

    Reminders already in the past are skipped; a verb that is due is never skipped.
    """
    marks: list[tuple[datetime, str]] = []
    if owed.due_at is not None:
        whole: timedelta = owed.due_at - since
        if owed.reminds and whole > timedelta(0):
            marks = [(since + whole / 2, HALF), (since + whole * 4 / 5, EIGHTY)]
        marks = [mark for mark in marks if mark[0] > after]
        if owed.on_due:
            marks.append((owed.due_at, FIRE))
    return min(marks, default=(None, ""))


def project(procedure: Procedure, record: Record, now: datetime) -> dict[str, Todo]:
    """The work-list rows a record stands for, by obligation."""
    found = {}
    for owed in procedure.obligations(record):
        since = owed.started_at or record.entered_at
        next_at, mark = next_mark(owed, since, now)
        found[owed.name] = Todo(
            kind=record.kind(),
            record_id=record.pk,
            root_id=record.root_key(),
            obligation=owed.name,
            procedure=record.procedure,
            state=record.state,
            post=owed.post,
            organisation_id=owed.organisation_id,
            account_id=owed.account_id,
            started_at=since,
            due_at=owed.due_at or FAR,
            next_at=next_at,
            mark=mark,
            on_due=owed.on_due,
            place_path=record.place_path(),
            refusal="",
            **located(record),
        )
    return found


KEY = ("kind", "record_id", "obligation")


def drop(gone: Iterable[tuple[str, int, str]]) -> None:
    """Delete what is owed no longer."""
    for kind, record_id, obligation in gone:
        Todo.objects.filter(kind=kind, record_id=record_id, obligation=obligation).delete()


def rebuild(procedure: Procedure, now: datetime, batch: int = 1000) -> int:
    """Derive every row of one procedure anew; returns how many rows stand afterwards."""
    kind = procedure.model.kind()
    Todo.objects.filter(kind=kind, procedure=procedure.name).delete()
    total = 0
    found: list[Todo] = []
    records = procedure.model._default_manager.filter(procedure=procedure.name, closed_at__isnull=True)
    for record in records.iterator(chunk_size=batch):
        found += project(procedure, record, now).values()
        if len(found) >= batch:
            total += len(Todo.objects.bulk_create(found))
            found = []
    return total + len(Todo.objects.bulk_create(found))


def owed_q(actor: Actor) -> Q:
    """Rows addressed to this actor: to a post over the place, to the organisation, or to the person by name."""
    parts = [Q(post=g.post, account_id=None) & cover_q(g) for g in actor.grants if g.level]
    bodies = sorted({g.organisation_id for g in actor.grants if g.organisation_id})
    if bodies:
        parts.append(Q(organisation_id__in=bodies, account_id=None))
    if persons := sorted(persons_of(actor, actor.grants)):
        parts.append(Q(account_id__in=persons))
    return any_q(parts) & circle_q(actor)
