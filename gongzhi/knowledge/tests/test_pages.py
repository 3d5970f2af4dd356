"""Pages: answers for everybody, writing and deciding by the right people, two at once, nothing typed lost."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gongzhi.accounts.tests.factories import actor, client, duty, holder
from gongzhi.kernel.errors import NotPermitted, NotPossible, Stale
from gongzhi.kernel.models import Notification
from gongzhi.knowledge import actions
from gongzhi.knowledge.kinds import KINDS
from gongzhi.knowledge.models import AnswerTemplate, Faq, KnowledgeChange
from gongzhi.knowledge.tests import factories as make
from gongzhi.territory.tests.factories import City

TEMPLATES, ANSWERS = KINDS["templates"], KINDS["answers"]


def words(**fields: Any) -> dict[str, Any]:
    """A filled template form."""
    return {
        "title": "办好了",
        "use": "feedback",
        "topic": "light",
        "text": "{称呼}，办好了。",
        "is_active": "on",
        **fields,
    }


def values(city: City, **fields: Any) -> dict[str, Any]:
    """What a clerk's proposal holds."""
    return {"title": "新的", "use": "ask", "topic": "", "text": "请说清楚地点。", "place": city.community, **fields}


# --- everybody ---------------------------------------------------------------------------------------------------------


def test_everybody_finds_an_answer_by_two_characters_or_by_subject(city: City) -> None:
    lamp = make.faq()
    make.faq("闻到燃气味怎么办？", topic="gas", answer="先关阀。", words=[])
    make.faq("别处的事", topic="", place=city.neighbour)
    browser = Client()
    assert "闻到燃气味" in browser.get("/questions/").text
    found = browser.get("/questions/", {"q": "道灯"}).text
    assert lamp.question in found and "闻到燃气味" not in found and "写到“道灯”的有 1 条" in found
    assert browser.get("/questions/", {"topic": "utility"}).context["count"] == 2
    assert "别处的事" not in browser.get("/questions/").text
    browser.cookies["place"] = str(city.neighbour.pk)
    assert "别处的事" in browser.get("/questions/").text
    assert "归市政" in browser.get("/questions/print/?q=道灯").text
    assert "没有找到" in browser.get("/questions/?q=火星").text


def test_an_answer_out_of_its_days_or_not_approved_is_not_there(city: City) -> None:
    rows = [make.faq("旧", valid_to="2020-01-01"), make.faq("提的", status="proposed"), make.faq("停", is_active=False)]
    for row in rows:
        for address in (f"/questions/{row.pk}/", f"/questions/{row.pk}/print/"):
            assert Client().get(address).status_code == 404
    assert Client().get("/questions/999999999999999999/").status_code == 404


def test_an_opinion_is_counted_once_for_each_browser_and_knows_nobody(city: City) -> None:
    row, browser = make.faq(), Client()
    browser.get(f"/questions/{row.pk}/")
    for what in ("yes", "yes", "enough"):
        assert browser.post(f"/questions/{row.pk}/said/{what}/").status_code == 302
    Client().post(f"/questions/{row.pk}/said/no/")
    row.refresh_from_db()
    assert (row.helped, row.not_helped, row.enough, row.shown) == (1, 1, 0, 1)
    assert "您说过了" in browser.get(f"/questions/{row.pk}/").text


# --- administrators ----------------------------------------------------------------------------------------------------


def test_strangers_and_clerks_see_no_settings(city: City) -> None:
    row = make.template()
    for browser in (Client(), client(holder("clerk", city.community))):
        for address in ("/settings/knowledge/", f"/settings/knowledge/templates/{row.pk}/"):
            assert browser.get(address).status_code == 404
        assert browser.post(f"/settings/knowledge/templates/{row.pk}/decide/", {"do": "approve"}).status_code == 404


