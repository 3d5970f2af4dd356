"""The sweep over state × verb × person through the interface: offered is what the page offers, and what is accepted."""

import os
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from gongzhi.accounts.api.verbs import Practice, collection
from gongzhi.cases.api.practice import CASES
from gongzhi.cases.models import Matter
from gongzhi.cases.tests.factories import Cast, brought_to
from gongzhi.cases.tests.factories import cast as build
from gongzhi.cases.tests.test_sweep import form_for
from gongzhi.cases.views import detail
from gongzhi.kernel.procedure import all_procedures
from gongzhi.notices.api import NOTICES
from gongzhi.portal import api
from gongzhi.portal.tests.api_client import Caller
from gongzhi.statistics.api import EXCLUSIONS

FULL = os.environ.get("GONGZHI_SWEEP") == "full"
STATES = ("received", "sorting", "routed", "objected", "assigned", "handling", "suspended", "answering", "checking",
          "judging", "closed", "declined")  # fmt: skip
PEOPLE = ("clerk", "officer", "supervisor")
PRACTICES = (CASES, NOTICES, EXCLUSIONS)


@pytest.fixture
def cast(db: None, settings: Any) -> Cast:
    """A community at work, nobody counted."""
    settings.API_PER_MINUTE = 10**9
    return build()


@pytest.mark.parametrize("practice", PRACTICES, ids=lambda practice: practice.app)
def test_sweep_every_declared_verb_is_an_operation_with_the_fields_of_its_form(practice: Practice) -> None:
    found = api.description("zh-hans")
    missing = []
    for procedure in all_procedures():
        if procedure.model._meta.app_label != practice.app:
            continue
        for transition in procedure.transitions:
            if not transition.sources or (transition.hidden and not practice.is_operation(procedure.model, transition)):
                continue
            name = f"{procedure.model._meta.model_name}_{transition.verb}"
            operations = [
                one for methods in found["paths"].values() for one in methods.values() if one["operationId"] == name
            ]
            body = operations[0]["requestBody"]["content"]["application/json"]["schema"]["$ref"] if operations else ""
            members = found["components"]["schemas"].get(body.rpartition("/")[2], {}).get("properties", {})
            if not set(practice.fields(procedure.model, transition)) <= set(members):
                missing.append(f"{procedure.name}: {transition.verb}")
    assert missing == []


def test_hidden_verbs_that_have_a_page_have_an_action_here_too() -> None:
    assert {verb for _record, verb in CASES.doing} == set(detail.JOINING)


def test_no_form_asks_more_of_a_real_matter_than_the_description_says(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    for verb, declared in CASES.transitions(Matter).items():
        known = {name for one in declared for name in CASES.fields(Matter, one)}
        for one in declared:
            form = one.form(record=matter, actor=cast.actor("clerk"))
            assert set(form.fields) <= known, verb
            for name, field in form.fields.items():
                declared_field = CASES.fields(Matter, one)[name]
                assert field.required or not declared_field.required, f"{verb} {name}"


def test_every_practice_with_a_procedure_has_its_operations() -> None:
    covered = {practice.app for practice in PRACTICES}
    assert {procedure.model._meta.app_label for procedure in all_procedures()} - {"tests", "toy"} <= covered


@pytest.mark.parametrize("state", STATES)
def test_sweep_what_is_offered_is_what_the_page_offers_and_what_is_accepted(cast: Cast, state: str) -> None:
    matter = brought_to(cast, state)
    faults: list[str] = []
    for who in cast.people if FULL else PEOPLE:
        caller, actor = Caller(cast.people[who]), cast.actor(who)
        answer = caller.get(f"matters/{matter.number}/verbs")
        offered = {one["verb"] for one in answer.json()["items"]} if answer.status_code == 200 else set()
        if answer.status_code == 200:
            assert offered == {act.verb for act in detail.acts(matter, actor, timezone.now(), "/")}
        faults += tried(cast, caller, matter, offered)
    assert faults == []


def tried(cast: Cast, caller: Caller, matter: Matter, offered: set[str]) -> list[str]:
    """Verbs sent once with a filled form and taken back: all that are offered and some of the others; what went wrong."""
    faults = []
    for place, (verb, declared) in enumerate(CASES.transitions(Matter).items()):
        is_sample = FULL or place % 5 == STATES.index(matter.state) % 5
        if verb in ("merge", "relocate") or not (verb in offered or is_sample):
            continue
        known = CASES.fields(Matter, declared[0])
        sent = {key: value for key, value in form_for(cast, declared[0]).items() if key in known}
        sent = {key: value == "on" if key == "is_public" else value for key, value in sent.items()}
        if "review_date" in sent:
            sent["review_date"] = str(sent["review_date"])
        with transaction.atomic():
            status = caller.post(f"{collection(Matter)}/{matter.number}/{verb}", sent).status_code
            transaction.set_rollback(True)
        if status not in ((200, 422) if verb in offered else (403, 404, 409, 422)):
            faults.append(f"{caller.account} {matter.state} {verb}: {status}")
    return faults
