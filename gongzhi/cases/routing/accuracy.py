"""How often people followed what a rule suggested, by rule and month, from what is frozen on the matters."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q
from django.db.models.fields.json import KT
from django.db.models.functions import TruncMonth

from gongzhi.cases.models import Matter
from gongzhi.cases.routing.trial import COVERED
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.clock import SHANGHAI

MONTHS = 6


@dataclass
class Share:
    """Dispatches a rule had a say in: how many, how many went where it said and stayed there."""

    sent: int = 0
    followed: int = 0

    @property
    def corrected(self) -> int:
        """Given to somebody else, at once or later."""
        return self.sent - self.followed

    @property
    def rate(self) -> float | None:
        """Share that was followed."""
        return self.followed / self.sent if self.sent else None

    def add(self, sent: int, followed: int) -> None:
        """Count in."""
        self.sent, self.followed = self.sent + sent, self.followed + followed


@dataclass
class Line:
    """A rule over the months. `rule` None: no rule fitted, people chose."""

    rule: int | None
    name: str
    whole: Share = field(default_factory=Share)
    months: dict[str, Share] = field(default_factory=dict)
    instead: Counter[str] = field(default_factory=Counter)

    @property
    def usual(self) -> tuple[str, int] | None:
        """To whom it is given instead in most cases."""
        found = self.instead.most_common(1)
        return found[0] if found else None


def months_before(now: datetime, count: int = MONTHS) -> list[str]:
    """The last months as 2026-03, oldest first, this one included."""
    local, found = now.astimezone(SHANGHAI), []
    year, month = local.year, local.month
    for _one in range(count):
        found.append(f"{year}-{month:02d}")
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    return found[::-1]


def accuracy(actor: Actor, now: datetime) -> tuple[list[str], list[Line], Share]:
    """Months, lines with the most corrected rule first, and everything together. Two statements."""
    months = months_before(now)
    since = datetime.fromisoformat(f"{months[0]}-01T00:00:00+08:00")
    sent = Matter.objects.filter(
        COVERED.q(actor), circle_id=None, dispatched_at__gte=since, created_at__gte=since - timedelta(days=60)
    ).filter(route__has_key="rule")
    rows = (
        sent.annotate(rule=KT("route__rule"), month=TruncMonth("dispatched_at", tzinfo=SHANGHAI))
        .values("rule", "month")
        .annotate(
            n=Count("pk"), followed=Count("pk", filter=Q(route__is_followed=True) & ~Q(route__has_key="moves")),
            label=Max(KT("route__name")),
        )
        .order_by()
    )  # fmt: skip
    changed = sent.filter(Q(route__is_followed=False) | Q(route__has_key="moves", route__is_followed=True))
    instead = (
        changed.annotate(rule=KT("route__rule"), moved=KT("route__moves__-1__name"), at_once=KT("route__chosen_name"))
        .values("rule", "moved", "at_once")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return months, *_lines(rows, instead)


def _lines(rows: Iterable[Mapping[str, Any]], instead: Iterable[Mapping[str, Any]]) -> tuple[list[Line], Share]:
    lines: dict[str, Line] = {}
    whole = Share()
    for row in rows:
        key = row["rule"] or ""
        line = lines.setdefault(key, Line(int(key) if key else None, row["label"] or ""))
        line.name = row["label"] or line.name
        line.whole.add(row["n"], row["followed"])
        month = row["month"].strftime("%Y-%m")
        line.months.setdefault(month, Share()).add(row["n"], row["followed"])
        if key:
            whole.add(row["n"], row["followed"])
    for row in instead:
        if (found := lines.get(row["rule"] or "")) is not None:
            found.instead[row["moved"] or row["at_once"] or ""] += row["n"]
    with_rule = [line for line in lines.values() if line.rule is not None]
    order = sorted(with_rule, key=lambda line: (-line.whole.corrected, line.whole.rate or 0.0, line.name))
    return [*order, *(line for line in lines.values() if line.rule is None)], whole
