"""The settings pages in a real browser: no barrier, nothing sticks out, a rule is moved without a mouse."""

import pytest
from django.conf import settings
from playwright.sync_api import Page

from gongzhi.accounts.tests.factories import client, holder
from gongzhi.base.tests.browser import is_too_wide, small_targets, violations
from gongzhi.cases.models import Category, RoutingCase, RoutingRule
from gongzhi.cases.seeding import seed_categories, seed_routing
from gongzhi.cases.tests.factories import Cast, reported
from gongzhi.kernel.models import Day

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = (
    "",
    "categories/new/",
    "rules/",
    "rules/new/",
    "rules/review/",
    "rules/accuracy/",
    "limits/",
    "limits/new/",
    "calendar/?day=2026-10-10",
)


@pytest.fixture
def ready(cast: Cast) -> str:
    """The session of an administrator of the whole city, with the lists every installation begins with."""
    seed_categories()
    seed_routing([cast.city.district])
    Day.objects.create(date="2026-10-10", is_workday=True, note="调休上班", is_provisional=True)
    return client(holder("administrator", cast.city.city, "周敏")).cookies[settings.SESSION_COOKIE_NAME].value


def sign_in(page: Page, base: str, session: str) -> None:
    """Give the browser the session."""
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base}])


def test_the_pages_have_no_barriers_and_fit_the_phone(phone: Page, live_server: object, ready: str) -> None:
    sign_in(phone, str(live_server), ready)
    for address in PAGES:
        phone.goto(f"/settings/cases/{address}")
        assert violations(phone) == [], address
        assert not is_too_wide(phone), address
        assert small_targets(phone, 44) == [], address


def test_the_pages_have_no_barriers_at_the_desk(desk: Page, live_server: object, ready: str) -> None:
    sign_in(desk, str(live_server), ready)
    for address in PAGES:
        desk.goto(f"/settings/cases/{address}")
        assert violations(desk) == [], address
        assert not is_too_wide(desk), address


def test_a_rule_is_written_tried_and_saved(desk: Page, live_server: object, ready: str, cast: Cast) -> None:
    for text in ("楼道灯不亮", "晚上楼道灯又灭了"):
        reported(cast, text=text, category=Category.objects.get(code="light"))
    sign_in(desk, str(live_server), ready)
    desk.goto("/settings/cases/rules/new/")
    desk.get_by_label("类别是").select_option(label="路灯楼道灯")
    desk.get_by_label("在哪里有效").select_option(str(cast.city.community.pk))
    desk.get_by_label("写到其中一个词").fill("楼道灯")
    desk.get_by_text("而且是这个时候").click()
    desk.get_by_label("上班还是下班时间").select_option("")
    desk.get_by_label("派给", exact=True).select_option(f"o:{cast.water.pk}")
    desk.get_by_label("规则名称").fill("磨子井的楼道灯")
    desk.get_by_role("button", name="先看看会怎样").click()
    desk.get_by_text("拿这里最近的 2 件事来试，2 件会派给别人").wait_for()
    assert violations(desk) == []
    desk.get_by_role("button", name="保存").click()
    desk.wait_for_url("**/settings/cases/rules/")
    first = RoutingRule.objects.all()[0]
    assert (first.name, first.organisation_id, first.words) == ("磨子井的楼道灯", cast.water.pk, ["楼道灯"])


def test_examples_and_trials_fit_the_phone(phone: Page, live_server: object, ready: str, cast: Cast) -> None:
    first = RoutingRule.objects.all()[0]
    RoutingCase.objects.create(rule=first, name="半夜漏气", place=cast.city.community, text="闻到气味")
    sign_in(phone, str(live_server), ready)
    for page in ("trial/", "versions/", "examples/?matter=x"):
        phone.goto(f"/settings/cases/rules/{first.pk}/{page}")
        assert violations(phone) == [], page
        assert not is_too_wide(phone), page
        assert small_targets(phone, 44) == [], page


def test_a_rule_is_moved_with_the_keyboard(desk: Page, live_server: object, ready: str) -> None:
    first, second = RoutingRule.objects.all()[:2]
    sign_in(desk, str(live_server), ready)
    desk.goto("/settings/cases/rules/")
    desk.locator(f"#rule-{second.pk} button", has_text="前移").press("Enter")
    desk.wait_for_url(f"**/rules/#rule-{second.pk}")
    assert [row.pk for row in RoutingRule.objects.all()[:2]] == [second.pk, first.pk]
