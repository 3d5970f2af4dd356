"""收集、分流: what receiving, triage and dispatch do besides changing the state. Declared in `workflow`."""

from datetime import datetime

from gongzhi.accounts.posts import posts
from gongzhi.cases import clocks, routing
from gongzhi.cases.effects import confiding
from gongzhi.cases.effects.common import (
    Data,
    cancel_tasks,
    copy_place,
    given_rule,
    level_of,
    limit,
    set_total,
    start_clock,
    url,
)  # fmt: skip
from gongzhi.cases.effects.handling import end_pause
from gongzhi.cases.handlers import Handler
from gongzhi.cases.models import Matter, Order, Report, Task
from gongzhi.kernel.clock import Span
from gongzhi.kernel.perform import Work

REFERRING = posts("clerk", "community_secretary", "street_clerk", "street_secretary", "district_clerk")
LEVEL_WORDS = {"street": "街道", "district": "区里"}


def accept(work: Work, matter: Matter, data: Data) -> None:
    """The first contact stops the contact clock and starts the handling clock."""
    if matter.contacted_at is None:
        matter.contacted_at = work.now
        matter.is_contact_late = matter.due_at is not None and work.now > matter.due_at
    if matter.accepted_at is None:
        start_clock(work, matter)


def triage(work: Work, matter: Matter, data: Data) -> None:
    """Set class, category and urgency; the handling clock follows the urgency, from acceptance on."""
    changed = matter.urgency != data["urgency"] or matter.category != data["category"]
    matter.triage_class, matter.category, matter.urgency = data["triage_class"], data["category"], data["urgency"]
    if changed and matter.accepted_at is not None:
        # Another category may have other limits: those that were in force on the day of acceptance.
        matter.policy = clocks.policy(matter, work.clock, matter.accepted_at)
        set_total(work, matter)
    accept(work, matter, {})
    if data.get("public_title"):
        matter.public_title, matter.is_public = data["public_title"], bool(data.get("is_public"))
    if data.get("handler"):
        assign(work, matter, data)


def assign(work: Work, matter: Matter, data: Data) -> None:
    """Give the matter to a handler and one task to each co-handler. A new dispatch may be objected to anew."""
    handler = data["handler"]
    data["handler_name"] = handler.name
    _remember_route(work, matter, data)
    confiding.admit(work, matter, handler)
    matter.organisation_id, matter.account_id = handler.organisation_id, handler.account_id
    matter.dispatched_by, matter.dispatched_at = work.actor.account_id, work.now
    matter.extension_by = matter.extension_at = matter.head_id = None
    matter.objections = 0
    work.notify(matter.account_id, f"有一件事派给您：{matter.title}", data.get("note", ""), url(matter))
    if matter.order_open:
        # Who handles the matter from now on also owes the answer to the supervisor.
        for order in work.family(Order, matter, state="issued"):
            order.organisation_id, order.account_id = matter.organisation_id, matter.account_id
    for organisation_id in data.get("together") or ():
        if organisation_id not in matter.co_organisation_ids:
            give_task(work, matter, organisation_id, data.get("note") or matter.title)


def _remember_route(work: Work, matter: Matter, data: Data) -> None:
    """Why it goes there, frozen; who gives on what was sent already adds to it. `frozen_route`: known beforehand."""
    if matter.organisation_id is not None or matter.account_id is not None:
        matter.route = routing.moved(matter.route, data["handler"], data.get("reason", ""), work.now)
        return
    matter.route = data.get("frozen_route") or routing.frozen(matter, data["handler"], work.now)
    data["route_words"] = matter.route["words"]


