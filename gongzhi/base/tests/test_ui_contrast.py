"""Colours of the tokens, measured by the formula of WCAG 2.2: text 7:1 in large type, never below 4.5:1; edges 3:1."""

import re
from itertools import product
from pathlib import Path

import pytest

from gongzhi.base import ui

TOKENS = (Path(ui.__file__).parent / "static" / "ui" / "tokens.css").read_text(encoding="utf-8")
GROUNDS = ("paper", "surface", "sunk")
PAIRS = [
    *product(("ink", "ink-2", "ink-3", "blue", "brick-ink", "green", "amber", "red"), GROUNDS),
    *((name, f"{name}-tint") for name in ("blue", "green", "amber", "red")),
    *product(("ink", "ink-2", "ink-3"), ("blue-tint", "green-tint", "amber-tint", "red-tint", "brick-tint")),
    ("brick-ink", "brick-tint"), ("surface", "ink"),
]  # fmt: skip


def block(start: str) -> dict[str, str]:
    """The colours of one rule."""
    body = TOKENS[TOKENS.index(start) :].split("}")[0]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})\b", body))


LIGHT = block(":root {")
DARK = LIGHT | block(':root[data-theme="dark"] {')
DARK_BY_SYSTEM = LIGHT | block(':root:not([data-theme="light"]) {')


def luminance(colour: str) -> float:
    """Relative luminance of #rgb or #rrggbb."""
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """From 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_formula_is_that_of_the_standard() -> None:
    assert contrast("#000", "#fff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_all_text_reads_at_seven_to_one_save_the_faint_ink_on_tints(colours: dict[str, str]) -> None:
    weak = {f"{text} on {ground}": round(contrast(colours[text], colours[ground]), 2) for text, ground in PAIRS}
    least = {pair: 4.5 if pair.startswith("ink-3") else 7 for pair in weak}
    assert {pair: found for pair, found in weak.items() if found < least[pair]} == {}


@pytest.mark.parametrize(("colours", "ink"), [(LIGHT, "#454b51"), (DARK, "#d2cec6")], ids=["light", "dark"])
def test_large_type_darkens_the_faint_ink_to_seven_to_one(colours: dict[str, str], ink: str) -> None:
    assert f"--ink-3: {ink}" in TOKENS[TOKENS.index('[data-type="large"]') :]
    tints = (*GROUNDS, "blue-tint", "green-tint", "amber-tint", "red-tint", "brick-tint")
    assert all(contrast(ink, colours[ground]) >= 7 for ground in tints)
    assert "--brick: #9c2c22" in TOKENS[TOKENS.index('[data-type="large"]') :] and contrast("#fff", "#9c2c22") >= 7


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_the_edge_of_a_control_and_the_primary_button_stand_out(colours: dict[str, str]) -> None:
    assert all(contrast(colours["edge"], colours[ground]) >= 3 for ground in ("paper", "surface"))
    assert contrast(colours["on-brick"], colours["brick"]) >= 4.5
    assert contrast(colours["on-brick"], colours["brick-strong"]) >= 4.5


def test_both_ways_into_the_dark_show_the_same_colours() -> None:
    assert DARK == DARK_BY_SYSTEM
