"""收集、分流: what receiving, triage and dispatch do besides changing the state. Declared in `workflow`."""

from gongzhi.cases.effects import confiding
from gongzhi.cases.effects.common import Data, cancel_tasks, copy_place, limit, url
from gongzhi.cases.models import Matter, Order, Report, Task
from gongzhi.kernel.perform import Work


def accept(work: Work, matter: Matter, data: Data) -> None:
    """The first contact stops the contact clock and starts the handling clock."""
    if matter.contacted_at is None:
        matter.contacted_at = work.now
        matter.is_contact_late = matter.due_at is not None and work.now > matter.due_at
    if matter.accepted_at is None:
        matter.accepted_at = work.now
        matter.total_due_at, matter.total_rule = limit(work, matter, f"handle-{matter.urgency}", work.now)


def triage(work: Work, matter: Matter, data: Data) -> None:
    """Set class, category and urgency; the handling clock follows the urgency, from acceptance on."""
    accept(work, matter, {})
    changed = matter.urgency != data["urgency"] or matter.category != data["category"]
    matter.triage_class, matter.category, matter.urgency = data["triage_class"], data["category"], data["urgency"]
    if changed and matter.accepted_at is not None:
        matter.total_due_at, matter.total_rule = limit(work, matter, f"handle-{matter.urgency}", matter.accepted_at)
    if data.get("public_title"):
        matter.public_title, matter.is_public = data["public_title"], bool(data.get("is_public"))
    if data.get("handler"):
        assign(work, matter, data)


def assign(work: Work, matter: Matter, data: Data) -> None:
    """Give the matter to a handler and one task to each co-handler."""
    handler = data["handler"]
    data["handler_name"] = handler.name
    confiding.admit(work, matter, handler, data.get("together") or ())
    matter.organisation_id, matter.account_id = handler.organisation_id, handler.account_id
    matter.dispatched_by, matter.dispatched_at = work.actor.account_id, work.now
    matter.extension_by = matter.extension_at = None
    work.notify(matter.account_id, f"有一件事派给您：{matter.title}", data.get("note", ""), url(matter))
    if matter.order_open:
        # Who handles the matter from now on also owes the answer to the supervisor.
        for order in work.family(Order, matter, state="issued"):
            order.organisation_id, order.account_id = matter.organisation_id, matter.account_id
    for organisation_id in data.get("together") or ():
        give_task(work, matter, organisation_id, data.get("note") or matter.title)


def give_task(work: Work, matter: Matter, organisation_id: int, asked: str) -> None:
    """One co-handling task; its time ends with the matter's."""
    if organisation_id in matter.co_organisation_ids:
        return
    due = matter.total_due_at or limit(work, matter, "task", work.now)[0]
    task = Task(
        matter=matter, organisation_id=organisation_id, asked=asked, asked_by=work.actor.account_id, limit_at=due
    )
    copy_place(task, matter)
    work.begin(task, "task", cleaned={"asked": asked}, as_system=True)
    matter.co_organisation_ids = [*matter.co_organisation_ids, organisation_id]
    matter.co_open += 1


def unassign(work: Work, matter: Matter, data: Data) -> None:
    """Back on the desk: nobody handles it."""
    work.notify(matter.dispatched_by, f"派单被退回：{matter.title}", data.get("reason", ""), url(matter))
    matter.organisation_id = matter.account_id = None


def redirect(work: Work, matter: Matter, data: Data) -> None:
    """Somebody else handles it from now on."""
    work.notify(matter.account_id, f"这件事改由别人办：{matter.title}", data.get("reason", ""), url(matter))
    assign(work, matter, data)


def object_to(work: Work, matter: Matter, data: Data) -> None:
    """One objection for each dispatch."""
    matter.objections += 1
    work.notify(matter.dispatched_by, f"承办单位对派单有异议：{matter.title}", data["reason"], url(matter))


def decline(work: Work, matter: Matter, data: Data) -> None:
    """Explain to every reporter which way is open."""
    accept(work, matter, {})
    matter.special_route, matter.answered_by = data.get("route", ""), work.actor.account_id
    for report in work.family(Report, matter, state__in=("open", "asked")):
        work.perform(report, "guide", cleaned={"answer": data["answer"]}, as_system=True)
    cancel_tasks(work, matter)


def drop(work: Work, matter: Matter, data: Data) -> None:
    """Every reporter has withdrawn."""
    cancel_tasks(work, matter)
