"""Open answers as JSON: names, trails and boundaries of places, never anything about people.

They serve the map, the choice of a place when reporting, and the lazy tree. Each address has a limit of its own, so
that nobody copies the whole tree by guessing.
"""

import math
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeAlias

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongzhi.base.throttle import allow
from gongzhi.territory.access import keyset, known_place
from gongzhi.territory.find import find
from gongzhi.territory.geo import place_at
from gongzhi.territory.models import Kind, Place, PlaceBoundary
from gongzhi.territory.tree import Trail, trail, trail_text, trails

P = ParamSpec("P")
View: TypeAlias = Callable[Concatenate[HttpRequest, P], HttpResponse]
TRIES, SECONDS = 240, 60
MAX_SHAPES = 500
OPEN_KINDS = tuple(kind for kind in Kind if kind != Kind.HOUSEHOLD)
"""A household is somebody's home; it never appears in an open answer."""


def limited(
    view: Callable[Concatenate[HttpRequest, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """At most `TRIES` in `SECONDS` from one network address; bad input becomes 400 with a sentence."""

    @require_safe
    @wraps(view)
    def gate(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        verdict = allow(f"places:{request.META.get('REMOTE_ADDR', '')}", TRIES, SECONDS)
        if not verdict.allowed:
            return _no(verdict.message, 429, {"Retry-After": str(verdict.retry_after)})
        try:
            return view(request, *args, **kwargs)
        except ValidationError as problem:
            return _no(" ".join(problem.messages), 400)

    return gate


def _no(sentence: str, status: int, headers: dict[str, str] | None = None) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=status, headers=headers, json_dumps_params={"ensure_ascii": False})


def _yes(data: dict[str, Any]) -> JsonResponse:
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False})


def open_place(pk: int) -> Place:
    """The place; of a household the building it is in. Raises Http404."""
    place = known_place(pk)
    if place.kind == Kind.HOUSEHOLD:
        return known_place(place.parent_id or 0)
    return place


def _crumbs(way: Trail) -> list[dict[str, Any]]:
    return [{"id": crumb.id, "kind": crumb.kind, "name": crumb.name} for crumb in way]


@limited
def children(request: HttpRequest, pk: int) -> HttpResponse:
    """Living places directly below, fifty at a time: `?after=` is the `next` of the answer before."""
    place = open_place(pk)
    below = Place.objects.living().filter(parent=place, kind__in=OPEN_KINDS)
    rows, cursor = keyset(below, request.GET.get("after", ""))
    with_below = set(
        Place.objects.living()
        .filter(parent__in=rows, kind__in=OPEN_KINDS)
        .values_list("parent_id", flat=True)
        .distinct()
    )
    found = [
        {
            "id": row.pk,
            "kind": row.kind,
            "kind_name": row.get_kind_display(),
            "name": row.name,
            "has_children": row.pk in with_below,
        }
        for row in rows
    ]
    return _yes({"id": place.pk, "name": place.name, "trail": _crumbs(trail(place)), "children": found, "next": cursor})


@limited
def at(request: HttpRequest) -> HttpResponse:
    """The grid of a point `?lon=&lat=` (degrees CGCS2000), or the place around it; `id` is null outside all of them."""
    lon, lat = (_degrees(request.GET.get(name, "")) for name in ("lon", "lat"))
    place = place_at(lon, lat)
    if place is None:
        return _yes({"id": None, "name": "", "kind": None, "trail": [], "text": ""})
    way = trail(place)
    return _yes(
        {"id": place.pk, "name": place.name, "kind": place.kind, "trail": _crumbs(way), "text": trail_text(way)}
    )


def _degrees(text: str) -> float:
    try:
        value = float(text[:30])
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValidationError(_("请给出经度 lon 和纬度 lat，例如 lon=104.77&lat=29.34。"))
    return value


@limited
def search(request: HttpRequest) -> HttpResponse:
    """Candidates for an address or a name `?q=`, best first, each with its reasons; `?within=` keeps to a place."""
    query = request.GET.get("q", "")
    if len(query.strip()) < 2:
        raise ValidationError(_("请至少写两个字。"))
    within = request.GET.get("within", "")
    if within and not (within.isascii() and within.isdigit() and len(within) < 19):
        raise ValidationError(_("within 应是地点的编号。"))
    kinds = [kind for kind in request.GET.getlist("kind") if kind in OPEN_KINDS] or list(OPEN_KINDS)
    hits = find(query, within=open_place(int(within)) if within else None, kinds=kinds)
    found = [
        {
            "id": hit.place_id, "kind": hit.kind, "name": hit.name, "text": trail_text(hit.trail),
            "trail": _crumbs(hit.trail), "reasons": list(hit.reasons),
        }
        for hit in hits
    ]  # fmt: skip
    return _yes({"candidates": found})


@limited
def shapes(request: HttpRequest, pk: int) -> HttpResponse:
    """GeoJSON: the boundary of a place (tone `here`) and those of the living places directly below it.

    With `?links` each carries the address of its administrator's page.
    """
    place = open_place(pk)
    below = Place.objects.living().filter(parent=place, boundary__isnull=False).order_by("position", "pk")[:MAX_SHAPES]
    rows = [*([place] if place.boundary else []), *below]
    invented = set(
        PlaceBoundary.objects.filter(place__in=rows, valid_to=None, is_invented=True).values_list("place_id", flat=True)
    )
    ways = trails([row.pk for row in rows])
    features = [_feature(row, row.pk == place.pk, row.pk in invented, ways[row.pk]) for row in rows]
    for feature in features if "links" in request.GET else ():
        feature["properties"]["url"] = reverse("territory:place", args=[feature["id"]])
    return _yes({"type": "FeatureCollection", "features": features})


def _feature(row: Place, is_here: bool, is_invented: bool, way: Trail) -> dict[str, Any]:
    properties = {
        "id": row.pk, "name": "" if is_here else row.name, "kind": row.kind, "text": trail_text(way),
        "tone": "here" if is_here else "", "is_invented": is_invented,
        "url": "",
    }  # fmt: skip
    return {"type": "Feature", "id": row.pk, "properties": properties, "geometry": row.boundary}
