"""What several effects need: limits, addresses, notices, photos."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone

from gongzhi.accounts.models import Duty
from gongzhi.accounts.posts import posts
from gongzhi.base.files import attach
from gongzhi.cases import clocks
from gongzhi.cases.models import Matter, Report, Task, Visit
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.clock import Span
from gongzhi.kernel.models import Located, located
from gongzhi.kernel.perform import Work
from gongzhi.kernel.who import covers

Data = dict[str, Any]
HEADS = posts("organisation_head")
IN_ORGANISATION = posts("officer", "organisation_head")


def limit(work: Work, matter: Matter, key: str, start: datetime) -> tuple[datetime, dict[str, object]]:
    """Due time and rule by the limits of the matter: those frozen at acceptance."""
    deadline = clocks.deadline(matter, key, work.clock, start)
    return deadline.at, deadline.rule


def start_clock(work: Work, matter: Matter) -> None:
    """Accepted: every limit of this matter is frozen as it is today, and the handling time begins."""
    matter.accepted_at = work.now
    matter.policy = clocks.policy(matter, work.clock, work.now)
    set_total(work, matter)


def start_again(work: Work, matter: Matter) -> None:
    """Opened again: a new clock by the limits of today, nobody asked, nothing decided."""
    start_clock(work, matter)
    matter.co_organisation_ids, matter.co_open, matter.children_open = [], 0, 0
    matter.decision_level, matter.referred_by, matter.head_id = "", None, None
    matter.objections = matter.bounces = 0


def set_total(work: Work, matter: Matter) -> None:
    """The handling time by urgency, from acceptance on."""
    start, cap = matter.accepted_at or work.now, clocks.cap_of(matter)
    matter.total_due_at, matter.total_rule = limit(work, matter, f"handle-{matter.urgency}", start)
    if cap is not None:
        set_cap(matter, cap)


def set_cap(matter: Matter, cap: datetime) -> None:
    """A part never ends after the whole: `cap` is the whole one's deadline, kept with the rule."""
    matter.total_rule = {**matter.total_rule, "cap": cap.isoformat(), "notes": ["不晚于总事项的办理期限。"]}
    matter.total_due_at = clocks.capped(matter, matter.total_due_at)


def given_rule(work: Work, span: Span) -> dict[str, object]:
    """How a time that somebody gave with a task or an order explains itself."""
    return {"key": "given", "amount": span.amount, "unit": span.unit, "from": work.now.isoformat(), "limit": None}


def level_of(actor: Actor, record: Located, held: frozenset[str]) -> str:
    """The level at which the actor holds the duty by which it acts here: community, street, district; "" for none."""
    return next((grant.level for grant in actor.holding(held) if covers(grant, record)), "")


def people_of(organisation_id: int | None, held: frozenset[str] = IN_ORGANISATION) -> list[int]:
    """The accounts with a post in an organisation today; one statement."""
    if organisation_id is None:
        return []
    duties = Duty.objects.in_force(timezone.localdate()).filter(organisation=organisation_id, post__in=held)
    return sorted(set(duties.filter(account__is_active=True).values_list("account", flat=True)))


def tell_handlers(work: Work, record: Matter | Task, title: str, body: str, to: str) -> None:
    """An in-app notice to the person, else to everybody with a post in the organisation."""
    people: Iterable[int | None] = [record.account_id] if record.account_id else people_of(record.organisation_id)
    for account in people:
        work.notify(account, title, body, to)


def url(record: Matter | Report) -> str:
    """Address of the record's page: staff see matters, residents their reports."""
    kind = "matters" if isinstance(record, Matter) else "concerns"
    return f"/{kind}/{record.number}/"


def tell_reporters(work: Work, matter: Matter, title: str, body: str = "") -> None:
    """An in-app notice to every reporter with an account."""
    for report in work.family(Report, matter):
        work.notify(report.owner_id, title, body, url(report))


def keep_photos(work: Work, matter: Matter, data: Data) -> None:
    if data.get("photos"):
        session = work.actor.extra.get("upload", "")
        attach(data["photos"], "cases.matter", matter.pk, by=work.actor.account_id, session=session)
        matter.photo_count += len(data["photos"])


def copy_place(child: Any, matter: Matter) -> None:
    """Place ids and circle of the family's root."""
    for name, value in located(matter).items():
        setattr(child, name, value)


def cancel_tasks(work: Work, matter: Matter) -> None:
    """The matter is over: nobody is waited for any more."""
    if matter.co_open:
        for task in work.family(Task, matter, state__in=("given", "signed", "objected")):
            work.perform(task, "cancel", cleaned={"reason": "事项已结束"}, as_system=True)
    if matter.co_organisation_ids:
        for visit in work.family(Visit, matter, state="planned"):
            work.perform(visit, "cancel", cleaned={"reason": "事项已结束"}, as_system=True)


def note(matter: Matter, sentence: str) -> None:
    notes = matter.total_rule.get("notes", [])
    matter.total_rule = {**matter.total_rule, "notes": [*notes, sentence]}
