"""Points, boundaries, days."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongzhi.base.geo import clean_boundary
from gongzhi.kernel.actor import SYSTEM
from gongzhi.territory import actions
from gongzhi.territory.geo import grid_at, nearest_buildings, place_at
from gongzhi.territory.models import Kind
from gongzhi.territory.tests import factories
from gongzhi.territory.tests.factories import City, square

pytestmark = pytest.mark.django_db


@pytest.fixture
def drawn() -> City:
    cast = factories.city()
    for place, west in ((cast.grid, 104.77), (cast.second_grid, 104.78)):
        actions.set_boundary(place, square(west, 29.34), actor=SYSTEM, at=date(2021, 1, 1))
    actions.set_boundary(cast.community, square(104.76, 29.33, 0.05), actor=SYSTEM, at=date(2021, 1, 1))
    return cast


def test_a_point_finds_its_grid_in_one_statement(drawn: City) -> None:
    with CaptureQueriesContext(connection) as seen:
        assert grid_at(104.775, 29.345) == drawn.grid
    assert len(seen) == 1
    assert grid_at(104.785, 29.345) == drawn.second_grid
    assert grid_at(104.9, 29.345) is None


def test_a_point_between_the_grids_finds_the_community(drawn: City) -> None:
    assert place_at(104.765, 29.335) == drawn.community
    assert grid_at(104.765, 29.335) is None


def test_a_point_on_the_common_border_always_finds_the_same_grid(drawn: City) -> None:
    assert {grid_at(104.78, 29.345) for _ in range(5)} == {drawn.grid}
    assert grid_at(104.77, 29.34) == drawn.grid


def test_a_point_in_a_hole_is_outside(drawn: City) -> None:
    ring = square(104.77, 29.34)["coordinates"]
    hole = square(104.774, 29.344, 0.002)["coordinates"]
    boundary = clean_boundary({"type": "Polygon", "coordinates": [*ring, *hole]})
    actions.set_boundary(drawn.grid, boundary, actor=SYSTEM, at=date(2022, 1, 1))
    assert grid_at(104.775, 29.345) is None
    assert grid_at(104.775, 29.345, date(2021, 6, 1)) == drawn.grid
    assert grid_at(104.7725, 29.345) == drawn.grid


def test_overlapping_grids_give_the_smaller_one(drawn: City) -> None:
    small = factories.place(Kind.GRID, "专属网格", drawn.community, boundary=square(104.774, 29.344, 0.002))
    assert grid_at(104.775, 29.345) == small


def test_a_point_can_be_asked_as_of_a_day(drawn: City) -> None:
    assert grid_at(104.775, 29.345, date(2020, 12, 31)) is None
    actions.set_boundary(drawn.grid, square(104.6, 29.3), actor=SYSTEM, at=date(2025, 1, 1))
    assert grid_at(104.775, 29.345, date(2024, 12, 31)) == drawn.grid
    assert grid_at(104.775, 29.345, date(2025, 1, 1)) is None
    assert grid_at(104.605, 29.305) == drawn.grid
    assert drawn.grid.boundaries.count() == 2


def test_an_ended_grid_has_no_points_any_more(drawn: City) -> None:
    actions.merge([drawn.grid], into=drawn.second_grid, actor=SYSTEM, reason="并", at=date(2025, 1, 1))
    assert grid_at(104.775, 29.345) == drawn.second_grid
    assert grid_at(104.775, 29.345, date(2024, 6, 1)) == drawn.grid


def test_the_same_boundary_again_changes_nothing(drawn: City) -> None:
    actions.set_boundary(drawn.grid, square(104.77, 29.34), actor=SYSTEM)
    assert drawn.grid.boundaries.count() == 1
    with pytest.raises(ValidationError, match="早于"):
        actions.set_boundary(drawn.grid, square(104.1, 29.1), actor=SYSTEM, at=date(2020, 6, 1))
    with pytest.raises(ValidationError, match="晚于今天"):
        actions.set_boundary(drawn.grid, square(104.1, 29.1), actor=SYSTEM, at=date(2999, 1, 1))
    actions.set_boundary(drawn.grid, None, actor=SYSTEM)
    assert grid_at(104.775, 29.345) is None


@pytest.mark.parametrize("point", [(float("nan"), 29.0), (104.0, float("inf")), (181.0, 29.0), (104.0, -91.0)])
def test_a_point_that_is_nowhere_is_refused(point: tuple[float, float]) -> None:
    with pytest.raises(ValidationError, match="坐标"):
        grid_at(*point)


def test_nearest_buildings_come_first() -> None:
    cast = factories.city()
    found = nearest_buildings(104.7711, 29.3411, within=500)
    assert [building.name for building, _ in found] == ["3栋", "12栋"]
    assert 10 < found[0][1] < 20
    assert nearest_buildings(104.7711, 29.3411, within=50)[-1][0] == cast.building
    assert nearest_buildings(0, 0) == []
