"""Coordinates and outlines. The vectors are those published with eviltransform (GCJ-02) and coordtransform (BD-09)."""

import json
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.base import geo

SQUARE = {
    "type": "Polygon",
    "coordinates": [[[104.77, 29.34], [104.78, 29.34], [104.78, 29.35], [104.77, 29.35], [104.77, 29.34]]],
}
china = st.tuples(st.floats(75, 134), st.floats(5, 53))


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
)
def test_gcj_follows_the_published_vectors(wgs: geo.Point, gcj: geo.Point) -> None:
    assert geo.wgs_to_gcj(*wgs) == pytest.approx(gcj, abs=1e-9)
    assert geo.gcj_to_wgs(*gcj) == pytest.approx(wgs, abs=1e-8)


def test_bd_follows_the_published_vectors() -> None:
    assert geo.gcj_to_bd(116.404, 39.915) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-12)
    assert geo.distance(geo.bd_to_gcj(116.404, 39.915), (116.39762729119315, 39.90865673957631)) < 1
    wgs = (104.7734, 29.3528)
    assert geo.bd_to_wgs(*geo.wgs_to_bd(*wgs)) == pytest.approx(wgs, abs=1e-8)


@given(china)
def test_every_way_back_is_exact(point: geo.Point) -> None:
    assert geo.distance(geo.gcj_to_wgs(*geo.wgs_to_gcj(*point)), point) < 0.01
    assert geo.distance(geo.bd_to_gcj(*geo.gcj_to_bd(*point)), point) < 0.01


def test_abroad_nothing_is_shifted() -> None:
    assert geo.wgs_to_gcj(2.35, 48.85) == (2.35, 48.85)


def test_distance_in_metres() -> None:
    assert geo.distance((0, 0), (0, 1)) == pytest.approx(111_195, abs=1)
    assert geo.distance(
        (121.531541859215, 31.17530398364597), (116.38404722455657, 39.91334545536069)
    ) == pytest.approx(1_078_164, rel=0.003)
    assert geo.distance((104.77, 29.34), (104.77, 29.34)) == 0


@given(china, st.floats(10, 5000), st.floats(-1, 1), st.floats(-1, 1))
def test_a_box_holds_every_point_within_the_distance(centre: geo.Point, metres: float, x: float, y: float) -> None:
    west, south, east, north = geo.box_around(centre, metres)
    point = centre[0] + x * (east - west), centre[1] + y * (north - south)
    if geo.distance(centre, point) <= metres:
        assert west <= point[0] <= east
        assert south <= point[1] <= north


def test_an_outline_is_taken_in_every_wrapping() -> None:
    feature = {"type": "Feature", "properties": {"name": "磨子井"}, "geometry": SQUARE}
    plain = geo.clean_boundary(SQUARE)
    assert (
        geo.clean_boundary(feature) == geo.clean_boundary({"type": "FeatureCollection", "features": [feature]}) == plain
    )
    assert json.loads(json.dumps(plain)) == plain
    assert geo.clean_boundary(plain) == plain
    assert geo.bounds(plain) == (104.77, 29.34, 104.78, 29.35)


def test_several_features_are_joined_and_heights_dropped() -> None:
    east = {
        "type": "Polygon",
        "coordinates": [[[104.8, 29.34, 300], [104.81, 29.34, 300], [104.81, 29.35, 1], [104.8, 29.34, 300]]],
    }
    both = geo.clean_boundary(
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": g} for g in (SQUARE, east)]}
    )
    assert both["type"] == "MultiPolygon"
    assert geo.contains(both, (104.775, 29.345)) and geo.contains(both, (104.808, 29.343))
    assert not geo.contains(both, (104.79, 29.345))


def test_the_line_itself_belongs_to_the_place() -> None:
    assert geo.contains(SQUARE, (104.77, 29.345))
    assert geo.contains(SQUARE, geo.inner_point(SQUARE))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "不是 GeoJSON"),
        ([], "不是 GeoJSON"),
        ("Polygon", "不是 GeoJSON"),
        ({}, "坐标写得不对"),
        ({"type": "Polygon"}, "坐标写得不对"),
        ({"type": "Polygon", "coordinates": "x"}, "坐标写得不对"),
        ({"type": "Polygon", "coordinates": [[["a", "b"]]]}, "坐标写得不对"),
        ({"type": "Polygon", "coordinates": [[[1, 2]]]}, "坐标写得不对"),
        ({"type": "Polygon", "coordinates": [[[None, 2], [1, 2], [3, 4], [None, 2]]]}, "坐标"),
        ({"type": "Polygon", "coordinates": []}, "封闭的面"),
        ({"type": "Feature", "geometry": None}, "不是 GeoJSON"),
        ({"type": "FeatureCollection", "features": []}, "没有任何边界"),
        ({"type": "FeatureCollection", "features": {"a": 1}}, "没有任何边界"),
        ({"type": "Point", "coordinates": [104.7, 29.3]}, "封闭的面"),
        ({"type": "LineString", "coordinates": [[104.7, 29.3], [104.8, 29.3]]}, "封闭的面"),
        ({"type": "Polygon", "coordinates": [[[29.3, 104.7], [29.4, 104.7], [29.4, 104.8], [29.3, 104.7]]]}, "写反"),
        (
            {
                "type": "Polygon",
                "coordinates": [[[11662000, 3420000], [11663000, 3420000], [11663000, 3421000], [11662000, 3420000]]],
            },
            "坐标系",
        ),
        (
            {
                "type": "Polygon",
                "coordinates": [[[float("nan"), 29.3], [104.8, 29.3], [104.8, 29.4], [float("nan"), 29.3]]],
            },
            "坐标",
        ),
        (
            {
                "type": "Polygon",
                "coordinates": [[[104.7, 29.3], [104.8, 29.4], [104.8, 29.3], [104.7, 29.4], [104.7, 29.3]]],
            },
            "交叉",
        ),
        (
            {
                "type": "Polygon",
                "coordinates": [[[104.7, 29.3], [104.70000001, 29.3], [104.7, 29.30000001], [104.7, 29.3]]],
            },
            "太小",
        ),
    ],
)
def test_a_bad_outline_is_refused_in_words(data: object, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        geo.clean_boundary(data)


def test_an_outline_with_too_many_corners_is_refused() -> None:
    ring = [[104.7 + i * 1e-6, 29.3 + (i % 2) * 1e-6] for i in range(20_000)]
    with pytest.raises(ValidationError, match="20000"):
        geo.clean_boundary({"type": "Polygon", "coordinates": [[*ring, [104.7, 29.9], ring[0]]]})


def test_a_collection_nested_without_end_is_refused() -> None:
    data: dict[str, Any] = SQUARE
    for _ in range(5000):
        data = {"type": "FeatureCollection", "features": [data, SQUARE]}
    with pytest.raises(ValidationError):
        geo.clean_boundary(data)


def test_a_simpler_outline_stays_close() -> None:
    wavy = [[104.77 + i * 1e-5, 29.34 + (i % 2) * 1e-6] for i in range(500)]
    boundary = geo.clean_boundary({"type": "Polygon", "coordinates": [[*wavy, [104.775, 29.35], wavy[0]]]})
    simple = geo.simplify(boundary, 2)
    assert len(simple["coordinates"][0]) < 10
    assert geo.contains(simple, geo.inner_point(boundary))
