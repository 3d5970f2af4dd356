"""What the database itself refuses."""

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from gongzhi.territory.models import Place, PlaceChange
from gongzhi.territory.tests import factories

pytestmark = pytest.mark.django_db


def test_a_path_that_does_not_end_with_the_place_itself_is_refused() -> None:
    with pytest.raises(IntegrityError, match="place_path_ends_with_itself"), transaction.atomic():
        Place.objects.create(id=7, name="自贡市", kind="city", path="/17/8/")
    Place.objects.create(id=7, name="自贡市", kind="city", path="/7/")


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"community_id": None}, "place_grid_has_a_community"),
        ({"grid_id": 1}, "place_grid_has_a_community"),
        ({"kind": "planet"}, "place_kind_known"),
        ({"name": ""}, "place_has_a_name"),
        ({"code": "51030200100799"}, "place_grid_code_15_digits"),
        ({"path": "1/2/3"}, "place_path"),
        ({"valid_to": "2019-12-31"}, "place_validity_in_order"),
        ({"parent": None}, "place_only_a_root_has_no_parent"),
        ({"lon": 104.0}, "place_point_on_earth"),
        ({"lon": 204.0, "lat": 20.0}, "place_point_on_earth"),
        ({"min_lon": 104.0}, "place_box_goes_with_boundary"),
    ],
)
def test_the_database_refuses_a_grid_that_cannot_be(changes: dict[str, object], constraint: str) -> None:
    cast = factories.city()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Place.objects.filter(pk=cast.grid.pk).update(**changes)


def test_a_district_without_its_own_id_is_refused() -> None:
    cast = factories.city()
    with pytest.raises(IntegrityError, match="place_district_levels"), transaction.atomic():
        Place.objects.filter(pk=cast.district.pk).update(district_id=None)


def test_a_code_is_unique_among_the_living_and_a_grids_code_for_ever() -> None:
    cast = factories.city()
    with pytest.raises(IntegrityError, match="place_code_once_among_the_living"), transaction.atomic():
        Place.objects.filter(pk=cast.neighbour.pk).update(code=cast.community.code)
    Place.objects.filter(pk=cast.grid.pk).update(valid_to="2026-01-01")
    with pytest.raises(IntegrityError, match="place_grid_code_never_reused"), transaction.atomic():
        Place.objects.filter(pk=cast.second_grid.pk).update(code=cast.grid.code)


def test_a_building_without_a_token_is_refused() -> None:
    cast = factories.city()
    with pytest.raises(IntegrityError, match="place_building_has_a_token"), transaction.atomic():
        Place.objects.filter(pk=cast.building.pk).update(token="")


@pytest.mark.parametrize("how", ["update", "delete"])
def test_the_history_can_be_neither_changed_nor_deleted(how: str) -> None:
    cast = factories.city()
    rows = PlaceChange.objects.filter(place=cast.grid)
    assert rows.count() == 1
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        rows.update(reason="别的") if how == "update" else rows.delete()
    assert rows.get().reason == ""