def test_an_administrator_writes_looks_and_saves_with_history(city: City) -> None:
    browser = client(holder("administrator", city.district, "罗主任"))
    sent = words(place=city.community.pk)
    looked = browser.post("/settings/knowledge/templates/new/", {**sent, "look": "1"})
    assert looked.status_code == 200 and "陈先生，办好了。" in looked.text and not AnswerTemplate.objects.exists()
    assert browser.post("/settings/knowledge/templates/new/", sent).status_code == 302
    row = AnswerTemplate.objects.get()
    page = browser.get(f"/settings/knowledge/templates/{row.pk}/")
    sign = page.context["form"]["sign"].value()
    changed = browser.post(f"/settings/knowledge/templates/{row.pk}/", {**sent, "sign": sign, "title": "修好了"})
    assert changed.status_code == 302
    row.refresh_from_db()
    assert (row.title, row.version) == ("修好了", 2)
    added, last = KnowledgeChange.objects.order_by("id")
    assert (added.what, last.what, last.before, last.after) == (
        "added", "changed", {"title": "办好了"}, {"title": "修好了"},
    )  # fmt: skip
    assert "办好了 → 修好了" in browser.get("/settings/knowledge/templates/").text


def test_a_wrong_form_keeps_what_was_typed(city: City) -> None:
    browser = client(holder("administrator", city.district))
    answer = browser.post(
        "/settings/knowledge/templates/new/", words(text="写了很多字{不认识}", place=city.community.pk)
    )
    assert answer.status_code == 422 and "写了很多字{不认识}" in answer.text and "不认识{不认识}" in answer.text
    twice = words(place=city.community.pk)
    browser.post("/settings/knowledge/templates/new/", twice)
    again = browser.post("/settings/knowledge/templates/new/", twice)
    assert again.status_code == 422 and "已经有一条" in again.text


def test_what_counts_everywhere_is_not_an_own_district_s_to_change(city: City) -> None:
    row = make.template()
    boss = actor(holder("administrator", city.district))
    with pytest.raises(NotPermitted):
        actions.save(TEMPLATES, row, {"title": "我的"}, actor=boss)
    with pytest.raises(NotPermitted):
        actions.save(TEMPLATES, make.template(title="别区的", place=city.other_district), {"title": "我的"}, actor=boss)
    page = client(holder("administrator", city.district)).get(f"/settings/knowledge/templates/{row.pk}/")
    assert page.context["may"] is False


def test_two_people_at_one_entry_do_not_undo_each_other(city: City) -> None:
    row = make.template(place=city.community)
    boss, browser = actor(holder("administrator", city.district)), client(holder("administrator", city.district))
    sign = actions.seen(TEMPLATES.picture(row))
    actions.save(TEMPLATES, row, {"title": "先改的"}, actor=boss, sign=sign)
    with pytest.raises(Stale):
        actions.save(TEMPLATES, row, {"title": "后改的"}, actor=boss, sign=sign)
    sent = words(place=city.community.pk, title="后改的", sign=sign)
    late = browser.post(f"/settings/knowledge/templates/{row.pk}/", sent)
    assert late.status_code == 409 and "别人改过这一条" in late.text and "后改的" in late.text
    fresh = late.context["form"].data["sign"]
    assert browser.post(f"/settings/knowledge/templates/{row.pk}/", {**sent, "sign": fresh}).status_code == 302
    assert AnswerTemplate.objects.get().title == "后改的"


def test_an_answer_nobody_looked_at_for_long_asks_to_be_checked(city: City) -> None:
    row = make.faq(place=city.community, reviewed_on="2025-01-01")
    browser = client(holder("administrator", city.district))
    assert "半年没有核对" in browser.get("/settings/knowledge/answers/").text
    browser.post(f"/settings/knowledge/answers/{row.pk}/review/")
    row.refresh_from_db()
    assert row.reviewed_on == timezone.localdate()
    assert "半年没有核对" not in browser.get("/settings/knowledge/answers/").text


# --- proposals ---------------------------------------------------------------------------------------------------------


