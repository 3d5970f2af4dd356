"""A month of a place as it is published: plain numbers, and why a later count may differ."""

from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.cases import rules
from gongzhi.kernel.models import Event
from gongzhi.statistics import figures as ask
from gongzhi.statistics.derive import midnight
from gongzhi.statistics.measures import KINDS, MEASURES, WHOLE, percentile
from gongzhi.statistics.models import Exclusion, Published
from gongzhi.statistics.rollup import following
from gongzhi.territory.models import Place
from gongzhi.territory.tree import covered_ids

KEPT = tuple(name for name in MEASURES if name not in ("passed", "passed_late"))


def of_place(place: Place, first: date, last: date) -> ask.Asked:
    """Everything of a place, for reports and publishing."""
    level, ids = covered_ids(place)
    among = (f"{level}_id", ids)
    return ask.Asked((among,), first, last, among)


def figures(place: Place, month: date) -> dict[str, Any]:
    """What is kept of a month: measures, what was open, counts of the rates with and without exclusions, medians."""
    asked = of_place(place, month, month)
    (happened,) = ask.sums(asked, of=KEPT)
    still, judged = ask.standing(asked)[()], ask.assessed(asked)
    times = {one.step: one for one in ask.spent(asked)}
    whole = times.get(WHOLE)
    return {
        "measures": {name: happened[name] for name in KEPT},
        "open": {"open": still.open, "late": still.late, "ages": list(still.ages)},
        "counts": asdict(judged.whole.counts), "assessed": asdict(judged.without.counts),
        "exclusions": [one.pk for one in judged.exclusions], "events": events(place, month),
        "median_minutes": percentile(whole.hours, 0.5) if whole else None,
        "p90_minutes": percentile(whole.hours, 0.9) if whole else None,
    }  # fmt: skip


def events(place: Place, month: date) -> int:
    """How many events the month has at and below the place, as their paths said then."""
    rows = Event.objects.filter(kind__in=KINDS, at__gte=midnight(month), at__lt=midnight(following(month)))
    return rows.filter(place_path__startswith=place.path).count()


@dataclass(frozen=True)
class Compared:
    """A published month beside the same month counted now."""

    row: Published
    now: dict[str, Any]
    reasons: list[str]

    @property
    def published(self) -> rules.Rates:
        """As published, without exclusions of that day."""
        return rules.rates(rules.Counts(**self.row.figures["assessed"]))

    @property
    def present(self) -> rules.Rates:
        """As counted now."""
        return rules.rates(rules.Counts(**self.now["assessed"]))

    @property
    def is_same(self) -> bool:
        """Whether nothing has changed."""
        return not self.reasons


def compare(row: Published) -> Compared:
    """Count the month again and say why it differs."""
    fresh, kept = figures(row.place, row.month), row.figures
    reasons = []
    if (more := fresh["events"] - kept["events"]) != 0:
        reasons.append(_("关账以后又补录了 %d 条当月的记录") % more)
    if new := sorted(set(fresh["exclusions"]) - set(kept["exclusions"])):
        count = Exclusion.objects.filter(pk__in=new).count()
        reasons.append(_("关账以后同意剔除 %d 件") % count)
    if not reasons and replaced(fresh) != replaced(kept):
        reasons.append(_("事项的地点在关账以后变过，或地名归属有调整"))
    return Compared(row, fresh, reasons)


def replaced(kept: dict[str, Any]) -> dict[str, Any]:
    """The numbers that must not differ without a reason."""
    return {name: kept[name] for name in ("measures", "open", "counts", "assessed")}


def before(asked: ask.Asked) -> ask.Asked:
    """The same question about the month before the first."""
    month = (asked.first.replace(day=1) - (date(2000, 2, 1) - date(2000, 1, 31))).replace(day=1)
    return replace(asked, first=month, last=month)
