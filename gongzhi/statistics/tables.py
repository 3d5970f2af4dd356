"""Tables of figures: the same cells on the page, in Excel and in the monthly report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from gongzhi.base.sheets import Column, write_workbook
from gongzhi.cases import rules
from gongzhi.statistics.figures import Spent
from gongzhi.statistics.measures import percentile


@dataclass(frozen=True)
class Cell:
    """A value with what is shown for it, where it leads, and a tone (bad for what is late)."""

    value: object
    shown: str = ""
    url: str = ""
    tone: str = ""

    @property
    def text(self) -> str:
        """What stands on the page."""
        return self.shown or ("" if self.value is None else str(self.value))

    @property
    def is_words(self) -> bool:
        """Text stands on the left, numbers on the right."""
        return isinstance(self.value, str)


@dataclass(frozen=True)
class Table:
    """`code` names it in addresses of Excel files; the first cell of a row says what the row is."""

    code: str
    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    is_folded: bool = False

    @property
    def is_wordy(self) -> bool:
        """More words than numbers: on a phone each row becomes a card."""
        return sum(is_words for _head, is_words in self.titled) > 2

    @property
    def lines(self) -> list[list[tuple[Cell, str]]]:
        """The rows, each cell with the heading it stands under."""
        return [list(zip(row, self.heads, strict=True)) for row in self.rows]

    @property
    def titled(self) -> list[tuple[str, bool]]:
        """The headings, and whether words stand below them."""
        return [(head, any(row[index].is_words for row in self.rows)) for index, head in enumerate(self.heads)]


def count(number: int, url: str = "", tone: str = "") -> Cell:
    """A number that opens its list; nought opens nothing."""
    return Cell(number, f"{number:,}", url if number else "", tone if number else "")


def rate(found: rules.Rate) -> Cell:
    """96.5%, or 3/4 of few, or a dash of nothing."""
    if not found.whole:
        return Cell(None, "—")
    ratio = found.part / found.whole
    return Cell(None if found.is_few else round(ratio * 100, 1), found.shown if found.is_few else f"{found.shown}%")


def lasting(minutes: float | None) -> Cell:
    """A duration in the words of an office: 40 分钟, 3.5 小时, 2.1 天."""
    if minutes is None:
        return Cell(None, "—")
    return Cell(round(minutes / 60, 1), spoken(minutes))


def spoken(minutes: float) -> str:
    """40 分钟, 3.5 小时, 2.1 天."""
    if minutes < 60:
        return _("%d 分钟") % max(1, round(minutes))
    if minutes < 48 * 60:
        return _("%s 小时") % f"{minutes / 60:.1f}".removesuffix(".0")
    return _("%s 天") % f"{minutes / 1440:.1f}".removesuffix(".0")


def medians(one: Spent | None) -> tuple[Cell, Cell, Cell, Cell]:
    """Median and p90 by the clock, median and p90 in office time (one office day is seven hours)."""
    if one is None or not one.passed:
        return (Cell(None, "—"),) * 4
    clock, office = one.hours, one.work
    return (
        lasting(percentile(clock, 0.5)), lasting(percentile(clock, 0.9)),
        in_office(percentile(office, 0.5)), in_office(percentile(office, 0.9)),
    )  # fmt: skip


def in_office(minutes: float | None) -> Cell:
    """Office time, in hours."""
    if minutes is None:
        return Cell(None, "—")
    hours = f"{minutes / 60:.1f}".removesuffix(".0")
    return Cell(round(minutes / 60, 1), _("%d 分钟") % max(1, round(minutes)) if minutes < 60 else _("%s 小时") % hours)


def workbook(table: Table, stamp: str) -> bytes:
    """The table as Excel; `stamp` stands at the foot."""
    numeric = [
        index > 0 and all(isinstance(row[index].value, int | float | None) for row in table.rows)
        for index in range(len(table.heads))
    ]
    columns = [
        Column(head, 22 if not index else 14, "number" if numeric[index] else "text")
        for index, head in enumerate(table.heads)
    ]
    return write_workbook(table.title, columns, _lines(table, numeric), watermark=stamp)


def _lines(table: Table, numeric: Sequence[bool]) -> Iterable[list[object]]:
    for row in table.rows:
        yield [
            (cell.value if cell.value is not None else cell.shown if cell.shown != "—" else None)
            if is_number
            else cell.text
            for cell, is_number in zip(row, numeric, strict=True)
        ]
