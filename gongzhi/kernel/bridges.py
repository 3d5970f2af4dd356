"""Bridges carry an event of one practice into another. They are declared in `portal` and run as jobs.

`perform` defers one job per bridge with the event's id in its own transaction; the job writes `BridgeRun` together
with what the bridge begins, so a bridge acts once per event whatever is retried. A refusal becomes a `Todo`.
"""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from gongzhi.kernel.errors import Refused
from gongzhi.kernel.models import BridgeRun, Event, Todo

Carry = Callable[[Event], Any]
_bridges: dict[str, tuple[str, str, Carry]] = {}


def register(name: str, kind: str, verb: str, carry: Carry) -> None:
    """Carry every event (kind, verb) over the bridge `name`; `carry(event)` begins what follows, as SYSTEM."""
    if name in _bridges:
        raise ValueError(f"two bridges are named {name}")
    _bridges[name] = (kind, verb, carry)


def defer(events: list[Event]) -> None:
    """Queue one job for every bridge an event has to cross."""
    for event in events:
        for name, (kind, verb, _carry) in _bridges.items():
            if (event.kind, event.verb) == (kind, verb):
                app.configure_task("kernel.cross_bridge", queue="bridges").defer(event_id=event.pk, bridge=name)


def cross(event_id: int, bridge: str) -> bool:
    """Carry one event over one bridge; False when that has been done before."""
    event = Event.objects.get(pk=event_id)
    try:
        with transaction.atomic():
            BridgeRun.objects.create(event_id=event_id, bridge=bridge, at=timezone.now())
            _bridges[bridge][2](event)
    except IntegrityError:
        if BridgeRun.objects.filter(event_id=event_id, bridge=bridge).exists():
            return False
        raise
    except Refused as refusal:
        _ask_a_person(event, bridge, str(refusal))
    return True


def _ask_a_person(event: Event, bridge: str, why: str) -> None:
    now = timezone.now()
    with transaction.atomic():
        BridgeRun.objects.create(event_id=event.pk, bridge=bridge, at=now)
        Todo.objects.create(
            kind=event.kind, record_id=event.record_id, root_id=event.root_id, obligation=f"bridge:{bridge}"[:40],
            procedure=event.procedure, state=event.after, post="administrator", started_at=now,
            place_id=event.place_id, place_path=event.place_path, refusal=why,
        )  # fmt: skip
