"""A dry run: the rules as they are and as they would be, held against the latest matters; what would change.

An administrator does not read matters: what comes out are counts, numbers, categories and places, never words. Who may
read a matter besides finds the number as a link.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Q

from gongzhi.accounts.posts import posts
from gongzhi.cases import handlers
from gongzhi.cases.models import Matter, Report
from gongzhi.cases.routing.deciding import first
from gongzhi.cases.routing.matching import Book, Facts, Terms, facts
from gongzhi.cases.routing.roster import Roster
from gongzhi.cases.workflow import READ
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.clock import current
from gongzhi.kernel.who import Holds
from gongzhi.territory.models import Place

LATEST, SHOWN = 1000, 50
COVERED = Holds(posts("administrator"), "管理员")


class Past(NamedTuple):
    """A matter of the past as rules see it, and what people decided about it."""

    pk: int
    number: str
    facts: Facts
    community_id: int | None
    category_id: int | None
    decided: str
    decided_of: tuple[int | None, int | None]


class Change(NamedTuple):
    """A matter that would go elsewhere."""

    number: str
    category: str
    place: str
    before: str
    after: str
    rule: str
    agrees: bool | None
    """Whether people decided as it would be now; None when nobody has decided yet."""
    is_readable: bool


@dataclass(frozen=True)
class Trial:
    """Of `looked` matters `changed` would go to another handler; people had decided about `decided`."""

    looked: int = 0
    fitted: int = 0
    taken: int = 0
    changed: int = 0
    renamed: int = 0
    """Same handler, by another rule."""
    decided: int = 0
    agreed_before: int = 0
    agreed_after: int = 0
    moves: tuple[tuple[str, str, int], ...] = ()
    categories: tuple[tuple[str, int], ...] = ()
    from_rules: tuple[tuple[str, int], ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass
class _Counts:
    fitted: int = 0
    taken: int = 0
    renamed: int = 0
    agreed_before: int = 0
    agreed_after: int = 0
    decided: int = 0
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)
    categories: Counter[str] = field(default_factory=Counter)
    from_rules: Counter[str] = field(default_factory=Counter)
    changed: list[tuple[Past, str, str, str, str]] = field(default_factory=list)


def latest(actor: Actor, places: Iterable[Place] = (), *, with_text: bool = True, most: int = LATEST) -> list[Past]:
    """The latest matters the administrator's duty covers, perhaps only those of some places. Three statements."""
    where = COVERED.q(actor) & Q(circle_id=None)
    tops = [place.path for place in places]
    if tops:
        below = Q(pk__in=[])
        for path in tops:
            below |= Q(path__startswith=path)
        where &= Q(place_id__in=Place.objects.filter(below).values("pk"))
    matters = list(
        Matter.objects.filter(where)
        .select_related("category")
        .only(
            "number", "place_id", "community_id", "created_at", "channel", "urgency", "organisation_id", "account_id",
            "category__name", "category__parent_id",
        )
        .order_by("-id")[:most]
    )  # fmt: skip
    paths = dict(Place.objects.filter(pk__in={m.place_id for m in matters}).values_list("pk", "path"))
    texts = _texts(matters) if with_text else {}
    clock = current()
    return [
        Past(
            m.pk, m.number,
            facts(m.category, paths.get(m.place_id or 0, "/"), m.created_at, m.channel, m.urgency, texts.get(m.pk, ""),
                  clock),
            m.community_id, m.category_id, _code(m), (m.organisation_id, m.account_id),
        )
        for m in matters
    ]  # fmt: skip


def _code(matter: Matter) -> str:
    if matter.organisation_id is None and matter.account_id is None:
        return ""
    return handlers.Handler(matter.organisation_id, matter.account_id).code


def _texts(matters: Sequence[Matter]) -> dict[int, str]:
    found: dict[int, str] = {}
    for pk, text in Report.objects.filter(matter__in=[m.pk for m in matters]).values_list("matter_id", "text"):
        found[pk] = f"{found.get(pk, '')}\n{text}"
    return found


def compare(before: Sequence[Terms], after: Sequence[Terms], past: Sequence[Past], actor: Actor, pk: int = -1) -> Trial:
    """What would change for these matters; `pk` is the rule of which fitted and taken are counted. Five statements."""
    roster = Roster([*before, *after], {one.facts.path for one in past})
    old, new, counts = Book(before), Book(after), _Counts()
    looked_at = next((terms for terms in after if terms.pk == pk), None)
    for one in past:
        _count(counts, one, old, new, roster, looked_at)
    return Trial(
        looked=len(past), fitted=counts.fitted, taken=counts.taken, changed=len(counts.changed), renamed=counts.renamed,
        decided=counts.decided, agreed_before=counts.agreed_before, agreed_after=counts.agreed_after,
        moves=tuple((a, b, n) for (a, b), n in counts.moves.most_common(12)),
        categories=tuple(counts.categories.most_common(6)), from_rules=tuple(counts.from_rules.most_common(6)),
        changes=_changes(counts.changed[:SHOWN], actor),
    )  # fmt: skip


def _count(counts: _Counts, one: Past, old: Book, new: Book, roster: Roster, looked_at: Terms | None) -> None:
    was, will = first(old, one.facts, roster), first(new, one.facts, roster)
    code_was, code_will = (was[1].code if was else ""), (will[1].code if will else "")
    if one.decided:
        counts.decided += 1
        counts.agreed_before += code_was == one.decided
        counts.agreed_after += code_will == one.decided
    if looked_at is not None and looked_at.fits(one.facts):
        counts.fitted += 1
    if will and looked_at is not None and will[0].pk == looked_at.pk:
        counts.taken += 1
        counts.categories[one.facts.category_name] += 1
        counts.from_rules[was[0].name if was else ""] += 1
    if code_was != code_will:
        names = (was[1].name if was else "", will[1].name if will else "")
        counts.moves[names] += 1
        counts.changed.append((one, *names, will[0].name if will else "", code_will))
    elif was and will and was[0].pk != will[0].pk:
        counts.renamed += 1


def _changes(rows: list[tuple[Past, str, str, str, str]], actor: Actor) -> tuple[Change, ...]:
    ids = [one.pk for one, *_rest in rows]
    readable = set(Matter.objects.filter(READ.q(actor), pk__in=ids).values_list("pk", flat=True)) if ids else set()
    wheres = {one.community_id for one, *_rest in rows if one.community_id}
    names = dict(Place.objects.filter(pk__in=wheres).values_list("pk", "name")) if wheres else {}
    return tuple(
        Change(
            one.number, one.facts.category_name, names.get(one.community_id or 0, ""), was, will, rule,
            code == one.decided if one.decided else None, one.pk in readable,
        )
        for one, was, will, rule, code in rows
    )  # fmt: skip
