"""Who reads: an account or a browser, the community called one's own, how often somebody may write."""

import re
import secrets
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeAlias

from django.http import HttpResponse

from gongzhi.accounts.actor import TOKENS
from gongzhi.accounts.guard import address_key, address_of
from gongzhi.accounts.request import Request
from gongzhi.base import throttle
from gongzhi.kernel.perform import ReceiptKey
from gongzhi.notices.models import Objection

P = ParamSpec("P")
View: TypeAlias = Callable[Concatenate[Request, P], HttpResponse]
DEVICE, MY_PLACE = "device", "place"
"""Cookies: a random name of this browser; the community its owner chose."""
DEVICE_DAYS = 400
MOST_TOKENS = 30
MINE, SHARED = (5, 3600), (60, 3600)
"""Objections an hour for one browser and for one network address (a whole office may share one)."""
STRANGERS = (120, 3600)
"""Browsers without a cookie that are counted as readers for one address in an hour; robots have none."""


def known_device(view: View[P]) -> View[P]:
    """The view with a random name for this browser, kept in a cookie that only we can read."""

    @wraps(view)
    def named(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        kept = request.COOKIES.get(DEVICE, "")
        name = kept if re.fullmatch(r"[A-Za-z0-9_-]{22}", kept) else secrets.token_urlsafe(16)
        request.META["gongzhi.device"] = name
        response = view(request, *args, **kwargs)
        if name != kept:
            age = DEVICE_DAYS * 24 * 3600
            response.set_cookie(DEVICE, name, age, samesite="Lax", httponly=True, secure=request.is_secure())
        return response

    return named


def holder(request: Request) -> str:
    """`a:12` for an account, `d:…` for a browser."""
    return f"a:{request.account.pk}" if request.account else f"d:{request.META['gongzhi.device']}"


def counts_as_reader(request: Request) -> bool:
    """Whether this look counts: accounts and known browsers always, unknown ones up to `STRANGERS`."""
    if request.account or request.COOKIES.get(DEVICE) == request.META["gongzhi.device"]:
        return True
    return throttle.allow(address_key("notice-read", address_of(request)).name, *STRANGERS).allowed


def may_object(request: Request) -> throttle.Verdict:
    """Count one try of an objection. Not inside a transaction."""
    shared = address_key("objection", address_of(request)).name
    return throttle.allow_each([(f"objection:{holder(request)}", *MINE), (shared, *SHARED)])


def receipt_of(request: Request, content: str) -> ReceiptKey | None:
    """The key of this press of the button; None when the form came without one."""
    typed = request.POST.get("key", "")
    return ReceiptKey(holder(request), uuid.UUID(typed), content) if is_uuid(typed) else None


def is_uuid(text: str) -> bool:
    """Whether the text can be a uuid."""
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def open_token(request: Request, objection: Objection) -> None:
    """This session may read the answer from now on."""
    tokens = [uid for uid in request.session.get(TOKENS, []) if uid != str(objection.uid)]
    request.session[TOKENS] = [*tokens[-MOST_TOKENS + 1 :], str(objection.uid)]


def number(typed: str) -> int:
    """An id as typed; 0 for anything else."""
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 19 else 0


def home_id(request: Request) -> int:
    """The community one calls one's own: asked for, of the duty, of the account, of this browser; 0 for none."""
    asked = number(request.GET.get("at", ""))
    if asked:
        return asked
    account = request.account
    duty = next((grant.place_id for grant in request.actor.grants if grant.place_id), None)
    own = account.home_place_id if account else None
    return duty or own or number(request.COOKIES.get(MY_PLACE, ""))
