"""Passwords: how they are stored, what makes one good enough, and random ones that can be read out.

Argon2id with the parameters of the OWASP cheat sheet (19 MiB, 2 passes, 1 lane), so that many people signing in at
once fit into a small server. Length counts more than signs, and nobody is made to change regularly
(NIST SP 800-63B 5.1.1).
"""

import secrets
from collections.abc import Iterable

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

SHORTEST = 8
SHORTEST_FOR_STAFF = 10
LONGEST = 128
RULE = _("至少 8 个字，不能全是数字，不能是姓名、手机号或常见的密码。一句只有您记得的话最好。")
RULE_FOR_STAFF = _("至少 10 个字，不能全是数字，不能是姓名、用户名、手机号或常见的密码。一句只有您记得的话最好。")
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


class Argon2(Argon2PasswordHasher):
    """Argon2id at 19 MiB."""

    time_cost = 2
    memory_cost = 19456
    parallelism = 1


def check_strength(password: str, about: Iterable[str] = (), shortest: int = SHORTEST) -> None:
    """Raise ValidationError with a sentence when `password` is too weak; `about` are the person's own words."""
    if "\0" in password:
        raise ValidationError(_("密码里有看不见的字符，请重新输入。"))
    if len(password) < shortest:
        raise ValidationError(_("密码太短，至少要 %(least)s 个字。"), params={"least": shortest})
    if len(password) > LONGEST:
        raise ValidationError(_("密码太长，最多 %(most)s 个字。"), params={"most": LONGEST})
    if password.isdigit():
        raise ValidationError(_("密码不能全是数字，请加上字母或汉字。"))
    if len(set(password)) < 4:
        raise ValidationError(_("密码里重复的字太多，请换一个。"))
    _refuse_common(password)
    _refuse_own_words(password.lower(), about)


def rule(*, is_staff: bool) -> str:
    """What a password must be, in words, to stand beside the field."""
    return str(RULE_FOR_STAFF if is_staff else RULE)


def one_time_password() -> str:
    """Twelve readable signs (59 random bits) in three groups, to be changed at the first sign-in."""
    return "-".join("".join(secrets.choice(_READABLE) for _sign in range(4)) for _group in range(3))


def _refuse_common(password: str) -> None:
    try:
        CommonPasswordValidator().validate(password)
    except ValidationError:
        raise ValidationError(_("这个密码太常见，别人很容易猜到，请换一个。")) from None


def _refuse_own_words(password: str, about: Iterable[str]) -> None:
    """A word of four signs may not stand in it; a shorter one, as most names, may not be all it has beside digits."""
    rest = password
    for word in sorted((word.lower() for word in about if len(word) > 1), key=len, reverse=True):
        if len(word) >= 4 and word in password:
            raise ValidationError(_("密码里不要用自己的姓名、用户名或手机号，请换一个。"))
        rest = rest.replace(word, "")
    if rest != password and not any(sign.isalpha() for sign in rest):
        raise ValidationError(_("密码里不要用自己的姓名、用户名或手机号，请换一个。"))
