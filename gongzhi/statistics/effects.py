"""What the verbs of an exclusion do besides moving it."""

from typing import Any

from django.utils.translation import gettext as _

from gongzhi.kernel.perform import Work
from gongzhi.statistics.models import Exclusion
from gongzhi.statistics.who import level_of

URL = "/statistics/exclusions/"


def ask(work: Work, one: Exclusion, data: dict[str, Any]) -> None:
    """Note who asks at which level."""
    one.month, one.reason, one.words = data["month"], data["reason"], data["words"]
    one.asked_by, one.level = work.actor.account_id, level_of(work.actor, one)


def decide(work: Work, one: Exclusion, data: dict[str, Any]) -> None:
    """Whoever asked hears the answer."""
    one.decided_by, one.decided_at, one.answer = work.actor.account_id, work.now, data.get("answer", "")
    title = _("剔除申请%(state)s：%(title)s") % {"state": Exclusion.State(one.state).label, "title": one.matter.title}
    work.notify(one.asked_by, title, one.answer, URL)
