"""What the verbs of a matter and its reports do besides changing the state. Declared in `workflow`."""

from datetime import datetime, time, timedelta
from typing import Any

from gongzhi.base.files import attach
from gongzhi.base.models import StoredFile
from gongzhi.cases.models import Matter, Order, Report, ReportMove, Task
from gongzhi.kernel.clock import SHANGHAI, Span
from gongzhi.kernel.models import located
from gongzhi.kernel.numbering import next_numbers
from gongzhi.kernel.perform import Work
from gongzhi.kernel.procedure import procedure_of

Data = dict[str, Any]


def limit(work: Work, matter: Matter, key: str, start: datetime) -> tuple[datetime, dict[str, object]]:
    """Due time and frozen rule by the matter's procedure."""
    deadline = procedure_of(matter).limit(work.clock, matter, key, start)
    return deadline.at, deadline.rule


def url(record: Matter | Report) -> str:
    """Address of the record's page: staff see matters, residents their reports."""
    kind = "matters" if isinstance(record, Matter) else "concerns"
    return f"/{kind}/{record.number}/"


def tell_reporters(work: Work, matter: Matter, title: str, body: str = "") -> None:
    """An in-app notice to every reporter with an account."""
    for report in work.family(Report, matter):
        work.notify(report.owner_id, title, body, url(report))


def _photos(work: Work, matter: Matter, data: Data) -> None:
    if data.get("photos"):
        session = work.actor.extra.get("upload", "")
        attach(data["photos"], "cases.matter", matter.pk, by=work.actor.account_id, session=session)
        matter.photo_count += len(data["photos"])


# --- 收集、分流 ---------------------------------------------------------------------------------------------------


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


def copy_place(child: Any, matter: Matter) -> None:
    """Place ids and circle of the family's root."""
    for name, value in located(matter).items():
        setattr(child, name, value)


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
    for report in work.family(Report, matter, state__in=("open", "asked")):
        work.perform(report, "guide", cleaned={"answer": data["answer"]}, as_system=True)
    _cancel_tasks(work, matter)


def drop(work: Work, matter: Matter, data: Data) -> None:
    """Every reporter has withdrawn."""
    _cancel_tasks(work, matter)


def _cancel_tasks(work: Work, matter: Matter) -> None:
    for task in work.family(Task, matter, state="given"):
        work.perform(task, "cancel", cleaned={"reason": "事项已结束"}, as_system=True)


# --- 办理 ----------------------------------------------------------------------------------------------------------


def progress(work: Work, matter: Matter, data: Data) -> None:
    """Keep photos; reporters hear of it when it is meant for them."""
    _photos(work, matter, data)
    if data.get("is_public"):
        tell_reporters(work, matter, f"有新进展：{matter.title}", data["text"])


def pass_check(work: Work, matter: Matter, data: Data) -> None:
    """When everybody rated while it was checked, nothing is left to wait for."""
    if not work.family(Report, matter, state="answered"):
        work.perform(matter, "close", cleaned={}, as_system=True)


def ask_extension(work: Work, matter: Matter, data: Data) -> None:
    """Remember who asks for how long; somebody else decides."""
    matter.extension_days, matter.extension_by = data["days"], work.actor.account_id
    matter.extension_at = work.now


def grant_extension(work: Work, matter: Matter, data: Data) -> None:
    """More working days from the deadline that was."""
    if matter.total_due_at is not None:
        matter.total_due_at = work.clock.add(matter.total_due_at, Span(matter.extension_days, "workdays"))
        _note(matter, f"经批准延长 {matter.extension_days} 个工作日。")
        matter.due_at, matter.due_rule = matter.total_due_at, matter.total_rule
    work.notify(matter.extension_by, f"延期已同意：{matter.title}", data.get("note", ""), url(matter))
    _clear_extension(matter)


def refuse_extension(work: Work, matter: Matter, data: Data) -> None:
    """The deadline stays."""
    work.notify(matter.extension_by, f"延期没有同意：{matter.title}", data["reason"], url(matter))
    _clear_extension(matter)


def _clear_extension(matter: Matter) -> None:
    matter.extension_days, matter.extension_by, matter.extension_at = 0, None, None


def _note(matter: Matter, sentence: str) -> None:
    notes = matter.total_rule.get("notes", [])
    matter.total_rule = {**matter.total_rule, "notes": [*notes, sentence]}


def suspend(work: Work, matter: Matter, data: Data) -> None:
    """The handling clock stands until the matter is taken up again."""
    matter.suspended_at = work.now
    matter.review_at = datetime.combine(data["review_date"], time(9), SHANGHAI)
    tell_reporters(
        work, matter, f"这件事暂时办不了，{data['review_date']:%m月%d日}再看：{matter.title}", data["reason"]
    )


