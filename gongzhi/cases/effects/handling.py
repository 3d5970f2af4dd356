"""办理: progress, more time, putting off, the result. Declared in `workflow`."""

from datetime import date, datetime, time

from gongzhi.cases import clocks
from gongzhi.cases.effects.common import Data, keep_photos, note, tell_reporters, url
from gongzhi.cases.models import Matter, PauseKind, Report
from gongzhi.kernel.clock import SHANGHAI, Span
from gongzhi.kernel.perform import Work


def progress(work: Work, matter: Matter, data: Data) -> None:
    """Keep photos; reporters hear of it when it is meant for them."""
    keep_photos(work, matter, data)
    if data.get("is_public"):
        tell_reporters(work, matter, f"有新进展：{matter.title}", data["text"])


def ask_extension(work: Work, matter: Matter, data: Data) -> None:
    """Remember who asks for how long; somebody else decides."""
    matter.extension_days, matter.extension_by = data["days"], work.actor.account_id
    matter.extension_at = work.now


def grant_extension(work: Work, matter: Matter, data: Data) -> None:
    """More working days from the deadline that was."""
    if matter.total_due_at is not None:
        later = work.clock.add(matter.total_due_at, Span(matter.extension_days, "workdays"))
        matter.total_due_at = clocks.capped(matter, later)
        note(matter, f"经批准延长 {matter.extension_days} 个工作日。")
        matter.due_at, matter.due_rule = matter.total_due_at, matter.total_rule
    work.notify(matter.extension_by, f"延期已同意：{matter.title}", data.get("note", ""), url(matter))
    _clear_extension(matter)


def refuse_extension(work: Work, matter: Matter, data: Data) -> None:
    """The deadline stays."""
    work.notify(matter.extension_by, f"延期没有同意：{matter.title}", data["reason"], url(matter))
    _clear_extension(matter)


def _clear_extension(matter: Matter) -> None:
    matter.extension_days, matter.extension_by, matter.extension_at = 0, None, None


def review_at(day: date) -> datetime:
    """The morning of the day on which a suspended matter is looked at again."""
    return datetime.combine(day, time(9), SHANGHAI)


def suspend(work: Work, matter: Matter, data: Data) -> None:
    """The handling clock stands until the matter is taken up again."""
    matter.pause_kind, matter.review_at = data.get("kind") or PauseKind.OTHER, review_at(data["review_date"])
    _stop(work, matter, data["reason"])


def ask_pause(work: Work, matter: Matter, data: Data) -> None:
    """Remember who asks for which pause until when; somebody else decides."""
    matter.pause_kind, matter.pause_until = data.get("kind") or PauseKind.OTHER, review_at(data["review_date"])
    matter.pause_by, matter.pause_asked_at = work.actor.account_id, work.now


def grant_pause(work: Work, matter: Matter, data: Data) -> None:
    """Two people have agreed: the clock stands until the day that was asked for."""
    matter.review_at = matter.pause_until
    work.notify(matter.pause_by, f"挂起已同意：{matter.title}", data.get("note", ""), url(matter))
    _clear_pause(matter)
    _stop(work, matter, data.get("note") or str(PauseKind(matter.pause_kind).label))


def refuse_pause(work: Work, matter: Matter, data: Data) -> None:
    """The clock runs on."""
    work.notify(matter.pause_by, f"挂起没有同意：{matter.title}", data["reason"], url(matter))
    _clear_pause(matter)
    matter.pause_kind = ""


def _clear_pause(matter: Matter) -> None:
    matter.pause_by = matter.pause_asked_at = matter.pause_until = None


def _stop(work: Work, matter: Matter, why: str) -> None:
    matter.suspended_at = work.now
    day = matter.review_at.astimezone(SHANGHAI) if matter.review_at else work.now
    tell_reporters(work, matter, f"这件事暂时办不了，{day:%m月%d日}再看：{matter.title}", why)


def resume(work: Work, matter: Matter, data: Data) -> None:
    """What was left of the time is left again."""
    end_pause(work, matter)


def end_pause(work: Work, matter: Matter) -> None:
    """The clock runs again from here, wherever the matter goes; nothing when it did not stand."""
    if matter.suspended_at is None:
        return
    matter.paused_seconds += int((work.now - matter.suspended_at).total_seconds())
    if matter.total_due_at:
        unit = str(matter.total_rule.get("unit", "hours"))
        later = work.clock.shift(matter.total_due_at, matter.suspended_at, work.now, unit)
        matter.total_due_at = clocks.capped(matter, later)
        began, ended = (at.astimezone(SHANGHAI) for at in (matter.suspended_at, work.now))
        why = str(PauseKind(matter.pause_kind).label) if matter.pause_kind else "其他原因"
        note(matter, f"{began:%m-%d %H:%M} 至 {ended:%m-%d %H:%M} 挂起（{why}），不计时间。")
    matter.suspended_at = matter.review_at = None
    matter.pause_kind = ""


def resume_when_answered(work: Work, matter: Matter) -> None:
    """A pause that waited for the reporter ends with the reporter's answer."""
    if matter.state == Matter.State.SUSPENDED and matter.pause_kind == PauseKind.REPORTER:
        work.perform(work.adopt(matter), "resume", cleaned={}, as_system=True)


def finish(work: Work, matter: Matter, data: Data) -> None:
    """Handled, with evidence; was it in time?"""
    keep_photos(work, matter, data)
    matter.handled_at = work.now
    matter.is_handled_late = matter.total_due_at is not None and work.now > matter.total_due_at


def rework(work: Work, matter: Matter, data: Data) -> None:
    """Not good enough: the clock runs on."""
    matter.handled_at = None
    work.notify(matter.account_id, f"请返工：{matter.title}", data["reason"], url(matter))


def ask(work: Work, matter: Matter, data: Data) -> None:
    """Ask every reporter who has not been answered."""
    for report in work.family(Report, matter, state="open"):
        work.perform(report, "ask", cleaned=data, as_system=True)


def publish(work: Work, matter: Matter, data: Data) -> None:
    """What the public page shows of it."""
    matter.is_public, matter.public_title = data["is_public"], data["public_title"]


def still_in_time(matter: Matter, now: datetime) -> bool:
    """More time is asked for before it is over, and once at a time."""
    return matter.extension_at is None and (matter.total_due_at is None or now <= matter.total_due_at)
