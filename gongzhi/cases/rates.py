"""The three rates of a place, counted over matters and reports by level id and Shanghai month.

Confidential circles stay out of figures that everybody reads; whatever else was received counts, published or not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, Value

from gongzhi.cases import rules
from gongzhi.cases.models import Matter, Report
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.models import Event
from gongzhi.territory.models import Place
from gongzhi.territory.tree import covered_ids

OPEN_CIRCLE = Q(circle_id__isnull=True)
EARLIEST = timedelta(days=90)
"""A first contact that came later than this after the report is not looked for; its limit is two office hours."""
Source = Callable[[str, frozenset[int], rules.Period, datetime], rules.Counts | None]
"""Asked with a level and the ids compared at it, as `territory.tree.covered_ids` gives them."""
_sources: list[Source] = []


def register(source: Source) -> None:
    """Statistics keep the counts ready; None when they have not counted this place or period."""
    if source not in _sources:
        _sources.append(source)


def of(place: Place, period: rules.Period, now: datetime) -> rules.Rates:
    """The three rates of a place: as statistics counted them, else counted here."""
    level, ids = covered_ids(place)
    return of_ids(level, ids, period, now)


def of_ids(level: str, ids: frozenset[int], period: rules.Period, now: datetime) -> rules.Rates:
    """The same for who has looked up already what a place covers."""
    for source in _sources:
        if (counts := source(level, ids, period, now)) is not None:
            return rules.rates(counts)
    return of_place(at_ids(level, ids), period, now)


def where(place: Place) -> Q:
    """Matters or reports at the place, at what it took over from, and below it; one statement, three for an estate or building."""
    return at_ids(*covered_ids(place))


def at_ids(level: str, ids: frozenset[int]) -> Q:
    """Matters or reports at one of these ids of a level."""
    column = "place_id" if level == "building" else f"{level}_id"
    return Q(**{f"{column}__in": ids})


def of_place(at: Q, period: rules.Period, now: datetime) -> rules.Rates:
    """The three rates in four statements; `at` is from `where`."""
    # A part of a matter is not a second thing that was received.
    received = Matter.objects.filter(
        at, OPEN_CIRCLE, parent__isnull=True, created_at__gte=period.since, created_at__lt=period.until
    )
    contacted = Q(contacted_at__isnull=False)
    waiting = Q(contacted_at__isnull=True, closed_at__isnull=True, due_at__lt=now)
    matters = received.aggregate(
        in_time=Count("pk", filter=contacted & Q(is_contact_late=False)),
        late=Count("pk", filter=contacted & Q(is_contact_late=True)),
        waiting=Count("pk", filter=waiting),
    )
    said = Report.objects.filter(
        at, OPEN_CIRCLE, rated_at__gte=period.since, rated_at__lt=period.until, state=Report.State.RATED
    ).aggregate(
        rated=Count("pk"),
        resolved=Count("pk", filter=Q(is_resolved=True)),
        content=Count("pk", filter=Q(satisfaction__gte=rules.CONTENT)),
    )
    return rules.rates(
        rules.Counts(
            matters["in_time"], matters["late"], matters["waiting"], said["rated"], said["resolved"], said["content"],
            overdue(at, period.since, min(period.until, now)), unresolved(at, period),
        )
    )  # fmt: skip


def unresolved(at: Q, period: rules.Period) -> int:
    """Ratings that said “not solved” and opened the matter again: a later, better rating does not wipe them out."""
    said = Event.objects.filter(kind=Report.kind(), verb="rate", after=Report.State.OPEN)
    said = said.filter(at__gte=period.since, at__lt=period.until)
    return said.filter(record_id__in=Report.objects.filter(at, OPEN_CIRCLE).values("pk")).count()


def overdue(at: Q, since: datetime, until: datetime) -> int:
    """Reports not judged since the period began whose matter, when it ended, was open past its handling limit.

    Handled too late counts until it is judged. A suspended matter has stopped; one nobody accepted yet has no handling
    limit and already counts as not contacted. Whoever said “not resolved” in the period is counted there and not twice.
    """
    unfinished = Q(matter__closed_at__isnull=True) | Q(matter__closed_at__gte=until)
    undone = Q(matter__handled_at__isnull=True) | Q(matter__handled_at__gte=until) | Q(matter__is_handled_late=True)
    unjudged = Q(rated_at__isnull=True) | Q(rated_at__gte=until) | Q(rated_at__lt=since)
    rows = Report.objects.filter(
        at, OPEN_CIRCLE, unfinished, undone, unjudged, created_at__lt=until, matter__total_due_at__lt=until,
        matter__suspended_at__isnull=True,
    )  # fmt: skip
    return rows.exclude(state__in=("withdrawn", "guided")).count()


@dataclass(frozen=True)
class Load:
    """How much there is: open now, closed since the first of January in Shanghai."""

    open: int
    closed: int


def load(at: Q, now: datetime) -> Load:
    """One statement of two parts, both by index. Matters merged into others are not counted twice."""
    begins = rules.month_begins(now.astimezone(SHANGHAI).year, 1)
    matters = Matter.objects.filter(at, OPEN_CIRCLE).order_by()
    parts = (
        matters.filter(closed_at__isnull=True).values(part=Value("open")),
        matters.filter(closed_at__gte=begins).exclude(state="merged").values(part=Value("closed")),
    )
    first, second = (part.annotate(n=Count("pk")).values_list("part", "n") for part in parts)
    found = dict(first.union(second, all=True))
    return Load(found.get("open", 0), found.get("closed", 0))
