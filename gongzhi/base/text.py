"""Chinese text: cleaning what people type, search units, pinyin, masking, and finding personal data in free text."""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Literal, NamedTuple, TypeAlias

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from pypinyin import Style, lazy_pinyin

from gongzhi.base.validators import CREDIT_SIGNS, PROVINCES, credit_check, identity_check

SURNAMES = {
    "单": "shan", "仇": "qiu", "曾": "zeng", "解": "xie", "区": "ou", "查": "zha", "盖": "ge",
    "朴": "piao", "翟": "zhai", "员": "yun", "乐": "yue", "缪": "miao", "种": "chong", "召": "shao", "折": "she",
    "黑": "he", "秘": "bi", "洗": "xian", "覃": "qin",
    "卜": "bu", "薄": "bo",
}  # fmt: skip
"""Surnames whose sound as a name differs from the usual one; staff can still edit the stored pinyin."""
COMPOUND_SURNAMES = frozenset((
    "欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫", "公孙", "慕容", "宇文", "东方", "司徒", "南宫", "端木",
    "百里", "令狐", "尉迟", "长孙", "万俟", "澹台", "独孤", "轩辕", "钟离", "闻人", "申屠", "太史", "呼延",
))  # fmt: skip

_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff"
    "\ufff9-\uffff\ud800-\udfff]"
)
"""Controls, direction overrides, invisible signs, lone surrogates. U+200D and U+FE0F stay: emoji need them."""
_ACCENT = "[\u0300-\u036f\u0489\u1ab0-\u1aff\u20d0-\u20ff]"
_ACCENTS = re.compile(f"({_ACCENT}{{2}}){_ACCENT}+")
_UNIT = re.compile(r"[^\W_]+")


def clean_text(text: str, *, limit: int | None = None, lines: bool = True) -> str:
    """What a person typed, fit for storing: NFC, no control or direction-override signs, no heaps of empty lines.

    Emoji and rare characters stay. With `lines=False` it becomes one line. Raises ValidationError when longer than
    `limit` characters: nothing is cut off silently.
    """
    plain = _CONTROL.sub("", re.sub("\r\n?|[\u2028\u2029\x85]", "\n", text))
    plain = _ACCENTS.sub(r"\1", unicodedata.normalize("NFC", plain))
    if lines:
        plain = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in plain.split("\n"))).strip()
    else:
        plain = " ".join(plain.split())
    if limit is not None and len(plain) > limit:
        raise ValidationError(
            _("最多写 %(limit)s 个字，现在有 %(length)s 个字，请删去一些。"),
            code="max_length",
            params={"limit": limit, "length": len(plain)},
        )
    return plain


def fold(text: str) -> str:
    """The form in which texts are compared: width and case do not matter."""
    return unicodedata.normalize("NFKC", text).casefold()


def bigrams(*texts: str) -> list[str]:
    """Every pair of neighbouring letters, digits and Chinese characters, folded, once each, sorted.

    Stored in a text[] column under GIN: any two neighbouring characters find the row. A run of one is kept as it is.
    """
    runs = [run for text in texts for run in _UNIT.findall(fold(text))]
    return sorted({run[i : i + 2] for run in runs for i in range(max(1, len(run) - 1))})


def search_terms(query: str) -> list[str]:
    """The pairs that all must be in the bigram column (`grams__contains=`); [] when the query has no two neighbours."""
    return [pair for pair in bigrams(query[:200]) if len(pair) == 2]


def search_words(query: str) -> list[str]:
    """The words of a query, folded, for the recheck: each must be contained in the folded text."""
    return fold(query[:200]).split()


def pinyin(text: str, *, surname: bool = False) -> str:
    """Pinyin in lower case without tones or gaps, Latin letters and digits kept: 磨子井3组 -> mozijing3zu.

    With `surname=True` the text is a person's name and 单、仇、曾… sound as surnames.
    """
    return "".join(_syllables(fold(text[:200]), surname))


def initials(text: str, *, surname: bool = False) -> str:
    """The first letters: 张三 -> zs, 3号楼 -> 3hl."""
    return "".join(part if part.isdigit() else part[0] for part in _syllables(fold(text[:200]), surname))


def mask_name(name: str) -> str:
    """张三 -> 张*, 陈小英 -> 陈*英, 欧阳娜 -> 欧阳*, 欧阳娜娜 -> 欧阳*娜, 阿依古丽·买买提 -> 阿*; one sign -> *."""
    name = name.strip()
    if "·" in name or "•" in name or " " in name or name.isascii():
        return f"{name[:1]}*" if len(name) > 1 else "*" * len(name)
    head = 2 if name[:2] in COMPOUND_SURNAMES and len(name) > 2 else 1
    if len(name) <= head + 1:
        return (name[:head] if len(name) > head else "") + "*" * bool(name)
    return name[:head] + "*" * (len(name) - head - 1) + name[-1]


