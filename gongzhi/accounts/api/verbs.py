"""Every declared verb as an operation: `POST /<records>/<key>/<verb>`, made at the start from the declarations.

A new verb, state or procedure appears by itself. Loading, permission, form and write are those of the page: the read
rule of the procedure, and `kernel.perform.perform`. The idempotency key is a receipt: a twin gets the earlier answer.
"""

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Any

from django import forms
from django.db import transaction
from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.text import capfirst, format_lazy
from django.utils.translation import gettext as _
from ninja import Header, Path, Router
from pydantic import BaseModel

from gongzhi.accounts.api.caller import needs
from gongzhi.accounts.api.shapes import Body, body_of
from gongzhi.accounts.request import Request
from gongzhi.base.api import Key, Now, Number, QueryId, Trouble
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotPossible, NotValid
from gongzhi.kernel.models import Event, Receipt, Record
from gongzhi.kernel.perform import ReceiptKey, perform, take
from gongzhi.kernel.procedure import Procedure, Transition, all_procedures, available, permitted, possible, procedure_of
from gongzhi.kernel.who import any_q

BASE = "/api/v1"
KEY = "Idempotency-Key"


@dataclass(frozen=True)
class Step:
    """What a verb that touches two families does itself: the record, the cleaned form, who, on which picture."""

    record: Any
    cleaned: dict[str, Any]
    actor: Actor
    seq: int | None
    now: datetime


Doing = Mapping[tuple[str, str], Callable[[Step], None]]
"""(record name, verb) of hidden verbs that have an own action, and that action."""


class Taken(BaseModel):
    """A step that was taken; the twin of a request gets the same."""

    record: str
    key: str
    verb: str
    state: str
    state_label: str
    seq: int
    href: str


class Offered(BaseModel):
    """A verb that may be done now, and where."""

    verb: str
    label: str
    href: str
    asks: bool
    is_main: bool


@dataclass(frozen=True)
class Practice:
    """The records of one app in the interface. `areas` names the scope of each record where it is not the default.

    `growing` are verbs whose forms make their fields in `prepare`; it must need no database for that.
    """

    app: str
    default: str
    areas: Mapping[str, str] = field(default_factory=dict)
    doing: Doing = field(default_factory=dict)
    growing: frozenset[str] = frozenset()

    def fields(self, model: type[Record], transition: Transition) -> Mapping[str, forms.Field]:
        """What the form of a verb asks."""
        is_growing = transition.verb in self.growing
        return transition.form(record=model()).fields if is_growing else transition.form.base_fields

    def scope(self, model: type[Record], way: str) -> str:
        """The scope for reading or writing records of the model."""
        return f"{self.areas.get(str(model._meta.model_name), self.default)}:{way}"

    def procedures(self, model: type[Record]) -> list[Procedure]:
        """Those by which records of the model move."""
        return [procedure for procedure in all_procedures() if procedure.model is model]

    def models(self) -> list[type[Record]]:
        """The models with a procedure, in order of declaration."""
        found = (one.model for one in all_procedures() if one.model._meta.app_label == self.app)
        return list(dict.fromkeys(found))

    def action(self, record: Record, verb: str) -> Callable[[Step], None] | None:
        """The own action of a verb, None when `perform` does it."""
        return self.doing.get((str(type(record)._meta.model_name), verb))

    def is_operation(self, model: type[Record], transition: Transition) -> bool:
        """Whether a transition is an operation: started records only, hidden ones only with an own action."""
        own = (str(model._meta.model_name), transition.verb) in self.doing
        return bool(transition.sources) and (own or not transition.hidden)

    def transitions(self, model: type[Record]) -> dict[str, list[Transition]]:
        """Every verb of the model with its declarations, one for each procedure that has it."""
        found: dict[str, list[Transition]] = {}
        for procedure in self.procedures(model):
            for transition in procedure.transitions:
                if self.is_operation(model, transition):
                    found.setdefault(transition.verb, []).append(transition)
        return found

    def offered(self, record: Record, actor: Actor) -> list[Offered]:
        """The verbs this actor may do on this record now: exactly those the operations accept."""
        now, declared = timezone.now(), procedure_of(record)
        found = available(record, actor, now)
        own = [t for t in declared.transitions if t.hidden and self.is_operation(type(record), t)]
        found += [t for t in own if possible(t, record, now) and permitted(t, record, actor)]
        base = address(record)
        return [
            Offered(
                verb=t.verb,
                label=str(t.label),
                href=f"{base}/{t.verb}",
                asks=bool(self.fields(type(record), t)),
                is_main=t.is_main,
            )
            for t in found
        ]


