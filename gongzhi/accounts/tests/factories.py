"""A small cast by name of duty; every row can be overridden by keyword."""

from datetime import date
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone

from gongzhi.accounts.actor import actor_of
from gongzhi.accounts.models import Account, Delegation, Duty
from gongzhi.kernel.actor import Actor
from gongzhi.organisations.models import Organisation
from gongzhi.territory.models import Place

PASSWORD = "门前那棵黄葛树2026"
LONG_AGO = date(2020, 1, 1)
_numbers = count(1)
_hashes: list[str] = []


def hashed() -> str:
    """PASSWORD as stored; hashed once for all tests."""
    if not _hashes:
        _hashes.append(make_password(PASSWORD))
    return _hashes[0]


def account(name: str = "周敏", *, phone: str = "", kind: str = "staff", **fields: Any) -> Account:
    """An account with PASSWORD; staff unless told otherwise."""
    number = next(_numbers)
    is_confirmed = fields.pop("is_confirmed", kind == "staff")
    made = Account(kind=kind, password=hashed(), **{"username": f"user{number}", **fields})
    made.set_name(name)
    made.set_phone(phone)
    if is_confirmed:
        made.is_confirmed, made.confirmed_at = True, timezone.now()
    made.save()
    return made


def resident(name: str = "陈小英", *, phone: str = "13890001234", **fields: Any) -> Account:
    """A self-registered resident whose telephone is unverified."""
    return account(name, phone=phone, kind="resident", **fields)


def duty(holder: Account, post: str, where: Place | Organisation, **fields: Any) -> Duty:
    """A duty since LONG_AGO."""
    key = "place" if isinstance(where, Place) else "organisation"
    return Duty.objects.create(account=holder, post=post, **{key: where, "starts": LONG_AGO, **fields})


def holder(post: str, where: Place | Organisation, name: str = "", **fields: Any) -> Account:
    """A staff account holding one duty."""
    made = account(name or f"任{post[:6]}", **fields)
    duty(made, post, where)
    return made


def delegation(giver: Account, taker: Account, starts: date, ends: date, **fields: Any) -> Delegation:
    """Acting for another with all duties, unless `duty` is given."""
    return Delegation.objects.create(
        from_account=giver, to_account=taker, starts=starts, ends=ends, **{"reason": "外出培训", **fields}
    )


def actor(of: Account, today: date | None = None) -> Actor:
    """The actor of an account today."""
    return actor_of(Account.objects.get(pk=of.pk), today or timezone.localdate())


def client(of: Account | None = None) -> Client:
    """A browser, signed in as the account if one is given."""
    browser = Client()
    if of is not None:
        browser.force_login(of)
    return browser
