"""Coordinates and outlines. Everything is stored as CGCS2000/WGS-84 (they differ by centimetres), longitude first.

GCJ-02 (WeChat, AMap) and BD-09 (Baidu) are converted at the edge by the published formulas; the ways back agree
to better than a centimetre. (BD-09 turns by 3000 pi / 180, as Baidu does; some published code turns by pi and is up
to 40 m off.) GeoJSON follows RFC 7946.
"""

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import shapely
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from shapely.geometry.base import BaseGeometry

Point: TypeAlias = tuple[float, float]
"""(longitude, latitude) in degrees."""
Bounds: TypeAlias = tuple[float, float, float, float]
"""(west, south, east, north) in degrees."""
Boundary: TypeAlias = dict[str, Any]
"""A GeoJSON Polygon or MultiPolygon as `clean_boundary` returns it."""

EARTH_RADIUS = 6_371_008.8
METRES_PER_DEGREE = math.pi * EARTH_RADIUS / 180
MAX_VERTICES = 20_000
CHINA: Bounds = (73.0, 3.0, 136.0, 54.0)
_AXIS = 6_378_245.0
_FLATNESS = 0.00669342162296594323
_BD_TURN = math.pi * 3000 / 180


def wgs_to_gcj(lon: float, lat: float) -> Point:
    """WGS-84 to GCJ-02; outside the rectangle of the published formula nothing changes."""
    if not (72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271):
        return lon, lat
    d_lon, d_lat = _gcj_shift(lon - 105.0, lat - 35.0)
    radians = math.radians(lat)
    magic = 1 - _FLATNESS * math.sin(radians) ** 2
    root = math.sqrt(magic)
    d_lat = math.degrees(d_lat / ((_AXIS * (1 - _FLATNESS)) / (magic * root)))
    d_lon = math.degrees(d_lon / (_AXIS / root * math.cos(radians)))
    return lon + d_lon, lat + d_lat


def gcj_to_wgs(lon: float, lat: float) -> Point:
    """GCJ-02 to WGS-84."""
    return _inverse(wgs_to_gcj, lon, lat)


def gcj_to_bd(lon: float, lat: float) -> Point:
    """GCJ-02 to BD-09."""
    length = math.hypot(lon, lat) + 0.00002 * math.sin(lat * _BD_TURN)
    angle = math.atan2(lat, lon) + 0.000003 * math.cos(lon * _BD_TURN)
    return length * math.cos(angle) + 0.0065, length * math.sin(angle) + 0.006


def bd_to_gcj(lon: float, lat: float) -> Point:
    """BD-09 to GCJ-02."""
    return _inverse(gcj_to_bd, lon, lat)


def wgs_to_bd(lon: float, lat: float) -> Point:
    """WGS-84 to BD-09."""
    return gcj_to_bd(*wgs_to_gcj(lon, lat))


def bd_to_wgs(lon: float, lat: float) -> Point:
    """BD-09 to WGS-84."""
    return gcj_to_wgs(*bd_to_gcj(lon, lat))


def distance(a: Point, b: Point) -> float:
    """Metres between two points on the sphere (within 0.6 % of the ellipsoid)."""
    lat_a, lat_b = math.radians(a[1]), math.radians(b[1])
    half_lat, half_lon = (lat_b - lat_a) / 2, math.radians(b[0] - a[0]) / 2
    square = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(square)))


def box_around(point: Point, metres: float) -> Bounds:
    """A box that holds every point within `metres`: for the first, indexed step of a search nearby."""
    d_lat = metres / METRES_PER_DEGREE * 1.01
    d_lon = d_lat / max(0.01, math.cos(math.radians(point[1])))
    return point[0] - d_lon, point[1] - d_lat, point[0] + d_lon, point[1] + d_lat


def clean_boundary(data: object) -> Boundary:
    """A Polygon or MultiPolygon out of GeoJSON: geometry, Feature, or a FeatureCollection whose parts are joined.

    Heights are dropped, coordinates rounded to 0.1 m. Raises ValidationError: unreadable, not an area, too many
    corners, longitude and latitude swapped or in another coordinate system, outline crossing itself.
    """
    parts = _geometries(data)
    if sum(shapely.get_num_coordinates(part) for part in parts) > MAX_VERTICES:
        raise ValidationError(_("这条边界的拐点超过 %(most)s 个，请先简化再导入。"), params={"most": MAX_VERTICES})
    for part in parts:
        _check_area(part)
    whole = parts[0] if len(parts) == 1 else shapely.union_all(parts)
    whole = shapely.orient_polygons(shapely.set_precision(shapely.force_2d(whole), 0.000001).normalize())
    if whole.is_empty or whole.geom_type not in ("Polygon", "MultiPolygon"):
        raise ValidationError(_("这条边界太小，围不成一块地方。"))
    return _geojson(whole)


