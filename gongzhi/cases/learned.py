"""Categories suggested from how people sorted earlier concerns: trained here, measured, silent when unsure.

A person decides every time; whoever decides otherwise corrects the next training, which reads what was decided. The
newest model in use is asked. Source: REQUIREMENTS.md row C3; law on personal information, Art. 24 (suggest, explain).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, QuerySet
from django.utils import timezone

from gongzhi.cases.models import LearnedModel, Matter, Report
from gongzhi.knowledge import learning
from gongzhi.knowledge.learning import Guess, Model

ENOUGH, ENOUGH_OF_ONE = 200, 20
"""Fewer concerns, or fewer of one category, teach nothing."""
WANTED = 0.85
"""This share of suggestions must be right on texts the model had not seen, or it keeps silent."""
WORST = 0.6
"""A category of which fewer guesses are right is never suggested."""
MOST = 40_000


class TooLittle(Exception):
    """There is not enough to learn from yet; `count` concerns are there."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


@dataclass
class _Kept:
    pk: int | None = None
    model: Model | None = None
    threshold: float = 1.0
    told: frozenset[str] = frozenset()


_kept = _Kept()


def guess(text: str, newest: int | None) -> Guess | None:
    """The category code the newest model is sure of; None when it is not, or there is none. `newest` is its id."""
    if newest is None:
        return None
    if _kept.pk != newest:
        row = LearnedModel.objects.filter(pk=newest).first()
        if row is None:
            return None
        told = frozenset(one["label"] for one in row.quality if one["is_told"])
        _kept.pk, _kept.model, _kept.threshold, _kept.told = newest, Model.load(bytes(row.data)), row.threshold, told
    best = next(iter(_kept.model.guesses(text, 1) if _kept.model else ()), None)
    return best if best and best.confidence >= _kept.threshold and best.label in _kept.told and best.because else None


def lessons(since: datetime | None = None) -> QuerySet[Report]:
    """First reports of matters that people sorted, without confidential ones; newest first."""
    sorted_by_people = Matter.objects.filter(circle_id=None, category__isnull=False).exclude(triage_class="")
    if since is not None:
        sorted_by_people = sorted_by_people.filter(accepted_at__gt=since)
    rows = Report.objects.filter(matter__in=sorted_by_people.values("pk"), circle_id=None).exclude(state="withdrawn")
    return rows.order_by("-pk")


def learn(made_by: int | None = None, now: datetime | None = None) -> LearnedModel:
    """Train on what is there, measure it in two halves, keep it as the newest. Raises TooLittle."""
    pairs = list(lessons().values_list("text", "matter__category__code")[:MOST])
    counted: dict[str, int] = {}
    for _text, code in pairs:
        counted[code] = counted.get(code, 0) + 1
    pairs = [pair for pair in pairs if counted[pair[1]] >= ENOUGH_OF_ONE]
    if len(pairs) < ENOUGH or len({code for _text, code in pairs}) < 2:
        raise TooLittle(len(pairs))
    texts, labels = [text for text, _code in pairs], [code for _text, code in pairs]
    results = learning.tried(texts, labels, parts=2, rounds=6)
    limit = learning.threshold(results, WANTED)
    quality = [_measured(one) for one in learning.qualities(results, limit)]
    model = learning.train(texts, labels, rounds=6)
    return LearnedModel.objects.create(
        trained_at=now or timezone.now(), documents=len(texts), threshold=limit, quality=quality, data=model.dump(),
        made_by=made_by,
    )  # fmt: skip


def _measured(one: learning.Quality) -> dict[str, Any]:
    is_told = one.guessed >= 5 and one.precision >= WORST
    return {"label": one.label, "actual": one.actual, "guessed": one.guessed, "right": one.right, "is_told": is_told}


@dataclass(frozen=True)
class Agreement:
    """Since the model was trained: concerns sorted, how many it was sure of, how many of these people sorted the same."""

    sorted: int
    sure: int
    same: int


def agreement(row: LearnedModel, now: datetime, most: int = 500) -> Agreement:
    """The newest `most` concerns that were sorted after the training: the log of corrections, read when asked for."""
    pairs = list(lessons(row.trained_at).values_list("text", "matter__category__code")[:most])
    found = [(guess(text, row.pk), code) for text, code in pairs]
    sure = [(best.label, code) for best, code in found if best is not None]
    return Agreement(len(pairs), len(sure), sum(label == code for label, code in sure))


def is_due(now: datetime) -> bool:
    """Whether enough was sorted since the last training (a tenth more), or it is a month old."""
    last = LearnedModel.objects.only("trained_at", "documents").first()
    if last is None:
        return True
    return now - last.trained_at > timedelta(days=30) or lessons(last.trained_at).count() * 10 >= last.documents


def names(rows: Iterable[Mapping[str, Any]], by_code: Mapping[str, str]) -> list[dict[str, Any]]:
    """Quality rows with the names of their categories and the two shares, most frequent first."""
    return [
        {**row, "name": by_code.get(row["label"], row["label"]), "precision": row["right"] / row["guessed"] if row["guessed"] else None,
         "recall": row["right"] / row["actual"] if row["actual"] else None}
        for row in rows
    ]  # fmt: skip


def sorted_count() -> int:
    """How many concerns there are to learn from."""
    return int(lessons().aggregate(n=Count("pk"))["n"])
