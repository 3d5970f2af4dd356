"""My work and all matters: what stands in the list, in which order, for whom, in how many statements."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gongzhi.accounts.tests.factories import client
from gongzhi.cases import listing, suggest
from gongzhi.cases.actions import join
from gongzhi.cases.models import Matter
from gongzhi.cases.tests.factories import Cast, brought_to, reported, said
from gongzhi.kernel.models import Todo
from gongzhi.kernel.perform import perform
from gongzhi.kernel.worklist import owed_q


def fresh(cast: Cast, text: str = "三楼水管漏水，滴到楼下。", **fields: Any) -> Matter:
    matter = reported(cast, now=timezone.now(), text=text, **fields).matter
    assert matter is not None
    return matter


def titles(browser: Client, address: str) -> list[str]:
    page = browser.get(address)
    assert page.status_code == 200
    return [row.title for row in page.context["page"].rows]


def test_the_clerk_sees_what_is_owed_and_the_nearest_deadline_first(cast: Cast) -> None:
    later = fresh(cast, "晚来的一件事情")
    sooner = reported(cast, now=timezone.now() - timedelta(days=4), text="先到期的一件事情").matter
    assert sooner is not None
    assert titles(client(cast.people["clerk"]), "/work/?f=all")[:2] == [sooner.title, later.title]


def test_neighbours_residents_and_strangers_see_nothing_of_it(cast: Cast) -> None:
    matter = fresh(cast)
    assert titles(client(cast.people["neighbour_clerk"]), "/work/?f=all") == []
    assert titles(client(cast.people["neighbour_clerk"]), "/matters/?q=漏水") == []
    for who in ("neighbour_clerk", "officer", "resident", "administrator", "captain"):
        assert client(cast.people[who]).get(f"/matters/{matter.number}/").status_code == 404, who
    assert client(cast.people["resident"]).get("/work/").status_code == 404
    assert client().get("/work/").status_code == 302


def test_every_filter_counts_what_it_shows(cast: Cast) -> None:
    for state in ("received", "sorting", "routed", "answering"):
        brought_to(cast, state, now=timezone.now())
    brought_to(cast, "received")
    desk = client(cast.people["clerk"])
    numbers = listing.counts(listing.owed(cast.actor("clerk")), listing.WORK, timezone.now())
    assert numbers["received"] == 2
    assert numbers["late"] >= 1
    for one in listing.WORK:
        assert len(titles(desk, f"/work/?f={one.code}")) == numbers[one.code], one.code


def test_several_reporters_make_a_shared_matter(cast: Cast) -> None:
    matter = fresh(cast)
    for _each in range(2):
        join(said(cast), matter, actor=cast.actor("other_resident"))
    assert titles(client(cast.people["clerk"]), "/work/?f=shared") == [matter.title]


def test_the_filter_is_in_the_address_and_remembered(cast: Cast) -> None:
    fresh(cast)
    desk = client(cast.people["clerk"])
    assert "正在看“待接收”，1 件" in desk.get("/work/?f=received").text
    assert desk.get("/work/").headers["Location"] == "/work/?f=received"
    desk.get("/work/?f=all")
    assert desk.get("/work/").status_code == 200


@pytest.mark.parametrize("query", ("漏水", "管漏", "13890004321", "4321", "138 9000 4321", "芭茅塘小区3栋", "第一网格"))
def test_search_finds_by_two_characters_telephone_and_address(cast: Cast, query: str) -> None:
    matter = fresh(cast, phone="13890004321", name="周先生")
    fresh(cast, "路灯不亮了请来看看", place=cast.city.second_building)
    desk = client(cast.people["clerk"])
    assert titles(desk, f"/work/?f=all&q={query}") == [matter.title]
    assert titles(desk, f"/matters/?q={query}") == [matter.title]


def test_search_finds_by_number_of_matter_and_report(cast: Cast) -> None:
    made = reported(cast, now=timezone.now())
    fresh(cast)
    assert made.matter is not None
    assert made.report is not None
    desk = client(cast.people["clerk"])
    for query in (made.matter.number, made.report.number):
        assert made.matter.title in titles(desk, f"/matters/?q={query}")


@pytest.mark.parametrize("query", ("水", "%", "‮漏", "9" * 80, "'; DROP TABLE", "🔥🔥"))
def test_odd_searches_find_nothing_and_say_so(cast: Cast, query: str) -> None:
    fresh(cast)
    for address in ("/work/", "/matters/"):
        page = client(cast.people["clerk"]).get(address, {"f": "all", "q": query})
        assert page.status_code == 200
        assert page.context["page"].rows == []


def test_a_page_stays_whole_while_rows_are_added_before_it(cast: Cast) -> None:
    made = [fresh(cast, f"第{number}件小事要办一办") for number in range(6)]
    todos = Todo.objects.filter(owed_q(cast.actor("clerk"))).order_by("due_at", "id")
    first = listing.work_rows(todos, size=3)
    reported(cast, now=timezone.now() - timedelta(days=4), text="更早到期的急事请快来")
    second = listing.work_rows(todos, first.after, size=3)
    assert {row.number for row in first.rows + second.rows} == {matter.number for matter in made}
    assert second.after == ""


@pytest.mark.parametrize("sort", listing.SORTS, ids=lambda sort: sort.code)
def test_every_order_of_all_matters_pages_without_gap_or_double(cast: Cast, sort: listing.Sort) -> None:
    wanted = {fresh(cast, f"第{number}件小事要办一办").number for number in range(7)}
    seen, after = [], ""
    for _round in range(9):
        page = listing.matter_rows(listing.covered(cast.actor("clerk")), sort, after, size=2)
        seen += [row.number for row in page.rows]
        after = page.after
        if not after:
            break
    assert len(seen) == len(set(seen))
    assert set(seen) == wanted


@pytest.mark.parametrize(
    "after", ("x", "-", "99999999999999999999-1", "20260101000000000000-x", "1-99999999999999999999")
)
def test_a_spoilt_cursor_begins_at_the_beginning(cast: Cast, after: str) -> None:
    matter = fresh(cast)
    assert titles(client(cast.people["clerk"]), f"/work/?f=all&after={after}") == [matter.title]
    assert titles(client(cast.people["clerk"]), f"/matters/?sort=many&after={after}") == [matter.title]


def test_all_matters_are_narrowed_in_every_way(cast: Cast) -> None:
    done = brought_to(cast, "handling", now=timezone.now())
    fresh(cast, "别的一件事不一样", category=cast.drain, place=cast.city.second_building)
    desk, today = client(cast.people["clerk"]), timezone.localdate()
    for query in (
        "state=handling", "state=phase:handling", "triage_class=small", f"category={cast.light.pk}", "urgency=normal",
        f"place={cast.city.grid.pk}", f"place={cast.city.building.pk}", "handler=市政", f"since={today}&handler=市政",
    ):  # fmt: skip
        assert titles(desk, f"/matters/?f=open&{query}") == [done.title], query
    assert titles(desk, f"/matters/?until={today - timedelta(days=1)}") == []
    assert len(titles(desk, "/matters/?state=nonsense&place=abc&since=gestern&category=99999999999999999999")) == 2


def test_an_officer_and_a_supervisor_have_their_own_lists(cast: Cast) -> None:
    matter = brought_to(cast, "assigned", now=timezone.now())
    assert titles(client(cast.people["officer"]), "/work/?f=assigned") == [matter.title]
    assert titles(client(cast.people["water_officer"]), "/work/?f=all") == []
    perform(matter, "supervise", actor=cast.actor("supervisor"), data={"asked": "请尽快到场", "days": "2"})
    assert titles(client(cast.people["officer"]), "/work/?f=order") == [matter.title]


def test_the_desk_takes_ten_statements_for_fifty_rows(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(55):
        fresh(cast, f"第{number}件小事要办一办")
    desk = client(cast.people["clerk"])
    desk.get("/work/?f=all")
    with django_assert_max_num_queries(10):
        page = desk.get("/work/?f=all")
    assert len(page.context["page"].rows) == listing.PAGE
    assert "再看一些" in page.text
    with django_assert_max_num_queries(14):
        desk.get("/matters/")
    with django_assert_max_num_queries(20):
        desk.get("/work/?f=all&q=小事")


def test_five_thousand_rows_page_as_quickly_as_fifty(cast: Cast, django_assert_max_num_queries: Any) -> None:
    suggest.forget()
    one = fresh(cast)
    rows = [Todo.objects.get(record_id=one.pk, obligation="act")]
    copies = []
    for number in range(5000):
        copy = Todo(**{f.attname: getattr(rows[0], f.attname) for f in Todo._meta.concrete_fields if f.attname != "id"})
        copy.obligation, copy.due_at = f"act-{number}", timezone.now() + timedelta(minutes=number)
        copies.append(copy)
    Todo.objects.bulk_create(copies)
    desk = client(cast.people["clerk"])
    desk.get("/work/?f=all")
    after, seen = "", 0
    for _round in range(3):
        with django_assert_max_num_queries(10):
            page = desk.get("/work/", {"f": "all", "after": after})
        seen += len(page.context["page"].rows)
        after = page.context["page"].after
    assert (seen, page.context["filters"][0]["count"]) == (150, 5001)
    Todo.objects.filter(obligation__startswith="act-").delete()
