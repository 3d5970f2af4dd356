"""The sweep over workflow × state × verb × duty: grows by itself from the declarations.

In memory, every combination: what is offered is what is allowed, whatever the place. In the database, every (state,
verb) is really done by one who may, refused to one who may not. `GONGZHI_SWEEP=full` does the whole product.
"""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django import forms as django_forms
from django.utils import timezone

from gongzhi.accounts.posts import POSTS
from gongzhi.cases.models import Callback, Matter, Order, Report, Task, Visit
from gongzhi.cases.tests.factories import ANSWERED, FINISHED, HAPPY, Cast, brought_to, in_parts, triaged
from gongzhi.kernel.actor import ANYONE, SYSTEM, Actor, Grant
from gongzhi.kernel.errors import NotPermitted, NotPossible, Refused
from gongzhi.kernel.models import Event, Record
from gongzhi.kernel.perform import perform
from gongzhi.kernel.procedure import Procedure, Transition, all_procedures, available, permitted, possible

FULL = os.environ.get("GONGZHI_SWEEP") == "full"
PROCEDURES = [procedure for procedure in all_procedures() if procedure.model._meta.app_label == "cases"]
HERE = {"place_id": 50, "grid_id": 40, "community_id": 30, "street_id": 20, "district_id": 10}
LEVELS = {
    "district": 10,
    "street": 20,
    "community": 30,
    "grid": 40,
    "building": 50,
    "group": 50,
    "estate": 50,
    "city": 10,
}
OUTSIDE = 900


def actors() -> Iterator[tuple[str, bool, Actor]]:
    """Every post inside and outside of the record's place, and everybody without one."""
    for code, post in POSTS.items():
        for level in post.levels:
            name = {"city": "district", "group": "building", "estate": "building"}.get(level, level)
            for offset, is_inside in ((0, True), (OUTSIDE, False)):
                grant = Grant(1, code, name, frozenset({LEVELS[level] + offset}), LEVELS[level] + offset)
                yield f"{code}@{level}", is_inside, Actor(77, code, (grant,))
        if post.in_organisation:
            yield f"{code} of the handler", True, Actor(77, code, (Grant(1, code, organisation_id=5),))
            yield f"{code} elsewhere", False, Actor(77, code, (Grant(1, code, organisation_id=6),))
    yield "nobody", False, ANYONE
    yield "another resident", False, Actor(78, "陈英")
    yield "system", True, SYSTEM


def record_in(procedure: Procedure, state: str, **fields: Any) -> Record:
    """A record of the procedure in memory, at HERE, handled by organisation 5."""
    now = timezone.now()
    values = {**HERE, "procedure": procedure.name, "state": state, "created_at": now, "entered_at": now, **fields}
    if procedure.model is Matter:
        level = "street" if state == "undecided" else ""
        return Matter(organisation_id=5, merged_from_state="sorting", decision_level=level, **values)
    circle = {"circle_id": fields.get("circle_id")}
    matter = Matter(**{**HERE, **circle, "procedure": "six-steps", "state": "handling", "organisation_id": 5})
    if procedure.model is Report:
        return Report(matter=matter, owner_id=79, **values)
    if procedure.model is Callback:
        return Callback(matter=matter, level="community", reason="sample", **values)
    if procedure.model is Visit:
        return Visit(matter=matter, organisation_id=5, organisation_ids=[5], meets_at=now, **values)
    assert procedure.model in (Task, Order)
    return procedure.model(matter=matter, organisation_id=5, **values)


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda p: p.name)
def test_sweep_what_is_offered_is_allowed_and_outsiders_are_offered_nothing(procedure: Procedure) -> None:
    now, offered_somewhere = timezone.now(), set()
    for state in procedure.states:
        record = record_in(procedure, state.value)
        for name, is_inside, actor in actors():
            offered = {t.verb for t in available(record, actor, now)}
            for transition in procedure.transitions:
                allowed = possible(transition, record, now) and permitted(transition, record, actor) is not None
                assert (transition.verb in offered) == (allowed and not transition.hidden)
            assert is_inside or not offered, f"{name} is offered {offered} in {state.value}"
            offered_somewhere |= offered
    shown = {t.verb for t in procedure.transitions if t.sources and not t.hidden}
    conditional = {t.verb for t in procedure.transitions if t.when or "own" in t.who.words}
    assert shown - offered_somewhere <= conditional | {"rate", "add", "withdraw", "again", "release"}


