"""Spreadsheets: what offices send, what attackers send, what we write."""

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.exceptions import ValidationError
from docx import Document
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from gongzhi.base import sheets
from gongzhi.base.sheets import Column, TableRefused, read_table, write_csv, write_workbook

CSV = "姓名,电话\r\n张三,13812345678\r\n李四,0813-8212345\r\n"


def xlsx(fill: Callable[[Any, Any], None]) -> bytes:
    """A workbook with one sheet filled by `fill(sheet, book)`."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    fill(book.add_worksheet("名册"), book)
    book.close()
    return out.getvalue()


def cells(source: bytes) -> list[dict[str, str]]:
    return [row.cells for row in read_table(source).rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_every_usual_encoding_is_read(encoding: str) -> None:
    table = read_table(CSV.encode(encoding))
    assert (table.headers, table.total) == (["姓名", "电话"], 2)
    rows = list(table.rows)
    assert [row.line for row in rows] == [2, 3]
    assert rows[0].cells == {"姓名": "张三", "电话": "13812345678"}


@pytest.mark.parametrize("sign", ["\t", ";", "|"])
def test_other_delimiters_are_recognised(sign: str) -> None:
    assert cells(CSV.replace(",", sign).encode())[1] == {"姓名": "李四", "电话": "0813-8212345"}


def test_quoted_newlines_keep_their_line_numbers() -> None:
    table = read_table('标题,内容\n"路灯","坏了，\n请修""快点"""\n\n井盖,丢了\n'.encode())
    rows = list(table.rows)
    assert [(row.line, row.cells["内容"]) for row in rows] == [(2, '坏了，\n请修"快点"'), (5, "丢了")]


def test_nul_bytes_and_rare_characters_do_no_harm() -> None:
    assert cells("名\0称,备注\n\0𠮷村👍,\u202e反\n".encode())[0] == {"名称": "𠮷村👍", "备注": "\u202e反"}


def test_an_unclosed_quote_is_named_before_anything_is_read() -> None:
    with pytest.raises(TableRefused, match="第 3 行起有一个引号没有配对"):
        read_table('标题,内容\n一,二\n三,"四\n五,六\n'.encode())


def test_a_huge_cell_is_named() -> None:
    with pytest.raises(TableRefused, match="第 2 行"):
        read_table(f"甲,乙\n{'长' * (sheets.FIELD_SIZE + 1)},1\n".encode())


def test_short_and_long_rows_lose_nothing() -> None:
    rows = list(read_table("甲,乙\n1\n1,2,3,\n".encode()).rows)
    assert rows[0].cells == {"甲": "1", "乙": ""}
    assert rows[1].extra == ("3", "")


def test_titles_stars_gaps_and_explanations_around_the_headings() -> None:
    text = "某社区登记表,,\n\n*姓 名,电话＊,,\n说明：姓名必填,手机优先,\n填写说明：不要合并,,\n张三,1381,备\n"
    table = read_table(text.encode())
    assert table.headers == ["姓名", "电话"]
    assert [(row.line, row.cells, row.extra) for row in table.rows] == [(6, {"姓名": "张三", "电话": "1381"}, ("备",))]


def test_a_column_without_heading_gets_one() -> None:
    assert read_table("甲,,丙\n1,2,3\n".encode()).headers == ["甲", "第2列", "丙"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空的"),
        (b"\0\0\0", "空的"),
        (b"\xef\xbb\xbf \r\n", "空的"),
        (b",,,\n,,\n", "空的"),
        (bytes(range(256)) * 40, "不是表格文件"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(32)) * 50, "不是表格文件"),
        ("电话,电话\n1,2\n".encode(), "不止一次"),
        (b"PK\x03\x04" + b"\0" * 100, "不完整"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "打不开"),
    ],
)
def test_what_is_no_table_is_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(TableRefused, match=words):
        read_table(data)


def test_other_zip_files_are_refused_in_words() -> None:
    word = io.BytesIO()
    Document().save(word)
    with pytest.raises(TableRefused, match="Word"):
        read_table(word.getvalue())
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("a.csv", CSV)
    with pytest.raises(TableRefused, match="压缩包"):
        read_table(other.getvalue())


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    for head in (b"", b"PK\x03\x04", b"\xff\xfe"):
        try:
            list(read_table(head + data).rows)
        except TableRefused as error:
            assert error.messages[0]


def test_a_cut_off_workbook_is_refused() -> None:
    whole = write_workbook("表", [Column("甲")], [["1"]] * 50)
    for length in (10, 200, len(whole) // 2, len(whole) - 10):
        with pytest.raises(TableRefused):
            read_table(whole[:length])


def test_too_large_a_file_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sheets, "MAX_BYTES", 1000)
    path = tmp_path / "big.csv"
    path.write_bytes(CSV.encode() * 100)
    with pytest.raises(TableRefused, match="太大"):
        read_table(path)
    with path.open("rb") as stream, pytest.raises(TableRefused, match="太大"):
        read_table(stream)