def resume(work: Work, matter: Matter, data: Data) -> None:
    """What was left of the time is left again."""
    if matter.suspended_at and matter.total_due_at:
        unit = str(matter.total_rule.get("unit", "hours"))
        matter.total_due_at = work.clock.shift(matter.total_due_at, matter.suspended_at, work.now, unit)
        began, ended = (at.astimezone(SHANGHAI) for at in (matter.suspended_at, work.now))
        _note(matter, f"{began:%m-%d %H:%M} 至 {ended:%m-%d %H:%M} 挂起，不计时间。")
    matter.suspended_at = matter.review_at = None


def finish(work: Work, matter: Matter, data: Data) -> None:
    """Handled, with evidence; was it in time?"""
    _photos(work, matter, data)
    matter.handled_at = work.now
    matter.is_handled_late = matter.total_due_at is not None and work.now > matter.total_due_at


def rework(work: Work, matter: Matter, data: Data) -> None:
    """Not good enough: the clock runs on."""
    matter.handled_at = None
    work.notify(matter.account_id, f"请返工：{matter.title}", data["reason"], url(matter))


# --- 反馈、督办、评议 ----------------------------------------------------------------------------------------------


def feedback(work: Work, matter: Matter, data: Data) -> None:
    """Every reporter still waiting is answered, each on the own number."""
    matter.answered_by, matter.public_answer = work.actor.account_id, data.get("public_answer", "")
    if data.get("shows_photos"):
        done = StoredFile.objects.filter(owner_kind=Matter.kind(), owner_id=matter.pk, label=StoredFile.Label.AFTER)
        done.update(is_public=True)
    for report in work.family(Report, matter, state__in=("open", "asked")):
        work.perform(report, "answer", cleaned={"answer": data["answer"]}, as_system=True)


def close(work: Work, matter: Matter, data: Data) -> None:
    """The time for rating is over, or everybody has rated."""
    for report in work.family(Report, matter, state="answered"):
        work.perform(report, "lapse", cleaned={}, as_system=True)
    _cancel_tasks(work, matter)


def reopen(work: Work, matter: Matter, data: Data) -> None:
    """Once more from sorting on, with a new clock."""
    matter.reopened += 1
    matter.organisation_id = matter.account_id = matter.handled_at = matter.answered_by = None
    matter.is_handled_late = False
    matter.accepted_at = work.now
    matter.total_due_at, matter.total_rule = limit(work, matter, f"handle-{matter.urgency}", work.now)
    matter.co_organisation_ids, matter.co_open = [], 0
    work.notify(matter.charge_id, f"这件事又打开了：{matter.title}", data.get("reason", ""), url(matter))


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


def ask(work: Work, matter: Matter, data: Data) -> None:
    """Ask every reporter who has not been answered."""
    for report in work.family(Report, matter, state="open"):
        work.perform(report, "ask", cleaned=data, as_system=True)


def publish(work: Work, matter: Matter, data: Data) -> None:
    """What the public page shows of it."""
    matter.is_public, matter.public_title = data["is_public"], data["public_title"]


def relocate(work: Work, matter: Matter, data: Data) -> None:
    """The whole family goes to the corrected place; `data["at"]` is the place."""
    matter.put(data["at"])
    matter.place_note = data.get("place_note") or matter.place_note
    for model in (Report, Task, Order):
        for child in work.family(model, matter):
            copy_place(child, matter)


def merge(work: Work, matter: Matter, data: Data) -> None:
    """Every report goes to the other matter (`data["target"]`, locked too) and keeps its own number and rating."""
    target: Matter = data["target"]
    matter.merged_into, matter.merged_from_state = target, data["before"]
    for report in work.family(Report, matter):
        work.add(ReportMove(report=report, source=matter, target=target, at=work.now))
        work.perform(report, "move", cleaned={"target": target}, as_system=True)
    _cancel_tasks(work, matter)
    work.perform(target, "absorb", cleaned={"number": matter.number, "count": matter.report_count}, as_system=True)


def absorb(work: Work, matter: Matter, data: Data) -> None:
    """More people reported the same."""
    matter.report_count += data["count"]


def unmerge(work: Work, matter: Matter, data: Data) -> None:
    """Every report that came by the merge goes back; `data["moves"]` are its rows."""
    target: Matter = data["target"]
    back = {move.report_id for move in data["moves"]}
    reports = [report for report in work.family(Report, target) if report.pk in back]
    for report in reports:
        work.perform(report, "move", cleaned={"target": matter}, as_system=True)
    target.report_count -= matter.report_count
    matter.merged_into, matter.merged_from_state = None, ""
    work.perform(target, "absorb", cleaned={"number": matter.number, "count": 0}, as_system=True)


# --- 诉求 ----------------------------------------------------------------------------------------------------------


