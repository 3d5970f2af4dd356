"""Lists of notices, newest first, page by page without counting; the lines other rooms show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from gongzhi.kernel.actor import Actor
from gongzhi.notices.models import Notice, NoticeQuerySet, Objection
from gongzhi.notices.reach import concerning
from gongzhi.notices.workflow import STAFF
from gongzhi.territory.tree import tree

PAGE = 20
MOST_PINNED = 3
LARGEST = 2**63 - 1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TONES = {"draft": "", "published": "ok", "ended": "", "withdrawn": "warn"}


@dataclass(frozen=True)
class Line:
    """One notice in a list. `state` and `tone` make its chip."""

    notice: Notice
    place: str
    state: str | Promise
    tone: str
    note: str

    @property
    def url(self) -> str:
        """Its public page."""
        return f"/notices/{self.notice.number}/"


@dataclass(frozen=True)
class Counts:
    """Objections to a notice."""

    received: int = 0
    answered: int = 0

    @property
    def open(self) -> int:
        """Still owed an answer."""
        return self.received - self.answered


def for_place(place_id: int) -> NoticeQuerySet:
    """Public notices of a place and of everything above it; all of them for 0 or an unknown place."""
    shown = Notice.objects.shown()
    ids = concerning(place_id) if place_id else []
    found: NoticeQuerySet = shown.filter(place_id__in=ids) if ids else shown
    return found


def lines(notices: Iterable[Notice], now: datetime) -> list[Line]:
    """In the order given; one statement for the names of places."""
    rows, kept = list(notices), tree()
    nodes = {row.pk: kept.get(row.place_id or 0) for row in rows}
    return [_line(row, node.name if (node := nodes[row.pk]) else "", now) for row in rows]


def _line(notice: Notice, place: str, now: datetime) -> Line:
    is_over = notice.state == "published" and not notice.is_running(now)
    state = _("已结束") if is_over else notice.state_words
    return Line(notice, place, state, "" if is_over else TONES[notice.state], period_words(notice, now))


def period_words(notice: Notice, now: datetime) -> str:
    """公示到 12月1日，还有 6 天 / 公示期 11月1日至8日; "" without an end."""
    if notice.ends is None or notice.starts is None:
        return ""
    last = f"{notice.ends.month}月{notice.ends.day}日"
    if notice.is_running(now) and notice.ends_at:
        left = (notice.ends_at - now) // timedelta(days=1)
        words = _("到 %(last)s，还有 %(left)s 天") if left else _("到 %(last)s，今天最后一天")
        return words % {"last": last, "left": left}
    return _("%(first)s 至 %(last)s") % {"first": f"{notice.starts.month}月{notice.starts.day}日", "last": last}


def page_of(rows: QuerySet[Notice], after: str, size: int = PAGE) -> tuple[list[Notice], str]:
    """One page by time of publishing and the cursor of the next ("" at the end); a bent cursor begins anew."""
    at, pk = _cursor(after)
    if pk:
        rows = rows.filter(Q(published_at__lt=at) | Q(published_at=at, pk__lt=pk))
    found = list(rows.order_by("-published_at", "-id")[: size + 1])
    last = found[size - 1] if len(found) > size else None
    return found[:size], f"{_micros(last.published_at)}~{last.pk}" if last and last.published_at else ""


def _micros(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _cursor(text: str) -> tuple[datetime, int]:
    micros, dash, pk = text.partition("~")
    if not dash or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in (micros, pk)):
        return EPOCH, 0
    try:
        return EPOCH + timedelta(microseconds=int(micros)), int(pk)
    except OverflowError:
        return EPOCH, 0


def pinned(rows: NoticeQuerySet) -> list[Notice]:
    """The few that stand on top while they run."""
    return list(rows.running().filter(is_pinned=True).order_by("-published_at", "-id")[:MOST_PINNED])


def latest(place_ids: Iterable[int], now: datetime, limit: int = 5) -> list[Line]:
    """The newest public notices that concern these places (each with everything above it); two statements."""
    ids = {found for place_id in place_ids for found in concerning(place_id)}
    rows = Notice.objects.shown().filter(place_id__in=ids)
    return lines(rows.order_by("-published_at", "-id")[:limit], now)


def counts(notice_ids: Iterable[int]) -> dict[int, Counts]:
    """Objections and answers by notice; one statement."""
    is_answered = Q(state=Objection.State.ANSWERED)
    rows = Objection.objects.filter(notice__in=list(notice_ids)).values_list("notice")
    return {
        pk: Counts(received, answered)
        for pk, received, answered in rows.annotate(received=Count("pk"), answered=Count("pk", filter=is_answered))
    }


def at_desk(actor: Actor) -> QuerySet[Notice]:
    """Every notice, drafts included, where the actor's duties reach."""
    return Notice.objects.filter(STAFF.q(actor))
