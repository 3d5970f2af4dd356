"""What can be said while somebody types: emergency numbers, categories by their words, similar open matters nearby.

Suggestions always carry the words that spoke for them; a person decides.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, When

from gongzhi.base.text import bigrams, fold
from gongzhi.cases import learned
from gongzhi.cases.models import Category, DuplicateDismissal, LearnedModel, Matter
from gongzhi.territory.models import Place

FRESH_SECONDS = 20
EMERGENCIES: tuple[tuple[str, str, tuple[str, ...]], ...] = tuple(
    (number, label, tuple(words.split()))
    for number, label, words in (
        ("119", "火警和抢险", "起火 着火 失火 火灾 冒浓烟 燃气泄漏 天然气泄漏 煤气泄漏 漏燃气 漏煤气 爆炸 "
         "电梯困人 困在电梯 被困电梯 有人落水 掉进水里 要跳楼 跳楼"),
        ("120", "急救", "晕倒 昏倒 昏迷 没有呼吸 喘不上气 大出血 流血不止 心脏病发 中风 被车撞 触电 溺水 "
         "有人受伤 受了重伤 煤气中毒 喝农药 摔断"),
        ("110", "报警", "有人持刀 拿刀 打起来了 正在打架 正在打人 抢劫 入室盗窃 小偷进屋 家暴 正在偷 "
         "绑架 拐卖 孩子走失 孩子丢了 老人走失"),
        ("122", "交通事故", "车祸 撞车 交通事故"),
    )
)  # fmt: skip
"""Words that lead to the emergency numbers at once; a false alarm costs a glance, a missed one a life."""


@dataclass(frozen=True)
class Emergency:
    """Call this number first; `words` were written."""

    number: str
    label: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Suggestion:
    """A category and the words that spoke for it."""

    category: Category
    words: tuple[str, ...]
    confidence: float = 0.0

    @property
    def why(self) -> str:
        """One sentence for the reporter; of what was learned with how sure it is."""
        if self.confidence:
            said = "".join(f"“{word}”" for word in self.words)
            return f"以前写到{said}的多归这一类，把握 {self.confidence * 100:.0f}%，可以改。"
        return "写到了" + "".join(f"“{word}”" for word in self.words) + "，可以改。"


@dataclass(frozen=True)
class Similar:
    """An open matter that may be the same, and why it looks so."""

    matter: Matter
    score: float
    reasons: tuple[str, ...]


@dataclass
class _Kept:
    rows: list[Category] = field(default_factory=list)
    newest: int | None = None
    read_at: float = float("-inf")


_kept = _Kept()


def emergencies(text: str) -> list[Emergency]:
    """Emergency numbers the text calls for, the most pressing first."""
    plain = fold(text)
    found = [(n, label, tuple(w for w in words if w in plain)) for n, label, words in EMERGENCIES]
    return [Emergency(*row) for row in found if row[2]]


def categories() -> list[Category]:
    """Active categories with their words, read again every `FRESH_SECONDS`."""
    if time.monotonic() - _kept.read_at > FRESH_SECONDS:
        newest = LearnedModel.objects.order_by("-pk").values(found=Case(When(is_active=True, then=F("pk"))))[:1]
        rows = Category.objects.filter(is_active=True).select_related("parent").annotate(newest=Subquery(newest))
        _kept.rows = list(rows)
        _kept.newest = getattr(_kept.rows[0], "newest", None) if _kept.rows else None
        _kept.read_at = time.monotonic()
    return _kept.rows


def forget() -> None:
    """Read the categories afresh (after an edit, between tests)."""
    _kept.read_at = float("-inf")


def suggest(text: str, most: int = 3) -> list[Suggestion]:
    """Categories, best first: what was learned and is sure, then whose words were written, longer and more before fewer."""
    plain, known = fold(text), categories()
    scored = []
    for category in known:
        words = tuple(word for word in category.words if fold(word) in plain)
        if words:
            scored.append((sum(len(word) for word in words), -category.position, Suggestion(category, words)))
    by_words = [row[2] for row in sorted(scored, key=lambda row: row[:2], reverse=True)]
    sure = learned.guess(text, _kept.newest)
    first = [Suggestion(one, sure.because, sure.confidence) for one in known if sure and one.code == sure.label]
    return [*first, *(one for one in by_words if not first or one.category != first[0].category)][:most]


def similar(
    text: str, place: Place, category_id: int | None, now: datetime, *, most: int = 3, leave_out: int | None = None
) -> list[Similar]:
    """Open, joinable matters of the same community and the last 60 days that look the same; two statements at most."""
    if place.community_id is None:
        return []
    recent = joinable(place.community_id, now)
    if leave_out is not None:
        both = Q(first=OuterRef("pk"), second=leave_out) | Q(first=leave_out, second=OuterRef("pk"))
        recent = recent.exclude(pk=leave_out).exclude(Exists(DuplicateDismissal.objects.filter(both)))
    said = Said(frozenset(bigrams(text)), place.pk, place.grid_id, category_id, now)
    found = [compare(matter, said) for matter in recent.order_by("-id")[:300]]
    return sorted((row for row in found if row.score >= ALIKE), key=lambda row: -row.score)[:most]


def joinable(community_id: int, now: datetime) -> QuerySet[Matter]:
    """Whole, open matters of a community and the last 60 days that others may still join."""
    since = now - timedelta(days=60)
    whole = Matter.objects.filter(community_id=community_id, circle_id__isnull=True, parent__isnull=True)
    return whole.filter(state__in=JOINABLE, created_at__gte=since)


ALIKE = 0.5
"""From this score on two matters may be the same."""
JOINABLE = (
    "received", "sorting", "routed", "analysing", "listed", "objected", "undecided", "assigned", "handling", "suspended",
    "divided",
)  # fmt: skip
"""States in which somebody may still say “me too”."""


@dataclass(frozen=True)
class Said:
    """What a matter is compared with: its words, where, what about and when."""

    terms: frozenset[str]
    place_id: int | None
    grid_id: int | None
    category_id: int | None
    at: datetime

    @classmethod
    def of(cls, matter: Matter) -> "Said":
        """Another matter as it stands."""
        return cls(frozenset(matter.search), matter.place_id, matter.grid_id, matter.category_id, matter.created_at)


def compare(matter: Matter, said: Said) -> Similar:
    """How much a matter looks like what was said, by words, place, category and time, with the reasons."""
    shared = set(matter.search) & said.terms
    score = len(shared) / max(1, min(len(said.terms), 24))
    reasons: list[str] = []
    if matter.place_id == said.place_id:
        score += 0.35
        reasons.append("在同一个地方")
    elif matter.grid_id == said.grid_id:
        score += 0.1
        reasons.append("在同一个网格")
    if said.category_id and matter.category_id == said.category_id:
        score += 0.2
        reasons.append("是同一类事")
    apart = abs(said.at - matter.created_at)
    if apart <= NEAR_IN_TIME:
        score += 0.1
        reasons.append(_apart_words(apart))
    if not shared or score < ALIKE:
        return Similar(matter, score if shared else 0.0, tuple(reasons))
    return Similar(matter, score, (*(f"都写到“{words}”" for words in _words(shared)), *reasons))


NEAR_IN_TIME = timedelta(days=3)


def _apart_words(apart: timedelta) -> str:
    hours = int(apart.total_seconds() // 3600)
    if hours < 1:
        return "前后不到一小时"
    return f"前后相隔 {hours} 小时" if hours < 48 else f"前后相隔 {hours // 24} 天"


def _words(shared: Sequence[str] | set[str]) -> list[str]:
    """The two longest runs that shared pairs of characters make; a run ends where more than one pair could go on."""
    pairs = sorted(pair for pair in shared if len(pair) == 2 and not any(sign.isascii() for sign in pair))
    after: dict[str, list[str]] = {}
    for pair in pairs:
        after.setdefault(pair[0], []).append(pair)
    into = Counter(pair[1] for pair in pairs)

    def goes_on(sign: str) -> bool:
        return into[sign] == 1 and len(after.get(sign, ())) == 1

    runs = []
    for run in [pair for pair in pairs if not goes_on(pair[0])]:
        while goes_on(run[-1]):
            run += after[run[-1]][0][1]
        runs.append(run)
    return sorted(runs, key=lambda run: (-len(run), run))[:2]
