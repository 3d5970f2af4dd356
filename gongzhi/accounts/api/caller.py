"""Who is asking through the interface for programs: a token, or nobody; both are counted.

`auth=needs("matters:read")` on an operation asks for a token with that scope, `auth=needs()` for any token,
`auth=OPEN` for none. Behind it `request.account` and `request.actor` are the token's; a session cookie plays no part.
"""

from dataclasses import replace

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja.security.base import AuthBase

from gongzhi.accounts import tokens
from gongzhi.accounts.actor import actor_of
from gongzhi.accounts.guard import address_key, address_of
from gongzhi.accounts.models import ApiToken
from gongzhi.accounts.request import Request
from gongzhi.base import throttle
from gongzhi.base.api import Trouble
from gongzhi.kernel.actor import ANYONE

PER_ADDRESS, WINDOW = 240, 60
"""Requests of one network address without a token in a window of seconds; of one token: settings.API_PER_MINUTE."""
REALM = 'Bearer realm="gongzhi"'


class Needs(AuthBase):
    """A bearer token (RFC 6750), with one of these scopes if any is named."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, *scopes: str) -> None:
        assert set(scopes) <= set(tokens.SCOPES), scopes
        self.scopes = scopes
        super().__init__()

    def __call__(self, request: Request) -> ApiToken:  # type: ignore[override]
        """The token; raises Trouble 401, 403 or 429."""
        token = tokens.find(_secret(request))
        if token is None:
            _count(f"api:wrong:{address_key('api', address_of(request)).name}", PER_ADDRESS)
            raise Trouble(401, _("令牌不对、到期或已作废。"), headers={"WWW-Authenticate": REALM})
        _count(f"api:token:{token.pk}", settings.API_PER_MINUTE)
        if self.scopes and not set(self.scopes) & set(token.scopes):
            words = _("这个令牌没有“%s”这一项。") % tokens.SCOPES[self.scopes[0]]
            bearer = f'{REALM}, error="insufficient_scope", scope="{" ".join(self.scopes)}"'
            raise Trouble(403, words, headers={"WWW-Authenticate": bearer})
        tokens.touch(token)
        request.__dict__["account"] = token.account
        request.__dict__["actor"] = actor_of(token.account, timezone.localdate())
        return token


class Open(AuthBase):
    """Everybody; counted by network address."""

    openapi_type = "none"

    def __call__(self, request: Request) -> bool:  # type: ignore[override]
        """True, or Trouble 429."""
        _count(f"api:open:{address_key('api', address_of(request)).name}", PER_ADDRESS)
        request.__dict__["account"], request.__dict__["actor"] = None, replace(ANYONE)
        return True


OPEN = Open()


def needs(*scopes: str) -> Needs:
    """A token with one of these scopes; any token when none is named."""
    return Needs(*scopes)


def _secret(request: Request) -> str:
    kind, _blank, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def _count(key: str, most: int) -> None:
    verdict = throttle.allow(key, most, WINDOW)
    if not verdict.allowed:
        raise Trouble(429, verdict.message, headers={"Retry-After": str(verdict.retry_after)})
