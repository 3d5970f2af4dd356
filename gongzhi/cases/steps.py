"""The steps of a matter's procedure: which it is in, who has it and until when."""

from itertools import chain
from typing import Any

from django.utils.translation import gettext as _

from gongzhi.cases import handlers
from gongzhi.cases.models import Matter
from gongzhi.kernel.procedure import State, all_procedures, procedure_of

IN_ALL = {
    "objected": 1, "appealed": 1, "undecided": 1, "merged": 1, "declined": 1, "assigned": 2, "handling": 2, "suspended": 2,
    "divided": 2, "answering": 3, "closed": 6,
}  # fmt: skip
STEP_OF = {
    "six-steps": IN_ALL | {"received": 0, "sorting": 1, "routed": 1, "checking": 4, "judging": 5},
    "room-365": IN_ALL | {"received": 0, "analysing": 0, "listed": 1, "checking": 3, "judging": 4, "assessing": 5},
}
"""By procedure: which of its six steps a state belongs to; 6 is behind the last."""

AT_THE_DESK = ("received", "sorting", "routed", "analysing", "listed", "suspended", "answering")
"""States in which the community's own desk has it."""


def state_of(matter: Matter) -> State:
    """The declared state a matter is in."""
    return procedure_of(matter).state(matter.state)


def states() -> dict[str, State]:
    """Every state of every procedure of matters by value; what several share stands once, as the first declares it."""
    declared = [procedure.states for procedure in all_procedures() if procedure.model is Matter]
    return {state.value: state for state in reversed(list(chain(*declared)))}


def position(matter: Matter) -> int:
    """Index of the present step, 6 when all is done."""
    return STEP_OF[matter.procedure][matter.state]


def six(matter: Matter) -> int:
    """Index among the six steps of the three levels' secretaries, whatever the procedure."""
    return (STEP_OF["six-steps"] | {"analysing": 1, "listed": 1, "assessing": 5})[matter.state]


def label(matter: Matter) -> str:
    """The present step in words; the last one when all is done."""
    names = procedure_of(matter).steps
    return str(names[min(position(matter), len(names) - 1)])


def step_bar(matter: Matter, who: str = "") -> list[dict[str, Any]]:
    """Items for `{% steps %}`; `who` has the matter now."""
    here = position(matter)
    items: list[dict[str, Any]] = []
    for number, words in enumerate(procedure_of(matter).steps):
        status = "done" if number < here else "now" if number == here and matter.closed_at is None else "todo"
        if status == "done" and _was_skipped(matter, number):
            status = "skip"
        items.append({"label": words, "status": status})
        if status == "now":
            items[-1] |= {"who": who, "until": matter.due_at}
    return items


def _was_skipped(matter: Matter, number: int) -> bool:
    """督办 is a step only of matters that somebody supervised or took in charge."""
    return matter.procedure == "six-steps" and number == STEP_OF["six-steps"]["checking"] and not matter.is_supervised


def holder_words(matter: Matter, community: str = "") -> str:
    """Who has the matter: the handler by name, else the desk of its community; one statement at most."""
    if matter.state in (Matter.State.ASSIGNED, Matter.State.HANDLING):
        names = handlers.names([(matter.organisation_id, matter.account_id)])
        if names:
            return next(iter(names.values()))
    if matter.state == Matter.State.JUDGING:
        return str(_("您"))
    responsible = str(state_of(matter).responsible)
    if not community or matter.state not in AT_THE_DESK:
        return responsible
    return f"{community}{responsible.removeprefix('社区')}"
