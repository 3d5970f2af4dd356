"""The one write path: `begin` and `perform`. Everything or nothing, in one transaction, under the family's lock.

`Work` gathers steps in memory and stores them together, so that a single click, an import of thousands and the demo
go the same way. Nothing else writes a state.
"""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import connection, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.base import rows
from gongzhi.base.kept import fetch
from gongzhi.kernel import bridges, chain, worklist
from gongzhi.kernel.actor import SYSTEM, Actor
from gongzhi.kernel.clock import Clock
from gongzhi.kernel.clock import current as current_clock
from gongzhi.kernel.errors import NotPermitted, NotPossible, NotValid, Stale, Twin
from gongzhi.kernel.models import Event, EventBody, Notification, Phase, Receipt, Record, Todo
from gongzhi.kernel.numbering import next_ids
from gongzhi.kernel.procedure import (
    Procedure,
    Transition,
    get,
    permitted,
    possible,
    procedure_of,
)
from gongzhi.kernel.who import Ground

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class ReceiptKey:
    """Names one request of one holder (`a:12` an account, `d:…` a device); `content` tells twins from others."""

    holder: str
    key: uuid.UUID
    content: str

    def fingerprint(self) -> bytes:
        """sha256 of what was sent."""
        return hashlib.sha256(self.content.encode()).digest()


@dataclass(frozen=True)
class Done:
    """What was done, or had been done already by the twin of this request (`is_replay`)."""

    kind: str
    record_id: int
    seq: int
    is_replay: bool = False
    record: Any = None


@dataclass
class _Touched:
    record: Record
    procedure: Procedure
    before: dict[str, Any] | None
    owed: frozenset[str]


