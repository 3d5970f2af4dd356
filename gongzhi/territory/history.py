"""Rows of the places' history, and the hooks by which layers above learn that a place moved or ended."""

import datetime
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from gongzhi.kernel.actor import Actor
from gongzhi.territory.models import LinkKind, Place, PlaceChange

ADMINISTRATOR = frozenset({"administrator"})


@dataclass(frozen=True)
class Moved:
    """A subtree hangs elsewhere now: every path below `old_path` begins with `new_path`.

    `levels` holds the level ids that changed, with their new values: they are the same for the whole subtree.
    """

    place_id: int
    old_path: str
    new_path: str
    levels: dict[str, int | None]
    actor: Actor


@dataclass(frozen=True)
class Ended:
    """A place is no longer in force from the day `at`; `successors` took over (none after a plain end)."""

    place_id: int
    successors: tuple[int, ...]
    kind: LinkKind | None
    at: datetime.date
    actor: Actor


PLACE_MOVED: list[Callable[[Moved], None]] = []
"""Called inside the transaction of the move. Layers above add theirs in their `AppConfig.ready`."""

PLACE_ENDED: list[Callable[[Ended], None]] = []
"""Called inside the transaction of the end, merge or split."""


def picture(place: Place) -> dict[str, Any]:
    """What the history keeps of a place; names of the parent and the estate as they are called that day."""
    return {
        "name": place.name,
        "full_name": place.full_name,
        "code": place.code,
        "kind": place.kind,
        "parent_id": place.parent_id,
        "parent": place.parent.name if place.parent else "",
        "path": place.path,
        "aliases": list(place.aliases),
        "address": place.address,
        "estate_id": place.estate_id,
        "estate": place.estate.name if place.estate else "",
        "lon": place.lon,
        "lat": place.lat,
        "households": place.households,
        "valid_from": place.valid_from.isoformat(),
        "valid_to": place.valid_to.isoformat() if place.valid_to else None,
    }


def change(
    place: Place, what: PlaceChange.What, before: dict[str, Any], after: dict[str, Any], actor: Actor, reason: str
) -> PlaceChange:
    """A row of history, not yet stored; only what differs is kept, an addition keeps all."""
    differs = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    grants = actor.holding(ADMINISTRATOR)
    return PlaceChange(
        place_id=place.pk,
        what=what,
        before={key: value for key, value in before.items() if key in differs},
        after={key: value for key, value in after.items() if key in differs},
        by_id=actor.account_id,
        duty_id=grants[0].duty_id if grants else None,
        by_name=actor.name[:60],
        reason=reason[:500],
    )


def tell_moved(news: Moved) -> None:
    """Call the hooks."""
    for hook in PLACE_MOVED:
        hook(news)


def tell_ended(news: Iterable[Ended]) -> None:
    """Call the hooks."""
    for item in news:
        for hook in PLACE_ENDED:
            hook(item)
