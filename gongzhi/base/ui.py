"""Words for times, spans and deadlines, and the names of the icons: what every page says the same way.

Times come in aware (stored in UTC) and are spoken in Shanghai time (DESIGN.md, Words).
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

SPRITE = "vendor/lucide/icons.svg"
BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")


@cache
def icon_names() -> frozenset[str]:
    """Names of the vendored icons, read from the sprite itself."""
    sprite = (Path(__file__).parent / "static" / SPRITE).read_text(encoding="utf-8")
    return frozenset(re.findall(r'<symbol id="([^"]+)"', sprite))


def speak_date(day: date, today: date) -> str:
    """今天, 昨天, 明天, 11月3日, or 2025年11月3日 in another year."""
    near = {0: _("今天"), -1: _("昨天"), 1: _("明天")}.get((day - today).days)
    if near:
        return near
    if get_language() == "en":
        return date_format(day, "j M" if day.year == today.year else "j M Y")
    text = f"{day.month}月{day.day}日"
    return text if day.year == today.year else f"{day.year}年{text}"


def speak_time(moment: datetime | date, now: datetime | None = None) -> str:
    """A moment in words: 今天 14:30, 昨天 09:12, 11月3日 08:00, 2025年11月3日; a plain date has no time of day.

    In another year the time of day is left out: nobody asks for it, the full form stands in the title.
    """
    today = timezone.localdate(now)
    if not isinstance(moment, datetime):
        return speak_date(moment, today)
    local = timezone.localtime(moment)
    words = speak_date(local.date(), today)
    return words if local.year != today.year else f"{words} {local:%H:%M}"


def speak_span(span: timedelta | float, parts: int = 2) -> str:
    """A span in words, at most `parts` units: 3 小时 20 分, 1 天 4 小时, 45 分. Shorter than a minute: 不到 1 分.

    `span` is a timedelta or seconds; the sign is dropped. Whole days only from the third day on.
    """
    seconds = abs(span.total_seconds() if isinstance(span, timedelta) else float(span))
    minutes = int(seconds // 60)
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    if days >= 3:
        return _("%d 天") % days
    pairs = ((_("%d 天"), days), (_("%d 小时"), hours), (_("%d 分"), minutes))
    words = [form % count for form, count in pairs if count]
    return " ".join(words[:parts]) or _("不到 1 分")


@dataclass(frozen=True)
class Due:
    """How a deadline stands: `tone` is ok, warn, bad or still; `icon` and `words` say it without colour."""

    tone: str
    icon: str
    words: str


def due_state(due_at: datetime | None, *, now: datetime | None = None, is_paused: bool = False) -> Due | None:
    """The words of a deadline: 还剩 3 小时 20 分 / 今天到期 / 超期 2 天 / 暂停中; None where there is none.

    Amber from 24 hours before; 今天到期 when it falls on today and more than eight hours are left.
    """
    if is_paused:
        return Due("still", "pause", _("暂停中"))
    if due_at is None:
        return None
    now = now or timezone.now()
    left = due_at - now
    if left < timedelta(0):
        return Due("bad", "warn", _("超期 %s") % speak_span(left))
    if timezone.localdate(due_at) == timezone.localdate(now) and left > timedelta(hours=8):
        return Due("warn", "clock", _("今天到期"))
    tone = "warn" if left < timedelta(hours=24) else "ok"
    return Due(tone, "clock", _("还剩 %s") % speak_span(left))


def plain(text: object) -> str:
    """Text of people without the invisible signs that turn the reading direction of what stands beside it."""
    return BIDI_CONTROLS.sub("", str(text))


def get(item: Any, name: str, default: Any = "") -> Any:
    """A value of a dict or an object by the same name, so that pages may hand over either."""
    if isinstance(item, dict):
        return item.get(name, default)
    return getattr(item, name, default)


def preferences(request: HttpRequest | None) -> dict[str, str]:
    """What this browser chose: `type` (large or empty) and `theme` (light, dark or empty), from cookies."""
    cookies = request.COOKIES if request is not None else {}
    chosen = {"type": cookies.get("type", ""), "theme": cookies.get("theme", "")}
    allowed = {"type": {"large"}, "theme": {"light", "dark"}}
    return {name: value if value in allowed[name] else "" for name, value in chosen.items()}


def site() -> dict[str, str]:
    """Name, owner, telephone and record numbers of this installation (settings.SITE)."""
    empty = {"name": "共治", "owner": "", "phone": "", "icp": "", "police": "", "repository": ""}
    return empty | {key: str(value) for key, value in getattr(settings, "SITE", {}).items()}