@dataclass
class Work:
    """Steps taken together by one actor at one time; `flush` stores them."""

    actor: Actor
    now: datetime
    happened_at: datetime | None = None
    origin_id: int | None = None
    clock: Clock = field(default_factory=current_clock)
    _touched: dict[tuple[str, int], _Touched] = field(default_factory=dict)
    _events: list[tuple[Event, bytes, str]] = field(default_factory=list)
    _notices: list[Notification] = field(default_factory=list)
    _rows: list[models.Model] = field(default_factory=list)
    _later: list[Callable[[], None]] | None = None

    # --- steps -----------------------------------------------------------------------------------------------------

    def begin(
        self, record: R, procedure: str, data: Any = None, *, cleaned: dict[str, Any] | None = None,
        verb: str = "", as_system: bool = False,
    ) -> R:  # fmt: skip
        """Start a record on a procedure; without a primary key it is given one."""
        declared = get(procedure)
        start = declared.transition(verb) if verb else next(t for t in declared.transitions if not t.sources)
        record.procedure, record.version, record.created_at = (
            declared.name,
            declared.version,
            self.now,
        )
        if record.pk is None:
            record.pk = next_ids(type(record))[0]
        self._touched[record.kind(), record.pk] = _Touched(record, declared, None, frozenset())
        self._in_turn(lambda: self._step(declared, start, record, data, cleaned, as_system))
        return record

    def perform(
        self, record: R, verb: str, data: Any = None, *, cleaned: dict[str, Any] | None = None,
        as_system: bool = False,
    ) -> R:  # fmt: skip
        """Take one step on a record that is locked or was begun here. `as_system`: a declared SYSTEM verb.

        Steps that an effect asks for are taken after the step they belong to, in the order in which they were asked.
        """
        record = self.adopt(record)
        self._in_turn(lambda: self._check_and_step(record, verb, data, cleaned, as_system))
        return record

    def _in_turn(self, step: Callable[[], None]) -> None:
        if self._later is not None:
            self._later.append(step)
            return
        self._later = [step]
        try:
            while self._later:
                self._later.pop(0)()
        finally:
            self._later = None

    def _check_and_step(
        self, record: Record, verb: str, data: Any, cleaned: dict[str, Any] | None, as_system: bool
    ) -> None:
        declared = procedure_of(record)
        transition = declared.transition(verb)
        if not possible(transition, record, self.now):
            raise NotPossible(_why_not(declared, transition, record))
        self._step(declared, transition, record, data, cleaned, as_system)

    def adopt(self, record: R) -> R:
        """The one instance of a record in this work; remembers how it looked before."""
        known = self._touched.get((record.kind(), record.pk))
        if known is not None:
            return known.record  # type: ignore[return-value]
        declared = procedure_of(record)
        owed = frozenset(owed.name for owed in declared.obligations(record))
        self._touched[record.kind(), record.pk] = _Touched(record, declared, _values(record), owed)
        return record

    def family(self, model: type[R], root: Record, **lookup: Any) -> list[R]:
        """Children of `root` of one model: those begun here and, unless the root is new, those stored."""
        mine = [t.record for t in self._touched.values() if isinstance(t.record, model)]
        mine = [record for record in mine if record.root_key() == root.pk and _matches(record, lookup)]
        here = self._touched.get((root.kind(), root.pk))
        if here is not None and here.before is None:
            return mine
        new = {record.pk for record in mine}
        stored = model._default_manager.filter(**{_root_field(model): root.pk}).order_by("pk")
        others = [self.adopt(record) for record in stored if record.pk not in new]
        for record in others:
            if record.root_key() == root.pk:
                setattr(record, _root_field(model).removesuffix("_id"), root)
        return mine + [record for record in others if record.root_key() == root.pk and _matches(record, lookup)]

    def _step(
        self, declared: Procedure, transition: Transition, record: Record, data: Any,
        cleaned: dict[str, Any] | None, as_system: bool,
    ) -> None:  # fmt: skip
        ground = permitted(transition, record, _system_for(self.actor) if as_system else self.actor)
        if ground is None:
            raise NotPermitted(_("您现在的岗位不能在这里“%(verb)s”。") % {"verb": transition.label})
        values = cleaned if cleaned is not None else self._clean(transition, record, data)
        before = record.state
        _enter(transition, record, values, self.now)
        if transition.effect is not None:
            transition.effect(self, record, values)
        if transition.ends():
            _set_due(declared, record, self.clock, self.now)
        self._log(declared, transition, record, before, ground, values)

    def _clean(self, transition: Transition, record: Record, data: Any) -> dict[str, Any]:
        form = transition.form(data if data is not None else {}, record=record, actor=self.actor)
        if not form.is_valid():
            raise NotValid({name: [str(error) for error in errors] for name, errors in form.errors.items()})
        return form.cleaned_data

    def _log(
        self, declared: Procedure, transition: Transition, record: Record, before: str, ground: Ground,
        values: Mapping[str, Any],
    ) -> None:  # fmt: skip
        kept = {name: _plain(values[name]) for name in transition.keeps if values.get(name) not in (None, "", [])}
        text = chain.canonical(kept) if kept else ""
        seasoning = chain.salt() if kept else b""
        is_system = ground.kind == "system"
        event = Event(
            at=self.now,
            happened_at=self.happened_at,
            kind=record.kind(),
            procedure=declared.name,
            version=record.version,
            record_id=record.pk,
            root_id=record.root_key(),
            seq=record.seq + 1,
            verb=transition.verb,
            before=before,
            after=record.state,
            actor_id=None if is_system else self.actor.account_id,
            duty_id=ground.duty_id,
            on_behalf_of=self.actor.account_id if is_system else (ground.on_behalf_of or self.actor.on_behalf_of),
            place_id=record.place_id,
            place_path=record.place_path(),
            origin_id=self.origin_id,
            facts=chain.canonical(facts) if (facts := record.facts()) else None,
            body_digest=chain.body_digest(seasoning, text) if kept else None,
            prev=bytes(record.head),
        )
        event.hash = chain.event_hash(event)
        record.seq, record.head = event.seq, event.hash
        self._events.append((event, seasoning, text))

    # --- what goes along ---------------------------------------------------------------------------------------------

    def notify(self, account_id: int | None, title: str, body: str = "", url: str = "") -> None:
        """An in-app notice, written with the step; nobody to tell is no error."""
        if account_id is not None:
            self._notices.append(Notification(account_id=account_id, title=title, body=body, url=url, at=self.now))

    def add(self, row: models.Model) -> None:
        """A further new row (not a record), stored with the step."""
        self._rows.append(row)

    # --- store -------------------------------------------------------------------------------------------------------

    def flush(self, batch: int = 1000) -> None:
        """Store everything gathered: records, events with bodies, the work list's difference, notices, bridge jobs."""
        self._store_changes()
        events, (wanted, gone) = [event for event, _seasoning, _text in self._events], self._owed()
        new = (touched.record for touched in self._touched.values() if touched.before is None)
        rows.insert([*new, *self._rows, *events, *wanted, *self._notices], batch, keys={Todo: worklist.KEY})
        rows.insert((EventBody(event_id=e.pk, salt=s, data=text) for e, s, text in self._events if text), batch)
        worklist.drop(gone)
        bridges.defer(events)
        self._touched, self._events, self._notices, self._rows = {}, [], [], []

    def _store_changes(self) -> None:
        for touched in self._touched.values():
            if (before := touched.before) is not None:
                after = _values(touched.record)
                if changed := [name for name, value in after.items() if value != before[name]]:
                    rows.update(touched.record, changed)

    def _owed(self) -> tuple[list[Todo], list[tuple[str, int, str]]]:
        wanted: list[Todo] = []
        gone: list[tuple[str, int, str]] = []
        for (kind, pk), touched in self._touched.items():
            owed = worklist.project(touched.procedure, touched.record, self.now)
            wanted += owed.values()
            gone += [(kind, pk, name) for name in touched.owed - owed.keys()]
        return wanted, gone


