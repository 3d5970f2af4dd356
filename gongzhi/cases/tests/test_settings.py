"""The administrator's settings: who may, what is kept, and that what was promised before stays as it was."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from gongzhi.accounts.models import Account
from gongzhi.accounts.tests.factories import actor, client, holder
from gongzhi.cases import routing, settings_actions, suggest
from gongzhi.cases.models import Category, Matter, RoutingRule, SettingChange
from gongzhi.cases.routing import route
from gongzhi.cases.tests.factories import MORNING, Cast, brought_to, reported
from gongzhi.kernel import clock
from gongzhi.kernel.errors import NotPermitted, NotValid
from gongzhi.kernel.models import Day, Limit
from gongzhi.kernel.perform import perform

PAGES = ("", "categories/new/", "rules/", "rules/new/", "limits/", "limits/new/", "calendar/")
ROOT = "/settings/cases/"


@pytest.fixture
def chief(cast: Cast) -> Account:
    """An administrator of the whole city."""
    return holder("administrator", cast.city.city, "总管理员")


def rule(cast: Cast, name: str = "路灯归市政", **fields: Any) -> RoutingRule:
    """A rule for lights in the district, to the department works."""
    defaults = {
        "position": 10, "category": cast.light, "place": cast.city.district, "triage_class": "small",
        "organisation_id": cast.works.pk,
    }  # fmt: skip
    routing.forget()
    return RoutingRule.objects.create(name=name, **{**defaults, **fields})


def rule_form(cast: Cast, **fields: Any) -> dict[str, Any]:
    """A filled form of a rule."""
    return {
        "name": "楼道灯归水务", "category": cast.light.pk, "place": cast.city.district.pk, "words": "楼道灯、路灯",
        "triage_class": "small", "target": f"o:{cast.water.pk}", "is_active": "on", **fields,
    }  # fmt: skip


def category_form(**fields: Any) -> dict[str, Any]:
    """A filled form of a category."""
    return {
        "name": "充电桩",
        "triage_class": "small",
        "urgency": "normal",
        "words": "充电桩 充不上电",
        "is_active": "on",
        **fields,
    }


def limit_form(**fields: Any) -> dict[str, Any]:
    """A filled form of a limit: 2 days for acceptance, everywhere, from today."""
    return {"key": "accept", "place": "", "amount": 2, "unit": "days", "from_date": timezone.localdate(), **fields}


def said(browser: Client, address: str) -> str:
    return browser.get(address).content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_only_administrators_find_these_pages(cast: Cast, chief: Account, page: str) -> None:
    for who in ("clerk", "district_secretary", "resident"):
        assert client(cast.people[who]).get(ROOT + page).status_code == 404, who
    assert client().get(ROOT + page).status_code == 404
    assert client(cast.people["administrator"]).get(ROOT + page).status_code == 200
    assert client(chief).get(ROOT + page).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_every_page_keeps_its_budget(
    cast: Cast, chief: Account, page: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        rule(cast, f"规则{number}", position=number)
        Limit.objects.create(
            key="sort", amount=1 + number, unit="days", from_date=date(2025, 1, 1 + number), made_at=MORNING
        )
    browser = client(chief)
    browser.get(ROOT)
    with django_assert_max_num_queries(20):
        assert browser.get(ROOT + page).status_code == 200


def test_what_is_in_force_everywhere_is_left_to_whose_duty_reaches_everywhere(cast: Cast) -> None:
    own = actor(cast.people["administrator"])
    with pytest.raises(NotPermitted):
        settings_actions.set_day(date(2027, 10, 1), False, "国庆", actor=own)
    browser = client(cast.people["administrator"])
    page = browser.post(f"{ROOT}categories/{cast.light.pk}/", category_form(name="灯"))
    assert page.status_code == 422 and "灯" in page.content.decode()
    assert browser.post(f"{ROOT}limits/new/", limit_form()).status_code == 422
    assert browser.post(f"{ROOT}calendar/?day=2027-10-01", {"is_workday": "no"}).status_code == 422
    everywhere = rule(cast, place=None)
    browser.post(f"{ROOT}rules/{everywhere.pk}/off/")
    assert RoutingRule.objects.get(pk=everywhere.pk).is_active
    assert not SettingChange.objects.exists() and not Limit.objects.exists() and not Day.objects.exists()


def test_settings_of_another_district_are_not_there(cast: Cast) -> None:
    far = rule(cast, place=cast.city.other_district)
    browser = client(cast.people["administrator"])
    assert browser.get(f"{ROOT}rules/{far.pk}/").status_code == 404
    assert browser.post(f"{ROOT}rules/{far.pk}/up/").status_code == 404
    assert far.name not in said(browser, f"{ROOT}rules/")
    page = browser.post(f"{ROOT}rules/new/", rule_form(cast, place=cast.city.other_district.pk))
    assert page.status_code == 422 and not RoutingRule.objects.filter(name="楼道灯归水务").exists()


def test_a_new_category_is_suggested_at_once_and_remembered(cast: Cast, chief: Account) -> None:
    assert suggest.suggest("小区充电桩坏了") == []
    with_commit(client(chief), f"{ROOT}categories/new/", category_form(words="充电桩，充不上电、充电桩"))
    made = Category.objects.get(name="充电桩")
    assert made.words == ["充电桩", "充不上电"]
    assert suggest.suggest("小区充电桩坏了")[0].category == made
    change = SettingChange.objects.get()
    assert (change.kind, change.by_id, change.by_name, change.after["name"]) == (
        "category",
        chief.pk,
        "总管理员",
        "充电桩",
    )
    assert change.duty_id == actor(chief).grants[0].duty_id
    assert "新增类别“充电桩”" in said(client(chief), ROOT)


def with_commit(browser: Client, address: str, data: dict[str, Any]) -> None:
    """A form that is accepted; caches are told as after a commit."""
    assert browser.post(address, data).status_code == 302
    suggest.forget()
    clock.forget()


def test_a_changed_category_keeps_what_it_was(cast: Cast, chief: Account) -> None:
    client(chief).post(f"{ROOT}categories/{cast.light.pk}/", category_form(name="路灯", urgency="urgent", words="路灯"))
    change = SettingChange.objects.get()
    assert (
        change.before["name"] == "路灯楼道灯" and change.after["name"] == "路灯" and "triage_class" not in change.after
    )
    assert "名称 路灯楼道灯 → 路灯" in said(client(chief), ROOT)
    client(chief).post(f"{ROOT}categories/{cast.light.pk}/", category_form(name="路灯", urgency="urgent", words="路灯"))
    assert SettingChange.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "下水道堵塞"},
        {"words": "灯"},
        {"words": "长" * 21},
        {"urgency": "x"},
        {"name": "长" * 41},
    ],
)
def test_a_wrong_category_is_shown_again_with_what_was_typed(cast: Cast, chief: Account, wrong: dict[str, str]) -> None:
    page = client(chief).post(f"{ROOT}categories/new/", category_form(**{"guide": "看现场再说", **wrong}))
    assert page.status_code == 422 and "看现场再说" in page.content.decode()
    assert not SettingChange.objects.exists()


def test_categories_have_two_levels(cast: Cast, chief: Account) -> None:
    Category.objects.create(code="lamp", name="单灯", parent=cast.light)
    page = client(chief).post(f"{ROOT}categories/{cast.light.pk}/", category_form(name="灯", parent=cast.drain.pk))
    assert page.status_code == 422 and Category.objects.get(pk=cast.light.pk).parent is None


def test_who_opened_the_form_before_a_change_is_told(cast: Cast, chief: Account) -> None:
    sign = settings_actions.seen(settings_actions.picture_of_category(cast.light))
    Category.objects.filter(pk=cast.light.pk).update(guide="别人刚写的")
    page = client(chief).post(f"{ROOT}categories/{cast.light.pk}/", category_form(sign=sign))
    assert page.status_code == 409 and "别人改过" in page.content.decode()
    assert Category.objects.get(pk=cast.light.pk).guide == "别人刚写的"
    again = category_form(sign=page.context["form"].data["sign"])
    assert client(chief).post(f"{ROOT}categories/{cast.light.pk}/", again).status_code == 302


def test_a_rule_says_itself_in_one_sentence(cast: Cast) -> None:
    rule(cast, words=["路灯", "灯杆"])
    page = said(client(cast.people["administrator"]), f"{ROOT}rules/")
    assert (
        "如果地点在自流井区，而且类别是“路灯楼道灯”，而且写到“路灯”、“灯杆”之一，就算小事，派给市政公用中心。" in page
    )


def test_a_new_rule_stands_in_front_and_is_followed(cast: Cast) -> None:
    rule(cast, position=0)
    matter = reported(cast).matter
    assert matter is not None
    found = route(matter, "楼道灯不亮")
    assert found is not None and found.handler.organisation_id == cast.works.pk
    assert client(cast.people["administrator"]).post(f"{ROOT}rules/new/", rule_form(cast)).status_code == 302
    found = route(matter, "楼道灯不亮")
    assert found is not None and found.handler.organisation_id == cast.water.pk


def test_looking_first_counts_and_saves_nothing_and_shows_no_words_of_matters(cast: Cast) -> None:
    rule(cast)
    for text in ("楼道灯不亮了一个星期", "路灯一闪一闪", "垃圾没有人收"):
        reported(cast, text=text)
    page = client(cast.people["administrator"]).post(f"{ROOT}rules/new/", rule_form(cast, look="1"))
    found, text = page.context["preview"], page.content.decode()
    assert page.status_code == 200 and (found.looked, found.fitted, found.taken) == (3, 2, 2)
    assert found.from_rules == (("路灯归市政", 2),)
    assert "一闪一闪" not in text and not RoutingRule.objects.filter(name="楼道灯归水务").exists()


def test_looking_at_a_rule_behind_another_shows_that_its_turn_never_comes(cast: Cast) -> None:
    rule(cast)
    late = rule(cast, "后面的", position=20)
    reported(cast)
    page = client(cast.people["administrator"]).post(f"{ROOT}rules/{late.pk}/", rule_form(cast, look="1", words=""))
    assert (page.context["preview"].fitted, page.context["preview"].taken) == (1, 0)


@pytest.mark.parametrize("positions", [(10, 20, 30), (10, 10, 10)])
def test_rules_move_past_each_other(cast: Cast, positions: tuple[int, ...]) -> None:
    first, second, third = (rule(cast, f"规则{n}", position=at) for n, at in enumerate(positions))
    browser = client(cast.people["administrator"])

    def order() -> list[int]:
        return list(RoutingRule.objects.values_list("pk", flat=True))

    browser.post(f"{ROOT}rules/{third.pk}/up/")
    assert order() == [first.pk, third.pk, second.pk]
    browser.post(f"{ROOT}rules/{first.pk}/down/")
    assert order() == [third.pk, first.pk, second.pk]
    browser.post(f"{ROOT}rules/{third.pk}/up/")
    assert order() == [third.pk, first.pk, second.pk] and SettingChange.objects.count() == 2
    assert "从第 3 条移到第 2 条" in said(browser, f"{ROOT}rules/")


def test_a_retired_rule_is_followed_no_longer(cast: Cast) -> None:
    made, matter = rule(cast), reported(cast).matter
    assert matter is not None
    browser = client(cast.people["administrator"])
    browser.post(f"{ROOT}rules/{made.pk}/off/")
    assert route(matter, "灯不亮") is None
    browser.post(f"{ROOT}rules/{made.pk}/on/")
    assert route(matter, "灯不亮") is not None
    assert [change.after for change in SettingChange.objects.order_by("pk")] == [
        {"is_active": False, "version": 2},
        {"is_active": True, "version": 3},
    ]


def test_a_new_limit_touches_only_what_is_accepted_later(cast: Cast, chief: Account) -> None:
    now = timezone.now()
    before = brought_to(cast, "handling", now=now)
    due, rule_before = before.total_due_at, before.total_rule
    form = limit_form(key="handle-normal", amount=40, unit="days", place=cast.city.street.pk)
    with_commit(client(cast.people["administrator"]), f"{ROOT}limits/new/", form)
    same = Matter.objects.get(pk=before.pk)
    assert (same.total_due_at, same.total_rule) == (due, rule_before)
    after = brought_to(cast, "handling", now=now)
    assert after.accepted_at is not None and after.total_due_at == after.accepted_at + timedelta(days=40)
    perform(same, "progress", actor=cast.actor("officer"), data={"text": "去看过了"})
    assert Matter.objects.get(pk=before.pk).total_due_at == due


def test_a_limit_in_force_is_superseded_never_edited(cast: Cast, chief: Account) -> None:
    browser, today = client(chief), timezone.localdate()
    with_commit(browser, f"{ROOT}limits/new/", limit_form())
    assert browser.post(f"{ROOT}limits/new/", limit_form(amount=9)).status_code == 422
    with_commit(browser, f"{ROOT}limits/new/", limit_form(amount=3, from_date=today + timedelta(days=1)))
    assert sorted(Limit.objects.values_list("amount", flat=True)) == [2, 3]
    first, second = Limit.objects.order_by("from_date")
    assert first.made_by == chief.pk
    step = next(step for step in browser.get(f"{ROOT}limits/").context["steps"] if step["key"] == "accept")
    assert [row["row"].pk for row in step["in_force"]] == [first.pk] and step["default"].amount == 2
    browser.post(f"{ROOT}limits/{first.pk}/withdraw/")
    browser.post(f"{ROOT}limits/{second.pk}/withdraw/")
    assert list(Limit.objects.all()) == [first]
    assert "撤下还没生效的" in said(browser, f"{ROOT}limits/")


@pytest.mark.parametrize(
    "wrong", [{"amount": 0}, {"amount": -3}, {"amount": 10_000}, {"key": "x"}, {"unit": "weeks"}, {"from_date": "2020-01-01"},
              {"from_date": "9999-12-31"}, {"place": 999_999}, {"category": "x"}]
)  # fmt: skip
def test_a_wrong_limit_is_refused(cast: Cast, chief: Account, wrong: dict[str, Any]) -> None:
    assert client(chief).post(f"{ROOT}limits/new/", limit_form(**wrong)).status_code == 422
    assert not Limit.objects.exists()


def test_a_day_off_moves_deadlines_counted_afterwards(cast: Cast, chief: Account) -> None:
    with_commit(client(chief), f"{ROOT}calendar/?day=2026-03-05", {"is_workday": "no", "note": "停电放假"})
    assert not clock.current().is_workday(date(2026, 3, 5))
    page = said(client(chief), f"{ROOT}calendar/?year=2026")
    assert "3月5日 放假 停电放假" in page and "2026-03-05：放假（停电放假）" in page


def test_a_guessed_year_can_be_confirmed_once(cast: Cast, chief: Account) -> None:
    Day.objects.create(date=date(2027, 10, 1), is_workday=False, note="国庆节", is_provisional=True)
    browser = client(chief)
    assert "还没有和国务院办公厅公布的放假安排核对" in said(browser, f"{ROOT}calendar/?year=2027")
    browser.post(f"{ROOT}calendar/2027/confirm/")
    browser.post(f"{ROOT}calendar/2027/confirm/")
    assert not Day.objects.get().is_provisional and SettingChange.objects.count() == 1


@pytest.mark.parametrize(
    "query", ["year=1", "year=99999", "year=٢٠٢٦", "day=x", "day=2026-02-30", "day=0001-01-01", "year=\0"]
)
def test_odd_addresses_of_the_calendar_show_a_year(cast: Cast, chief: Account, query: str) -> None:
    assert client(chief).get(f"{ROOT}calendar/?{query}").status_code == 200


@pytest.mark.parametrize("sql", ["UPDATE cases_settingchange SET by_name = 'x'", "DELETE FROM cases_settingchange"])
def test_the_history_cannot_be_rewritten(cast: Cast, chief: Account, sql: str) -> None:
    settings_actions.set_day(date(2027, 10, 1), False, "国庆", actor=actor(chief))
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_a_limit_from_a_day_gone_by_is_refused_by_the_action_itself(cast: Cast, chief: Account) -> None:
    old = Limit(key="accept", amount=1, unit="days", from_date=timezone.localdate() - timedelta(days=1))
    with pytest.raises(NotValid):
        settings_actions.add_limit(old, None, "接收", actor=actor(chief))
