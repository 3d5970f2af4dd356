"""Slows guessing down: failures are counted for an account, for an address, and for both together.

Every try is counted before the password is looked at, so a burst of parallel guesses gains nothing; a right one is
forgotten again. Names are kept as digests: what people type into a sign-in form may be anything, passwords included.
Source: GB/T 22239-2019 8.1.4.1 b (failed sign-ins), issue 2 (throttles with a human answer).
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from gongzhi.accounts.models import Attempt
from gongzhi.base.ui import site, speak_span
from gongzhi.kernel.errors import NotPossible

WAIT = timedelta(minutes=15)
_UPSERT = """
INSERT INTO accounts_attempt AS known (key, failures, last_at) VALUES (%(key)s, 1, %(now)s)
ON CONFLICT (key) DO UPDATE SET
    failures = CASE WHEN known.last_at <= %(since)s THEN 1 ELSE LEAST(known.failures + 1, 30000) END,
    last_at = CASE WHEN known.last_at > %(since)s AND known.failures > %(most)s THEN known.last_at ELSE %(now)s END
RETURNING failures, last_at
"""


class TooOften(NotPossible):
    """Guessed too often; `until` is when the next try is taken."""

    def __init__(self, until: datetime, now: datetime) -> None:
        self.until = until
        super().__init__(_wait_words(until, now))


@dataclass(frozen=True)
class Key:
    """One thing that is counted, and how many tries it has within WAIT."""

    name: str
    most: int


def keys_of(purpose: str, identity: str, address: str) -> list[Key]:
    """The three counters of one try: this name from this address, this name, this address (a /64 for IPv6)."""
    name = _digest(identity)
    where = _network(address)
    return [
        Key(f"{purpose}:pair:{name}:{where}", 5),
        Key(f"{purpose}:name:{name}", 20),
        Key(f"{purpose}:from:{where}", 60),
    ]


def count(keys: Iterable[Key], now: datetime) -> int:
    """Count one try; returns how many remain before waiting. Raises TooOften when one key has had too many."""
    left = []
    for key in keys:
        failures, last_at = _bump(key, now)
        if failures > key.most:
            raise TooOften(last_at + WAIT, now)
        left.append(key.most - failures)
    return min(left)


def forget(keys: Iterable[Key]) -> None:
    """After a right answer: the name starts anew, the address gets its try back."""
    names = [key.name for key in keys]
    Attempt.objects.filter(key__in=[name for name in names if ":from:" not in name]).delete()
    Attempt.objects.filter(key__in=names, failures__gt=0).update(failures=F("failures") - 1)


def forgive(purpose: str, identity: str) -> None:
    """Staff unlock a name: its own counter goes; addresses keep theirs."""
    name = _digest(identity)
    Attempt.objects.filter(key=f"{purpose}:name:{name}").delete()
    Attempt.objects.filter(key__startswith=f"{purpose}:pair:{name}:").delete()


def tidy(now: datetime) -> int:
    """Remove counters a day old; returns how many went."""
    return Attempt.objects.filter(last_at__lt=now - timedelta(days=1)).delete()[0]


def address_of(request: HttpRequest) -> str:
    """The visitor's network address; "" when there is none (a unix socket) or it is not one."""
    try:
        return str(ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")))
    except ValueError:
        return ""


def help_words() -> str:
    """Whom to call: the installation's telephone, or the community's office."""
    phone = site()["phone"]
    return _("打电话 %s") % phone if phone else _("到社区服务大厅，或给社区打电话")


def _bump(key: Key, now: datetime) -> tuple[int, datetime]:
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, {"key": key.name, "now": now, "since": now - WAIT, "most": key.most})
        failures, last_at = cursor.fetchone()
    return failures, last_at


def _digest(identity: str) -> str:
    return salted_hmac("gongzhi.accounts.guard", identity, algorithm="sha256").hexdigest()[:32]


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 6:
        return str(ipaddress.ip_network(f"{found}/64", strict=False).network_address)
    return str(found)


def _wait_words(until: datetime, now: datetime) -> str:
    span = speak_span(until - now + timedelta(seconds=59), parts=1)
    return _("输错的次数太多了。为了您的账号安全，请等 %(span)s再试；着急就%(help)s，请工作人员帮您。") % {
        "span": span + " ",
        "help": help_words(),
    }