def test_a_clerk_proposes_and_another_person_decides(city: City) -> None:
    clerk, boss = holder("clerk", city.community, "王敏"), holder("administrator", city.district)
    browser = client(clerk)
    sent = {**words(title="我提的", use="ask", text="请问在哪里？"), "place": city.community.pk}
    assert "请问在哪里" in browser.post("/knowledge/propose/templates/", {**sent, "look": "1"}).text
    assert browser.post("/knowledge/propose/templates/", sent).status_code == 302
    row = AnswerTemplate.objects.get()
    assert (row.status, row.proposed_by) == ("proposed", clerk.pk)
    assert "我提的" in browser.get("/knowledge/?kind=templates").text
    desk = client(boss)
    assert "我提的" in desk.get("/settings/knowledge/templates/").text
    assert desk.post(f"/settings/knowledge/templates/{row.pk}/decide/", {"do": "refuse"}).status_code == 302
    row.refresh_from_db()
    assert row.status == "proposed"
    desk.post(f"/settings/knowledge/templates/{row.pk}/decide/", {"do": "approve"})
    row.refresh_from_db()
    assert (row.status, row.decided_by) == ("use", boss.pk)
    assert Notification.objects.get(account_id=clerk.pk).title == "您提的“我提的”采用了"
    assert [change.what for change in KnowledgeChange.objects.order_by("id")] == ["proposed", "approved"]


def test_a_refused_proposal_says_why_to_who_proposed_it(city: City) -> None:
    clerk, boss = holder("clerk", city.community), actor(holder("administrator", city.district))
    row = actions.propose(TEMPLATES, values(city), actor=actor(clerk))
    actions.decide(TEMPLATES, row, is_approved=False, reason="和第三条重复", actor=boss)
    assert "和第三条重复" in client(clerk).get("/knowledge/?kind=templates").text
    with pytest.raises(NotPossible):
        actions.decide(TEMPLATES, row, is_approved=True, reason="", actor=boss)


def test_nobody_approves_an_own_proposal(city: City) -> None:
    both = holder("clerk", city.community)
    row = actions.propose(TEMPLATES, values(city), actor=actor(both))
    duty(both, "administrator", city.district)
    with pytest.raises(NotPermitted, match="别人来审"):
        actions.decide(TEMPLATES, row, is_approved=True, reason="", actor=actor(both))


def test_proposing_reaches_no_further_than_the_duty(city: City) -> None:
    clerk = holder("clerk", city.community)
    for place in (None, city.neighbour, city.district):
        with pytest.raises(NotPermitted):
            actions.propose(TEMPLATES, values(city, place=place), actor=actor(clerk))
    assert client(clerk).get("/knowledge/propose/guides/").status_code == 404
    assert client(holder("grid_member", city.grid)).get("/knowledge/propose/templates/").status_code == 404
    browser = client(clerk)
    sent = {**words(), "place": city.neighbour.pk}
    assert browser.post("/knowledge/propose/templates/", sent).status_code == 422


def test_staff_read_what_counts_at_their_places(city: City) -> None:
    here, there = make.guide(place=city.community), make.guide(title="别处的", place=city.other_district)
    browser = client(holder("grid_member", city.grid))
    page = browser.get("/knowledge/?kind=guides").text
    assert here.title in page and "别处的" not in page
    assert browser.get(f"/knowledge/guides/{here.pk}/").status_code == 200
    assert browser.get(f"/knowledge/guides/{there.pk}/").status_code == 404
    assert Client().get("/knowledge/").status_code == 302


@pytest.mark.parametrize("kind", KINDS)
def test_pages_of_every_kind_stay_within_their_statements(
    city: City, kind: str, django_assert_max_num_queries: Any
) -> None:
    rows = [make.template, make.faq, make.guide, make.extra]
    row = rows[list(KINDS).index(kind)](place=city.community)
    boss, clerk = client(holder("administrator", city.district)), client(holder("clerk", city.community))
    for browser, address in (
        (boss, f"/settings/knowledge/{kind}/"), (boss, f"/settings/knowledge/{kind}/{row.pk}/"),
        (boss, f"/settings/knowledge/{kind}/new/"), (clerk, f"/knowledge/?kind={kind}&q=路灯"),
        (clerk, f"/knowledge/{kind}/{row.pk}/"), (clerk, "/questions/?q=路灯"),
    ):  # fmt: skip
        with django_assert_max_num_queries(20):
            assert browser.get(address).status_code == 200, address
    assert Faq.objects.count() == (kind == "answers")
