"""The toy's declarations; registered by the fixture `toy`, never by the product."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django import forms

from gongzhi.kernel.clock import Clock, Deadline, Span
from gongzhi.kernel.forms import ActionForm
from gongzhi.kernel.models import Phase
from gongzhi.kernel.perform import Work
from gongzhi.kernel.procedure import Obligation, Procedure, State, Transition
from gongzhi.kernel.tests.toy.models import Errand, Leg
from gongzhi.kernel.who import AnyOf, Handles, Holds, Own, Public, System

CLERK = Holds(frozenset({"clerk"}), "干事")
RUNNER = Handles(frozenset({"clerk", "runner"}))
LIMITS = {"run": Span(4, "hours")}


class SendForm(ActionForm):
    runner = forms.IntegerField(label="谁去")
    note = forms.CharField(label="说明", required=False)
    secret = forms.CharField(label="电话", required=False)


def due(record: Errand, clock: Clock, now: datetime) -> Deadline:
    return ERRAND.limit(clock, record, "run", now)


def send(work: Work, errand: Errand, data: dict[str, Any]) -> None:
    errand.account_id, errand.sent_by = data["runner"], work.actor.account_id
    work.notify(data["runner"], "有一件事请您跑一趟")


def split(work: Work, errand: Errand, data: dict[str, Any]) -> None:
    work.begin(Leg(errand_id=errand.pk, account_id=errand.account_id), "toy.leg", cleaned={}, as_system=True)


def call(work: Work, errand: Errand, data: dict[str, Any]) -> None:
    errand.calls += 1


def finish_legs(work: Work, errand: Errand, data: dict[str, Any]) -> None:
    for leg in work.family(Leg, errand, state="open"):
        work.perform(leg, "end", cleaned={}, as_system=True)


def owed(errand: Errand) -> Iterator[Obligation]:
    if errand.state == "new":
        yield Obligation("act", post="clerk", reminds=False)
    if errand.state == "out":
        fires = errand.due_at + timedelta(hours=errand.calls) if errand.due_at else None
        yield Obligation("act", post="clerk", account_id=errand.account_id, due_at=errand.due_at)
        if errand.calls < 3:
            yield Obligation("late", post="boss", due_at=fires, on_due="call", reminds=False)


def no_one(leg: Leg) -> tuple[Obligation, ...]:
    return (Obligation("leg", account_id=leg.account_id, post="runner"),) if leg.state == "open" else ()


ERRAND = Procedure(
    name="toy.errand",
    label="跑腿",
    model=Errand,
    states=(
        State("new", "新登记", Phase.RECEIVED, "干事", public="已收到"),
        State("out", "在路上", Phase.HANDLING, "跑腿的人", due=due, public="正在办"),
        State("done", "办好了", Phase.CLOSED, public="已办结"),
    ),
    transitions=(
        Transition("ask", "登记", (), "new", Public()),
        Transition("send", "派人", ("new",), "out", CLERK, SendForm, send, keeps=("runner", "note")),
        Transition("split", "分段", ("out",), None, RUNNER, effect=split),
        Transition("call", "催促", ("out",), None, System(), effect=call, hidden=True),
        Transition(
            "finish", "办结", ("out",), "done", AnyOf((RUNNER, Own())), effect=finish_legs,
            not_by="sent_by", not_by_words="不能是派人的人", when=lambda e, now: e.calls < 3, when_words="已经催了三次。",
        ),
    ),
    obligations=owed,
    read=AnyOf((CLERK, RUNNER, Own())),
    limits=LIMITS,
)  # fmt: skip
LEG = Procedure(
    name="toy.leg",
    label="一段",
    model=Leg,
    states=(State("open", "没走完", Phase.HANDLING), State("ended", "走完", Phase.CLOSED)),
    transitions=(
        Transition("start", "开始", (), "open", System()),
        Transition(
            "end", "结束", ("open",), "ended", AnyOf((Handles(frozenset({"runner"}), organisation="pk"), System()))
        ),
    ),
    obligations=no_one,
    read=CLERK,
)
