"""Reporting by phone: with and without an account, a script, a line; odd input; nothing lost, nothing doubled."""

import threading
import time
import uuid
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image

from gongzhi.accounts.tests.factories import client
from gongzhi.base.models import StoredFile
from gongzhi.cases.models import Contact, Matter, Report
from gongzhi.cases.tests.factories import Cast, brought_to, reported
from gongzhi.cases.tests.factories import cast as build
from gongzhi.cases.views import visitor

TEXT = "3栋2单元楼道灯不亮，晚上下楼看不见。"


def picture(colour: str = "navy") -> SimpleUploadedFile:
    data = BytesIO()
    Image.new("RGB", (640, 480), colour).save(data, "JPEG")
    return SimpleUploadedFile("现场.jpg", data.getvalue(), "image/jpeg")


def form(cast: Cast, **fields: Any) -> dict[str, Any]:
    return {
        "text": TEXT,
        "place": cast.city.building.pk,
        "checked": "1",
        "key": str(uuid.uuid4()),
        "do": "send",
        **fields,
    }


def opened(account: Any = None) -> Client:
    """A browser that has looked at the form."""
    browser = client(account)
    browser.get("/report/")
    return browser


def test_a_neighbour_without_account_gets_a_code_once_and_follows_with_it(cast: Cast) -> None:
    browser = opened()
    sent = browser.post("/report/", form(cast))
    report = Report.objects.get()
    assert (sent.status_code, sent["Location"]) == (302, f"/report/done/{report.uid}/")
    page = browser.get(sent["Location"])
    code = page.context["code"]
    assert code in page.content.decode() and "2 个工作小时内" in page.content.decode()
    assert report.matter.category == cast.light and report.owner_id is None
    other = Client()
    assert other.get(f"/concerns/{report.number}/").status_code == 404
    assert other.post("/track/", {"code": code.lower().replace("-", " ")}).status_code == 302
    assert other.get(f"/concerns/{report.number}/").status_code == 200


def test_the_code_is_gone_after_half_an_hour(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = opened()
    address = browser.post("/report/", form(cast))["Location"]
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + visitor.CODE_SECONDS + 1)
    page = browser.get(address)
    assert page.context["code"] == "" and "查询码只显示一次" in page.content.decode()


def test_the_code_is_not_stored_in_plain_words(cast: Cast) -> None:
    browser = opened()
    code = browser.get(browser.post("/report/", form(cast))["Location"]).context["code"]
    assert code not in str(dict(browser.session))


def test_a_signed_in_resident_owns_the_report_and_the_number_of_the_account_is_used(cast: Cast) -> None:
    browser = opened(cast.people["resident"])
    browser.post("/report/", form(cast, wish="call"))
    report = Report.objects.get()
    assert report.owner_id == cast.people["resident"].pk
    assert report.contact.phone == "13890001234" and report.contact.wish == Contact.Wish.CALL


def test_sending_costs_at_most_fourteen_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    for who in (None, cast.people["resident"]):
        browser = opened(who)
        uid = uuid.uuid4()
        browser.post("/report/photo/", {"uid": uid, "file": picture()})
        browser.post("/report/", form(cast))  # the calendar and the categories are kept for some seconds
        with django_assert_max_num_queries(40) as seen:
            assert browser.post("/report/", form(cast, photos_uid=str(uid))).status_code == 302
        plain = [q["sql"] for q in seen.captured_queries if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))]
        assert len(plain) <= 14, "\n".join(sql[:110] for sql in plain)


def test_the_same_send_twice_is_one_report_and_both_see_the_code(cast: Cast) -> None:
    browser, sent = opened(), form(cast)
    first, second = (browser.post("/report/", sent) for _ in range(2))
    assert Report.objects.count() == 1 and first["Location"] == second["Location"]
    assert browser.get(second["Location"]).context["code"]


