"""What browser tests of the whole house share: signing in by cookie, pictures, the faults of a page.

The pages themselves come from the root conftest: `phone` (390 px) and `desk` (1280 px), both on the running site.
Mark such tests `@pytest.mark.browser` and `@pytest.mark.django_db(transaction=True)`.
"""

import os
from pathlib import Path

from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from gongzhi.accounts.models import Account
from gongzhi.base.tests.browser import is_too_wide, small_targets, violations

PICTURES = "GONGZHI_PICTURES"
"""Environment variable naming a folder: `picture` leaves screenshots there, and nothing without it."""


def sign_in(page: Page, account: Account) -> Page:
    """The page's browser is signed in as the account, without the sign-in form."""
    client = Client()
    client.force_login(account)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    base = page.evaluate("location.origin") if page.url.startswith("http") else _base(page)
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": base}])
    return page


def faults(page: Page, target: int = 0) -> list[str]:
    """What is wrong with a page at its width: accessibility, sideways scrolling, targets lower than `target` pixels."""
    found = violations(page)
    if is_too_wide(page):
        found.append("the page scrolls sideways")
    return found + (small_targets(page, target) if target else [])


def picture(page: Page, name: str, *, full: bool = False) -> None:
    """A screenshot for people to look at, when asked for by the environment."""
    if folder := os.environ.get(PICTURES):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=full)


def _base(page: Page) -> str:
    page.goto("/healthz")
    return str(page.evaluate("location.origin"))
