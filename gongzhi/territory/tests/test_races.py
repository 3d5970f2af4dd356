"""Many hands at once: serials stay unique, paths stay true."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from gongzhi.kernel.actor import SYSTEM
from gongzhi.territory import actions
from gongzhi.territory.adding import Draft, add
from gongzhi.territory.models import Kind, Place
from gongzhi.territory.tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(jobs: Sequence[Callable[[], object]]) -> list[object]:
    """Run the jobs in as many threads; what was refused comes back as its error."""

    def run(job: Callable[[], object]) -> object:
        try:
            return job()
        except ValidationError as problem:
            return problem
        finally:
            connection.close()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_grids_added_at_once_get_different_serials() -> None:
    cast = factories.city()
    jobs = [partial(add, Draft(Kind.GRID, f"新{n}网格", cast.community), actor=SYSTEM) for n in range(6)]
    at_once(jobs)
    codes = list(Place.objects.filter(kind=Kind.GRID, parent=cast.community).values_list("code", flat=True))
    assert len(codes) == 8 == len(set(codes))


def test_a_building_added_while_its_grid_moves_hangs_where_the_grid_went() -> None:
    cast = factories.city()
    jobs: list[Callable[[], object]] = [
        lambda: actions.move(cast.second_grid, cast.neighbour, actor=SYSTEM, reason="调整"),
        *(partial(add, Draft(Kind.BUILDING, f"{n}栋", cast.second_grid), actor=SYSTEM) for n in range(30, 35)),
    ]
    assert not [found for found in at_once(jobs) if isinstance(found, ValidationError)]
    grid = Place.objects.get(pk=cast.second_grid.pk)
    buildings = Place.objects.filter(parent=grid)
    assert len(buildings) == 6
    assert all(building.path == f"{grid.path}{building.pk}/" for building in buildings)
    assert {building.community_id for building in buildings} == {cast.neighbour.pk}


def test_of_two_merges_of_the_same_grid_one_wins() -> None:
    cast = factories.city()
    found = at_once(
        [
            lambda: actions.merge([cast.grid, cast.second_grid], name="甲网格", actor=SYSTEM, reason="一"),
            lambda: actions.merge([cast.grid, cast.second_grid], name="乙网格", actor=SYSTEM, reason="二"),
        ]
    )
    assert sum(isinstance(item, ValidationError) for item in found) == 1
    assert Place.objects.living().filter(kind=Kind.GRID, parent=cast.community).count() == 1
