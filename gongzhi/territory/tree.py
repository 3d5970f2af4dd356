"""The tree down to grids and estates, kept in the memory of each process, and the questions asked of it.

Buildings and households are too many to keep; they are read when asked for, many at once. Every answer costs one
statement (is my tree still the current one?), lists with buildings two more.
"""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from gongzhi.territory.models import Kind, Place, PlaceLink, TreeStamp

KEPT = (Kind.CITY, Kind.DISTRICT, Kind.STREET, Kind.COMMUNITY, Kind.GRID, Kind.GROUP, Kind.ESTATE)
FIELDS = (
    "id", "parent_id", "kind", "name", "code", "path", "district_id", "street_id", "community_id", "grid_id",
    "full_name", "aliases", "pinyin", "initials", "valid_from", "valid_to",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Node:
    """A place as the tree keeps it; the same names as `Place`."""

    id: int
    parent_id: int | None
    kind: str
    name: str
    code: str
    path: str
    district_id: int | None
    street_id: int | None
    community_id: int | None
    grid_id: int | None
    full_name: str
    aliases: list[str]
    pinyin: str
    initials: str
    valid_from: datetime.date
    valid_to: datetime.date | None

    def is_living(self, at: datetime.date | None = None) -> bool:
        """Whether the place is in force on the day `at` (today when not given)."""
        day = at or timezone.localdate()
        return self.valid_from <= day and (self.valid_to is None or self.valid_to > day)


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of a trail."""

    id: int
    kind: str
    name: str

    def __str__(self) -> str:
        return self.name


Trail = tuple[Crumb, ...]


class Tree:
    """One state of the tree; never changed, only replaced."""

    def __init__(self, nodes: Iterable[Node], links: Iterable[tuple[int, int]]) -> None:
        self.nodes = {node.id: node for node in nodes}
        self._before: dict[int, list[int]] = {}
        for successor, predecessor in links:
            self._before.setdefault(successor, []).append(predecessor)

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    def get(self, place_id: int) -> Node | None:
        """The node, or None for buildings, households and strangers."""
        return self.nodes.get(place_id)

    def below(self, path: str) -> list[Node]:
        """Nodes at and below a path."""
        return [node for node in self if node.path.startswith(path)]

    def predecessors(self, place_ids: Iterable[int]) -> frozenset[int]:
        """The ids themselves and all places they took over from, however far back."""
        found: set[int] = set()
        waiting = list(place_ids)
        while waiting:
            place_id = waiting.pop()
            if place_id not in found:
                found.add(place_id)
                waiting.extend(self._before.get(place_id, ()))
        return frozenset(found)


_kept: list[tuple[UUID, Tree]] = []


def tree() -> Tree:
    """The current tree; one statement when this process already has it."""
    stamp = TreeStamp.objects.values_list("stamp", flat=True).first()
    if stamp is None:
        return _read()
    for known, kept in _kept:
        if known == stamp:
            return kept
    # The stamp was read before the tree: a change in between makes the next reader look again, never miss it.
    fresh = _read()
    _kept[:] = [(stamp, fresh)]
    return fresh


def _read() -> Tree:
    rows = Place.objects.filter(kind__in=KEPT).order_by("path").values_list(*FIELDS)
    return Tree((Node(*row) for row in rows), PlaceLink.objects.values_list("successor_id", "predecessor_id"))


def lock_tree(*, is_changed: bool) -> None:
    """Wait for others who change the tree; with `is_changed` give it a new stamp. Needs a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO territory_treestamp (id, stamp) VALUES (1, gen_random_uuid()) ON CONFLICT (id) DO NOTHING"
        )
        if is_changed:
            cursor.execute("UPDATE territory_treestamp SET stamp = gen_random_uuid() WHERE id = 1")
        else:
            cursor.execute("SELECT 1 FROM territory_treestamp WHERE id = 1 FOR SHARE")


def trail(place: Place | Node) -> Trail:
    """自流井区 › 五星街街道 › 磨子井社区 › 第三网格: from the district down to the place; the city only for itself."""
    return trails([place.id])[place.id]


def trail_text(crumbs: Trail) -> str:
    """The trail as one line."""
    return " › ".join(crumb.name for crumb in crumbs)


def trails(place_ids: Iterable[int]) -> dict[int, Trail]:
    """The trails of many places, unknown ids left out; at most three statements however many there are."""
    wanted = set(place_ids)
    now = tree()
    paths = {place_id: node.path for place_id in wanted if (node := now.get(place_id))}
    names = _names(now, wanted - paths.keys(), paths)
    return {place_id: _crumbs(now, paths[place_id], names) for place_id in wanted & paths.keys()}


def _names(now: Tree, missing: set[int], paths: dict[int, str]) -> dict[int, Crumb]:
    """Crumbs of places the tree does not keep; adds their paths to `paths`."""
    names: dict[int, Crumb] = {}
    while missing:
        above: set[int] = set()
        for place_id, kind, name, path, estate_id in Place.objects.filter(pk__in=missing).values_list(
            "id", "kind", "name", "path", "estate_id"
        ):
            names[place_id] = Crumb(place_id, kind, _with_estate(now, name, estate_id))
            paths.setdefault(place_id, path)
            above.update(int(part) for part in path.split("/") if part)
        missing = {place_id for place_id in above if place_id not in names and place_id not in now.nodes}
    return names


def _with_estate(now: Tree, name: str, estate_id: int | None) -> str:
    estate = now.get(estate_id) if estate_id else None
    return name if estate is None or name.startswith(estate.name) else f"{estate.name}{name}"


def _crumbs(now: Tree, path: str, names: dict[int, Crumb]) -> Trail:
    found = []
    for part in path.strip("/").split("/"):
        node = now.get(int(part))
        found.append(Crumb(node.id, node.kind, node.name) if node else names[int(part)])
    return tuple(found[1:]) if len(found) > 1 and found[0].kind == Kind.CITY else tuple(found)


def covered_ids(place: Place | Node, now: Tree | None = None) -> tuple[str, frozenset[int]]:
    """What a duty at the place reaches: a level of `kernel.actor.LEVELS` and the ids compared at that level.

    Predecessors are included (merge and split). A city gives its districts; an estate, a building, a household and a
    group inside a grid give the ids of places themselves, compared with a record's `place_id` (level `building`).
    Who asks for many places hands over the tree, so that it is looked up once.
    """
    now = now or tree()
    if place.kind == Kind.CITY:
        districts = [node.id for node in now.below(place.path) if node.kind == Kind.DISTRICT]
        return "district", now.predecessors(districts)
    if place.kind in (Kind.DISTRICT, Kind.STREET, Kind.COMMUNITY):
        return str(place.kind), now.predecessors([place.id])
    if place.grid_id == place.id:
        return "grid", now.predecessors([place.id])
    return "building", _below_all(now.predecessors([place.id]))


def _below_all(place_ids: frozenset[int]) -> frozenset[int]:
    """The places, the buildings of estates among them, and everything below."""
    tops = Q(pk__in=place_ids) | Q(estate__in=place_ids)
    found = set(place_ids)
    paths = list(Place.objects.filter(tops).values_list("path", flat=True))
    below = Q(pk__in=[])
    for path in paths:
        below |= Q(path__startswith=path)
    found.update(Place.objects.filter(below).values_list("id", flat=True))
    return frozenset(found)
