"""The practice in the interface for programs: which scope its records need, and the verbs that touch two families."""

from django.utils.translation import gettext as _

from gongzhi.accounts.api.verbs import Practice, Step
from gongzhi.base.api import LARGEST
from gongzhi.cases import actions, branches
from gongzhi.cases.models import Matter
from gongzhi.cases.views.detail import ASKING
from gongzhi.cases.workflow import READ
from gongzhi.kernel.errors import NotValid
from gongzhi.territory.models import Place


def merge(step: Step) -> None:
    """Into another matter that the same person may read."""
    into = Matter.objects.filter(READ.q(step.actor), pk=min(step.cleaned["into"], LARGEST)).first()
    if into is None:
        raise NotValid({"into": [_("没有找到这一件，请从下面选，或者写对编号。")]})
    actions.merge(step.record, into, step.cleaned["reason"], actor=step.actor, seq=step.seq, now=step.now)


def unmerge(step: Step) -> None:
    """The reports that came by the merge go back."""
    actions.unmerge(step.record, step.cleaned["reason"], actor=step.actor, seq=step.seq, now=step.now)


def relocate(step: Step) -> None:
    """To another living place."""
    place = Place.objects.living().filter(pk=min(step.cleaned["place"], LARGEST)).first()
    if place is None:
        raise NotValid({"place": [_("没有找到这个地方，请重新选。")]})
    actions.relocate(
        step.record, place, step.cleaned["reason"], actor=step.actor, place_note=step.cleaned["place_note"], seq=step.seq,
        now=step.now,
    )  # fmt: skip


def gather(step: Step) -> None:
    """The parts of a divided matter come back."""
    branches.gather(step.record, step.cleaned["reason"], actor=step.actor, seq=step.seq, now=step.now)


CASES = Practice(
    app="cases",
    default="matters",
    areas={"report": "reports"},
    doing={
        ("matter", "merge"): merge,
        ("matter", "unmerge"): unmerge,
        ("matter", "relocate"): relocate,
        ("matter", "gather"): gather,
    },
    growing=frozenset(ASKING),
)
