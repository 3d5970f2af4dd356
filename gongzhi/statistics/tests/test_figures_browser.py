"""A secretary looks at the month, opens the list behind a number, on a phone and at a desk; the wall fits its screen."""

import pytest
from playwright.sync_api import Page, expect

from gongzhi.accounts.tests.browser import faults, picture, sign_in
from gongzhi.cases.tests.factories import Cast
from gongzhi.cases.tests.factories import cast as build
from gongzhi.statistics.tests.test_pages import recent

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def counted(transactional_db: None) -> Cast:
    """A month counted, seen by the running site."""
    cast = build()
    recent(cast)
    return cast


def walk(page: Page, cast: Cast, name: str) -> None:
    """From the rates to the steps and to the list behind what came in."""
    sign_in(page, cast.people["secretary"])
    page.goto("/statistics/")
    expect(page.get_by_role("img", name="每月收到和办结的件数")).to_be_visible()
    picture(page, f"figures-{name}", full=True)
    assert faults(page) == []
    page.get_by_text("换地点、时间或类别").click()
    page.get_by_label("类别", exact=True).select_option(label="路灯楼道灯")
    page.get_by_role("button", name="查看").click()
    expect(page.get_by_role("link", name="不再只看路灯楼道灯")).to_be_visible()
    page.get_by_role("link", name="环节用时").click()
    expect(page.get_by_role("cell", name="办理中").or_(page.get_by_role("rowheader", name="办理中"))).to_be_visible()
    assert faults(page) == []
    page.get_by_role("link", name="未办结").click()
    page.locator("dd a").first.click()
    expect(page.get_by_role("heading", name="没办结的事")).to_be_visible()
    assert page.get_by_role("link", name="楼道灯不亮").count() == 2
    assert faults(page) == []


def test_figures_are_read_on_a_phone(phone: Page, counted: Cast) -> None:
    walk(phone, counted, "phone")


def test_figures_are_read_at_a_desk_and_on_the_wall(desk: Page, counted: Cast) -> None:
    walk(desk, counted, "desk")
    desk.set_viewport_size({"width": 1920, "height": 1080})
    desk.goto("/statistics/wall/")
    expect(desk.get_by_text("没办结的事在哪里")).to_be_visible()
    assert desk.evaluate("document.documentElement.scrollHeight <= innerHeight + 1")
    assert faults(desk) == []
