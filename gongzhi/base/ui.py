"""Words for times, spans and deadlines, the same on every page; times come in UTC, are spoken in Shanghai."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

SPRITE = "vendor/lucide/icons.svg"


@cache
def icon_names() -> frozenset[str]:
    """Names of the vendored icons, read from the sprite itself."""
    sprite = (Path(__file__).parent / "static" / SPRITE).read_text(encoding="utf-8")
    return frozenset(re.findall(r'<symbol id="([^"]+)"', sprite))


def speak_date(day: date, today: date) -> str:
    """今天, 昨天, 明天, 11月3日, or 2025年11月3日 in another year."""
    near = {0: _("今天"), -1: _("昨天"), 1: _("明天")}.get((day - today).days)
    is_this_year = day.year == today.year
    if near or get_language() == "en":
        return near or date_format(day, "j M" if is_this_year else "j M Y")
    return f"{'' if is_this_year else f'{day.year}年'}{day.month}月{day.day}日"


def speak_time(moment: datetime | date, now: datetime | None = None) -> str:
    """今天 14:30, 昨天 09:12, 11月3日 08:00; a plain date, and a moment of another year, without the time of day."""
    today = timezone.localdate(now)
    if not isinstance(moment, datetime):
        return speak_date(moment, today)
    local = timezone.localtime(moment)
    is_near = local.year == today.year or abs((local.date() - today).days) <= 1
    return f"{speak_date(local.date(), today)} {local:%H:%M}" if is_near else speak_date(local.date(), today)


@cache
def _due_words(language: str | None) -> tuple[str, ...]:
    return _("暂停中"), _("超期 %s"), _("今天到期"), _("还剩 %s")


@cache
def _span_words(language: str | None) -> tuple[str, ...]:
    """Looked up once for each language: lists speak many spans."""
    return _("%d 天"), _("%d 小时"), _("%d 分"), _("不到 1 分")


def speak_span(span: timedelta | float) -> str:
    """3 小时 20 分, 1 天 4 小时, 45 分, 不到 1 分; whole days from the third on. A timedelta or seconds."""
    seconds = abs(span.total_seconds() if isinstance(span, timedelta) else float(span))
    hours, minutes = divmod(int(seconds // 60), 60)
    days, hours = divmod(hours, 24)
    day, hour, minute, less = _span_words(get_language())
    if days >= 3:
        return day % days
    pairs = ((day, days), (hour, hours), (minute, 0 if days else minutes))
    return " ".join(form % count for form, count in pairs if count) or less


@dataclass(frozen=True)
class Due:
    """How a deadline stands: `tone` is ok, warn, bad or still; `icon` and `words` say it without colour."""

    tone: str
    icon: str
    words: str


def due_state(due_at: datetime | None, *, now: datetime | None = None, is_paused: bool = False) -> Due | None:
    """还剩 3 小时 20 分 / 今天到期 / 超期 2 天 / 暂停中; None without a deadline.

    Amber from 24 hours before; 今天到期 when it falls on today and more than eight hours are left.
    """
    paused, late, today, rest = _due_words(get_language())
    if is_paused:
        return Due("still", "pause", paused)
    if due_at is None:
        return None
    now = now or timezone.now()
    left = due_at - now
    if left < timedelta(0):
        return Due("bad", "warn", late % speak_span(left))
    is_soon = left < timedelta(hours=24)
    if is_soon and left > timedelta(hours=8) and timezone.localdate(due_at) == timezone.localdate(now):
        return Due("warn", "clock", today)
    return Due("warn" if is_soon else "ok", "clock", rest % speak_span(left))


def get(item: Any, name: str, default: Any = "") -> Any:
    """A value of a dict or an object by the same name, so that pages may hand over either."""
    return item.get(name, default) if isinstance(item, dict) else getattr(item, name, default)


def site() -> dict[str, str]:
    """`{% site as site %}`: name, owner, phone, icp, police of this installation (settings.SITE)."""
    return dict.fromkeys(("owner", "phone", "icp", "police"), "") | {"name": "共治"} | getattr(settings, "SITE", {})
