"""Figures and extra questions through the interface: the same reach, the same rules."""

from typing import Any

import pytest

from gongzhi.cases.models import Report
from gongzhi.cases.tests.factories import Cast, brought_to
from gongzhi.cases.tests.factories import cast as build
from gongzhi.knowledge.models import YES
from gongzhi.knowledge.tests.factories import extra
from gongzhi.portal.tests.api_client import Caller, problem_of
from gongzhi.statistics.api import TABLES

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    """A community at work."""
    return build()


def body_of(answer: Any, status: int = 200) -> Any:
    """The JSON of an answer with this status."""
    assert answer.status_code == status, answer.content.decode()[:500]
    return answer.json()


@pytest.mark.parametrize("name", TABLES)
def test_every_table_of_the_pages_opens_for_who_sees_figures(cast: Cast, name: str) -> None:
    brought_to(cast, "handling")
    found = body_of(Caller(cast.people["secretary"]).get(f"statistics/tables/{name}?from=2026-01&to=2026-03"))
    assert found["heads"] and all(len(row) == len(found["heads"]) for row in found["rows"])
    assert found["where"] == cast.city.community.name


def test_rates_are_told_to_who_sees_figures_only(cast: Cast) -> None:
    found = body_of(Caller(cast.people["secretary"]).get("statistics/rates"))
    assert [one["name"] for one in found["items"]] == ["contact", "resolution", "satisfaction"]
    problem_of(Caller(cast.people["resident"]).get("statistics/rates"), 403)
    problem_of(Caller(cast.people["secretary"], ["matters:read"]).get("statistics/rates"), 403)
    problem_of(Caller(cast.people["secretary"]).get("statistics/rates?from=2026-13"), 422)
    problem_of(Caller(cast.people["secretary"]).get("statistics/tables/nothing"), 422)


def test_extra_questions_are_asked_and_kept_here_as_on_the_page(cast: Cast) -> None:
    question = extra("是不是整栋都不亮？", is_required=True)
    reporter = Caller(cast.people["resident"])
    asked = body_of(reporter.get(f"reports/questions?category={cast.light.pk}&place={cast.city.building.pk}"))["items"]
    assert [(one["id"], one["is_required"]) for one in asked] == [(question.pk, True)]
    body = {"text": "楼道灯不亮", "place": cast.city.building.pk, "category": cast.light.pk}
    assert f"extra.q{question.pk}" in problem_of(reporter.post("reports", body), 422)["errors"]
    answered = {**body, "extra": [{"question": question.pk, "values": [YES]}]}
    made = body_of(reporter.post("reports", answered), 201)
    assert Report.objects.get(number=made["number"]).extra[0]["shown"] == YES
