"""Every operation of the interface, fed from its own description: no 500, no answer that is not described.

Half of the requests fit the description, half do not; real numbers are mixed in, so that many reach the rules behind.
`GONGZHI_SWEEP=full` sends many more.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.core import signals
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as limits
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks as described

from gongzhi.accounts.api import caller
from gongzhi.accounts.api.verbs import collection, has_number
from gongzhi.accounts.tests.factories import duty, holder
from gongzhi.cases.api import reports
from gongzhi.cases.models import Matter
from gongzhi.cases.tests.factories import Cast, brought_to
from gongzhi.cases.tests.factories import cast as build
from gongzhi.kernel.perform import perform
from gongzhi.kernel.procedure import all_procedures
from gongzhi.notices.tests.factories import MORNING, drafted, objected, published
from gongzhi.portal import api
from gongzhi.portal.tests.api_client import Caller
from gongzhi.wsgi import application

FULL = os.environ.get("GONGZHI_SWEEP") == "full"
EXAMPLES = 150 if FULL else 5
STATES = (
    "received",
    "sorting",
    "routed",
    "assigned",
    "handling",
    "suspended",
    "answering",
    "judging",
    "closed",
    "declined",
)
CHECKS = [
    not_a_server_error, described.status_code_conformance, described.content_type_conformance,
    described.response_schema_conformance, described.response_headers_conformance,
]  # fmt: skip


@dataclass
class Ground:
    """The cast, and real values for the members of bodies and the parameters of addresses."""

    cast: Cast
    members: dict[str, list[Any]]
    places: list[int]


@pytest.fixture
def ground(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Ground]:
    """A matter in every state, a notice, no counting."""
    settings.API_PER_MINUTE = 10**9
    monkeypatch.setattr(caller, "PER_ADDRESS", 10**9)
    monkeypatch.setattr(reports, "OWN_MOST", 10**9)
    cast = build()
    matters = [brought_to(cast, state) for state in STATES]
    perform(matters[4], "supervise", actor=cast.actor("supervisor"), data={"asked": "两天内办结", "days": 2})
    drafted(cast.city.community, cast.actor("clerk"))
    objected(published(cast.city.community, cast.actor("clerk")), MORNING)
    # The requests share this test's transaction, as Django's own test client would see to.
    both = (signals.request_started, signals.request_finished)
    for signal in both:
        signal.disconnect(close_old_connections)
    yield Ground(cast, members(cast), [cast.city.community.pk, cast.city.building.pk, cast.city.household.pk])
    for signal in both:
        signal.connect(close_old_connections)


def members(cast: Cast) -> dict[str, list[Any]]:
    """Real values by the name of a member."""
    return {
        "category": [cast.light.pk, cast.drain.pk],
        "place": [cast.city.building.pk, cast.city.grid.pk],
        "handler": [f"o{cast.works.pk}", f"a{cast.people['grid'].pk}"],
        "into": list(Matter.objects.values_list("pk", flat=True)),
        "photos": [[]],
        "seq": [None],
        "phone": ["13890001234", ""],
        "review_date": [str(timezone.localdate() + timedelta(days=20))],
        "public_title": ["楼道灯不亮"],
    }


def keys(path: str) -> list[Any]:
    """Keys of records on which the verb of the address is possible, or of any."""
    part, *rest = path.removeprefix("/api/v1/").split("/")
    model = next((one.model for one in all_procedures() if collection(one.model) == part), None)
    if model is None:
        return []
    rows, verb = model._default_manager.all(), rest[-1] if rest else ""
    for procedure in all_procedures():
        if procedure.model is model and verb in procedure.verbs():
            rows = rows.filter(state__in=procedure.transition(verb).sources) or rows
    return list(rows.values_list("number" if has_number(model) else "pk", flat=True))


def steer(case: Any, ground: Ground, draw: st.DataObject) -> None:
    """Mostly real records and values instead of made-up ones."""
    real = keys(case.operation.path) or ground.places
    for name in case.path_parameters or {}:
        if name != "uid" and draw.draw(st.integers(0, 7)) < 7:
            case.path_parameters[name] = draw.draw(st.sampled_from(real))
    for name in case.body.keys() & ground.members.keys() if isinstance(case.body, dict) else ():
        if draw.draw(st.integers(0, 3)) < 3:
            case.body[name] = draw.draw(st.sampled_from(ground.members[name]))


def fuzz(operation: Any, secret: str, ground: Ground) -> None:
    """Send made-up requests to one operation, each on the same ground."""
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    @limits(
        max_examples=EXAMPLES if secret else EXAMPLES // 2,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(data=st.data())
    def send(data: st.DataObject) -> None:
        mode = data.draw(st.sampled_from(list(schemathesis.GenerationMode)))
        case = data.draw(operation.as_strategy(generation_mode=mode))
        steer(case, ground, data)
        with transaction.atomic():
            answer = case.call(headers=headers)
            transaction.set_rollback(True)
        case.validate_response(answer, checks=CHECKS)

    send()


@pytest.mark.parametrize("who", ["district", "clerk", ""])
def test_sweep_no_operation_fails_or_answers_what_is_not_described(ground: Ground, who: str) -> None:
    account = None
    if who == "district":
        account = holder("administrator", ground.cast.city.district)
        for post in ("district_clerk", "supervisor"):
            duty(account, post, ground.cast.city.district)
    elif who:
        account = ground.cast.people[who]
    secret = Caller(account).secret if account else ""
    schema = schemathesis.openapi.from_dict(api.description("zh-hans"))
    schema.app = application
    for found in schema.get_all_operations():
        fuzz(
            found.ok(),  # type: ignore[union-attr]
            secret,
            ground,
        )