@pytest.mark.parametrize("procedure", PROCEDURES, ids=lambda p: p.name)
def test_sweep_confidential_records_offer_nothing_by_duty(procedure: Procedure) -> None:
    for state in procedure.states:
        record = record_in(procedure, state.value, circle_id=3)
        for name, _inside, actor in actors():
            if not actor.is_system:
                assert available(record, actor, timezone.now()) == [], name


DATA: dict[str, dict[str, Any]] = {
    "finish": FINISHED, "feedback": ANSWERED, "rate": HAPPY,
    "decline": {"route": "outside", "answer": "这是市场服务，可以找家政公司。"},
    "supervise": {"asked": "三天内办结", "days": 2}, "ask": {"question": "是哪一层楼？"},
    "ask_extension": {"reason": "等配件", "days": 2}, "progress": {"text": "已到现场看过"},
    "add": {"text": "三楼也不亮"},
    "publish": {"is_public": "on", "public_title": "楼道灯不亮"}, "reply": {"reply": "已办好"},
}  # fmt: skip
"""What is typed into the forms; verbs without a row need a reason or nothing."""

DONE_BY = {
    "accept": "clerk", "triage": "clerk", "dispatch": "clerk", "sign": "officer", "object": "officer",
    "uphold": "street_clerk", "redirect": "street_clerk", "return": "officer", "transfer": "clerk",
    "progress": "officer",
    "ask": "clerk", "ask_extension": "officer", "grant_extension": "clerk", "refuse_extension": "clerk",
    "suspend": "clerk", "resume": "clerk", "finish": "officer", "feedback": "clerk", "rework": "clerk",
    "pass_check": "supervisor", "reopen": "clerk", "decline": "clerk", "take_charge": "secretary",
    "release": "secretary",
    "instruct": "secretary", "supervise": "supervisor", "publish": "clerk",
    "refer": "clerk", "decide": "street_clerk", "whistle": "officer", "plan_visit": "officer", "split": "clerk",
    "ask_pause": "officer", "grant_pause": "clerk", "refuse_pause": "clerk", "remind": "supervisor",
}  # fmt: skip


def form_for(cast: Cast, transition: Transition) -> dict[str, Any]:
    """A filled form for the verb."""
    handler = f"o{cast.water.pk}"
    if transition.verb == "triage":
        return triaged(cast, handler)
    if transition.verb in ("dispatch", "redirect", "transfer", "decide"):
        return {"handler": handler, "reason": "改由水务办理"}
    if transition.verb in ("suspend", "ask_pause"):
        return {"kind": "weather", "reason": "等雨停", "review_date": timezone.localdate() + timedelta(days=10)}
    if transition.verb == "plan_visit":
        at = timezone.localtime() + timedelta(days=2)
        return {"meets_at": f"{at:%Y-%m-%dT%H:%M}", "where": "3栋楼下", "who": [cast.water.pk], "asked": "一起看管道"}
    if transition.verb == "whistle":
        return {"body_1": handler, "asked_1": "关一下总阀", "days_1": "1"}
    if transition.verb == "split":
        return in_parts(cast)
    return DATA.get(transition.verb, {"reason": "按规定办理", "note": "同意"})


def pairs() -> list[tuple[str, str]]:
    """Every (state, verb) of the main procedure that a person may do."""
    main = next(p for p in PROCEDURES if p.name == "six-steps")
    return [(s, t.verb) for t in main.transitions if t.verb in DONE_BY for s in t.sources if s != "merged"]


