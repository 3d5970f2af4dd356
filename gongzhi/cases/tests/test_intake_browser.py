"""Intake by staff in a real browser: a whole call by keyboard alone, chats cut at 390 and 1280 px, no barriers."""

import time

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gongzhi.accounts.models import Account
from gongzhi.accounts.tests.browser import faults, picture, sign_in
from gongzhi.accounts.tests.factories import holder
from gongzhi.cases.models import IntakeDraft, Report
from gongzhi.cases.tests.factories import Cast, brought_to, reported
from gongzhi.cases.tests.factories import cast as build
from gongzhi.cases.tests.test_chat import GROUP

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scene(transactional_db: None) -> Cast:
    """A community with a caller who is known and a matter that is open."""
    cast = build()
    brought_to(
        cast, "judging", phone="13890004321", name="周建国", text="下水道堵了，污水流到门口。", category=cast.drain
    )
    reported(cast, now=timezone.now(), phone="13990001111", name="陈女士")
    return cast


@pytest.fixture
def operator(scene: Cast) -> Account:
    """Somebody at the street's telephone."""
    return holder("operator", scene.city.street, "孙丽")


def alt(page: Page, key: str) -> None:
    """Alt and a key as a keyboard sends it; Playwright's own press leaves out the sign that access keys are found by."""
    line = page.context.new_cdp_session(page)
    facts = {"modifiers": 1, "key": key, "windowsVirtualKeyCode": ord(key.upper()), "code": f"Key{key.upper()}"}
    line.send("Input.dispatchKeyEvent", {"type": "keyDown", "unmodifiedText": key, **facts})
    line.send("Input.dispatchKeyEvent", {"type": "keyUp", **facts})
    line.detach()


MOST_KEYS = 30
"""Strokes of a whole call besides the letters of the words themselves."""


def test_a_whole_call_is_taken_by_keyboard_alone_in_under_a_minute(scene: Cast, operator: Account, desk: Page) -> None:
    sign_in(desk, operator)
    desk.goto("/hotline/")
    began, strokes = time.monotonic(), 0

    def press(*keys: str) -> None:
        nonlocal strokes
        for key in keys:
            alt(desk, key[4:]) if key.startswith("Alt+") else desk.keyboard.press(key)
        strokes += len(keys)

    expect(desk.locator("#id_phone")).to_be_focused()
    desk.keyboard.type("13890004321")
    expect(desk.locator("#known")).to_contain_text("周建国")
    expect(desk.locator("#known")).to_contain_text("请反映人评议")
    press("Alt+2")
    expect(desk.locator("#id_where")).to_be_focused()
    desk.keyboard.type("芭茅塘3栋")
    expect(desk.locator("#places input:checked")).to_have_count(1)
    press("Alt+3")
    desk.keyboard.type("楼道灯又不亮了，晚上下楼看不见。")
    expect(desk.locator("#known")).to_contain_text("又有人反映")
    picture(desk, "hotline-1280")
    assert faults(desk) == []
    press("Alt+s")
    desk.wait_for_url("**/hotline/*-*/")
    expect(desk.locator(".speak")).to_contain_text("138")
    picture(desk, "hotline-read")
    assert faults(desk) == []
    press("Enter")
    expect(desk.locator("#number")).to_be_visible()
    seconds = time.monotonic() - began
    picture(desk, "hotline-done")
    assert faults(desk) == []
    made = Report.objects.latest("pk")
    assert (made.channel, made.taken_by, made.place_id) == ("hotline", operator.pk, scene.city.building.pk)
    print(f"a call by keyboard: {strokes} strokes besides the words, {seconds:.1f} s of the page's own time")
    assert strokes <= MOST_KEYS
    assert seconds < 60
    press("Enter")
    expect(desk.locator("#id_phone")).to_be_focused()


def test_a_call_that_breaks_off_is_there_after_a_crash(scene: Cast, operator: Account, desk: Page) -> None:
    sign_in(desk, operator)
    desk.goto("/hotline/")
    desk.keyboard.type("13890009999")
    desk.locator("#id_text").fill("电话断了，刚说到井盖")
    expect(desk.locator("#known")).to_contain_text("第一次来电")
    desk.wait_for_function("() => !document.querySelector('.htmx-request')")
    desk.goto("about:blank")
    desk.goto("/hotline/")
    desk.get_by_role("link", name="刚说到井盖").click()
    expect(desk.locator("#id_text")).to_have_value("电话断了，刚说到井盖")
    expect(desk.locator("#id_phone")).to_have_value("13890009999")
    assert IntakeDraft.objects.count() == 1


def test_joining_by_the_key_counts_one_more(scene: Cast, operator: Account, desk: Page) -> None:
    sign_in(desk, operator)
    desk.goto("/hotline/")
    desk.keyboard.type("13890002222")
    alt(desk, "2")
    desk.keyboard.type("芭茅塘3栋")
    expect(desk.locator("#known")).to_contain_text("又有人反映")
    alt(desk, "j")
    desk.keyboard.press("Space")
    alt(desk, "3")
    desk.keyboard.type("我也是3栋的，楼道灯不亮。")
    alt(desk, "s")
    expect(desk.locator(".speak")).to_contain_text("加上您一起办")
    desk.keyboard.press("Enter")
    expect(desk.locator("#number")).to_be_visible()
    assert Report.objects.latest("pk").matter.report_count == 2


PAGES = ("/hotline/", "/counter/", "/intake/", "/intake/chat/", "/intake/sheet/", "/routes/", "/routes/emergency/")


@pytest.mark.parametrize("width", (390, 1280))
def test_the_faces_have_no_barriers(scene: Cast, desk: Page, width: int) -> None:
    sign_in(desk, scene.people["clerk"])
    desk.set_viewport_size({"width": width, "height": 844})
    for address in PAGES:
        desk.goto(address)
        picture(desk, f"{address.strip('/').replace('/', '-')}-{width}", full=True)
        assert faults(desk) == [], address
    desk.goto("/intake/chat/")
    desk.locator("#id_text").fill(GROUP)
    desk.get_by_role("button", name="分一分").click()
    expect(desk.locator("#piece-3")).to_be_visible()
    picture(desk, f"chat-table-{width}", full=True)
    assert faults(desk) == []
