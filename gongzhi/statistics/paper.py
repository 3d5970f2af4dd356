"""The monthly report in Word: sentences built from figures, tables, and the month before beside each."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from gongzhi.base.text import clean_text
from gongzhi.cases import rules
from gongzhi.kernel.actor import Actor, Grant
from gongzhi.statistics import figures, months, overview, themes
from gongzhi.statistics.figures import Assessed, Standing
from gongzhi.statistics.models import Exclusion
from gongzhi.statistics.scope import Address
from gongzhi.statistics.tables import Table, rate
from gongzhi.territory.models import Place
from gongzhi.territory.tree import covered_ids

MOST_ROWS = 40


def address_for(place: Place, month: date) -> Address:
    """The figures of a place and month as a supervisor of the place would see them."""
    level, ids = covered_ids(place)
    query = QueryDict(mutable=True)
    query.update({"place": str(place.pk), "from": f"{month:%Y-%m}", "to": f"{month:%Y-%m}"})
    return Address(Actor(name="", grants=(Grant(0, "supervisor", level, ids, place.pk),)), query, month)


def report(place: Place, month: date, made: str) -> bytes:
    """The whole paper; `made` says when and from what it was made."""
    address = address_for(place, month)
    asked = address.asked
    before = months.before(asked)
    (now,), (then,) = figures.sums(asked, of=overview.OF_TABLE), figures.sums(before, of=overview.OF_TABLE)
    still, still_then = figures.standing(asked)[()], figures.standing(before)[()]
    judged = figures.assessed(asked)
    earlier = rules.rates(figures.to_counts(then, still_then, 1))
    document = _blank(made)
    _line(document, _("%s诉求办理月报") % place.name, "黑体", 18, WD_ALIGN_PARAGRAPH.CENTER)
    _line(document, address.span(), align=WD_ALIGN_PARAGRAPH.CENTER)
    _part(document, _("一、总的情况"), [flow_words(address, now, then, still, still_then)])
    _part(document, _("二、三项指标"), rate_words(judged, earlier))
    _rates(document, judged, earlier)
    _part(document, _("三、剔除"), exclusion_words(judged))
    _part(document, _("四、主题和热点"), [one.words for one in themes.rises(address)] or [_("没有明显上升的主题。")])
    steps, _bars = overview.steps(address)
    parts = [overview.breakdown(address, by) for by in ("place", "category", "channel")]
    for table in (*parts, steps, overview.units(address)):
        if table.rows:
            _table(document, table)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _compare(now: int, then: int) -> str:
    if now == then:
        return _("和上月一样")
    form = _("上月 %(then)d 件，多 %(more)d 件") if now > then else _("上月 %(then)d 件，少 %(more)d 件")
    return form % {"then": then, "more": abs(now - then)}


def flow_words(address: Address, now: Any, then: Any, still: Standing, still_then: Standing) -> str:
    """What came, what was done, what is left; each beside the month before."""
    return _(
        "%(where)s%(span)s收到 %(received)d 件（%(received_then)s），办好回单 %(finished)d 件（%(finished_then)s），"
        "其中按时 %(in_time)d 件；办结 %(closed)d 件，重办 %(reopened)d 件。月末没办结 %(open)d 件（%(open_then)s），超期 %(late)d 件。"
    ) % {
        "where": address.where(), "span": address.span(), "received": now["received"],
        "received_then": _compare(now["received"], then["received"]), "finished": now["finished"],
        "finished_then": _compare(now["finished"], then["finished"]), "in_time": now["finished"] - now["finished_late"],
        "closed": now["closed"], "reopened": now["reopened"], "open": still.open, "late": still.late,
        "open_then": _compare(still.open, still_then.open),
    }  # fmt: skip


def rate_words(judged: Assessed, earlier: rules.Rates) -> list[str]:
    """Each rate with its formula."""
    return [
        f"{card['label']}：{card['value']}{card['unit']}。{card['formula']}{card['why']}"
        for card in rules.figures(judged.whole)
    ]


def exclusion_words(judged: Assessed) -> list[str]:
    """How many were taken out for which reason; the rates without them stand in the table above."""
    if not judged.exclusions:
        return [_("本月没有剔除。")]
    by_reason: dict[str, int] = {}
    for one in judged.exclusions:
        label = str(Exclusion.Reason(one.reason).label)
        by_reason[label] = by_reason.get(label, 0) + 1
    said = "；".join(_("%(reason)s %(n)d 件") % {"reason": reason, "n": n} for reason, n in by_reason.items())
    return [
        _("经上一级同意剔除 %(n)d 件：%(said)s。剔除前后的数都列在上表。") % {"n": len(judged.exclusions), "said": said}
    ]


def _rates(document: Any, judged: Assessed, earlier: rules.Rates) -> None:
    labels = ((_("按时联系"), "contact"), (_("问题解决"), "resolution"), (_("群众满意"), "satisfaction"))
    lines = [[_("指标"), _("本月"), _("分子/分母"), _("剔除后"), _("上月")]]
    for label, name in labels:
        now, less, then = getattr(judged.whole, name), getattr(judged.without, name), getattr(earlier, name)
        lines.append([label, rate(now).text, f"{now.part}/{now.whole}", rate(less).text, rate(then).text])
    _grid(document, lines)


# --- Word ---------------------------------------------------------------------------------------------------------


def _blank(made: str) -> Any:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.2)
    _font(document.styles["Normal"].font, "宋体", 11)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _font(footer.add_run(clean_text(made)).font, "宋体", 9)
    return document


def _line(document: Any, text: str, face: str = "宋体", size: float = 11, align: Any = None) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = align
    _font(paragraph.add_run(clean_text(text)).font, face, size)


def _font(font: Any, face: str, size: float) -> None:
    font.name, font.size = face, Pt(size)
    font.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)


def _part(document: Any, head: str, paragraphs: Sequence[str]) -> None:
    _line(document, head, "黑体", 13)
    for text in paragraphs:
        _line(document, text)


def _table(document: Any, table: Table) -> None:
    _line(document, table.title, "黑体", 12)
    shown = list(table.rows)[:MOST_ROWS]
    _grid(document, [list(table.heads), *([cell.text for cell in row] for row in shown)])
    if len(table.rows) > MOST_ROWS:
        _line(document, _("只列前 %(n)d 行，全部在系统里看。") % {"n": MOST_ROWS}, size=9)


def _grid(document: Any, lines: Sequence[Sequence[str]]) -> None:
    drawn = document.add_table(rows=len(lines), cols=len(lines[0]), style="Table Grid")
    size = 10 if len(lines[0]) <= 6 else 8
    for row, cells in zip(drawn.rows, lines, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            _font(cell.paragraphs[0].add_run(clean_text(text)).font, "宋体", size)
    document.add_paragraph()
