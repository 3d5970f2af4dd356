"""Working together in the demonstration: a whistle with receipts and a rating, a joint visit, parts, a referred matter.

Played by the real steps through their own forms, on matters that stand open where the demonstration logins look.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
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
    ("请派人一起到现场，查清你们管的这一段", "到现场看过，我们这一段有一处松动，当场处理好了，照片已发主办单位。"),
    ("请查一下底册，有没有许可、由谁负责", "查了底册，没有许可，已当面告诉本人，三天内改正。"),
)


def is_done() -> bool:
    """Co-handlers are only rated here."""
    return Task.objects.filter(satisfaction__isnull=False).exists()


def play(chosen: tuple[Spot, ...]) -> None:
    """Each scene on the first matter that fits, where the demonstration logins look before anywhere else."""
    now, used = timezone.now(), set[int]()
    places = cast.build(chosen)
    for scene, candidates in (
        (whistle, _quiet), (visit, _in_hand), (pause, _in_hand), (split, _desk), (refer, _desk),
    ):  # fmt: skip
        for local in places:
            if any(_fits(scene, local, one, now, used) for one in candidates(local, now)):
                break


def _quiet(local: Local, now: datetime) -> list[Matter]:
    """In hand for some hours, with time left, and nobody else asked yet."""
    return [one for one in _in_hand(local, now) if not one.co_open and one.total_due_at and one.total_due_at > now]


def _in_hand(local: Local, now: datetime) -> list[Matter]:
    """In hand for some hours."""
    rows = _open(local).filter(state="handling", entered_at__lt=now - timedelta(hours=3), extension_at=None)
    return sorted(rows, key=lambda one: bool(one.order_open or one.charge_id))


def _desk(local: Local, now: datetime) -> list[Matter]:
    """On the desk for two hours."""
    return list(_open(local).filter(state__in=("sorting", "routed"), entered_at__lt=now - timedelta(minutes=115)))


def _open(local: Local) -> QuerySet[Matter]:
    rows = Matter.objects.filter(community_id=local.top.pk, procedure="six-steps", parent=None)
    return rows.select_related("category").order_by("-pk")


def _fits(scene: Callable[..., bool], local: Local, matter: Matter, now: datetime, used: set[int]) -> bool:
    """Whether the scene was played: one that does not fit this matter leaves no trace."""
    if matter.pk in used:
        return False
    try:
        with transaction.atomic():
            is_played = scene(local, matter, _handled(local, matter), now)
    except Refused:
        return False
    if is_played:
        used.add(matter.pk)
    return is_played


def _handled(local: Local, matter: Matter) -> Doer | None:
    """The organisation that handles the matter, when it is one of this place."""
    doers = (doer for group in local.bodies.values() for doer in group)
    found = next((one for one in doers if one.handler.organisation_id == matter.organisation_id), None)
    return found if matter.organisation_id else None


def _step(record: Record, verb: str, actor: Actor, at: datetime, **data: Any) -> None:
    fresh = type(record)._default_manager.get(pk=record.pk)
    perform(fresh, verb, actor=actor, data=data, now=at)


def _partners(local: Local, doer: Doer | None, count: int = 2) -> list[Doer]:
    pool = [one for key in ("市政", "综合执法", "环卫", "property", "social") for one in local.bodies.get(key, ())]
    return [one for one in pool if doer is None or one.handler.organisation_id != doer.handler.organisation_id][:count]


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


def whistle(local: Local, matter: Matter, doer: Doer | None, now: datetime) -> bool:
    """Two are asked: one has replied and is rated, the other has only signed."""
    if doer is None:
        return False
    given = _whistled(local, matter, doer, now - timedelta(minutes=170))
    if len(given) < 2:
        return False
    for task, partner, _reply in given:
        _step(task, "sign", partner.actor, now - timedelta(minutes=140))
    task, partner, reply = given[0]
    _step(task, "reply", partner.actor, now - timedelta(minutes=60), reply=reply)
    _step(task, "rate", doer.actor, now - timedelta(minutes=40), satisfaction="5", rating_note="到得快，一次办好")
    _step(matter, "remind", local.posts["clerk"][0], now - timedelta(minutes=20), note="还差一家，请抓紧")
    return True


def visit(local: Local, matter: Matter, doer: Doer | None, now: datetime) -> bool:
    """They meet tomorrow morning; one of them has confirmed."""
    if doer is None:
        return False
    if not matter.co_organisation_ids:
        _whistled(local, matter, doer, now - timedelta(minutes=150))
    actors = {one.handler.organisation_id: one.actor for group in local.bodies.values() for one in group}
    who = [pk for pk in Matter.objects.get(pk=matter.pk).co_organisation_ids if pk in actors]
    at = timezone.localtime(now).replace(hour=9, minute=30) + timedelta(days=1)
    _step(matter, "plan_visit", doer.actor, now - timedelta(minutes=100), meets_at=f"{at:%Y-%m-%dT%H:%M}",
          where="小区大门口", who=who, asked="几家一起上门，当面跟住户说清楚谁办哪一段")  # fmt: skip
    _step(Visit.objects.get(matter=matter), "confirm", actors[who[0]], now - timedelta(minutes=30))
    return True


def pause(local: Local, matter: Matter, _doer: Doer | None, now: datetime) -> bool:
    """A longer pause waits for a second person."""
    until = timezone.localdate(now) + timedelta(days=20)
    _step(matter, "ask_pause", local.posts["clerk"][0], now - timedelta(minutes=50), kind="weather", review_date=until,
          reason="连日下雨，开挖有塌方危险，等天晴再动工")  # fmt: skip
    return True


def refer(local: Local, matter: Matter, _doer: Doer | None, now: datetime) -> bool:
    """Two departments say that it is not theirs: the street decides."""
    clerk = local.posts["clerk"][0]
    _step(matter, "refer", clerk, now - timedelta(minutes=110), reason="两家单位都说不归自己管，图纸上也没有标")
    return True


def split(local: Local, matter: Matter, _doer: Doer | None, now: datetime) -> bool:
    """Two parts with two handlers; the first has begun."""
    clerk, pool = local.posts["clerk"][0], _partners(local, None)
    if len(pool) < 2 or matter.category_id is None:
        return False
    _step(
        matter, "split", clerk, now - timedelta(minutes=90), note="现场和长久办法归两家管，分开办更快",
        title_1=f"先到现场处理：{matter.title}"[:80], category_1=matter.category_id, handler_1=pool[0].handler.code,
        note_1="今天去看，先保证安全", title_2="查清归谁管，定一个长久的办法", category_2=matter.category_id,
        handler_2=pool[1].handler.code,
    )  # fmt: skip
    _step(Matter.objects.filter(parent=matter).order_by("pk")[0], "sign", pool[0].actor, now - timedelta(minutes=30))
    return True
