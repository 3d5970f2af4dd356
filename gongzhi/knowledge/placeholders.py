"""Places to fill in: names in braces such as {诉求号}. Unknown ones are refused by name; unfilled ones are pointed out."""

import re
from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

_BRACES = re.compile(r"\{([^{}\n]{0,30})\}")
SAMPLES = {
    "称呼": "陈先生", "诉求号": "2026-000123", "标题": "3栋2单元楼道灯不亮", "地点": "磨子井社区第三网格",
    "承办单位": "市政公用中心", "期限": "3月12日", "社区": "磨子井社区", "电话": "0813-8200000", "日期": "3月5日",
    "经办人": "王敏", "类别": "路灯楼道灯",
}  # fmt: skip
"""Every name that can stand in braces, each with what the sample shows."""


def names_in(text: str) -> list[str]:
    """The names in braces, each once, in order."""
    return list(dict.fromkeys(found.strip() for found in _BRACES.findall(text)))


def check(text: str) -> None:
    """Raises ValidationError, naming what nobody can fill in, or a brace without its partner."""
    unknown = [name for name in names_in(text) if name not in SAMPLES]
    if unknown:
        raise ValidationError(
            _("不认识{%(names)s}，能用的有：%(known)s。"),
            params={"names": "}、{".join(unknown), "known": "".join(f"{{{name}}}" for name in SAMPLES)},
        )
    if set("{}") & set(_BRACES.sub("", text)):
        raise ValidationError(_("花括号要成对写，像{诉求号}这样。"))


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with what is known filled in; what has no value stays in its braces, for a person to see."""
    return _BRACES.sub(lambda match: values.get(match[1].strip()) or match[0], text)


def unfilled(text: str) -> list[str]:
    """Known names that still stand in braces."""
    return [name for name in names_in(text) if name in SAMPLES]


def sample(text: str) -> str:
    """The text filled in with invented values."""
    return fill(text, SAMPLES)