def mask_phone(phone: str) -> str:
    """13812345678 -> 138****5678, 0813-8212345 -> 0813-***2345; anything else keeps its last two digits at most."""
    digits = re.sub(r"\D", "", phone)
    if re.fullmatch(r"(?:86)?1\d{10}", digits):
        return f"{digits[-11:-8]}****{digits[-4:]}"
    if landline := re.match(r"\s*\(?(0\d{2,3})\)?[-— ]?(\d{3,4}?)(\d{4})(?!\d)", phone):
        return f"{landline[1]}-{'*' * len(landline[2])}{landline[3]}"
    return "*" * max(0, len(digits) - 2) + digits[-2:] if len(digits) > 4 else "*" * len(phone)


Kind: TypeAlias = Literal["identity", "phone", "room", "plate", "card"]


class Finding(NamedTuple):
    """A piece of personal data in a text: `text[start:end]`."""

    kind: Kind
    start: int
    end: int
    excerpt: str


def find_personal_data(text: str) -> list[Finding]:
    """Identity numbers, telephones, rooms (a household, not just a building), plates and bank cards, in text order.

    A helper for people who publish: it also finds numbers with gaps, full-width digits and mistyped check signs, and
    leaves alone hotlines (12345, 400…), dates, amounts, order numbers and buildings without a room.
    """
    plain = text.translate(_NARROW)
    taken = bytearray(len(plain))
    found: list[Finding] = []
    for kind, pattern, is_real in _PERSONAL:
        for match in pattern.finditer(plain):
            start, end = match.span("it") if "it" in pattern.groupindex else match.span()
            if (is_real is None or is_real(match)) and not any(taken[start:end]):
                taken[start:end] = b"x" * (end - start)
                found.append(Finding(kind, start, end, text[start:end]))
    return sorted(found, key=lambda finding: finding.start)


def mask_personal_data(text: str) -> str:
    """The text with every finding masked; once more when a masked neighbour lets another one show."""
    for _round in range(9):
        if not (found := find_personal_data(text)):
            break
        starts = [*(finding.start for finding in found[1:]), len(text)]
        masked = [_mask(finding) + text[finding.end : start] for finding, start in zip(found, starts, strict=True)]
        text = text[: found[0].start] + "".join(masked)
    return text


def mask_identity(number: str) -> str:
    """510303199001011234 -> 510***********1234; whatever is shorter than 15 signs is hidden as a whole."""
    return f"{number[:3]}{'*' * (len(number) - 7)}{number[-4:]}" if len(number) >= 15 else "*" * len(number)


@lru_cache(maxsize=4096)
def _syllables(text: str, surname: bool) -> tuple[str, ...]:
    head: tuple[str, ...] = ()
    if surname and text[:1] in SURNAMES and text[:2] not in COMPOUND_SURNAMES:
        head, text = (SURNAMES[text[0]],), text[1:]
    spoken = lazy_pinyin(text, style=Style.NORMAL, errors=lambda run: "".join(re.findall(r"[a-z0-9]", run)))
    return head + tuple(part for run in spoken for part in re.findall(r"[a-z]+|\d+", run))


_NARROW = str.maketrans(
    {0xFF01 + i: chr(0x21 + i) for i in range(94)} | dict.fromkeys(map(ord, "\u3000\xa0"), " ")
    | dict.fromkeys(map(ord, "—–‐－"), "-")
)  # fmt: skip
"""Sign for sign, so that positions in the narrowed text are positions in the text."""
_HAN_DIGIT = "零〇一二三四五六七八九"
_FLOOR = rf"(?:[1-9]\d?|[{_HAN_DIGIT}十]{{1,3}})"
_BUILDING = rf"(?:[0-9A-Za-z]{{1,4}}|[{_HAN_DIGIT}十百]{{1,4}}|[东西南北中])[ #]?(?:号?[栋幢座]|号楼|单元|门栋)"
_ROOM = rf"(?:\d{{3,4}}|[{_HAN_DIGIT}]{{3,4}}|\d{{1,2}}(?=[ ]?[室号]))"
_COUNTED = "年月日元块万千米平户人位名个次天条辆套层楼栋家份棵盏公分小"
_NOT_ROOM = rf"(?![ ]?(?:\d|[a-zA-Z%‰㎡²~/]|[多余来]?[{_COUNTED}]))"


def _valid_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:8]))
    except ValueError:
        return False
    return digits[:2] in ("18", "19", "20")