def prepared(cast: Cast, state: str, verb: str) -> Matter:
    """A matter in the state in which the verb is possible."""
    matter = brought_to(cast, state)
    if verb in ("grant_extension", "refuse_extension"):
        perform(matter, "ask_extension", actor=cast.actor("officer"), data=DATA["ask_extension"], now=matter.entered_at)
    if verb in ("grant_pause", "refuse_pause"):
        data = {"kind": "weather", "reason": "等雨停", "review_date": timezone.localdate() + timedelta(days=10)}
        perform(matter, "ask_pause", actor=cast.actor("officer"), data=data, now=matter.entered_at)
    if verb == "plan_visit":
        asks = {"body_1": f"o{cast.water.pk}", "asked_1": "关一下总阀"}
        perform(matter, "whistle", actor=cast.actor("clerk"), data=asks, now=matter.entered_at)
    if verb == "release" and matter.charge_id is None:
        perform(matter, "take_charge", actor=cast.actor("secretary"))
    if verb == "take_charge" and matter.charge_id is not None:
        perform(matter, "release", actor=cast.actor("secretary"), data={"reason": "换人"})
    return Matter.objects.get(pk=matter.pk)


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "verb"), pairs())
def test_sweep_every_verb_is_done_by_who_may_and_refused_to_who_may_not(cast: Cast, state: str, verb: str) -> None:
    matter = prepared(cast, state, verb)
    if state == "routed" and verb == "supervise":
        assert matter.organisation_id is None
    main = next(p for p in PROCEDURES if p.name == "six-steps")
    transition = main.transition(verb)
    data = form_for(cast, transition)
    strangers = list(cast.people) if FULL else ["neighbour_clerk", "resident"]
    before = Event.objects.count()
    for who in strangers:
        actor = cast.actor(who)
        if permitted(transition, matter, actor) is None:
            with pytest.raises((NotPermitted, NotPossible)):
                perform(matter, verb, actor=actor, data=data, now=matter.entered_at)
    assert Event.objects.count() == before
    who = DONE_BY[verb]
    if transition.not_by and getattr(matter, transition.not_by) == cast.people[who].pk:
        who = "second_clerk"
    perform(matter, verb, actor=cast.actor(who), data=data, now=matter.entered_at)
    after = Matter.objects.get(pk=matter.pk)
    assert after.seq > matter.seq
    assert after.state in (transition.ends() or (state,)) or verb == "pass_check"


@pytest.mark.django_db
def test_sweep_forms_refuse_nonsense_in_words(cast: Cast) -> None:
    """Huge, binary, right-to-left, wrong types: an error with a field, never an exception of another kind."""
    main = next(p for p in PROCEDURES if p.name == "six-steps")
    matter = brought_to(cast, "handling")
    nasty = ["", "\x00\x01", "\u202e反转", "x" * 300_000, "<script>alert(1)</script>", "9" * 400, "😀" * 5000]
    for transition in main.transitions:
        fields = transition.form(record=matter, actor=cast.actor("clerk")).fields
        for value in nasty:
            form = transition.form(dict.fromkeys(fields, value), record=matter, actor=cast.actor("clerk"))
            try:
                form.is_valid()
            except Refused as refusal:
                pytest.fail(f"{transition.verb}: {refusal}")
            assert isinstance(form, django_forms.Form)
            for sentences in form.errors.values():
                assert all(str(sentence) for sentence in sentences)


@pytest.mark.django_db
def test_reports_are_closed_to_everybody_but_their_reporter_and_the_staff_of_the_place(cast: Cast) -> None:
    report = brought_to(cast, "handling").reports.get()
    read = next(p for p in PROCEDURES if p.name == "report").read
    seen = {who for who in cast.people if Report.objects.filter(read.q(cast.actor(who)), pk=report.pk).exists()}
    assert seen == {
        "resident", "clerk", "second_clerk", "grid", "secretary", "street_clerk", "street_secretary",
        "district_secretary", "supervisor",
    }  # fmt: skip
