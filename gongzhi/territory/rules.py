"""Pure rules of names, codes and order; nothing here reads the database."""

import re
from collections.abc import Iterable
from typing import TypedDict

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongzhi.base.text import bigrams, initials, pinyin
from gongzhi.territory.models import GRIDS, Kind

DIGITS = "零一二三四五六七八九"
NUMBER = r"([0-9]{1,4}|[零〇一二两三四五六七八九十百]{1,7})"
BUILDING_NUMBER = re.compile(NUMBER + r"\s*(号楼|号院|栋|幢|座|棟|楼|院)")
DIVISION_LENGTHS = {Kind.CITY: 4, Kind.DISTRICT: 6, Kind.STREET: 9, Kind.COMMUNITY: 12}

CSV_LEVELS = {
    "city": Kind.CITY,
    "county": Kind.DISTRICT,
    "township": Kind.STREET,
    "village": Kind.COMMUNITY,
}
"""Level words of the statistical division list, and the kinds they become; a province is context only."""


def short_name(full: str) -> str:
    """磨子井社区居民委员会 → 磨子井社区, 吴山村委会 → 吴山村, 黄桷村村委员会 → 黄桷村; other names stay."""
    match = re.search(r"(社区|村)?(居|村)民?委员?会$", full)
    if match is None or match.start() == 0:
        return full
    stem, tail = full[: match.start()], "社区" if match[2] == "居" else "村"
    if match[1]:
        return stem + match[1]
    return stem if stem.endswith(tail) and len(stem) > 2 and tail == "社区" else stem + tail


def division_code(code: str, kind: str) -> str:
    """The 12-digit form of a division code: 510302 → 510302000000.

    Accepts the short form of the level or the full form. Raises ValidationError.
    """
    length = DIVISION_LENGTHS[Kind(kind)]
    if not re.fullmatch(r"[0-9]+", code, re.ASCII):
        raise ValidationError(_("编码“%(code)s”里有数字以外的字符。"), params={"code": code[:20]})
    if len(code) == 12 and code.endswith("0" * (12 - length)):
        return code
    if len(code) != length:
        raise ValidationError(
            _("编码“%(code)s”应是 %(length)s 位或 12 位数字。"), params={"code": code[:20], "length": length}
        )
    return code.ljust(12, "0")


def any_division_code(code: str) -> str:
    """The 12-digit form of a code whose level is not known: short codes are filled with noughts."""
    return code.ljust(12, "0") if re.fullmatch(r"[0-9]{4,12}", code, re.ASCII) else code


def grid_code(community_code: str, serial: int) -> str:
    """The community's 12 digits and a serial of three (GB/T 34300 and grid practice); empty without a base."""
    if not community_code:
        return ""
    if not 1 <= serial <= 999:
        raise ValidationError(_("这个社区的网格序号已经用到 999，不能再加。"))
    return f"{community_code}{serial:03d}"


def chinese_number(text: str) -> int | None:
    """十二 → 12, 两 → 2, 12 → 12; None when it is not a number below a thousand."""
    if text.isascii() and text.isdigit():
        return int(text)
    plain = text.replace("两", "二").replace("〇", "零")
    if re.fullmatch(rf"[{DIGITS}]+", plain):
        return int("".join(str(DIGITS.index(char)) for char in plain))
    match = re.fullmatch(rf"(?:([{DIGITS}])百零?)?(?:([{DIGITS}]?)(十))?([{DIGITS}])?", plain)
    if match is None or not plain:
        return None
    hundreds, tens, has_ten, ones = match.groups()
    value = DIGITS.index(hundreds) * 100 if hundreds else 0
    value += (DIGITS.index(tens) if tens else 1) * 10 if has_ten else 0
    return value + (DIGITS.index(ones) if ones else 0)


def building_numbers(text: str) -> list[int]:
    """Numbers of buildings named in an address: 和平花苑三栋 2 单元 → [3]."""
    found = (chinese_number(match[1]) for match in BUILDING_NUMBER.finditer(text))
    return [number for number in found if number is not None]


class Words(TypedDict):
    """The columns that make a place findable and put it in order."""

    pinyin: str
    initials: str
    search: list[str]
    position: str


def words(kind: str, code: str, name: str, others: Iterable[str] = ()) -> Words:
    """Search columns of a place; `others` are full name, aliases, address, the name of the estate."""
    return {
        "pinyin": pinyin(name)[:240],
        "initials": initials(name)[:60],
        "search": bigrams(name, *others),
        "position": position(kind, code, name),
    }


def position(kind: str, code: str, name: str) -> str:
    """The order in which an office lists places: by official code, else by number inside the name, else by sound."""
    if code and kind not in (Kind.BUILDING, Kind.HOUSEHOLD):
        return code
    counted = re.sub(rf"^第?{NUMBER}(?=[^0-9])", _padded, name)
    return re.sub(r"[0-9]+", lambda match: match[0].zfill(6), pinyin(counted) or name)[:240]


def _padded(match: re.Match[str]) -> str:
    number = chinese_number(match[1])
    return match[0] if number is None else f"{number:06d}"


def levels(kind: str, own: int, parent: dict[str, int | None]) -> dict[str, int | None]:
    """The four level ids of a place of `kind` with id `own` under a place with the ids `parent`."""
    found = dict(parent)
    if kind in (Kind.DISTRICT, Kind.STREET, Kind.COMMUNITY):
        found[f"{kind}_id"] = own
    elif kind in GRIDS and found["grid_id"] is None:
        found["grid_id"] = own
    return found


NO_LEVELS: dict[str, int | None] = {"district_id": None, "street_id": None, "community_id": None, "grid_id": None}