def move(work: Work, report: Report, data: Data) -> None:
    """To the other matter, where that is."""
    report.matter = data["target"]
    copy_place(report, report.matter)


def question(work: Work, report: Report, data: Data) -> None:
    """The reporter is asked."""
    report.question = data["question"]
    work.notify(report.owner_id, "社区想向您了解一个情况", data["question"], url(report))


def add(work: Work, report: Report, data: Data) -> None:
    """What the reporter adds reaches who handles the matter."""
    if data.get("photos"):
        session = work.actor.extra.get("upload", "")
        attach(data["photos"], "cases.report", report.pk, by=work.actor.account_id, session=session)
    matter = report.matter
    work.notify(matter.account_id or matter.dispatched_by, f"反映人有补充：{matter.title}", data["text"], url(matter))


def answer(work: Work, report: Report, data: Data) -> None:
    """The reporter hears the result and is asked for a judgement."""
    report.answer, report.answered_at = data["answer"], work.now
    report.is_resolved, report.satisfaction, report.rated_at = None, None, None
    work.notify(report.owner_id, "您反映的事有结果了，请评价", data["answer"], url(report))


def guide(work: Work, report: Report, data: Data) -> None:
    """The reporter hears which way is open."""
    report.answer, report.answered_at = data["answer"], work.now
    work.notify(report.owner_id, "您反映的事，请看这里的说明", data["answer"], url(report))


def rate(work: Work, report: Report, data: Data) -> None:
    """Not resolved opens the matter again; when everybody has rated, it is closed."""
    report.is_resolved, report.satisfaction = data["is_resolved"], data["satisfaction"]
    report.comment, report.rated_at = data.get("comment", ""), work.now
    matter = work.adopt(report.matter)
    if report.state == Report.State.OPEN:
        work.perform(matter, "reopen_by_reporter", cleaned={"reason": data.get("comment", "")}, as_system=True)
    elif matter.state == Matter.State.JUDGING and not work.family(Report, matter, state="answered"):
        work.perform(matter, "close", cleaned={}, as_system=True)


def again(work: Work, report: Report, data: Data) -> None:
    """The trouble is back within the window."""
    matter = work.adopt(report.matter)
    if matter.state in (Matter.State.CLOSED, Matter.State.JUDGING, Matter.State.CHECKING, Matter.State.DECLINED):
        work.perform(matter, "reopen_by_reporter", cleaned={"reason": data["reason"]}, as_system=True)


def withdraw(work: Work, report: Report, data: Data) -> None:
    """One reporter less; without any, a matter nobody handles yet ends."""
    matter = work.adopt(report.matter)
    matter.report_count = max(0, matter.report_count - 1)
    others = work.family(Report, matter, state__in=("open", "asked", "answered"))
    early = (Matter.State.RECEIVED, Matter.State.SORTING, Matter.State.ROUTED)
    if not [other for other in others if other.pk != report.pk] and matter.state in early:
        work.perform(matter, "drop", cleaned={"reason": data.get("reason", "")}, as_system=True)
    else:
        work.perform(matter, "absorb", cleaned={"number": report.number, "count": 0}, as_system=True)


# --- 协办、督办单 --------------------------------------------------------------------------------------------------


def task_done(work: Work, task: Task, data: Data) -> None:
    """One co-handler less to wait for."""
    task.reply, task.replied_at = data.get("reply") or data.get("reason", ""), work.now
    matter = work.adopt(task.matter)
    if data.get("photos"):
        _photos(work, matter, data)
    work.perform(matter, "part", cleaned={"co_open": -1}, as_system=True)
    work.notify(matter.account_id or matter.dispatched_by, f"协办已回复：{matter.title}", task.reply, url(matter))


def part(work: Work, matter: Matter, data: Data) -> None:
    """Count what is still open below."""
    matter.co_open = max(0, matter.co_open + data.get("co_open", 0))
    matter.order_open = max(0, matter.order_open + data.get("order_open", 0))


def order_replied(work: Work, order: Order, data: Data) -> None:
    """The supervisor is told."""
    order.reply, order.replied_at = data["reply"], work.now
    work.notify(order.asked_by, f"督办单 {order.number} 有回复", data["reply"], url(order.matter))


def order_closed(work: Work, order: Order, data: Data) -> None:
    """One order less."""
    work.perform(work.adopt(order.matter), "part", cleaned={"order_open": -1}, as_system=True)


def still_in_time(matter: Matter, now: datetime) -> bool:
    """More time is asked for before it is over, and once at a time."""
    return matter.extension_at is None and (matter.total_due_at is None or now <= matter.total_due_at)


ESCALATION_WAITS = (timedelta(0), timedelta(hours=24), timedelta(hours=72))
"""After the deadline: at once to the community, a day later to the street, three days later to the district."""
