"""Numbers with a check: identity number (GB 11643), credit code (GB 32100), organisation code (GB 11714), telephone.

`parse_*` return what the number says and raise ValidationError, so they also serve as validators of fields.
Spaces, hyphens, full-width signs and lower case are accepted and normalised.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

IDENTITY_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
IDENTITY_CHECKS = "10X98765432"
CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
PROVINCES = frozenset((
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43",
    "44", "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "71", "81", "82", "83",
))  # fmt: skip
"""Region codes are advisory (they change, and residence permits use 81-83 and 9…): none refuses a number."""
OLDEST = 130


@dataclass(frozen=True)
class Identity:
    """What an identity number says. `is_known_region` is a hint only."""

    number: str
    birth_date: date
    sex: Literal["男", "女"]
    region: str
    is_known_region: bool

    def age_on(self, day: date) -> int:
        """Full years on `day`."""
        return day.year - self.birth_date.year - ((day.month, day.day) < (self.birth_date.month, self.birth_date.day))


@dataclass(frozen=True)
class Phone:
    """A telephone number in its stored form: 13812345678, 0813-8212345 or 0813-8212345-802, 400-123-4567, 12345."""

    number: str
    kind: Literal["mobile", "landline", "service"]


def parse_identity(text: str) -> Identity:
    """An 18-sign identity number or residence permit of the same form. Raises ValidationError (GB 11643)."""
    number = _plain(text)
    if re.fullmatch(r"\d{15}", number):
        raise ValidationError(_("这是 15 位的旧号码，请填写现在身份证上的 18 位号码。"), code="old")
    if not re.fullmatch(r"\d{17}[\dX]", number):
        raise ValidationError(_("身份证号是 18 位：17 位数字，最后一位是数字或 X。"), code="form")
    if number[17] != identity_check(number):
        raise _wrong_identity(number)
    return Identity(
        number=number,
        birth_date=_birth_date(number),
        sex="男" if int(number[16]) % 2 else "女",
        region=number[:6],
        is_known_region=number[:2] in PROVINCES or number[0] == "9",
    )


def identity_check(number: str) -> str:
    """The check sign of the first 17 digits (GB 11643, ISO 7064 MOD 11-2)."""
    return IDENTITY_CHECKS[sum(int(n) * w for n, w in zip(number[:17], IDENTITY_WEIGHTS, strict=True)) % 11]


def parse_credit_code(text: str) -> str:
    """An 18-sign unified social credit code, N… of rural collectives included. Raises ValidationError (GB 32100)."""
    code = _plain(text)
    if wrong := sorted(set(code) & set("IOSVZ")):
        raise ValidationError(
            _("统一社会信用代码里没有字母 I、O、S、V、Z，请检查 %(wrong)s（可能是 1、0、5、U、2）。"),
            code="sign",
            params={"wrong": "、".join(wrong)},
        )
    if len(code) != 18 or not set(code) <= set(CREDIT_SIGNS):
        raise ValidationError(_("统一社会信用代码是 18 位数字和大写字母。"), code="form")
    if code[17] != credit_check(code):
        raise ValidationError(_("统一社会信用代码的校验位对不上，请对照证照再输一次。"), code="check")
    return code


def credit_check(code: str) -> str:
    """The check sign of the first 17 signs: weights 3^i mod 31 (GB 32100)."""
    total = sum(CREDIT_SIGNS.index(sign) * pow(3, i, 31) for i, sign in enumerate(code[:17]))
    return CREDIT_SIGNS[-total % 31]


def parse_organisation_code(text: str) -> str:
    """A 9-sign organisation code, returned as 12345678-9. Raises ValidationError (GB 11714)."""
    code = _plain(text)
    if not re.fullmatch(r"[0-9A-Z]{8}[0-9X]", code):
        raise ValidationError(_("组织机构代码是 9 位：8 位数字或大写字母，加 1 位校验码。"), code="form")
    total = sum(int(sign, 36) * weight for sign, weight in zip(code[:8], ORGANISATION_WEIGHTS, strict=True))
    if code[8] != "0123456789X0"[11 - total % 11]:
        raise ValidationError(_("组织机构代码的校验位对不上，请对照证照再输一次。"), code="check")
    return f"{code[:8]}-{code[8]}"


def parse_phone(text: str) -> Phone:
    """A mobile, landline (area code needed) or service number (400…, 12345). Raises ValidationError."""
    plain = re.sub(r"[\s—–‐－·.]+", "-", unicodedata.normalize("NFKC", text).strip())
    plain = re.sub(r"^(?:\+|00)?86-?(?=\D*1[\d-]{10,12}$|\D*0)|^(?:\+|00)86-?(?=[2-9])", "", plain)
    digits = re.sub(r"[-()]", "", plain)
    if re.fullmatch(r"0?1[3-9]\d{9}", digits):
        return Phone(digits[-11:], "mobile")
    if service := _SERVICE.fullmatch(digits):
        return Phone(service[4] or "-".join(service.group(1, 2, 3)), "service")
    if landline := _LANDLINE.fullmatch(plain):
        local = landline[2].replace("-", "")
        return Phone("-".join(part for part in (f"0{landline[1]}", local, landline[3]) if part), "landline")
    if re.fullmatch(r"[2-8]\d{6,7}", digits):
        raise ValidationError(_("固定电话请写上区号，例如 0813-8212345。"), code="area")
    raise ValidationError(_("电话号码不对：手机是 11 位数字，固定电话要带区号，例如 0813-8212345。"), code="form")


def validate_phone(value: str) -> None:
    """Field validator: a number that reaches a person, so no 12345 and no 400 number."""
    if parse_phone(value).kind == "service":
        raise ValidationError(_("这是服务热线，请填写能找到您本人的手机或固定电话。"), code="service")


_SERVICE = re.compile(r"([48]00)(\d{3})(\d{4})|(1\d{2}|12\d{3}|9[56]\d{3})")
_LANDLINE = re.compile(
    r"\(?0?(10|2\d|[3-9]\d{2})\)?-?([2-8]\d{2,3}-?\d{4})"
    r"(?:(?:-?(?:转|分机|ext|#)-?|-)(\d{1,6}))?",
    re.IGNORECASE,
)


def _plain(text: str) -> str:
    return re.sub(r"[\s\-—·]", "", unicodedata.normalize("NFKC", text)).upper()


def _birth_date(number: str) -> date:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError as error:
        raise ValidationError(_("身份证号里的出生日期不存在，请再核对一遍。"), code="date") from error
    today = timezone.localdate()
    if not today.year - OLDEST <= born.year or born > today:
        raise ValidationError(_("身份证号里的出生日期不对，请再核对一遍。"), code="date")
    return born


def _wrong_identity(number: str) -> ValidationError:
    if number.endswith("000"):
        text = _("身份证号的末几位变成了 0：表格软件把它当数字存了。请把这一列改成“文本”，再填一次。")
    else:
        text = _("身份证号的校验位对不上，可能有一位写错了，请对照证件再输一次。")
    return ValidationError(text, code="check")
