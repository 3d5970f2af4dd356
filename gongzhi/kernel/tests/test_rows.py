"""Rows stored and read with kept SQL are the rows Django would have stored and read."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import DataError, IntegrityError, connection
from django.db.models import Exists, F, Model, OuterRef, Q, Value
from pytest_django import DjangoAssertNumQueries

from gongzhi.base.kept import Kept, Slot, Tally, fetch, find
from gongzhi.base.rows import columns as columns_of
from gongzhi.base.rows import insert, update
from gongzhi.kernel.models import Circle, Day, EventBody, Limit, Notification, Todo
from gongzhi.kernel.tests.factories import NOW
from gongzhi.kernel.tests.toy.models import Errand, Leg
from gongzhi.kernel.worklist import KEY

pytestmark = pytest.mark.django_db
WORDS = '"引号" \\ \' %s {} \n\t👵𠮷 <b>'


def errand(**fields: Any) -> Errand:
    given = {"title": WORDS[:100], "procedure": "toy.errand", "state": "asked", "created_at": NOW, "entered_at": NOW}
    return Errand(**{**given, "head": b"\x00\xff\\x", "due_rule": {"why": WORDS, "list": [1, None, 2.5]}, **fields})


def todo(**fields: Any) -> Todo:
    given = {
        "kind": "toy.errand",
        "record_id": 1,
        "root_id": 1,
        "obligation": "act",
        "procedure": "toy",
        "state": "asked",
    }
    return Todo(**{**given, "started_at": NOW, **fields})


def columns(row: Any) -> dict[str, Any]:
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in values.items()}


@pytest.mark.parametrize(
    "row",
    [
        errand(due_at=NOW + timedelta(microseconds=7), calls=3),
        errand(closed_at=None, due_rule={}, title=""),
        EventBody(event_id=2**60, salt=bytes(range(16)), data=WORDS),
        Circle(reason=WORDS, members=[1, 2**40], about=[], about_organisations=[3]),
        Notification(account_id=5, title="'); DROP TABLE kernel_event; --", at=NOW),
        Day(date=NOW.date(), is_workday=False),
    ],
)
def test_what_was_stored_is_what_was_given(row: Any) -> None:
    insert([row])
    assert row.pk is not None and not row._state.adding
    assert columns(type(row).objects.get(pk=row.pk)) == columns(row)


def test_several_models_go_in_one_statement_and_get_their_keys_in_order(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    notes = [Notification(account_id=n, title=str(n), at=NOW) for n in range(30)]
    parent = errand(pk=70_001)
    leg = Leg(pk=70_002, errand=parent, procedure="toy.leg", state="asked", created_at=NOW, entered_at=NOW)
    with django_assert_num_queries(1):
        insert([leg, *notes[:10], parent, todo(), *notes[10:]], keys={Todo: KEY})
    assert [Notification.objects.get(pk=note.pk).title for note in notes] == [str(n) for n in range(30)]
    assert Leg.objects.get().errand == parent and Todo.objects.count() == 1


def test_a_row_that_is_there_takes_the_new_values_and_loses_the_old_ones() -> None:
    insert([todo(post="clerk", next_at=NOW)], keys={Todo: KEY})
    first = Todo.objects.get()
    insert([todo(account_id=7), todo(obligation="timer")], keys={Todo: KEY})
    again = Todo.objects.get(obligation="act")
    assert (again.pk, again.post, again.next_at, again.account_id) == (first.pk, "", None, 7)
    with pytest.raises(IntegrityError):
        insert([todo()])


def test_more_rows_than_a_batch_are_all_stored() -> None:
    insert((todo(record_id=n) for n in range(25)), 10)
    assert set(Todo.objects.values_list("record_id", flat=True)) == set(range(25))


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        insert([Notification(account_id=5, title="x", at=datetime(2026, 1, 1))])  # noqa: DTZ001


def test_elements_of_an_array_are_cut_and_words_refused_as_django_does() -> None:
    matter: type[Model] = apps.get_model("cases", "Matter")
    loose = next(one for one in columns_of(matter) if one.attname == "search")
    assert (loose.given, loose.stored) == ("varchar[]", '"search"::varchar(8)[]')
    with pytest.raises(DataError):
        insert([todo(procedure="x" * 41)])


def test_what_only_the_database_knows_is_refused() -> None:
    with pytest.raises(TypeError, match="only the database"):
        insert([Notification(account_id=F("id"), title="x", at=NOW)])


def test_only_the_named_attributes_change() -> None:
    row, circle = errand(), Circle(reason="x", members=[1])
    insert([row, circle])
    row.title, row.state, row.due_rule, row.head = "改了", "done", {"a": [1]}, b"\x01"
    update(row, ["title", "due_rule", "head"])
    circle.members = [2, 3]
    update(circle, ["members"])
    fresh = Errand.objects.get(pk=row.pk)
    assert (fresh.title, fresh.state, fresh.due_rule, bytes(fresh.head)) == ("改了", "asked", {"a": [1]}, b"\x01")
    assert Circle.objects.get(pk=circle.pk).members == [2, 3]


LEGS = Kept(
    lambda: (
        Leg.objects.filter(Q(pk=Slot("pks", "ANY(%s)")), errand__state=Slot("state"))
        .select_related("errand")
        .annotate(double=F("errand__calls") + Value(1))
        .order_by("pk")
    )
)


def test_a_kept_query_gives_what_django_gives(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    parent = errand(pk=80_001, calls=4)
    legs = [
        Leg(pk=pk, errand=parent, uid=uuid.uuid4(), procedure="toy.leg", state="s", created_at=NOW, entered_at=NOW)
        for pk in (81, 82, 83)
    ]
    insert([parent, *legs])
    for pks, state, wanted in (
        ([83, 81], "asked", [81, 83]),
        ([81], "done", []),
        ([], "asked", []),
        ([82], "asked", [82]),
    ):
        with django_assert_num_queries(1):
            found = LEGS.all(pks=pks, state=state)
            assert [(leg.pk, leg.errand.title) for leg in found] == [(pk, parent.title) for pk in wanted]
        assert all(leg.double == 5 and leg.errand.due_rule == parent.due_rule for leg in found)  # type: ignore[attr-defined]
    assert columns(fetch(Leg, 82)) == columns(Leg.objects.get(pk=82))
    assert find(Leg, 99) is None
    with pytest.raises(Leg.DoesNotExist):
        fetch(Leg, 99)
    assert LEGS.first(pks=[], state="asked") is None


def test_a_tally_counts_like_as_many_queries() -> None:
    insert([todo(record_id=n, due_at=NOW + timedelta(days=n), post="clerk" if n % 2 else "") for n in range(6)])
    insert([errand(pk=2)])
    is_known = Exists(Errand.objects.filter(pk=OuterRef("record_id")))
    tests: list[Callable[[Any], Q]] = [
        lambda now: Q(),
        lambda now: Q(due_at__lt=now),
        lambda now: Q(post="clerk", due_at__gte=now),
        lambda now: Q(is_known),
    ]
    tally = Tally(Todo, [test(Slot("now")) for test in tests])
    for now in (NOW, NOW + timedelta(days=3)):
        rows = Todo.objects.filter(record_id__gt=0)
        assert rows.aggregate(n=tally(now=now))["n"] == [rows.filter(test(now)).count() for test in tests]
    assert Todo.objects.filter(pk__in=[]).aggregate(n=tally(now=NOW)) == {"n": [0] * 4}


def test_a_limit_in_force_is_stored_with_its_day() -> None:
    insert([Limit(key="act", amount=2, unit="days", from_date=NOW.date(), made_at=NOW)])
    assert Limit.objects.get().from_date == NOW.date()
    with connection.cursor() as cursor:
        cursor.execute("SELECT category, place_id FROM kernel_limit")
        assert cursor.fetchone() == ("", None)
