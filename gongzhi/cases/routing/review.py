"""Gaps and overlaps of the rules: what no rule catches, what is never reached, where two rules fit, who is not there.

Worked out from the latest matters and from the rules themselves, said in plain sentences with a way to mend.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gongzhi.cases import handlers
from gongzhi.cases.routing.deciding import active
from gongzhi.cases.routing.matching import Book, Terms, covers
from gongzhi.cases.routing.roster import Body, Roster, named, post_words
from gongzhi.cases.routing.trial import Past, latest
from gongzhi.kernel.actor import Actor
from gongzhi.organisations.models import Organisation
from gongzhi.territory.models import Place

FEW = 2
"""From so many matters on a gap or an overlap is worth a line."""
MOST_ROWS = 40


class Gap(NamedTuple):
    """Recent matters of a category at a community that no rule of their own catches."""

    category_id: int | None
    category: str
    place_id: int | None
    place: str
    many: int
    catch_all: str
    usual: str
    usual_code: str
    usual_count: int


class Overlap(NamedTuple):
    """Two rules fit the same matters and would send them to different handlers; the first of them won."""

    winner: Terms
    loser: Terms
    many: int
    sent_to: str
    else_to: str


class Shadow(NamedTuple):
    """A rule whose turn never comes: an earlier one takes everything it could take."""

    rule: Terms
    by: Terms
    unless: str


class Absent(NamedTuple):
    """A rule whose handler is not there: ended, not serving, post vacant."""

    rule: Terms
    why: str
    many: int


@dataclass(frozen=True)
class Review:
    """What was found among `looked` matters."""

    looked: int
    gaps: list[Gap]
    overlaps: list[Overlap]
    shadows: list[Shadow]
    absent: list[Absent]
    idle: list[Terms]
    """Rules that fitted no recent matter first."""


@dataclass
class _Found:
    gaps: dict[tuple[int | None, int | None], list[Past]] = field(default_factory=lambda: defaultdict(list))
    caught: dict[tuple[int | None, int | None], str] = field(default_factory=dict)
    overlaps: Counter[tuple[int, int]] = field(default_factory=Counter)
    names: dict[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    absent: Counter[int] = field(default_factory=Counter)
    why: dict[int, str] = field(default_factory=dict)
    won: Counter[int] = field(default_factory=Counter)


def review(actor: Actor, seen: set[int]) -> Review:
    """Everything at once; `seen` are the rules this administrator may look at. Ten statements."""
    rules = active()
    past = latest(actor, with_text=any(terms.needs_text for terms in rules))
    roster = Roster(rules, {one.facts.path for one in past})
    book, found = Book(rules), _Found()
    for one in past:
        _look(found, one, book, roster)
    by_pk = {terms.pk: terms for terms in rules if terms.pk in seen}
    shown = list(by_pk.values())
    shadows = _shadows(shown, rules, roster)
    silent = {one.rule.pk for one in shadows} | set(found.absent)
    return Review(
        len(past), _gaps(found), _overlaps(found, by_pk), shadows, _absent(found, shown, roster),
        [terms for terms in shown if not found.won[terms.pk] and terms.pk not in silent and not terms.is_catch_all],
    )  # fmt: skip


def _look(found: _Found, one: Past, book: Book, roster: Roster) -> None:
    """One matter: who wins, who fits too, who is missing."""
    winner: tuple[Terms, handlers.Handler] | None = None
    for terms in book.fitting(one.facts):
        handler = roster.find(terms, one.facts.path)
        if handler is None:
            found.absent[terms.pk] += 1
            found.why.setdefault(terms.pk, roster.why_not(terms, one.facts.path))
        elif winner is None:
            winner = terms, handler
        elif handler.code != winner[1].code and not covers(terms, winner[0]):
            pair = winner[0].pk, terms.pk
            found.overlaps[pair] += 1
            found.names[pair] = _whom(winner[0], winner[1]), _whom(terms, handler)
    if winner is not None:
        found.won[winner[0].pk] += 1
    if winner is None or winner[0].is_catch_all:
        key = one.category_id, one.community_id
        found.gaps[key].append(one)
        found.caught[key] = winner[0].name if winner else ""


def _whom(terms: Terms, handler: handlers.Handler) -> str:
    """The body by name; a post by its label, as its holders differ from place to place."""
    return handler.name if terms.organisation_id else post_words(terms.post)


def _gaps(found: _Found) -> list[Gap]:
    many = [(key, rows) for key, rows in found.gaps.items() if len(rows) >= FEW]
    many = sorted(many, key=lambda item: (-len(item[1]), str(item[0])))[:MOST_ROWS]
    places = dict(Place.objects.filter(pk__in={key[1] for key, _ in many if key[1]}).values_list("pk", "name"))
    usual = {key: Counter(row.decided for row in rows if row.decided).most_common(1) for key, rows in many}
    pairs = {row.decided_of for _key, rows in many for row in rows}
    names = handlers.names(pairs)
    return [
        Gap(
            category, rows[0].facts.category_name, place, places.get(place or 0, ""), len(rows),
            found.caught[category, place], *_usual(usual[category, place], names),
        )
        for (category, place), rows in many
    ]  # fmt: skip


def _usual(counted: list[tuple[str, int]], names: dict[str, str]) -> tuple[str, str, int]:
    """Whom people gave them to in most cases: name, the rule form's value for a body, how many."""
    if not counted:
        return "", "", 0
    code, count = counted[0]
    return names.get(code, ""), f"o:{code[1:]}" if code.startswith("o") else "", count


