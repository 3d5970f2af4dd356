"""Working time of the Chinese calendar."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from gongzhi.kernel import clock
from gongzhi.kernel.clock import SHANGHAI, Clock, Span
from gongzhi.kernel.models import Day, Limit

HOURS = ((time(9), time(12)), (time(13, 30), time(17, 30)))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def plain(days: dict[date, bool] | None = None) -> Clock:
    return Clock(days or {}, (), HOURS)


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        ("2026-03-04T10:00", Span(2, "hours"), "2026-03-04T12:00"),
        ("2026-03-04T10:00", Span(7, "days"), "2026-03-11T10:00"),
        ("2026-03-04T11:00", Span(2, "workhours"), "2026-03-04T14:30"),
        ("2026-03-06T17:00", Span(1, "workhours"), "2026-03-09T09:30"),
        ("2026-03-07T03:00", Span(1, "workhours"), "2026-03-09T10:00"),
        ("2026-03-04T23:00", Span(1, "workdays"), "2026-03-05T17:30"),
        ("2026-03-06T10:00", Span(1, "workdays"), "2026-03-09T17:30"),
        ("2026-03-04T10:00", Span(7, "workdays"), "2026-03-13T17:30"),
    ],
)
def test_deadlines_in_every_unit(start: str, span: Span, due: str) -> None:
    assert plain().add(at(start), span) == at(due)


def test_holidays_do_not_count_and_make_up_days_do() -> None:
    calendar = plain({date(2026, 10, 1): False, date(2026, 10, 2): False, date(2026, 10, 10): True})
    assert calendar.add(at("2026-09-30T10:00"), Span(1, "workdays")) == at("2026-10-05T17:30")
    assert calendar.add(at("2026-10-09T10:00"), Span(1, "workdays")) == at("2026-10-10T17:30")


def test_after_a_pause_what_was_left_is_left_again() -> None:
    calendar, due = plain(), at("2026-03-05T17:30")
    paused, resumed = at("2026-03-05T15:30"), at("2026-03-09T16:30")
    assert calendar.shift(due, paused, resumed, "workdays") == at("2026-03-10T10:00")
    assert calendar.shift(due, paused, resumed, "hours") == due + (resumed - paused)


def test_the_night_before_in_utc_is_the_day_itself_in_shanghai() -> None:
    assert plain().add(datetime(2026, 3, 4, 17, 0, tzinfo=UTC), Span(1, "workdays")) == at("2026-03-06T17:30")


@pytest.mark.django_db
def test_the_nearest_place_wins_then_the_category_then_the_newest() -> None:
    made = {"made_at": at("2026-01-01T00:00"), "unit": "hours", "key": "handle"}
    rows = [
        (None, "", 10, 1),
        (None, "light", 9, 1),
        (1, "", 8, 1),
        (1, "light", 7, 1),
        (1, "light", 6, 60),
        (5, "", 5, 1),
    ]
    for place, category, hours, day in rows:
        start = date(2026, 1, 1) + timedelta(days=day)
        Limit.objects.create(place_id=place, category=category, amount=hours, from_date=start, **made)
    current, default = clock.current(), Span(99, "hours")

    def amount(category: str, places: tuple[int, ...], on: date = date(2026, 2, 1)) -> int:
        return current.limit("handle", default, category, places, on)[0].amount

    assert amount("light", (3, 2, 1)) == 7
    assert amount("light", (3, 2, 1), date(2026, 4, 1)) == 6
    assert amount("other", (3, 2, 1)) == 8
    assert amount("other", (5, 1)) == 5
    assert amount("light", (4,)) == 9
    assert amount("other", (4,)) == 10
    assert amount("other", (4,), date(2025, 1, 1)) == 99


@pytest.mark.django_db
def test_a_deadline_explains_itself() -> None:
    Day.objects.create(date=date(2026, 3, 5), is_workday=False, note="调休")
    deadline = clock.current().deadline("sort", Span(1, "workdays"), at("2026-03-04T10:00"))
    assert deadline.at == at("2026-03-06T17:30")
    words = "".join(clock.explain(deadline.rule, deadline.at))
    assert "2026-03-04 10:00" in words
    assert "1 个工作日" in words
    assert "法定节假日不算" in words
