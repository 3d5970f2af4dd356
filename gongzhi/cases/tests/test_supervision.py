"""Supervision and charge lists: who sees what, orders from the list, the register, and what it all costs."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page

from gongzhi.accounts.tests.browser import faults, picture, sign_in
from gongzhi.accounts.tests.factories import client, holder
from gongzhi.base.sheets import read_table
from gongzhi.cases import oversight
from gongzhi.cases.models import Matter, Order
from gongzhi.cases.tests.factories import Cast, brought_to, reported
from gongzhi.cases.tests.factories import cast as build
from gongzhi.kernel.perform import perform

pytestmark = pytest.mark.django_db
ASKED = {"asked": "今天到现场，说明为什么没修。", "days": "2"}


def supervisor(cast: Cast) -> Client:
    """The district's supervisor."""
    return client(cast.people["supervisor"])


def shown(answer: Any) -> list[str]:
    """Numbers of the matters on the supervision page."""
    return [line.row.number for line in answer.context["lines"]]


def test_the_list_shows_what_is_late_with_handler_step_and_last_event(cast: Cast) -> None:
    old = brought_to(cast, "handling")
    fresh = brought_to(cast, "handling", now=timezone.now())
    answer = supervisor(cast).get("/supervision/")
    assert shown(answer) == [old.number] and fresh.number not in answer.content.decode()
    page = answer.content.decode()
    assert "市政公用中心" in page and "签收" in page and "超期" in page


@pytest.mark.parametrize("who", ["clerk", "grid", "officer", "captain", "street_clerk", "administrator"])
def test_other_duties_have_no_supervision_page(cast: Cast, who: str) -> None:
    for address in (
        "/supervision/",
        "/supervision/orders/",
        "/supervision/wall/",
        "/charge/",
        "/supervision/orders/ledger/",
    ):
        assert client(cast.people[who]).get(address).status_code == 404
    assert Client().get("/supervision/").status_code == 302


