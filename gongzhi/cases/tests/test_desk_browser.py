"""The desk in a real browser: by keyboard, with forms inline, at the widths people have."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gongzhi.accounts.tests.browser import faults, picture, sign_in
from gongzhi.cases.actions import join
from gongzhi.cases.models import Matter
from gongzhi.cases.tests import factories as make
from gongzhi.cases.tests.factories import Cast, reported, triaged
from gongzhi.kernel.perform import perform

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TEXTS = (
    ("芭茅塘小区大门口下水道堵塞，污水流到人行道上。老人走路容易滑倒，已经两天了。", 5, "drain"),
    ("解放路口井盖松动，晚上有响声。车一过就咣当一下，睡不着觉。", 2, "drain"),
    ("三号院晾衣架装在哪里，几户意见不一样，想请社区来商量。", 3, ""),
    ("老人独居，想请人每周上门量一次血压。", 1, ""),
    ("3栋2单元楼道灯不亮，晚上下楼看不见。", 1, "light"),
    ("门口早餐摊占道，上学的孩子要绕到马路上。", 1, ""),
    ("院坝健身器材螺丝松了，小孩子荡起来一晃一晃的。", 1, ""),
    ("四楼水管漏水，滴到楼下客厅，物业说不归他们管。", 1, "drain"),
)  # fmt: skip


@pytest.fixture
def scene(transactional_db: None) -> Cast:
    """A morning at the community: matters in every stage, some late, one reported by several."""
    cast = make.cast()
    now = timezone.now()
    for index, (text, several, category) in enumerate(TEXTS):
        at = now - timedelta(hours=3 + index * 5)
        made = reported(
            cast,
            now=at,
            text=text,
            category=getattr(cast, category) if category else None,
            name="陈小英",
            phone="13890001234",
        )
        assert made.matter is not None
        for _more in range(several - 1):
            join(make.said(cast, text=text, name="王军"), made.matter, actor=cast.actor("other_resident"), now=at)
        _move_on(cast, made.matter, index, now)
    return cast


def _move_on(cast: Cast, matter: Matter, index: int, now: datetime) -> None:
    done = {1: ("accept",), 4: ("triage",), 5: ("triage", "sign"), 6: ("triage", "sign", "finish")}.get(index, ())
    data = {"triage": triaged(cast, f"o{cast.works.pk}"), "finish": make.FINISHED}
    for verb in done:
        who = "clerk" if verb in ("accept", "triage") else "officer"
        perform(
            Matter.objects.get(pk=matter.pk),
            verb,
            actor=cast.actor(who),
            data=data.get(verb),
            now=now - timedelta(hours=2),
        )


@pytest.mark.parametrize("width", (390, 768, 1280, 1920))
def test_the_desk_has_no_faults_at_any_width(scene: Cast, desk: Page, width: int) -> None:
    desk.set_viewport_size({"width": width, "height": 900})
    sign_in(desk, scene.people["clerk"])
    desk.goto("/work/")
    picture(desk, f"work-{width}")
    assert faults(desk) == []
    desk.locator(".row-title").first.click()
    expect(desk.locator(".detail h1")).to_be_visible()
    desk.wait_for_timeout(300)
    picture(desk, f"matter-{width}")
    picture(desk, f"matter-{width}-full", full=True)
    assert faults(desk) == []


def test_a_clerk_triages_and_dispatches_with_the_form_beside_the_list(scene: Cast, desk: Page) -> None:
    sign_in(desk, scene.people["clerk"])
    desk.goto("/work/?f=sorting")
    desk.locator(".row-title").first.click()
    desk.get_by_role("link", name="大事").first.click()
    expect(desk.locator("#act form")).to_be_visible()
    picture(desk, "triage-1280")
    desk.locator("#act").get_by_label("分流理由").fill("公共设施")
    desk.locator("#id_category").select_option(label="下水道堵塞")
    desk.locator("#id_handler").select_option(f"o{scene.works.pk}")
    desk.locator("#act").get_by_role("button", name="分流").click()
    expect(desk.locator(".detail .stepbar")).to_contain_text("市政公用中心")
    matter = Matter.objects.get(title__contains="井盖")
    assert (matter.state, matter.organisation_id, matter.triage_class) == ("assigned", scene.works.pk, "big")
    expect(desk.locator(".list-head")).to_contain_text("待分流")
