"""Slows guessing down: tries are counted for an account, for an address, and for both together.

Every try is counted before the password is looked at, so a burst of parallel guesses gains nothing; a right one is
forgotten again. The counters (gongzhi.base.throttle) keep digests only: what people type may be anything.
Source: GB/T 22239-2019 8.1.4.1 b (failed sign-ins), issue 2 (throttles with a human answer).
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from gongzhi.base import throttle
from gongzhi.base.ui import speak_span
from gongzhi.kernel.errors import NotPossible

WAIT = 15 * 60
"""Seconds of one window: so long waits who guessed wrong too often."""
PAIR, NAME, ADDRESS = 5, 20, 300
"""Tries within WAIT. A whole office may sign in through one address, and signing in right counts there as well."""


class TooOften(NotPossible):
    """Guessed too often; `seconds` is how long until the next try is taken."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(_wait_words(seconds))


@dataclass(frozen=True)
class Key:
    """One thing that is counted, and how many tries it has within WAIT."""

    name: str
    most: int
    is_address: bool = False


def keys_of(purpose: str, identity: str, address: str) -> list[Key]:
    """The three counters of one try: this name from this address, this name, this address (a /64 for IPv6)."""
    where = _network(address)
    return [
        Key(f"{purpose}:pair:{identity}:{where}", PAIR),
        Key(f"{purpose}:name:{identity}", NAME),
        address_key(purpose, address),
    ]


def address_key(purpose: str, address: str, most: int | None = None) -> Key:
    """The counter of an address alone."""
    return Key(f"{purpose}:from:{_network(address)}", most or ADDRESS, is_address=True)


def count(keys: Iterable[Key]) -> int:
    """Count one try; returns how many remain before waiting. Raises TooOften when one key has had too many.

    Call it outside a transaction that may roll back.
    """
    verdicts = [throttle.allow(key.name, key.most, WAIT) for key in keys]
    refused = [verdict.retry_after for verdict in verdicts if not verdict.allowed]
    if refused:
        raise TooOften(max(refused))
    return min(verdict.left for verdict in verdicts)


def forget(keys: Iterable[Key]) -> None:
    """After a right answer the name starts anew; an address keeps its count."""
    for key in keys:
        if not key.is_address:
            throttle.forget(key.name, WAIT)


def address_of(request: HttpRequest) -> str:
    """The visitor's network address; "" when there is none (a unix socket) or it is not one."""
    try:
        return str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return ""


def help_words() -> str:
    """Whom to call: the installation's telephone, or the community's office."""
    phone = settings.SITE["phone"]
    return _("打电话 %s") % phone if phone else _("到社区服务大厅，或给社区打电话")


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 6:
        return str(ipaddress.ip_network(f"{found}/64", strict=False).network_address)
    return str(found)


def _wait_words(seconds: int) -> str:
    span = speak_span(timedelta(seconds=seconds + 59))
    return _("输错的次数太多了。为了您的账号安全，请等 %(span)s 再试；着急就%(help)s，请工作人员帮您。") % {
        "span": span,
        "help": help_words(),
    }
