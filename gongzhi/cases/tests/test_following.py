"""Following a concern by code and by account; rating, adding, again, withdrawing; photos only to whom they concern."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gongzhi.accounts.tests.factories import client
from gongzhi.base.files import attach, store_upload
from gongzhi.base.models import StoredFile
from gongzhi.cases.models import Matter, Report
from gongzhi.cases.tests.factories import ANSWERED, FINISHED, HAPPY, Cast, brought_to, reported, triaged
from gongzhi.cases.tests.test_reporting import picture
from gongzhi.cases.views import visitor
from gongzhi.cases.workflow import CLERK
from gongzhi.kernel.access import look
from gongzhi.kernel.perform import perform
from gongzhi.kernel.who import AnyOf


def page_of(matter: Matter) -> str:
    return f"/concerns/{matter.reports.get().number}/"


def owner(cast: Cast) -> Client:
    return client(cast.people["resident"])


@pytest.mark.parametrize(
    "state",
    ["received", "sorting", "routed", "assigned", "objected", "handling", "suspended", "answering", "checking",
     "judging", "closed", "declined"],
)  # fmt: skip
def test_a_concern_is_shown_to_its_reporter_in_every_state_and_to_nobody_else(
    cast: Cast, state: str, django_assert_max_num_queries: Any
) -> None:
    matter = brought_to(cast, state, now=timezone.now())
    address, browser = page_of(matter), owner(cast)
    with django_assert_max_num_queries(14):
        page = browser.get(address)
    assert page.status_code == 200 and "六" not in page.context["public_state"]
    assert [item["label"] for item in page.context["steps"]] == ["收集", "分流", "办理", "反馈", "督办", "评议"]
    for who in ("other_resident", "clerk", "neighbour_clerk", "captain"):
        assert client(cast.people[who]).get(address).status_code == 404
    assert Client().get(address).status_code == 404


def test_who_has_it_and_until_when_is_said(cast: Cast) -> None:
    page = owner(cast).get(page_of(brought_to(cast, "handling", now=timezone.now()))).content.decode()
    assert "市政公用中心" in page and "还剩" in page and "怎么算的" in page


def test_a_wrong_code_is_explained_and_guessing_is_slowed_down(cast: Cast) -> None:
    browser = Client()
    assert "16 位" in browser.post("/track/", {"code": "abc"}).content.decode()
    wrong = {"code": "7K3M-9QWX-P2HD-4TRA"}
    answers = [browser.post("/track/", wrong) for _ in range(visitor.LIMITS["code"][0][0] + 1)]
    assert "没有查到" in answers[0].content.decode() and answers[0].status_code == 422
    assert answers[-1].status_code == 429 and "再试" in answers[-1].content.decode()


@pytest.mark.parametrize("code", ["\x00", "水" * 5000, "<script>", "\u202e", ""])
def test_odd_codes_get_a_clear_answer(db: None, code: str) -> None:
    assert Client().post("/track/", {"code": code}).status_code == 422


def test_the_list_starts_with_what_waits_for_the_reporter_and_goes_on_by_pages(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    waiting = brought_to(cast, "judging", now=timezone.now() - timedelta(days=1))
    for number in range(21):
        reported(cast, now=timezone.now(), text=f"第{number}件：楼道灯坏了")
    reported(cast, "other_resident", owner_id=cast.people["other_resident"].pk, text="别人家的事情")
    browser = owner(cast)
    with django_assert_max_num_queries(10):
        page = browser.get("/concerns/")
    cards = page.context["cards"]
    assert cards[0]["matter"] == waiting and "1 件在等您回应" in page.content.decode() and len(cards) == 20
    rest = browser.get("/concerns/", {"after": page.context["more"]}).context["cards"]
    assert len(rest) == 2 and "别人家" not in page.content.decode()
    assert browser.get("/concerns/", {"after": "9-x\x00"}).status_code == 200


def test_rating_closes_and_an_unsolved_matter_opens_again(cast: Cast) -> None:
    matter = brought_to(cast, "judging", now=timezone.now())
    browser, address = owner(cast), page_of(matter)
    assert "checked" in browser.get(f"{address}rate/?resolved=no").content.decode()
    page = browser.post(f"{address}rate/", {"comment": "还没填完"})
    assert page.status_code == 422 and "还没填完" in page.content.decode()
    browser.post(f"{address}rate/", {"is_resolved": "no", "satisfaction": "2", "comment": "又不亮了"})
    matter.refresh_from_db()
    assert (matter.state, matter.reports.get().state) == ("sorting", "open")


def test_a_satisfied_reporter_may_ask_again_within_the_window(cast: Cast) -> None:
    matter = brought_to(cast, "judging", now=timezone.now())
    browser, address = owner(cast), page_of(matter)
    browser.post(f"{address}rate/", HAPPY)
    assert Matter.objects.get().state == "closed" and "很满意" in browser.get(address).content.decode()
    browser.post(f"{address}again/", {"reason": "今晚又灭了"})
    assert Matter.objects.get().state == "sorting"


def test_what_is_no_longer_possible_is_said_in_words(cast: Cast) -> None:
    address = page_of(brought_to(cast, "received", now=timezone.now()))
    browser = owner(cast)
    assert browser.get(f"{address}rate/")["Location"] == address
    page = browser.post(f"{address}rate/", HAPPY)
    assert page.status_code == 409 and "来得快" in page.content.decode()
    assert browser.get(f"{address}answer/").status_code == browser.get(f"{address}nonsense/").status_code == 404


def test_a_stale_form_is_told_so_and_keeps_its_words(cast: Cast) -> None:
    address = page_of(brought_to(cast, "received", now=timezone.now()))
    browser = owner(cast)
    browser.post(f"{address}add/", {"text": "在二楼转角", "seq": "1"})
    page = browser.post(f"{address}add/", {"text": "还有三楼", "seq": "1"})
    assert page.status_code == 409 and "还有三楼" in page.content.decode()


def test_adding_with_photo_and_withdrawing(cast: Cast) -> None:
    matter = brought_to(cast, "received", now=timezone.now())
    browser, address = owner(cast), page_of(matter)
    assert browser.post(f"{address}add/", {"text": "补一张照片", "photos": picture()}).status_code == 302
    assert StoredFile.objects.get().owner_kind == "cases.report"
    assert "补一张照片" in browser.get(address).content.decode()
    browser.post(f"{address}withdraw/", {"note": "自己修好了"})
    assert Matter.objects.get().state == "declined" and "已撤回" in browser.get(address).content.decode()


def test_strangers_can_do_nothing_on_a_concern(cast: Cast) -> None:
    address = page_of(brought_to(cast, "judging", now=timezone.now()))
    for browser in (Client(), client(cast.people["other_resident"])):
        for verb in ("add", "rate", "again", "withdraw"):
            assert browser.post(f"{address}{verb}/", HAPPY).status_code == 404
    assert Report.objects.get().state == "answered"


def photo_of(kind: str, pk: int, **fields: Any) -> StoredFile:
    stored = store_upload(picture(), by=1)
    attach([stored.uid], kind, pk, by=1)
    StoredFile.objects.filter(pk=stored.pk).update(**fields)
    return stored


def test_a_photo_of_a_report_is_seen_by_reporter_staff_and_handler_only(cast: Cast) -> None:
    matter = brought_to(cast, "handling", now=timezone.now())
    stored = photo_of("cases.report", matter.reports.get().pk)
    seen = {who: client(cast.people[who]).get(f"/files/{stored.uid}/").status_code for who in cast.people}
    may = {"clerk", "second_clerk", "grid", "secretary", "street_clerk", "street_secretary", "district_secretary",
           "supervisor", "officer", "resident"}  # fmt: skip
    assert {who for who, status in seen.items() if status == 200} == may
    assert set(seen.values()) == {200, 404} and Client().get(f"/files/{stored.uid}/").status_code == 404


def test_a_photo_of_a_matter_is_public_only_with_its_matter(cast: Cast) -> None:
    matter = brought_to(cast, "handling", now=timezone.now())
    stored = photo_of("cases.matter", matter.pk, is_public=True, clearing="passed", cleared_by=1)
    address = f"/files/{stored.uid}/thumb/"
    assert Client().get(address).status_code == 404 and owner(cast).get(address).status_code == 200
    perform(matter, "publish", actor=cast.actor("clerk"), data={"is_public": "on", "public_title": "楼道灯维修"})
    answer = Client().get(address)
    assert (
        answer.status_code == 200
        and "private" in answer["Cache-Control"]
        and "sandbox" in answer["Content-Security-Policy"]
    )


def test_files_of_unknown_kinds_are_nobodys(cast: Cast) -> None:
    stored = photo_of("other.thing", 1)
    assert client(cast.people["administrator"]).get(f"/files/{stored.uid}/").status_code == 404


def test_the_reporter_sees_the_photo_after_the_work(cast: Cast) -> None:
    matter = brought_to(cast, "judging", now=timezone.now())
    hidden, after = photo_of("cases.matter", matter.pk), photo_of("cases.matter", matter.pk, label="after")
    page = owner(cast).get(page_of(matter)).content.decode()
    assert str(after.uid) in page and str(hidden.uid) not in page and ANSWERED["answer"] in page
    assert triaged(cast)["reason"] not in page and FINISHED["evidence"] not in page


def test_the_reporter_reads_who_saw_the_telephone_and_nobody_else_does(cast: Cast) -> None:
    report = brought_to(cast, "handling").reports.get()
    look(AnyOf((CLERK,)), report, cast.actor("clerk"), "反映人姓名和电话", "回电核实地点")
    page = client(cast.people["resident"]).get(f"/concerns/{report.number}/looks/").content.decode()
    assert "王敏" in page and "回电核实地点" in page
    assert client(cast.people["other_resident"]).get(f"/concerns/{report.number}/looks/").status_code == 404
