"""The settings pages in a real browser: no barrier, nothing sticks out, a rule is moved without a mouse."""

import pytest
from django.conf import settings
from playwright.sync_api import Page

from gongzhi.accounts.tests.factories import client, holder
from gongzhi.base.tests.browser import is_too_wide, small_targets, violations
from gongzhi.cases.models import RoutingRule
from gongzhi.cases.seeding import seed_categories, seed_routing
from gongzhi.cases.tests.factories import Cast
from gongzhi.kernel.models import Day

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = ("", "categories/new/", "rules/", "rules/new/", "limits/", "limits/new/", "calendar/?day=2026-10-10")


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


def test_a_rule_is_moved_with_the_keyboard(desk: Page, live_server: object, ready: str) -> None:
    first, second = RoutingRule.objects.all()[:2]
    sign_in(desk, str(live_server), ready)
    desk.goto("/settings/cases/rules/")
    desk.locator(f"#rule-{second.pk} button", has_text="前移").press("Enter")
    desk.wait_for_url(f"**/rules/#rule-{second.pk}")
    assert [row.pk for row in RoutingRule.objects.all()[:2]] == [second.pk, first.pk]
