"""The pages of notices: who sees what, what stays typed, what is counted, how many statements they cost."""

import re
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone

from gongzhi.accounts.tests.factories import actor, client, holder
from gongzhi.kernel.models import Look
from gongzhi.kernel.perform import perform
from gongzhi.notices import actions
from gongzhi.notices.models import Notice, Objection, Reading
from gongzhi.notices.tests.conftest import Cast
from gongzhi.notices.tests.factories import drafted, objected, published, typed
from gongzhi.territory.tests.factories import city

PAGE = 20
"""Statements a page may cost."""


def page_of(response: Any) -> str:
    """The text of an answer."""
    text: str = response.content.decode()
    return text


def running(cast: Cast, **fields: Any) -> Notice:
    """A 公示 published an hour ago."""
    return published(cast.city.community, cast.actor("clerk"), timezone.now() - timedelta(hours=1), **fields)


def test_a_draft_is_written_checked_corrected_and_published(cast: Cast) -> None:
    browser = client(cast.people["clerk"])
    data = typed(cast.city.community, body="张*可领取，问13890001234。", key=str(uuid.uuid4()))
    first = browser.post("/notices/desk/new/", data)
    assert first.status_code == 302
    again = browser.post("/notices/desk/new/", data)
    assert again["Location"] == first["Location"] and Notice.objects.count() == 1
    notice = Notice.objects.get()
    assert Client().get(f"/notices/{notice.number}/").status_code == 404
    shown = page_of(browser.get(f"/notices/desk/{notice.number}/publish/"))
    assert "<mark>13890001234</mark>" in shown and "电话号码" in shown
    stopped = browser.post(f"/notices/desk/{notice.number}/publish/", {"seq": 1, "has_read": "on"})
    assert stopped.status_code == 422 and "请为每一处选一个理由" in page_of(stopped)
    better = typed(cast.city.community, body="张*可领取，请到社区问。", seq=1)
    assert browser.post(f"/notices/desk/{notice.number}/edit/", better).status_code == 302
    done = browser.post(f"/notices/desk/{notice.number}/publish/", {"seq": 2, "has_read": "on"})
    assert done.status_code == 302
    assert "请到社区问" in page_of(Client().get(f"/notices/{notice.number}/"))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"title": ""}, "请写标题"),
        ({"title": "长" * 81}, "最多写 80 个字"),
        ({"body": "\u200b "}, "请写正文"),
        ({"days": ""}, "公示要写公示几天"),
        ({"days": "0"}, "至少 1 天"),
        ({"days": "很久"}, "请写天数"),
        ({"days": "9" * 40}, "最多 366 天"),
        ({"objection_channel": ""}, "公示要写清有异议找谁"),
        ({"sort": "绝密"}, "选择"),
        ({"place": "abc"}, "请选您负责的地方"),
        ({"attached": "no-uid"}, "重新选择"),
    ],
)
def test_what_is_wrong_is_said_and_everything_typed_stays(cast: Cast, wrong: dict[str, str], words: str) -> None:
    data = {**typed(cast.city.community, issuer="磨子井社区居委会甲"), **wrong}
    response = client(cast.people["clerk"]).post("/notices/desk/new/", data)
    assert response.status_code == 422
    assert words in page_of(response) and "磨子井社区居委会甲" in page_of(response)
    assert not Notice.objects.exists()


def test_a_place_outside_the_own_duties_cannot_be_chosen(cast: Cast) -> None:
    for place in (cast.city.neighbour, cast.city.street, cast.city.grid):
        assert client(cast.people["clerk"]).post("/notices/desk/new/", typed(place)).status_code == 422


def test_markup_and_faces_in_a_notice_are_only_text(cast: Cast) -> None:
    notice = running(cast, title="<b>停水</b>", body="<script>alert(1)</script>\n\n🚰 记得备水 𠮷")
    shown = page_of(Client().get(f"/notices/{notice.number}/"))
    assert "<script>alert" not in shown and "&lt;script&gt;" in shown and "🚰" in shown and "<b>停水" not in shown


