"""Knowledge where it is needed: words seen before they are sent, answers before reporting, questions with the report."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from gongzhi.accounts.models import Duty
from gongzhi.accounts.tests.browser import faults, picture, sign_in
from gongzhi.accounts.tests.factories import client
from gongzhi.cases import seeding as categories
from gongzhi.cases import topics
from gongzhi.cases.models import Matter, Report
from gongzhi.cases.tests.factories import ANSWERED, Cast, brought_to, reported
from gongzhi.cases.tests.test_matter_page import send, statements
from gongzhi.kernel.models import Event, Notification
from gongzhi.kernel.perform import perform
from gongzhi.knowledge import seeding, store
from gongzhi.knowledge.kinds import KINDS
from gongzhi.knowledge.models import AnswerTemplate
from gongzhi.knowledge.tests import factories as make


def now_at(cast: Cast, state: str, **fields: Any) -> Matter:
    return brought_to(cast, state, now=timezone.now(), **fields)


# --- words to reporters ------------------------------------------------------------------------------------------------


def test_feedback_is_never_sent_unseen(cast: Cast) -> None:
    matter, desk = now_at(cast, "answering"), client(cast.people["clerk"])
    events, notices = Event.objects.count(), Notification.objects.count()
    first = send(desk, matter, "feedback", ANSWERED)
    assert first.status_code == 200 and "还没有发" in first.text
    letter = first.context["seen"].letters[0]
    assert (letter.title, str(letter.body)) == ("您反映的事有结果了，请评价", ANSWERED["answer"])
    assert (Event.objects.count(), Notification.objects.count()) == (events, notices)
    assert Matter.objects.get().state == "answering"
    for wrong in ("", "1", first.context["seen"].sign[:-1] + "x"):
        assert send(desk, matter, "feedback", {**ANSWERED, "seen": wrong}).status_code == 200
    other = send(desk, matter, "feedback", {**ANSWERED, "answer": "换了一句话。", "seen": first.context["seen"].sign})
    assert other.status_code == 200 and "换了一句话" in other.text
    sent = send(desk, matter, "feedback", {**ANSWERED, "seen": first.context["seen"].sign})
    assert sent.status_code == 302 and Matter.objects.get().state == "judging"
    told = Notification.objects.filter(account_id=cast.people["resident"].pk).latest("id")
    assert (told.title, told.body) == (letter.title, ANSWERED["answer"])


def test_declining_shows_the_way_on_first_and_points_out_personal_data(cast: Cast) -> None:
    matter, desk = now_at(cast, "sorting"), client(cast.people["clerk"])
    said = {"route": "outside", "answer": "请打 13890001234 找家政，或到3栋2单元501问。"}
    seen = send(desk, matter, "decline", said)
    assert seen.status_code == 200 and "<mark>13890001234</mark>" in seen.text and "像个人信息" in seen.text
    assert {kind for kind, _words in seen.context["seen"].found} == {"电话", "门牌"}
    assert send(desk, matter, "decline", {**said, "seen": seen.context["seen"].sign}).status_code == 302


@pytest.mark.parametrize(
    ("state", "verb", "data", "title"),
    [
        ("handling", "progress", {"text": "师傅已经上门。", "is_public": "on"}, "有新进展"),
        ("handling", "ask", {"question": "是哪一层？"}, "社区想向您了解一个情况"),
        ("handling", "suspend", {"reason": "等零件", "review_date": "2099-01-01"}, ""),
    ],
)
def test_other_words_can_be_looked_at_and_go_out_without(
    cast: Cast, state: str, verb: str, data: dict[str, str], title: str
) -> None:
    matter, desk = now_at(cast, state), client(cast.people["clerk"])
    looked = send(desk, matter, verb, {**data, "preview": "1"})
    if not title:
        assert looked.status_code == 422 and "2099-01-01" in looked.text and "等零件" in looked.text
        return
    assert looked.status_code == 200 and title in looked.context["seen"].letters[0].title
    assert Matter.objects.get().seq == matter.seq
    assert send(desk, matter, verb, data).status_code == 302


def test_progress_that_is_not_for_the_reporter_says_so(cast: Cast) -> None:
    matter, desk = now_at(cast, "handling"), client(cast.people["clerk"])
    perform(matter, "publish", actor=cast.actor("clerk"), data={"is_public": "on", "public_title": "楼道灯不亮"})
    matter = Matter.objects.get()
    inside = send(desk, matter, "progress", {"text": "内部记一笔", "preview": "1"})
    assert "不会给反映人发消息" in inside.text and "这一步公众看不到" in inside.text
    told = send(desk, matter, "progress", {"text": "灯已买好", "is_public": "on", "preview": "1"})
    assert str(told.context["seen"].public[0].title) == "楼道灯不亮：有新进展"


def test_a_look_is_refused_in_the_same_words_as_the_step(cast: Cast) -> None:
    matter = now_at(cast, "answering")
    assert send(client(cast.people["neighbour_clerk"]), matter, "feedback", ANSWERED).status_code == 404
    assert send(client(cast.people["officer"]), matter, "feedback", ANSWERED).status_code == 404
    empty = send(client(cast.people["clerk"]), matter, "feedback", {"answer": "", "public_answer": "打字留着"})
    assert empty.status_code == 422 and "打字留着" in empty.text
    perform(matter, "rework", actor=cast.actor("second_clerk"), data={"reason": "再看看"})
    late = send(client(cast.people["clerk"]), matter, "feedback", ANSWERED)
    assert late.status_code == 409 and ANSWERED["answer"] in late.text


def test_the_telephone_of_the_office_is_no_personal_data(cast: Cast) -> None:
    Duty.objects.filter(account=cast.people["clerk"]).update(public_phone="0813-8201234", is_public=True)
    matter, desk = now_at(cast, "answering"), client(cast.people["clerk"])
    row = make.template("有事打 {电话}。<b>")
    put = send(desk, matter, "feedback", {"template": "1", "template_id": str(row.pk)})
    said = {"answer": put.context["form"]["answer"].value() + "别打 0813-8209999", "method": "online"}
    seen = send(desk, matter, "feedback", said)
    assert [words for _kind, words in seen.context["seen"].found] == ["0813-8209999"]
    assert "有事打 0813-8201234。&lt;b&gt;" in seen.text


def test_a_template_is_put_in_without_scripts_and_keeps_what_was_typed(cast: Cast) -> None:
    row = make.template("{称呼}：{诉求号}“{标题}”，{承办单位}办好了，问 {电话}。")
    make.template(title="不是答复用的", use="ask")
    matter, desk = now_at(cast, "answering"), client(cast.people["clerk"])
    page = desk.get(f"/matters/{matter.number}/feedback/")
    assert "插入模板" in page.text and "不是答复用的" not in page.text
    typed = {
        "template": "1",
        "template_id": str(row.pk),
        "answer": "先写的一句",
        "public_answer": "公开的",
        "method": "call",
    }
    put = send(desk, matter, "feedback", typed)
    assert put.status_code == 200
    text = put.context["form"]["answer"].value()
    number = matter.reports.get().number
    assert text.startswith("先写的一句\n\n陈先生（女士）：") and number in text and "市政公用中心办好了" in text
    assert "公开的" in put.text and 'value="call" selected' in put.text and "要填" not in put.text
    sent = {"answer": text, "method": "online", "used": str(row.pk)}
    stuck = send(desk, matter, "feedback", sent)
    assert stuck.status_code == 422 and "{电话}还没有填上" in stuck.text
    sent["answer"] = text.replace("{电话}", "社区")
    seen = send(desk, matter, "feedback", sent)
    assert send(desk, matter, "feedback", {**sent, "seen": seen.context["seen"].sign}).status_code == 302
    row.refresh_from_db()
    assert row.used == 1


def test_a_template_for_declining_chooses_its_route(cast: Cast) -> None:
    row = make.template("请打 12315。", title="消费", use="decline-outside")
    matter, desk = now_at(cast, "sorting"), client(cast.people["clerk"])
    put = send(desk, matter, "decline", {"template": "1", "template_id": str(row.pk)})
    assert put.context["form"]["route"].value() == "outside" and "请打 12315。" in put.text
    for odd in ("", "999999999999", "x", "-1", "٣"):
        assert send(desk, matter, "decline", {"template": "1", "template_id": odd, "used": odd}).status_code == 200


def test_several_reporters_read_one_letter(cast: Cast) -> None:
    matter = now_at(cast, "answering")
    Report.objects.filter(matter=matter).update(owner_id=None)
    seen = send(client(cast.people["clerk"]), matter, "feedback", ANSWERED)
    assert "没有账号，凭查询码" in seen.text
    row = make.template("{称呼}：好了。")
    put = send(client(cast.people["clerk"]), matter, "feedback", {"template": "1", "template_id": str(row.pk)})
    assert "这位居民：好了。" in put.text


def test_guides_stand_folded_beside_the_actions_and_cost_little(cast: Cast) -> None:
    make.guide()
    matter, desk = now_at(cast, "handling"), client(cast.people["clerk"])
    page = desk.get(f"/matters/{matter.number}/")
    assert "办理指引：" in page.text and "先看归谁" in page.text
    assert "先看归谁" in desk.get(f"/matters/{matter.number}/progress/").text
    assert statements(lambda: desk.get(f"/matters/{matter.number}/")) <= 14
    make.guide(place=cast.city.community, steps="社区自己的")
    assert "社区自己的" in desk.get(f"/matters/{matter.number}/").text


def test_a_preview_takes_few_statements_and_adds_none_to_the_sending(cast: Cast) -> None:
    matter, desk = now_at(cast, "answering"), client(cast.people["clerk"])
    seen = send(desk, matter, "feedback", ANSWERED)
    assert statements(lambda: send(desk, matter, "feedback", ANSWERED)) <= 20
    sent = {**ANSWERED, "seen": seen.context["seen"].sign}
    assert statements(lambda: send(desk, matter, "feedback", sent)) <= 18


# --- before and while reporting ----------------------------------------------------------------------------------------


def written(cast: Cast, **fields: Any) -> dict[str, Any]:
    return {
        "text": "3栋楼道灯不亮", "place": str(cast.city.grid.pk), "wish": "online", "checked": "1",
        "category": str(cast.light.pk), "key": str(uuid.uuid4()), **fields,
    }  # fmt: skip


def test_an_answer_is_shown_while_somebody_writes_and_never_in_the_way(cast: Cast) -> None:
    row, browser = make.faq(), Client()
    hint = browser.post("/report/offers/", {"text": "我们这里楼道灯不亮"}, headers={"HX-Request": "true"}).text
    assert "也许这里已有答案" in hint and row.question in hint and "不用反映了" in hint
    assert browser.post("/report/", written(cast)).status_code == 302
    browser.post(f"/questions/{row.pk}/said/enough/", written(cast))
    row.refresh_from_db()
    assert row.enough == 1


def test_extra_questions_are_asked_kept_and_read_everywhere(cast: Cast) -> None:
    which = make.extra("坏了哪里？", kind="one", choices=["灯泡", "开关"], is_required=True)
    make.extra("别处才问", place=cast.city.neighbour)
    make.extra("只有工作人员问", is_public=False)
    browser = Client()
    missing = browser.post("/report/", written(cast))
    assert missing.status_code == 422 and "坏了哪里？" in missing.text and "3栋楼道灯不亮" in missing.text
    assert "别处才问" not in missing.text and "只有工作人员问" not in missing.text
    answer = browser.post("/report/", written(cast, **{f"extra-q{which.pk}": "开关"}))
    assert answer.status_code == 302
    report = Report.objects.get()
    assert report.extra == [
        {"id": which.pk, "version": 1, "label": "坏了哪里？", "value": "开关", "shown": "开关"}
    ]  # fmt: skip
    which.label, which.version = "改过的问法？", 2
    which.save()
    assert "坏了哪里？" in browser.get(f"/concerns/{report.number}/").text
    desk = client(cast.people["clerk"])
    for page in ("", "print/"):
        assert "坏了哪里？" in desk.get(f"/matters/{report.matter.number}/{page}").text
    assert desk.get(f"/matters/{report.matter.number}/word/").status_code == 200


def test_a_stopping_answer_is_told_with_its_number_and_can_be_passed_after_reading(cast: Cast) -> None:
    stop = {"stop_answer": "是", "stop_message": "请先打 120", "stop_phone": "120"}
    hurt, browser = make.extra("有人受伤吗？", **stop), Client()
    said = {f"extra-q{hurt.pk}": "是"}
    part = browser.post("/report/extra/", {**written(cast), **said}, headers={"HX-Request": "true"})
    assert "请先打 120" in part.text and 'href="tel:120"' in part.text
    stopped = browser.post("/report/", written(cast, **said))
    assert stopped.status_code == 422 and "知道了，仍然要提交" in stopped.text
    assert browser.post("/report/", written(cast, **said, **{"extra-known": str(hurt.pk)})).status_code == 302
    hurt.is_final = True
    hurt.save()
    store.forget()
    final = browser.post("/report/", written(cast, text="又有人", **said, **{"extra-known": str(hurt.pk)}))
    assert final.status_code == 422 and Report.objects.count() == 1


def test_the_page_in_between_carries_the_answers_over(cast: Cast) -> None:
    which, browser = make.extra("坏了哪里？"), Client()
    reported(cast, now=timezone.now(), place=cast.city.grid)
    sent = written(cast, **{f"extra-q{which.pk}": "是"})
    del sent["checked"]
    between = browser.post("/report/", {**sent, "text": "3栋2单元楼道灯不亮，晚上看不见"})
    assert re.search(rf'name="extra-q{which.pk}" value="是"', between.text)


def test_staff_ask_more_when_they_register_for_somebody(cast: Cast) -> None:
    first, desk = make.extra("第一次反映吗？", topic="", is_public=False), client(cast.people["clerk"])
    assert "第一次反映吗？" in desk.get("/intake/").text
    assert "第一次反映吗？" in desk.post("/intake/extra/", {"category": str(cast.light.pk)}).text
    sent = {
        "channel": "counter", "text": "楼道灯不亮", "place": cast.city.grid.pk, "wish": "online", "separate": "1",
        "category": cast.light.pk, f"extra-q{first.pk}": "否",
    }  # fmt: skip
    assert desk.post("/intake/", sent).status_code == 200
    assert Report.objects.get().extra[0]["shown"] == "否"
    assert client(cast.people["resident"]).post("/intake/extra/", {}).status_code == 404


def test_every_seeded_entry_is_about_a_category_that_exists(cast: Cast) -> None:
    categories.seed_categories()
    known = {code for _group, rows in topics.groups() for code, _name in rows}
    for code in KINDS:
        assert {row["topic"] for row in seeding.rows(code)} <= known | {""}
    seeding.seed(known)
    matter, desk = now_at(cast, "answering"), client(cast.people["clerk"])
    for row in AnswerTemplate.objects.filter(use="feedback", topic__in=("", "light")):
        put = send(desk, matter, "feedback", {"template": "1", "template_id": str(row.pk)})
        left = set(re.findall(r"\{[^{}]+\}", put.context["form"]["answer"].value()))
        assert left <= {"{电话}"}, row


# --- in a browser ------------------------------------------------------------------------------------------------------


@pytest.mark.browser
def test_a_reporter_sees_the_answer_before_sending(transactional_db: None, phone: Page, cast: Cast) -> None:
    row = make.faq()
    which = make.extra("坏了哪里？", kind="one", choices=["灯泡", "开关"], is_required=True)
    phone.goto(f"/report/?place={cast.city.grid.pk}")
    phone.locator("#id_text").fill("我们楼道灯不亮三天了")
    hint = phone.get_by_text("也许这里已有答案")
    expect(hint).to_be_visible()
    expect(phone.get_by_text("坏了哪里？")).to_be_visible()
    phone.get_by_text(row.question).click()
    expect(phone.get_by_text("街上的路灯归市政")).to_be_visible()
    phone.get_by_label("开关").check()
    picture(phone, "report-answers", full=True)
    assert not faults(phone, 44)
    phone.locator(".action button.primary").click()
    phone.wait_for_url("**/report/done/**")
    assert Report.objects.get().extra[0] == {
        "id": which.pk, "version": 1, "label": "坏了哪里？", "value": "开关", "shown": "开关",
    }  # fmt: skip
    phone.goto(f"/report/?place={cast.city.grid.pk}")
    phone.locator("#id_text").fill("我们楼道灯不亮三天了")
    phone.get_by_text(row.question).click()
    phone.get_by_role("button", name="不用反映了").click()
    phone.wait_for_url(f"**/questions/{row.pk}/")
    row.refresh_from_db()
    assert row.enough == 1 and Report.objects.count() == 1


@pytest.mark.browser
def test_a_clerk_puts_in_a_template_looks_and_sends(transactional_db: None, desk: Page, cast: Cast) -> None:
    make.template("{称呼}：您好！“{标题}”办好了。")
    matter = now_at(cast, "answering")
    sign_in(desk, cast.people["clerk"])
    desk.goto(f"/matters/{matter.number}/")
    desk.get_by_role("link", name="反馈").first.click()
    desk.locator("#template").select_option(label="办好了")
    desk.get_by_role("button", name="插入").click()
    expect(desk.locator("#id_answer")).to_have_value(re.compile("陈先生（女士）：您好！"))
    desk.get_by_role("button", name="预览").click()
    expect(desk.get_by_text("还没有发")).to_be_visible()
    expect(desk.locator(".rehearsal")).to_contain_text("您反映的事有结果了")
    picture(desk, "preview-feedback", full=True)
    assert not faults(desk)
    desk.get_by_role("button", name="发送").click()
    expect(desk.get_by_text("已记下")).to_be_visible()
    assert Matter.objects.get().state == "judging"
