"""The matter's page: what it shows to whom, every verb by form, stale and wrong input, papers, telephones by reason."""

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from docx import Document
from PIL import Image

from gongzhi.accounts.models import Duty
from gongzhi.accounts.tests.factories import client
from gongzhi.base.models import StoredFile
from gongzhi.cases import suggest
from gongzhi.cases.models import Matter, Order, Report, RoutingRule, Task
from gongzhi.cases.tests.factories import ANSWERED, FINISHED, Cast, brought_to, reported, triaged
from gongzhi.kernel.models import Look
from gongzhi.kernel.perform import perform
from gongzhi.kernel.procedure import available


def photo(name: str = "现场.jpg") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "#9c2c22").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


def now_at(cast: Cast, state: str, **fields: Any) -> Matter:
    return brought_to(cast, state, now=timezone.now(), **fields)


def send(browser: Client, matter: Matter, verb: str, data: dict[str, Any] | None = None, **headers: str) -> Any:
    sent = {"key": str(uuid.uuid4()), "seq": str(matter.seq), **(data or {})}
    return browser.post(f"/matters/{matter.number}/{verb}/", sent, headers=headers)


def statements(ask: Callable[[], Any]) -> int:
    """How many statements an answer took, savepoints not counted; the answer must be a good one."""
    with CaptureQueriesContext(connection) as seen:
        assert ask().status_code in (200, 302)
    return sum("SAVEPOINT" not in query["sql"] for query in seen.captured_queries)


def test_a_matter_goes_all_the_way_by_its_pages(cast: Cast) -> None:
    clerk, officer = client(cast.people["clerk"]), client(cast.people["officer"])
    matter = now_at(cast, "received")
    way: tuple[tuple[Client, str, dict[str, Any]], ...] = (
        (clerk, "accept", {}),
        (clerk, "triage", triaged(cast)),
        (clerk, "dispatch", {"handler": f"o{cast.works.pk}"}),
        (officer, "sign", {}),
        (officer, "progress", {"text": "已到现场查看", "is_public": "on"}),
        (officer, "finish", FINISHED),
        (clerk, "feedback", ANSWERED),
    )
    for browser, verb, data in way:
        assert browser.get(f"/matters/{matter.number}/{verb}/").status_code == 200, verb
        answer = send(browser, matter, verb, data)
        if verb == "feedback":
            answer = send(browser, matter, verb, {**data, "seen": answer.context["seen"].sign})
        assert answer.status_code == 302, (verb, answer.text)
        matter.refresh_from_db()
        assert browser.get(answer.headers["Location"]).status_code == 200
    assert matter.state == "judging"


def test_the_page_offers_exactly_what_is_available(cast: Cast) -> None:
    for who in ("clerk", "officer", "grid", "street_clerk", "supervisor", "secretary"):
        for state in ("received", "routed", "assigned", "handling", "answering", "judging", "closed"):
            matter = now_at(cast, state)
            page = client(cast.people[who]).get(f"/matters/{matter.number}/")
            if page.status_code == 404:
                continue
            offered = {act.verb for act in page.context["acts"]} - {"merge", "unmerge", "relocate"}
            assert offered == {t.verb for t in available(matter, cast.actor(who), timezone.now())}, (who, state)


@pytest.mark.parametrize("verb", ("nonsense", "close", "report", "escalate", "absorb"))
def test_verbs_that_do_not_exist_or_are_the_systems_own_are_not_there(cast: Cast, verb: str) -> None:
    matter = now_at(cast, "received")
    desk = client(cast.people["clerk"])
    assert desk.get(f"/matters/{matter.number}/{verb}/").status_code == 404
    assert send(desk, matter, verb).status_code == 404


def test_what_is_not_mine_to_do_is_refused_in_words(cast: Cast) -> None:
    matter = now_at(cast, "assigned")
    desk = client(cast.people["clerk"])
    assert desk.get(f"/matters/{matter.number}/sign/").status_code == 404
    answer = send(desk, matter, "sign")
    assert answer.status_code == 404
    assert "您现在的岗位不能" in answer.text
    matter.refresh_from_db()
    assert matter.state == "assigned"


def test_a_stale_form_shows_both_versions_and_keeps_what_was_typed(cast: Cast) -> None:
    matter = now_at(cast, "received")
    perform(matter, "accept", actor=cast.actor("second_clerk"))
    answer = send(client(cast.people["clerk"]), matter, "triage", triaged(cast, reason="我写的理由还在"))
    assert answer.status_code == 409
    for words in ("已经有了新的进展", "您打开之后", "李蓉", "接收", "待分流", "我写的理由还在"):
        assert words in answer.text, words
    fresh = Matter.objects.get(pk=matter.pk)
    assert f'name="seq" value="{fresh.seq}"' in answer.text
    assert send(client(cast.people["clerk"]), fresh, "triage", triaged(cast)).status_code == 302