@pytest.mark.parametrize("who", ["neighbour_clerk", "grid", "resident", None])
def test_strangers_find_no_desk_no_draft_and_no_buttons(cast: Cast, who: str | None) -> None:
    draft = drafted(cast.city.community, cast.actor("clerk"))
    browser = client(cast.people[who]) if who else Client()
    for tail in ("", "preview/", "edit/", "publish/"):
        assert browser.get(f"/notices/desk/{draft.number}/{tail}").status_code in (302, 404)
    assert browser.get(f"/notices/{draft.number}/").status_code == 404
    assert browser.get(f"/notices/{draft.number}/print/").status_code == 404
    posted = browser.post(f"/notices/desk/{draft.number}/publish/", {"seq": 1, "has_read": "on"})
    assert posted.status_code in (302, 404)
    assert Notice.objects.get().state == "draft"


def test_a_withdrawn_notice_shows_its_reason_and_nothing_else(cast: Cast) -> None:
    notice = running(cast, body="王*的情况如下")
    perform(notice, "withdraw", actor=cast.actor("clerk"), data={"reason": "名单有误，重新公示"}, now=timezone.now())
    shown = page_of(Client().get(f"/notices/{notice.number}/"))
    assert "名单有误，重新公示" in shown and "王*的情况如下" not in shown
    assert notice.title not in page_of(Client().get("/notices/"))
    assert Client().get(f"/notices/{notice.number}/print/").status_code == 404


def test_a_double_tap_makes_one_objection(cast: Cast) -> None:
    notice, browser = running(cast), Client()
    browser.get(f"/notices/{notice.number}/")
    data = {"text": "名单里的人早就搬走了。", "phone": "138 9000 5678", "key": str(uuid.uuid4())}
    for _tap in range(2):
        assert browser.post(f"/notices/{notice.number}/objections/", data).status_code == 302
    row = Objection.objects.get()
    assert row.phone == "13890005678"
    other = browser.post(f"/notices/{notice.number}/objections/", {**data, "text": "另一件事情。"})
    assert other.status_code == 409 and "另一件事情。" in page_of(other)


def test_whoever_objected_reads_the_answer_in_the_same_browser_and_nobody_else(cast: Cast) -> None:
    notice, browser = running(cast), Client()
    browser.post(f"/notices/{notice.number}/objections/", {"text": "早就搬走了。"})
    desk = client(cast.people["clerk"])
    row = Objection.objects.get()
    done = desk.post(f"/notices/desk/{notice.number}/objections/{row.pk}/answer/", {"answer": "核实属实。", "seq": 1})
    assert done.status_code == 302
    assert "核实属实。" in page_of(browser.get(f"/notices/{notice.number}/"))
    stranger = page_of(Client().get(f"/notices/{notice.number}/"))
    assert "核实属实。" not in stranger and "早就搬走了" not in stranger and "收到异议 1 件，已答复 1 件" in stranger


@pytest.mark.parametrize(
    "data", [{"text": ""}, {"text": "！？…"}, {"text": "字" * 2001}, {"text": "不对", "phone": "12"}, {"text": "\0"}]
)
def test_an_objection_that_says_nothing_is_asked_again(cast: Cast, data: dict[str, str]) -> None:
    response = Client().post(f"/notices/{running(cast).number}/objections/", {"name": "老邻居", **data})
    assert response.status_code == 422 and "老邻居" in page_of(response)
    assert not Objection.objects.exists()


def test_after_the_period_what_was_written_is_given_back(cast: Cast) -> None:
    old = published(cast.city.community, cast.actor("clerk"), timezone.now() - timedelta(days=30))
    response = Client().post(f"/notices/{old.number}/objections/", {"text": "我要提异议。"})
    assert response.status_code == 409 and "我要提异议。" in page_of(response)


def test_too_many_objections_from_one_browser_have_to_wait(cast: Cast) -> None:
    notice, browser = running(cast), Client()
    codes = [
        browser.post(f"/notices/{notice.number}/objections/", {"text": f"第{number}件"}).status_code
        for number in range(6)
    ]
    assert codes == [302] * 5 + [429]