def _is_identity(match: re.Match[str]) -> bool:
    number: str = re.sub(r"[ -]", "", match.group()).upper()
    if set(number) <= set(CREDIT_SIGNS) and len(number) == 18 and number[17] == credit_check(number):
        return number[17] == identity_check(number)
    return (number[:2] in PROVINCES or number[0] == "9") and _valid_date(number[6:14])


def _is_old_identity(match: re.Match[str]) -> bool:
    number: str = match.group()
    return number[:2] in PROVINCES and _valid_date("19" + number[6:12])


def _is_card(match: re.Match[str]) -> bool:
    """Luhn's check (ISO/IEC 7812)."""
    digits = [int(sign) for sign in match.group() if sign.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return 16 <= len(digits) <= 19 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_plate(match: re.Match[str]) -> bool:
    number: str = match["number"]
    return sum(sign.isdigit() for sign in number) >= 3


def _is_door(match: re.Match[str]) -> bool:
    """3-2-501 is a door, 11-24-2025 a date."""
    room: str = match["room"]
    return not room.startswith(("19", "20")) or len(room) == 3


_PERSONAL: tuple[tuple[Kind, re.Pattern[str], Callable[[re.Match[str]], bool] | None], ...] = (
    ("identity", re.compile(r"(?<![0-9A-Za-z])\d{6}[ -]?\d{4}[ -]?\d{4}[ -]?\d{3}[\dXx](?![0-9A-Za-z])"), _is_identity),
    ("identity", re.compile(r"(?<![0-9A-Za-z])\d{15}(?![0-9A-Za-z])"), _is_old_identity),
    ("card", re.compile(r"(?<!\d)(?:62|9558|4\d|5[1-5]|3[57]|60)(?:[ -]?\d){14,17}(?![ -]?\d)"), _is_card),
    ("phone", re.compile(r"(?<!\d)(?:(?:\+|00)?86[ -]?)?0?1[3-9]\d[ .-]?\d{4}[ .-]?\d{4}(?!\d)"), None),
    ("phone", re.compile(r"(?<!\d)1[3-9]\d[ -]?\d{3}[ -]\d{5}(?!\d)"), None),
    ("phone", re.compile(rf"[一幺][三四五六七八九][{_HAN_DIGIT}幺]{{9}}"), None),
    ("phone", re.compile(r"(?<!\d)\(?(?:010|02\d|0[3-9]\d{2})\)?[ -]{0,3}[2-8]\d{2,3}[ -]?\d{4}(?!\d)"), None),
    ("phone", re.compile(
        r"(?:电话|座机|手机|号码|致电|拨打|联系|tel)[^\d\n]{0,4}(?P<it>[2-8]\d{6,7})(?![\d.年元万])", re.I), None),
    ("plate", re.compile(
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z][ ·•.-]?"
        r"(?P<number>[A-HJ-NP-Za-hj-np-z0-9]{5,6}|[A-Za-z0-9]{4}[挂学警港澳])(?![A-Za-z0-9])"), _is_plate),
    ("room", re.compile(
        rf"(?<![0-9A-Za-z{_HAN_DIGIT}十])(?:{_BUILDING}[ ,，、-]?){{1,3}}(?:{_FLOOR}[ ]?[楼层][ ,，]?)?"
        rf"(?:附)?{_ROOM}{_NOT_ROOM}(?:[ ]?[室号房])?"), None),
    ("room", re.compile(
        rf"{_BUILDING}[ ]?{_FLOOR}[楼层][ ]?(?:{_FLOOR}[ ]?[号室]|[左右中东西南北][手边户侧])"
    ), None),
    ("room", re.compile(r"(?<![\d.:/-])\d{1,3}[栋幢座]?-(?:\d{1,2}(?:单元)?-)(?P<room>\d{3,4})(?![\d.:/-])"), _is_door),
    ("room", re.compile(r"(?<![\d第.])\d{3,4}[ ]?(?:号?室(?![内外温])|号房(?![地产屋子间]))"), None),
    ("room", re.compile(r"(?<![\d第.#万千百元])(?!19|20)\d{3,4}房(?![屋产价补子租间型地贷东款源交验])"), None),
)  # fmt: skip


def _mask(finding: Finding) -> str:
    if finding.kind == "identity":
        return mask_identity(re.sub(r"[ —–‐－-]", "", finding.excerpt))
    if finding.kind == "phone":
        return mask_phone(finding.excerpt.translate(_NARROW))
    if finding.kind == "plate":
        return finding.excerpt[:2] + "***" + finding.excerpt[-2:]
    if finding.kind == "card":
        return "************" + finding.excerpt[-4:]
    head, tail = re.fullmatch(r"(.*(?:[栋幢座楼层门—–‐－-]|单元))?(.*)", finding.excerpt, re.S).group(1, 2)  # type: ignore[union-attr]
    return (head or "") + re.sub(r"[^室号房]+", "*", tail, count=1)
