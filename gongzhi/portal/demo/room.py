"""The 365 room of the demonstration: one community chose it seven months ago."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from gongzhi.accounts.models import Duty
from gongzhi.cases import choices
from gongzhi.cases.models import Category, ProcedureChoice, ServiceMode
from gongzhi.portal.demo import places
from gongzhi.portal.demo.places import Spot

WHERE = "yuanda"
SINCE = timedelta(days=215)
MODES = {
    "care": (ServiceMode.DOORSTEP, ServiceMode.AGENCY), "insure": (ServiceMode.ONE_STOP, ServiceMode.AGENCY),
    "land": (ServiceMode.BOOKED, ServiceMode.TAILORED), "dispute": (ServiceMode.DOORSTEP, ServiceMode.BOOKED),
    "advice": (ServiceMode.ONE_STOP, ServiceMode.ONE_STOP), "estate": (ServiceMode.DOORSTEP, ServiceMode.ONE_STOP),
}  # fmt: skip
REMARKS = (
    "按时办结，答复清楚。", "回单及时，现场照片齐全。", "办得快，群众认可。", "处理到位，建议纳入日常巡查。",
    "答复口径准确，继续保持。", "办理属实，回访满意。",
)  # fmt: skip


def slug(chosen: Sequence[Spot]) -> str:
    """Which of the places has the room: a small demonstration takes its last one."""
    return WHERE if any(one.slug == WHERE for one in chosen) else chosen[-1].slug


def choose(chosen: tuple[Spot, ...], now: datetime) -> None:
    """From a day on, new matters there follow the six steps of the room."""
    place = places.community(next(one for one in chosen if one.slug == slug(chosen)))
    if place is None:
        return
    began = now - SINCE
    admin = Duty.objects.filter(post="administrator").order_by("pk").first()
    ProcedureChoice.objects.get_or_create(
        place=place, from_date=began.date(),
        defaults={"procedure": "room-365", "made_by": admin.account_id if admin else None, "made_at": began},
    )  # fmt: skip
    choices.forget()


def mode(category: Category, dice: Random) -> str:
    """In which way such a thing is mostly served."""
    group = category.parent.code if category.parent else category.code
    return str(dice.choice(MODES.get(group, (ServiceMode.ONE_STOP, ServiceMode.DOORSTEP, ServiceMode.TAILORED))).value)