def test_the_same_key_with_other_words_is_refused_and_the_words_stay(cast: Cast) -> None:
    browser, sent = opened(), form(cast)
    browser.post("/report/", sent)
    page = browser.post("/report/", sent | {"text": "完全是另一件事，井盖丢了"})
    assert page.status_code == 409 and "井盖丢了" in page.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_double_tap_makes_one_report() -> None:
    cast = build()
    browser = opened()
    sent, answers = form(cast), []

    def tap() -> None:
        twin = Client()
        twin.cookies = browser.cookies.copy()  # type: ignore[assignment]
        answers.append(twin.post("/report/", sent))
        connection.close()

    taps = [threading.Thread(target=tap) for _ in range(2)]
    for each in taps:
        each.start()
    for each in taps:
        each.join()
    assert Report.objects.count() == Matter.objects.count() == 1
    assert {answer["Location"] for answer in answers} == {f"/report/done/{Report.objects.get().uid}/"}
    assert browser.get(answers[0]["Location"]).context["code"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "请写一句话"),
        ("   \n ", "请写一句话"),
        ("😀😀！", "请用文字说一句"),
        ("\x00\x01\x02", "请写一句话"),
        ("水" * 2001, "最多写 2000 个字，现在有 2001 个"),
    ],
)
def test_words_that_say_nothing_are_refused_in_words_and_kept(cast: Cast, text: str, words: str) -> None:
    page = opened().post("/report/", form(cast, text=text))
    assert page.status_code == 422 and words in page.content.decode()
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script> 井盖丢了", "\u202e灯坏了\u202c", "👵路灯坏了㐂𠮷", "' OR 1=1; --"]
)
def test_odd_words_are_taken_and_shown_harmless(cast: Cast, text: str) -> None:
    browser = opened(cast.people["resident"])
    assert browser.post("/report/", form(cast, text=text)).status_code == 302
    shown = browser.get(f"/concerns/{Report.objects.get().number}/").content.decode()
    assert "<script>alert" not in shown and "\u202e" not in shown


@pytest.mark.parametrize("place", ["", "abc", "0", "-1", "99999999999999999999", "1e9", "９"])
def test_a_place_that_is_none_is_asked_for_again(cast: Cast, place: str) -> None:
    page = opened().post("/report/", form(cast, place=place))
    assert page.status_code == 422 and "请选在哪里" in page.content.decode() and TEXT in page.content.decode()


def test_neither_a_district_nor_a_home_can_be_named(cast: Cast) -> None:
    for place in (cast.city.district, cast.city.household):
        assert opened().post("/report/", form(cast, place=place.pk)).status_code == 422


@pytest.mark.parametrize(
    "field", ["key", "category", "join", "photos_uid", "lon", "lat", "wish", "name", "phone", "drop"]
)
def test_no_field_breaks_the_page_whatever_it_says(cast: Cast, field: str) -> None:
    for odd in ("\x00", "x" * 5000, "-1", "٣", "null", "00000000-0000-0000-0000-000000000000"):
        assert opened().post("/report/", form(cast, **{field: odd})).status_code in (200, 302, 404, 409, 422)


def test_a_body_without_end_is_refused_in_words(cast: Cast) -> None:
    page = opened().post("/report/", form(cast, text="水" * 1_000_000))
    assert page.status_code == 400 and "您写的还在" in page.content.decode()


def test_too_many_sends_are_slowed_down_and_the_words_stay(cast: Cast) -> None:
    browser = opened()
    for _ in range(visitor.LIMITS["report"][0][0]):
        assert browser.post("/report/", form(cast)).status_code == 302
    page = browser.post("/report/", form(cast))
    assert page.status_code == 429 and TEXT in page.content.decode() and "再试" in page.content.decode()


def test_a_photo_goes_ahead_and_is_the_senders_alone_until_sent(cast: Cast) -> None:
    browser, uid = opened(), uuid.uuid4()
    for _ in range(2):
        assert browser.post("/report/photo/", {"uid": uid, "file": picture()}).json() == {
            "thumb": f"/files/{uid}/thumb/"
        }
    assert browser.get(f"/files/{uid}/thumb/").status_code == 200
    assert opened().get(f"/files/{uid}/").status_code == 404
    assert browser.post("/report/", form(cast, photos_uid=str(uid))).status_code == 302
    assert StoredFile.objects.get().owner_id == Report.objects.get().pk
    assert browser.get(f"/files/{uid}/")["Cache-Control"].startswith("private")


def test_somebody_elses_photo_cannot_be_taken_along(cast: Cast) -> None:
    uid = uuid.uuid4()
    opened().post("/report/photo/", {"uid": uid, "file": picture()})
    page = opened().post("/report/", form(cast, photos_uid=str(uid)))
    assert page.status_code == 422 and TEXT in page.content.decode() and not Report.objects.exists()


@pytest.mark.parametrize(
    ("data", "words"), [(b"", "没有收到"), (b"<svg onload=x>", "SVG"), (b"\xff\xd8\xff\xe0abc", "打不开")]
)
def test_what_is_no_photo_is_refused_in_words(db: None, data: bytes, words: str) -> None:
    sent = {"uid": uuid.uuid4(), "file": SimpleUploadedFile("x.jpg", data)} if data else {"uid": uuid.uuid4()}
    answer = opened().post("/report/photo/", sent)
    assert 400 <= answer.status_code < 500 and words in answer.json()["words"]


