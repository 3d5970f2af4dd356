"""Spreadsheets in and out: what offices really send is read without loss, what we write opens cleanly in WPS and Excel.

Every cell is read as text: 13812345678 stays 13812345678, a date is 2026-11-03, yes and no are 是 and 否.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import chain, dropwhile, islice
from pathlib import Path
from typing import IO, Any, Literal

import xlsxwriter
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from gongzhi.base.sniff import XLSX, UploadRefused, media_type_of

MAX_BYTES = 50 * 1024 * 1024
MAX_CELLS = 20_000_000
MAX_WRITTEN_ROWS = 1_000_000
FIELD_SIZE = 1_000_000
EXPLANATIONS = ("说明", "填写说明", "填表说明", "注：", "注:", "备注：", "示例：")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_SENTINEL = "\x1fend of table"
_PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?%?")
csv.field_size_limit(FIELD_SIZE)


class TableRefused(ValidationError):
    """The table cannot be read; the message says what is wrong where, and what to do."""


@dataclass(frozen=True)
class Row:
    """One row: its line in the file (from 1), its cells by heading, and cells beyond the last heading."""

    line: int
    cells: dict[str, str]
    extra: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Headings and rows; empty rows are left out. `total` is about how many rows there are, for a progress bar."""

    headers: list[str]
    rows: Iterator[Row]
    total: int


@dataclass(frozen=True)
class Column:
    """A column to write: heading, width in characters, and how its cells look. Identity numbers and phones: text."""

    name: str
    width: int = 14
    kind: Literal["text", "number", "date", "time", "money"] = "text"


def read_table(source: str | Path | bytes | IO[bytes], *, sheet: str | None = None) -> Table:
    """A CSV (UTF-8, UTF-16 or GB 18030; comma, tab, semicolon or bar) or an Excel file as a table.

    A title above the headings and rows of explanation (说明) below them are skipped; a cell merged over several rows
    counts for each of them. Raises TableRefused.
    """
    data = _bytes(source)
    if not data.strip(b"\0 \r\n\t\xef\xbb\xbf"):
        raise TableRefused(_("这个表格是空的。"))
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        lines, total = _excel_lines(data, sheet)
    else:
        listed = _csv_lines(_decode(data))
        lines, total = iter(listed), len(listed)
    return _table(lines, total)


def write_workbook(
    title: str, columns: Sequence[Column], rows: Iterable[Sequence[object]], *, watermark: str = ""
) -> bytes:
    """An .xlsx: title, headings that repeat on each printed page, rows; `watermark` (who, when) stands in the footer.

    Text stays text whatever it starts with, so no formula can be smuggled in. Money is given in fen and shown in
    yuan; times are shown as in Shanghai. Raises TableRefused above a million rows.
    """
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
    paper = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "Sheet1")
    formats = _formats(book)
    paper.set_row(0, 30)
    paper.write_string(0, 0, title, formats["title"])
    for index, column in enumerate(columns):
        paper.set_column(index, index, column.width, formats["typed"] if column.kind == "text" else None)
    paper.set_row(1, 24)
    for index, column in enumerate(columns):
        paper.write_string(1, index, column.name, formats["head"])
    last = 1
    for last, row in enumerate(rows, start=2):
        if last > MAX_WRITTEN_ROWS:
            raise TableRefused(_("行数超过一百万，一个表格放不下，请缩小范围再导出。"))
        for index, (column, value) in enumerate(zip(columns, row, strict=True)):
            _write_cell(paper, last, index, value, column, formats[column.kind])
    _page_setup(paper, last, len(columns), watermark)
    book.close()
    return out.getvalue()