def test_an_answer_that_is_empty_or_late_keeps_what_was_typed(cast: Cast) -> None:
    notice = running(cast)
    row = objected(notice, timezone.now())
    browser, url = client(cast.people["clerk"]), f"/notices/desk/{notice.number}/objections/{row.pk}/answer/"
    assert browser.post(url, {"answer": "", "seq": 1}).status_code == 422
    perform(row, "answer", actor=cast.actor("secretary"), data={"answer": "已答"}, now=timezone.now())
    late = browser.post(url, {"answer": "我也写了", "seq": 1})
    assert late.status_code == 409 and "我也写了" in page_of(late)


def test_a_telephone_is_shown_after_a_reason_and_the_look_is_kept(cast: Cast) -> None:
    notice = running(cast)
    row = objected(notice, timezone.now(), phone="13890005678")
    browser, url = client(cast.people["clerk"]), f"/notices/desk/{notice.number}/objections/{row.pk}/phone/"
    assert "13890005678" not in page_of(browser.get(f"/notices/desk/{notice.number}/"))
    assert browser.post(url, {"reason": " "}).status_code == 422
    assert "13890005678" in page_of(browser.post(url, {"reason": "核实异议"}))
    assert Look.objects.filter(record_id=row.pk).count() == 1
    assert client(cast.people["neighbour_clerk"]).post(url, {"reason": "好奇"}).status_code == 404


def test_a_reader_counts_once_and_staff_not_at_all(cast: Cast) -> None:
    notice, browser = running(cast), Client()
    for _look in range(3):
        browser.get(f"/notices/{notice.number}/")
    client(cast.people["resident"]).get(f"/notices/{notice.number}/")
    client(cast.people["resident"]).get(f"/notices/{notice.number}/")
    client(cast.people["clerk"]).get(f"/notices/{notice.number}/")
    assert "已有 2 人看过" in page_of(browser.get(f"/notices/{notice.number}/"))
    assert Notice.objects.get().readers == 2 == Reading.objects.count()


def test_a_reading_does_not_undo_what_staff_do_at_the_same_time(cast: Cast) -> None:
    notice = running(cast)
    stale = Notice.objects.get(pk=notice.pk)
    actions.read(notice, "d:one", timezone.now())
    perform(stale, "withdraw", actor=cast.actor("clerk"), data={"reason": "名单有误"}, now=timezone.now())
    assert Notice.objects.get(pk=notice.pk).readers == 1


