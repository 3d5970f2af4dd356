"""The step bar of a matter: which of the six steps it is in, who has it and until when."""

from typing import Any

from django.utils.translation import gettext as _

from gongzhi.cases import handlers
from gongzhi.cases.models import Matter
from gongzhi.cases.workflow import SIX_STEPS
from gongzhi.kernel.models import Phase

FIRST = {Phase.RECEIVED: 0, Phase.SORTING: 1, Phase.HANDLING: 2, Phase.ANSWERING: 3, Phase.JUDGING: 5, Phase.CLOSED: 6}

AT_THE_DESK = ("received", "sorting", "routed", "suspended", "answering")
"""States in which the community's own desk has it."""


def position(matter: Matter) -> int:
    """Index of the present step, 6 when all is done; 督办 is a step of its own while it is checked."""
    return 4 if matter.state == Matter.State.CHECKING else FIRST[SIX_STEPS.state(matter.state).phase]


def step_bar(matter: Matter, who: str = "") -> list[dict[str, Any]]:
    """Items for `{% steps %}`; `who` has the matter now."""
    here = position(matter)
    items: list[dict[str, Any]] = []
    for number, label in enumerate(SIX_STEPS.steps):
        status = "done" if number < here else "now" if number == here else "todo"
        items.append({"label": label, "status": status})
    if here < len(items):
        items[here] |= {"who": who, "until": matter.due_at}
    return items


def holder_words(matter: Matter, community: str = "") -> str:
    """Who has the matter: the handler by name, else the desk of its community; one statement at most."""
    if matter.state in (Matter.State.ASSIGNED, Matter.State.HANDLING):
        names = handlers.names([(matter.organisation_id, matter.account_id)])
        if names:
            return next(iter(names.values()))
    if matter.state == Matter.State.JUDGING:
        return str(_("您"))
    responsible = str(SIX_STEPS.state(matter.state).responsible)
    if not community or matter.state not in AT_THE_DESK:
        return responsible
    return f"{community}{responsible.removeprefix('社区')}"
