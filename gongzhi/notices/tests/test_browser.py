"""In Chromium: a telephone in the text is stopped, corrected, published, and read on a phone."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gongzhi.accounts.tests.factories import actor, holder
from gongzhi.base.tests.browser import is_too_wide, violations
from gongzhi.notices import demo
from gongzhi.notices.models import Notice
from gongzhi.notices.tests.factories import objected
from gongzhi.notices.tests.pictures import picture, sign_in
from gongzhi.territory.tests.factories import city

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BODY = "经民主评议，拟新增保障：张*、陈*英。\n\n有疑问请打电话 13890001234 找王敏。"


def sound(page: Page, name: str) -> None:
    """No fault of accessibility, no sideways scrolling; a picture for people."""
    picture(page, name)
    assert not violations(page), name
    assert not is_too_wide(page), name


def test_a_telephone_is_stopped_corrected_published_and_read(desk: Page, phone: Page) -> None:
    ground = city()
    clerk = holder("clerk", ground.community, "王敏")
    sign_in(desk, clerk)
    desk.goto("/notices/desk/new/")
    desk.get_by_label("标题").fill("低保对象动态调整名单公示")
    desk.get_by_label("正文").fill(BODY)
    desk.get_by_label("有异议怎么提").fill("工作日到社区便民服务大厅当面提。")
    sound(desk, "draft-1280")
    desk.get_by_role("button", name="存为草稿").click()
    desk.get_by_role("link", name="发布…").click()
    expect(desk.locator("mark")).to_have_text("13890001234")
    desk.get_by_label("我通读了全文和附件").check()
    desk.get_by_role("button", name="发布", exact=True).click()
    expect(desk.get_by_text("请为每一处选一个理由").first).to_be_visible()
    sound(desk, "stopped-1280")
    desk.get_by_role("link", name="回去改掉", exact=True).click()
    desk.get_by_label("正文").fill(BODY.replace("打电话 13890001234 找王敏", "到社区找干事"))
    desk.get_by_role("button", name="存好修改").click()
    desk.get_by_role("link", name="发布…").click()
    expect(desk.get_by_text("没有找到电话")).to_be_visible()
    desk.get_by_label("我通读了全文和附件").check()
    sound(desk, "check-1280")
    desk.get_by_role("button", name="发布", exact=True).click()
    expect(desk.get_by_text("发布了，居民现在就能看到。")).to_be_visible()
    number = Notice.objects.get().number
    phone.goto(f"/notices/{number}/")
    expect(phone.get_by_role("heading", name="低保对象动态调整名单公示")).to_be_visible()
    expect(phone.get_by_text("到社区找干事")).to_be_visible()
    expect(phone.get_by_text("已有 1 人看过")).to_be_visible()
    sound(phone, "notice-390")
    phone.get_by_text("在网上提异议").click()
    phone.get_by_label("您的异议").fill("名单里有人去年就搬走了。")
    sound(phone, "objecting-390")
    phone.get_by_role("button", name="提交异议").click()
    expect(phone.get_by_text("收到了。")).to_be_visible()
    expect(phone.get_by_text("您提的异议")).to_be_visible()
    sound(phone, "objected-390")
    desk.goto(f"/notices/desk/{number}/")
    desk.get_by_label("答复").fill("已入户核实，下周重新公示。")
    sound(desk, "desk-one-1280")
    desk.get_by_role("button", name="答复").click()
    expect(desk.get_by_text("答复了。")).to_be_visible()
    phone.reload()
    expect(phone.get_by_text("已入户核实，下周重新公示。")).to_be_visible()


def test_lists_and_paper_fit_phone_and_desk_also_in_large_type(desk: Page, phone: Page) -> None:
    ground = city()
    clerk = holder("clerk", ground.community, "王敏")
    now = timezone.now()
    for seed in range(3):
        demo.make(ground.community, actor(clerk), now - timedelta(hours=seed), seed)
    notice = Notice.objects.filter(state="published", sort="period").order_by("-id")[0]
    objected(notice, now, name="吴大姐", phone="13890005678")
    place = ground.community.pk
    for screen, name in ((phone, "390"), (desk, "1280")):
        screen.goto(f"/notices/?at={place}")
        sound(screen, f"list-{name}")
        screen.goto(f"/notices/{notice.number}/")
        sound(screen, f"period-{name}")
        screen.goto(f"/notices/{notice.number}/print/")
        sound(screen, f"paper-{name}")
        sign_in(screen, clerk)
        for page, address in (("desk-list", ""), ("desk-notice", f"{notice.number}/"), ("desk-new", "new/")):
            screen.goto(f"/notices/desk/{address}")
            sound(screen, f"{page}-{name}")
        screen.goto("/look?type=large&next=/notices/desk/")
        sound(screen, f"desk-large-{name}")
        screen.goto(f"/notices/{notice.number}/")
        sound(screen, f"large-{name}")
