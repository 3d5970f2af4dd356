"""Every page of accounts as a person sees it: nothing for the accessibility engine to find, no sideways scroll."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.utils import timezone
from playwright.sync_api import Browser, Page

from gongzhi.accounts import actions
from gongzhi.accounts.models import Account, SignIn
from gongzhi.accounts.tests import factories as make
from gongzhi.base.tests.browser import is_too_wide, serving, violations
from gongzhi.territory.tests.factories import city as build

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TODAY = timezone.localdate()


@pytest.fixture
def site(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The product, served without TLS."""
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"):
        monkeypatch.setattr(settings, name, False)
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    with serving() as address:
        yield address
    connections.close_all()  # Chromium's loop in this thread has a connection of its own


def opened(chromium: Browser, site: str, width: int, account: Account | None = None) -> Page:
    """A page of this width, signed in as the account if one is given."""
    height = 844 if width < 800 else 900
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    if account is not None:
        session = make.client(account).session
        SignIn.objects.create(account=account, session_key=session.session_key or "", device="微信 · 安卓手机")
        context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key or "", "url": site}])
    return context.new_page()


def look(page: Page, address: str, name: str) -> None:
    """Open an address and judge it; pictures are kept where GONGZHI_PICTURES says."""
    response = page.goto(address)
    assert response is not None
    assert response.ok, address
    judge(page, name)


def judge(page: Page, name: str) -> None:
    """What every page must be."""
    if folder := os.environ.get("GONGZHI_PICTURES"):
        width = (page.viewport_size or {"width": 0})["width"]
        page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)
    assert violations(page) == [], name
    assert not is_too_wide(page), name


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_without_an_account(chromium: Browser, site: str, width: int) -> None:
    page = opened(chromium, site, width)
    for path in ("sign-in", "register", "forgotten"):
        look(page, f"{site}/{path}", path)
    page.goto(f"{site}/sign-in")
    page.get_by_label("手机号或用户名").fill("13890001234")
    page.get_by_label("密码").fill("不对的密码")
    page.get_by_role("button", name="登录").click()
    judge(page, "sign-in-wrong")
    assert page.get_by_label("手机号或用户名").input_value() == "13890001234"


@pytest.mark.parametrize("width", [390, 1280])
def test_own_pages(chromium: Browser, site: str, width: int) -> None:
    city = build()
    clerk = make.holder("clerk", city.community, "王芳", phone="13890001234")
    secretary = make.holder("community_secretary", city.community, "罗书记")
    make.duty(clerk, "grid_member", city.grid, starts=TODAY + timedelta(days=9))
    make.delegation(secretary, clerk, TODAY, TODAY + timedelta(days=3))
    make.delegation(clerk, secretary, TODAY, TODAY + timedelta(days=1))
    page = opened(chromium, site, width, clerk)
    for path in ("me", "me/password", "me/second-factor", "me/devices", "me/delegations", "me/delegations/new?q=luo",
                 f"me/delegations/new?to={secretary.pk}", "residents/confirm"):  # fmt: skip
        look(page, f"{site}/{path}", path.split("=")[0].replace("/", "-").replace("?", "-"))
    page = opened(chromium, site, width, make.resident(phone="13890004321"))
    for path in ("me", "me/password", "me/second-factor", "me/devices"):
        look(page, f"{site}/{path}", "resident-" + path.replace("/", "-"))


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_of_the_administrator(chromium: Browser, site: str, width: int) -> None:
    city = build()
    admin = make.holder("administrator", city.district, "管理员小周")
    clerk = make.holder("clerk", city.community, "王芳", phone="13890001234")
    make.holder("street_clerk", city.street, "欧阳娜娜", phone="13890005678", is_confirmed=False)
    make.resident("陈小英", phone="13890004321", home_place=city.grid)
    make.delegation(clerk, admin, TODAY, TODAY + timedelta(days=3))
    actions.lock(clerk, by=admin, reason="手机被偷")
    actions.unlock(clerk, by=admin)
    page = opened(chromium, site, width, admin)
    own = f"people/{clerk.pk}"
    for path, name in (
        ("people", "people"), ("people?kind=resident", "people-residents"), ("people?q=没有这个人", "people-none"),
        (own, "person"), (f"{own}/edit", "edit"), (f"{own}/lock", "lock"), (f"{own}/duties/new", "duty-1"),
        (f"{own}/duties/new?post=clerk", "duty-2"),
        (f"{own}/duties/new?post=clerk&where={city.neighbour.pk}", "duty-3"),
        (f"people/duties/{clerk.duties.get().pk}/end", "duty-end"), ("people/new", "new"), ("people/posts", "posts"),
    ):  # fmt: skip
        look(page, f"{site}/{path}", name)
    page.goto(f"{site}/people/new")
    page.get_by_label("姓名").fill("李明")
    page.get_by_role("button", name="新建账号").click()
    judge(page, "made")
    assert Account.objects.get(name="李明").username == "liming"
