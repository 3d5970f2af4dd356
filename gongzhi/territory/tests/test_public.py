"""Open answers: right, limited, and never a household."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongzhi.kernel.actor import SYSTEM
from gongzhi.territory import actions, public
from gongzhi.territory.models import Kind
from gongzhi.territory.tests import factories
from gongzhi.territory.tests.asking import Visitor
from gongzhi.territory.tests.factories import City, square

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> City:
    return factories.city()


def test_a_point_answers_with_its_grid_and_trail(cast: City) -> None:
    actions.set_boundary(cast.grid, square(104.77, 29.34), actor=SYSTEM, at=date(2021, 1, 1))
    found = Visitor().get("/places/at.json", {"lon": "104.775", "lat": "29.345"}).json()
    assert found["id"] == cast.grid.pk and found["text"] == "自流井区 › 五星街街道 › 磨子井社区 › 第一网格"
    assert [crumb["kind"] for crumb in found["trail"]] == ["district", "street", "community", "grid"]
    assert Visitor().get("/places/at.json", {"lon": "0", "lat": "0"}).json()["id"] is None


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"lon": "x", "lat": "1"},
        {"lon": "nan", "lat": "1"},
        {"lon": "inf", "lat": "1"},
        {"lon": "1e999", "lat": "1"},
        {"lon": "181", "lat": "1"},
        {"lon": "104", "lat": "-91"},
        {"lon": "\0", "lat": "1"},
        {"lon": "1" * 5000, "lat": "1"},
    ],
)
def test_a_point_that_is_none_gets_a_sentence(cast: City, query: dict[str, str]) -> None:
    answer = Visitor().get("/places/at.json", query)
    assert answer.status_code == 400 and answer.json()["error"]


def test_words_answer_with_candidates_and_reasons(cast: City) -> None:
    found = Visitor().get("/places/find.json", {"q": "芭茅塘3栋"}).json()["candidates"]
    assert found[0]["id"] == cast.building.pk and found[0]["reasons"]
    assert found[0]["text"].endswith("第一网格 › 芭茅塘小区3栋")
    found = Visitor().get("/places/find.json", {"q": "第一网格", "within": cast.neighbour.pk, "kind": "grid"}).json()
    assert [hit["id"] for hit in found["candidates"]] == [cast.neighbour_grid.pk]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 400),
        ({"q": "井"}, 400),
        ({"q": " "}, 400),
        ({"q": "磨子", "within": "x"}, 400),
        ({"q": "磨子", "within": "0"}, 404),
        ({"q": "磨子", "within": "9" * 18}, 404),
        ({"q": "\0\0\0"}, 200),
        ({"q": "磨" * 9000}, 200),
        ({"q": "磨子", "kind": "x"}, 200),
        ({"q": "' OR 1=1"}, 200),
        ({"q": "🏠🏠"}, 200),
        ({"q": "\u202e子磨"}, 200),
    ],
)
def test_odd_words_never_break_the_search(cast: City, query: dict[str, str], status: int) -> None:
    assert Visitor().get("/places/find.json", query).status_code == status


def test_households_never_appear(cast: City) -> None:
    answer = Visitor().get(f"/places/{cast.building.pk}/children.json").json()
    assert answer["children"] == []
    assert Visitor().get(f"/places/{cast.household.pk}/children.json").json()["id"] == cast.building.pk
    for query in ("单元301", "1单元301", "301"):
        text = Visitor().get("/places/find.json", {"q": query, "kind": "household"}).content.decode()
        assert "1单元301" not in text


def test_children_are_listed_page_by_page(cast: City) -> None:
    for n in range(60):
        factories.place(Kind.BUILDING, f"{n + 20}栋", cast.grid)
    answer = Visitor().get(f"/places/{cast.grid.pk}/children.json").json()
    assert len(answer["children"]) == 50 and not answer["children"][0]["has_children"]
    rest = Visitor().get(f"/places/{cast.grid.pk}/children.json", {"after": answer["next"]}).json()
    assert len(rest["children"]) == 11 and rest["next"] == ""
    assert Visitor().get(f"/places/{cast.grid.pk}/children.json", {"after": "\0~1"}).status_code == 200


def test_an_answer_says_what_has_more_below(cast: City) -> None:
    found = Visitor().get(f"/places/{cast.community.pk}/children.json").json()["children"]
    assert {child["name"]: child["has_children"] for child in found} == {
        "第一网格": True, "第二网格": True, "芭茅塘小区": False,
    }  # fmt: skip


def test_shapes_are_the_boundaries_below_and_the_own_one(cast: City) -> None:
    actions.set_boundary(cast.community, square(104.76, 29.33, 0.05), actor=SYSTEM)
    actions.set_boundary(cast.grid, square(104.77, 29.34), actor=SYSTEM, is_invented=True)
    with CaptureQueriesContext(connection) as seen:
        found = Visitor().get(f"/places/{cast.community.pk}/shapes.json").json()
    assert len(seen) <= 8
    assert found["type"] == "FeatureCollection"
    own, grid = found["features"]
    assert (own["properties"]["tone"], grid["properties"]["name"]) == ("here", "第一网格")
    assert grid["properties"]["is_invented"] is True and grid["properties"]["url"] == ""
    assert grid["geometry"] == square(104.77, 29.34)


def test_one_address_cannot_ask_without_end(cast: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "TRIES", 3)
    answers = [Visitor().get("/places/at.json", {"lon": "1", "lat": "1"}) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json()["error"] and answers[-1]["Retry-After"]


def test_only_reading_is_possible(cast: City) -> None:
    for path in ("at.json", "find.json", f"{cast.grid.pk}/children.json", f"{cast.grid.pk}/shapes.json"):
        assert Visitor().post(f"/places/{path}", {}).status_code == 405
