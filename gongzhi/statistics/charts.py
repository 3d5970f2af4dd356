"""Charts as drawings of the server: lines over months and bars, with attributes and classes alone.

No script and no inline style is needed, so they stand under the strict content policy, on paper and without JavaScript.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

WIDE, HIGH = 640, 230
LEFT, RIGHT, TOP, BOTTOM = 50, 128, 14, 30
MARKS = 4


@dataclass(frozen=True)
class Line:
    """One series: its name, the class of its colour (the same thing has the same colour everywhere), a value a month."""

    name: str
    tone: str
    values: Sequence[float | None]


STEPS = (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10)


def nice(most: float) -> int:
    """A round number not below `most` whose quarters are whole, for the top of an axis."""
    power = 1
    while True:
        for step in STEPS:
            if (quarter := step * power) == int(quarter) and quarter * MARKS >= most:
                return int(quarter) * MARKS
        power *= 10


def lines(labels: Sequence[str], series: Sequence[Line], title: str, unit: str = "") -> dict[str, Any]:
    """What the template `chart_lines` draws; the last point of each line carries its name and value."""
    top = nice(max((value for one in series for value in one.values if value is not None), default=0))
    step = (WIDE - LEFT - RIGHT) / max(1, len(labels) - 1)
    every = max(1, -(-len(labels) // 7))

    def x(index: int) -> float:
        return round(LEFT + step * index, 1)

    def y(value: float) -> float:
        return round(TOP + (HIGH - TOP - BOTTOM) * (1 - value / top), 1)

    drawn = [_line(one, x, y) for one in series]
    _apart([one for one in drawn if one["label"]])
    ticks = [(labels[index], x(index)) for index in range(len(labels) - 1, -1, -every)]
    marks = [(f"{top * mark / MARKS:g}", y(top * mark / MARKS)) for mark in range(MARKS + 1)]
    return {
        "title": title, "unit": unit, "lines": drawn, "ticks": ticks, "marks": marks, "wide": WIDE, "high": HIGH,
        "left": LEFT, "right": WIDE - RIGHT, "base": HIGH - 8, "words": _words(labels, series, title),
    }  # fmt: skip


def _line(one: Line, x: Any, y: Any) -> dict[str, Any]:
    points = [(x(index), y(value), value) for index, value in enumerate(one.values) if value is not None]
    label = f"{one.name} {points[-1][2]:g}" if points else ""
    return {
        "tone": one.tone, "points": " ".join(f"{left},{high}" for left, high, _value in points), "dots": points[-1:],
        "label": label, "label_x": points[-1][0] + 8 if points else 0, "label_y": points[-1][1] + 4 if points else 0,
    }  # fmt: skip


def _apart(drawn: list[dict[str, Any]], least: float = 24) -> None:
    """Labels that would lie on each other are moved apart, down first, then up from the lower edge."""
    ordered, floor = sorted(drawn, key=lambda one: one["label_y"]), HIGH - BOTTOM + 4.0
    for above, below in pairwise(ordered):
        below["label_y"] = max(below["label_y"], above["label_y"] + least)
    for one in reversed(ordered):
        one["label_y"] = round(min(one["label_y"], floor), 1)
        floor = one["label_y"] - least


def _words(labels: Sequence[str], series: Sequence[Line], title: str) -> str:
    """The same for who cannot see it."""
    if not labels:
        return title
    said = [f"{one.name} {one.values[0] or 0:g} → {one.values[-1] or 0:g}" for one in series if one.values]
    return _("%(title)s，%(first)s 到 %(last)s：%(said)s") % {
        "title": title, "first": labels[0], "last": labels[-1], "said": "；".join(said),
    }  # fmt: skip


ROW, NAME, VALUE = 30, 132, 96


def bars(rows: Sequence[tuple[str, float, str, str]], title: str, tone: str = "came") -> dict[str, Any]:
    """What the template `chart_bars` draws: (name, value, value in words, address) from top to bottom."""
    most = max((value for _name, value, _words, _url in rows), default=0) or 1
    room = WIDE - NAME - VALUE
    drawn = [
        {"name": name, "words": words, "url": url, "y": index * ROW + 4, "text": index * ROW + 20,
         "width": round(room * value / most, 1), "end": round(NAME + room * value / most + 8, 1)}
        for index, (name, value, words, url) in enumerate(rows)
    ]  # fmt: skip
    said = "；".join(f"{name} {words}" for name, _value, words, _url in rows)
    return {
        "title": title, "bars": drawn, "tone": tone, "wide": WIDE, "high": max(1, len(rows)) * ROW + 4, "name": NAME,
        "name_end": NAME - 10, "words": f"{title}：{said}",
    }  # fmt: skip