@pytest.mark.django_db(transaction=True)
def test_many_readers_at_once_are_each_counted_once() -> None:
    ground = city()
    notice = published(ground.community, actor(holder("clerk", ground.community)), timezone.now())

    def look(names: list[str]) -> None:
        for name in names:
            actions.read(notice, name, timezone.now())
        connection.close()

    same = [f"d:{number}" for number in range(12)]
    threads = [threading.Thread(target=look, args=(same,)) for _thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Notice.objects.get(pk=notice.pk).readers == 12 == Reading.objects.filter(notice=notice).count()


def test_an_attachment_follows_its_notice(cast: Cast) -> None:
    browser = client(cast.people["clerk"])
    upload = SimpleUploadedFile("名单.pdf", b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF")
    assert browser.post("/notices/desk/new/", {**typed(cast.city.community), "upload": upload}).status_code == 302
    notice = Notice.objects.get()
    (url,) = re.findall(
        r'href="(/notices/[^"]+/files/[^"]+/)"', page_of(browser.get(f"/notices/desk/{notice.number}/"))
    )
    assert browser.get(url).status_code == 200 and Client().get(url).status_code == 404
    perform(notice, "publish", actor=cast.actor("clerk"), data={"has_read": "on"})
    assert Client().get(url).status_code == 200
    perform(notice, "withdraw", actor=cast.actor("clerk"), data={"reason": "附件有误"})
    assert Client().get(url).status_code == 404 and browser.get(url).status_code == 200


def test_a_file_that_cannot_be_taken_is_said_and_the_draft_kept(cast: Cast) -> None:
    upload = SimpleUploadedFile("run.exe", b"MZ\x90\x00" + b"\0" * 200)
    response = client(cast.people["clerk"]).post(
        "/notices/desk/new/", {**typed(cast.city.community, title="停水通知甲"), "upload": upload}
    )
    assert response.status_code == 422
    assert "run.exe" in page_of(response) and "停水通知甲" in page_of(response)


def test_the_paper_carries_period_code_signatures_and_seal(cast: Cast) -> None:
    notice = running(cast)
    paper = page_of(Client().get(f"/notices/{notice.number}/print/"))
    for words in ("公示期", "<svg", "经办人", "（盖章）", notice.issuer, notice.number):
        assert words in paper


def test_filters_narrow_the_list(cast: Cast) -> None:
    running(cast, title="一份公示")
    running(cast, title="一份政策", sort="policy", days=None)
    browser = Client()
    everything, policy, over = (
        page_of(browser.get(f"/notices/{query}")) for query in ("", "?sort=policy", "?state=over")
    )
    assert "一份公示" in everything and "一份政策" in everything
    assert "一份公示" not in policy and "一份政策" in policy
    assert "一份公示" not in over
    assert browser.get("/notices/?sort=%00&state=x&after=~&at=999999999999999999999").status_code == 200


def test_pages_stay_within_their_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for number in range(25):
        notice = running(cast, title=f"公示{number}", is_pinned=number < 2)
        objected(notice, timezone.now())
    draft = drafted(cast.city.community, cast.actor("clerk"))
    place = cast.city.community.pk
    visits = [
        (Client(), f"/notices/?at={place}"), (Client(), f"/notices/{notice.number}/"),
        (client(cast.people["resident"]), f"/notices/{notice.number}/"),
        (Client(), f"/notices/{notice.number}/print/"),
    ]  # fmt: skip
    for tail in ("", f"{notice.number}/", "new/", f"{draft.number}/edit/", f"{draft.number}/publish/"):
        visits.append((client(cast.people["clerk"]), f"/notices/desk/{tail}"))
    visits.append((client(cast.people["clerk"]), f"/notices/desk/{draft.number}/preview/"))
    for browser, url in visits:
        with django_assert_max_num_queries(PAGE):
            assert browser.get(url).status_code == 200, url


def test_publishing_and_objecting_stay_within_their_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    draft = drafted(cast.city.community, cast.actor("clerk"))
    browser, url = client(cast.people["clerk"]), f"/notices/desk/{draft.number}/publish/"
    data = {"seq": 1, "has_read": "on", "key": str(uuid.uuid4())}
    with django_assert_max_num_queries(PAGE):
        done = browser.post(url, data)
    assert done.status_code == 302
    with django_assert_max_num_queries(PAGE + 6):  # six savepoints stand where production begins transactions
        Client().post(f"/notices/{draft.number}/objections/", {"text": "不对。", "key": str(uuid.uuid4())})
    assert Objection.objects.count() == 1


def test_home_page_and_work_list_lead_to_notices(cast: Cast) -> None:
    notice = running(cast, title="楼道灯改造方案公示")
    row = objected(notice, timezone.now())
    resident = cast.people["resident"]
    resident.home_place = cast.city.community
    resident.save()
    assert "楼道灯改造方案公示" in page_of(client(resident).get("/"))
    for kind, pk in (("notice", notice.pk), ("objection", row.pk)):
        there = client(cast.people["clerk"]).get(f"/go/{kind}/{pk}/")
        assert there["Location"] == f"/notices/desk/{notice.number}/"
    assert Client().get(f"/go/notice/{notice.pk}/")["Location"] == f"/notices/{notice.number}/"
    assert Client().get(f"/go/objection/{row.pk}/").status_code == 404


def test_an_objection_on_the_work_list_does_not_disturb_it(cast: Cast) -> None:
    objected(running(cast), timezone.now())
    browser = client(cast.people["clerk"])
    for query in ("", "?f=all"):
        assert browser.get(f"/work/{query}").status_code == 200
