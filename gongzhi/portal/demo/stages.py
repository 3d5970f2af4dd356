"""The stages of the demonstration data in order; each is one transaction, or can be repeated, and knows when it is done."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from io import StringIO

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from gongzhi.accounts.actor import actor_of
from gongzhi.accounts.models import Account, Duty
from gongzhi.cases import learned
from gongzhi.cases.models import LearnedModel, Matter
from gongzhi.kernel.models import Circle
from gongzhi.notices import demo as notices
from gongzhi.notices.models import Notice
from gongzhi.portal.demo import (
    closing,
    figures,
    histories,
    intake,
    joint,
    knowledge,
    organisations,
    people,
    places,
    routing,
)


class NotEmpty(Exception):
    """The database belongs to somebody: invented people are not mixed with real ones."""


@dataclass(frozen=True)
class Stage:
    """What a stage is called, whether it is done, what it does."""

    label: str
    is_done: Callable[[], bool]
    run: Callable[[], None]


def stages(scale: str) -> list[Stage]:
    """All stages of a scale (`small` or `full`)."""
    chosen = places.spots(scale)

    def settle() -> None:
        places.import_divisions(scale)
        for spot in chosen:
            if not places.is_settled(spot):
                places.settle(spot)

    return [
        Stage("日历和类别", lambda: False, seed),
        Stage("地点", lambda: all(places.community(s) and places.is_settled(s) for s in chosen), settle),
        Stage("单位", organisations.is_done, lambda: organisations.found(chosen)),
        Stage("人员", lambda: people.is_done(chosen), lambda: people.gather(chosen, scale)),
        Stage("派单规则", lambda: False, route),
        Stage("各地的派单规则", routing.is_done, lambda: routing.write(chosen)),
        Stage("诉求", Matter.objects.exists, lambda: histories.fill(chosen, scale)),
        Stage("接线和来访", intake.is_done, lambda: intake.take(chosen)),
        Stage("知识", knowledge.is_done, lambda: knowledge.fill(chosen)),
        Stage("保密和照片", Circle.objects.exists, lambda: closing.finish(chosen, timezone.now())),
        Stage("学习类别", LearnedModel.objects.exists, learn),
        Stage("联合办理", joint.is_done, lambda: joint.play(chosen)),
        Stage("公告", Notice.objects.exists, lambda: publish(chosen)),
        Stage("统计", figures.is_done, lambda: figures.count(chosen)),
    ]


def is_complete(scale: str) -> bool:
    """Whether nothing is left to do."""
    return (
        all(stage.is_done() for stage in stages(scale)[1:4])
        and Matter.objects.exists()
        and Notice.objects.exists()
        and figures.is_done()
    )


def check_ours(scale: str) -> None:
    """Raises NotEmpty when accounts are there that the demonstration did not make."""
    if Account.objects.exists() and not people.is_done(places.spots(scale)):
        raise NotEmpty


@transaction.atomic
def publish(chosen: tuple[places.Spot, ...]) -> None:
    """A few notices of every community, published by its clerk."""
    now = timezone.now()
    for spot in chosen:
        place = places.community(spot)
        duty = Duty.objects.filter(place=place, post="clerk").select_related("account").first()
        if place is not None and duty is not None:
            notices.make(place, actor_of(duty.account, timezone.localdate()), now, seed=place.pk)


def learn() -> None:
    """The suggestion of categories learns from the year; a small demonstration has too little."""
    with suppress(learned.TooLittle):
        learned.learn()


def route() -> None:
    """Routing rules by department, now that the departments are there."""
    call_command("seed_categories", stdout=StringIO())


def seed() -> None:
    """Calendar and categories; what is there stays."""
    call_command("seed_calendar", stdout=StringIO())
    call_command("seed_categories", categories_only=True, stdout=StringIO())
    knowledge.seed()
