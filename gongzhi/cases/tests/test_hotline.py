"""The hotline desk: who calls, what is open nearby, drafts, read-back, answers at once; for whom and in how many steps."""

import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from gongzhi.accounts.models import Account
from gongzhi.accounts.tests.factories import client, holder
from gongzhi.cases import speaking, tasks
from gongzhi.cases.actions import join
from gongzhi.cases.models import Callback, IntakeDraft, Matter, Report
from gongzhi.cases.tests.factories import Cast, brought_to, reported, said
from gongzhi.cases.tests.factories import cast as build
from gongzhi.kernel import clock
from gongzhi.kernel.models import Look

CALL = {
    "phone": "13890004321", "name": "周先生", "where": "芭茅塘小区3栋", "text": "楼下路灯不亮两天了，晚上走路看不见。",
    "ending": "", "callback": "", "urgency": "",
}  # fmt: skip


@pytest.fixture
def operator(cast: Cast) -> Account:
    """Somebody at the street's telephone."""
    return holder("operator", cast.city.street, "孙丽")


def typed(cast: Cast, **more: Any) -> dict[str, Any]:
    """A filled screen under an own draft."""
    return {**CALL, "draft": str(uuid.uuid4()), "place": cast.city.building.pk, "do": "read", **more}


def call(browser: Client, cast: Cast, **more: Any) -> Any:
    """A whole call: typed, read back, confirmed."""
    data = typed(cast, **more)
    read = browser.post("/hotline/", data)
    assert read.status_code == 302, read.context["form"].errors
    assert browser.get(read.headers["Location"]).status_code == 200
    return browser.post(read.headers["Location"], {"do": "register"})


def test_a_call_is_read_back_and_registered_with_number_and_code(cast: Cast, operator: Account) -> None:
    page = call(client(operator), cast)
    made = Report.objects.get()
    assert (made.channel, made.taken_by, made.contact.phone) == ("hotline", operator.pk, "13890004321")
    assert made.contact.name == "周先生"
    assert re.search(r"[2-9A-Y]{4}-[2-9A-Y]{4}-[2-9A-Y]{4}-[2-9A-Y]{4}", page.text)
    assert speaking.groups(made.number)[-1] in page.text
    assert not IntakeDraft.objects.exists()


