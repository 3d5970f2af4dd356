"""Examples kept with a rule: what somebody might write, and whether this rule must take it. Run at every change.

Judged as if every post were held: who happens to be on duty is no matter of the rules; which body serves where is.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gongzhi.cases.models import RoutingCase
from gongzhi.cases.routing.deciding import because, first
from gongzhi.cases.routing.matching import Book, Facts, Terms, facts
from gongzhi.cases.routing.roster import Roster, Settled, Who


class Outcome(NamedTuple):
    """How an example came out: `went` is the rule that takes it, None for none."""

    case: RoutingCase
    facts: Facts
    is_right: bool
    went: Terms | None
    words: str


def kept(rule_ids: Iterable[int] | None = None) -> list[RoutingCase]:
    """The examples of the rules in force, or of some rules; one statement."""
    rows = RoutingCase.objects.select_related("rule", "category", "place", "rule__place")
    rows = rows.filter(rule__is_active=True) if rule_ids is None else rows.filter(rule__in=list(rule_ids))
    return list(rows)


def facts_of(case: RoutingCase) -> Facts:
    """What rules see of an example; without a place of its own it is at the rule's."""
    place = case.place or case.rule.place
    return facts(case.category, place.path if place else "/", case.at, case.channel, case.urgency, case.text)


def run(rules: Sequence[Terms], cases: Sequence[RoutingCase], roster: Roster | None = None) -> list[Outcome]:
    """Every example under these rules. Two statements unless a roster is given."""
    about = [(case, facts_of(case)) for case in cases]
    book = Book(rules)
    who = Settled(roster or Roster(rules, {seen.path for _case, seen in about}))
    return [_outcome(case, seen, book, who) for case, seen in about]


def _outcome(case: RoutingCase, seen: Facts, book: Book, who: Who) -> Outcome:
    found = first(book, seen, who)
    went = found[0] if found else None
    is_right = (went is not None and went.pk == case.rule_id) == case.expects
    return Outcome(case, seen, is_right, went, _words(case, seen, book, who, went))


def _words(case: RoutingCase, seen: Facts, book: Book, who: Who, went: Terms | None) -> str:
    """Where it goes and, when it should go elsewhere, why it does not."""
    if went is not None and went.pk == case.rule_id:
        return f"按这条走：{because(went, seen)}"
    other = f"走了“{went.name}”（{because(went, seen)}）" if went else "没有规则管"
    own = next((terms for terms in book.rules if terms.pk == case.rule_id), None)
    if own is None:
        return f"这条规则停用了，{other}"
    if miss := own.miss(seen):
        return f"{other}；这条对不上：{miss}"
    return f"{other}；这条对得上，但{who.why_not(own, seen.path) if who.find(own, seen.path) is None else '排在后面'}"


def broken(before: Sequence[Terms], after: Sequence[Terms], off: int | None = None) -> list[Outcome]:
    """The examples that are right now and would be wrong. Three statements, none of them without examples.

    `off`: a rule that is being switched off; its own examples fall silent with it.
    """
    cases = [case for case in kept() if case.rule_id != off]
    if not cases:
        return []
    roster = Roster([*before, *after], {facts_of(case).path for case in cases})
    was = {outcome.case.pk: outcome.is_right for outcome in run(before, cases, roster)}
    return [one for one in run(after, cases, roster) if not one.is_right and was[one.case.pk]]