def begin(
    record: R, procedure: str, *, actor: Actor, data: Any = None, now: datetime | None = None,
    receipt: ReceiptKey | None = None, happened_at: datetime | None = None,
) -> Done:  # fmt: skip
    """Start a record: one transaction. A child's root is locked first. Errors: NotPermitted, NotValid, Twin."""
    with transaction.atomic():
        work = Work(actor, now or timezone.now(), happened_at)
        if record.pk is None:
            record.pk = next_ids(type(record))[0]
        if receipt and (twin := take(receipt, record.kind(), record.pk, 1, work.now)):
            return twin
        if record.root_key() != record.pk:
            work.adopt(lock_root(record))
        work.begin(record, procedure, data)
        work.flush()
    return Done(record.kind(), record.pk, record.seq, record=record)


def perform(
    record: R, verb: str, *, actor: Actor, data: Any = None, now: datetime | None = None, seq: int | None = None,
    receipt: ReceiptKey | None = None, happened_at: datetime | None = None,
) -> Done:  # fmt: skip
    """Take one step on a record: one transaction under the family's lock.

    Errors: NotPossible (Stale when `seq` is not the record's), NotPermitted, NotValid, Twin.
    """
    with transaction.atomic():
        work = Work(actor, now or timezone.now(), happened_at)
        if receipt and (twin := take(receipt, record.kind(), record.pk, record.seq + 1, work.now)):
            return twin
        locked = lock(record, work)
        if seq is not None and seq != locked.seq:
            raise Stale(
                "您打开之后，这件事已经有了新的进展。请看过最新情况再决定，您填写的内容还在。",
                locked,
            )
        work.perform(locked, verb, data)
        work.flush()
    return Done(locked.kind(), locked.pk, locked.seq, record=locked)


