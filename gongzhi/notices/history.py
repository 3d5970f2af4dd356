"""What happened to a notice, for its staff: verbs, who, and the words that the log keeps."""

import json
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from gongzhi.accounts.models import Account
from gongzhi.kernel.models import Event, EventBody
from gongzhi.notices.check import KINDS, REASONS
from gongzhi.notices.models import Notice
from gongzhi.notices.workflow import NOTICE

MOST = 100


def steps(notice: Notice) -> list[dict[str, Any]]:
    """Newest first, for `{% timeline %}`; three statements."""
    rows = Event.objects.filter(kind=Notice.kind(), record_id=notice.pk, at__gte=notice.created_at)
    events = list(rows.order_by("-seq")[:MOST])
    bodies = dict(EventBody.objects.filter(pk__in=[event.pk for event in events]).values_list("pk", "data"))
    names = dict(Account.objects.filter(pk__in={event.actor_id for event in events}).values_list("pk", "name"))
    return [_step(event, json.loads(bodies.get(event.pk, "{}")), names) for event in events]


def _step(event: Event, body: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    note = body.get("reason", "") or confirmed_words(body.get("confirmed", []))
    who = names.get(event.actor_id or 0, "") or _("系统")
    return {"at": event.at, "text": NOTICE.transition(event.verb).label, "who": who, "note": note}


def confirmed_words(confirmed: list[str]) -> str:
    """["phone office 2"] as 确认可以公开：电话号码 2 处（是单位公开的电话或地址）."""
    if not confirmed:
        return ""
    reasons: dict[str, str | Promise] = dict(REASONS)
    parts = []
    for line in confirmed:
        kind, reason, count = line.split(" ")
        words = _("%(kind)s %(count)s 处（%(reason)s）")
        parts.append(words % {"kind": KINDS[kind], "count": count, "reason": reasons[reason]})
    return _("确认可以公开：%s") % "，".join(parts)
