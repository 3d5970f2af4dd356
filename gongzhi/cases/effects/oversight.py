"""督办: escalation, charge, supervision orders, reminders. Declared in `workflow`."""

from datetime import timedelta

from django.utils import timezone

from gongzhi.accounts.models import Duty
from gongzhi.accounts.posts import posts
from gongzhi.cases.clocks import LEVELS_UP
from gongzhi.cases.effects.common import HEADS, Data, copy_place, given_rule, level_of, people_of, tell_handlers, url
from gongzhi.cases.models import Level, Matter, Order
from gongzhi.kernel.clock import SHANGHAI, Span
from gongzhi.kernel.numbering import next_numbers
from gongzhi.kernel.perform import Work

ISSUERS = posts("supervisor", "community_secretary", "street_secretary", "district_secretary")
NEXT = {"community": ("supervisor", "street_secretary"), "street": ("supervisor", "district_secretary"),
        "district": ("district_secretary",)}  # fmt: skip
"""Who hears of an order of a level that was not answered in time, at the level above; the first post that is held."""


def escalate(work: Work, matter: Matter, data: Data) -> None:
    """One level up, by place and by person; a new deadline begins at the bottom again."""
    again = matter.escalated_for == matter.due_at
    matter.escalation = matter.escalation + 1 if again else 1
    matter.escalated_for = matter.due_at
    if not again:
        matter.head_id = next(iter(people_of(matter.organisation_id, HEADS)), None)
        work.notify(matter.head_id, f"本单位承办的事超期了：{matter.title}", "", url(matter))
    elif matter.escalation == 2:
        work.notify(matter.charge_id, f"您包案的事超期一天了：{matter.title}", "", url(matter))


def take_charge(work: Work, matter: Matter, data: Data) -> None:
    """A secretary takes the matter as own."""
    matter.charge_id = work.actor.on_behalf_of or work.actor.account_id
    matter.is_supervised = True


def release(work: Work, matter: Matter, data: Data) -> None:
    """Nobody's own any more."""
    matter.charge_id = None


def instruct(work: Work, matter: Matter, data: Data) -> None:
    """The handler reads what the secretary wants."""
    work.notify(matter.account_id, f"领导批示：{matter.title}", data["reason"], url(matter))


def supervise(work: Work, matter: Matter, data: Data) -> None:
    """A supervision order to whoever handles the matter, at the level of who issues it."""
    span = Span(data["days"], "workdays")
    order = Order(
        matter=matter, organisation_id=matter.organisation_id, account_id=matter.account_id, asked=data["asked"],
        asked_by=work.actor.account_id, limit_at=work.clock.add(work.now, span), due_rule=given_rule(work, span),
        number=next_numbers("order", work.now.astimezone(SHANGHAI).year)[0],
        level=level_of(work.actor, matter, ISSUERS) or Level.STREET,
    )  # fmt: skip
    copy_place(order, matter)
    matter.order_open += 1
    matter.is_supervised = True
    work.begin(order, "order", cleaned={"asked": data["asked"]}, as_system=True)
    work.notify(matter.account_id, f"督办单：{matter.title}", data["asked"], url(matter))


def order_replied(work: Work, order: Order, data: Data) -> None:
    """The supervisor is told."""
    order.is_late = order.is_late or work.now > order.limit_at
    order.reply, order.replied_at = data["reply"], work.now
    work.notify(order.asked_by, f"督办单 {order.number} 有回复", data["reply"], url(order.matter))


def order_again(work: Work, order: Order, data: Data) -> None:
    """Not good enough: once more, with new time."""
    order.rejections += 1
    # Whoever it had been raised to keeps it: a level is never gone down again.
    order.level, order.raised_level, order.raised_to = order.raised_level or order.level, "", None
    span = Span(data.get("days") or 2, "workdays")
    order.limit_at, order.due_rule = work.clock.add(work.now, span), given_rule(work, span)
    work.notify(order.account_id, f"督办单 {order.number} 的回复不合要求", data["reason"], url(order.matter))


def order_overdue(work: Work, order: Order, data: Data) -> None:
    """Not answered in time: the supervisor of the level above has it before the eyes from now on."""
    order.is_late = True
    order.raised_level = LEVELS_UP[order.raised_level or order.level]
    order.raised_to = _supervisor_at(order, order.raised_level)
    for account in {order.raised_to, order.asked_by}:
        work.notify(account, f"督办单 {order.number} 超期没有回复", order.asked, url(order.matter))


def _supervisor_at(order: Order, level: str) -> int | None:
    """Who supervises at the place of this level: by the first post of `NEXT` that somebody holds."""
    below = next(under for under, above in LEVELS_UP.items() if above == level)
    duties = Duty.objects.in_force(timezone.localdate()).filter(
        place=getattr(order, f"{level}_id") or 0, post__in=NEXT[below], account__is_active=True
    )
    found = dict(duties.order_by("-pk").values_list("post", "account"))
    return next((found[post] for post in NEXT[below] if post in found), None)


def order_closed(work: Work, order: Order, data: Data) -> None:
    """One order less."""
    work.perform(work.adopt(order.matter), "part", cleaned={"order_open": -1}, as_system=True)


def remind(work: Work, matter: Matter, data: Data) -> None:
    """催办: whoever handles it hears it, and it is counted."""
    matter.reminders += 1
    if matter.organisation_id or matter.account_id:
        tell_handlers(work, matter, f"催办：{matter.title}", data.get("note", ""), url(matter))


def remind_order(work: Work, order: Order, data: Data) -> None:
    """The same about an order that was not answered yet."""
    order.reminders += 1
    tell_handlers(work, order, f"催办督办单 {order.number}", data.get("note", ""), url(order.matter))  # type: ignore[arg-type]


def recompute(work: Work, matter: Matter, data: Data) -> None:
    """Calendar or clock computed again: `data["total"]` and `data["due"]` are the new times, both are told."""
    matter.total_due_at, matter.due_at = data["total"], data["due"]
    notes = matter.total_rule.get("notes", [])
    matter.total_rule = {**matter.total_rule, "notes": [*notes, data["reason"] + "。"]}
    if matter.due_rule:
        matter.due_rule = {**matter.due_rule, "notes": [*matter.due_rule.get("notes", []), data["reason"] + "。"]}


ESCALATION_WAITS = (timedelta(0), timedelta(hours=24), timedelta(hours=72))
"""After the deadline: at once to the community and the head of the organisation, a day later to the street and to who
has it in charge, three days later to the district."""
