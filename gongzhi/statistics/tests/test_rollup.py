"""Rollups against events counted one at a time, on random histories; late events; rebuilding; tampering."""

from bisect import bisect_right
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Sum

from gongzhi.cases.models import Matter
from gongzhi.cases.tests.factories import ANSWERED, FINISHED, Cast, brought_to, reported, triaged
from gongzhi.cases.tests.factories import cast as build
from gongzhi.kernel.chain import event_hash
from gongzhi.kernel.clock import current, forget
from gongzhi.kernel.models import Day, Event, EventBody
from gongzhi.kernel.perform import perform
from gongzhi.statistics import measures, proof, rollup
from gongzhi.statistics.measures import BOUNDS, MEASURES
from gongzhi.statistics.models import Daily, Monthly, Pending, Stock, Workday
from gongzhi.statistics.tests.histories import FIRST, by_hand, live

pytestmark = pytest.mark.django_db
NOW = FIRST + timedelta(days=200)


def counted() -> Counter[tuple[str, date]]:
    found: Counter[tuple[str, date]] = Counter()
    for name in MEASURES:
        for row in Monthly.objects.filter(cut="").values("month").annotate(n=Sum(name)):
            found[name, row["month"]] += row["n"]
    return Counter({key: n for key, n in found.items() if n})


def everything() -> list[tuple[Any, ...]]:
    rows = [tuple(row) for row in Daily.objects.values_list("day", *measures.DIMENSIONS, "step", *MEASURES)]
    return sorted(rows, key=repr)


@pytest.mark.parametrize("seed", range(2))
def test_rollups_say_what_the_events_say_counted_one_at_a_time(cast: Cast, seed: int) -> None:
    live(cast, seed)
    rollup.refresh(NOW)
    by_sql, one_by_one = counted(), by_hand()
    names = {name for name, _month in one_by_one}
    assert {key: n for key, n in by_sql.items() if key[0] in names} == dict(one_by_one)
    assert {"received", "finished", "closed", "rated", "reopened"} <= names
    assert list(proof.faults()) == []
    before = everything()
    list(rollup.rebuild(NOW))
    assert everything() == before
    assert list(proof.faults()) == []


def test_an_event_of_a_past_day_that_comes_late_changes_that_day_and_what_was_open_since(cast: Cast) -> None:
    reported(cast, now=FIRST)
    rollup.refresh(NOW)
    assert not Pending.objects.exists() and rollup.refresh(NOW) == 0
    reported(cast, now=FIRST + timedelta(days=3))  # an import of old records
    assert set(Pending.objects.values_list("day", flat=True)) == {date(2026, 3, 5)}
    assert list(proof.faults()) == []  # a day that is waiting to be counted is no fault
    assert rollup.refresh(NOW) == 1
    assert counted()["received", date(2026, 3, 1)] == 2
    assert Stock.objects.filter(month=date(2026, 4, 1)).aggregate(n=Sum("open"))["n"] == 2
    assert list(proof.faults()) == []


def test_verify_names_the_first_day_that_was_tampered_with(cast: Cast) -> None:
    brought_to(cast, "closed", now=FIRST)
    brought_to(cast, "closed", now=FIRST + timedelta(days=10))
    rollup.refresh(NOW)
    Daily.objects.filter(day__gte=date(2026, 3, 2), received=1).update(received=2)
    found = list(proof.faults())
    assert found[0] == "the figures of 2026-03-02 are not what its events say"
    assert found[1] == "the figures of 2026-03-12 are not what its events say"
    assert any("2026-03 are not those of its days" in words for words in found)
    list(rollup.rebuild(NOW))
    Stock.objects.create(month=date(2026, 3, 1), until=NOW, open=1, step="handling")
    assert list(proof.faults()) == ["what was open at the end of 2026-03 is not what the events say"]


def test_facts_under_the_hash_cannot_be_changed_unnoticed(cast: Cast) -> None:
    reported(cast, now=FIRST)
    event = Event.objects.filter(kind="cases.matter").get()
    assert event.facts is not None and '"w":"web"' in event.facts
    event.facts = event.facts.replace("web", "phone")
    assert event_hash(event) != bytes(event.hash)


def test_erased_words_change_no_figure(cast: Cast) -> None:
    brought_to(cast, "closed", now=FIRST)
    rollup.refresh(NOW)
    before = everything()
    EventBody.objects.all().delete()
    list(rollup.rebuild(NOW))
    assert everything() == before and list(proof.faults()) == []


