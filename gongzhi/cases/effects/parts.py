"""Co-handling tasks and joint visits. Declared in `workflow`."""

from gongzhi.cases.effects import confiding
from gongzhi.cases.effects.common import (
    HEADS,
    Data,
    cancel_tasks,
    copy_place,
    keep_photos,
    people_of,
    tell_handlers,
    url,
)  # fmt: skip
from gongzhi.cases.effects.sorting import give_task
from gongzhi.cases.handlers import Handler
from gongzhi.cases.models import Matter, Task, Visit
from gongzhi.kernel.perform import Work

__all__ = ["cancel_tasks"]


def whistle(work: Work, matter: Matter, data: Data) -> None:
    """吹哨: each organisation is asked something own, with own time."""
    for ask in data["asks"]:
        give_task(work, matter, ask.organisation_id, ask.asked, name=ask.name, days=ask.days)


def signed(work: Work, task: Task, data: Data) -> None:
    """The receipt."""
    task.signed_at = work.now


def object_to_task(work: Work, task: Task, data: Data) -> None:
    """Not ours: a second person decides."""
    task.objections += 1
    work.notify(task.asked_by, f"协办单位有异议：{task.matter.title}", data["reason"], url(task.matter))


def hand_on(work: Work, task: Task, data: Data) -> None:
    """The objection was right: another organisation has the task from now on, and may object in its turn."""
    body = data["body"]
    data["handler_name"] = body.name
    matter = work.adopt(task.matter)
    others = {other.organisation_id for other in work.family(Task, matter) if other.pk != task.pk}
    confiding.admit(work, matter, Handler(organisation_id=body.organisation_id, name=body.name))
    kept = [pk for pk in matter.co_organisation_ids if pk != task.organisation_id or pk in others]
    matter.co_organisation_ids = sorted({*kept, body.organisation_id})
    task.organisation_id, task.signed_at, task.objections, task.waived_by = body.organisation_id, None, 0, None
    work.perform(matter, "part", cleaned={}, as_system=True)


def task_done(work: Work, task: Task, data: Data) -> None:
    """One co-handler less to wait for."""
    task.is_late = task.is_late or work.now > task.limit_at
    task.signed_at = task.signed_at or work.now
    _end(work, task, data.get("reply", ""), data, "协办已回复")


def task_cancelled(work: Work, task: Task, data: Data) -> None:
    """Nobody waits for it any more; what was replied is nothing, why it was cancelled stays."""
    _end(work, task, data.get("reason", ""), data, "协办已取消")


def _end(work: Work, task: Task, words: str, data: Data, what: str) -> None:
    task.reply, task.replied_at, task.waived_by = words, work.now, None
    matter = work.adopt(task.matter)
    if data.get("photos"):
        keep_photos(work, matter, data)
    work.perform(matter, "part", cleaned={"co_open": -1}, as_system=True)
    work.notify(matter.account_id or matter.dispatched_by, f"{what}：{matter.title}", words, url(matter))


def task_overdue(work: Work, task: Task, data: Data) -> None:
    """Not replied in time: the head of the organisation has it before the eyes, and the lead hears of it."""
    task.is_late = True
    task.head_id = next(iter(people_of(task.organisation_id, HEADS)), None)
    matter = work.adopt(task.matter)
    work.notify(task.head_id, f"本单位的协办超期了：{matter.title}", task.asked, url(matter))
    tell_handlers(work, matter, f"协办单位超期没有回复：{matter.title}", task.asked, url(matter))


def waive(work: Work, task: Task, data: Data) -> None:
    """The lead wants to go on without this co-handler; the clerk decides."""
    task.waived_by = work.actor.account_id
    work.notify(task.matter.dispatched_by, f"主办申请不再等协办：{task.matter.title}", data["reason"], url(task.matter))


def wait_on(work: Work, task: Task, data: Data) -> None:
    """Not without this co-handler."""
    work.notify(task.waived_by, f"还要等协办单位：{task.matter.title}", data["reason"], url(task.matter))
    task.waived_by = None


def rate_task(work: Work, task: Task, data: Data) -> None:
    """How the lead found the co-handler's work."""
    task.satisfaction, task.rating_note = data["satisfaction"], data.get("rating_note", "")
    work.notify(task.account_id, f"主办评价了您的协办：{task.matter.title}", task.rating_note, url(task.matter))


def part(work: Work, matter: Matter, data: Data) -> None:
    """Count what is still open below."""
    matter.co_open = max(0, matter.co_open + data.get("co_open", 0))
    matter.order_open = max(0, matter.order_open + data.get("order_open", 0))


# --- Joint visits -------------------------------------------------------------------------------------------------


def plan_visit(work: Work, matter: Matter, data: Data) -> None:
    """联合上门: who meets where and when; each participant finds it on the own list."""
    visit = Visit(
        matter=matter, organisation_id=matter.organisation_id, account_id=matter.account_id, asked=data["asked"],
        asked_by=work.actor.account_id, limit_at=data["meets_at"], meets_at=data["meets_at"], where=data["where"],
        organisation_ids=data["who"], due_rule={},
        confirmed_ids=sorted(work.actor.organisations & set(data["who"])),
    )  # fmt: skip
    copy_place(visit, matter)
    work.begin(visit, "visit", cleaned={"asked": data["asked"], "where": data["where"]}, as_system=True)


def confirm(work: Work, visit: Visit, data: Data) -> None:
    """The organisations for which the actor speaks will come."""
    mine = work.actor.organisations & set(visit.organisation_ids)
    visit.confirmed_ids = sorted({*visit.confirmed_ids, *mine})


def excuse(work: Work, visit: Visit, data: Data) -> None:
    """They cannot come; who invited them hears why."""
    mine = work.actor.organisations & set(visit.organisation_ids)
    visit.organisation_ids = [pk for pk in visit.organisation_ids if pk not in mine]
    visit.confirmed_ids = [pk for pk in visit.confirmed_ids if pk not in mine]
    to = visit.account_id or visit.asked_by
    work.notify(to, f"联合上门有单位来不了：{visit.matter.title}", data["reason"], url(visit.matter))


def visited(work: Work, visit: Visit, data: Data) -> None:
    """Who came and what came of it."""
    visit.came_ids, visit.reply, visit.replied_at = data["came"], data["reply"], work.now
    keep_photos(work, work.adopt(visit.matter), data)


def visit_off(work: Work, visit: Visit, data: Data) -> None:
    """It does not take place; those invited hear of it on their list."""
    visit.reply, visit.replied_at = data.get("reason", ""), work.now
