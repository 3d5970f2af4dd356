"""The tree in memory: trails, reach of duties, and how other processes learn of a change."""

import uuid

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from gongzhi.kernel.actor import SYSTEM
from gongzhi.territory import actions, tree, who
from gongzhi.territory.adding import Draft, add_many
from gongzhi.territory.models import Kind, Place, TreeStamp
from gongzhi.territory.tests import factories

pytestmark = pytest.mark.django_db


def test_the_trail_goes_from_the_district_down() -> None:
    cast = factories.city()
    assert tree.trail_text(tree.trail(cast.grid)) == "自流井区 › 五星街街道 › 磨子井社区 › 第一网格"
    assert tree.trail_text(tree.trail(cast.city)) == "自贡市"
    assert tree.trail_text(tree.trail(cast.household)).endswith("第一网格 › 芭茅塘小区3栋 › 1单元301")


def test_trails_of_many_places_cost_at_most_three_statements() -> None:
    cast = factories.city()
    houses = [Draft(Kind.HOUSEHOLD, f"2单元{n}", cast.building) for n in range(60)]
    ids = [place.pk for place in add_many(houses, actor=SYSTEM)] + [cast.grid.pk, cast.second_building.pk, 10**15]
    tree.tree()
    with CaptureQueriesContext(
        connection,
    ) as seen:
        found = tree.trails(ids)
    assert len(seen) <= 3
    assert len(found) == 62 and 10**15 not in found
    with CaptureQueriesContext(connection) as seen:
        tree.trails([cast.grid.pk, cast.estate.pk, cast.street.pk])
    assert len(seen) == 1


def test_a_tree_of_nine_thousand_places_is_read_once_and_then_costs_one_statement() -> None:
    cast = factories.city()
    streets = add_many([Draft(Kind.STREET, f"{n}号街道", cast.district) for n in range(90)], actor=SYSTEM)
    communities = add_many(
        [Draft(Kind.COMMUNITY, f"{n}社区", street) for street in streets for n in range(10)], actor=SYSTEM
    )
    with CaptureQueriesContext(connection) as seen:
        add_many([Draft(Kind.GRID, f"{n}网格", home) for home in communities for n in range(9)], actor=SYSTEM)
    assert len(seen) < 40
    assert len(tree.tree().nodes) > 9000
    with CaptureQueriesContext(connection) as seen:
        found = tree.trails(Place.objects.filter(kind=Kind.GRID).values_list("pk", flat=True)[:500])
    assert len(found) == 500 and len(seen) == 2


def test_another_process_sees_a_change_by_the_stamp() -> None:
    cast = factories.city()
    before = tree.tree()
    assert tree.tree() is before
    Place.objects.filter(pk=cast.grid.pk).update(name="改名网格")
    TreeStamp.objects.update(stamp=uuid.uuid4())
    assert tree.trail(cast.grid)[-1].name == "改名网格"


def test_a_tree_seen_inside_a_transaction_that_failed_is_forgotten() -> None:
    cast = factories.city()
    tree.tree()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        actions.rename(cast.estate, "芭茅塘花园", actor=SYSTEM, reason="试")
        assert tree.trail(cast.estate)[-1].name == "芭茅塘花园"
        raise ZeroDivisionError
    assert tree.trail(cast.estate)[-1].name == "芭茅塘小区"


def test_buildings_do_not_make_every_process_read_the_tree_again() -> None:
    cast = factories.city()
    before = tree.tree()
    factories.place(Kind.BUILDING, "8栋", cast.grid)
    assert tree.tree() is before


def test_a_duty_reaches_what_its_level_says() -> None:
    cast = factories.city()
    assert tree.covered_ids(cast.city) == ("district", frozenset({cast.district.pk, cast.other_district.pk}))
    assert tree.covered_ids(cast.street) == ("street", frozenset({cast.street.pk}))
    assert tree.covered_ids(cast.group) == ("grid", frozenset({cast.group.pk}))
    assert tree.covered_ids(cast.building) == ("building", frozenset({cast.building.pk, cast.household.pk}))
    assert tree.covered_ids(cast.estate) == (
        "building", frozenset({cast.estate.pk, cast.building.pk, cast.second_building.pk, cast.household.pk}),
    )  # fmt: skip


def test_predecessors_of_predecessors_are_covered() -> None:
    cast = factories.city()
    first = actions.merge([cast.grid, cast.second_grid], name="合并网格", actor=SYSTEM, reason="一")
    parts = [actions.Part("东网格", frozenset(p.pk for p in actions.members(first))), actions.Part("西网格")]
    _east, west = actions.split(first, parts, actor=SYSTEM, reason="二")
    assert tree.covered_ids(west)[1] == {west.pk, first.pk, cast.grid.pk, cast.second_grid.pk}


def test_an_administrator_reaches_below_the_duty_and_nothing_else() -> None:
    cast = factories.city()
    actor = factories.administrator(cast.district)
    for place in Place.objects.all():
        inside = f"/{cast.district.pk}/" in place.path
        assert who.administers(actor, place) is inside
        assert Place.objects.filter(who.administered(actor), pk=place.pk).exists() is inside
    assert not who.administers(SYSTEM, cast.grid)
    top = factories.administrator(cast.city)
    assert Place.objects.filter(who.administered(top)).count() == Place.objects.count()


def test_both_faces_agree_for_successors_of_the_duty() -> None:
    cast = factories.city()
    new = actions.merge([cast.community, cast.neighbour], name="磨新社区", actor=SYSTEM, reason="撤并")
    actor = factories.administrator(new)
    allowed = {place.pk for place in Place.objects.all() if who.administers(actor, place)}
    assert allowed == set(Place.objects.filter(who.administered(actor)).values_list("pk", flat=True))
    assert cast.community.pk in allowed and cast.village.pk not in allowed


def test_a_qr_code_leads_to_its_living_building_only() -> None:
    cast = factories.city()
    assert Place.objects.by_token(cast.building.token) == cast.building
    assert len(cast.building.token) == 22
    for token in ("", "x", cast.building.token.swapcase(), cast.building.token + "x", "二" * 22):
        assert Place.objects.by_token(token) is None
    actions.end(cast.second_building, actor=SYSTEM, reason="拆除")
    assert Place.objects.by_token(cast.second_building.token) is None