def _overlaps(found: _Found, by_pk: dict[int, Terms]) -> list[Overlap]:
    return [
        Overlap(by_pk[winner], by_pk[loser], count, *found.names[winner, loser])
        for (winner, loser), count in found.overlaps.most_common()
        if winner in by_pk and loser in by_pk and count >= FEW
    ][:MOST_ROWS]


def _shadows(shown: Sequence[Terms], rules: Sequence[Terms], roster: Roster) -> list[Shadow]:
    """For each rule the first earlier one that covers it; only those with its category or place, or none, can."""
    book = Book(rules)
    order = {terms.pk: number for number, terms in enumerate(rules)}
    found = []
    for narrow in shown:
        for wide in _above(book, narrow):
            if order[wide.pk] >= order[narrow.pk]:
                break
            if covers(wide, narrow) and (unless := _unless(wide, narrow, roster)) is not None:
                found.append(Shadow(narrow, wide, unless))
                break
    return found[:MOST_ROWS]


def _above(book: Book, narrow: Terms) -> list[Terms]:
    keys = [narrow.category, narrow.category_parent, None]
    places = [*handlers.path_ids(narrow.place_path), None] if narrow.place else [None]
    numbers = sorted({n for c in keys for p in places for n in book.numbers(c, p)})
    return [book.rules[number] for number in numbers]


def _unless(wide: Terms, narrow: Terms, roster: Roster) -> str | None:
    """ "" when the earlier rule's body serves all of it, words when it hangs on a holder, None when it may be absent."""
    if wide.organisation_id is not None:
        body = roster.bodies.get(wide.organisation_id)
        serves = (
            body is not None and body.is_living and not body.serves.isdisjoint(handlers.path_ids(narrow.place_path))
        )
        return "" if serves else None
    if (narrow.post, narrow.organisation_id) == (wide.post, None):
        return ""
    return f"除非那里没有人任{post_words(wide.post)}"


def _absent(found: _Found, shown: Sequence[Terms], roster: Roster) -> list[Absent]:
    """Rules that send to somebody who is not there, by the register and by recent matters."""
    gone = [t for t in shown if t.organisation_id and not _is_there(roster.bodies.get(t.organisation_id))]
    ended = named([terms.organisation_id for terms in gone if terms.organisation_id])
    rows = [Absent(terms, _gone_words(terms, ended), found.absent[terms.pk]) for terms in gone]
    listed = {terms.pk for terms in gone}
    rows += [
        Absent(terms, found.why[terms.pk], found.absent[terms.pk])
        for terms in shown
        if found.absent[terms.pk] and terms.pk not in listed
    ]
    return rows[:MOST_ROWS]


def _is_there(body: Body | None) -> bool:
    return body is not None and body.is_living and bool(body.serves)


def _gone_words(terms: Terms, ended: Mapping[int, Organisation]) -> str:
    body = ended.get(terms.organisation_id or 0)
    if body is None:
        return "它派给的单位已经不在名册里"
    if body.valid_to is not None and not body.is_living():
        return f"{body}已经在 {body.valid_to} 终止" + (f"，继任的是{body.successor}" if body.successor else "")
    return f"{body}没有登记服务的地方，或者这类单位不承办诉求"
