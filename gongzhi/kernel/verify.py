"""`gongzhi verify`: proves chains, gapless counting, anchors, the work list and that nothing points nowhere."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from gongzhi.kernel import anchors, worklist
from gongzhi.kernel.chain import SQL_HASH
from gongzhi.kernel.models import Todo
from gongzhi.kernel.procedure import Procedure, all_procedures

Check = Callable[[], Iterator[str]]
_checks: dict[str, Check] = {}


class Finding(NamedTuple):
    """What a check found wrong."""

    check: str
    what: str


def register(name: str, check: Check) -> None:
    """A practice or service adds its own proof (orphans, totals)."""
    _checks[name] = check


def run(now: datetime | None = None) -> Iterator[Finding]:
    """All proofs; yields nothing when everything holds."""
    for name, check in {**_own_checks(now or timezone.now()), **_checks}.items():
        for what in check():
            yield Finding(name, what)


def _own_checks(now: datetime) -> dict[str, Check]:
    return {
        "hash": _hashes,
        "chain": _chains,
        "body": _bodies,
        "head": _heads,
        "anchor": anchors.faults,
        "partition": _default_partition,
        "worklist": lambda: _worklist(now),
    }


def _rows(sql: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchmany(100))


def _hashes() -> Iterator[str]:
    for (pk,) in _rows(f"SELECT id FROM kernel_event WHERE hash <> {SQL_HASH}"):
        yield f"event {pk} was changed after it was written"


def _chains() -> Iterator[str]:
    sql = (
        "SELECT kind, record_id, seq FROM (SELECT kind, record_id, seq, prev, "
        "lag(hash) OVER chain AS hash_before, lag(seq) OVER chain AS seq_before FROM kernel_event "
        "WINDOW chain AS (PARTITION BY kind, record_id ORDER BY seq)) linked "
        "WHERE seq <> coalesce(seq_before, 0) + 1 OR prev <> coalesce(hash_before, ''::bytea)"
    )
    for kind, record_id, seq in _rows(sql):
        yield f"{kind} {record_id}: the chain is broken before event {seq}"


def _bodies() -> Iterator[str]:
    sql = (
        "SELECT event.id FROM kernel_event event JOIN kernel_event_body body ON body.event_id = event.id "
        "WHERE event.body_digest IS DISTINCT FROM sha256(body.salt || convert_to(body.data, 'UTF8'))"
    )
    for (pk,) in _rows(sql):
        yield f"the body of event {pk} was changed after it was written"


def _heads() -> Iterator[str]:
    for table, kind in sorted({(p.model._meta.db_table, p.model.kind()) for p in all_procedures()}):
        sql = (
            f"SELECT record.id FROM {table} record LEFT JOIN LATERAL (SELECT seq, hash FROM kernel_event event "
            f"WHERE event.kind = '{kind}' AND event.record_id = record.id ORDER BY seq DESC LIMIT 1) last ON true "
            "WHERE record.seq IS DISTINCT FROM last.seq OR record.head IS DISTINCT FROM last.hash"
        )
        for (pk,) in _rows(sql):
            yield f"{kind} {pk}: its last event is not the one it names"


def _default_partition() -> Iterator[str]:
    for (count,) in _rows("SELECT count(*) FROM kernel_event_default HAVING count(*) > 0"):
        yield f"{count} events lie outside the monthly partitions"


def partition_trouble() -> str:
    """For the health check: what lies in the default partition."""
    return "；".join(_default_partition())


def _worklist(now: datetime) -> Iterator[str]:
    for procedure in all_procedures():
        yield from _worklist_of(procedure, now)


def _worklist_of(procedure: Procedure, now: datetime, batch: int = 2000) -> Iterator[str]:
    stored = {
        (todo.record_id, todo.obligation): _facts(todo)
        for todo in Todo.objects.filter(procedure=procedure.name).exclude(obligation__startswith="bridge:").iterator()
    }
    records = procedure.model._default_manager.filter(procedure=procedure.name, closed_at__isnull=True)
    for record in records.iterator(chunk_size=batch):
        for name, todo in worklist.project(procedure, record, now).items():
            if stored.pop((record.pk, name), None) != _facts(todo):
                yield f"{todo.kind} {record.pk}: the work list is wrong about “{name}”"
    for record_id, name in stored:
        yield f"{procedure.model.kind()} {record_id}: the work list still shows “{name}”"


def _facts(todo: Todo) -> tuple[object, ...]:
    owed = (todo.state, todo.post, todo.organisation_id, todo.account_id, todo.due_at, todo.circle_id)
    return (*owed, todo.place_id, todo.grid_id, todo.community_id, todo.street_id, todo.district_id, todo.place_path)
