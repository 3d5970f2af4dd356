"""Pages of figures: who sees which, what stands on them, the list behind a number, Excel; nonsense in the address."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from gongzhi.accounts.tests.factories import client
from gongzhi.base.sheets import read_table
from gongzhi.cases import rates, rules
from gongzhi.cases.models import ClosingFault, Matter
from gongzhi.cases.tests.factories import Cast, brought_to, reported
from gongzhi.statistics import rollup
from gongzhi.statistics.charts import Line, bars, lines, nice
from gongzhi.statistics.tests.histories import FIRST, live

pytestmark = pytest.mark.django_db
PAGES = (
    "",
    "steps/",
    "backlog/",
    "themes/",
    "units/",
    "exclusions/",
    "months/",
    "reports/",
    "wall/",
    "list/?what=received",
)


def recent(cast: Cast) -> None:
    """This month: two closed, one being handled by works, one just received; one in another community."""
    now = timezone.now() - timedelta(minutes=30)
    for state in ("closed", "closed", "handling", "received"):
        brought_to(cast, state, now=now)
    reported(cast, now=now, place=cast.city.neighbour_grid)
    rollup.refresh()


def test_a_place_sees_itself_and_below_and_nobody_else(cast: Cast) -> None:
    recent(cast)
    here, there = cast.city.community, cast.city.neighbour
    secretary = client(cast.people["secretary"])
    assert f"{here.name} " in secretary.get("/statistics/").content.decode()
    outside = secretary.get(f"/statistics/?place={there.pk}").content.decode()
    assert there.name not in re.sub(r"<nav.*?</nav>", "", outside, flags=re.S)
    district = client(cast.people["district_secretary"]).get(f"/statistics/?place={there.pk}").content.decode()
    assert f"<h1>{there.name} " in district
    for who in ("resident", "administrator", "grid", "captain"):
        for page in PAGES:
            assert client(cast.people[who]).get(f"/statistics/{page}").status_code == 404, (who, page)
    assert client(cast.people["officer"]).get("/statistics/exclusions/").status_code == 404


def test_an_organisation_sees_what_it_handles_and_nothing_else(cast: Cast) -> None:
    recent(cast)
    works = client(cast.people["officer"]).get("/statistics/").content.decode()
    assert "本单位承办的事" in works and '派出</dt><dd><a href="/statistics/list/?what=dispatched">3</a>' in works
    water = client(cast.people["water_officer"]).get("/statistics/").content.decode()
    assert "派出</dt><dd>0</dd>" in water
    listed = client(cast.people["water_officer"]).get(f"/statistics/list/?what=received&handler=o{cast.works.pk}")
    assert "没有您能看的事" in listed.content.decode()


def test_every_number_opens_its_list(cast: Cast) -> None:
    recent(cast)
    clerk = client(cast.people["clerk"])
    page = clerk.get("/statistics/").content.decode()
    assert '收到</dt><dd><a href="/statistics/list/?what=received">4</a>' in page
    numbers = [row.number for row in Matter.objects.filter(community_id=cast.city.community.pk)]
    listed = clerk.get("/statistics/list/?what=received").content.decode()
    assert all(number in listed for number in numbers)
    handling = Matter.objects.get(state="handling")
    assert handling.number in clerk.get("/statistics/list/?what=open&step=handling").content.decode()
    still = clerk.get("/statistics/list/?what=open").content.decode()
    assert handling.number in still and Matter.objects.filter(state="closed")[0].number not in still
    assert clerk.get("/statistics/list/?what=secrets").status_code == 404


def test_rates_carry_formula_denominator_and_counts_when_few(cast: Cast) -> None:
    recent(cast)
    page = client(cast.people["secretary"]).get("/statistics/").content.decode()
    assert "2/2" in page and "件数少，不算百分比" in page and "怎么算的？" in page
    assert "评价 2 件，2 件满意" in page and "该联系 3 件，按时联系 3 件" in page


@pytest.mark.parametrize("page", PAGES)
def test_pages_keep_within_twenty_statements(cast: Cast, page: str, django_assert_max_num_queries: object) -> None:
    recent(cast)
    browser = client(cast.people["secretary"])
    browser.get("/statistics/")
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        assert browser.get(f"/statistics/{page}").status_code == 200


def test_a_table_goes_to_excel_as_it_stands(cast: Cast) -> None:
    recent(cast)
    answer = client(cast.people["secretary"]).get("/statistics/?by=category&xlsx=category")
    assert "spreadsheetml" in answer["Content-Type"]
    table = read_table(answer.content)
    rows = {row.cells["类别"]: row.cells for row in table.rows}
    assert rows["路灯楼道灯"]["收到"] == "4" and rows["路灯楼道灯"]["群众满意"] == "2/2"
    units = read_table(client(cast.people["secretary"]).get("/statistics/units/?xlsx=units").content)
    assert next(iter(units.rows)).cells["单位"] == "市政公用中心"


def test_closings_that_did_not_hold_stand_beside_their_unit(cast: Cast) -> None:
    recent(cast)
    matter, where = Matter.objects.filter(state="closed")[0], cast.city
    ClosingFault.objects.create(
        matter=matter, kind="false", organisation_id=cast.works.pk, at=timezone.now(), grid_id=where.grid.pk,
        community_id=where.community.pk, street_id=where.street.pk, district_id=where.district.pk,
    )  # fmt: skip
    (row,) = read_table(client(cast.people["secretary"]).get("/statistics/units/?xlsx=units").content).rows
    assert (row.cells["虚假办结"], row.cells["反映人不认可"]) == ("1", "0")


@pytest.mark.parametrize(
    "query",
    ["place=99999999999999999999&from=2026-99&to=x", "category=-1&handler=o&channel=%00&class=<b>&procedure=none",
     "handler=a1&from=1999-01&to=2099-12", "by=nonsense&xlsx=nothing", "place=%00&handler=o99999999999999999999"],
)  # fmt: skip
def test_nonsense_in_the_address_narrows_nothing_and_breaks_nothing(cast: Cast, query: str) -> None:
    browser = client(cast.people["secretary"])
    for page in ("", "steps/", "backlog/", "themes/", "units/", "exclusions/", "months/", "reports/", "wall/"):
        assert browser.get(f"/statistics/{page}?{query}").status_code == 200
    assert browser.get(f"/statistics/list/?what=open&age=9&step=none&{query}").status_code == 200


def test_an_axis_ends_on_a_round_number_and_labels_keep_apart() -> None:
    assert [nice(most) for most in (0, 3, 5, 9, 22, 101, 207, 999)] == [4, 4, 8, 12, 24, 120, 240, 1000]
    drawn = lines(["一月", "二月"], [Line("收到", "came", [3, 7]), Line("办结", "done", [2, 7])], "件数")
    places = sorted(one["label_y"] for one in drawn["lines"])
    assert places[1] - places[0] >= 20 and "收到 3 → 7" in drawn["words"]
    assert bars([], "没有")["bars"] == []


def test_the_public_page_shows_the_same_rates_as_counted_and_as_looked_up(cast: Cast) -> None:
    live(cast, 5)
    now = FIRST + timedelta(days=45)
    place, period = cast.city.community, rules.period(rules.LAST_MONTH, now)
    counted = rates.of_place(rates.where(place), period, now)
    rollup.refresh(FIRST + timedelta(days=200))
    kept = rates.of(place, period, now)
    assert kept.contact == counted.contact and kept.counts.rated == counted.counts.rated
    assert rates.of(cast.city.building, period, now) == rates.of_place(rates.where(cast.city.building), period, now)