def test_excel_cells_become_the_text_people_see() -> None:
    def fill(sheet: Any, book: Any) -> None:
        day, moment = book.add_format({"num_format": "yyyy-mm-dd"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        sheet.write_row(0, 0, ["整数", "小数", "日期", "时间", "是否", "文本", "公式"])
        sheet.write_row(1, 0, [13812345678, 12.5])
        sheet.write_datetime(1, 2, datetime(2026, 11, 3), day)  # noqa: DTZ001
        sheet.write_datetime(1, 3, datetime(2026, 11, 3, 14, 30), moment)  # noqa: DTZ001
        sheet.write_boolean(1, 4, True)
        sheet.write_string(1, 5, " 007 ")
        sheet.write_formula(1, 6, "=1+1", None, 2)

    assert list(cells(xlsx(fill))[0].values()) == [
        "13812345678",
        "12.5",
        "2026-11-03",
        "2026-11-03 14:30:00",
        "是",
        "007",
        "2",
    ]


def test_merged_cells_count_for_each_row_and_lines_are_those_of_excel() -> None:
    def fill(sheet: Any, _book: Any) -> None:
        sheet.merge_range(2, 1, 2, 3, "楼栋登记表")
        sheet.write_row(3, 1, ["楼栋", "户号", "姓名"])
        sheet.merge_range(4, 1, 5, 1, "3栋")
        sheet.write_row(4, 2, ["101", "张三"])
        sheet.write_row(5, 2, ["102", "李四"])
        sheet.write_row(6, 1, ["", "103", "王五"])

    rows = list(read_table(xlsx(fill)).rows)
    assert [row.line for row in rows] == [5, 6, 7]
    assert [row.cells["楼栋"] for row in rows] == ["3栋", "3栋", ""]


def test_a_cell_far_away_does_not_fill_the_memory() -> None:
    def fill(sheet: Any, _book: Any) -> None:
        sheet.write_row(0, 0, ["甲", "乙"])
        sheet.write(1_048_575, 16_383, "远")

    with pytest.raises(TableRefused, match="离得太远"):
        read_table(xlsx(fill))


def test_hidden_and_empty_sheets_are_passed_over() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    book.add_worksheet("空").activate()
    secret = book.add_worksheet("码表")
    secret.write_row(0, 0, ["x", "y"])
    secret.hide()
    book.add_worksheet("数据").write_row(0, 0, ["甲", "乙"])
    book.close()
    assert read_table(out.getvalue()).headers == ["甲", "乙"]
    assert read_table(out.getvalue(), sheet="码表").headers == ["x", "y"]
    with pytest.raises(TableRefused, match="没有叫“无”的工作表，这里有：空、码表、数据"):
        read_table(out.getvalue(), sheet="无")


EVIL = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "13812345678",
    "510303199003070013",
    "007",
    "a&b<c>\0\x01",
    "长" * 40_000,
    "\ud800",
]


def test_what_we_write_is_text_and_comes_back() -> None:
    data = write_workbook("诉求台账", [Column("内容"), Column("空")], [[item, ""] for item in EVIL])
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert b"<f>" not in book.read("xl/worksheets/sheet1.xml")
    back = [row.cells["内容"] for row in read_table(data).rows]
    assert back[:4] == EVIL[:4]
    assert back[5:8] == EVIL[5:8]
    assert back[9].endswith("（太长，未完）")


def test_kinds_of_columns_look_as_people_expect() -> None:
    columns = [
        Column("日期", kind="date"),
        Column("时间", kind="time"),
        Column("金额", kind="money"),
        Column("数", kind="number"),
        Column("空"),
    ]
    moment = datetime(2026, 11, 3, 16, 30, tzinfo=UTC)
    data = write_workbook(
        "a[b]/c" * 9, columns, [[date(2026, 11, 3), moment, 123456, 7, None]], watermark="张三 & 李四 导出"
    )
    assert cells(data) == [
        {"日期": "2026-11-03", "时间": "2026-11-04 00:30:00", "金额": "1234.56", "数": "7", "空": ""}
    ]
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        sheet, names = book.read("xl/worksheets/sheet1.xml").decode(), book.read("xl/workbook.xml").decode()
    assert "张三 &amp;&amp; 李四 导出&amp;R第 &amp;P 页，共 &amp;N 页" in sheet
    assert "Print_Titles" in names and "Print_Area" in names
    assert CalamineWorkbook.from_filelike(io.BytesIO(data)).sheet_names == ["a b  c" * 5 + "a"]


def test_an_empty_export_still_opens() -> None:
    assert read_table(write_workbook("空", [Column("甲"), Column("乙")], [])).headers == ["甲", "乙"]


def test_a_row_of_the_wrong_length_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="zip"):
        write_workbook("表", [Column("甲")], [["1", "2"]])


def test_csv_opens_in_excel_without_running_anything() -> None:
    data = write_csv(["甲", "乙"], [["=1+1", -5], ["+8613812345678", "-3.5"], ["@x", None], ["a\nb", '引"号']])
    assert data.startswith(b"\xef\xbb\xbf")
    assert "'=1+1,-5" in data.decode() and "+8613812345678,-3.5" in data.decode() and "'@x," in data.decode()
    assert [list(row.values()) for row in cells(data)] == [
        ["=1+1", "-5"],
        ["+8613812345678", "-3.5"],
        ["@x", ""],
        ["a\nb", '引"号'],
    ]


def test_refusals_are_validation_errors() -> None:
    assert issubclass(TableRefused, ValidationError)