def give_task(work: Work, matter: Matter, organisation_id: int, asked: str, *, name: str = "", days: int = 0) -> None:
    """One co-handling task with an own clock, which never ends after the matter's while that is still to come."""
    confiding.admit(work, matter, Handler(organisation_id=organisation_id, name=name))
    due, rule = limit(work, matter, "task", work.now)
    if days:
        rule = given_rule(work, Span(days, "workdays"))
        due = work.clock.add(work.now, Span(days, "workdays"))
    due, rule = _capped(due, rule, matter.total_due_at, work.now)
    task = Task(
        matter=matter, organisation_id=organisation_id, asked=asked, asked_by=work.actor.account_id, limit_at=due,
        due_rule=rule,
    )  # fmt: skip
    copy_place(task, matter)
    work.begin(task, "task", cleaned={"asked": asked, "handler_name": name}, as_system=True)
    matter.co_organisation_ids = sorted({*matter.co_organisation_ids, organisation_id})
    matter.co_open += 1


def _capped(
    due: datetime, rule: dict[str, object], cap: datetime | None, now: datetime
) -> tuple[datetime, dict[str, object]]:
    if cap is None or cap <= now or due <= cap:
        return due, rule
    return cap, {**rule, "cap": cap.isoformat(), "notes": ["不晚于整件事的办理期限。"]}


def unassign(work: Work, matter: Matter, data: Data) -> None:
    """Back on the desk: nobody handles it."""
    matter.bounces += 1
    work.notify(matter.dispatched_by, f"派单被退回：{matter.title}", data.get("reason", ""), url(matter))
    matter.organisation_id = matter.account_id = None


def redirect(work: Work, matter: Matter, data: Data) -> None:
    """Somebody else handles it from now on."""
    end_pause(work, matter)
    work.notify(matter.account_id, f"这件事改由别人办：{matter.title}", data.get("reason", ""), url(matter))
    assign(work, matter, data)


def agree(work: Work, matter: Matter, data: Data) -> None:
    """The objection was right: once more it did not stay where it was sent."""
    matter.bounces += 1
    redirect(work, matter, data)


def object_to(work: Work, matter: Matter, data: Data) -> None:
    """One objection for each dispatch."""
    matter.objections += 1
    work.notify(matter.dispatched_by, f"承办单位对派单有异议：{matter.title}", data["reason"], url(matter))


def refer(work: Work, matter: Matter, data: Data) -> None:
    """Nobody owns it: the level above whoever asks decides, and above the level that decided before."""
    at = level_of(work.actor, matter, REFERRING) or "community"
    asked = clocks.LEVELS_UP.get(at, "street")
    above = clocks.LEVELS_UP[matter.decision_level] if matter.decision_level else asked
    matter.decision_level = "district" if "district" in (asked, above) else "street"
    matter.referred_by = work.actor.account_id
    matter.organisation_id = matter.account_id = None


def raise_level(work: Work, matter: Matter, data: Data) -> None:
    """Not decided in time: one level up, never back."""
    matter.decision_level = clocks.LEVELS_UP[matter.decision_level or "street"]
    title = f"没有按时确定由谁办，已提到{LEVEL_WORDS[matter.decision_level]}：{matter.title}"
    work.notify(matter.referred_by, title, "", url(matter))


def decide(work: Work, matter: Matter, data: Data) -> None:
    """The level above has named the handler: no objection, no return."""
    work.notify(matter.referred_by, f"已确定由{data['handler'].name}办：{matter.title}", data["reason"], url(matter))
    assign(work, matter, data)


def decline(work: Work, matter: Matter, data: Data) -> None:
    """Explain to every reporter which way is open."""
    accept(work, matter, {})
    matter.special_route, matter.answered_by = data.get("route", ""), work.actor.account_id
    for report in work.family(Report, matter, state__in=("open", "asked")):
        work.perform(report, "guide", cleaned={"answer": data["answer"]}, as_system=True)
    cancel_tasks(work, matter)
    part_over(work, matter)


def part_over(work: Work, matter: Matter) -> None:
    """A part of a larger matter is over: the whole one hears of it."""
    if matter.parent_id is not None:
        work.perform(matter, "part_over", cleaned={}, as_system=True)


def drop(work: Work, matter: Matter, data: Data) -> None:
    """Every reporter has withdrawn."""
    cancel_tasks(work, matter)
