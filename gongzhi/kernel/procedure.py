"""A procedure is declared once, on one screen; pages, work list, history, deadlines, documents and tests read it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

from gongzhi.kernel.actor import Actor
from gongzhi.kernel.clock import Clock, Deadline, Span
from gongzhi.kernel.forms import ActionForm
from gongzhi.kernel.models import Phase, Record
from gongzhi.kernel.who import Ground, Who, Words

if TYPE_CHECKING:
    from gongzhi.kernel.perform import Work

Effect = Callable[["Work", Any, dict[str, Any]], None]
Due = Callable[[Any, Clock, datetime], Deadline | None]


@dataclass(frozen=True)
class Obligation:
    """Who owes what on a record. `name` is unique on the record; `on_due` is a SYSTEM verb done when time is up.

    `reminds`: notices at half and at 80 % of the time.
    """

    name: str
    post: str = ""
    organisation_id: int | None = None
    account_id: int | None = None
    started_at: datetime | None = None
    due_at: datetime | None = None
    on_due: str = ""
    reminds: bool = True


@dataclass(frozen=True)
class State:
    """A state: what it means to every procedure, who is responsible, how long, what the public sees."""

    value: str
    label: Words
    phase: Phase
    responsible: Words = ""
    due: Due | None = None
    public: Words = ""


@dataclass(frozen=True)
class Transition:
    """A verb: from where to where, who may, what the form asks, what it does.

    `target` None keeps the state; with `choose` the target is one of `targets`, picked from record and cleaned form.
    `keeps` are the form fields that go into the event's body. `told` is the sentence the public timeline shows.
    `not_by` names a record field holding the account that must be another one (second pair of eyes).
    `when` is a further condition, `when_words` says it. `sources` empty: a start verb.
    """

    verb: str
    label: Words
    sources: tuple[str, ...]
    target: str | None
    who: Who
    form: type[ActionForm] = ActionForm
    effect: Effect | None = None
    keeps: tuple[str, ...] = ()
    told: Words = ""
    targets: tuple[str, ...] = ()
    choose: Callable[[Any, dict[str, Any]], str] | None = None
    not_by: str = ""
    not_by_words: Words = ""
    when: Callable[[Any, datetime], bool] | None = None
    when_words: Words = ""
    hidden: bool = False
    is_main: bool = False

    def ends(self) -> tuple[str, ...]:
        """Every state this may lead to (empty: it stays)."""
        if self.targets:
            return self.targets
        return (self.target,) if self.target else ()


@dataclass(frozen=True)
class Procedure:
    """One declared procedure of one model."""

    name: str
    label: Words
    model: type[Record]
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    obligations: Callable[[Any], Iterable[Obligation]]
    read: Who
    version: int = 1
    limits: Mapping[str, Span] = field(default_factory=dict)
    limit_labels: Mapping[str, Words] = field(default_factory=dict)
    retired: Mapping[str, Words] = field(default_factory=dict)
    steps: tuple[Words, ...] = ()

    def state(self, value: str) -> State:
        """The declared state of this value."""
        for state in self.states:
            if state.value == value:
                return state
        raise KeyError(f"{self.name} has no state {value!r}")

    def transition(self, verb: str) -> Transition:
        """The declared transition of this verb."""
        for transition in self.transitions:
            if transition.verb == verb:
                return transition
        raise KeyError(f"{self.name} has no verb {verb!r}")

    def verbs(self) -> Iterator[str]:
        """All verbs in declared order."""
        return (transition.verb for transition in self.transitions)

    def limit(self, clock: Clock, record: Record, key: str, start: datetime) -> Deadline:
        """The deadline by limit `key` for this record, from `start`."""
        _urgency, category, places = record.limit_scope()
        return clock.deadline(key, self.limits[key], start, category, places)


_procedures: dict[str, Procedure] = {}


def register(procedure: Procedure) -> Procedure:
    """Make a declaration known. Two of one name, or one with problems, stop the start."""
    if faults := list(problems(procedure)):
        raise ImproperlyConfigured(f"{procedure.name}: {'; '.join(faults)}")
    known = _procedures.get(procedure.name)
    if known is not None and known.model is not procedure.model:
        raise ImproperlyConfigured(f"two procedures are named {procedure.name}")
    _procedures[procedure.name] = procedure
    return procedure


def procedure_of(record: Record) -> Procedure:
    """The declaration a record moves by; chosen at its start and never changed."""
    return _procedures[record.procedure]


def get(name: str) -> Procedure:
    """The declaration of this name."""
    return _procedures[name]


def all_procedures() -> tuple[Procedure, ...]:
    """Every declaration, in order of registration."""
    return tuple(_procedures.values())


def problems(procedure: Procedure) -> Iterator[str]:
    """What is wrong with a declaration, in words; a Django system check and the start-up read this."""
    values = [state.value for state in procedure.states]
    if len(set(values)) != len(values):
        yield "a state is declared twice"
    verbs = list(procedure.verbs())
    if len(set(verbs)) != len(verbs):
        yield "a verb is declared twice"
    for transition in procedure.transitions:
        for value in (*transition.sources, *transition.ends()):
            if value not in values:
                yield f"{transition.verb} names the unknown state {value}"
        if not transition.label:
            yield f"{transition.verb} has no label"
        if transition.choose and not transition.targets:
            yield f"{transition.verb} chooses between no targets"
    for state in procedure.states:
        if not state.label:
            yield f"{state.value} has no label"
        if state.phase == Phase.CLOSED and state.due is not None:
            yield f"{state.value} is final and has a deadline"
    for value in sorted(set(values) - reachable(procedure) - set(procedure.retired)):
        yield f"{value} cannot be reached"


def reachable(procedure: Procedure) -> set[str]:
    """States that some chain of verbs leads to."""
    found: set[str] = set()
    front = {value for t in procedure.transitions if not t.sources for value in t.ends()}
    while front:
        found |= front
        front = {value for t in procedure.transitions if found & set(t.sources) for value in t.ends()} - found
    return found


def permitted(transition: Transition, record: Record, actor: Actor) -> Ground | None:
    """Whether this actor may do this verb on this record, whatever its state."""
    if transition.not_by and not actor.is_system:
        other = getattr(record, transition.not_by)
        if other is not None and other == actor.account_id:
            return None
    return transition.who.allows(record, actor)


def possible(transition: Transition, record: Record, now: datetime) -> bool:
    """Whether the record's state and facts let this verb be done at this time."""
    return record.state in transition.sources and (transition.when is None or transition.when(record, now))


def available(record: Record, actor: Actor, now: datetime) -> list[Transition]:
    """The verbs this actor is offered on this record, in declared order: exactly those `perform` would accept."""
    return [
        transition
        for transition in procedure_of(record).transitions
        if not transition.hidden and possible(transition, record, now) and permitted(transition, record, actor)
    ]