def write_csv(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A CSV in UTF-8 with BOM (Excel and WPS open it right). Text that looks like a formula gets a leading '."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_defused(header) for header in headers])
    writer.writerows([_defused(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig", errors="replace")


def _bytes(source: str | Path | bytes | IO[bytes]) -> bytes:
    if isinstance(source, (str, Path)):
        with Path(source).open("rb") as stream:
            return _bytes(stream)
    if not isinstance(source, bytes):
        source.seek(0)
        source = source.read(MAX_BYTES + 1)
    if len(source) > MAX_BYTES:
        raise TableRefused(_("表格太大了，最多 %(n)s MB。请分成几份再传。"), params={"n": MAX_BYTES // 1024 // 1024})
    return source


def _table(lines: Iterator[tuple[int, list[str]]], total: int) -> Table:
    filled = ((number, cells) for number, cells in lines if any(cells))
    first = list(islice(filled, 10))
    if not first:
        raise TableRefused(_("这个表格是空的。"))
    at = next((i for i, (_line, cells) in enumerate(first) if sum(map(bool, cells)) > 1), 0)
    headers = _headers(first[at][1])
    rest = dropwhile(lambda item: _is_explanation(item[1]), chain(first[at + 1 :], filled))
    rows = (
        Row(number, dict(zip(headers, cells + [""] * len(headers), strict=False)), tuple(cells[len(headers) :]))
        for number, cells in rest
    )
    return Table(headers, rows, max(0, total - at - 1))


def _headers(cells: list[str]) -> list[str]:
    last = max(i for i, cell in enumerate(cells) if cell)
    headers = [_heading(cell) or f"第{i}列" for i, cell in enumerate(cells[: last + 1], start=1)]
    for header in headers:
        if headers.count(header) > 1:
            raise TableRefused(_("表头“%(name)s”出现了不止一次，请改成不同的名字。"), params={"name": header})
    return headers


def _heading(cell: str) -> str:
    """姓　名* -> 姓名; gaps between Latin words stay."""
    return re.sub(r"(?<=[^\x00-\xff]) (?=[^\x00-\xff])", "", " ".join(cell.split())).strip("*＊ ")


def _is_explanation(cells: list[str]) -> bool:
    return next(filter(None, cells), "").startswith(EXPLANATIONS)


def _decode(data: bytes) -> str:
    has_mark = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if has_mark else ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        text = text.replace("\0", "")
        if len(re.findall("[\x01-\x08\x0e-\x1f]", text)) * 50 > len(text):
            break
        return text
    raise TableRefused(_("这不是表格文件，或者文字编码认不出来。请在表格软件里另存为 Excel（xlsx）或“CSV UTF-8”再传。"))


def _csv_lines(text: str) -> list[tuple[int, list[str]]]:
    """All lines at once, so that an unclosed quote is found before anything is taken over."""
    reader = csv.reader(io.StringIO(f"{text}\r\n{_SENTINEL}\r\n", newline=""), delimiter=_delimiter(text))
    found: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for cells in reader:
            found.append((line, [_typed_back(cell) for cell in cells]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise TableRefused(_("第 %(n)s 行读不出来：有一格太长，或引号没有配对。"), params={"n": line}) from error
    line, cells = found.pop()
    if cells != [_SENTINEL.strip()]:
        raise TableRefused(_("第 %(n)s 行起有一个引号没有配对，后面的行都会连成一格。请改好再传。"), params={"n": line})
    return [(line, cells) for line, cells in found if any(cells)]


def _delimiter(text: str) -> str:
    """The sign that parts the first line best, quoted passages aside."""
    first = next((line for line in text[:FIELD_SIZE].splitlines() if line.strip()), "")
    bare = re.sub(r'"[^"]*"', "", first)
    return max(",\t;|", key=bare.count)


def _typed_back(cell: str) -> str:
    """A CSV cell without what a spreadsheet adds: '=…, ="0123" and white space around."""
    cell = cell.strip()
    if kept := re.fullmatch(r'="(.*)"', cell, re.S):
        return kept[1].strip()
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_STARTS) else cell


def _excel_lines(data: bytes, name: str | None) -> tuple[Iterator[tuple[int, list[str]]], int]:
    if data.startswith(b"PK"):
        _check_package(data)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheet = _choose(book, name)
    except PasswordError as error:
        raise TableRefused(_("这个表格加了密码，请去掉密码再传。")) from error
    except (CalamineError, OSError) as error:
        raise TableRefused(_("这个表格打不开，可能没有传完整。请在表格软件里另存一份再传。")) from error
    return _sheet_lines(sheet), sheet.height


def _check_package(data: bytes) -> None:
    """Refuse what is no .xlsx, and a far-away cell: the reader would fill all memory up to it with empty cells."""
    try:
        kind = media_type_of(data)
    except UploadRefused as error:
        raise TableRefused(error.message, params=error.params) from error
    if kind != XLSX:
        raise TableRefused(_("这是 Word 文件，不是表格。"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for item in archive.namelist():
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", item):
                _check_extent(archive.read(item))


def _check_extent(xml: bytes) -> None:
    width = height = 0
    for match in re.finditer(rb"""\br\s*=\s*["']([A-Z]{1,3})(\d{1,7})["'][^>/]*>""", xml):
        height = max(height, int(match[2]))
        width = max(width, int.from_bytes(match[1], "big"))
    columns = 0
    for letter in width.to_bytes(3, "big").lstrip(b"\0"):
        columns = columns * 26 + letter - 64
    if columns * height > MAX_CELLS:
        raise TableRefused(_("表格里有一格离得太远，中间隔着大片空白。请删掉右边和下面多余的行列，另存后再传。"))


def _choose(book: CalamineWorkbook, name: str | None) -> CalamineSheet:
    if name is not None and name not in book.sheet_names:
        raise TableRefused(
            _("没有叫“%(name)s”的工作表，这里有：%(names)s。"),
            params={"name": name, "names": "、".join(book.sheet_names)},
        )
    shown = [meta.name for meta in book.sheets_metadata if meta.visible == SheetVisibleEnum.Visible]
    sheets = (book.get_sheet_by_name(each) for each in ([name] if name else shown or book.sheet_names))
    chosen = next((sheet for sheet in sheets if sheet.height), None)
    if chosen is None:
        raise TableRefused(_("这个表格是空的。"))
    return chosen


def _sheet_lines(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    """Lines from the sheet's first row on, cells from its first used column on: so `iter_rows` gives them."""
    shift = (sheet.start or (0, 0))[1]
    merged: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _right) in sheet.merged_cell_ranges or []:
        if bottom > top:
            merged.setdefault(top, []).append((left - shift, bottom))
    carried: dict[int, tuple[int, str]] = {}
    for number, raw in enumerate(sheet.iter_rows()):
        cells = [_cell_text(cell) for cell in raw]
        carried = {left: held for left, held in carried.items() if held[0] >= number}
        for left, (_bottom, value) in carried.items():
            cells[left] = cells[left] or value
        for left, bottom in merged.get(number, ()):
            if 0 <= left < len(cells):
                carried[left] = (bottom, cells[left])
        yield number + 1, cells


def _cell_text(cell: object) -> str:
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e18:
        return str(int(cell))
    if isinstance(cell, datetime):
        is_day = cell.time() == time()
        return f"{cell:%Y-%m-%d}" if is_day else cell.replace(microsecond=0).isoformat(sep=" ")
    if isinstance(cell, (date, time, timedelta)):
        return str(cell).partition(".")[0]
    return str(cell).replace("\0", "").replace("\r\n", "\n").strip()


def _formats(book: Any) -> dict[str, Any]:
    base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
    cell = {**base, "border": 1, "text_wrap": True}
    return {
        "typed": book.add_format({**base, "num_format": "@"}),
        "title": book.add_format({**base, "font_name": "黑体", "font_size": 16, "bold": True}),
        "head": book.add_format({**cell, "bold": True, "align": "center", "bg_color": "#EEEAE4"}),
        "text": book.add_format({**cell, "num_format": "@"}),
        "number": book.add_format({**cell, "num_format": "General"}),
        "money": book.add_format({**cell, "num_format": "#,##0.00"}),
        "date": book.add_format({**cell, "num_format": "yyyy-mm-dd", "align": "center"}),
        "time": book.add_format({**cell, "num_format": "yyyy-mm-dd hh:mm", "align": "center"}),
    }


def _write_cell(paper: Any, row: int, index: int, value: object, column: Column, style: Any) -> None:
    if value is None or value == "":
        paper.write_blank(row, index, None, style)
    elif isinstance(value, datetime):
        local = timezone.localtime(value) if timezone.is_aware(value) else value
        paper.write_datetime(row, index, local.replace(tzinfo=None), style)
    elif isinstance(value, date):
        paper.write_datetime(row, index, value, style)
    elif column.kind in ("number", "money") and isinstance(value, (int, float)) and not isinstance(value, bool):
        paper.write_number(row, index, value / 100 if column.kind == "money" else value, style)
    else:
        text = str(value).encode("utf-8", "replace").decode()
        paper.write_string(row, index, text if len(text) <= 32_000 else text[:32_000] + "……（太长，未完）", style)


def _page_setup(paper: Any, last: int, columns: int, watermark: str) -> None:
    paper.set_paper(9)
    if columns > 6:
        paper.set_landscape()
    paper.fit_to_pages(1, 0)
    paper.repeat_rows(1)
    paper.freeze_panes(2, 0)
    paper.print_area(0, 0, last, max(0, columns - 1))
    paper.autofilter(1, 0, max(2, last), max(0, columns - 1))
    shown = watermark[:100].replace("&", "&&")
    paper.set_footer(f"&L{shown}&R第 &P 页，共 &N 页")


def _defused(cell: object) -> str:
    text = "" if cell is None else str(cell)
    is_formula = isinstance(cell, str) and text.startswith(FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(text)
    return f"'{text}" if is_formula else text
