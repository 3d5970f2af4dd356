"""Closings that did not hold, counted by unit with their denominators; no person is counted or ranked.

A closing is a result that was answered and judged: one that stands (the matter is closed), or one that fell (found
false by a call-back, rejected by its reporter, opened again later). Source: PEERS-cases.md, false closing.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.cases import rules
from gongzhi.cases.models import Callback, ClosingFault, Matter
from gongzhi.cases.oversight import watched
from gongzhi.kernel.actor import Actor
from gongzhi.organisations.models import Organisation
from gongzhi.territory.tree import tree

UNITS = {"organisation": gettext_lazy("承办单位"), "community": gettext_lazy("社区"), "street": gettext_lazy("街道")}
KINDS = {
    "false": gettext_lazy("虚假办结"), "rejected": gettext_lazy("反映人说没解决"), "reopened": gettext_lazy("办结后又打开"),
}  # fmt: skip
CALLS = {"drawn": gettext_lazy("列入回访"), "reached": gettext_lazy("联系上的")}
LISTS = {"closed": gettext_lazy("办结数"), **CALLS, **KINDS}
"""What stands behind each number, in the order of the columns."""
NOBODY = "none"


@dataclass
class Line:
    """One unit: how often it closed, how many were asked again, how many closings fell and how."""

    value: str
    label: str
    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LISTS, 0))

    @property
    def false_rate(self) -> rules.Rate:
        """False closings of those reached."""
        return rules.Rate(self.numbers["false"], max(self.numbers["reached"], self.numbers["false"]))

    @property
    def fallen_rate(self) -> rules.Rate:
        """Closings rejected or opened again, of all closings."""
        part = self.numbers["rejected"] + self.numbers["reopened"]
        return rules.Rate(part, max(self.numbers["closed"], part))


@dataclass(frozen=True)
class Scope:
    """What somebody who supervises may count, in a period; confidential matters are in no figure by unit."""

    actor: Actor
    since: datetime
    until: datetime

    def matters(self) -> QuerySet[Matter]:
        """Everything supervised that is not confidential."""
        return watched(self.actor).filter(circle_id=None)

    def standing(self) -> QuerySet[Matter]:
        """Matters that are closed now, closed in the period."""
        rows = self.matters().filter(closed_at__gte=self.since, closed_at__lt=self.until, handled_at__isnull=False)
        return rows.exclude(state__in=("merged", "declined"))

    def faults(self) -> QuerySet[ClosingFault]:
        """What was found in the period."""
        rows = ClosingFault.objects.filter(at__gte=self.since, at__lt=self.until)
        return rows.filter(matter__in=self.matters().values("pk"))

    def calls(self) -> QuerySet[Callback]:
        """Drawn in the period; promises are no check."""
        rows = Callback.objects.filter(created_at__gte=self.since, created_at__lt=self.until, circle_id=None)
        rows = rows.exclude(reason=Callback.Reason.PROMISED).exclude(state="cancelled")
        return rows.filter(matter__in=self.matters().values("pk"))


def lines(scope: Scope, by: str) -> list[Line]:
    """Every unit with a closing, most closings first; five statements and the tree."""
    column = f"{by}_id"
    counted: dict[int | None, dict[str, int]] = defaultdict(lambda: dict.fromkeys(LISTS, 0))
    for unit, n in scope.standing().order_by().values_list(column).annotate(n=Count("pk")):
        counted[unit]["closed"] += n
    fallen = scope.faults().exclude(matter__handled_at=F("handled_at"), matter__closed_at__isnull=False)
    for unit, _matter, _at in fallen.order_by().values_list(column, "matter_id", "handled_at").distinct():
        counted[unit]["closed"] += 1
    for unit, kind, n in scope.faults().order_by().values_list(column, "kind").annotate(n=Count("pk")):
        counted[unit][kind] += n
    reached = Count("pk", filter=Q(state="done"))
    calls = scope.calls().order_by().values_list(column).annotate(n=Count("pk"), reached=reached)
    for unit, n, n_reached in calls:
        counted[unit]["drawn"], counted[unit]["reached"] = n, n_reached
    names = unit_names(by, [unit for unit in counted if unit])
    found = [Line(str(unit or NOBODY), names.get(unit or 0, _own(by)), numbers) for unit, numbers in counted.items()]
    return sorted(found, key=lambda line: (-line.numbers["closed"], line.label))


def _own(by: str) -> str:
    return _("社区、网格自办") if by == "organisation" else _("不在社区里")


def unit_names(by: str, ids: list[int]) -> dict[int, str]:
    """Names of units."""
    if by == "organisation":
        return {row.pk: str(row) for row in Organisation.objects.filter(pk__in=ids)}
    now = tree()
    return {pk: now.nodes[pk].name for pk in ids if pk in now.nodes}


def total(found: list[Line]) -> Line:
    """All units together."""
    whole = Line("", _("合计"))
    for line in found:
        for name, number in line.numbers.items():
            whole.numbers[name] += number
    return whole


@dataclass(frozen=True)
class Item:
    """One row behind a number."""

    matter: Matter
    at: datetime
    words: str
    note: str


def behind(scope: Scope, by: str, unit: str, kind: str, most: int) -> list[Item]:
    """What stands behind one number, newest first; one statement."""
    here = _unit_q(by, unit)
    if kind in KINDS:
        faults = scope.faults().filter(here, kind=kind).select_related("matter", "report").order_by("-at", "-id")
        return [Item(f.matter, f.at, str(KINDS[kind]), f.report.comment if f.report else "") for f in faults[:most]]
    if kind in CALLS:
        rows = scope.calls().filter(here).select_related("matter").order_by("-created_at", "-id")
        rows = rows.filter(state="done") if kind == "reached" else rows
        return [Item(c.matter, c.created_at, str(c.get_reason_display()), c.reply) for c in rows[:most]]
    closed = scope.standing().filter(here).order_by("-closed_at", "-id")
    return [Item(m, m.closed_at or scope.since, _("办结"), "") for m in closed[:most]]


def _unit_q(by: str, unit: str) -> Q:
    if not unit:
        return Q()
    if unit == NOBODY:
        return Q(**{f"{by}_id": None})
    is_number = unit.isascii() and unit.isdigit() and len(unit) < 19
    return Q(**{f"{by}_id": int(unit)}) if is_number else Q(pk__in=())
