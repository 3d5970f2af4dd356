"""Signing a browser in by cookie, and screenshots for people when the environment asks for them."""

import os
from pathlib import Path

from django.conf import settings
from django.test import Client
from playwright.sync_api import Page

from gongzhi.accounts.models import Account

PICTURES = "GONGZHI_PICTURES"
"""Environment variable naming a folder; nothing is left anywhere without it."""


def sign_in(page: Page, account: Account) -> None:
    """The page's browser is signed in as the account, without the sign-in form."""
    client = Client()
    client.force_login(account)
    if not page.url.startswith("http"):
        page.goto("/healthz")
    url = str(page.evaluate("location.origin"))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": url}])


def picture(page: Page, name: str) -> None:
    """The whole page."""
    if folder := os.environ.get(PICTURES):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
