"""Signing in and out. Every refusal takes as long for an unknown name as for a known one and says the same."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.accounts import guard, phones
from gongzhi.accounts.models import Account, SignIn
from gongzhi.accounts.request import Request
from gongzhi.kernel.errors import NotPermitted

BACKEND = "gongzhi.accounts.backend.Backend"
STAFF_IDLE = timedelta(hours=12)
TOUCH = timedelta(minutes=30)
SEEN, WAITING = "seen", "waiting_for_code"
"""Session keys: when the session was last written down; who gave the right password and still owes a code."""
WAITING_LIMIT = timedelta(minutes=10)


class Wrong(NotPermitted):
    """Name or password is not right; the sentence does not say which."""


class Locked(NotPermitted):
    """The password is right, but an administrator locked the account."""


def find(identifier: str) -> Account | None:
    """The living account with this telephone number or user name; one statement either way."""
    number = phones.normalise(identifier)
    if number:
        return Account.objects.with_phone(number).first()
    return Account.objects.living().filter(username=identifier.strip().lower()[:40]).first()


def check(identifier: str, password: str, address: str) -> Account:
    """The account these belong to. Raises guard.TooOften, Wrong or Locked (all kernel.errors.Refused)."""
    account = find(identifier)
    keys = guard.keys_of("password", identity_of(account, identifier), address)
    left = guard.count(keys)
    # An unknown name costs one hash as well, so that the time tells nothing.
    is_right = account.check_password(password) if account else check_password(password, UNUSABLE_PASSWORD_PREFIX)
    if account is None or not is_right:
        raise Wrong(_wrong_words(left))
    guard.forget(keys)
    if not account.is_active:
        raise Locked(_("这个账号已被锁定。请%s，请管理员解除锁定。") % guard.help_words())
    return account


def identity_of(account: Account | None, identifier: str = "") -> str:
    """What failures are counted for: the account however it was named, or the unknown name itself.

    The epoch is in it, so that a new password, an unlocking or signing out everywhere starts the counters anew.
    """
    return f"{account.uid}:{account.session_epoch}" if account else identifier.strip().lower()[:80]


def check_own_password(account: Account, password: str, address: str) -> bool:
    """Whether a signed-in person knows the password, for changing something that matters. Raises guard.TooOften."""
    keys = guard.keys_of("password", identity_of(account), address)
    guard.count(keys)
    if not account.check_password(password):
        return False
    guard.forget(keys)
    return True


def enter(request: Request, account: Account) -> None:
    """Sign in: a new session key, a row under 'my devices', an idle time by kind of account."""
    request.session.pop(WAITING, None)
    login(request, account, backend=BACKEND)
    request.session.set_expiry(idle_seconds(account))
    request.session[SEEN] = timezone.now().isoformat()
    _note(request, account)
    request.__dict__.pop("account", None)
    request.__dict__.pop("actor", None)


def idle_seconds(account: Account) -> int:
    """How long an unused session lives: half a day for staff, the installation's own time for residents."""
    longest: int = settings.SESSION_COOKIE_AGE
    return min(int(STAFF_IDLE.total_seconds()), longest) if account.is_staff_kind else longest


def wait_for_code(request: HttpRequest, account: Account, now: datetime) -> None:
    """The password was right; remember for ten minutes that only the second factor is missing."""
    request.session.cycle_key()
    request.session[WAITING] = {"account": account.pk, "at": now.isoformat(), "epoch": account.get_session_auth_hash()}


def waiting_account(request: HttpRequest, now: datetime) -> Account | None:
    """Who still owes a code in this session; None when nobody, too late, or the password changed meanwhile."""
    waiting = request.session.get(WAITING)
    if not waiting or datetime.fromisoformat(waiting["at"]) < now - WAITING_LIMIT:
        return None
    account = Account.objects.living().filter(pk=waiting["account"], is_active=True).first()
    return account if account and account.get_session_auth_hash() == waiting["epoch"] else None


def leave(request: Request) -> None:
    """Sign out of this browser."""
    key = request.session.session_key
    if key:
        SignIn.objects.filter(session_key=key, ended_at__isnull=True).update(ended_at=timezone.now())
    logout(request)


def end_session(request: HttpRequest, sign_in: SignIn) -> None:
    """End one other browser's session at once."""
    type(request.session)(sign_in.session_key).delete()
    SignIn.objects.filter(pk=sign_in.pk, ended_at__isnull=True).update(ended_at=timezone.now())


def end_all_sessions(account: Account) -> None:
    """Every session of the account ends with its next request; does not save other changes of the account."""
    Account.objects.filter(pk=account.pk).update(session_epoch=F("session_epoch") + 1)
    account.refresh_from_db(fields=["session_epoch"])
    SignIn.objects.filter(account=account, ended_at__isnull=True).update(ended_at=timezone.now())


def stay(request: Request, account: Account) -> None:
    """Keep this browser signed in after the password or the epoch changed; its session key changes."""
    update_session_auth_hash(request, account)
    _note(request, account)


def touch(request: Request) -> None:
    """Note at most every half hour that the session is used; that also moves its idle time on."""
    now = timezone.now()
    seen = request.session.get(SEEN)
    if seen and datetime.fromisoformat(seen) > now - TOUCH:
        return
    request.session[SEEN] = now.isoformat()
    SignIn.objects.filter(session_key=request.session.session_key).update(seen_at=now)


def device_words(agent: str) -> str:
    """A browser in two words a person recognises: 微信 · 安卓手机."""
    systems = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", _("安卓手机")), ("Windows", "Windows"),
               ("Macintosh", "Mac"), ("Linux", "Linux"))  # fmt: skip
    browsers = (("MicroMessenger", _("微信")), ("DingTalk", _("钉钉")), ("Edg", "Edge"), ("Firefox", "Firefox"),
                ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
    known = [next((word for mark, word in pairs if mark in agent), "") for pairs in (browsers, systems)]
    return " · ".join(word for word in known if word) or _("其他设备")


def _note(request: HttpRequest, account: Account) -> None:
    if request.session.session_key is None:
        request.session.save()
    SignIn.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "account": account,
            "device": device_words(request.META.get("HTTP_USER_AGENT", ""))[:80],
            "address": guard.address_of(request) or None,
            "seen_at": timezone.now(),
            "ended_at": None,
        },
    )


def _wrong_words(left: int) -> str:
    if 0 < left <= 2:
        return _(
            "用户名（手机号）或密码不对。再错 %(left)s 次，要等 15 分钟才能再试。忘了密码可以%(help)s要一个重置码。"
        ) % {
            "left": left,
            "help": guard.help_words(),
        }
    return _("用户名（手机号）或密码不对，请看一下大小写和数字，再试一次。")
