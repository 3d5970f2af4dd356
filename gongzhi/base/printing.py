"""Forms an office files: a Word document with heading, number, table of fields, paragraphs, signatures, page x of y."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Cm, Pt
from docxtpl import DocxTemplate

from gongzhi.base.text import clean_text


@dataclass(frozen=True)
class Form:
    """What stands on the paper. `fields` are (label, value) in two columns; `note` is small print (who, when)."""

    title: str
    number: str = ""
    date: str = ""
    fields: Sequence[tuple[str, str]] = ()
    paragraphs: Sequence[tuple[str, str]] = ()
    """(heading, text); line breaks stay."""
    signatures: Sequence[str] = ()
    note: str = ""


def word_form(form: Form) -> bytes:
    """The form as .docx. Whatever a person typed is plain text in it, never markup."""
    template = DocxTemplate(BytesIO(_template()))
    template.render(_plain(asdict(form)), autoescape=True)
    out = BytesIO()
    template.save(out)
    return out.getvalue()


def _plain(value: Any) -> Any:
    """Every text in it cleaned: Word refuses control signs."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return clean_text(value) if isinstance(value, str) else [_plain(item) for item in value]


@cache
def _template() -> bytes:
    """The template, built by program: no binary file has to be kept in step."""
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.6)
    _font(document.styles["Normal"].font, "宋体", 12)
    _line(document, "{{ title }}", "黑体", 18, WD_ALIGN_PARAGRAPH.CENTER)
    _line(document, "{% if number or date %}{{ number }}　{{ date }}{% endif %}", "宋体", 11, WD_ALIGN_PARAGRAPH.RIGHT)
    _line(document, "{%p if fields %}")  # Word calls a table without rows damaged
    table = document.add_table(rows=3, cols=2, style="Table Grid")
    table.cell(0, 0).text = "{%tr for field in fields %}"
    table.cell(1, 0).text, table.cell(1, 1).text = "{{ field[0] }}", "{{ field[1] }}"
    table.cell(2, 0).text = "{%tr endfor %}"
    for row in table.rows:
        row.cells[0].width, row.cells[1].width = Cm(3.6), Cm(12.2)
    _line(document, "{%p endif %}")
    _line(document, "{%p for part in paragraphs %}")
    _line(document, "{{ part[0] }}", "黑体", 12)
    _line(document, "{{ part[1] }}")
    _line(document, "{%p endfor %}")
    _line(document, "{%p for line in signatures %}")
    _line(document, "{{ line }}：＿＿＿＿＿＿＿＿　　　　年　　月　　日")
    _line(document, "{%p endfor %}")
    _footer(section.footer.paragraphs[0])
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _line(document: Any, text: str, face: str = "宋体", size: int = 12, align: Any = None) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = align
    _font(paragraph.add_run(text).font, face, size)


def _font(font: Any, face: str, size: int) -> None:
    font.name, font.size = face, Pt(size)
    font.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)


def _footer(paragraph: Any) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _font(paragraph.add_run("{{ note }}　第 ").font, "宋体", 9)
    _field(paragraph, "PAGE")
    _font(paragraph.add_run(" 页，共 ").font, "宋体", 9)
    _field(paragraph, "NUMPAGES")
    _font(paragraph.add_run(" 页").font, "宋体", 9)


def _field(paragraph: Any, code: str) -> None:
    run = "<w:r><w:t>1</w:t></w:r>"
    paragraph._p.append(parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr="{code}">{run}</w:fldSimple>'))
