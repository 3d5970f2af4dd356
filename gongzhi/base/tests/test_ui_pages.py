"""The style guide in a real browser: readable by everyone, at every width, without a mouse, without a line."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django import Settings

from gongzhi.base.tests.browser import is_too_wide, serving, small_targets, violations

pytestmark = [pytest.mark.browser]
PAGES = ("phone", "report", "rate", "desk", "detail", "public", "parts", "print", "wall", "message")
WIDTHS = (390, 768, 1280, 1920)


@pytest.fixture
def address(settings: Settings) -> Iterator[str]:
    settings.DEBUG = True
    with serving() as url:
        yield url


def look(chromium: Browser, address: str, width: int, **choices: str) -> BrowserContext:
    """A browser of this width with the cookies of its choices."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, locale="zh-CN")
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in choices.items()])
    return context


@pytest.fixture
def phone(chromium: Browser, address: str) -> Iterator[Page]:
    with look(chromium, address, 390) as context:
        yield context.new_page()


@pytest.fixture
def desk(chromium: Browser, address: str) -> Iterator[Page]:
    with look(chromium, address, 1440) as context:
        page = context.new_page()
        page.goto(f"{address}/guide/desk")
        yield page


def faults_of(page: Page, address: str, width: int) -> list[str]:
    """What is wrong with the pages of the guide at this width."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    for name in PAGES:
        page.goto(f"{address}/guide/{name}")
        faults += [f"{name} {width}: too wide"] * is_too_wide(page)
        if width in (390, 1280):
            faults += [f"{name} {width}: {fault}" for fault in violations(page)]
    return faults


@pytest.mark.parametrize(
    "choices", [{}, {"type": "large"}, {"theme": "dark"}, {"type": "large", "theme": "dark"}], ids=str
)
def test_every_page_is_accessible_and_never_wider_than_the_screen(
    chromium: Browser, address: str, choices: dict[str, str]
) -> None:
    faults: list[str] = []
    for width in WIDTHS:
        with look(chromium, address, width, **choices) as context:
            faults += faults_of(context.new_page(), address, width)
    assert faults == []


def test_the_accessibility_engine_finds_what_is_wrong(phone: Page, address: str) -> None:
    phone.goto(f"{address}/guide/phone")
    phone.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=\"/x.png\"><input name=a>')")
    assert {fault.split(":")[0] for fault in violations(phone)} >= {"image-alt", "label"}


def test_large_type_is_one_tap_away_and_stays(phone: Page, address: str) -> None:
    phone.goto(f"{address}/guide/report")
    phone.get_by_role("link", name="大字").click()
    phone.reload()
    size = phone.evaluate("getComputedStyle(document.querySelector('textarea')).fontSize")
    assert (float(size.removesuffix("px")), small_targets(phone, 60)) == (24, [])


def test_targets_are_large_enough_for_a_thumb(phone: Page, address: str) -> None:
    phone.goto(f"{address}/guide/report")
    tall = "e => e.getBoundingClientRect().height"
    assert phone.locator(".action .btn").evaluate(tall) >= 48
    phone.goto(f"{address}/guide/phone")
    assert all(phone.locator(".tabbar a").nth(n).evaluate(tall) >= 48 for n in range(5))


def test_without_scripts_the_large_type_and_every_field_work(chromium: Browser, address: str) -> None:
    with chromium.new_context(java_script_enabled=False, locale="zh-CN") as context:
        page = context.new_page()
        page.goto(f"{address}/guide/report")
        page.get_by_role("link", name="大字").click()
        expect(page).to_have_url(f"{address}/guide/report")
        expect(page.locator("html")).to_have_attribute("data-type", "large")
        expect(page.locator("input[type=file]")).to_be_visible()


def test_a_draft_survives_a_reload_and_a_password_is_never_kept(phone: Page, address: str) -> None:
    phone.goto(f"{address}/guide/report")
    phone.evaluate(
        "document.forms.report.insertAdjacentHTML('beforeend', '<input type=password name=secret aria-label=x>')"
    )
    phone.fill("[name=secret]", "不要记下")
    phone.fill("[name=text]", "井盖响了三天")
    expect(phone.locator("[data-draft-words]")).to_have_text(re.compile(r"^已存草稿 \d\d:\d\d$"))
    phone.reload()
    expect(phone.locator("[name=text]")).to_have_value("井盖响了三天")
    assert "不要记下" not in phone.evaluate("JSON.stringify(localStorage)")


def test_two_presses_send_one_form_with_one_key(phone: Page, address: str) -> None:
    sent: list[str] = []
    phone.route(
        "**/guide/report",
        lambda route: (
            sent.append(route.request.post_data or "") if route.request.method == "POST" else route.continue_()
        ),
    )
    phone.goto(f"{address}/guide/report")
    phone.evaluate("() => { const b = document.querySelector('.action .primary'); b.click(); b.click(); }")
    phone.wait_for_timeout(300)
    keys = [re.search(r'name="key"\r\n\r\n([0-9a-f-]{36})', body) for body in sent]
    assert len(keys) == 1 and all(keys)


def test_without_a_line_the_text_stays_and_the_page_says_so(phone: Page, address: str) -> None:
    phone.goto(f"{address}/guide/report")
    phone.fill("[name=text]", "路灯不亮")
    phone.context.set_offline(True)
    phone.get_by_role("button", name="提交诉求").click()
    expect(phone.locator("#messages")).to_contain_text("网断了。您写的都还在")
    expect(phone.locator("[name=text]")).to_have_value("路灯不亮")
    phone.context.set_offline(False)
    expect(phone.locator("#messages")).to_contain_text("网又通了")


def test_a_step_that_cannot_be_undone_asks_once(phone: Page, address: str) -> None:
    sent: list[str] = []
    phone.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    phone.goto(f"{address}/guide/rate")
    button = phone.locator("[data-confirm]")
    button.click()
    expect(button).to_have_text("再按一次就办：撤回这件诉求")
    assert sent == []
    button.click()
    phone.wait_for_load_state()
    assert len(sent) == 1


def test_a_photo_is_shown_at_once_and_goes_up_with_its_own_uid(phone: Page, address: str) -> None:
    phone.route("**/photos", lambda route: route.fulfill(status=201, json={"thumb": "/static/ui/sample-after.svg"}))
    phone.goto(f"{address}/guide/report")
    phone.evaluate("document.querySelector('[name=photos]').dataset.upload = '/photos'")
    phone.set_input_files("[name=photos]", {"name": "a.png", "mimeType": "image/png", "buffer": b"png"})
    expect(phone.locator(".shots li .state")).to_have_text("已传好")
    assert re.fullmatch(r"[0-9a-f-]{36}", phone.locator("[name=photos_uid]").input_value())
    phone.reload()
    expect(phone.locator(".shots li img")).to_have_attribute("src", "/static/ui/sample-after.svg")


def test_a_photo_waits_for_the_line_and_then_goes_up(phone: Page, address: str) -> None:
    phone.goto(f"{address}/guide/report")
    phone.evaluate("document.querySelector('[name=photos]').dataset.upload = '/photos'")
    phone.context.set_offline(True)
    phone.set_input_files("[name=photos]", {"name": "a.png", "mimeType": "image/png", "buffer": b"png"})
    expect(phone.locator(".shots li .state")).to_have_text("没有网，连上就传")
    phone.route("**/photos", lambda route: route.fulfill(status=201, json={}))
    phone.context.set_offline(False)
    expect(phone.locator(".shots li .state")).to_have_text("已传好")


def test_suggestions_arrive_while_typing_and_leave_a_choice_alone(phone: Page, address: str) -> None:
    answer = '<div data-slot="category"><b>排水</b></div><div data-slot="emergency">请先打 119</div>'
    phone.route("**/suggest", lambda route: route.fulfill(body=answer, content_type="text/html"))
    phone.goto(f"{address}/guide/report")
    slots = "<div data-slot=category data-touched=1>路灯</div><div data-slot=emergency></div>"
    phone.evaluate("html => document.forms.report.insertAdjacentHTML('beforeend', html)", slots)
    phone.locator("[name=text]").press_sequentially("起火了")
    expect(phone.locator("[data-slot=emergency]")).to_have_text("请先打 119")
    expect(phone.locator("[data-slot=category]").last).to_have_text("路灯")


def test_the_desk_is_worked_by_keyboard(desk: Page) -> None:
    for key in ("j", "x", "j", "x", "k"):
        desk.keyboard.press(key)
    expect(desk.locator("[data-bulk-count]")).to_have_text("已选 2 件")
    expect(desk.locator("[data-row]:focus-within .row-title")).to_have_text("三号院晾衣架装在哪里，几户意见不一样")
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile(r"m=3$"))
    expect(desk.locator("[data-row][aria-current]")).to_contain_text("三号院晾衣架")
    desk.keyboard.press("/")
    expect(desk.locator("[data-search]")).to_be_focused()
    desk.keyboard.type("jx")
    expect(desk.locator("[data-search]")).to_have_value("jx")


def test_on_a_narrow_screen_a_row_opens_its_own_page(chromium: Browser, address: str) -> None:
    with look(chromium, address, 390) as context:
        page = context.new_page()
        page.goto(f"{address}/guide/desk")
        with page.expect_navigation():
            page.locator(".row-title").first.click()
        expect(page).to_have_url(re.compile(r"m=1$"))


def test_a_point_on_the_map_fills_the_form(phone: Page, address: str) -> None:
    phone.goto(f"{address}/guide/parts")
    phone.locator("#map canvas").click()
    lon, lat = (float(phone.locator(f"#id_{name}").input_value()) for name in ("lon", "lat"))
    assert 104.7 < lon < 104.8 and 29.3 < lat < 29.4


def test_the_first_page_of_a_phone_is_light(address: str, chromium: Browser) -> None:
    with look(chromium, address, 390) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{address}/guide/phone", wait_until="networkidle")
        assert len(asked) > 5 and all(url.startswith(address) for url in asked)
        packed = page.evaluate(
            """async urls => { let sum = 0; for (const url of urls) {
            const stream = (await fetch(url)).body.pipeThrough(new CompressionStream('gzip'));
            sum += (await new Response(stream).arrayBuffer()).byteLength; } return sum; }""",
            [*asked],
        )
        assert packed < 60_000


def test_paper_has_pages_numbered_and_full_dates(chromium: Browser, address: str) -> None:
    with look(chromium, address, 1280) as context:
        page = context.new_page()
        page.goto(f"{address}/guide/print")
        page.emulate_media(media="print")
        expect(page.locator(".paper-tools")).to_be_hidden()
        shown = page.locator(".tl time").first.evaluate("e => getComputedStyle(e, '::after').content")
        assert re.fullmatch(r'"\d{4}-\d\d-\d\d \d\d:\d\d"', shown)
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
