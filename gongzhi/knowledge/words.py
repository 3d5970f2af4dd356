"""Entries and their changes in sentences, for lists and histories."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.knowledge.kinds import KINDS, Kind, kind_of, label_of
from gongzhi.knowledge.models import AnswerTemplate, Entry, ExtraQuestion, Faq, Guide, KnowledgeChange

SHORT = 70
LONG = 60


@dataclass(frozen=True)
class Line:
    """An entry in a list: what it is about, where, a first look, what it is used for."""

    row: Any
    kind: Kind
    topic: str
    place: str
    look: str
    facts: tuple[str, ...]
    may: bool


def line(row: Entry, names: Mapping[str, str], *, may: bool = False) -> Line:
    """One entry for a list; `names` are the subjects' names by code."""
    return Line(
        row, kind_of(row), names.get(row.topic, row.topic) or _("什么事都行"), row.place.name if row.place else _("全部地方"),
        cut(_look(row), SHORT), tuple(_facts(row)), may,
    )  # fmt: skip


def by_topic(lines: Iterable[Line], names: Mapping[str, str]) -> list[tuple[str, list[Line]]]:
    """Lines in groups by subject, in the order of the office; what is about everything first."""
    order = {code: number for number, code in enumerate(["", *names])}
    found: dict[str, list[Line]] = {}
    for one in sorted(lines, key=lambda one: order.get(one.row.topic, len(order))):
        found.setdefault(one.topic, []).append(one)
    return list(found.items())


def _look(row: Entry) -> str:
    if isinstance(row, AnswerTemplate):
        return row.text
    if isinstance(row, Faq):
        return row.answer
    if isinstance(row, Guide):
        return " → ".join(row.lines)
    assert isinstance(row, ExtraQuestion)
    return "、".join(row.options) or row.help


def _facts(row: Entry) -> list[str]:
    if isinstance(row, AnswerTemplate):
        return [str(row.get_use_display()), _("用过 %(n)d 次") % {"n": row.used}]
    if isinstance(row, Faq):
        said = _("有用 %(yes)d，没用 %(no)d，看了就够 %(enough)d") % {
            "yes": row.helped, "no": row.not_helped, "enough": row.enough,
        }  # fmt: skip
        return [_("打开 %(n)d 次") % {"n": row.shown}, said]
    if isinstance(row, ExtraQuestion):
        found = [str(row.get_kind_display()), "" if row.is_public else _("只有工作人员问")]
        found += [_("一定要回答") if row.is_required else "", _("会先停下") if row.stop_answer else ""]
        return [fact for fact in found if fact]
    return []


def change(row: KnowledgeChange) -> str:
    """One change in one sentence."""
    head = f"{row.get_what_display()}“{row.subject}”"
    if row.what != KnowledgeChange.What.CHANGED:
        return f"{head}：{row.after['decision']}" if row.after.get("decision") else head
    kind = KINDS[row.kind]
    names = [name for name in ("topic", "place", *kind.fields, "is_active") if name in row.after]
    parts = [f"{label_of(kind, name)} {_value(row.before.get(name))} → {_value(row.after[name])}" for name in names]
    return _("%(head)s（第 %(version)d 版）：%(parts)s") % {
        "head": head, "version": row.version, "parts": "；".join(parts),
    }  # fmt: skip


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if value in (None, "", []):
        return _("空")
    return cut("、".join(value) if isinstance(value, list) else str(value), LONG)


def cut(text: str, most: int) -> str:
    """The text in one line, at most so long."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"
