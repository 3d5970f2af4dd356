"""The three rates by hand: a month counted on paper, and the same month counted by the database."""

from datetime import UTC, datetime, timedelta

import pytest

from gongzhi.cases import rates, rules
from gongzhi.cases.models import Matter, Report
from gongzhi.cases.rules import Counts
from gongzhi.cases.tests.factories import Cast, brought_to, reported
from gongzhi.kernel.perform import perform

NOW = datetime(2026, 4, 15, 2, 0, tzinfo=UTC)
"""15 April, 10:00 in Shanghai."""
MARCH = rules.period(rules.LAST_MONTH, NOW)


def test_the_rates_of_a_month_counted_by_hand() -> None:
    found = rules.rates(
        Counts(contacted_in_time=8, contacted_late=1, waiting_late=1, rated=5, resolved=4, content=3, overdue=3)
    )
    assert (found.contact.part, found.contact.whole, found.contact.shown) == (8, 10, "80")
    assert (found.resolution.part, found.resolution.whole, found.resolution.shown) == (4, 8, "50")
    assert (found.satisfaction.part, found.satisfaction.whole, found.satisfaction.shown) == (3, 5, "60")


def test_nothing_counted_is_no_rate_and_says_so() -> None:
    found = rules.rates(Counts())
    assert found.contact.ratio is found.resolution.ratio is found.satisfaction.ratio is None
    assert [figure["value"] for figure in rules.figures(found)] == ["暂无"] * 3
    assert all("0 件" not in figure["formula"] and "%" not in figure["unit"] for figure in rules.figures(found))


def test_almost_all_is_never_shown_as_all() -> None:
    assert (
        rules.Rate(9999, 10000).shown == "99.9" and rules.Rate(3, 3).shown == "100" and rules.Rate(1, 3).shown == "33.3"
    )


def test_the_formula_tells_what_stands_in_the_denominator() -> None:
    words = rules.figures(rules.rates(Counts(8, 1, 1, 5, 4, 3, 3, 2)))
    assert words[0]["formula"] == "该联系 10 件，按时联系 8 件，过了时间还没联系的 1 件算没按时。"
    assert words[1]["formula"] == "回访评价 7 次，4 次说解决了；超期没办完的 3 件算没解决。"
    assert words[2]["formula"] == "评价 5 件，3 件满意。"
    assert words[1]["value"] == "40"


def test_months_are_those_of_shanghai_also_across_a_year() -> None:
    assert MARCH.since == datetime(2026, 2, 28, 16, 0, tzinfo=UTC) and MARCH.until == datetime(
        2026, 3, 31, 16, 0, tzinfo=UTC
    )
    january = datetime(2025, 12, 31, 16, 0, tzinfo=UTC)
    assert rules.period(rules.THIS_MONTH, january).since == january
    assert rules.period(rules.LAST_MONTH, january).since == datetime(2025, 11, 30, 16, 0, tzinfo=UTC)
    year = rules.period(rules.YEAR, NOW)
    assert year.since == datetime(2025, 4, 30, 16, 0, tzinfo=UTC) and year.until == NOW
    assert rules.period("nonsense", NOW).code == rules.THIS_MONTH


def _march(cast: Cast, day: int, state: str) -> Matter:
    return brought_to(cast, state, now=datetime(2026, 3, day, 1, 30, tzinfo=UTC))


@pytest.mark.django_db
def test_the_database_counts_the_same_month(cast: Cast) -> None:
    """March: one rated content; one handling and past its limit; one never contacted; one contacted late.

    Contact: in time 2 of 4. Resolution: 1 of (1 rated + 3 overdue at the end of March). Satisfaction: 1 of 1.
    """
    _march(cast, 4, "closed")
    _march(cast, 5, "handling")
    _march(cast, 6, "received")
    slow = reported(cast, now=datetime(2026, 3, 9, 1, 30, tzinfo=UTC)).matter
    assert slow is not None
    perform(slow, "accept", actor=cast.actor("clerk"), data={}, now=datetime(2026, 3, 11, 1, 30, tzinfo=UTC))
    brought_to(cast, "received", now=NOW)
    found = rates.of_place(rates.where(cast.city.community), MARCH, NOW)
    assert found.counts == Counts(2, 1, 1, 1, 1, 1, 3)
    assert found == rates.of_place(rates.where(cast.city.grid), MARCH, NOW)
    assert rates.of_place(rates.where(cast.city.neighbour), MARCH, NOW).counts == Counts()


@pytest.mark.django_db
def test_a_rating_of_another_month_and_a_suspended_matter_do_not_count(cast: Cast) -> None:
    _march(cast, 4, "closed")
    Report.objects.update(rated_at=MARCH.until)
    Matter.objects.filter(pk=_march(cast, 5, "suspended").pk).update(total_due_at=MARCH.until - timedelta(days=2))
    found = rates.of_place(rates.where(cast.city.community), MARCH, NOW).counts
    assert (found.rated, found.overdue) == (0, 0)


@pytest.mark.django_db
def test_load_counts_open_and_closed_of_the_year(cast: Cast) -> None:
    _march(cast, 4, "declined")
    _march(cast, 5, "handling")
    assert rates.load(rates.where(cast.city.community), NOW) == rates.Load(open=1, closed=1)


def test_a_rating_that_opened_the_matter_again_is_not_wiped_out_by_a_better_one(cast: Cast) -> None:
    now = datetime(2026, 3, 4, 1, 30, tzinfo=UTC)
    report = brought_to(cast, "judging", now=now).reports.get()
    unhappy = {"is_resolved": "no", "satisfaction": "2", "comment": "又坏了"}
    perform(report, "rate", actor=cast.actor("resident"), data=unhappy, now=now)
    at = rates.where(cast.city.community)
    month = rules.Period("march", datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 31, 16, tzinfo=UTC))
    found = rates.of_place(at, month, now)
    assert (found.counts.rated, found.counts.unresolved, found.resolution) == (0, 1, rules.Rate(0, 1))
