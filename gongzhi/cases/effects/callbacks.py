"""回访: asking a reporter again, by lot or because it was promised. Declared in `workflow.callback`."""

from datetime import datetime, timedelta

from django.utils import timezone

from gongzhi.accounts.models import Duty
from gongzhi.cases import sampling
from gongzhi.cases.effects.common import Data, copy_place
from gongzhi.cases.models import Callback, Level, Matter, Report
from gongzhi.kernel.clock import Span
from gongzhi.kernel.perform import Work
from gongzhi.kernel.procedure import get

MOST_TRIES = 3
PAUSE = timedelta(hours=3)
"""After nobody answered, the next try comes at another time of the day."""
TIME = Span(5, "workdays")
"""Default time for a call-back (limit `callback`)."""
ASKED = {
    Callback.Reason.SAMPLE: "抽查：办结后问一问是不是真办好了。",
    Callback.Reason.UNRATED: "没有评价：问一问办得怎么样。",
    Callback.Reason.DISSATISFIED: "评价不满意：问清楚哪里没办好。",
    Callback.Reason.PROMISED: "答应过回电话。",
}
STANDS = (Matter.State.CLOSED, Matter.State.ASSESSING, Matter.State.JUDGING, Matter.State.CHECKING)
"""States in which a closing still holds."""
DESKS = {Level.COMMUNITY: "clerk", Level.STREET: "street_clerk", Level.DISTRICT: "district_clerk"}
"""Which post calls at each level."""


def promise(
    work: Work, report: Report, kind: str, not_before: datetime | None = None, note: str = ""
) -> Callback:  # fmt: skip
    """A call or visit (`Callback.Kind`) somebody was told to expect, not before a time; owed by the desk of the place.

    `report` and its matter are locked in or begun by `work`.
    """
    start = not_before or work.now
    due = work.clock.add(start, Span(1, "workdays"))
    made = _new(report.matter, report, Callback.Reason.PROMISED, due)
    made.way, made.not_before, made.asked_by = kind, not_before, work.actor.account_id
    made.asked = note or ASKED[Callback.Reason.PROMISED]
    made.level = report.matter.desk_level or Level.COMMUNITY
    return work.begin(made, "callback", cleaned={"asked": made.asked}, as_system=True)


def at_close(work: Work, matter: Matter, reports: list[Report]) -> None:
    """Draw the lots of a closing: every reporter who was not content, a share of the others."""
    for report in reports:
        reason = sampling.reason_of(report, matter, work.now)
        if reason and sampling.is_reachable(report):
            draw(work, matter, report, reason)


def draw(work: Work, matter: Matter, report: Report, reason: str) -> Callback:
    """One call-back by lot; whoever answered or handled the matter is not the one who asks."""
    due = get("callback").limit(work.clock, matter, "callback", work.now).at
    made = _new(matter, report, reason, due)
    made.answered_by, made.handled_by = matter.answered_by, matter.account_id
    made.organisation_id = matter.organisation_id
    made.level = _level(matter)
    return work.begin(made, "callback", cleaned={"asked": made.asked}, as_system=True)


def _new(matter: Matter, report: Report, reason: str, due: datetime) -> Callback:
    made = Callback(matter=matter, report=report, reason=reason, limit_at=due, asked=ASKED[Callback.Reason(reason)])
    copy_place(made, matter)
    return made


def _level(matter: Matter) -> str:
    """The community, when somebody at its desk neither answered nor handled the matter; else the street."""
    if matter.desk_level:
        return matter.desk_level
    clerks = Duty.objects.in_force(timezone.localdate()).filter(post="clerk", place=matter.community_id)
    others = clerks.exclude(account__in=[pk for pk in (matter.answered_by, matter.account_id) if pk])
    return Level.COMMUNITY if others.exists() else Level.STREET


def done(work: Work, callback: Callback, data: Data) -> None:
    """What the reporter said. Not resolved means the closing was false: the matter opens again."""
    callback.reply, callback.replied_at = data.get("note", ""), work.now
    callback.tries += 1
    callback.is_resolved, callback.satisfaction = data.get("is_resolved"), data.get("satisfaction")
    matter = work.adopt(callback.matter)
    stands = matter.state in STANDS
    if callback.is_resolved is False and callback.reason != Callback.Reason.PROMISED and stands:
        callback.is_false = True
        cleaned = {"reason": callback.reply, "fault": "false", "report": callback.report}
        work.perform(matter, "reopen_by_callback", cleaned=cleaned, as_system=True)


def missed(work: Work, callback: Callback, data: Data) -> None:
    """Nobody answered: once more at another time, at most `MOST_TRIES` times."""
    callback.tries += 1
    if callback.state == Callback.State.WAITING:
        callback.not_before = work.now + PAUSE
    else:
        callback.reply, callback.replied_at = "三次都没联系上。", work.now


def after_miss(callback: Callback, data: Data) -> str:
    """Waiting for another try, or given up after the last."""
    return Callback.State.MISSED if callback.tries + 1 >= MOST_TRIES else Callback.State.WAITING


def may_try(callback: Callback, now: datetime) -> bool:
    """Not before the time that was agreed or the pause after the last try."""
    return callback.not_before is None or now >= callback.not_before


def cancel_waiting(work: Work, matter: Matter) -> None:
    """A matter in hand again needs no question whether it was done; a promise still holds."""
    for callback in work.family(Callback, matter, state="waiting"):
        if callback.reason != Callback.Reason.PROMISED:
            work.perform(callback, "cancel", cleaned={"reason": "事项重新办理"}, as_system=True)
