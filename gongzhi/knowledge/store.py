"""What is in use, kept in memory for a few seconds: pages that are counted in statements read it often.

Of rows with the same topic and heading the one of the nearest place counts. `topics` go from the nearest subject to
"", `places` are ids from the far (district) to the near.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.utils import timezone

from gongzhi.base.text import bigrams, fold
from gongzhi.knowledge.models import AnswerTemplate, Entry, ExtraQuestion, Faq, Guide

E = TypeVar("E", bound=Entry)
FRESH_SECONDS = 20
MOST_HINTS = 3
ENOUGH = 2.0
"""From this score on an answer is shown: a hint word, or the subject and a few shared characters."""


@dataclass
class _Kept:
    rows: list[Any] = field(default_factory=list)
    read_at: float = float("-inf")


_kept: dict[type[Entry], _Kept] = {}


def forget() -> None:
    """Read afresh (after an edit, between tests)."""
    _kept.clear()


def rows(model: type[E]) -> list[E]:
    """Everything of a kind that is in use; one statement every `FRESH_SECONDS`."""
    kept = _kept.setdefault(model, _Kept())
    if time.monotonic() - kept.read_at > FRESH_SECONDS:
        kept.rows = list(model._default_manager.filter(status="use", is_active=True))
        kept.read_at = time.monotonic()
    found: list[E] = kept.rows
    return found


def fitting(model: type[E], topics: Sequence[str], places: Sequence[int]) -> list[E]:
    """What is in use about one of the topics at the place: nearest topic first, then as ordered by its kind."""
    ranks, near = {code: number for number, code in enumerate(topics)}, {pk: n for n, pk in enumerate(places, 1)}
    best: dict[tuple[str, str], E] = {}
    for row in rows(model):
        if row.topic not in ranks or not (row.place_id is None or row.place_id in near):
            continue
        same = best.get((row.topic, str(row)))
        if same is None or near.get(row.place_id or 0, 0) > near.get(same.place_id or 0, 0):
            best[row.topic, str(row)] = row
    return sorted(best.values(), key=lambda row: ranks[row.topic])


def guide(topics: Sequence[str], places: Sequence[int]) -> Guide | None:
    """The guide of the nearest topic, there of the nearest place."""
    found = [row for row in fitting(Guide, topics, places) if row.topic]
    near = {pk: n for n, pk in enumerate(places, 1)}
    first = [row for row in found if row.topic == found[0].topic]
    return max(first, key=lambda row: near.get(row.place_id or 0, 0), default=None)


def templates(uses: Sequence[str], topics: Sequence[str], places: Sequence[int]) -> list[AnswerTemplate]:
    """Templates for a use that begins with one of `uses`, nearest topic first."""
    return [row for row in fitting(AnswerTemplate, topics, places) if row.use.startswith(tuple(uses))]


def questions(topics: Sequence[str], places: Sequence[int], *, staff: bool = False) -> list[ExtraQuestion]:
    """What else is asked: common questions first, then those of the subject, in their order."""
    found = fitting(ExtraQuestion, topics, places)
    return [row for row in reversed_topics(found, topics) if staff or row.is_public]


def reversed_topics(found: list[ExtraQuestion], topics: Sequence[str]) -> list[ExtraQuestion]:
    """From the common to the particular; within a subject by position."""
    ranks = {code: number for number, code in enumerate(topics)}
    return sorted(found, key=lambda row: (-ranks[row.topic], row.position, row.pk))


def answers(text: str, topics: Sequence[str], places: Sequence[int], most: int = MOST_HINTS) -> list[Faq]:
    """Answers that may already be what somebody is writing for, best first; [] for a few characters."""
    if len(text.strip()) < 4:
        return []
    plain, said, today = fold(text), set(bigrams(text)), timezone.localdate()
    every = {row.topic for row in rows(Faq)} | {""}
    scored = []
    for row in fitting(Faq, [*topics, *sorted(every - set(topics))], places):
        is_valid = (row.valid_from or today) <= today <= (row.valid_to or today)
        score = _score(row, plain, said, topics) if is_valid else 0.0
        if score >= ENOUGH:
            scored.append((score, -row.pk, row))
    return [row for _score, _pk, row in sorted(scored, reverse=True, key=lambda one: one[:2])[:most]]


def _score(row: Faq, plain: str, said: set[str], topics: Sequence[str]) -> float:
    words = sum(len(word) for word in row.words if fold(word) in plain)
    shared = len(said.intersection(row.pairs))
    own = 1.0 if row.topic and row.topic in topics else 0.0
    return (words + shared * 0.5 + own) if words or (own and shared >= 2) or shared >= 4 else 0.0
