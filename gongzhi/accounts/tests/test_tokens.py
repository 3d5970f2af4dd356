"""Tokens for programs on the person's own page and on the administrator's."""

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from gongzhi.accounts import tokens
from gongzhi.accounts.models import Account, AccountChange, ApiToken
from gongzhi.accounts.tests import factories as make
from gongzhi.accounts.tests.test_signin import code_now, switched_on
from gongzhi.kernel.errors import NotPossible, NotValid
from gongzhi.kernel.models import Notification
from gongzhi.territory.tests.factories import City

pytestmark = pytest.mark.django_db
SOON = timezone.localdate() + timedelta(days=30)


@pytest.fixture
def clerk(city: City) -> Account:
    """A clerk who lets a program in."""
    return make.holder("clerk", city.community, "王芳")


def typed(**fields: Any) -> dict[str, Any]:
    """A filled form."""
    return {
        "label": "与 12345 平台对接", "scopes": ["matters:read", "matters:write"], "last_day": str(SOON),
        "current": make.PASSWORD, **fields,
    }  # fmt: skip


def test_a_token_is_made_with_the_password_and_shown_this_once(clerk: Account) -> None:
    browser = make.client(clerk)
    page = browser.post("/me/tokens/new", typed()).content.decode()
    shown = re.search(r"gz_[A-Za-z0-9_-]{40,}", page)
    assert shown is not None
    token = tokens.find(shown[0])
    assert token is not None and token.scopes == ["matters:read", "matters:write"] and token.last_day == SOON
    assert shown[0] not in browser.get("/me/tokens").content.decode()
    assert not ApiToken.objects.filter(digest__contains=shown[0][:20]).exists()
    assert AccountChange.objects.get(account=clerk, verb="token_made").data["label"] == "与 12345 平台对接"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"current": "不是这个"}, "现在的密码不对"),
        ({"scopes": []}, "请至少选一项"),
        ({"scopes": ["everything"]}, "请从列出的里面选"),
        ({"label": ""}, "请写一句用途"),
        ({"last_day": str(SOON + timedelta(days=400))}, "一年以内"),
        ({"last_day": str(SOON - timedelta(days=60))}, "一年以内"),
        ({"last_day": "9999-12-31"}, "一年以内"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(clerk: Account, wrong: dict[str, Any], words: str) -> None:
    answer = make.client(clerk).post("/me/tokens/new", typed(**wrong))
    page = answer.content.decode()
    assert answer.status_code == 422 and words in page and make.PASSWORD not in page
    assert not ApiToken.objects.exists()


def test_with_the_second_factor_on_its_code_is_asked_as_well(clerk: Account) -> None:
    secret, _codes = switched_on(clerk)
    browser = make.client(clerk)
    assert "请输入动态口令" in browser.post("/me/tokens/new", typed()).content.decode()
    assert "对不上" in browser.post("/me/tokens/new", typed(code="000000")).content.decode()
    assert not ApiToken.objects.exists()
    assert "gz_" in browser.post("/me/tokens/new", typed(code=code_now(secret))).content.decode()


def test_guessing_the_password_here_is_slowed_down_too(clerk: Account) -> None:
    browser = make.client(clerk)
    statuses = [browser.post("/me/tokens/new", typed(current=f"错{n}")).status_code for n in range(7)]
    assert statuses[0] == 422 and statuses[-1] == 429


def test_the_owner_revokes_own_tokens_only(clerk: Account, city: City) -> None:
    token, secret = tokens.make(clerk, "对接", ["matters:read"], SOON)
    stranger = make.client(make.holder("clerk", city.neighbour, "别人"))
    assert stranger.post(f"/me/tokens/{token.pk}/revoke").status_code == 404
    assert make.client(clerk).post(f"/me/tokens/{token.pk}/revoke").status_code == 302
    assert tokens.find(secret) is None
    with pytest.raises(NotPossible):
        tokens.revoke(token, by=clerk)


def test_an_administrator_revokes_within_the_own_place_and_the_owner_is_told(clerk: Account, city: City) -> None:
    token, secret = tokens.make(clerk, "对接", ["matters:read"], SOON)
    other = make.client(make.holder("administrator", city.other_district, "外区管理员"))
    assert other.post(f"/people/tokens/{token.pk}/revoke").status_code == 404
    assert make.client(clerk).post(f"/people/tokens/{token.pk}/revoke").status_code == 404
    admin = make.client(make.holder("administrator", city.district, "管理员小周"))
    assert "对接" in admin.get(f"/people/{clerk.pk}").content.decode()
    admin.post(f"/people/tokens/{token.pk}/revoke")
    assert tokens.find(secret) is None
    assert "令牌" in Notification.objects.get(account_id=clerk.pk).title


def test_an_account_has_so_many_usable_tokens_and_no_more(clerk: Account) -> None:
    for _each in range(tokens.MOST_LIVING):
        tokens.make(clerk, "对接", ["matters:read"], SOON)
    with pytest.raises(NotValid):
        tokens.make(clerk, "对接", ["matters:read"], SOON)


def test_strange_secrets_are_nobodys(clerk: Account) -> None:
    for secret in ("", "gz_", "gz_" + "x" * 500, "gz_锁", "Bearer", "\0"):
        assert tokens.find(secret) is None


def test_the_last_use_is_remembered_by_the_hour(clerk: Account) -> None:
    token, _secret = tokens.make(clerk, "对接", ["matters:read"], SOON)
    tokens.touch(token)
    first = ApiToken.objects.get(pk=token.pk)
    tokens.touch(first)
    assert ApiToken.objects.get(pk=token.pk).used_at == first.used_at


def test_the_last_day_counts_whole(clerk: Account) -> None:
    token, _secret = tokens.make(clerk, "对接", ["matters:read"], date(SOON.year, SOON.month, SOON.day))
    assert token.expires_at == datetime.combine(
        SOON + timedelta(days=1), datetime.min.time(), timezone.get_current_timezone()
    )
