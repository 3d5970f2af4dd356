"""Where one matter goes, why, and which earlier rules did not fit; frozen into the matter when it is dispatched.

The frozen answer is never worked out anew: who moves or reclassifies a matter afterwards gets a hint, not a new handler.
"""

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gongzhi.cases.handlers import Handler
from gongzhi.cases.models import Category, Matter, RoutingRule
from gongzhi.cases.routing.matching import Book, Facts, Terms, facts_of, terms_of
from gongzhi.cases.routing.roster import Roster, Who

FRESH_SECONDS = 20
MOST_SKIPPED, MOST_TEXTS = 12, 40
Frozen = dict[str, Any]


@dataclass(frozen=True)
class Skip:
    """An earlier rule for this category and place, and why it did not send the matter."""

    rule: Terms
    why: str


@dataclass(frozen=True)
class Route:
    """A handler, the class of the matter, and one sentence that says why."""

    handler: Handler
    triage_class: str
    rule: Terms
    why: str
    skipped: tuple[Skip, ...] = ()


def first(book: Book, facts: Facts, who: Who) -> tuple[Terms, Handler] | None:
    """The first rule that fits and whose handler is there."""
    for terms in book.candidates(facts):
        if terms.fits(facts) and (handler := who.find(terms, facts.path)):
            return terms, handler
    return None


def decide(book: Book, facts: Facts, who: Who) -> tuple[Route | None, tuple[Skip, ...]]:
    """The same with its sentences: the route, and the rules that came before it in vain."""
    skipped: list[Skip] = []
    for terms in book.candidates(facts):
        if miss := terms.miss(facts):
            skipped.append(Skip(terms, miss))
        elif handler := who.find(terms, facts.path):
            passed = tuple(skipped)
            return Route(handler, terms.triage_class, terms, _why(terms, facts, handler), passed), passed
        else:
            skipped.append(Skip(terms, who.why_not(terms, facts.path)))
    return None, tuple(skipped)


def _why(terms: Terms, facts: Facts, handler: Handler) -> str:
    return f"按规则“{terms.name}”：{because(terms, facts)}，派给{handler.name}。"


def because(terms: Terms, facts: Facts) -> str:
    """The reasons of a rule that fits."""
    return "，".join(terms.reasons(facts)) or "没有更具体的规则"


def route(matter: Matter, text: str, category: Category | None = None) -> Route | None:
    """Where the rules send this matter; three statements at most."""
    facts = facts_of(matter, text, category)
    book = current_book()
    return decide(book, facts, Roster(book.fitting(facts), [facts.path]))[0]


@dataclass
class _Kept:
    book: Book = field(default_factory=lambda: Book(()))
    read_at: float = float("-inf")


_kept = _Kept()


def current_book() -> Book:
    """The rules in force, read again every `FRESH_SECONDS`; what is frozen says by which version it was decided."""
    if time.monotonic() - _kept.read_at > FRESH_SECONDS:
        _kept.book, _kept.read_at = Book(active()), time.monotonic()
    return _kept.book


def forget() -> None:
    """Read the rules afresh (after an edit, between tests)."""
    _kept.read_at = float("-inf")


def active() -> list[Terms]:
    """Every rule in force, in order; one statement."""
    return [terms_of(r) for r in RoutingRule.objects.filter(is_active=True).select_related("category", "place")]


@dataclass(frozen=True)
class _Chosen:
    """A roster that needs not look up the body somebody has just chosen: the form has seen that it serves there."""

    handler: Handler
    roster: Roster

    def find(self, terms: Terms, path: str) -> Handler | None:
        if terms.organisation_id is not None and terms.organisation_id == self.handler.organisation_id:
            return self.handler
        return self.roster.find(terms, path)

    def why_not(self, terms: Terms, path: str) -> str:
        return self.roster.why_not(terms, path)


# --- the frozen answer -----------------------------------------------------------------------------------------------


def frozen(matter: Matter, chosen: Handler, now: datetime) -> Frozen:
    """Why it goes where it goes: what the rules suggest now, and whether that was followed. Three statements at most."""
    facts, book = facts_of(matter), current_book()
    if any(terms.needs_text for terms in book.candidates(facts)):
        facts = facts_of(matter, "\n".join(matter.reports.values_list("text", flat=True)[:MOST_TEXTS]))
    who = _Chosen(chosen, Roster(book.fitting(facts), [facts.path]))
    found, skipped = decide(book, facts, who)
    return picture(matter, facts, found, skipped, chosen, now)


def picture(
    matter: Matter, facts: Facts, found: Route | None, skipped: tuple[Skip, ...], chosen: Handler, now: datetime
) -> Frozen:
    """The answer as it is kept with the matter; says itself in `words`."""
    rule = found.rule if found else None
    is_followed = found is not None and found.handler.code == chosen.code
    return {
        "rule": rule.pk if rule else None, "version": rule.version if rule else None, "name": rule.name if rule else "",
        "why": because(rule, facts) if rule else "", "suggested": found.handler.code if found else "",
        "suggested_name": found.handler.name if found else "", "chosen": chosen.code, "chosen_name": chosen.name,
        "is_followed": is_followed if found else None, "words": _sentence(facts, found, chosen, is_followed),
        "skipped": [
            {"rule": skip.rule.pk, "version": skip.rule.version, "name": skip.rule.name, "why": skip.why}
            for skip in skipped[:MOST_SKIPPED]
        ],
        "category": matter.category_id, "place": matter.place_id, "at": now.isoformat(),
        "again": int(matter.route.get("again", 0)) + 1 if matter.route else 0,
    }  # fmt: skip


def _sentence(facts: Facts, found: Route | None, chosen: Handler, is_followed: bool) -> str:
    if found is None:
        return f"没有派单规则对得上，由经办人选定{chosen.name}。"
    said = f"按规则“{found.rule.name}”：{because(found.rule, facts)}，建议派给{found.handler.name}"
    return f"{said}，照此派出。" if is_followed else f"{said}；经办人改派{chosen.name}。"


def moved(kept: Frozen, chosen: Handler, reason: str, now: datetime) -> Frozen:
    """The answer after somebody gave the matter to another: what was frozen stays, the move is added."""
    move = {"to": chosen.code, "name": chosen.name, "why": reason[:200], "at": now.isoformat()}
    return {**kept, "moves": [*kept.get("moves", []), move][-10:]}


def changed_since(matter: Matter) -> bool:
    """Whether category or place are no longer those by which the matter was sent."""
    kept = matter.route
    return bool(kept) and (kept.get("category"), kept.get("place")) != (matter.category_id, matter.place_id)
