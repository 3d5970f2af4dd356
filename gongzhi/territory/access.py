"""Load-and-authorise for the administrator's pages: strangers get 404, whatever they ask."""

from django.db.models import Q
from django.http import Http404, HttpRequest

from gongzhi.kernel.actor import ANYONE, Actor
from gongzhi.territory.history import ADMINISTRATOR
from gongzhi.territory.models import Place, PlaceQuerySet
from gongzhi.territory.who import administered, administers

PAGE = 50
LARGEST = 2**63 - 1


def actor_of(request: HttpRequest) -> Actor:
    """Who asks; the public where no account middleware runs."""
    found = getattr(request, "actor", ANYONE)
    assert isinstance(found, Actor)
    return found


def administrator(request: HttpRequest) -> Actor:
    """The actor, who holds an administrator's duty somewhere. Raises Http404."""
    actor = actor_of(request)
    if not actor.holding(ADMINISTRATOR):
        raise Http404
    return actor


def place_of(request: HttpRequest, pk: int) -> Place:
    """The place, if an administrator's duty of the asker covers it. Raises Http404."""
    actor = administrator(request)
    place = known_place(pk)
    if not administers(actor, place):
        raise Http404
    return place


def known_place(pk: int) -> Place:
    """The place with this id. Raises Http404, also for numbers no id can have."""
    place = Place.objects.select_related("parent", "estate").filter(pk=pk).first() if pk <= LARGEST else None
    if place is None:
        raise Http404
    return place


def tops(actor: Actor) -> PlaceQuerySet:
    """The living places an administrator's duties begin at."""
    grants = actor.holding(ADMINISTRATOR)
    return Place.objects.living().filter(pk__in=[grant.place_id for grant in grants if grant.place_id])


def mine(actor: Actor) -> PlaceQuerySet:
    """All places the asker may change."""
    return Place.objects.filter(administered(actor))


def keyset(places: PlaceQuerySet, after: str, size: int = PAGE) -> tuple[list[Place], str]:
    """One page in the order of the office, and the cursor of the next one ("" at the end).

    A cursor that was tampered with begins anew.
    """
    position, dash, pk = after.rpartition("~")
    if dash and pk.isascii() and pk.isdigit() and int(pk) <= LARGEST and "\0" not in position:
        places = places.filter(Q(position__gt=position) | Q(position=position, pk__gt=int(pk)))
    rows = list(places.order_by("position", "pk")[: size + 1])
    last = rows[size - 1] if len(rows) > size else None
    return rows[:size], f"{last.position}~{last.pk}" if last else ""
