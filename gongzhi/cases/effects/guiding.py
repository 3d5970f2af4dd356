"""Explained or answered at once instead of handled; looked at once more; consent taken back. Declared in `workflow`."""

from gongzhi.cases.effects.common import Data, cancel_tasks, limit, url
from gongzhi.cases.effects.sorting import accept
from gongzhi.cases.models import Agreement, Matter, Report, SpecialRoute
from gongzhi.kernel.perform import Work


def at_once(work: Work, matter: Matter, data: Data) -> None:
    """The person hears the answer, or which way is open, while still there."""
    accept(work, matter, {})
    matter.special_route = data.get("route") or SpecialRoute.CONSULT
    matter.answered_by = work.actor.account_id
    for report in work.family(Report, matter, state__in=("open", "asked")):
        work.perform(report, "guide", cleaned={"answer": data["answer"]}, as_system=True)


def is_explained(report: Report) -> bool:
    """Whether its matter ended with one of the special routes."""
    return report.matter.state == Matter.State.DECLINED and bool(report.matter.special_route)


def appeal(work: Work, report: Report, data: Data) -> None:
    """The reporter asks for a second look; the matter waits for somebody else above."""
    report.reconsidered_at = work.now
    matter = work.adopt(report.matter)
    if matter.state == Matter.State.DECLINED:
        work.perform(matter, "reconsider", cleaned={"reason": data["reason"]}, as_system=True)


def take_up(work: Work, matter: Matter, data: Data) -> None:
    """It is to be handled after all: the clock begins now."""
    matter.special_route, matter.answered_by = "", None
    matter.accepted_at = work.now
    matter.total_due_at, matter.total_rule = limit(work, matter, f"handle-{matter.urgency}", work.now)
    for report in work.family(Report, matter, state="open"):
        work.notify(report.owner_id, "您请再看的事，已经受理", data["reason"], url(report))


def keep_explained(work: Work, matter: Matter, data: Data) -> None:
    """The explanation stands, in the second person's words."""
    for report in work.family(Report, matter, state__in=("open", "asked")):
        work.perform(report, "guide", cleaned={"answer": data["answer"]}, as_system=True)
    cancel_tasks(work, matter)


def agreement_of(report: Report) -> Agreement | None:
    """The consent under which it was reported for somebody; None for one's own report."""
    if report.channel != "proxy":
        return None
    found: Agreement | None = getattr(report, "agreement", None)
    return found


def withdraw_consent(work: Work, report: Report, data: Data) -> None:
    """Name and telephone go; the matter goes on without them, or ends when the person wants that."""
    agreement = agreement_of(report)
    if agreement is not None:
        agreement.withdrawn_at, agreement.withdrawn_by = work.now, work.actor.account_id
        agreement.save(update_fields=["withdrawn_at", "withdrawn_by"])
    contact = report.contact
    contact.name, contact.wish = "", "online"
    contact.set_phone("")
    contact.save()
    work.notify(report.taken_by or report.owner_id, "本人收回了代办同意", data.get("reason", ""), url(report))
    report.owner_id = None
    if not data.get("goes_on") and report.state in (Report.State.OPEN, Report.State.ASKED):
        work.perform(report, "withdraw", cleaned={"note": data.get("reason", "")}, as_system=True)
