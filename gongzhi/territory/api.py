"""Places in the interface for programs: search, the tree, the place of a point. Open to everybody, never a household."""

from typing import Annotated

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import Query, Router
from pydantic import BaseModel, Field

from gongzhi.base.api import Line, Page, Paging, QueryId, Trouble
from gongzhi.territory.access import keyset
from gongzhi.territory.find import find
from gongzhi.territory.geo import place_at
from gongzhi.territory.models import Place
from gongzhi.territory.public import OPEN_KINDS, open_place
from gongzhi.territory.tree import Trail, trail, trail_text, trails

router = Router(tags=[gettext_noop("地点")])
Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]


class CrumbOut(BaseModel):
    """One step of the way to a place."""

    id: int
    kind: str
    name: str


class PlaceOut(BaseModel):
    """A place with the way to it."""

    id: int
    kind: str
    name: str
    text: str
    trail: list[CrumbOut]


class FoundOut(PlaceOut):
    """A place that may be meant, and why."""

    reasons: list[str]


class FoundList(BaseModel):
    """What was found, best first."""

    items: list[FoundOut]


@router.get(
    "/places", response=FoundList, operation_id="places_search", summary=gettext_noop("按名称、地址、拼音找地点")
)
def search(
    request: HttpRequest, q: Annotated[Line, Field(min_length=2)], within: Annotated[QueryId | None, Query()] = None
) -> FoundList:
    """The likeliest first, each with its reasons."""
    hits = find(q, within=open_place(within) if within else None, kinds=OPEN_KINDS)
    return FoundList(
        items=[
            FoundOut(
                id=hit.place_id, kind=hit.kind, name=hit.name, text=trail_text(hit.trail), trail=_crumbs(hit.trail),
                reasons=[str(reason) for reason in hit.reasons],
            )
            for hit in hits
        ]
    )  # fmt: skip


@router.get(
    "/places/at", response=PlaceOut, operation_id="places_at", summary=gettext_noop("一个点（经纬度）在哪个网格")
)
def at(request: HttpRequest, lon: Lon, lat: Lat) -> PlaceOut:
    """Degrees CGCS2000; 404 outside of everything."""
    try:
        place = place_at(lon, lat)
    except ValidationError as error:
        raise Trouble(422, " ".join(error.messages)) from None
    if place is None:
        raise Trouble(404, _("这个点不在任何一个地方的范围内。"))
    return place_out(place)


@router.get(
    "/places/roots", response=list[PlaceOut], operation_id="places_roots", summary=gettext_noop("最上一级的地点")
)
def roots(request: HttpRequest) -> list[PlaceOut]:
    """Where the tree begins."""
    rows = list(Place.objects.living().filter(parent=None).order_by("position", "pk")[:100])
    return many(rows)


@router.get("/places/{id}", response=PlaceOut, operation_id="place", summary=gettext_noop("一个地点"))
def place(request: HttpRequest, id: QueryId) -> PlaceOut:
    """A household answers as its building."""
    return place_out(open_place(id))


@router.get(
    "/places/{id}/children",
    response=Page[PlaceOut],
    operation_id="place_children",
    summary=gettext_noop("下一级的地点"),
)
def children(request: HttpRequest, id: QueryId, paging: Annotated[Paging, Query()]) -> Page[PlaceOut]:
    """In the order of the office."""
    here = open_place(id)
    below = Place.objects.living().filter(parent=here, kind__in=OPEN_KINDS)
    rows, cursor = keyset(below, paging.after, paging.limit)
    return Page(items=many(rows), next=cursor or None)


def many(rows: list[Place]) -> list[PlaceOut]:
    """Places with their ways, at most three statements."""
    ways = trails([row.pk for row in rows])
    return [_out(row, ways.get(row.pk, ())) for row in rows]


def place_out(row: Place) -> PlaceOut:
    """One place with its way."""
    return _out(row, trail(row))


def _out(row: Place, way: Trail) -> PlaceOut:
    return PlaceOut(id=row.pk, kind=row.kind, name=row.name, text=trail_text(way), trail=_crumbs(way))


def _crumbs(way: Trail) -> list[CrumbOut]:
    return [CrumbOut(id=crumb.id, kind=crumb.kind, name=crumb.name) for crumb in way]
