"""反馈、评议: answers, closing and opening again. Declared in `workflow`."""

from gongzhi.base.models import StoredFile
from gongzhi.cases.effects.common import Data, cancel_tasks, start_again, url
from gongzhi.cases.models import Matter, Report
from gongzhi.kernel.perform import Work


def feedback(work: Work, matter: Matter, data: Data) -> None:
    """Every reporter still waiting is answered, each on the own number."""
    matter.answered_by, matter.public_answer = work.actor.account_id, data.get("public_answer", "")
    if data.get("shows_photos"):
        done = StoredFile.objects.filter(owner_kind=Matter.kind(), owner_id=matter.pk, label=StoredFile.Label.AFTER)
        done.update(is_public=True)
    for report in work.family(Report, matter, state__in=("open", "asked")):
        work.perform(report, "answer", cleaned={"answer": data["answer"]}, as_system=True)


def pass_check(work: Work, matter: Matter, data: Data) -> None:
    """When everybody rated while it was checked, nothing is left to wait for."""
    if not work.family(Report, matter, state="answered"):
        work.perform(matter, "close", cleaned={}, as_system=True)


def close(work: Work, matter: Matter, data: Data) -> None:
    """The time for rating is over, or everybody has rated."""
    for report in work.family(Report, matter, state="answered"):
        work.perform(report, "lapse", cleaned={}, as_system=True)
    cancel_tasks(work, matter)


def reopen(work: Work, matter: Matter, data: Data) -> None:
    """Once more from sorting on, with a new clock."""
    matter.reopened += 1
    matter.organisation_id = matter.account_id = matter.handled_at = matter.answered_by = None
    matter.is_handled_late = False
    start_again(work, matter)
    work.notify(matter.charge_id, f"这件事又打开了：{matter.title}", data.get("reason", ""), url(matter))
