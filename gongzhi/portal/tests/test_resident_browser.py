"""Residents with a telephone in hand: reporting, a lost line, me too, following, rating, asking again."""

from io import BytesIO

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from gongzhi.accounts.tests.browser import faults, picture, sign_in
from gongzhi.cases.models import Matter, Report
from gongzhi.cases.tests.factories import Cast, brought_to, reported
from gongzhi.cases.tests.factories import cast as build

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXT = "3栋2单元楼道灯不亮，晚上下楼看不见，老人摔过一跤。"


@pytest.fixture
def town() -> Cast:
    """A community of its own for each test."""
    return build()


def snap(colour: str) -> FilePayload:
    data = BytesIO()
    Image.new("RGB", (800, 600), colour).save(data, "JPEG")
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()}


def choose_building(page: Page) -> None:
    page.get_by_placeholder("小区、楼栋").fill("芭茅塘3栋")
    page.get_by_role("button", name="3栋").first.click()
    expect(page.locator(".place-pick b")).to_contain_text("3栋")


def test_a_concern_is_reported_by_phone_and_survives_a_reload_and_a_lost_line(town: Cast, phone: Page) -> None:
    phone.goto("/report/")
    assert faults(phone, 44) == []
    phone.set_input_files("#id_photos", [snap("steelblue")])
    expect(phone.locator(".shots .state")).to_have_text("已传好")
    phone.get_by_label("怎么回事？").fill(TEXT)
    expect(phone.get_by_role("radio", name="路灯楼道灯")).to_be_checked()
    choose_building(phone)
    expect(phone.locator("[data-draft-words]")).to_contain_text("已存草稿")
    phone.reload()
    expect(phone.get_by_label("怎么回事？")).to_have_value(TEXT)
    expect(phone.locator(".shots img")).to_have_count(1)
    expect(phone.locator(".place-pick b")).to_contain_text("3栋")
    picture(phone, "report-390", full=True)
    phone.context.set_offline(True)
    phone.get_by_role("button", name="提交诉求").last.click()
    expect(phone.get_by_text("网断了")).to_be_visible()
    phone.context.set_offline(False)
    phone.get_by_role("button", name="提交诉求").last.click()
    expect(phone.get_by_role("heading", name="您反映的事，社区收到了")).to_be_visible()
    assert faults(phone, 44) == []
    picture(phone, "done-390", full=True)
    report = Report.objects.get()
    assert (report.text, report.matter.photo_count) == (TEXT, 1)
    code = phone.locator(".code").inner_text()
    phone.goto("/report/")
    expect(phone.get_by_label("怎么回事？")).to_have_value("")
    phone.context.clear_cookies()
    phone.goto("/track/")
    phone.get_by_label("查询码").fill(code)
    phone.get_by_role("button", name="看进度").click()
    expect(phone.get_by_text("已收到，等待接收")).to_be_visible()
    assert faults(phone, 44) == []


def test_emergency_numbers_and_me_too_are_offered_while_typing(town: Cast, phone: Page) -> None:
    reported(town, now=timezone.now())
    phone.goto(f"/report/?place={town.city.building.pk}")
    phone.get_by_label("怎么回事？").fill("楼道灯冒火花起火了，楼道灯不亮晚上下楼看不见")
    expect(phone.get_by_role("link", name="119 火警和抢险")).to_have_attribute("href", "tel:119")
    expect(phone.get_by_role("button", name="我也遇到")).to_be_visible()
    picture(phone, "similar-390", full=True)
    assert faults(phone, 44) == []
    phone.get_by_role("button", name="我也遇到").click()
    expect(phone.get_by_role("heading", name="已加入")).to_be_visible()
    assert Matter.objects.get().report_count == 2


def test_a_place_is_chosen_on_the_way_down_and_on_the_map(town: Cast, phone: Page) -> None:
    phone.goto("/report/")
    phone.get_by_label("怎么回事？").fill(TEXT)
    for name in ("自流井区", "磨子井社区"):  # the only street of the district is passed over
        phone.get_by_role("button", name=name, exact=True).click()
    picture(phone, "where-390", full=True)
    phone.get_by_role("button", name="第一网格").click()
    phone.get_by_role("button", name="3栋").click()
    expect(phone.locator(".place-pick b")).to_contain_text("3栋")
    phone.goto("/report/map/")
    expect(phone.get_by_role("heading", name="在地图上点一下")).to_be_visible()


def test_a_result_is_rated_and_asked_for_again(town: Cast, phone: Page) -> None:
    matter = brought_to(town, "judging", now=timezone.now())
    sign_in(phone, town.people["resident"])
    phone.goto("/?home=1")
    assert faults(phone, 44) == []
    picture(phone, "home-390", full=True)
    phone.get_by_role("link", name="解决了，去评价").click()
    expect(phone.get_by_role("radio", name="解决了", exact=True)).to_be_checked()
    phone.get_by_role("radio", name="很满意", exact=True).check(force=True)
    assert faults(phone, 44) == []
    picture(phone, "rate-390", full=True)
    phone.get_by_role("button", name="送出评价").click()
    expect(phone.get_by_text("谢谢您的评价")).to_be_visible()
    assert faults(phone, 44) == []
    picture(phone, "concern-390", full=True)
    phone.get_by_role("link", name="又出问题了").click()
    phone.get_by_label("又出了什么问题").fill("今晚又灭了")
    phone.get_by_role("button", name="请社区重办").click()
    expect(phone.get_by_text("已经重新打开")).to_be_visible()
    matter.refresh_from_db()
    assert matter.state == "sorting"


@pytest.mark.parametrize("large", [False, True])
def test_every_page_is_readable_by_everyone_at_both_widths(town: Cast, phone: Page, desk: Page, large: bool) -> None:
    matter = brought_to(town, "handling", now=timezone.now())
    number = matter.reports.get().number
    addresses = {
        "home": "/?home=1", "report": "/report/", "track": "/track/", "concerns": "/concerns/",
        "concern": f"/concerns/{number}/", "add": f"/concerns/{number}/add/", "my-place": "/my-place/",
        "notifications": "/notifications/", "map": "/report/map/", "code": "/b/zzzzzzzzzzzzzzzzzzzzzz",
    }  # fmt: skip
    found: dict[str, list[str]] = {}
    for page, width in ((phone, 390), (desk, 1280)):
        sign_in(page, town.people["resident"])
        base = page.evaluate("location.origin")
        if large:
            page.context.add_cookies([{"name": "type", "value": "large", "url": base}])
        for name, address in addresses.items():
            page.goto(address)
            picture(page, f"{name}-{width}{'-large' if large else ''}", full=True)
            if wrong := faults(page, 60 if large else 44 if width == 390 else 0):
                found[f"{name} {width}"] = wrong
    assert found == {}
