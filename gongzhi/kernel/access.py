"""Looks at unmasked personal data: a look needs a ground and is recorded; the person it is about can read it."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotPermitted, NotValid
from gongzhi.kernel.models import Look, Record
from gongzhi.kernel.who import Who


def look(
    rule: Who, record: Record, actor: Actor, what: str, reason: str, subject_id: int | None = None,
    now: datetime | None = None,
) -> Look:  # fmt: skip
    """Record that `actor` sees `what` of a record and why; refuses without a ground or a reason."""
    ground = rule.allows(record, actor)
    if ground is None or actor.account_id is None:
        raise NotPermitted(_("您的岗位不能查看这项信息。"))
    if not reason.strip():
        raise NotValid({"reason": [_("请写明为什么要看，本人可以查到这条记录。")]})
    return Look.objects.create(
        account_id=actor.account_id, duty_id=ground.duty_id, kind=record.kind(), record_id=record.pk,
        subject_id=subject_id, what=what[:100], reason=reason.strip()[:200], at=now or timezone.now(),
    )  # fmt: skip