def test_the_same_confirmation_twice_is_one_report(cast: Cast, operator: Account) -> None:
    browser, data = client(operator), typed(cast)
    address = browser.post("/hotline/", data).headers["Location"]
    browser.post(address, {"do": "register"})
    assert "没有重复登记" in browser.post(address, {"do": "register"}).text
    assert Report.objects.count() == 1
    assert client(holder("operator", cast.city.street, "吴琼")).get(address).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_are_one_report(transactional_db: None) -> None:
    cast = build()
    operator = holder("operator", cast.city.street, "孙丽")
    address = client(operator).post("/hotline/", typed(cast)).headers["Location"]

    def press(_hand: int) -> int:
        try:
            return client(operator).post(address, {"do": "register"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as hands:
        assert list(hands.map(press, range(2))) == [200, 200]
    assert Report.objects.count() == 1


def test_the_caller_s_earlier_reports_are_shown_with_state_and_answer_and_the_look_is_recorded(
    cast: Cast, operator: Account
) -> None:
    matter = brought_to(cast, "judging", phone="13890004321", name="周建国")
    browser = client(operator)
    shown = browser.post("/hotline/side/", typed(cast)).text
    assert "请反映人评议" in shown
    assert "楼道灯已经换好" in shown
    browser.post("/hotline/side/", typed(cast))
    seen = Look.objects.get(reason="来电核对")
    assert (seen.account_id, seen.record_id) == (operator.pk, matter.reports.get().pk)
    assert "来电核对" in client(cast.people["resident"]).get(f"/concerns/{matter.reports.get().number}/looks/").text


def test_four_last_digits_offer_masked_callers_and_the_chosen_one_is_taken(cast: Cast, operator: Account) -> None:
    for phone, name in (("13890004321", "周建国"), ("13990004321", "郑玉珍")):
        reported(cast, now=timezone.now(), phone=phone, name=name)
    browser = client(operator)
    page = browser.post("/hotline/side/", typed(cast, phone="4321"))
    assert [one.name for one in page.context["calling"].callers] == ["郑*珍", "周*国"]
    assert "周建国" not in page.text
    assert not Look.objects.exists()
    key = page.context["calling"].callers[1].key
    call(browser, cast, phone="4321", caller=key, text="楼道里堆了旧沙发，请清一清。")
    assert Report.objects.latest("pk").contact.phone == "13890004321"


def test_what_lies_outside_the_operator_s_place_stays_unseen(cast: Cast) -> None:
    elsewhere = holder("operator", cast.city.neighbour, "外社区接线员")
    reported(cast, now=timezone.now(), phone="13890004321", name="周建国")
    shown = client(elsewhere).post("/hotline/side/", typed(cast))
    assert shown.context["calling"].callers == []
    assert shown.context["near"] == []
    refused = client(elsewhere).post("/hotline/", typed(cast))
    assert refused.status_code == 422
    assert "place" in refused.context["form"].errors
    assert CALL["text"] in refused.text
    for who in ("grid", "captain", "officer", "resident", "administrator"):
        assert client(cast.people[who]).get("/hotline/").status_code == 404, who


def test_operators_read_states_but_neither_sort_nor_see_telephones(cast: Cast, operator: Account) -> None:
    matter = brought_to(cast, "sorting", phone="13890004321")
    page = client(operator).get(f"/matters/{matter.number}/")
    assert page.status_code == 200
    assert page.context["acts"] == []
    assert client(operator).get(f"/matters/{matter.number}/triage/").status_code == 404
    contact = f"/matters/{matter.number}/reports/{matter.reports.get().pk}/contact/"
    assert client(operator).get(contact).status_code == 404


def test_a_matter_nearby_is_joined_and_counts_one_more(cast: Cast, operator: Account) -> None:
    matter = reported(cast, now=timezone.now()).matter
    assert matter is not None
    shown = client(operator).post("/hotline/side/", typed(cast)).context["near"]
    assert [one.matter.pk for one in shown] == [matter.pk]
    call(client(operator), cast, join=matter.pk)
    matter.refresh_from_db()
    assert matter.report_count == 2
    assert Matter.objects.count() == 1


def test_a_question_answered_at_once_is_closed_and_may_come_back(cast: Cast, operator: Account) -> None:
    page = call(client(operator), cast, ending="consult", answer="社保卡在街道便民中心二楼办，带身份证。")
    made = Report.objects.get()
    assert (made.state, made.matter.state, made.matter.special_route) == ("guided", "closed", "consult")
    assert "社保卡在街道" in page.text
    assert made.matter.contacted_at is not None


def test_an_answer_at_once_needs_words_and_joining_needs_none(cast: Cast, operator: Account) -> None:
    browser = client(operator)
    assert "answer" in browser.post("/hotline/", typed(cast, ending="consult")).context["form"].errors
    both = browser.post("/hotline/", typed(cast, ending="outside", join=12))
    assert "ending" in both.context["form"].errors
    assert "phone" in browser.post("/hotline/", typed(cast, phone="12345")).context["form"].errors


def test_a_promise_to_call_back_is_owed(cast: Cast, operator: Account) -> None:
    window = speaking.windows(timezone.now(), clock.current())[-1]
    call(client(operator), cast, callback=window.code)
    owed = Callback.objects.get()
    assert (owed.reason, owed.report, owed.not_before) == ("promised", Report.objects.get(), window.not_before)


def test_a_call_that_was_cut_off_comes_back_for_its_operator_alone(cast: Cast, operator: Account) -> None:
    data = typed(cast)
    client(operator).post("/hotline/side/", data)
    page = client(operator).get("/hotline/")
    assert [str(row["uid"]) for row in page.context["waiting"]] == [data["draft"]]
    again = client(operator).get(f"/hotline/?draft={data['draft']}")
    assert CALL["text"] in again.text
    other = holder("operator", cast.city.street, "吴琼")
    assert client(other).get("/hotline/").context["waiting"] == []
    assert CALL["text"] not in client(other).get(f"/hotline/?draft={data['draft']}").text
    client(other).post("/hotline/side/", {**data, "text": "换成别的话"})
    assert IntakeDraft.objects.get().data["text"] == CALL["text"]
    assert CALL["text"].encode() not in bytes(IntakeDraft.objects.get().sealed)


def test_two_operators_with_the_same_caller_hear_of_each_other(cast: Cast, operator: Account) -> None:
    other = holder("operator", cast.city.street, "吴琼")
    client(operator).post("/hotline/side/", typed(cast))
    assert "孙丽也正在接这个号码的电话" in client(other).post("/hotline/side/", typed(cast)).text
    call(client(operator), cast)
    call(client(other), cast, text="还是路灯，另外井盖也响。")
    assert Report.objects.count() == 2


def test_drafts_are_gone_after_a_week(cast: Cast, operator: Account) -> None:
    client(operator).post("/hotline/side/", typed(cast))
    tasks.sweep_drafts(int((timezone.now() + timedelta(days=6)).timestamp()))
    assert IntakeDraft.objects.count() == 1
    tasks.sweep_drafts(int((timezone.now() + timedelta(days=8)).timestamp()))
    assert IntakeDraft.objects.count() == 0


@pytest.mark.parametrize(
    "odd",
    (
        {"draft": "x"},
        {"caller": "x"},
        {"place": "9" * 30},
        {"began": "-1"},
        {"began": "9" * 17},
        {"join": "x"},
        {"text": "‮\x00🔥"},
    ),
)
def test_odd_input_is_no_accident(cast: Cast, operator: Account, odd: dict[str, str]) -> None:
    assert client(operator).post("/hotline/side/", typed(cast, **odd)).status_code == 200
    assert client(operator).post("/hotline/", typed(cast, **odd)).status_code in (200, 302, 422)


def test_a_call_takes_few_statements(
    cast: Cast, operator: Account, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for _each in range(3):
        made = reported(cast, now=timezone.now(), phone="13890004321", name="周建国").matter
        assert made is not None
        join(said(cast, phone="13890004321"), made, actor=cast.actor("resident"))
    browser, data = client(operator), typed(cast, text="楼道灯又灭了，井盖也响。")
    with django_assert_max_num_queries(20):
        assert browser.get("/hotline/").status_code == 200
    data["where_shown"] = data["where"]
    browser.post("/hotline/side/", data)
    with django_assert_max_num_queries(14):
        assert browser.post("/hotline/side/", data).status_code == 200
    with django_assert_max_num_queries(20):
        address = browser.post("/hotline/", data).headers["Location"]
    with django_assert_max_num_queries(20):
        browser.get(address)


def test_numbers_are_spoken_in_groups() -> None:
    assert speaking.groups("2026-0012345") == ["2026", "001", "2345"]
    assert speaking.groups("2026-000003") == ["2026", "000", "003"]
    assert speaking.groups("13890001234") == ["138", "9000", "1234"]
    assert speaking.aloud("2026-12") == "二零二六 幺二"
    assert speaking.groups("") == []
