"""Where a point lies: the box in SQL, the exact test here on the few candidates. Degrees are CGCS2000/WGS-84."""

import datetime
import math
from collections.abc import Sequence

import shapely
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from shapely.geometry import shape

from gongzhi.base import geo
from gongzhi.territory.models import GRIDS, Kind, Place, PlaceBoundary

DEPTH = {Kind.ESTATE: 0, Kind.CITY: 1, Kind.DISTRICT: 2, Kind.STREET: 3, Kind.COMMUNITY: 4, Kind.GRID: 5, Kind.GROUP: 6}
AREAS = (*GRIDS, Kind.COMMUNITY, Kind.STREET, Kind.DISTRICT, Kind.CITY)
BOX = ("min_lon", "min_lat", "max_lon", "max_lat")


def check_point(lon: float, lat: float) -> None:
    """Raise ValidationError unless the point is on earth."""
    if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValidationError(_("坐标不对：经度应在 -180 到 180 之间，纬度应在 -90 到 90 之间。"))


def box(boundary: geo.Boundary) -> dict[str, float]:
    """The box of an outline under the column names of the tables."""
    return dict(zip(BOX, geo.bounds(boundary), strict=True))


def place_at(
    lon: float, lat: float, *, at: datetime.date | None = None, kinds: Sequence[str] | None = None
) -> Place | None:
    """The deepest place whose boundary of that day has the point; None outside all of them.

    On a common border both places have the point. The answer is still always the same one: a place with the point
    inside before one with it on the border, then the smaller area, then the lower id. Holes are outside.
    """
    check_point(lon, lat)
    day = at or timezone.localdate()
    point = shapely.Point(lon, lat)
    found = []
    for row in _boxes(lon, lat, day, kinds or AREAS):
        polygon = shape(row.geometry)
        if polygon.covers(point):
            depth = DEPTH[Kind(row.place.kind)]
            found.append((-depth, not polygon.contains(point), polygon.area, row.place_id, row.place))
    return min(found, key=lambda item: item[:4])[4] if found else None


def _boxes(lon: float, lat: float, day: datetime.date, kinds: Sequence[str]) -> list[PlaceBoundary]:
    rows = PlaceBoundary.objects.filter(
        Q(valid_to=None) | Q(valid_to__gt=day), valid_from__lte=day, place__kind__in=kinds,
        min_lon__lte=lon, max_lon__gte=lon, min_lat__lte=lat, max_lat__gte=lat,
    )  # fmt: skip
    return list(rows.select_related("place"))


def grid_at(lon: float, lat: float, at: datetime.date | None = None) -> Place | None:
    """The grid (or group) of a point as of a day (today when not given); None where no grid is drawn.

    Raises ValidationError for a point that is not on earth.
    """
    return place_at(lon, lat, at=at, kinds=GRIDS)


def nearest_buildings(lon: float, lat: float, *, within: float = 300.0, limit: int = 5) -> list[tuple[Place, float]]:
    """Living buildings within `within` metres, nearest first, each with its distance in metres."""
    check_point(lon, lat)
    west, south, east, north = geo.box_around((lon, lat), within)
    rows = Place.objects.living().filter(kind=Kind.BUILDING, lon__range=(west, east), lat__range=(south, north))
    near = [
        (row, geo.distance((lon, lat), (row.lon, row.lat)))
        for row in rows
        if row.lon is not None and row.lat is not None
    ]
    return sorted((item for item in near if item[1] <= within), key=lambda item: (item[1], item[0].pk))[:limit]