def test_without_scripts_the_photo_comes_with_the_form_and_survives_an_error(cast: Cast) -> None:
    browser = opened()
    page = browser.post("/report/", form(cast, text="", photos=picture()))
    assert page.status_code == 422
    ((uid, _thumb),) = page.context["shots"]
    assert browser.post("/report/", form(cast, photos_uid=uid)).status_code == 302
    assert StoredFile.objects.get().owner_kind == "cases.report"


def test_without_scripts_similar_matters_are_shown_before_anything_is_sent(cast: Cast) -> None:
    reported(cast, now=timezone.now())
    browser = opened()
    sent = form(cast)
    del sent["checked"]
    page = browser.post("/report/", sent)
    assert page.status_code == 200 and Report.objects.count() == 1 and "我也遇到" in page.content.decode()
    assert "看不见" in page.content.decode() and "陈英" not in page.content.decode()
    assert browser.post("/report/", sent | {"checked": "1"}).status_code == 302
    assert Matter.objects.count() == 2


def test_me_too_joins_the_matter_and_keeps_an_own_number(cast: Cast) -> None:
    matter = reported(cast, now=timezone.now()).matter
    assert matter is not None
    browser = opened()
    page = browser.get(browser.post("/report/", form(cast, join=str(matter.uid)))["Location"])
    assert "已加入" in page.content.decode() and page.context["code"]
    assert Matter.objects.get().report_count == Report.objects.count() == 2


def test_me_too_to_a_finished_or_distant_matter_keeps_the_words(cast: Cast) -> None:
    closed = brought_to(cast, "closed")
    page = opened().post("/report/", form(cast, join=str(closed.uid)))
    assert page.status_code == 409 and TEXT in page.content.decode()
    near = reported(cast, now=timezone.now()).matter
    assert near is not None
    assert opened().post("/report/", form(cast, place=cast.city.neighbour.pk, join=str(near.uid))).status_code == 409


def test_while_typing_category_emergency_and_similar_matters_are_offered(cast: Cast) -> None:
    reported(cast, now=timezone.now())
    browser = opened()
    page = browser.post(
        "/report/offers/", {"text": "楼道灯冒烟起火，楼道灯不亮晚上下楼看不见", "place": cast.city.building.pk}
    )
    html = page.content.decode()
    assert 'href="tel:119"' in html and "路灯楼道灯" in html and "为什么是这一类" in html and "我也遇到" in html
    assert "3栋2单元楼道灯" not in html  # a neighbour's words stay with the neighbour


def test_emergency_words_never_stop_the_report(cast: Cast) -> None:
    browser = opened()
    sent = browser.post("/report/", form(cast, text="楼下起火了，浓烟往上冲"))
    assert 'href="tel:119"' in browser.get(sent["Location"]).content.decode()


def test_acting_for_a_neighbour_needs_name_and_consent(cast: Cast) -> None:
    browser = opened(cast.people["resident"])
    page = browser.post("/report/", form(cast, for_other="on"))
    assert (
        page.status_code == 422 and "对方怎么称呼" in page.content.decode() and "征得对方同意" in page.content.decode()
    )
    browser.post("/report/", form(cast, for_other="on", consent="on", name="刘婆婆", phone="0813-8212345"))
    report = Report.objects.get()
    assert report.channel == "proxy" and report.contact.name == "刘婆婆" and "同意" in report.consent
    assert report.owner_id == cast.people["resident"].pk


def test_places_are_chosen_step_by_step_without_scripts_and_nothing_typed_is_lost(cast: Cast) -> None:
    browser = opened()
    page = browser.post("/report/where/", {"text": TEXT, "where": f"at:{cast.city.community.pk}", "name": "陈姨"})
    html = page.content.decode()
    assert TEXT in html and "陈姨" in html and "第一网格" in html and "芭茅塘小区" in html
    page = browser.post("/report/where/", {"text": TEXT, "where": f"at:{cast.city.estate.pk}"})
    assert "12栋" in page.content.decode() and "301" not in page.content.decode()
    page = browser.post("/report/where/", {"text": TEXT, "where": f"pick:{cast.city.building.pk}"})
    assert f'name="place" value="{cast.city.building.pk}"' in page.content.decode()


def test_two_characters_find_a_place(cast: Cast) -> None:
    page = opened().post("/report/where/", {"where": "find:", "q": "芭茅塘3栋"}, headers={"HX-Request": "true"})
    assert f"pick:{cast.city.building.pk}" in page.content.decode()


def test_the_code_on_a_building_fills_the_place(cast: Cast) -> None:
    browser = Client()
    target = browser.get(f"/b/{cast.city.building.token}")
    assert "3栋" in browser.get(target["Location"]).content.decode()
    assert browser.get("/b/zzzzzzzzzzzzzzzzzzzzzz").status_code == 404
