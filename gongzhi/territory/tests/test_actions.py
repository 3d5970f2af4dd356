"""Places move, merge, split and end; the history stays readable."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gongzhi.kernel.actor import SYSTEM
from gongzhi.territory import actions, history, tree
from gongzhi.territory.actions import Part
from gongzhi.territory.adding import Draft, add
from gongzhi.territory.models import PARENTS, Kind, LinkKind, Place, PlaceChange, PlaceLink
from gongzhi.territory.tests import factories

pytestmark = pytest.mark.django_db
LEVEL_OF = {"district": "district_id", "street": "street_id", "community": "community_id"}


def expected_levels(place: Place) -> dict[str, int | None]:
    """The level ids as the chain of parents says, walked one by one."""
    found: dict[str, int | None] = {"district_id": None, "street_id": None, "community_id": None, "grid_id": None}
    chain = [place]
    while chain[0].parent is not None:
        chain.insert(0, chain[0].parent)
    assert place.path == "/" + "".join(f"{item.pk}/" for item in chain)
    for item in chain:
        if item.kind in LEVEL_OF:
            found[LEVEL_OF[item.kind]] = item.pk
        elif item.kind in ("grid", "group") and found["grid_id"] is None:
            found["grid_id"] = item.pk
    return found


def assert_sound() -> None:
    for place in Place.objects.all():
        assert {name: getattr(place, name) for name in expected_levels(place)} == expected_levels(place)


def test_grids_get_the_next_serial_of_their_community_and_never_an_old_one() -> None:
    cast = factories.city()
    assert [cast.grid.code, cast.second_grid.code] == ["510302001007001", "510302001007002"]
    third = factories.place(Kind.GRID, "第三网格", cast.community)
    actions.end(third, actor=SYSTEM, reason="误设")
    assert factories.place(Kind.GRID, "第四网格", cast.community).code == "510302001007004"
    with pytest.raises(ValidationError, match="已经用过"):
        factories.place(Kind.GRID, "第五网格", cast.community, code="510302001007003")


def test_a_serial_left_behind_by_a_move_is_not_given_again() -> None:
    cast = factories.city()
    moved = actions.move(cast.second_grid, cast.neighbour, actor=SYSTEM, reason="调整")
    assert moved.code == "510302001008002"
    with pytest.raises(ValidationError, match="已经用过"):
        factories.place(Kind.GRID, "新网格", cast.community, code="510302001007002")
    assert factories.place(Kind.GRID, "新网格", cast.community).code == "510302001007003"


@pytest.mark.parametrize(
    ("kind", "name", "parent", "words"),
    [
        (Kind.GRID, "第一网格", "community", "已经有"),
        (Kind.GRID, "", "community", "名称"),
        (Kind.GRID, "一\n二", "community", "名称"),
        (Kind.GRID, "长" * 61, "community", "名称"),
        (Kind.GRID, "网格", "street", "不能放在"),
        (Kind.BUILDING, "1栋", "community", "不能放在"),
        (Kind.STREET, "街道", None, "要有上级"),
        ("planet", "地球", "city", "没有"),
    ],
)
def test_a_place_that_cannot_stand_there_is_refused_with_a_sentence(
    kind: str, name: str, parent: str | None, words: str
) -> None:
    cast = factories.city()
    with pytest.raises(ValidationError, match=words):
        add(Draft(kind, name, getattr(cast, parent) if parent else None), actor=SYSTEM)


def test_a_grid_moved_to_another_street_takes_everything_along() -> None:
    cast = factories.city()
    news: list[history.Moved] = []
    history.PLACE_MOVED.append(news.append)
    try:
        actions.move(cast.grid, cast.village, actor=factories.administrator(cast.city), reason="行政区划调整")
    finally:
        history.PLACE_MOVED.remove(news.append)
    assert_sound()
    building = Place.objects.get(pk=cast.building.pk)
    assert (building.community_id, building.district_id) == (cast.village.pk, cast.other_district.pk)
    assert news[0].levels == {
        "district_id": cast.other_district.pk, "street_id": cast.other_street.pk, "community_id": cast.village.pk,
    }  # fmt: skip
    assert building.path.startswith(news[0].new_path)
    row = PlaceChange.objects.get(place=cast.grid, what="move")
    assert (row.by_id, row.duty_id, row.reason) == (7, 101, "行政区划调整")
    assert row.before["parent_id"] == cast.community.pk and row.after["parent_id"] == cast.village.pk


def test_a_group_is_its_own_grid_only_while_no_grid_stands_above_it() -> None:
    cast = factories.city()
    house = factories.place(Kind.BUILDING, "王家院子", cast.group)
    grid = factories.place(Kind.GRID, "第一网格", cast.village)
    actions.move(cast.group, grid, actor=SYSTEM, reason="组归网格")
    assert_sound()
    assert Place.objects.get(pk=house.pk).grid_id == grid.pk
    actions.move(Place.objects.get(pk=cast.group.pk), cast.village, actor=SYSTEM, reason="改回")
    assert_sound()
    assert Place.objects.get(pk=house.pk).grid_id == cast.group.pk


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_paths_and_level_ids_are_right_after_any_moves(moves: list[tuple[int, int]]) -> None:
    with transaction.atomic():
        factories.city()
        for one, other in moves:
            places = list(Place.objects.order_by("pk"))
            place = places[one % len(places)]
            homes = [item for item in places if item.kind in PARENTS[place.kind]]
            try:
                if homes:
                    actions.move(place, homes[other % len(homes)], actor=SYSTEM, reason="随机")
            except ValidationError:
                pass
            assert_sound()
        codes = list(Place.objects.filter(kind__in=["grid", "group"]).values_list("code", "community_id"))
        bases = dict(Place.objects.filter(kind="community").values_list("pk", "code"))
        assert all(community and code.startswith(bases[community]) for code, community in codes)
        transaction.set_rollback(True)


def test_two_communities_merge_into_a_new_one_and_their_duties_keep_reach() -> None:
    cast = factories.city()
    new = actions.merge(
        [cast.community, cast.neighbour], name="磨新社区", actor=SYSTEM, reason="撤并", at=date(2026, 1, 1)
    )
    assert_sound()
    assert set(PlaceLink.objects.values_list("predecessor_id", "successor_id", "kind")) == {
        (cast.community.pk, new.pk, LinkKind.MERGE), (cast.neighbour.pk, new.pk, LinkKind.MERGE),
    }  # fmt: skip
    assert tree.covered_ids(new) == ("community", frozenset({new.pk, cast.community.pk, cast.neighbour.pk}))
    assert {grid.name for grid in actions.members(new)} == {"第一网格", "第二网格", "新民街第一网格", "芭茅塘小区"}
    old = Place.objects.get(pk=cast.community.pk)
    assert old.valid_to == date(2026, 1, 1) and old.is_living(date(2025, 12, 31)) and not old.is_living()
    assert not Place.objects.living(date(2025, 12, 31)).filter(pk=new.pk).exists()


def test_a_merge_into_one_of_them_sums_households_and_joins_boundaries() -> None:
    cast = factories.city()
    for place, west in ((cast.grid, 104.77), (cast.second_grid, 104.78)):
        actions.set_boundary(place, factories.square(west, 29.34), actor=SYSTEM, at=date(2021, 1, 1), is_invented=True)
        actions.edit(place, households=300, actor=SYSTEM)
    kept = actions.merge([cast.grid, cast.second_grid], into=cast.grid, actor=SYSTEM, reason="合并")
    assert kept.pk == cast.grid.pk and kept.households == 600
    assert (kept.min_lon, kept.max_lon) == (104.77, 104.79)
    assert kept.boundaries.get(valid_to=None).is_invented
    assert Place.objects.get(pk=cast.second_building.pk).grid_id == kept.pk


def test_merging_estates_lets_their_buildings_name_the_successor() -> None:
    cast = factories.city()
    other = factories.place(Kind.ESTATE, "和平花苑", cast.community)
    also = factories.place(Kind.BUILDING, "3栋", cast.grid, estate=other)
    actions.merge([other], into=cast.estate, actor=SYSTEM, reason="合并小区")
    also.refresh_from_db()
    assert also.estate_id == cast.estate.pk and also.parent_id == cast.grid.pk and also.name == "和平花苑3栋"


@pytest.mark.parametrize("names", [["grid"], ["grid", "community"], ["grid", "neighbour_grid"]])
def test_a_merge_that_makes_no_sense_is_refused(names: list[str]) -> None:
    cast = factories.city()
    with pytest.raises(ValidationError):
        actions.merge([getattr(cast, name) for name in names], name="新网格", actor=SYSTEM, reason="试")
    assert not Place.objects.exclude(valid_to=None).exists()


def test_a_split_gives_each_child_to_exactly_one_successor() -> None:
    cast = factories.city()
    other = factories.place(Kind.BUILDING, "4栋", cast.grid)
    parts = [Part("第一网格东", frozenset({cast.building.pk})), Part("第一网格西", frozenset({other.pk}))]
    with pytest.raises(ValidationError, match="4栋"):
        actions.split(cast.grid, [parts[0], Part("空")], actor=SYSTEM, reason="拆")
    with pytest.raises(ValidationError, match="只能归到一个"):
        actions.split(cast.grid, [*parts, Part("又", frozenset({other.pk}))], actor=SYSTEM, reason="拆")
    east, west = actions.split(cast.grid, parts, actor=SYSTEM, reason="户数太多")
    assert_sound()
    assert Place.objects.get(pk=cast.household.pk).grid_id == east.pk
    assert tree.covered_ids(west) == ("grid", frozenset({west.pk, cast.grid.pk}))
    assert [east.code, west.code] == ["510302001007003", "510302001007004"]


def test_a_place_with_anything_below_it_cannot_just_end() -> None:
    cast = factories.city()
    with pytest.raises(ValidationError, match="3栋"):
        actions.end(cast.grid, actor=SYSTEM, reason="试")
    with pytest.raises(ValidationError, match="3栋"):
        actions.end(cast.estate, actor=SYSTEM, reason="试")
    news: list[history.Ended] = []
    history.PLACE_ENDED.append(news.append)
    try:
        actions.end(cast.household, actor=SYSTEM, reason="拆迁")
    finally:
        history.PLACE_ENDED.remove(news.append)
    assert news[0].place_id == cast.household.pk and news[0].successors == ()
    with pytest.raises(ValidationError, match="已经停用"):
        actions.end(cast.household, actor=SYSTEM, reason="再来")


def test_a_hook_that_fails_undoes_the_move() -> None:
    cast = factories.city()

    def refuse(news: history.Moved) -> None:
        raise ValidationError("还有事项没有移交")

    history.PLACE_MOVED.append(refuse)
    try:
        with pytest.raises(ValidationError, match="移交"):
            actions.move(cast.second_grid, cast.neighbour, actor=SYSTEM, reason="试")
    finally:
        history.PLACE_MOVED.remove(refuse)
    assert Place.objects.get(pk=cast.second_grid.pk).parent_id == cast.community.pk


def test_renaming_keeps_the_place_and_its_old_name_in_history() -> None:
    cast = factories.city()
    actions.rename(cast.estate, "芭茅塘花园", actor=SYSTEM, reason="小区更名")
    row = PlaceChange.objects.get(place=cast.estate, what="rename")
    assert (row.before["name"], row.after["name"]) == ("芭茅塘小区", "芭茅塘花园")
    assert "花园" in Place.objects.get(pk=cast.building.pk).search
    with pytest.raises(ValidationError, match="已经有"):
        actions.rename(cast.grid, "第二网格", actor=SYSTEM, reason="试")


def test_editing_nothing_leaves_no_trace() -> None:
    cast = factories.city()
    actions.edit(cast.building, address="", actor=SYSTEM)
    assert PlaceChange.objects.filter(place=cast.building).count() == 1
    actions.edit(cast.building, address="五星街 12 号", aliases=["老粮站"], actor=SYSTEM)
    assert "粮站" in Place.objects.get(pk=cast.building.pk).search
    with pytest.raises(ValidationError, match="经度"):
        actions.edit(cast.building, lon=None, actor=SYSTEM)
    with pytest.raises(ValidationError, match="不能手改"):
        actions.edit(cast.grid, code="510302001007009", actor=SYSTEM)