def lock(record: R, work: Work) -> R:
    """The record as it is now, its family's root locked until the transaction ends."""
    model = type(record)
    if record.root_key() == record.pk and _root_field(model) == "pk":
        fresh = fetch(model, record.pk, is_locked=True)
        fresh.recall(record)
        return work.adopt(fresh)
    root = lock_root(record)
    fresh = fetch(model, record.pk)
    if fresh.root_key() != root.pk:
        # The child was moved to another family between reading and locking: lock where it is now.
        return lock(fresh, work)
    setattr(fresh, _root_field(model).removesuffix("_id"), work.adopt(root))
    return work.adopt(fresh)


def lock_root(record: Record) -> Record:
    """The locked root of a child."""
    model: type[Record] = getattr(type(record), _root_field(type(record))[:-3]).field.related_model
    return fetch(model, record.root_key(), is_locked=True)


def lock_all(model: type[R], pks: Iterable[int], work: Work) -> dict[int, R]:
    """Several roots, locked in order of id so that two such actions never wait for each other in a ring."""
    rows = model._default_manager.select_for_update().filter(pk__in=sorted(set(pks))).order_by("pk")
    return {row.pk: work.adopt(row) for row in rows}


def take(receipt: ReceiptKey, kind: str, record_id: int, seq: int, now: datetime) -> Done | None:
    """Insert the receipt first: None when it is new, the earlier result for a twin, `Twin` for other content."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_receipt (holder, key, fingerprint, kind, record_id, seq, at) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (holder, key) DO NOTHING",
            [
                receipt.holder,
                receipt.key,
                receipt.fingerprint(),
                kind,
                record_id,
                seq,
                now,
            ],
        )
        if cursor.rowcount:
            return None
    earlier = Receipt.objects.get(holder=receipt.holder, key=receipt.key)
    if bytes(earlier.fingerprint) != receipt.fingerprint():
        raise Twin(_("同一张表单已经提交过，而且内容不一样。请刷新页面，看看刚才提交的结果。"))
    return Done(earlier.kind, int(earlier.record_id or 0), int(earlier.seq or 0), is_replay=True)


def _enter(transition: Transition, record: Record, values: dict[str, Any], now: datetime) -> None:
    target = transition.choose(record, values) if transition.choose else transition.target
    if target is None:
        return
    if transition.targets and target not in transition.targets:
        raise KeyError(f"{transition.verb} chose the undeclared state {target}")
    record.state, record.entered_at = target, now


def _set_due(declared: Procedure, record: Record, clock_now: Clock, now: datetime) -> None:
    state = declared.state(record.state)
    deadline = state.due(record, clock_now, now) if state.due else None
    record.due_at = deadline.at if deadline else None
    record.due_rule = deadline.rule if deadline else {}
    record.closed_at = now if state.phase == Phase.CLOSED else None


def _why_not(declared: Procedure, transition: Transition, record: Record) -> str:
    state = declared.state(record.state)
    if record.state in transition.sources and transition.when_words:
        return _("现在还不能“%(verb)s”：%(why)s") % {"verb": transition.label, "why": transition.when_words}
    words = _("这件事现在是“%(state)s”，不能“%(verb)s”。可能别人刚刚处理过，请看最新进展。")
    return words % {"state": state.label, "verb": transition.label}


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, (list, tuple, models.QuerySet)):
        return [_plain(item) for item in value]
    return value


def _system_for(actor: Actor) -> Actor:
    return Actor(name=SYSTEM.name, is_system=True, on_behalf_of=actor.account_id)


def _values(record: models.Model) -> dict[str, Any]:
    values = ((f.attname, getattr(record, f.attname)) for f in record._meta.concrete_fields if not f.primary_key)
    return {name: copy(value) if isinstance(value, (list, dict)) else value for name, value in values}


def _matches(record: Record, lookup: dict[str, Any]) -> bool:
    for name, value in lookup.items():
        field_name, _sep, operator = name.partition("__")
        actual = getattr(record, field_name)
        if not (actual in value if operator == "in" else actual == value):
            return False
    return True


def _root_field(model: type[Record]) -> str:
    return str(getattr(model, "ROOT", "pk"))
