"""Learn from texts that people sorted which label a new text gets: a small linear model, trained and kept here.

Softmax regression over character 1- to 3-grams, weighted by rarity, fitted with Adagrad. Knows no domain
word. Nothing leaves the machine; a gram is kept only when several texts have it, so that no single text can be read off.
"""

import io
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gongzhi.base.text import fold, mask_personal_data

LONGEST = 1200
"""Characters of a text that are read."""
KEPT_FROM = 3
"""A gram stands in the model when at least so many texts have it."""
MOST_GRAMS = 60_000
_RUN = re.compile(r"[a-z]+|[\u3400-\u9fff]+")
Floats = np.ndarray[Any, np.dtype[np.float32]]


def grams(text: str) -> set[str]:
    """Every run of one to three Chinese characters and every Latin word, folded; digits and signs say nothing."""
    found: set[str] = set()
    for run in _RUN.findall(fold(mask_personal_data(text[:LONGEST]))):
        if run[0] < "\u3400":
            found.add(run)
        else:
            found.update(run[i : i + n] for n in (1, 2, 3) for i in range(len(run) - n + 1))
    return found


@dataclass(frozen=True)
class Guess:
    """A label with its probability (0 to 1) and the longest pieces of the text that spoke for it."""

    label: str
    confidence: float
    because: tuple[str, ...]


@dataclass
class Model:
    """Weights (grams × labels), rarity of each gram, and what each row and column stands for."""

    labels: list[str]
    index: dict[str, int]
    rarity: Floats
    weights: Floats
    bias: Floats

    def _row(self, text: str) -> tuple[list[int], Floats, list[str]]:
        known = sorted(gram for gram in grams(text) if gram in self.index)
        rows = [self.index[gram] for gram in known]
        values = self.rarity[rows]
        return rows, values / (float(np.linalg.norm(values)) or 1.0), known

    def guesses(self, text: str, most: int = 3) -> list[Guess]:
        """The likeliest labels, best first; none when no gram of the text is known."""
        rows, values, known = self._row(text)
        if not rows:
            return []
        chances = _softmax(values @ self.weights[rows] + self.bias)
        best = np.argsort(-chances)[:most]
        return [Guess(self.labels[k], float(chances[k]), _because(known, values * self.weights[rows, k])) for k in best]

    def dump(self) -> bytes:
        """Everything in one compressed block; weights in half precision."""
        out = io.BytesIO()
        np.savez_compressed(
            out, labels=np.array(self.labels), grams=np.array(sorted(self.index, key=self.index.__getitem__)),
            rarity=self.rarity, weights=self.weights.astype(np.float16), bias=self.bias,
        )  # fmt: skip
        return out.getvalue()

    @classmethod
    def load(cls, data: bytes) -> "Model":
        """What `dump` made. Plain arrays only: nothing in the block can be run."""
        with np.load(io.BytesIO(data), allow_pickle=False) as kept:
            index = {str(gram): row for row, gram in enumerate(kept["grams"])}
            labels = [str(label) for label in kept["labels"]]
            return cls(labels, index, kept["rarity"], kept["weights"].astype(np.float32), kept["bias"])


def _softmax(scores: Floats) -> Floats:
    powers: Floats = np.exp(scores - scores.max())
    powers /= powers.sum()
    return powers


def _because(known: Sequence[str], spoke: Floats) -> tuple[str, ...]:
    """The pieces that weighed most, the longer instead of its parts."""
    order = sorted(range(len(known)), key=lambda i: -float(spoke[i]) * len(known[i]))
    found: list[str] = []
    for i in order[:20]:
        if spoke[i] > 0 and len(known[i]) > 1 and not any(known[i] in one or one in known[i] for one in found):
            found.append(known[i])
    return tuple(found[:3])


