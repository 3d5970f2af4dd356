"""督办: escalation, charge, supervision orders. Declared in `workflow`."""

from datetime import timedelta

from gongzhi.cases.effects.common import Data, copy_place, url
from gongzhi.cases.models import Matter, Order
from gongzhi.kernel.clock import SHANGHAI, Span
from gongzhi.kernel.numbering import next_numbers
from gongzhi.kernel.perform import Work


def escalate(work: Work, matter: Matter, data: Data) -> None:
    """One level up: grid → community → street → district; a new deadline begins at the bottom again."""
    matter.escalation = matter.escalation + 1 if matter.escalated_for == matter.due_at else 1
    matter.escalated_for = matter.due_at


def take_charge(work: Work, matter: Matter, data: Data) -> None:
    """A secretary takes the matter as own."""
    matter.charge_id = work.actor.on_behalf_of or work.actor.account_id


def release(work: Work, matter: Matter, data: Data) -> None:
    """Nobody's own any more."""
    matter.charge_id = None


def instruct(work: Work, matter: Matter, data: Data) -> None:
    """The handler reads what the secretary wants."""
    work.notify(matter.account_id, f"领导批示：{matter.title}", data["reason"], url(matter))


def supervise(work: Work, matter: Matter, data: Data) -> None:
    """A supervision order to whoever handles the matter."""
    due = work.clock.add(work.now, Span(data["days"], "workdays"))
    order = Order(
        matter=matter, organisation_id=matter.organisation_id, account_id=matter.account_id, asked=data["asked"],
        asked_by=work.actor.account_id, limit_at=due,
        number=next_numbers("order", work.now.astimezone(SHANGHAI).year)[0],
    )  # fmt: skip
    copy_place(order, matter)
    matter.order_open += 1
    work.begin(order, "order", cleaned={"asked": data["asked"]}, as_system=True)
    work.notify(matter.account_id, f"督办单：{matter.title}", data["asked"], url(matter))


def order_replied(work: Work, order: Order, data: Data) -> None:
    """The supervisor is told."""
    order.reply, order.replied_at = data["reply"], work.now
    work.notify(order.asked_by, f"督办单 {order.number} 有回复", data["reply"], url(order.matter))


def order_closed(work: Work, order: Order, data: Data) -> None:
    """One order less."""
    work.perform(work.adopt(order.matter), "part", cleaned={"order_open": -1}, as_system=True)


ESCALATION_WAITS = (timedelta(0), timedelta(hours=24), timedelta(hours=72))
"""After the deadline: at once to the community, a day later to the street, three days later to the district."""
