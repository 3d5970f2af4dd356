"""The register: what is refused, what is kept, whom an organisation serves."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from gongzhi.kernel.actor import SYSTEM
from gongzhi.organisations import actions, who
from gongzhi.organisations.actions import Details
from gongzhi.organisations.models import Kind, Organisation, OrganisationChange, Serves
from gongzhi.organisations.tests import factories
from gongzhi.territory.tests import factories as ground
from gongzhi.territory.tests.factories import City

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> City:
    return ground.city()


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"kind": "club"}, "organisation_kind_known"),
        ({"name": ""}, "organisation_has_a_name"),
        ({"credit_code": "51510302000000001"}, "organisation_credit_code_shape"),
        ({"credit_code": "515103020000000IO1"}, "organisation_credit_code_shape"),
        ({"valid_to": "2019-01-01"}, "organisation_validity_in_order"),
    ],
)
def test_the_database_refuses_an_organisation_that_cannot_be(changes: dict[str, Any], constraint: str) -> None:
    row = factories.organisation("市政公用中心")
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Organisation.objects.filter(pk=row.pk).update(**changes)


def test_no_organisation_stands_above_itself_or_follows_while_living() -> None:
    row = factories.organisation("市政公用中心")
    with pytest.raises(IntegrityError, match="not_its_own_parent"), transaction.atomic():
        Organisation.objects.filter(pk=row.pk).update(parent=row.pk)
    other = factories.organisation("城管局")
    with pytest.raises(IntegrityError, match="successor_of_an_ended_one"), transaction.atomic():
        Organisation.objects.filter(pk=row.pk).update(successor=other.pk)


def test_the_history_can_be_neither_changed_nor_deleted() -> None:
    row = factories.organisation("市政公用中心")
    for change in (row.changes.all().delete, lambda: row.changes.all().update(reason="别的")):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert row.changes.count() == 1


@pytest.mark.parametrize(
    ("details", "words"),
    [
        ({"name": ""}, "名称"),
        ({"name": "长" * 101}, "最多"),
        ({"kind": "club"}, "类别"),
        ({"credit_code": "123"}, "18 位"),
        ({"credit_code": "515103020000000010"}, "校验"),
        ({"phone": "打门卫"}, "电话"),
    ],
)
def test_what_cannot_be_right_is_refused_with_a_sentence(details: dict[str, Any], words: str) -> None:
    known: dict[str, Any] = {"name": "灵志社工联", "kind": Kind.SOCIAL, **details}
    with pytest.raises(ValidationError, match=words):
        actions.register(Details(**known), actor=SYSTEM)
    assert not Organisation.objects.exists()


def test_a_right_code_and_phone_are_kept_in_their_standard_form(cast: City) -> None:
    code = factories.credit_code(1)
    row = factories.organisation("灵志社工联", cast.district, credit_code=f" {code.lower()} ", phone="(0813)8212345")
    assert (row.credit_code, row.phone) == (code, "0813-8212345")
    farm = factories.credit_code(2, head="N2510302")
    assert factories.organisation("磨子井合作社", cast.district, credit_code=farm).credit_code == farm
    assert row.pinyin == "lingzhishegonglian" and row.initials == "lzsgl"


def test_the_same_code_or_the_same_name_at_a_seat_is_registered_once(cast: City) -> None:
    code = factories.credit_code(1)
    first = factories.organisation("灵志社工联", cast.district, credit_code=code)
    with pytest.raises(ValidationError, match="已经登记过“灵志社工联”"):
        factories.organisation("别的名字", cast.district, credit_code=code)
    with pytest.raises(ValidationError, match="已经登记过"):
        factories.organisation("灵志社工联", cast.district)
    factories.organisation("灵志社工联", cast.other_district)
    actions.end(first, actor=SYSTEM, reason="注销")
    factories.organisation("灵志社工联", cast.district, credit_code=code)


def test_a_ring_of_parents_is_refused() -> None:
    top = factories.organisation("区委", kind=Kind.PARTY_COMMITTEE)
    middle = factories.organisation("街道党工委", kind=Kind.PARTY_COMMITTEE, parent_id=top.pk)
    low = factories.organisation("社区党委", kind=Kind.PARTY_COMMITTEE, parent_id=middle.pk)
    for parent in (top, low, middle):
        with pytest.raises(ValidationError, match="不能是"):
            actions.edit(top, Details("区委", Kind.PARTY_COMMITTEE, parent_id=parent.pk), actor=SYSTEM)
    with pytest.raises(ValidationError, match="下面还有"):
        actions.end(middle, actor=SYSTEM, reason="撤销")


def test_an_edit_is_kept_in_history_with_names(cast: City) -> None:
    row = factories.organisation("市政公用中心", cast.district)
    actor = ground.administrator(cast.district)
    details = Details("市政公用服务中心", Kind.DEPARTMENT, "市政", place_id=cast.street.pk, phone="0813-8212345")
    actions.edit(row, details, actor=actor, reason="机构改革")
    change = row.changes.get(what="edit")
    assert (change.before["name"], change.after["name"]) == ("市政公用中心", "市政公用服务中心")
    assert (change.before["place"], change.after["place"]) == ("自流井区", "五星街街道")
    assert (change.by_id, change.duty_id, change.reason) == (7, 101, "机构改革")
    actions.edit(row, details, actor=actor)
    assert row.changes.count() == 2
    assert Organisation.objects.named("市政").exists() and Organisation.objects.named("szgyfw").exists()


def test_whom_an_organisation_serves_is_asked_by_any_place_below(cast: City) -> None:
    row = factories.organisation("市政公用中心", cast.district, serves=[cast.street])
    elsewhere = factories.organisation("荣县住建局", cast.other_district, serves=[cast.other_district])
    with CaptureQueriesContext(connection) as seen:
        assert list(Organisation.objects.serving(cast.building)) == [row]
    assert len(seen) == 1
    assert list(Organisation.objects.serving(cast.group)) == [elsewhere]
    assert list(Organisation.objects.serving(cast.district)) == []
    assert list(Organisation.objects.seated_below(cast.other_district)) == [elsewhere]


def test_areas_change_by_the_day_and_keep_their_past(cast: City) -> None:
    row = factories.organisation("市政公用中心", cast.district, serves=[cast.street, cast.neighbour])
    actions.set_areas(row, [cast.community, cast.neighbour], actor=SYSTEM, at=date(2025, 1, 1))
    assert set(Serves.objects.filter(valid_to=None).values_list("place", flat=True)) == {
        cast.community.pk,
        cast.neighbour.pk,
    }
    assert list(Organisation.objects.serving(cast.street, date(2024, 12, 31))) == [row]
    assert list(Organisation.objects.serving(cast.street)) == []
    change = row.changes.get(what="serves")
    assert change.after["serves"] == ["新民街社区", "磨子井社区"]
    actions.set_areas(row, [cast.neighbour, cast.community], actor=SYSTEM)
    assert row.changes.filter(what="serves").count() == 1
    with pytest.raises(ValidationError, match="晚于今天"):
        actions.set_areas(row, [], actor=SYSTEM, at=date(2999, 1, 1))


def test_an_ended_organisation_serves_nobody_and_names_its_successor(cast: City) -> None:
    row = factories.organisation("市政公用中心", cast.district, serves=[cast.street])
    other = factories.organisation("城市运行中心", cast.district)
    with pytest.raises(ValidationError, match="接替"):
        actions.end(row, actor=SYSTEM, reason="改革", successor=row)
    actions.end(row, actor=SYSTEM, reason="改革", at=date(2026, 1, 1), successor=other)
    assert list(Organisation.objects.serving(cast.street)) == []
    assert list(Organisation.objects.serving(cast.street, date(2025, 12, 31))) == [row]
    assert Organisation.objects.get(pk=row.pk).successor == other
    for again in (
        lambda: actions.end(row, actor=SYSTEM, reason="再"),
        lambda: actions.set_areas(row, [], actor=SYSTEM),
    ):
        with pytest.raises(ValidationError, match="已经终止"):
            again()


def test_both_faces_of_who_agree(cast: City) -> None:
    rows = [
        factories.organisation("有座位", cast.district), factories.organisation("在社区", cast.community),
        factories.organisation("别处", cast.other_district, serves=[cast.street]),
        factories.organisation("没座位", serves=[cast.grid]), factories.organisation("什么都没有"),
    ]  # fmt: skip
    for seat in (cast.city, cast.district, cast.street, cast.other_district):
        actor = ground.administrator(seat)
        allowed = {row.pk for row in rows if who.administers(actor, row)}
        assert allowed == set(Organisation.objects.filter(who.administered(actor)).values_list("pk", flat=True))
    assert not who.administers(SYSTEM, rows[0])
    assert OrganisationChange.objects.count() == 5