def test_beside_the_list_refusals_come_as_parts_and_success_wakes_the_list(cast: Cast) -> None:
    matter, desk = now_at(cast, "received"), client(cast.people["clerk"])
    htmx: dict[str, Any] = {"HX-Request": "true"}
    wrong = send(desk, matter, "triage", {"triage_class": "small"}, **htmx)
    assert wrong.status_code == 422
    assert "<html" not in wrong.text
    assert 'id="act"' in wrong.text
    done = send(desk, matter, "accept", **htmx)
    assert (done.status_code, done.headers["HX-Trigger"]) == (204, "changed")
    part = desk.get(f"/matters/{matter.number}/", headers={**htmx, "HX-Target": "detail"})
    assert "<html" not in part.text
    assert "接收，已记下" in part.text


def test_who_returns_a_matter_no_longer_sees_it_and_lands_on_the_desk(cast: Cast) -> None:
    matter = now_at(cast, "assigned")
    answer = send(client(cast.people["officer"]), matter, "return", {"reason": "不归我们管"})
    assert answer.headers["Location"] == "/work/"
    assert client(cast.people["officer"]).get(f"/matters/{matter.number}/").status_code == 404


@pytest.mark.parametrize("text", ("", " ", "长" * 3000, "<script>alert(1)</script>", "‮反过来", "🔥" * 30))
def test_odd_words_are_kept_or_refused_but_never_break_the_page(cast: Cast, text: str) -> None:
    matter = now_at(cast, "handling")
    officer = client(cast.people["officer"])
    answer = send(officer, matter, "progress", {"text": text})
    assert answer.status_code in (302, 422)
    page = officer.get(f"/matters/{matter.number}/")
    assert page.status_code == 200
    assert "<script>alert(1)" not in page.text + answer.text


def test_pressing_twice_does_it_once(cast: Cast) -> None:
    matter, officer = now_at(cast, "handling"), client(cast.people["officer"])
    sent = {"key": str(uuid.uuid4()), "seq": str(matter.seq), "text": "已到现场"}
    first, second = (officer.post(f"/matters/{matter.number}/progress/", sent) for _each in range(2))
    assert (first.status_code, second.status_code) == (302, 302)
    matter.refresh_from_db()
    assert matter.seq == int(sent["seq"]) + 1
    other = officer.post(f"/matters/{matter.number}/progress/", {**sent, "text": "另一句话"})
    assert other.status_code == 409
    assert "另一句话" in other.text


def test_photos_before_and_after_come_with_the_form_without_scripts(cast: Cast) -> None:
    matter, officer = now_at(cast, "handling"), client(cast.people["officer"])
    answer = send(
        officer, matter, "progress", {"text": "换前换后", "photos_before": photo(), "photos_after": photo("后.jpg")}
    )
    assert answer.status_code == 302
    assert list(StoredFile.objects.order_by("id").values_list("label", "owner_id")) == [
        ("before", matter.pk),
        ("after", matter.pk),
    ]
    page = officer.get(f"/matters/{matter.number}/")
    assert "办理前" in page.text
    assert "办理后" in page.text


def test_photos_stay_when_the_form_comes_back(cast: Cast) -> None:
    matter, officer = now_at(cast, "handling"), client(cast.people["officer"])
    answer = send(officer, matter, "finish", {"result": "", "photos_after": photo()})
    assert answer.status_code == 422
    stored = StoredFile.objects.get()
    assert str(stored.uid) in answer.text
    matter.refresh_from_db()
    done = send(officer, matter, "finish", {"result": "换好了", "photos_uid": str(stored.uid)})
    assert done.status_code == 302
    wrong = send(
        officer,
        now_at(cast, "handling"),
        "finish",
        {"result": "x", "photos_after": SimpleUploadedFile("a.jpg", b"MZ\x00")},
    )
    assert wrong.status_code == 422


def test_the_routing_rule_fills_the_triage_form_and_says_why(cast: Cast) -> None:
    RoutingRule.objects.create(
        position=1, name="公共照明", category=cast.light, triage_class="big", organisation_id=cast.works.pk
    )
    matter, desk = now_at(cast, "received"), client(cast.people["clerk"])
    page = desk.get(f"/matters/{matter.number}/")
    assert "建议：大事 → 市政公用中心" in page.text
    assert "按规则“公共照明”" in page.text
    form = desk.get(f"/matters/{matter.number}/triage/?class=big").context["form"]
    assert (form.initial["handler"], form.initial["category"]) == (f"o{cast.works.pk}", cast.light)
    assert desk.get(f"/matters/{matter.number}/triage/?class=private").context["form"].initial["handler"] == ""


