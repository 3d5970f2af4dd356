"""Making and revoking a token in a real browser, on a phone and on a desk."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from gongzhi.accounts import tokens
from gongzhi.accounts.tests import factories as make
from gongzhi.accounts.tests.browser import faults, picture, sign_in
from gongzhi.territory.tests.factories import city

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("screen", ["phone", "desk"])
def test_a_token_is_made_shown_once_and_revoked(screen: str, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(screen)
    sign_in(page, make.holder("clerk", city().community, "王芳")).goto("/me/tokens/new")
    page.get_by_label("用途").fill("与 12345 平台对接")
    page.get_by_label("看事项：列表、详情、经过、我的待办").check()
    page.get_by_label("最后一天").fill(str(timezone.localdate() + timedelta(days=90)))
    page.get_by_label("现在的密码").fill(make.PASSWORD)
    assert faults(page) == []
    picture(page, f"token-new-{screen}", full=True)
    page.get_by_role("button", name="建立令牌").click()
    secret = page.locator("code.secret").inner_text()
    assert tokens.find(secret) is not None and faults(page) == []
    picture(page, f"token-made-{screen}")
    page.get_by_role("link", name="我收好了").click()
    assert faults(page) == []
    picture(page, f"tokens-{screen}")
    page.get_by_role("button", name="作废").click()
    page.get_by_role("button", name="作废").click()
    expect(page.get_by_text("已作废", exact=True)).to_be_visible()
    assert tokens.find(secret) is None


def test_the_description_is_readable_on_a_phone(phone: Page) -> None:
    phone.goto("/api/v1/docs")
    phone.locator("#matter_triage summary").click()
    expect(phone.locator("#matter_triage")).to_contain_text("大事、小事还是私事")
    assert faults(phone) == []
