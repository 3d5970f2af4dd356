"""Writes to accounts and passwords: each one transaction, each with its line in the history."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.accounts import factor, guard, passwords, signin
from gongzhi.accounts.changes import Verb, note
from gongzhi.accounts.models import Account, OneTimeCode
from gongzhi.base import crypto
from gongzhi.base.text import pinyin
from gongzhi.kernel.errors import NotPossible, NotValid
from gongzhi.territory.models import Place

CODE_LIFE = timedelta(hours=24)
CONSENT_VERSION = "2026-1"
EDITABLE = (
    "name", "name_pinyin", "name_initials", "name_bigrams", "phone_cipher", "phone_index", "phone_last4_index",
    "is_confirmed", "confirmed_at", "confirmed_by",
)  # fmt: skip
USERNAME = re.compile(r"[a-z][a-z0-9._-]{2,29}")


@dataclass(frozen=True)
class NewAccount:
    """An account just made and its one-time password, shown once and stored nowhere."""

    account: Account
    password: str


def create_staff(
    *, by: Account | None, name: str, username: str = "", phone: str = "", place: Place | None = None,
    on_behalf_of: int | None = None,
) -> NewAccount:  # fmt: skip
    """Create a staff account whose telephone counts as confirmed; raises NotValid for a taken name or number."""
    password = passwords.one_time_password()
    account = Account(username=username or free_username(name), kind=Account.Kind.STAFF)
    account.set_name(name)
    account.set_phone(phone)
    account.set_password(password)
    account.must_change_password = True
    account.managed_place, account.created_by = place, by
    if phone:
        account.is_confirmed, account.confirmed_at, account.confirmed_by = True, timezone.now(), by
    with transaction.atomic():
        _save(account)
        note(account, Verb.CREATED, by, on_behalf_of=on_behalf_of)
    return NewAccount(account, password)


def register(*, name: str, phone: str, password: str, home_place: Place | None = None) -> Account:
    """A resident makes an account; the telephone stays unverified until staff confirm it. Raises NotValid."""
    _judge(password, (name, phone))
    account = Account(username=f"r{crypto.tracking_code().replace('-', '').lower()}", kind=Account.Kind.RESIDENT)
    account.set_name(name)
    account.set_phone(phone)
    account.set_password(password)
    account.home_place = home_place
    account.consent_version, account.consented_at = CONSENT_VERSION, timezone.now()
    with transaction.atomic():
        _save(account)
        note(account, Verb.REGISTERED, account, consent=CONSENT_VERSION)
    return account


def edit(account: Account, *, by: Account, name: str, phone: str, on_behalf_of: int | None = None) -> None:
    """Correct name and telephone; a number an administrator enters for staff counts as confirmed. Raises NotValid."""
    changed: dict[str, Any] = {}
    if name != account.name:
        changed["name"] = [account.name, name]
        account.set_name(name)
    if phone != account.phone:
        changed["phone"] = True
        account.set_phone(phone)
        if phone and account.is_staff_kind:
            account.is_confirmed, account.confirmed_at, account.confirmed_by = True, timezone.now(), by
    if not changed:
        return
    with transaction.atomic():
        _save(account, EDITABLE)
        note(account, Verb.EDITED, by, on_behalf_of=on_behalf_of, **changed)


@transaction.atomic
def confirm(account: Account, *, by: Account, place: Place | None, on_behalf_of: int | None = None) -> None:
    """Staff confirmed the telephone, face to face or by calling it; `place` keeps the account from now on."""
    held = Account.objects.select_for_update().get(pk=account.pk)
    if held.ended_at or held.is_confirmed or not held.phone_index:
        raise NotPossible(_("这个账号不用再核实了，请刷新看看最新情况。"))
    held.is_confirmed, held.confirmed_at, held.confirmed_by = True, timezone.now(), by
    held.managed_place = held.managed_place or place
    held.save(update_fields=["is_confirmed", "confirmed_at", "confirmed_by", "managed_place"])
    note(held, Verb.CONFIRMED, by, on_behalf_of=on_behalf_of)


@transaction.atomic
def lock(account: Account, *, by: Account, reason: str, on_behalf_of: int | None = None) -> None:
    """Nobody signs in with this account until it is unlocked; open sessions end at once."""
    _set_active(account, False)
    signin.end_all_sessions(account)
    note(account, Verb.LOCKED, by, on_behalf_of=on_behalf_of, reason=reason)


@transaction.atomic
def unlock(account: Account, *, by: Account, on_behalf_of: int | None = None) -> None:
    """The account may sign in again; counted failures begin anew with its new epoch."""
    _set_active(account, True)
    signin.end_all_sessions(account)
    note(account, Verb.UNLOCKED, by, on_behalf_of=on_behalf_of)


@transaction.atomic
def end(account: Account, *, by: Account, reason: str, on_behalf_of: int | None = None) -> None:
    """End the account for good: its duties and delegations end with it, its telephone becomes free for another."""
    now = timezone.now()
    held = Account.objects.select_for_update().get(pk=account.pk)
    if held.ended_at:
        raise NotPossible(_("这个账号已经停用了。"))
    today = timezone.localdate(now)
    held.duties.open_term(today).update(ended_at=now)
    held.delegations_given.open_term(today).update(ended_at=now)
    held.delegations_held.open_term(today).update(ended_at=now)
    held.is_active, held.ended_at = False, now
    held.save(update_fields=["is_active", "ended_at"])
    signin.end_all_sessions(held)
    note(held, Verb.ENDED, by, on_behalf_of=on_behalf_of, reason=reason)


@transaction.atomic
def make_code(account: Account, *, by: Account, on_behalf_of: int | None = None) -> str:
    """A one-time code for a forgotten password, in clear, shown once; an earlier unused one stops working."""
    held = Account.objects.select_for_update().get(pk=account.pk)
    if not held.may_sign_in:
        raise NotPossible(_("这个账号已锁定或停用，先解除锁定，再开重置码。"))
    now = timezone.now()
    OneTimeCode.objects.filter(account=held, used_at=None, withdrawn_at=None).update(withdrawn_at=now)
    code = crypto.tracking_code()
    OneTimeCode.objects.create(
        account=held, digest=crypto.hash_code(code), created_by=by, created_at=now, expires_at=now + CODE_LIFE
    )
    note(held, Verb.CODE_MADE, by, on_behalf_of=on_behalf_of)
    return code


def use_code(identifier: str, code: str, password: str, address: str, now: datetime) -> Account:
    """Set a new password with a one-time code. Raises guard.TooOften, NotPossible (wrong or old code) or NotValid."""
    account = signin.find(identifier)
    keys = guard.keys_of("code", signin.identity_of(account, identifier), address)
    guard.count(keys)
    with transaction.atomic():
        found = _good_code(account, code, now)
        if account is None or found is None:
            raise NotPossible(
                _("重置码不对、用过了或过了 24 小时。请核对一遍；不行就%s，再要一个。") % guard.help_words()
            )
        guard.forget(keys)
        judge_password(account, password)
        found.used_at = now
        found.save(update_fields=["used_at"])
        _store_password(account, password, now)
        note(account, Verb.PASSWORD_RESET, account, code_by=found.created_by_id)
    return account


@transaction.atomic
def change_password(account: Account, password: str) -> None:
    """Set a new password; every other browser is signed out. Raises NotValid when it is too weak."""
    judge_password(account, password)
    if account.check_password(password):
        raise NotValid({"password": [_("新密码和现在的一样，请换一个。")]})
    _store_password(account, password, timezone.now())
    note(account, Verb.PASSWORD_CHANGED, account)


@transaction.atomic
def switch_factor_off(account: Account, *, by: Account, on_behalf_of: int | None = None) -> None:
    """Signing in asks for no code any more: by the owner, or by an administrator for a lost telephone."""
    if factor.switch_off(account):
        note(account, Verb.FACTOR_OFF, by, on_behalf_of=on_behalf_of)


def judge_password(account: Account, password: str) -> None:
    """Raise NotValid with a sentence when the password is too weak for this person."""
    least = passwords.SHORTEST_FOR_STAFF if account.is_staff_kind else passwords.SHORTEST
    _judge(password, (account.name, account.phone, account.username), least)


def free_username(name: str) -> str:
    """A user name from the pinyin of the name, with a number when it is taken."""
    stem = re.sub(r"[^a-z0-9]", "", pinyin(name, surname=True))[:24]
    stem = stem if USERNAME.fullmatch(stem) else f"user{stem}"[:24]
    taken = set(Account.objects.filter(username__startswith=stem).values_list("username", flat=True))
    numbered = (f"{stem}{number}" if number else stem for number in [0, *range(2, len(taken) + 3)])
    return next(each for each in numbered if each not in taken)


def _judge(password: str, own: tuple[str, ...], least: int = passwords.SHORTEST) -> None:
    try:
        passwords.check_strength(password, (*own, pinyin(own[0])), least)
    except ValidationError as error:
        raise NotValid({"password": list(error.messages)}) from None


def _save(account: Account, fields: tuple[str, ...] | None = None) -> None:
    """Save, only `fields` of one that exists, so that a lock set meanwhile stays.

    A telephone or user name taken in the same moment by somebody else is a sentence, not an error page.
    """
    if account.phone_index and Account.objects.with_phone(account.phone).exclude(pk=account.pk).exists():
        raise NotValid({"phone": [phone_taken_words()]})
    try:
        with transaction.atomic():
            account.save(update_fields=fields)
    except IntegrityError as error:
        if "account_phone_once_among_living" in str(error):
            raise NotValid({"phone": [phone_taken_words()]}) from None
        if "username" in str(error):
            raise NotValid({"username": [_("这个用户名已经有人用了，请换一个。")]}) from None
        raise


def phone_taken_words() -> str:
    """What a person reads whose number already has an account."""
    return _("这个号码已经有账号了，可以直接登录。忘了密码，或者不是您登记的，请%s。") % guard.help_words()


def _store_password(account: Account, password: str, now: datetime) -> None:
    account.set_password(password)
    account.must_change_password, account.password_changed_at = False, now
    account.save(update_fields=["password", "must_change_password", "password_changed_at"])
    signin.end_all_sessions(account)


def _set_active(account: Account, is_active: bool) -> None:
    changed = Account.objects.filter(pk=account.pk, is_active=not is_active, ended_at=None).update(is_active=is_active)
    if not changed:
        raise NotPossible(_("这个账号的状态刚刚变了，请刷新看看最新情况。"))
    account.is_active = is_active


def _good_code(account: Account | None, typed: str, now: datetime) -> OneTimeCode | None:
    try:
        digest = crypto.hash_code(typed)
    except ValidationError:
        return None
    open_codes = OneTimeCode.objects.select_for_update().filter(account=account, digest=digest)
    found = open_codes.filter(used_at=None, withdrawn_at=None, expires_at__gt=now).first()
    return found if account and account.is_active else None
