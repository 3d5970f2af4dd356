"""反馈、评议: answers, closing, closings that did not hold, and opening again. Declared in `workflow`."""

from gongzhi.base.models import StoredFile
from gongzhi.cases.effects import callbacks
from gongzhi.cases.effects.common import Data, cancel_tasks, start_again, url
from gongzhi.cases.models import ClosingFault, Matter, Report
from gongzhi.kernel.perform import Work


def feedback(work: Work, matter: Matter, data: Data) -> None:
    """Every reporter still waiting is answered, each on the own number; looked-at photos go public when wanted."""
    matter.answered_by, matter.public_answer = work.actor.account_id, data.get("public_answer", "")
    if data.get("shows_photos"):
        done = StoredFile.objects.filter(owner_kind=Matter.kind(), owner_id=matter.pk, label=StoredFile.Label.AFTER)
        done.filter(clearing__in=("passed", "redacted")).update(is_public=True)
    for report in work.family(Report, matter, state__in=("open", "asked")):
        work.perform(report, "answer", cleaned={"answer": data["answer"]}, as_system=True)


def pass_check(work: Work, matter: Matter, data: Data) -> None:
    """When everybody rated while it was checked, nothing is left to wait for."""
    if not work.family(Report, matter, state="answered"):
        work.perform(matter, "close", cleaned={}, as_system=True)


def close(work: Work, matter: Matter, data: Data) -> None:
    """The time for rating is over, or everybody has rated; lots are drawn for calling back."""
    reports = work.family(Report, matter)
    if matter.state == Matter.State.CLOSED:
        callbacks.at_close(work, matter, reports)
    for report in reports:
        if report.state == Report.State.ANSWERED:
            work.perform(report, "lapse", cleaned={}, as_system=True)
    cancel_tasks(work, matter)


def reopen(work: Work, matter: Matter, data: Data) -> None:
    """Once more from sorting on, with a new clock. `data["fault"]` says which kind of closing did not hold."""
    kind = data.get("fault") or (ClosingFault.Kind.REOPENED if matter.closed_at else "")
    if kind:
        fault(work, matter, kind, data.get("report"))
    callbacks.cancel_waiting(work, matter)
    wake(work, matter, data.get("report"))
    matter.reopened += 1
    matter.organisation_id = matter.account_id = matter.handled_at = matter.answered_by = None
    matter.is_handled_late = False
    start_again(work, matter)
    work.notify(matter.charge_id, f"这件事又打开了：{matter.title}", data.get("reason", ""), url(matter))


def wake(work: Work, matter: Matter, said: Report | None) -> None:
    """Who has not judged yet, and who said it was not done, hears the next result too."""
    for report in work.family(Report, matter, state__in=("answered", "lapsed", "rated")):
        if report.state != Report.State.RATED or (said is not None and report.pk == said.pk):
            work.perform(report, "wake", cleaned={}, as_system=True)


def fault(work: Work, matter: Matter, kind: str, report: Report | None = None) -> None:
    """Keep that a closing did not hold, with who had it in hand and where, as of now; nothing without a result."""
    if matter.handled_at is None:
        return
    work.add(
        ClosingFault(
            matter=matter, report=report, kind=kind, organisation_id=matter.organisation_id, account_id=matter.account_id,
            grid_id=matter.grid_id, community_id=matter.community_id, street_id=matter.street_id,
            district_id=matter.district_id, handled_at=matter.handled_at, at=work.now,
        )
    )  # fmt: skip
