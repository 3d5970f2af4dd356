"""Word forms: complete, openable, and free of other people's markup."""

import io
import zipfile

from docx import Document

from gongzhi.base.printing import Form, word_form

EVIL = '{{ 7*7 }} {% if 1 %} <w:p/> & "引" \0\x0b\u202e👍 ]]>'


def text_of(data: bytes) -> str:
    document = Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_a_form_carries_everything_it_was_given() -> None:
    data = word_form(
        Form(
            title="自流井区事项交办单",
            number="〔2026〕42号",
            date="2026年11月24日",
            fields=[("事项", "路灯不亮"), ("地点", "磨子井社区3栋")],
            paragraphs=[("办理要求", "三日内修好。\n修好后拍照。")],
            signatures=["经办人", "负责人"],
            note="张三 2026-11-24 打印",
        )
    )
    text = text_of(data)
    for part in (
        "自流井区事项交办单",
        "〔2026〕42号",
        "路灯不亮",
        "磨子井社区3栋",
        "三日内修好。\n修好后拍照。",
        "经办人：",
        "负责人：",
    ):
        assert part in text
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        footer = next(archive.read(name).decode() for name in archive.namelist() if "footer" in name)
    assert "PAGE" in footer and "NUMPAGES" in footer and "张三 2026-11-24 打印" in footer
    assert "{" not in text and "%" not in text


def test_what_people_type_stays_plain_text() -> None:
    data = word_form(Form(title=EVIL, fields=[(EVIL, EVIL)], paragraphs=[(EVIL, EVIL)], signatures=[EVIL], note=EVIL))
    assert '{{ 7*7 }} {% if 1 %} <w:p/> & "引" 👍 ]]>' in text_of(data)


def test_an_empty_form_opens_and_has_no_empty_table() -> None:
    data = word_form(Form(title="空表"))
    assert "空表" in text_of(data)
    assert not Document(io.BytesIO(data)).tables


def test_a_long_form_keeps_every_row() -> None:
    data = word_form(Form(title="长", fields=[(f"第{n}项", "值") for n in range(300)]))
    assert len(Document(io.BytesIO(data)).tables[0].rows) == 300