def test_reporters_are_masked_and_a_telephone_needs_a_reason(cast: Cast) -> None:
    matter = now_at(cast, "handling", name="陈小英", phone="13890004321")
    report = matter.reports.get()
    address = f"/matters/{matter.number}/reports/{report.pk}/contact/"
    desk = client(cast.people["clerk"])
    page = desk.get(f"/matters/{matter.number}/")
    assert "陈*英" in page.text
    assert "陈小英" not in page.text
    assert "13890004321" not in page.text
    assert desk.post(address, {"reason": " "}).status_code == 422
    assert not Look.objects.exists()
    shown = desk.post(address, {"reason": "约定上门时间"})
    assert "13890004321" in shown.text
    look = Look.objects.get()
    assert (look.record_id, look.reason, look.subject_id) == (report.pk, "约定上门时间", report.owner_id)
    assert "约定上门时间" in desk.get(f"/matters/{matter.number}/looks/").text
    assert client(cast.people["officer"]).post(address, {"reason": "核实地点"}).status_code == 200
    for who in ("grid", "neighbour_clerk", "supervisor", "water_officer"):
        assert client(cast.people[who]).post(address, {"reason": "看看"}).status_code == 404, who
    assert Look.objects.count() == 2


def test_residents_stay_masked_in_the_timeline_and_staff_do_not(cast: Cast) -> None:
    matter = now_at(cast, "sorting")
    page = client(cast.people["clerk"]).get(f"/matters/{matter.number}/")
    assert "王敏 社区干事" in page.text
    assert "陈英" not in page.text


def test_public_telephones_are_shown_and_others_are_not(cast: Cast) -> None:
    matter = now_at(cast, "sorting")
    Duty.objects.filter(account=cast.people["grid"]).update(is_public=True, public_phone="0813 555 0102")
    Duty.objects.filter(account=cast.people["captain"]).update(is_public=False, public_phone="0813 555 0103")
    page = client(cast.people["clerk"]).get(f"/matters/{matter.number}/")
    assert "0813 555 0102" in page.text
    assert "0813 555 0103" not in page.text


def test_similar_matters_are_merged_and_taken_apart_again(cast: Cast) -> None:
    first, second = now_at(cast, "received"), now_at(cast, "received")
    desk = client(cast.people["clerk"])
    assert first.number in desk.get(f"/matters/{second.number}/").text
    assert send(desk, second, "merge", {"reason": "同一盏灯"}).status_code == 422
    assert send(desk, second, "merge", {"reason": "同一盏灯", "into_number": first.number}).status_code == 302
    second.refresh_from_db()
    assert second.merged_into_id == first.pk
    assert send(desk, second, "unmerge", {"reason": "不是同一盏"}).status_code == 302
    second.refresh_from_db()
    assert (second.state, second.reports.count()) == ("received", 1)


def test_a_matter_cannot_be_merged_into_what_one_may_not_see(cast: Cast) -> None:
    mine, theirs = now_at(cast, "received"), now_at(cast, "received", place=cast.city.neighbour_grid)
    answer = send(client(cast.people["clerk"]), mine, "merge", {"reason": "同一件", "into_number": theirs.number})
    assert answer.status_code == 422
    assert "没有找到这一件" in answer.text


def test_the_place_is_corrected_by_searching_for_it(cast: Cast) -> None:
    matter, desk = now_at(cast, "received"), client(cast.people["clerk"])
    page = desk.get(f"/matters/{matter.number}/relocate/?where=芭茅塘12栋")
    assert cast.city.second_building.pk in [place["id"] for place in page.context["places"]]
    sent = {"reason": "写错楼号", "place": cast.city.second_building.pk}
    assert send(desk, matter, "relocate", sent).status_code == 302
    matter.refresh_from_db()
    assert matter.grid_id == cast.city.second_grid.pk
    assert send(desk, matter, "relocate", {"reason": "再改", "place": 99999999}).status_code == 422


