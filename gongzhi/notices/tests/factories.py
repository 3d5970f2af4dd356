"""Notices at any stage, made by the real verbs."""

from datetime import UTC, datetime
from typing import Any

from gongzhi.kernel.actor import Actor
from gongzhi.kernel.perform import perform
from gongzhi.notices import actions
from gongzhi.notices.models import Notice, Objection
from gongzhi.territory.models import Place

MORNING = datetime(2026, 3, 4, 1, 30, tzinfo=UTC)
"""Wednesday 09:30 in Shanghai."""
BODY = "经民主评议，拟新增保障：张*、陈*英。\n\n有不同意见请在公示期内提出。"


def typed(place: Place, **fields: Any) -> dict[str, Any]:
    """A filled draft form."""
    return {
        "sort": "period", "place": str(place.pk), "title": "低保对象名单公示", "body": BODY,
        "issuer": "磨子井社区居民委员会", "days": "7", "objection_channel": "工作日到社区便民服务大厅。", **fields,
    }  # fmt: skip


def drafted(place: Place, actor: Actor, now: datetime = MORNING, **fields: Any) -> Notice:
    """A draft."""
    data = {
        "sort": "period", "place": place, "title": "低保对象名单公示", "body": BODY, "issuer": "磨子井社区居民委员会",
        "days": 7, "objection_channel": "工作日到社区便民服务大厅。", "is_pinned": False, "attached": [], "gone": [],
        **fields,
    }  # fmt: skip
    made: Notice = actions.draft(data, actor=actor, now=now).record
    return made


def published(place: Place, actor: Actor, now: datetime = MORNING, **fields: Any) -> Notice:
    """A notice that runs since `now`; its text must be free of personal data."""
    made = drafted(place, actor, now, **fields)
    perform(made, "publish", actor=actor, data={"has_read": "on"}, now=now)
    return Notice.objects.get(pk=made.pk)


def objected(notice: Notice, now: datetime, text: str = "对门那户好像不符合条件。", **fields: Any) -> Objection:
    """An objection of somebody who is not signed in."""
    actor = fields.pop("actor", Actor(name="居民"))
    made: Objection = actions.object_to(notice, actions.Said(text, **fields), actor=actor, now=now).record
    return made
