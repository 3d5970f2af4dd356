"""The interface for programs: who may, what is told, what happens twice, what goes wrong."""

import pytest

from gongzhi.cases.tests.factories import Cast, brought_to
from gongzhi.cases.tests.factories import cast as build
from gongzhi.portal.tests.api_client import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db: None) -> Cast:
    """A community at work."""
    return build()


def test_smoke(cast: Cast) -> None:
    matter = brought_to(cast, "received")
    clerk = Caller(cast.people["clerk"])
    for path in (
        "me",
        "matters",
        "work",
        f"matters/{matter.number}",
        f"matters/{matter.number}/verbs",
        f"matters/{matter.number}/timeline",
        f"matters/{matter.number}/handlers",
        "organisations",
        "places?q=社区",
        "places/roots",
        "categories",
        f"open/{matter.community_id}/matters",
        f"open/{matter.community_id}/rates",
        "notices",
        "reports",
        f"places/{matter.community_id}/children",
    ):
        answer = clerk.get(path)
        print(path, answer.status_code, answer.content.decode()[:600])
        assert answer.status_code == 200
    for verb, body in (
        ("accept", {}),
        (
            "triage",
            {
                "triage_class": "small",
                "category": cast.light.pk,
                "urgency": "normal",
                "reason": "照明",
                "handler": f"o{cast.works.pk}",
            },
        ),
    ):
        answer = clerk.post(f"matters/{matter.number}/{verb}", body)
        print(answer.status_code, answer.content.decode())
        assert answer.status_code == 200
    for a in (
        clerk.post(f"matters/{matter.number}/accept", {}),
        clerk.post(f"matters/{matter.number}/accept", {"x": 1}),
        clerk.get("nothing"),
        clerk.delete("me"),
        clerk.raw(f"matters/{matter.number}/accept", b"{", "application/json"),
        clerk.raw(f"matters/{matter.number}/accept", b'{"a":"\\ud800"}', "application/json"),
        clerk.raw(f"matters/{matter.number}/accept", b"{}", "text/plain"),
        clerk.raw(f"matters/{matter.number}/accept", b"[" * 200000, "application/json"),
        clerk.raw(f"matters/{matter.number}/accept", b'{"seq":' + b"9" * 5000 + b"}", "application/json"),
        clerk.raw(f"matters/{matter.number}/accept", b'{"seq":"' + b"9" * 1500000 + b'"}', "application/json"),
        clerk.raw(f"matters/{matter.number}/accept", b'{"seq":"' + b"9" * 3500000 + b'"}', "application/json"),
        clerk.get("matters?place=0"),
        clerk.get("places?q=%00%00"),
    ):
        print(a.status_code, a["content-type"], a.content.decode()[:300])
    a = clerk.post(
        "reports", {"text": "井盖响", "place": cast.city.building.pk, "channel": "counter", "wish": "online"}
    )
    print(a.status_code, a.content.decode())
    a = Caller(cast.people["resident"]).post("reports", {"text": "井盖响", "place": cast.city.building.pk})
    print(a.status_code, a.content.decode())
