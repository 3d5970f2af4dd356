"""Pairs of open matters that look the same: found by words, place, category and time; dismissed ones stay away."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from gongzhi.cases import listing, suggest
from gongzhi.cases.models import DuplicateDismissal, Matter
from gongzhi.cases.workflow import CLERK
from gongzhi.kernel.actor import Actor

MOST_COMPARED = 400
"""The newest of an area; whatever is older was looked at when it was new."""
MOST_SHOWN = 40
SHARED = 0.3
"""So much of the shorter text stands in both."""
RARE = 40
"""A pair of characters that more matters than these have in common says nothing about two of them."""


@dataclass(frozen=True)
class Pair:
    """Two matters that may be one, the earlier first, and why."""

    first: Matter
    second: Matter
    score: float
    reasons: tuple[str, ...]


def pairs(actor: Actor, now: datetime | None = None) -> list[Pair]:
    """The likeliest pairs where the actor has the desk, best first; two statements."""
    at = now or timezone.now()
    rows = Matter.objects.filter(
        CLERK.q(actor), circle_id__isnull=True, parent__isnull=True, state__in=suggest.JOINABLE
    )
    rows = rows.filter(created_at__gte=at - timedelta(days=60)).order_by("-id")
    matters = list(listing.names(rows)[:MOST_COMPARED])
    if len(matters) < 2:
        return []
    ids = [matter.pk for matter in matters]
    gone = set(DuplicateDismissal.objects.filter(second__in=ids).values_list("first_id", "second_id"))
    found = [
        pair for one, other in _candidates(matters) if (one.pk, other.pk) not in gone and (pair := _pair(one, other))
    ]
    return sorted(found, key=lambda pair: (-pair.score, pair.first.pk))[:MOST_SHOWN]


def _candidates(matters: Iterable[Matter]) -> Iterable[tuple[Matter, Matter]]:
    """Two of the same community that share something rare, earlier first."""
    by_term: dict[tuple[int | None, str], list[Matter]] = defaultdict(list)
    for matter in sorted(matters, key=lambda one: one.pk):
        for term in _words(matter):
            by_term[matter.community_id, term].append(matter)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    known: dict[int, Matter] = {}
    for group in by_term.values():
        if 1 < len(group) <= RARE:
            for position, one in enumerate(group):
                known[one.pk] = one
                for other in group[position + 1 :]:
                    shared[one.pk, other.pk] += 1
    return ((known[one], known[other]) for (one, other), count in shared.items() if count >= 3)


def _pair(one: Matter, other: Matter) -> Pair | None:
    """Much of the shorter one's words in both, in one grid: the same words elsewhere are another lamp."""
    if one.grid_id != other.grid_id:
        return None
    shared = len(_words(one) & _words(other)) / max(1, min(len(_words(one)), len(_words(other))))
    found = suggest.compare(one, suggest.Said.of(other))
    is_alike = shared >= SHARED and found.score >= suggest.ALIKE
    return Pair(one, other, found.score + shared, found.reasons) if is_alike else None


def _words(matter: Matter) -> set[str]:
    """What was written, without the digits of numbers."""
    return {term for term in matter.search if not term.isascii()}


def dismiss(first: Matter, second: Matter, actor: Actor, now: datetime | None = None) -> None:
    """They are two: remembered, and not suggested again; saying it twice changes nothing."""
    low, high = sorted((first, second), key=lambda one: one.pk)
    DuplicateDismissal.objects.get_or_create(
        first=low, second=high, defaults={"by_id": actor.account_id or 0, "at": now or timezone.now()}
    )
