"""Call-backs, closings that did not hold, one confidential concern and covered photos of the demonstration."""

from datetime import datetime, timedelta

from django.db import transaction

from gongzhi.accounts.actor import actor_of
from gongzhi.accounts.models import Account, Duty
from gongzhi.base.models import StoredFile
from gongzhi.cases import redaction
from gongzhi.cases.actions import Words, report
from gongzhi.cases.models import Callback, Category, Matter, Report
from gongzhi.kernel.actor import ANYONE, Actor
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.perform import perform
from gongzhi.portal.demo import grammar, places
from gongzhi.portal.demo.places import Spot
from gongzhi.portal.demo.player import Life

STILL_WAITING = timedelta(hours=80)
"""Lots younger than that wait on the desk today."""
FALSE = (
    "师傅来看过就走了，还是老样子。", "照片是隔壁单元的，我们这边没有动。", "当天好了，第二天又和以前一样，没有人来。",
)  # fmt: skip
GOOD = ("办好了，谢谢。", "真的弄好了。", "比想的快。", "好了，没有再出问题。", "解决了，网格员还来看过一次。")
QUIET = "我们这一片报修垃圾清运，有人说要先请吃饭才给排上，请查一查，不要说是我反映的。"
BOXES = [[(390, 300, 180, 250)], [(0, 0, 250, 333), (625, 500, 250, 167)], [(125, 666, 250, 167)]]


def call_back(life: Life) -> None:
    """Whoever has been drawn long enough ago was called, by somebody who neither answered nor handled the matter."""
    for row in life.children(Callback):
        hours = life.dice.uniform(2, 20)
        at = life.work.clock.add_work(row.created_at, timedelta(hours=hours / 2))
        if row.state != "waiting" or at > life.now - STILL_WAITING:
            continue
        caller = caller_of(life, row)
        if life.dice.random() < 0.05:
            for number in range(3):
                life.step(row, "miss", caller, at + timedelta(hours=5 * number))
            continue
        faces = life.dice.choice((5, 5, 4, 4, 4, 3)) if row.reason != "dissatisfied" else life.dice.choice((2, 3, 3))
        note = life.dice.choice(GOOD) if life.dice.random() < 0.4 else ""
        life.step(row, "done", caller, at, is_resolved=True, satisfaction=faces, note=note)


def caller_of(life: Life, row: Callback) -> Actor:
    """A clerk of the level who is not concerned."""
    post = "clerk" if row.level == "community" else "street_clerk"
    able = [one for one in life.plan.local.posts[post] if one.account_id not in (row.answered_by, row.handled_by)]
    return able[0] if able else life.post("community_secretary")


def false(life: Life, at: datetime) -> None:
    """Rated low, called back, not done at all: opened again and done properly."""
    at += timedelta(hours=life.dice.uniform(3, 50))
    comment = life.dice.choice(grammar.SO_SO)
    for one in list(life.reports):
        if one.state == Report.State.ANSWERED:
            life.rate(one, at, is_resolved=True, faces=2, comment=comment)
    rows = [row for row in life.children(Callback) if row.state == "waiting"]
    if not rows:
        return
    at = life.work.clock.add_work(at, timedelta(hours=life.dice.uniform(2, 9)))
    note = FALSE[life.matter.pk % len(FALSE)]
    life.step(rows[0], "done", caller_of(life, rows[0]), at, is_resolved=False, satisfaction=1, note=note)
    at = life.sign(life.triage(at))
    at = life.feedback(life.finish(max(life.ready_at(at), at)))
    life.judge(at)


@transaction.atomic
def finish(chosen: tuple[Spot, ...], now: datetime) -> None:
    """A concern that asks to be kept quiet, in the hands of the street, and photos with covered parts."""
    place = places.community(chosen[0])
    if place is None:
        return
    _hushed(chosen[0], now)
    clerk = Duty.objects.filter(place=place, post="clerk").select_related("account").order_by("pk").first()
    if clerk is not None:
        _covered(actor_of(clerk.account, now.astimezone(SHANGHAI).date()), place.pk)


def _hushed(spot: Spot, now: datetime) -> None:
    place = places.community(spot)
    assert place is not None
    category = Category.objects.filter(code="rubbish").first()
    words = Words(QUIET, place, "", category, hushed="street", hushed_about="安排清运的工作人员")
    made = report(words, actor=ANYONE, now=now - timedelta(hours=3))
    street = (
        Account.objects.filter(duties__post="street_clerk", duties__place__in=place.path_ids).order_by("pk").first()
    )
    if made.matter is not None and street is not None:
        actor = actor_of(street, now.astimezone(SHANGHAI).date())
        perform(made.matter, "accept", actor=actor, now=now - timedelta(hours=2))


def _covered(actor: Actor, community_id: int) -> None:
    """Three public photos of the community are covered in places, as somebody looked them through."""
    matters = Matter.objects.filter(community_id=community_id, is_public=True, state="closed").values("pk")
    rows = StoredFile.objects.filter(owner_kind=Matter.kind(), owner_id__in=matters, is_public=True, label="after")
    for photo, boxes in zip(rows.order_by("-id")[: len(BOXES)], BOXES, strict=False):
        matter = Matter.objects.get(pk=photo.owner_id or 0)
        redaction.decide(matter, photo.uid, "redact", actor=actor, boxes=boxes)
        redaction.decide(matter, photo.uid, "show", actor=actor)
