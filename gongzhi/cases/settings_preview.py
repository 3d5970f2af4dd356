"""What a rule would have done: the rules in order held against the latest matters. Counts only.

An administrator does not read matters, so neither titles nor words come out of here.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db.models import Q

from gongzhi.cases import routing
from gongzhi.cases.models import Matter, Report, RoutingRule
from gongzhi.kernel.actor import Actor
from gongzhi.territory.models import Place
from gongzhi.territory.who import administered

LATEST = 200


@dataclass(frozen=True)
class Preview:
    """Of `looked` matters `fitted` fit the rule, `taken` of them come first to it; `from_rules` had them so far."""

    looked: int
    fitted: int
    taken: int
    categories: tuple[tuple[str, int], ...] = ()
    from_rules: tuple[tuple[str, int], ...] = ()


@dataclass
class _Counts:
    fitted: int = 0
    taken: int = 0
    categories: Counter[str] = field(default_factory=Counter)
    from_rules: Counter[str] = field(default_factory=Counter)


def preview(rule: RoutingRule, rules: Sequence[RoutingRule], actor: Actor) -> Preview:
    """Hold `rule` (stored or not) with the active `rules` against the latest matters; who is on duty is left aside.

    The rule stands where its position puts it, a new one in front. Four statements.
    """
    place = rule.place
    where = Q(place_id__in=Place.objects.filter(administered(actor)).values("pk"))
    if place is not None:
        where &= Q(place_id__in=Place.objects.filter(path__startswith=place.path).values("pk"))
    matters = list(
        Matter.objects.filter(where, circle_id=None)
        .select_related("category__parent")
        .order_by("-created_at", "-id")[:LATEST]
    )
    texts, paths = _texts(matters), _paths(matters)
    others = [row for row in rules if row.is_active and row.pk != rule.pk]
    earlier = [row for row in others if rule.pk and (row.position, row.pk) < (rule.position, rule.pk)]
    counts = _Counts()
    for matter in matters:
        _count(counts, matter, rule, others, earlier, paths.get(matter.place_id or 0, "/"), texts.get(matter.pk, ""))
    return Preview(
        len(matters), counts.fitted, counts.taken, tuple(counts.categories.most_common(6)),
        tuple(counts.from_rules.most_common(6)),
    )  # fmt: skip


def _count(
    counts: _Counts, matter: Matter, rule: RoutingRule, others: Sequence[RoutingRule], earlier: Sequence[RoutingRule],
    path: str, text: str,
) -> None:  # fmt: skip
    if routing.fits(rule, matter.category, path, text) is None:
        return
    counts.fitted += 1
    if any(routing.fits(row, matter.category, path, text) is not None for row in earlier):
        return
    counts.taken += 1
    counts.categories[matter.category.name if matter.category else ""] += 1
    now = next((row.name for row in others if routing.fits(row, matter.category, path, text) is not None), "")
    counts.from_rules[now] += 1


def _texts(matters: Sequence[Matter]) -> dict[int, str]:
    found: dict[int, str] = {}
    for pk, text in Report.objects.filter(matter__in=[m.pk for m in matters]).values_list("matter_id", "text"):
        found[pk] = f"{found.get(pk, '')}\n{text}"
    return found


def _paths(matters: Sequence[Matter]) -> dict[int, str]:
    return dict(Place.objects.filter(pk__in={m.place_id for m in matters}).values_list("pk", "path"))
