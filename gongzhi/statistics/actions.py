"""Writes: asking for an exclusion, closing a month, who gets the report by mail."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.base.crypto import encrypt
from gongzhi.cases.models import Matter
from gongzhi.kernel.actor import SYSTEM, Actor
from gongzhi.kernel.errors import NotPossible
from gongzhi.kernel.models import located
from gongzhi.kernel.perform import Done, begin
from gongzhi.statistics import months, proof, rollup
from gongzhi.statistics.derive import midnight
from gongzhi.statistics.models import Exclusion, Published, Reader
from gongzhi.territory.models import Place


def exclude(matter: Matter, data: Any, *, actor: Actor, now: datetime | None = None) -> Done:
    """Ask that a matter does not count in a month. Errors: NotPermitted, NotValid, NotPossible (asked before)."""
    one = Exclusion(matter=matter)
    for name, value in located(matter).items():
        setattr(one, name, value)
    try:
        with transaction.atomic():
            return begin(one, "exclusion", actor=actor, data=data, now=now)
    except IntegrityError as error:
        raise NotPossible(_("这件事在这个月已经有剔除申请，请看下面的清单。")) from error


def close_month(place: Place, month: date, *, actor: Actor = SYSTEM, now: datetime | None = None) -> Published:
    """Keep the figures of a month that is over as they are published; the first closing stands."""
    now = now or timezone.now()
    if now < midnight(rollup.following(month)):
        raise NotPossible(_("这个月还没有过完，不能关账。"))
    if (there := Published.objects.filter(place=place, month=month).first()) is not None:
        return there
    rollup.refresh(now)
    figures = months.figures(place, month)
    row = Published(place=place, month=month, figures=figures, digest=proof.digest(figures), closed_at=now)
    row.closed_by = actor.account_id
    Published.objects.bulk_create([row], ignore_conflicts=True)
    return Published.objects.get(place=place, month=month)


def subscribe(account_id: int, address: str, now: datetime | None = None) -> None:
    """Send the monthly reports to this address from now on; "" ends it."""
    if not address:
        Reader.objects.filter(account_id=account_id).delete()
        return
    reader = Reader.objects.filter(account_id=account_id).first() or Reader(account_id=account_id)
    reader.since = now or timezone.now()
    reader.address = encrypt(address, reader.uid.bytes)
    reader.save()


def rebuild_all(now: datetime | None = None) -> int:
    """Every rollup anew in one transaction; how many months."""
    with transaction.atomic():
        return sum(1 for _month in rollup.rebuild(now))
