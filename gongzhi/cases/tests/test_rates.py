"""The three rates by hand: a month counted on paper, and the same month counted by the database."""

from datetime import UTC, datetime, timedelta

import pytest

from gongzhi.cases import rates, rules
from gongzhi.cases.actions import join
from gongzhi.cases.models import Matter, Report
from gongzhi.cases.rules import Counts
from gongzhi.cases.tests.factories import ANSWERED, FINISHED, HAPPY, Cast, brought_to, reported, said
from gongzhi.kernel.perform import perform

NOW = datetime(2026, 4, 15, 2, 0, tzinfo=UTC)
"""15 April, 10:00 in Shanghai."""
MARCH = rules.period(rules.LAST_MONTH, NOW)


def test_the_rates_of_a_month_counted_by_hand() -> None:
    found = rules.rates(
        Counts(contacted_in_time=8, contacted_late=1, waiting_late=1, rated=5, resolved=4, content=3, overdue=3)
    )
    assert (found.contact.part, found.contact.whole, found.contact.shown) == (8, 10, "80")
    assert (found.resolution.part, found.resolution.whole, found.resolution.shown) == (4, 8, "4/8")
    assert (found.satisfaction.part, found.satisfaction.whole, found.satisfaction.shown) == (3, 5, "3/5")


def test_nothing_counted_is_no_rate_and_says_so() -> None:
    found = rules.rates(Counts())
    assert found.contact.ratio is found.resolution.ratio is found.satisfaction.ratio is None
    assert [figure["value"] for figure in rules.figures(found)] == ["暂无"] * 3
    assert all("0 件" not in figure["formula"] and "%" not in figure["unit"] for figure in rules.figures(found))


def test_almost_all_is_never_shown_as_all() -> None:
    assert (
        rules.Rate(9999, 10000).shown == "99.9"
        and rules.Rate(30, 30).shown == "100"
        and rules.Rate(10, 30).shown == "33.3"
    )


def test_the_formula_tells_what_stands_in_the_denominator() -> None:
    words = rules.figures(rules.rates(Counts(8, 1, 1, 5, 4, 3, 3, 2)))
    assert words[0]["formula"] == "该联系 10 件，按时联系 8 件，过了时间还没联系的 1 件算没按时。"
    assert words[1]["formula"] == "回访评价 7 次，4 次说解决了；超期没办完的 3 件算没解决。"
    assert words[2]["formula"] == "评价 5 件，3 件满意。件数少，不算百分比。"
    assert [word["unit"] for word in words] == ["%", "%", "件"]
    assert words[1]["value"] == "40"


