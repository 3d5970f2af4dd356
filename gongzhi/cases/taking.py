"""What is done with a report besides registering it, in the same transaction: answered, explained, agreed, promised."""

import uuid
from datetime import datetime

from django.utils.translation import gettext as _

from gongzhi.accounts import phones
from gongzhi.accounts.models import Account
from gongzhi.cases import drafts
from gongzhi.cases.actions import Also
from gongzhi.cases.effects.callbacks import promise
from gongzhi.cases.models import Agreement, Callback, Matter, Report, SpecialRoute
from gongzhi.cases.speaking import Window
from gongzhi.kernel.perform import Work


def all_of(*steps: Also | None) -> Also:
    """Several in order; None for what is not wanted."""

    def run(work: Work, matter: Matter, report: Report) -> None:
        for step in steps:
            if step is not None:
                step(work, matter, report)

    return run


def ended(ending: str, answer: str, *, as_system: bool = False) -> Also | None:
    """Answered at once (`consult`) or explained by one of the special routes; None when it is to be handled."""
    if not ending:
        return None
    verb = "answer_at_once" if ending == SpecialRoute.CONSULT else "guide_at_once"

    def run(work: Work, matter: Matter, report: Report) -> None:
        work.perform(matter, verb, cleaned={"route": ending, "answer": answer}, as_system=as_system)

    return run


def agreed(way: str, note: str, given_at: datetime | None = None) -> Also:
    """Reported for somebody who agreed; who has an account hears of it."""

    def run(work: Work, matter: Matter, report: Report) -> None:
        work.add(
            Agreement(
                report=report, way=way, note=note, given_at=given_at or work.now, recorded_by=work.actor.account_id
            )
        )
        _tell(work, report)

    return run


def _tell(work: Work, report: Report) -> None:
    number = report.contact.phone
    if not number:
        return
    rows = Account.objects.filter(phone_index__in=phones.indexes(number), is_confirmed=True, ended_at__isnull=True)
    for pk in rows.values_list("pk", flat=True)[:1]:
        body = (
            f"{work.actor.name}替您反映：{matter_words(report)}。不是您的意思，打电话给社区或凭回执上的查询码收回同意。"
        )
        work.notify(pk, "有人替您反映了一件事", body, "/track/")


def matter_words(report: Report) -> str:
    """The first sentence of what was said."""
    return report.matter.title


def promised(window: Window | None) -> Also | None:
    """A call back within the window that was promised; None without one."""
    if window is None:
        return None

    def run(work: Work, matter: Matter, report: Report) -> None:
        promise(work, report, Callback.Kind.CALL, window.not_before, _("答应%(when)s回电") % {"when": window.label})

    return run


def forgotten(draft: uuid.UUID, account_id: int) -> Also:
    """The draft it was typed in goes with the registering, not before and not after."""

    def run(work: Work, matter: Matter, report: Report) -> None:
        drafts.forget(draft, account_id)

    return run
