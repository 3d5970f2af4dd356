"""Working together in a real browser: whistle, receipt, reply, rating; and one matter in two parts."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gongzhi.accounts.tests.browser import faults, picture, sign_in
from gongzhi.cases.models import Matter, Task
from gongzhi.cases.tests import factories as make

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def open_form(page: Page, label: str) -> None:
    """A verb behind “更多” or before the eyes."""
    button = page.locator("a.btn, button.btn").get_by_text(label, exact=True).first
    if not button.is_visible():
        page.get_by_text("更多", exact=True).click()
    button.click()


def test_a_whistle_is_blown_signed_answered_and_rated(transactional_db: None, desk: Page) -> None:
    cast = make.cast()
    matter = make.brought_to(cast, "handling", now=timezone.now())
    sign_in(desk, cast.people["officer"])
    desk.goto(f"/matters/{matter.number}/")
    open_form(desk, "吹哨，请单位协办")
    desk.locator("#id_body_1").select_option(f"o{cast.water.pk}")
    desk.locator("#id_asked_1").fill("关一下总阀，看是哪一段漏")
    assert faults(desk) == []
    desk.locator("form.act-form button.primary").click()
    expect(desk.get_by_text("办结回单要等协办单位")).to_be_visible()

    desk.set_viewport_size({"width": 390, "height": 844})
    sign_in(desk, cast.people["water_officer"])
    desk.goto("/work/?f=task")
    desk.locator(".rows a").first.click()
    desk.get_by_role("button", name="签收协办").click()
    expect(desk.get_by_text("协办中").first).to_be_visible()
    picture(desk, "task-390", full=True)
    assert faults(desk) == []
    open_form(desk, "协办回复")
    desk.locator("#id_reply").fill("主管接口漏，已换")
    desk.locator("form.act-form button.primary").click()
    expect(desk.locator(".parts blockquote").get_by_text("主管接口漏，已换")).to_be_visible()

    sign_in(desk, cast.people["officer"])
    desk.goto(f"/matters/{matter.number}/")
    open_form(desk, "评价协办")
    desk.locator("#id_satisfaction_0").check()
    desk.locator("form.act-form button.primary").click()
    expect(desk.get_by_text("主办评价")).to_be_visible()
    assert Task.objects.get().satisfaction == 5


def test_a_matter_is_split_and_gathered_again(transactional_db: None, desk: Page) -> None:
    cast = make.cast()
    matter = make.brought_to(cast, "handling", now=timezone.now())
    sign_in(desk, cast.people["clerk"])
    desk.goto(f"/matters/{matter.number}/")
    open_form(desk, "分开办")
    for number, (title, handler) in enumerate((("换楼道灯", cast.works), ("通下水道", cast.water)), 1):
        desk.locator(f"#id_title_{number}").fill(title)
        desk.locator(f"#id_handler_{number}").select_option(f"o{handler.pk}")
    picture(desk, "split-1280", full=True)
    desk.locator("form.act-form button.primary").click()
    expect(desk.locator("#act .error").first).to_be_visible()
    assert desk.locator("#id_title_2").input_value() == "通下水道", "nothing typed is lost"
    desk.locator("#id_note").fill("归两家管")
    desk.locator("form.act-form button.primary").click()
    expect(desk.get_by_text("还有 2 部分没办完")).to_be_visible()
    assert faults(desk) == []
    desk.get_by_text("通下水道").first.click()
    expect(desk.get_by_text("这是其中一部分，总事项")).to_be_visible()
    desk.set_viewport_size({"width": 390, "height": 844})
    assert faults(desk) == []
    desk.goto(f"/matters/{matter.number}/gather/")
    desk.locator("#id_reason").fill("一家就能办")
    desk.locator("form.act-form button.primary").click()
    expect(desk.get_by_text("待分流").first).to_be_visible()
    assert Matter.objects.filter(parent=matter, state="merged").count() == 2