@pytest.mark.parametrize(
    ("part", "whole", "shown", "few"), [(1, 1, "1/1", True), (9, 9, "9/9", True), (9, 10, "90", False)]
)
def test_of_few_the_count_itself_is_shown(part: int, whole: int, shown: str, few: bool) -> None:
    rate = rules.Rate(part, whole)
    assert (rate.shown, rate.is_few) == (shown, few)


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

    Contact: in time 2 of 4. Resolution: 1 of (1 rated + 2 overdue at the end of March: nobody accepted the third, so it
    has no handling limit). Satisfaction: 1 of 1.
    """
    _march(cast, 4, "closed")
    _march(cast, 5, "handling")
    _march(cast, 6, "received")
    slow = reported(cast, now=datetime(2026, 3, 9, 1, 30, tzinfo=UTC)).matter
    assert slow is not None
    perform(slow, "accept", actor=cast.actor("clerk"), data={}, now=datetime(2026, 3, 11, 1, 30, tzinfo=UTC))
    brought_to(cast, "received", now=NOW)
    found = rates.of_place(rates.where(cast.city.community), MARCH, NOW)
    assert found.counts == Counts(2, 1, 1, 1, 1, 1, 2)
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


MORNING = datetime(2026, 3, 4, 1, 30, tzinfo=UTC)
"""Wednesday 09:30 in Shanghai: contact is due at 11:30, handling on 13 March."""


def _do(cast: Cast, matter: Matter, verb: str, who: str, data: object, at: datetime) -> None:
    perform(Matter.objects.get(pk=matter.pk), verb, actor=cast.actor(who), data=data, now=at)


def _rate(cast: Cast, face: str, resolved: str = "yes") -> Matter:
    matter = brought_to(cast, "judging", now=MORNING)
    data = {"is_resolved": resolved, "satisfaction": face, "comment": "还是不行" if resolved == "no" else ""}
    perform(matter.reports.get(), "rate", actor=cast.actor("resident"), data=data, now=MORNING)
    return matter


@pytest.mark.django_db
def test_a_month_of_ten_matters_counted_by_hand(cast: Cast) -> None:
    """Each line says what it counts for; 8 matters were due to be contacted, 7 reports stand under 问题解决."""
    reported(cast, now=MORNING)  # never contacted: late; nobody accepted it, so it has no handling limit
    slow = reported(cast, now=MORNING).matter  # contacted too late; its handling limit passed: not resolved
    assert slow is not None
    _do(cast, slow, "accept", "clerk", {}, MORNING + timedelta(hours=3))
    for face in ("5", "4", "3"):
        _rate(cast, face)  # in time, resolved; the third is not content
    _rate(
        cast, "1", "no"
    )  # in time, said “not resolved”, open again past its limit: counted once, not again as overdue
    two = brought_to(cast, "handling", now=MORNING)  # in time; two people wait past the limit: two not resolved
    words = said(cast, text="我也是", owner_id=cast.people["other_resident"].pk)
    join(words, two, actor=cast.actor("other_resident"), now=MORNING)
    brought_to(cast, "judging", now=MORNING)  # in time, handled in time, nobody judged: counted no further
    reported(cast, now=MORNING, place=cast.city.neighbour_grid)  # another community
    found = rates.of_place(rates.where(cast.city.community), MARCH, NOW)
    assert found.counts == Counts(6, 1, 1, rated=3, resolved=3, content=2, overdue=3, unresolved=1)
    assert (found.contact, found.resolution) == (rules.Rate(6, 8), rules.Rate(3, 7))
    assert found.satisfaction == rules.Rate(2, 3)


@pytest.mark.django_db
def test_what_was_handled_too_late_counts_until_it_is_judged(cast: Cast) -> None:
    matter, late = brought_to(cast, "handling", now=MORNING), MORNING + timedelta(days=14)
    _do(cast, matter, "finish", "officer", FINISHED, late)
    _do(cast, matter, "feedback", "clerk", ANSWERED, late)
    community = rates.where(cast.city.community)
    assert rates.of_place(community, MARCH, NOW).counts.overdue == 1
    perform(matter.reports.get(), "rate", actor=cast.actor("resident"), data=HAPPY, now=late)
    after = rates.of_place(community, MARCH, NOW).counts
    assert (after.overdue, after.resolved) == (0, 1)


@pytest.mark.django_db
def test_a_month_that_is_over_keeps_what_was_late_at_its_end(cast: Cast) -> None:
    matter, april = brought_to(cast, "handling", now=MORNING), NOW - timedelta(days=1)
    _do(cast, matter, "finish", "officer", FINISHED, april)
    _do(cast, matter, "feedback", "clerk", ANSWERED, april)
    perform(matter.reports.get(), "rate", actor=cast.actor("resident"), data=HAPPY, now=april)
    assert rates.of_place(rates.where(cast.city.community), MARCH, NOW).counts.overdue == 1


@pytest.mark.django_db
def test_confidential_matters_are_in_no_rate(cast: Cast) -> None:
    matter = brought_to(cast, "handling", now=MORNING)
    for model in (Matter, Report):
        model._default_manager.update(circle_id=1)
    assert rates.of_place(rates.where(cast.city.community), MARCH, NOW).counts == Counts()
    for model in (Matter, Report):
        model._default_manager.update(circle_id=None)  # as the cast's verifier wants it
    assert rates.of_place(rates.where(cast.city.community), MARCH, NOW).counts.overdue == 1
    assert matter.closed_at is None


def test_a_rating_that_opened_the_matter_again_is_not_wiped_out_by_a_better_one(cast: Cast) -> None:
    now = datetime(2026, 3, 4, 1, 30, tzinfo=UTC)
    report = brought_to(cast, "judging", now=now).reports.get()
    unhappy = {"is_resolved": "no", "satisfaction": "2", "comment": "又坏了"}
    perform(report, "rate", actor=cast.actor("resident"), data=unhappy, now=now)
    at = rates.where(cast.city.community)
    month = rules.Period("march", datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 31, 16, tzinfo=UTC))
    found = rates.of_place(at, month, now)
    assert (found.counts.rated, found.counts.unresolved, found.resolution) == (0, 1, rules.Rate(0, 1))