def test_nobody_supervises_outside_the_own_area(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    other = client(holder("supervisor", cast.city.other_district, "外区督办员"))
    assert shown(other.get("/supervision/")) == []
    assert shown(other.get("/supervision/", {"place": str(cast.city.community.pk), "f": "open"})) == []
    other.post("/supervision/issue/", {"id": [matter.number], **ASKED})
    assert not Order.objects.exists()


def test_a_confidential_matter_is_not_on_the_list(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    Matter.objects.filter(pk=matter.pk).update(circle_id=1)
    assert shown(supervisor(cast).get("/supervision/")) == []
    Matter.objects.filter(pk=matter.pk).update(circle_id=None)  # as the cast's verifier wants it


def test_filters_in_the_address_narrow_and_nonsense_finds_nothing(cast: Cast) -> None:
    handled, waiting = brought_to(cast, "handling"), brought_to(cast, "received")
    browser = supervisor(cast)
    assert shown(browser.get("/supervision/", {"state": "received"})) == [waiting.number]
    assert shown(browser.get("/supervision/", {"handler": f"o{cast.works.pk}"})) == [handled.number]
    assert shown(browser.get("/supervision/", {"handler": "none"})) == [waiting.number]
    assert shown(browser.get("/supervision/", {"place": str(cast.city.neighbour.pk)})) == []
    assert shown(browser.get("/supervision/", {"handler": "drop table"})) == []
    assert browser.get("/supervision/?place=99999999999999999&after=x&f=zz&state=%00").status_code == 200


def test_a_matter_is_at_risk_when_more_than_four_fifths_of_its_time_is_gone(cast: Cast) -> None:
    now = timezone.now()
    matter = brought_to(cast, "handling", now=now)
    assert matter.due_at is not None
    whole = matter.due_at - matter.entered_at
    before, after = matter.entered_at + whole * 0.79, matter.entered_at + whole * 0.81
    assert not Matter.objects.filter(oversight.at_risk(before)).exists()
    assert Matter.objects.filter(oversight.at_risk(after)).exists()
    assert not Matter.objects.filter(oversight.at_risk(matter.due_at + timedelta(seconds=1))).exists()


def test_orders_go_out_for_several_and_the_rest_says_why_not(cast: Cast) -> None:
    first, second, new = brought_to(cast, "handling"), brought_to(cast, "assigned"), brought_to(cast, "received")
    chosen = {"id": [first.number, second.number, new.number]}
    browser = supervisor(cast)
    assert "能发督办单的 2 件" in browser.get("/supervision/issue/", chosen).content.decode()
    answer = browser.post("/supervision/issue/", {**chosen, **ASKED, "key": "3d5d3d5d-3d5d-4d5d-8d5d-3d5d3d5d3d5d"})
    assert answer.context["done"] == 2 and answer.context["failed"] == 1
    assert set(Order.objects.values_list("matter_id", flat=True)) == {first.pk, second.pk}
    assert Matter.objects.get(pk=first.pk).order_open == 1


def test_an_order_without_words_is_refused_with_everything_kept(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    answer = supervisor(cast).post("/supervision/issue/", {"id": [matter.number], "asked": "", "days": "7"})
    assert answer.status_code == 422 and 'value="7"' in answer.content.decode()
    assert not Order.objects.exists()


def test_the_register_shows_asked_reply_and_state_on_page_in_excel_and_on_paper(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    perform(matter, "supervise", actor=cast.actor("supervisor"), data=ASKED)
    order = Order.objects.get()
    perform(order, "reply", actor=cast.actor("officer"), data={"reply": "材料已到，明天修好。"})
    browser = supervisor(cast)
    page = browser.get("/supervision/orders/").content.decode()
    assert order.number in page and "材料已到" in page and "待审核" in page
    table = read_table(BytesIO(browser.get("/supervision/orders/ledger/").content))
    assert [row.cells["督办单号"] if hasattr(row, "cells") else row for row in table.rows] and table.total == 1
    paper = browser.get(f"/supervision/orders/{order.number}/print/").content.decode()
    assert ASKED["asked"] in paper and matter.number in paper
    outside = client(holder("supervisor", cast.city.other_district, "外区督办员"))
    assert outside.get(f"/supervision/orders/{order.number}/print/").status_code == 404


def test_a_secretary_sees_own_charges_by_step_and_suggestions_with_a_reason(cast: Cast) -> None:
    mine = brought_to(cast, "handling", now=timezone.now())
    perform(mine, "take_charge", actor=cast.actor("secretary"), data={})
    late = brought_to(cast, "handling")
    reported(cast, now=timezone.now())
    answer = client(cast.people["secretary"]).get("/charge/")
    assert [item["row"].number for item in answer.context["columns"][2]["items"]] == [mine.number]
    (offer,) = answer.context["offered"]
    assert offer["row"].number == late.number and "超期" in offer["reason"]
    assert "take_charge" in [act.verb for act in offer["acts"]]
    other = client(cast.people["street_secretary"]).get("/charge/")
    assert sum(len(column["items"]) for column in other.context["columns"]) == 0


def test_pages_stay_within_their_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for state in ("handling", "received", "assigned", "suspended"):
        brought_to(cast, state)
    perform(Matter.objects.filter(state="handling")[0], "supervise", actor=cast.actor("supervisor"), data=ASKED)
    for who, address in (
        ("supervisor", "/supervision/"), ("supervisor", "/supervision/wall/"), ("supervisor", "/supervision/orders/"),
        ("secretary", "/charge/"), ("secretary", "/supervision/"),
    ):  # fmt: skip
        browser = client(cast.people[who])
        browser.get(address)
        with django_assert_max_num_queries(20):
            assert browser.get(address).status_code == 200


def test_the_wall_shows_no_words_of_residents_and_nothing_confidential(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    page = supervisor(cast).get("/supervision/wall/").content.decode()
    assert matter.title not in page and "路灯楼道灯（第一网格）" in page and "超期 1 件" in page
    Matter.objects.filter(pk=matter.pk).update(circle_id=1)
    assert "路灯楼道灯" not in supervisor(cast).get("/supervision/wall/").content.decode()
    Matter.objects.filter(pk=matter.pk).update(circle_id=None)  # as the cast's verifier wants it


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_supervisor_sends_an_order_from_the_list_and_the_officer_finds_it(desk: Page) -> None:
    cast = build()
    matter = brought_to(cast, "handling")
    sign_in(desk, cast.people["supervisor"])
    desk.goto("/supervision/")
    assert faults(desk) == []
    picture(desk, "supervision-1280", full=True)
    desk.get_by_role("checkbox").first.check()
    desk.get_by_role("button", name="发督办单").click()
    assert faults(desk) == []
    desk.get_by_label("督办要求").fill(ASKED["asked"])
    desk.get_by_role("button", name="发督办单").click()
    desk.get_by_text("都办好了").wait_for()
    desk.context.clear_cookies()
    sign_in(desk, cast.people["officer"])
    desk.goto("/work/")
    assert "督办单待回复" in desk.inner_text("main")
    desk.goto(f"/matters/{matter.number}/")
    assert ASKED["asked"] in desk.inner_text("main")