def test_co_handlers_reply_and_supervision_orders_are_answered_on_the_page(cast: Cast) -> None:
    matter = now_at(cast, "routed")
    clerk, officer, water = (client(cast.people[who]) for who in ("clerk", "officer", "water_officer"))
    sent = {"handler": f"o{cast.works.pk}", "together": f"o{cast.water.pk}", "note": "请配合关阀"}
    assert send(clerk, matter, "dispatch", sent).status_code == 302
    task = Task.objects.get()
    page = water.get(f"/matters/{matter.number}/")
    assert "请配合关阀" in page.text
    part = f"/matters/{matter.number}/tasks/{task.pk}/reply/"
    assert water.get(part).status_code == 200
    assert officer.post(part, {"reply": "代答"}).status_code == 404
    assert water.post(part, {"reply": ""}).status_code == 422
    assert water.post(part, {"reply": "阀门已关", "seq": task.seq}).status_code == 302
    perform(
        Matter.objects.get(pk=matter.pk),
        "supervise",
        actor=cast.actor("supervisor"),
        data={"asked": "两天内到场", "days": "2"},
    )
    order = Order.objects.get()
    assert order.number in officer.get(f"/matters/{matter.number}/").text
    answer = officer.post(f"/matters/{matter.number}/orders/{order.pk}/reply/", {"reply": "明天到", "seq": order.seq})
    assert answer.status_code == 302
    order.refresh_from_db()
    assert (order.state, order.reply) == ("replied", "明天到")


def test_a_rating_given_on_the_telephone_is_written_down_by_the_clerk(cast: Cast) -> None:
    matter = now_at(cast, "judging")
    report = matter.reports.get()
    address = f"/matters/{matter.number}/reports/{report.pk}/rate/"
    assert client(cast.people["officer"]).get(address).status_code == 404
    sent = {"is_resolved": "yes", "satisfaction": "4", "comment": "电话回访", "seq": report.seq}
    assert client(cast.people["clerk"]).post(address, sent).status_code == 302
    assert Report.objects.get(pk=report.pk).satisfaction == 4


def test_the_deadline_says_how_it_was_computed(cast: Cast) -> None:
    matter = now_at(cast, "handling")
    page = client(cast.people["officer"]).get(f"/matters/{matter.number}/")
    assert "怎么算的？" in page.text
    assert "限 7 个工作日" in page.text


def test_the_work_order_prints_and_opens_in_word_with_reporters_masked(cast: Cast) -> None:
    matter = now_at(cast, "handling", name="陈小英", phone="13890004321")
    officer = client(cast.people["officer"])
    paper = officer.get(f"/matters/{matter.number}/print/")
    assert "诉求办理工单" in paper.text
    document = Document(io.BytesIO(officer.get(f"/matters/{matter.number}/word/").content))
    text = "\n".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    assert matter.number in "\n".join(p.text for p in document.paragraphs)
    for found in (paper.text, text):
        assert "陈*英 138****4321" in found
        assert "13890004321" not in found
    assert client(cast.people["neighbour_clerk"]).get(f"/matters/{matter.number}/word/").status_code == 404


def test_the_map_has_the_point(cast: Cast) -> None:
    matter = now_at(cast, "received", lon=104.771, lat=29.341)
    shapes = client(cast.people["clerk"]).get(f"/matters/{matter.number}/where.json").json()
    assert shapes["features"][-1]["geometry"]["coordinates"] == [104.771, 29.341]


def test_the_page_and_a_step_take_fourteen_statements(cast: Cast) -> None:
    RoutingRule.objects.create(
        position=1, name="公共照明", category=cast.light, triage_class="big", organisation_id=cast.works.pk
    )
    now_at(cast, "received")
    matter, late = now_at(cast, "received"), now_at(cast, "handling")
    perform(late, "supervise", actor=cast.actor("supervisor"), data={"asked": "两天内到场", "days": "2"})
    desk = client(cast.people["clerk"])
    desk.get("/work/?f=all")
    suggest.categories()
    for one in (matter, late):
        assert statements(lambda: desk.get(f"/matters/{one.number}/")) <= 14  # noqa: B023
    assert statements(lambda: desk.get(f"/work/?f=all&m={matter.number}")) <= 20
    assert statements(lambda: send(desk, matter, "accept")) <= 14


def test_a_delegate_acts_and_the_page_says_for_whom(cast: Cast) -> None:
    matter = now_at(cast, "received")
    today = timezone.localdate()
    cast.people["clerk"].delegations_given.create(
        to_account=cast.people["neighbour_clerk"],
        starts=today,
        ends=today + timedelta(days=2),
        reason="培训",
        created_by=cast.people["clerk"],
    )
    substitute = client(cast.people["neighbour_clerk"])
    assert send(substitute, matter, "accept").status_code == 302
    assert "（代王敏办）" in substitute.get(f"/matters/{matter.number}/").text


def test_reported_words_with_markup_are_shown_as_words(cast: Cast) -> None:
    matter = reported(cast, now=timezone.now(), text="<img src=x onerror=alert(1)> 水管坏了").matter
    assert matter is not None
    assert "<img src=x" not in client(cast.people["clerk"]).get(f"/matters/{matter.number}/").text
