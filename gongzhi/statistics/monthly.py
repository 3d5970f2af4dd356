"""The first working day of a month: the month before is closed, its report written, and those who lead are told."""

import hashlib
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.accounts.models import Duty
from gongzhi.kernel.clock import SHANGHAI, current
from gongzhi.kernel.models import Notification
from gongzhi.statistics import actions, mail, paper, rollup
from gongzhi.statistics.models import Monthly, Paper
from gongzhi.statistics.who import WATCHERS
from gongzhi.territory.models import Kind, Place

LEADING = {
    Kind.COMMUNITY: ("community_secretary",), Kind.STREET: ("street_secretary", "supervisor"),
    Kind.DISTRICT: ("district_secretary", "supervisor"),
}  # fmt: skip
"""Whom the report of a place is written for."""


def is_first_workday(now: datetime) -> bool:
    """Whether today is the first working day of its month in Shanghai."""
    today, clock = now.astimezone(SHANGHAI).date(), current()
    earlier = (today - timedelta(days=back) for back in range(1, today.day))
    return clock.is_workday(today) and not any(clock.is_workday(day) for day in earlier)


def places_of(month: date) -> list[Place]:
    """The districts, streets and communities that have figures in the month, widest first."""
    rows = Monthly.objects.filter(cut="", month=month).order_by()
    found: set[int] = set()
    for level in ("district_id", "street_id", "community_id"):
        found |= {pk for pk in rows.values_list(level, flat=True).distinct() if pk}
    return list(Place.objects.filter(pk__in=found, kind__in=LEADING).order_by("path"))


def publish(month: date, now: datetime, places: list[Place] | None = None) -> list[Paper]:
    """Close the month and write the report of each place; what is there stays. Returns the new reports."""
    rollup.refresh(now)
    made = [write(place, month, now) for place in (places_of(month) if places is None else places)]
    return [one for one in made if one is not None]


def write(place: Place, month: date, now: datetime) -> Paper | None:
    """Close the month of a place, write its report and tell who leads; None when it was written before."""
    actions.close_month(place, month, now=now)
    if Paper.objects.filter(place=place, month=month).exists():
        return None
    stamp = _("%s 由系统按办理记录生成") % f"{now.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    content = paper.report(place, month, stamp)
    with transaction.atomic():
        row = Paper(place=place, month=month, made_at=now, content=content, digest=hashlib.sha256(content).hexdigest())
        Paper.objects.bulk_create([row])
        accounts = leading(place, now.astimezone(SHANGHAI).date())
        title = mail.file_name(row).removesuffix(".docx")
        Notification.objects.bulk_create(
            Notification(account_id=pk, title=title, url=f"/statistics/reports/?place={place.pk}", at=now)
            for pk in accounts
        )
        mail.post(row, accounts, now)
    return row


def leading(place: Place, today: date) -> set[int]:
    """Accounts with a leading duty at the place itself."""
    assert set(LEADING[Kind(place.kind)]) <= WATCHERS
    duties = Duty.objects.in_force(today).filter(place=place, post__in=LEADING[Kind(place.kind)])
    return set(duties.filter(account__is_active=True).values_list("account_id", flat=True))