def bounds(boundary: Boundary) -> Bounds:
    """The box of an outline."""
    west, south, east, north = shapely.geometry.shape(boundary).bounds
    return west, south, east, north


def contains(boundary: Boundary, point: Point) -> bool:
    """Whether the point is inside the outline or on its line."""
    return bool(shapely.intersects_xy(shapely.geometry.shape(boundary), *point))


def inner_point(boundary: Boundary) -> Point:
    """A point for sure inside the outline, near its middle: where a label goes."""
    point = shapely.geometry.shape(boundary).representative_point()
    return round(point.x, 6), round(point.y, 6)


def simplify(boundary: Boundary, metres: float) -> Boundary:
    """The outline with fewer corners, nowhere off by more than about `metres`; never crossing itself."""
    shorter = shapely.geometry.shape(boundary).simplify(metres / METRES_PER_DEGREE, preserve_topology=True)
    return _geojson(shorter)


def _gcj_shift(x: float, y: float) -> Point:
    """The published offset polynomial: metres east and north for degrees from (105 E, 35 N)."""

    def waves(value: float, *terms: tuple[float, float]) -> float:
        return sum(2 / 3 * size * math.sin(value * math.pi * turn) for size, turn in terms)

    common = waves(x, (20.0, 6.0), (20.0, 2.0))
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + common
    east += waves(x, (20.0, 1.0), (40.0, 1 / 3), (150.0, 1 / 12), (300.0, 1 / 30))
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + common
    north += waves(y, (20.0, 1.0), (40.0, 1 / 3), (160.0, 1 / 12), (320.0, 1 / 30))
    return east, north


def _inverse(forward: Callable[[float, float], Point], lon: float, lat: float) -> Point:
    """Solve forward(x) = (lon, lat) by correcting the guess; the shift is so smooth that few rounds are enough."""
    x, y = lon, lat
    for _round in range(10):
        there_x, there_y = forward(x, y)
        x, y = x + lon - there_x, y + lat - there_y
    return x, y


def _geometries(data: object) -> list[BaseGeometry]:
    if isinstance(data, Mapping) and data.get("type") == "FeatureCollection":
        features = data.get("features")
        if not isinstance(features, list) or not features:
            raise ValidationError(_("这个 GeoJSON 里没有任何边界。"))
        return [_geometry(feature) for feature in features]
    return [_geometry(data)]


def _geometry(data: object) -> BaseGeometry:
    if isinstance(data, Mapping) and data.get("type") == "Feature":
        data = data.get("geometry")
    if not isinstance(data, Mapping):
        raise ValidationError(_("这不是 GeoJSON，读不出边界。"))
    try:
        return shapely.geometry.shape(data)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, shapely.errors.ShapelyError) as error:
        raise ValidationError(_("边界的坐标写得不对，读不出来。")) from error


def _check_area(part: BaseGeometry) -> None:
    if part.geom_type not in ("Polygon", "MultiPolygon") or part.is_empty:
        raise ValidationError(
            _("边界要是一块封闭的面（Polygon 或 MultiPolygon），这里是 %(kind)s。"), params={"kind": part.geom_type}
        )
    west, south, east, north = part.bounds
    if not (CHINA[0] <= west <= east <= CHINA[2] and CHINA[1] <= south <= north <= CHINA[3]):
        raise ValidationError(_("坐标不在国内：请检查经度、纬度有没有写反，坐标系是不是 WGS-84（CGCS2000）经纬度。"))
    if not part.is_valid:
        raise ValidationError(
            _("边界线自己交叉了，位置 %(where)s。请在地图软件里修好再导入。"),
            params={"where": shapely.is_valid_reason(part)},
        )


def _geojson(area: BaseGeometry) -> Boundary:
    """With lists, not tuples: what JSON gives back, so that stored and fresh outlines compare equal."""
    return dict(json.loads(shapely.to_geojson(area)))