def train(texts: Sequence[str], labels: Sequence[str], *, rounds: int = 12, seed: int = 1) -> Model:
    """Fit a model; `texts` and `labels` of equal length, at least two labels. Same input, same model."""
    documents = [sorted(grams(text)) for text in texts]
    frequency = Counter(gram for document in documents for gram in document)
    kept = [gram for gram, n in frequency.most_common(MOST_GRAMS) if n >= KEPT_FROM]
    index = {gram: row for row, gram in enumerate(kept)}
    rarity = np.array([math.log(len(texts) / frequency[gram]) + 1 for gram in kept], dtype=np.float32)
    names = sorted(set(labels))
    model = Model(names, index, rarity, np.zeros((len(kept), len(names)), np.float32), np.zeros(len(names), np.float32))
    rows = [np.array([index[gram] for gram in document if gram in index], dtype=np.int64) for document in documents]
    targets = np.array([names.index(label) for label in labels])
    _fit(model, rows, targets, rounds, np.random.default_rng(seed))
    return model


def _fit(model: Model, rows: Sequence[Any], targets: Any, rounds: int, dice: np.random.Generator) -> None:
    """Adagrad, one text at a time in a new order each round; a little decay keeps rare grams small."""
    seen, rate = np.full_like(model.weights, 1e-2), 0.35
    for _round in range(rounds):
        for i in dice.permutation(len(rows)):
            own = rows[i]
            if not len(own):
                continue
            values = model.rarity[own]
            values = values / np.linalg.norm(values)
            pull = _softmax(values @ model.weights[own] + model.bias)
            pull[targets[i]] -= 1.0
            slope = np.outer(values, pull) + 1e-5 * model.weights[own]
            seen[own] += slope * slope
            model.weights[own] -= rate * slope / np.sqrt(seen[own])
            model.bias -= 0.01 * pull


@dataclass(frozen=True)
class Quality:
    """Of one label on texts the model had not seen: how many there were, were guessed, and were guessed right."""

    label: str
    actual: int
    guessed: int
    right: int

    @property
    def precision(self) -> float:
        """Right of guessed."""
        return self.right / self.guessed if self.guessed else 0.0

    @property
    def recall(self) -> float:
        """Right of actual."""
        return self.right / self.actual if self.actual else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def tried(
    texts: Sequence[str], labels: Sequence[str], parts: int = 4, rounds: int = 12
) -> list[tuple[str, str, float]]:
    """(true label, guess, confidence) of every text, guessed by a model trained on the other parts."""
    found: list[tuple[str, str, float]] = []
    for part in range(parts):
        rest = [i for i in range(len(texts)) if i % parts != part]
        model = train([texts[i] for i in rest], [labels[i] for i in rest], rounds=rounds)
        for i in range(part, len(texts), parts):
            best = next(iter(model.guesses(texts[i], 1)), Guess("", 0.0, ()))
            found.append((labels[i], best.label, best.confidence))
    return found


def qualities(results: Sequence[tuple[str, str, float]], threshold: float = 0.0) -> list[Quality]:
    """Of each label, guesses below the threshold left out."""
    actual, guessed, right = Counter[str](), Counter[str](), Counter[str]()
    for truth, guess, confidence in results:
        actual[truth] += 1
        if confidence >= threshold:
            guessed[guess] += 1
            right[guess] += truth == guess
    return [Quality(label, n, guessed[label], right[label]) for label, n in actual.most_common()]


def threshold(results: Sequence[tuple[str, str, float]], wanted: float) -> float:
    """The lowest confidence from which on at least the wanted share of guesses is right; 1.01 when there is none."""
    return next(_thresholds(results, wanted), 1.01)


def _thresholds(results: Sequence[tuple[str, str, float]], wanted: float) -> Iterator[float]:
    ordered = sorted(results, key=lambda row: row[2])
    right, count = sum(truth == guess for truth, guess, _c in ordered), len(ordered)
    for truth, guess, confidence in ordered:
        if count >= 20 and right / count >= wanted:
            yield confidence
        right, count = right - (truth == guess), count - 1
