"""The check before publishing: personal data in title and body, each shown in its place.

Source: Personal Information Protection Law Art. 6 (no more than needed), 13; State Council Order 711 Art. 15.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gongzhi.base.text import find_personal_data

KINDS: dict[str, str | Promise] = {
    "identity": _("身份证号"), "phone": _("电话号码"), "room": _("具体到户的住址"), "plate": _("车牌号"),
    "card": _("银行卡号"),
}  # fmt: skip
REASONS: tuple[tuple[str, str | Promise], ...] = (
    ("office", _("是单位公开的电话或地址")),
    ("agreed", _("本人书面同意公开")),
    ("lawful", _("法律、法规规定要公开")),
    ("mistaken", _("认错了，不是个人信息")),
)
"""Why a finding may stay. Fixed sentences: a free text could carry the data itself into the log."""
AROUND = 18


@dataclass(frozen=True)
class Found:
    """One finding: what kind, the words themselves and a little of what stands around them."""

    kind: str
    label: str | Promise
    where: str | Promise
    before: str
    excerpt: str
    after: str


def found_in(title: str, body: str) -> list[Found]:
    """Everything found, title first, in the order of the text."""
    return [one for text, where in ((title, _("标题")), (body, _("正文"))) for one in _found(text, where)]


def _found(text: str, where: str | Promise) -> Iterable[Found]:
    for hit in find_personal_data(text):
        start, end = max(0, hit.start - AROUND), hit.end + AROUND
        before = ("…" if start else "") + text[start : hit.start]
        after = text[hit.end : end] + ("…" if end < len(text) else "")
        yield Found(hit.kind, KINDS[hit.kind], where, before, hit.excerpt, after)


def summary(found: Iterable[Found], reasons: Iterable[str]) -> list[str]:
    """What the log keeps of the confirmations: ["phone office 2"], kinds and counts, never the data."""
    counted = Counter(f"{one.kind} {reason}" for one, reason in zip(found, reasons, strict=True))
    return [f"{pair} {count}" for pair, count in sorted(counted.items())]