def test_a_step_took_as_long_as_it_took_by_the_clock_and_in_office_time(cast: Cast) -> None:
    """Friday 09:30 received, Monday 10:00 accepted: three days by the clock, seven and a half hours of office."""
    friday = datetime(2026, 3, 6, 1, 30, tzinfo=UTC)
    matter, monday = reported(cast, now=friday).matter, datetime(2026, 3, 9, 2, 0, tzinfo=UTC)
    assert matter is not None
    perform(matter, "accept", actor=cast.actor("clerk"), data={}, now=monday)
    rollup.refresh(NOW)
    row = Daily.objects.get(step="received", passed=1)
    assert (row.day, row.passed_late) == (date(2026, 3, 9), 1)
    by_clock, office = (monday - friday).total_seconds() / 60, current().work_between(friday, monday)
    assert row.hours[bisect_right(BOUNDS, by_clock)] == 1 == sum(row.hours)
    assert office == timedelta(hours=7, minutes=30)
    assert row.work[bisect_right(BOUNDS, office.total_seconds() / 60)] == 1 == sum(row.work)


def test_a_calendar_corrected_later_moves_no_figure(cast: Cast) -> None:
    matter = reported(cast, now=FIRST).matter
    assert matter is not None
    perform(matter, "accept", actor=cast.actor("clerk"), data={}, now=FIRST + timedelta(days=1))
    rollup.refresh(NOW)
    Day.objects.create(date=date(2026, 3, 2), is_workday=False)
    forget()
    list(rollup.rebuild(NOW))
    office = Daily.objects.get(step="received", passed=1).work
    assert office[bisect_right(BOUNDS, 7 * 60)] == 1
    assert Workday.objects.get(day=date(2026, 3, 2)).opens == [9 * 3600, 13 * 3600 + 1800]
    assert list(proof.faults()) == []


def test_of_two_ratings_in_one_month_the_last_counts_and_in_another_month_both(cast: Cast) -> None:
    matter = brought_to(cast, "closed", now=FIRST)
    report = matter.reports.get()
    perform(report, "again", actor=cast.actor("resident"), data={"reason": "又坏了"}, now=FIRST + timedelta(days=2))
    at = FIRST + timedelta(days=3)
    for verb, who, data in (
        ("triage", "clerk", triaged(cast, f"o{cast.works.pk}")), ("sign", "officer", {}), ("finish", "officer", FINISHED),
        ("feedback", "clerk", ANSWERED),
    ):  # fmt: skip
        perform(Matter.objects.get(pk=matter.pk), verb, actor=cast.actor(who), data=data, now=at)
    meh = {"is_resolved": "yes", "satisfaction": "2", "comment": ""}
    perform(report, "rate", actor=cast.actor("resident"), data=meh, now=at)
    rollup.refresh(NOW)
    march = date(2026, 3, 1)
    assert (counted()["rated", march], counted()["content", march]) == (1, 0)
    assert counted()["reopened_closed", march] == 1


def test_confidential_matters_are_in_no_figure(cast: Cast) -> None:
    matter = reported(cast, now=FIRST).matter
    assert matter is not None
    Matter.objects.filter(pk=matter.pk).update(circle_id=7)
    actor = replace(cast.actor("clerk"), circles=frozenset({7}))
    perform(matter, "accept", actor=actor, data={}, now=FIRST + timedelta(hours=1))
    Matter.objects.filter(pk=matter.pk).update(circle_id=None)
    rollup.refresh(NOW)
    assert counted() == {("received", date(2026, 3, 1)): 1, ("reporters", date(2026, 3, 1)): 1}
    assert not Stock.objects.exists()


@pytest.mark.parametrize(("minutes", "part"), [([10], 0.5), ([20, 40, 100, 5000], 0.5), (list(range(1, 3000, 7)), 0.9)])
def test_a_percentile_lies_in_the_bucket_of_the_true_one(minutes: list[int], part: float) -> None:
    buckets = [0] * (len(BOUNDS) + 1)
    for value in minutes:
        buckets[bisect_right(BOUNDS, value)] += 1
    true = sorted(minutes)[max(0, -(-int(len(minutes) * part * 1000) // 1000) - 1)]
    found = measures.percentile(buckets, part)
    assert found is not None and abs(bisect_right(BOUNDS, found) - bisect_right(BOUNDS, true)) <= 1
    assert measures.percentile([0] * len(buckets), part) is None


def test_every_measure_has_its_column() -> None:
    columns = {field.name for field in Daily._meta.get_fields()}
    assert set(MEASURES) | set(measures.DIMENSIONS) | {"hours", "work", "step"} <= columns
    assert set(measures.STOCKS) <= {field.name for field in Stock._meta.get_fields()}


@pytest.mark.django_db(transaction=True)
def test_two_counts_at_once_wait_for_nobody_and_count_once(transactional_db: None) -> None:
    cast = build()
    reported(cast, now=FIRST)
    with transaction.atomic():
        rollup.refresh(NOW)
        with ThreadPoolExecutor(1) as other:
            assert other.submit(_elsewhere).result() == 0
    assert counted()["received", date(2026, 3, 1)] == 1 and list(proof.faults()) == []


def _elsewhere() -> int:
    try:
        return rollup.refresh(NOW)
    finally:
        connection.close()
