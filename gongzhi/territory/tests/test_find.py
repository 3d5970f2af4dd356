"""From what people write to places."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongzhi.kernel.actor import SYSTEM
from gongzhi.territory import actions
from gongzhi.territory.find import find
from gongzhi.territory.tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("芭茅塘小区三栋2单元", "building"),
        ("五星街街道磨子井社区芭茅塘12号楼", "second_building"),
        ("芭茅塘 3 幢", "building"),
        ("磨子井社区居民委员会", "community"),
        ("磨子", "community"),
        ("mozijing", "community"),
        ("bmtxq", "estate"),
        ("自流井区五星街", "street"),
        ("磨子井第二网格", "second_grid"),
        ("老粮站对面", "second_building"),
        ("解放路15号", "building"),
        ("芭茅搪小区", "estate"),
        ("５栋芭茅塘", "estate"),
    ],
)
def test_the_best_candidate_is_the_place_people_mean(text: str, name: str) -> None:
    cast = factories.city()
    actions.edit(cast.second_building, aliases=["老粮站"], actor=SYSTEM)
    actions.edit(cast.building, address="解放路15号", actor=SYSTEM)
    found = find(text)
    assert found and found[0].place_id == getattr(cast, name).pk, found
    assert all(hit.reasons for hit in found)
    assert found[0].trail[-1].id == found[0].place_id


def test_a_number_of_a_building_alone_needs_a_place_to_look_in() -> None:
    cast = factories.city()
    assert find("3栋", kinds=["building"]) == []
    assert find("第3栋楼", within=cast.community)[0].place_id == cast.building.pk
    assert find("3栋", within=cast.village) == []


def test_ended_places_are_not_offered() -> None:
    cast = factories.city()
    actions.end(cast.second_building, actor=SYSTEM, reason="拆")
    assert cast.second_building.pk not in {hit.place_id for hit in find("芭茅塘12栋")}


def test_one_sign_finds_nothing_and_kinds_are_kept() -> None:
    factories.city()
    assert find("井") == [] and find("") == [] and find("   ") == []
    assert {hit.kind for hit in find("磨子井第一网格", kinds=["grid"])} == {"grid"}


def test_a_search_costs_few_statements() -> None:
    factories.city()
    find("芭茅塘3栋")
    with CaptureQueriesContext(connection) as seen:
        find("五星街街道磨子井社区芭茅塘3栋")
    assert len(seen) <= 6


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_breaks_the_search(text: str) -> None:
    find(text)
