"""A small city by hand: two streets, three communities, grids, an estate that crosses two grids, buildings."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from gongzhi.base.geo import Boundary
from gongzhi.kernel.actor import SYSTEM, Actor, Grant
from gongzhi.territory.adding import Draft, add
from gongzhi.territory.models import Kind, Place
from gongzhi.territory.tree import covered_ids

START = date(2020, 1, 1)


def place(kind: str, name: str, parent: Place | None = None, **details: Any) -> Place:
    """A place that has been in force since `START`, unless told otherwise."""
    return add(Draft(kind, name, parent, **{"valid_from": START, **details}), actor=SYSTEM)


def square(west: float, south: float, size: float = 0.01) -> Boundary:
    """A square as GeoJSON, degrees."""
    east, north = round(west + size, 6), round(south + size, 6)
    return {
        "type": "Polygon",
        "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]],
    }


def administrator(*places: Place, account_id: int = 7) -> Actor:
    """An administrator with a duty at each of the places."""
    grants = []
    for number, seat in enumerate(places, 1):
        level, covered = covered_ids(seat)
        grants.append(Grant(100 + number, "administrator", level, covered, seat.pk))
    return Actor(account_id=account_id, name="管理员小周", grants=tuple(grants), is_confirmed=True)


@dataclass
class City:
    """The cast of the tests."""

    city: Place
    district: Place
    other_district: Place
    street: Place
    other_street: Place
    community: Place
    neighbour: Place
    village: Place
    grid: Place
    second_grid: Place
    neighbour_grid: Place
    group: Place
    estate: Place
    building: Place
    second_building: Place
    household: Place


def city() -> City:
    """Build the cast."""
    top = place(Kind.CITY, "自贡市", code="5103")
    district = place(Kind.DISTRICT, "自流井区", top, code="510302")
    other_district = place(Kind.DISTRICT, "荣县", top, code="510321")
    street = place(Kind.STREET, "五星街街道", district, code="510302001")
    other_street = place(Kind.STREET, "留佳镇", other_district, code="510321120")
    community = place(Kind.COMMUNITY, "磨子井社区", street, code="510302001007", full_name="磨子井社区居民委员会")
    neighbour = place(Kind.COMMUNITY, "新民街社区", street, code="510302001008")
    village = place(Kind.COMMUNITY, "五间房村", other_street, code="510321120232")
    grid = place(Kind.GRID, "第一网格", community)
    second_grid = place(Kind.GRID, "第二网格", community)
    estate = place(Kind.ESTATE, "芭茅塘小区", community)
    building = place(Kind.BUILDING, "3栋", grid, estate=estate, lon=104.771, lat=29.341)
    return City(
        top, district, other_district, street, other_street, community, neighbour, village, grid, second_grid,
        place(Kind.GRID, "第一网格", neighbour), place(Kind.GROUP, "二组", village), estate, building,
        place(Kind.BUILDING, "12栋", second_grid, estate=estate, lon=104.772, lat=29.342),
        place(Kind.HOUSEHOLD, "1单元301", building),
    )  # fmt: skip