def collection(model: type[Record]) -> str:
    """matters, reports, tasks: the name of the records in addresses."""
    return f"{model._meta.model_name}s"


def has_number(model: type[Record]) -> bool:
    """Whether records are named by number; otherwise by id."""
    return any(one.name == "number" for one in model._meta.concrete_fields)


def key_of(record: Record) -> str:
    """The number, or the id where there is none."""
    return str(getattr(record, "number", record.pk))


def address(record: Record) -> str:
    """Where the record's verbs are."""
    return f"{BASE}/{collection(type(record))}/{key_of(record)}"


def load(model: type[Record], key: str | int, actor: Actor) -> Any:
    """The record by the read rule of its procedure; a stranger gets Http404."""
    rules = {procedure.name: procedure.read for procedure in all_procedures() if procedure.model is model}
    seen = any_q([Q(procedure=name) & rule.q(actor) for name, rule in rules.items()])
    lookup = {"number": key} if has_number(model) else {"pk": key}
    found = model._default_manager.filter(seen, **lookup).first()
    if found is None:
        raise Http404
    return found


def now_of(record: Record) -> Now:
    """How a record is."""
    state = procedure_of(record).state(record.state)
    return Now(state=record.state, state_label=str(state.label), seq=record.seq)


# --- Doing --------------------------------------------------------------------------------------------------------


def receipt_of(request: Request, key: uuid.UUID | None, body: Any) -> ReceiptKey | None:
    """What names this request; None without a key."""
    if key is None:
        return None
    content = json.dumps([request.path, body], sort_keys=True, ensure_ascii=False, default=str)
    return ReceiptKey(f"a:{request.me.pk}", key, content)


def earlier(receipt: ReceiptKey | None, model: type[Record]) -> tuple[Any, Receipt] | None:
    """The record and the receipt of the twin that came before; a key used for something else is a Trouble 409."""
    row = Receipt.objects.filter(holder=receipt.holder, key=receipt.key).first() if receipt else None
    if receipt is None or row is None:
        return None
    record = model._default_manager.filter(pk=row.record_id).first() if row.kind == model.kind() else None
    if record is None or bytes(row.fingerprint) != receipt.fingerprint():
        raise Trouble(409, _("这个 Idempotency-Key 已经用于另一个请求，请换一个新的。"))
    return record, row


def answer_of_twin(record: Any, verb: str, row: Receipt) -> Taken:
    """What the first request was told: the state in which its own transaction left the record."""
    events = Event.objects.filter(kind=record.kind(), record_id=record.pk, at=row.at).order_by("-seq")
    last = events.values_list("after", "seq").first()
    state, seq = last or (record.state, row.seq or record.seq)
    return _taken(record, verb, state, seq)


def do(practice: Practice, request: Request, model: type[Record], key: str | int, verb: str, body: Body,
       idempotency_key: uuid.UUID | None) -> Taken:  # fmt: skip
    """Take one step. Raises Http404, kernel errors and Trouble 409 with the state as it is now."""
    receipt = receipt_of(request, idempotency_key, body.model_dump(exclude_none=True))
    if found := earlier(receipt, model):
        return answer_of_twin(found[0], verb, found[1])
    record = load(model, key, request.actor)
    try:
        return _done(practice, request.actor, record, verb, body, receipt)
    except NotPossible as error:
        fresh = model._default_manager.get(pk=record.pk)
        raise Trouble(409, str(error), now=now_of(fresh)) from error


