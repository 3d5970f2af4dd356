"""Working together in the demonstration: a whistle with receipts and a rating, a joint visit, parts, a referred matter.

Played by the real steps through their own forms, on matters that stand open where the demonstration logins look.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from gongzhi.cases.models import Matter, Task, Visit
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import Refused
from gongzhi.kernel.models import Record
from gongzhi.kernel.perform import perform
from gongzhi.portal.demo import cast
from gongzhi.portal.demo.cast import Doer, Local
from gongzhi.portal.demo.places import Spot

ASKED = (
    ("请派人到现场关掉这一段的总阀，看是哪一节管子漏", "已关阀，是接头老化，换了一个新的，水压正常。"),
    ("请查一下占道的三家摊位有没有手续，劝到指定位置", "三家都没有手续，已当面说清，明天起到市场里摆。"),
    ("请清一下排水沟里的淤泥，方便看清楚堵在哪里", "清了两车淤泥，沟底露出来了，是树根顶的。"),
)


def is_done() -> bool:
    """Visits are only made here."""
    return Visit.objects.exists()


def play(chosen: tuple[Spot, ...]) -> None:
    """The scenes one after the other; each takes the next matter that fits."""
    local, now = cast.build(chosen)[0], timezone.now()
    rows = Matter.objects.filter(community_id=local.top.pk, procedure="six-steps", parent=None).order_by("-pk")
    quiet = rows.filter(
        state="handling", entered_at__lt=now - timedelta(hours=3), order_open=0, co_open=0, extension_at=None,
        charge_id=None, total_due_at__gt=now + timedelta(days=1),
    )  # fmt: skip
    handled = [pair for one in quiet if (pair := _handled(local, one))]
    for scene in (whistle, visit):
        if handled:
            _try(scene, local, handled.pop(), now)
    for stopped in quiet.filter(co_organisation_ids=[])[:1]:
        _try(pause, local, (stopped, None), now)
    desk = rows.filter(state__in=("sorting", "routed"), entered_at__lt=now - timedelta(minutes=115))
    for alone, matter in zip((split, refer), desk, strict=False):
        _try(alone, local, (matter, None), now)


def _try(scene: Callable[..., None], local: Local, what: tuple[Matter, Doer | None], now: datetime) -> None:
    """A scene that does not fit the matter is left out; nothing of the demonstration depends on it."""
    matter, doer = what
    try:
        scene(local, matter, doer, now)
    except Refused:
        return


def _handled(local: Local, matter: Matter) -> tuple[Matter, Doer] | None:
    """A matter with the organisation that handles it."""
    doers = (doer for group in local.bodies.values() for doer in group)
    found = next((one for one in doers if one.handler.organisation_id == matter.organisation_id), None)
    return (matter, found) if found and matter.organisation_id else None


def _step(record: Record, verb: str, actor: Actor, at: datetime, **data: Any) -> None:
    fresh = type(record)._default_manager.get(pk=record.pk)
    perform(fresh, verb, actor=actor, data=data, now=at)


def _partners(local: Local, doer: Doer, count: int = 2) -> list[Doer]:
    pool = [one for key in ("市政", "综合执法", "环卫", "property", "social") for one in local.bodies.get(key, ())]
    return [one for one in pool if one.handler.organisation_id != doer.handler.organisation_id][:count]


def _whistled(local: Local, matter: Matter, doer: Doer, at: datetime) -> list[tuple[Task, Doer, str]]:
    partners = _partners(local, doer)
    data: dict[str, Any] = {}
    for n, (partner, (asked, _reply)) in enumerate(zip(partners, ASKED, strict=False), 1):
        data |= {f"body_{n}": partner.handler.code, f"asked_{n}": asked, f"days_{n}": "1"}
    _step(matter, "whistle", doer.actor, at, **data)
    tasks = {task.organisation_id: task for task in matter.tasks.filter(state="given")}
    return [
        (tasks[partner.handler.organisation_id], partner, reply)
        for partner, (_asked, reply) in zip(partners, ASKED, strict=False)
        if partner.handler.organisation_id in tasks
    ]


def whistle(local: Local, matter: Matter, doer: Doer, now: datetime) -> None:
    """Two are asked: one has replied and is rated, the other has only signed."""
    given = _whistled(local, matter, doer, now - timedelta(minutes=170))
    for task, partner, _reply in given:
        _step(task, "sign", partner.actor, now - timedelta(minutes=140))
    task, partner, reply = given[0]
    _step(task, "reply", partner.actor, now - timedelta(minutes=60), reply=reply)
    _step(task, "rate", doer.actor, now - timedelta(minutes=40), satisfaction="5", rating_note="到得快，一次办好")
    _step(matter, "remind", local.posts["clerk"][0], now - timedelta(minutes=20), note="还差一家，请抓紧")


def visit(local: Local, matter: Matter, doer: Doer, now: datetime) -> None:
    """They meet tomorrow morning; one of them has confirmed."""
    given = _whistled(local, matter, doer, now - timedelta(minutes=150))
    at = timezone.localtime(now).replace(hour=9, minute=30) + timedelta(days=1)
    who = [task.organisation_id for task, _partner, _reply in given]
    _step(matter, "plan_visit", doer.actor, now - timedelta(minutes=100), meets_at=f"{at:%Y-%m-%dT%H:%M}",
          where="小区大门口", who=who, asked="几家一起上门，当面跟住户说清楚谁办哪一段")  # fmt: skip
    planned = Visit.objects.get(matter=matter)
    _step(planned, "confirm", given[0][1].actor, now - timedelta(minutes=30))


def pause(local: Local, matter: Matter, _doer: None, now: datetime) -> None:
    """A longer pause waits for a second person."""
    until = timezone.localdate(now) + timedelta(days=20)
    _step(matter, "ask_pause", local.posts["clerk"][0], now - timedelta(minutes=50), kind="weather", review_date=until,
          reason="连日下雨，开挖有塌方危险，等天晴再动工")  # fmt: skip


def refer(local: Local, matter: Matter, _doer: None, now: datetime) -> None:
    """Two departments say that it is not theirs: the street decides."""
    clerk = local.posts["clerk"][0]
    _step(matter, "refer", clerk, now - timedelta(minutes=110), reason="两家单位都说不归自己管，图纸上也没有标")


def split(local: Local, matter: Matter, _doer: None, now: datetime) -> None:
    """Two parts with two handlers; the first has begun."""
    clerk, pool = (
        local.posts["clerk"][0],
        _partners(local, Doer(local.bodies["property"][0].handler, local.posts["clerk"][0])),
    )
    if len(pool) < 2 or matter.category_id is None:
        return
    _step(
        matter, "split", clerk, now - timedelta(minutes=90), note="一部分归市政，一部分归城管，分开办更快",
        title_1="修好破损的路面和井盖", category_1=matter.category_id, handler_1=pool[0].handler.code, note_1="夜里要先围挡",
        title_2="清理堆放的杂物，劝离占道", category_2=matter.category_id, handler_2=pool[1].handler.code,
    )  # fmt: skip
    _step(Matter.objects.filter(parent=matter).order_by("pk")[0], "sign", pool[0].actor, now - timedelta(minutes=30))
