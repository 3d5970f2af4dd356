"""Choosing a place step by step: district, street, community, grid or estate, building; or by any two characters."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from gongzhi.base import kept
from gongzhi.territory.find import Candidate, find
from gongzhi.territory.models import Kind, Place, PlaceQuerySet
from gongzhi.territory.tree import Crumb, Trail, trail, trail_text, tree

MOST = 150
LARGEST = 2**63 - 1
OPEN_KINDS = tuple(kind for kind in Kind if kind != Kind.HOUSEHOLD)
"""A household is somebody's home; it is never listed."""
REPORTABLE = (Kind.COMMUNITY, Kind.GRID, Kind.GROUP, Kind.ESTATE, Kind.BUILDING)


@dataclass(frozen=True)
class Row:
    """One line to choose: `does` is `pick` for a place that can be named, `at` for one to look into."""

    does: str
    place_id: int
    name: str
    note: str = ""


@dataclass(frozen=True)
class Where:
    """The part of a form that names a place: either `chosen`, or the lines to choose from."""

    chosen: Place | None = None
    name: str = ""
    trail: Trail = ()
    at: Place | None = None
    crumbs: Trail = ()
    rows: tuple[Row, ...] = ()
    query: str = ""
    has_more: bool = False
    note: str = ""

    @property
    def up(self) -> int | None:
        """Where “choose another” begins: the place above."""
        return self.chosen.parent_id if self.chosen else None


def number(typed: str) -> int:
    """An id as typed; 0 for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0


def reportable(place_id: int) -> Place | None:
    """A living place of a community or below, that a concern can name; None for everything else."""
    if not 0 < place_id <= LARGEST:
        return None
    place = kept.find(Place, place_id)
    return place if place and place.kind in REPORTABLE and place.is_living() else None


def chosen(place: Place, note: str = "") -> Where:
    """A chosen place with its way from the district down."""
    way = trail(place)
    return Where(chosen=place, name=way[-1].name, trail=way[:-1], note=note)


def browse(place_id: int, kinds: tuple[str, ...] = OPEN_KINDS) -> Where:
    """The places below one; below the whole installation for 0. Levels with a single place are skipped."""
    at = Place.objects.living().filter(pk=place_id, kind__in=kinds).first() if 0 < place_id <= LARGEST else None
    rows = list(_below(at, kinds)[: MOST + 1])
    while len(rows) == 1 and rows[0].kind in (Kind.CITY, Kind.DISTRICT, Kind.STREET):
        at = rows[0]
        rows = list(_below(at, kinds)[: MOST + 1])
    lines = tuple(_row(row, kinds) for row in rows[:MOST])
    crumbs = trail(at) if at else ()
    return Where(at=at, crumbs=crumbs, rows=(*_here(at), *lines), has_more=len(rows) > MOST)


def search(query: str, near: int = 0, kinds: tuple[str, ...] = REPORTABLE) -> Where:
    """Places for any two characters, an address, pinyin or initials; those in the own community first."""
    within = Place.objects.filter(pk=near, kind=Kind.COMMUNITY).first() if 0 < near <= LARGEST else None
    hits = find(query, within=within, kinds=kinds, limit=12) if within else []
    hits += [
        hit for hit in find(query, kinds=kinds, limit=20) if hit.place_id not in {found.place_id for found in hits}
    ]
    return Where(rows=tuple(_candidate(hit) for hit in hits[:20]), query=query)


def communities(query: str) -> Where:
    """Communities and villages for any two characters."""
    return search(query, kinds=(Kind.COMMUNITY,))


def _below(at: Place | None, kinds: tuple[str, ...]) -> PlaceQuerySet:
    rows = Place.objects.living().filter(kind__in=kinds)
    if at is None:
        rows = rows.filter(parent=None)
    else:
        rows = rows.filter(estate=at) if at.kind == Kind.ESTATE else rows.filter(parent=at)
    return rows.order_by("position", "pk")


def _row(row: Place, kinds: tuple[str, ...]) -> Row:
    is_last = row.kind == Kind.BUILDING or row.kind == kinds[-1]
    return Row("pick" if is_last else "at", row.pk, row.name, row.address)


def _here(at: Place | None) -> tuple[Row, ...]:
    if at is None or at.kind not in REPORTABLE:
        return ()
    words = {
        Kind.COMMUNITY: _("就说在%(name)s"), Kind.ESTATE: _("就说在%(name)s里"), Kind.BUILDING: _("就是%(name)s"),
    }  # fmt: skip
    form = words.get(Kind(at.kind), _("就说在%(name)s"))
    return (Row("pick", at.pk, form % {"name": at.name}, _("说不清更细的位置时选这个")),)


def _candidate(hit: Candidate) -> Row:
    last = hit.trail[-1].name if hit.trail else hit.name
    return Row("pick", hit.place_id, last, trail_text(hit.trail[:-1]))


def path_of(place_id: int) -> Trail:
    """The way to a place the tree keeps, without a statement of its own; () for strangers."""
    node = tree().get(place_id)
    return trail(node) if node else ()


def last(way: Trail) -> Crumb | None:
    """Where a way ends."""
    return way[-1] if way else None
