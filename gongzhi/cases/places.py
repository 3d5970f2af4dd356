"""Where it may be, for whoever takes a report: places below one's duties by two characters or first letters."""

from dataclasses import dataclass

from gongzhi.cases.models import Matter
from gongzhi.cases.workflow import STAFF
from gongzhi.kernel.actor import Actor
from gongzhi.territory.find import Candidate, find
from gongzhi.territory.models import Kind, Place
from gongzhi.territory.tree import trail_text

MOST = 6


@dataclass(frozen=True)
class Offer:
    """A place that may be meant. `is_sure`: no other fits as well."""

    id: int
    name: str
    why: str
    is_sure: bool = False


def within(pk: int, actor: Actor) -> Place | None:
    """The living place of this id, when the actor's duty is over it."""
    place = Place.objects.living().filter(pk=pk).first()
    if place is None:
        return None
    there = Matter()
    there.put(place)
    return place if STAFF.allows(there, actor) else None


def tops(actor: Actor) -> list[Place]:
    """The places of one's duties."""
    return list(Place.objects.filter(pk__in=[grant.place_id for grant in actor.grants if grant.place_id]))


def offers(actor: Actor, where: str, most: int = 10) -> list[Offer]:
    """Places under the actor's duties that may be meant; without words, the grids there."""
    if len(where.strip()) >= 2:
        found = [hit for top in tops(actor) for hit in find(where, within=top, limit=8)]
        return _ranked(found, most)
    rows: list[Place] = []
    for top in tops(actor):
        kinds = [Kind.COMMUNITY, Kind.GRID, Kind.GROUP] if top.kind not in (Kind.DISTRICT, Kind.CITY) else [Kind.STREET]
        rows += Place.objects.living().below(top).filter(kind__in=kinds).order_by("path")[:30]
    return [Offer(row.pk, row.name, "") for row in {row.pk: row for row in rows}.values()]


def _ranked(found: list[Candidate], most: int) -> list[Offer]:
    hits = list({hit.place_id: hit for hit in sorted(found, key=lambda hit: -hit.score)}.values())[:most]
    is_sure = len(hits) == 1 or (len(hits) > 1 and hits[0].score > hits[1].score)
    return [
        Offer(hit.place_id, trail_text(hit.trail[-3:]), "，".join(hit.reasons), is_sure and at == 0)
        for at, hit in enumerate(hits)
    ]