def _done(practice: Practice, actor: Actor, record: Any, verb: str, body: Body, receipt: ReceiptKey | None) -> Taken:
    declared = procedure_of(record)
    if verb not in declared.verbs() or not practice.is_operation(type(record), declared.transition(verb)):
        state = declared.state(record.state).label
        raise NotPossible(
            _("这件事走的是“%(name)s”，没有这一步。现在是“%(state)s”。") % {"name": declared.label, "state": state}
        )
    action = practice.action(record, verb)
    if action is not None:
        step = Step(record, body.given(), actor, body.seq, timezone.now())
        return _by_action(action, declared.transition(verb), step, receipt)
    done = perform(record, verb, actor=actor, data=body.given(), seq=body.seq, receipt=receipt)
    if done.is_replay and receipt is not None:
        # The twin was faster by the width of a lock.
        return answer_of_twin(record, verb, Receipt.objects.get(holder=receipt.holder, key=receipt.key))
    return _taken(done.record, verb, done.record.state, done.seq)


def _by_action(action: Callable[[Step], None], transition: Transition, step: Step, receipt: ReceiptKey | None) -> Taken:
    form = transition.form(step.cleaned, record=step.record, actor=step.actor)
    if not form.is_valid():
        raise NotValid({name: [str(error) for error in errors] for name, errors in form.errors.items()})
    with transaction.atomic():
        seq = step.record.seq + 1
        twin = take(receipt, step.record.kind(), step.record.pk, seq, step.now) if receipt else None
        if twin is None:
            action(replace(step, cleaned=form.cleaned_data))
        fresh = type(step.record)._default_manager.get(pk=step.record.pk)
    return _taken(fresh, transition.verb, fresh.state, fresh.seq)


def _taken(record: Any, verb: str, state: str, seq: int) -> Taken:
    label = str(procedure_of(record).state(state).label)
    name = str(type(record)._meta.model_name)
    return Taken(
        record=name, key=key_of(record), verb=verb, state=state, state_label=label, seq=seq, href=address(record)
    )


# --- Operations ---------------------------------------------------------------------------------------------------


def add_operations(router: Router, practice: Practice) -> None:
    """One operation for each verb of each record of the practice."""
    for model, verb, transitions in _each(practice):
        body = body_of(_name(model, verb, "Body"), [practice.fields(model, one) for one in transitions])
        router.add_api_operation(
            f"/{collection(model)}/{{{'number' if has_number(model) else 'id'}}}/{verb}", ["POST"], _view(practice, model, verb, body),
            auth=needs(practice.scope(model, "write")), response=Taken, operation_id=f"{model._meta.model_name}_{verb}",
            summary=transitions[0].label, tags=[practice.procedures(model)[0].label],  # type: ignore[arg-type, list-item]
            description=_words(practice.procedures(model), transitions),
        )  # fmt: skip


def _each(practice: Practice) -> Iterator[tuple[type[Record], str, list[Transition]]]:
    for model in practice.models():
        for verb, transitions in practice.transitions(model).items():
            yield model, verb, transitions


def _name(model: type[Record], verb: str, what: str) -> str:
    return "".join(capfirst(part) for part in (str(model._meta.model_name), *verb.split("_"), what))


def _view(practice: Practice, model: type[Record], verb: str, body_type: type[Body]) -> Callable[..., Taken]:
    kind, name = (Number, "number") if has_number(model) else (QueryId, "id")

    def act(
        request: Request, key: Annotated[kind, Path(alias=name)], body: body_type,  # type: ignore[valid-type]
        idempotency_key: Annotated[Key | None, Header(alias=KEY)] = None,
    ) -> Taken:  # fmt: skip
        return do(practice, request, model, key, verb, body, idempotency_key)

    act.__name__ = f"{model._meta.model_name}_{verb}"
    return act


def _words(procedures: list[Procedure], transitions: list[Transition]) -> Any:
    """By whom, and from which states."""
    first = transitions[0]
    found = next(procedure for procedure in procedures if first in procedure.transitions)
    states = [found.state(value).label for value in first.sources]
    return format_lazy("{} ← {}", first.who.words, format_lazy("、".join("{}" for _one in states), *states))
