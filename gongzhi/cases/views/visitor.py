"""Who is at the other end of a resident's page: an account or a device, its uploads, its opened tracking codes."""

import base64
import re
import secrets
import time
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeAlias

from django.http import HttpResponse

from gongzhi.accounts.actor import TOKENS
from gongzhi.accounts.guard import address_key, address_of
from gongzhi.accounts.request import Request
from gongzhi.base import crypto, throttle
from gongzhi.cases.models import Report
from gongzhi.kernel.actor import ANYONE, Actor
from gongzhi.kernel.perform import ReceiptKey

P = ParamSpec("P")
View: TypeAlias = Callable[Concatenate[Request, P], HttpResponse]
DEVICE, UPLOAD, CODES = "device", "upload", "codes"
"""Cookie that names this browser; session keys of the upload session and of codes just given out."""
DEVICE_DAYS = 400
CODE_SECONDS = 30 * 60
MOST_TOKENS = 30
LIMITS: dict[str, tuple[tuple[int, int], tuple[int, int]]] = {
    "report": ((6, 600), (120, 3600)),
    "photo": ((60, 600), (600, 3600)),
    "suggest": ((90, 60), (900, 60)),
    "code": ((10, 900), (40, 900)),
    "act": ((30, 600), (300, 600)),
}
"""What is counted: tries in seconds for one device, and for one network address (a whole office may share one)."""


def known_device(view: View[P]) -> View[P]:
    """The view with `request.device`: a random name of this browser, given by a cookie that only we can read."""

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


def device_of(request: Request) -> str:
    """The name `known_device` found or gave."""
    return str(request.META["gongzhi.device"])


def upload_session(request: Request) -> str:
    """The random name under which somebody without an account uploads; begins the session if need be."""
    if UPLOAD not in request.session:
        request.session[UPLOAD] = secrets.token_urlsafe(24)
    return str(request.session[UPLOAD])


def neighbour(request: Request) -> Actor:
    """Whoever asks, as a resident: own account and opened codes, never by a duty."""
    session = request.session
    tokens = frozenset(str(uid) for uid in session.get(TOKENS, ()))
    extra = {"upload": str(session.get(UPLOAD, ""))}
    account = request.account
    if account is None:
        return Actor(name=ANYONE.name, tokens=tokens, extra=extra)
    return Actor(account.pk, account.name, tokens=tokens, is_confirmed=account.is_confirmed, extra=extra)


def receipt(request: Request, typed: str, content: str) -> ReceiptKey | None:
    """The key by which a repeated send is known; None when the form came without one."""
    key = as_uuid(typed)
    if key is None:
        return None
    holder = f"a:{request.account.pk}" if request.account else f"d:{device_of(request)}"
    return ReceiptKey(holder, key, content)


def count(request: Request, what: str) -> throttle.Verdict:
    """Count one try of `what` for this device and its address. Not inside a transaction."""
    mine, shared = LIMITS[what]
    where = address_key(what, address_of(request)).name
    return throttle.allow_each([(f"{what}:device:{device_of(request)}", *mine), (where, *shared)])


def open_token(request: Request, report: Report) -> None:
    """This session may see the report from now on."""
    tokens = [uid for uid in request.session.get(TOKENS, []) if uid != str(report.uid)]
    request.session[TOKENS] = [*tokens[-MOST_TOKENS + 1 :], str(report.uid)]


def keep_code(request: Request, report: Report, code: str) -> None:
    """Remember a new tracking code for the next page only, sealed, for `CODE_SECONDS`; a lost line may ask again."""
    sealed = base64.b64encode(crypto.encrypt(code, report.uid.bytes)).decode()
    request.session[CODES] = {str(report.uid): [sealed, int(time.time())]}


def code_of(request: Request, report: Report) -> str:
    """The code kept for this report; "" when it was given out too long ago."""
    sealed, at = request.session.get(CODES, {}).get(str(report.uid), ("", 0))
    if not sealed or time.time() - at > CODE_SECONDS:
        return ""
    return crypto.decrypt(base64.b64decode(sealed), report.uid.bytes)


def save_with_record(request: Request) -> None:
    """Store the session now, inside the record's transaction: the twin of a double tap then finds the code as well."""
    was_new = request.session.session_key is None
    request.session.save()
    request.session.modified = was_new


def is_phone(request: Request) -> bool:
    """Whether the browser says it is on a telephone."""
    return "Mobi" in request.META.get("HTTP_USER_AGENT", "")


def as_uuid(typed: str) -> uuid.UUID | None:
    """A uuid as typed; None for anything else."""
    try:
        return uuid.UUID(typed)
    except ValueError:
        return None
