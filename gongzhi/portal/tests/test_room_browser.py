"""The 365 room in a real browser: analysed with a service mode at the desk, assessed by the supervisor."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gongzhi.accounts.tests.browser import picture, sign_in
from gongzhi.cases import choices
from gongzhi.cases.models import AssessmentFigure, Matter, ProcedureChoice
from gongzhi.cases.tests import factories as make
from gongzhi.kernel.perform import perform

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_concern_goes_through_the_room(transactional_db: None, desk: Page) -> None:
    scene, now = make.cast(), timezone.now()
    ProcedureChoice.objects.create(
        place=scene.city.community, procedure="room-365", from_date=now.date() - timedelta(days=3), made_at=now
    )
    choices.forget()
    matter = make.reported(scene, now=now - timedelta(hours=1)).matter
    assert matter is not None
    sign_in(desk, scene.people["clerk"])
    desk.goto(f"/matters/{matter.number}/triage/")
    desk.get_by_role("radio", name="小事").check()
    desk.get_by_label("分流理由").fill("楼道公共照明")
    desk.get_by_label("类别").select_option(label="路灯楼道灯")
    desk.locator("#id_handler").select_option(f"o{scene.works.pk}")
    desk.get_by_role("button", name="梳理分析").click()
    expect(desk.locator(".errors").first).to_contain_text("服务方式")
    desk.get_by_role("radio", name="上门").check()
    desk.get_by_role("button", name="梳理分析").click()
    expect(desk.locator(".stepbar")).to_contain_text("及时办理")
    steps = (("sign", "officer", None), ("finish", "officer", make.FINISHED), ("feedback", "clerk", make.ANSWERED))
    for verb, who, data in steps:
        perform(Matter.objects.get(), verb, actor=scene.actor(who), data=data)
    perform(matter.reports.get(), "rate", actor=scene.actor("resident"), data=make.HAPPY)
    sign_in(desk, scene.people["supervisor"])
    desk.goto(f"/matters/{matter.number}/")
    desk.get_by_role("link", name="考核", exact=True).click()
    desk.get_by_label("考核意见").fill("按时办结，群众认可")
    desk.locator("#act").get_by_role("button", name="考核").click()
    expect(desk.locator(".detail")).to_contain_text("已办结")
    assert AssessmentFigure.objects.get().remark == "按时办结，群众认可"
    desk.goto("/room/")
    picture(desk, "room-1280")
    expect(desk.locator("main")).to_contain_text("按时办结，群众认可")
