"""How often is too often: one counter row per key, one statement per question, right over any number of processes."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from gongzhi.base.models import Throttle

_COUNT = """
INSERT INTO base_throttle AS seen (key, count, resets_at)
SELECT key, 1, clock_timestamp() + make_interval(secs => seconds)
FROM unnest(%(keys)s::text[], %(seconds)s::int[]) AS tries (key, seconds) ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN seen.resets_at <= clock_timestamp() THEN 1 ELSE LEAST(seen.count, 1000000000) + 1 END,
    resets_at = CASE WHEN seen.resets_at <= clock_timestamp() THEN EXCLUDED.resets_at ELSE seen.resets_at END
RETURNING key, count, EXTRACT(epoch FROM resets_at - clock_timestamp())
"""


@dataclass(frozen=True)
class Verdict:
    """Whether the try may go on, how many are left in this window, and after how many seconds a new window begins."""

    allowed: bool
    left: int
    retry_after: int

    @property
    def message(self) -> str:
        """What to tell a person who has to wait."""
        if self.retry_after <= 90:
            return _("您点得太快了，请等 %(n)s 秒再试。") % {"n": self.retry_after}
        if self.retry_after <= 90 * 60:
            return _("次数太多了，请过 %(n)s 分钟再试。") % {"n": -(-self.retry_after // 60)}
        return _("次数太多了，请过 %(n)s 小时再试。") % {"n": -(-self.retry_after // 3600)}


def allow(key: str, limit: int, seconds: int) -> Verdict:
    """Count one try under `key` ("sign-in:13812345678"); at most `limit` within a window of `seconds`.

    The window starts with the first try. Call it outside a transaction that may roll back, or the try is forgotten.
    """
    return allow_each([(key, limit, seconds)])


def allow_each(tries: Iterable[tuple[str, int, int]]) -> Verdict:
    """Count one try under several keys (key, limit, seconds) in one statement; the strictest one decides."""
    limits = {_digest(key, seconds): (limit, seconds) for key, limit, seconds in tries}
    windows = [seconds for _limit, seconds in limits.values()]
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"keys": list(limits), "seconds": windows})
        rows = cursor.fetchall()
    found = [_verdict(count, limits[key][0], float(rest)) for key, count, rest in rows]
    return min(found, key=lambda verdict: (verdict.allowed, verdict.left, -verdict.retry_after))


def _verdict(count: int, limit: int, rest: float) -> Verdict:
    return Verdict(allowed=count <= limit, left=max(0, limit - count), retry_after=max(1, round(rest)))


def forget(key: str, seconds: int) -> None:
    """Start anew, after a success that makes the failed tries harmless."""
    Throttle.objects.filter(key=_digest(key, seconds)).delete()


def sweep_throttle() -> int:
    """Delete the counters whose window is over; returns how many. For a periodic task."""
    return Throttle.objects.filter(resets_at__lte=timezone.now()).delete()[0]


def _digest(key: str, seconds: int) -> str:
    return salted_hmac("gongzhi.base.throttle", f"{seconds}\0{key}", algorithm="sha256").hexdigest()
