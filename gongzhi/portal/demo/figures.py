"""Figures of the invented year: counted, the last months closed, one exclusion approved and one refused, a report."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from gongzhi.accounts.actor import actor_of
from gongzhi.accounts.models import Duty
from gongzhi.cases.models import Matter
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.perform import perform
from gongzhi.portal.demo.places import Spot, community
from gongzhi.statistics import actions, monthly, rollup
from gongzhi.statistics.derive import midnight
from gongzhi.statistics.models import Census, Exclusion
from gongzhi.territory.models import Place

CLOSED = 3
"""So many last months are closed."""
ASKED = (
    (
        "policy",
        "这一段路已列入明年的改造计划，本年度没有资金，已向反映人说明并留了联系方式。",
        "approve",
        "情况属实，同意。",
    ),
    ("absent", "两次到现场都没有看到反映的情况，请不计入本月考核。", "refuse", "只去了白天，反映的是夜里，请再核实。"),
)
"""Reason, words, what came of it, and the answer."""


def is_done() -> bool:
    """Whether figures were counted before."""
    return Census.objects.exists()


def count(chosen: tuple[Spot, ...]) -> None:
    """Everything, in one transaction."""
    now = timezone.now()
    with transaction.atomic():
        list(rollup.rebuild(now))
        first = community(chosen[0])
        assert first is not None
        shown = [first, *Place.objects.filter(pk__in=first.path_ids, kind__in=("street", "district"))]
        for month in _last(now, CLOSED):
            for place in shown:
                actions.close_month(place, month, now=_ninth(month))
        for spec, matter in zip(ASKED, _fitting(first, _last(now, 1)[0]), strict=False):
            _exclude(matter, _last(now, 1)[0], spec, first, now)
        monthly.publish(_last(now, 1)[0], now, shown)


def _last(now: datetime, many: int) -> list[date]:
    found, month = [], rollup.month_of(rollup.today(now))
    for _one in range(many):
        month = rollup.month_of(month - timedelta(days=1))
        found.append(month)
    return found[::-1] if many > 1 else found


def _ninth(month: date) -> datetime:
    """09:00 of the day after the month."""
    return midnight(rollup.following(month)) + timedelta(hours=9)


def _fitting(place: Place, month: date) -> list[Matter]:
    """Matters of the month that were handled late: somebody would ask for them."""
    begins, ends = midnight(month), midnight(rollup.following(month))
    rows = Matter.objects.filter(community_id=place.pk, handled_at__gte=begins, handled_at__lt=ends, circle_id=None)
    late = list(rows.filter(is_handled_late=True, created_at__lt=F("handled_at")).order_by("pk")[:2])
    return late + list(rows.exclude(pk__in=[one.pk for one in late]).order_by("pk")[: 2 - len(late)])


def _exclude(matter: Matter, month: date, spec: tuple[str, str, str, str], place: Place, now: datetime) -> None:
    reason, words, verb, answer = spec
    data = {"month": month.isoformat(), "reason": reason, "words": words}
    asked = actions.exclude(matter, data, actor=_who("clerk", place.pk), now=now - timedelta(hours=3))
    one = Exclusion.objects.get(pk=asked.record_id)
    perform(
        one, verb, actor=_who("street_clerk", place.street_id), data={"answer": answer}, now=now - timedelta(hours=1)
    )


def _who(post: str, place: int | None) -> Actor:
    duty = Duty.objects.filter(post=post, place=place).select_related("account").order_by("pk").first()
    assert duty is not None
    return actor_of(duty.account, timezone.localdate())
