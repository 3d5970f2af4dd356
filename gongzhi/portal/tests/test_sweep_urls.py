"""The sweep URL × duty × inside/outside: no page fails, none is too chatty, none tells a stranger what is said inside."""

import os

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gongzhi.accounts.tests.factories import client, holder
from gongzhi.cases.tests.factories import Cast
from gongzhi.cases.tests.factories import cast as build
from gongzhi.portal.tests.addresses import SECRET, inside

FULL = os.environ.get("GONGZHI_SWEEP") == "full"
CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")
MOST = 20
WITHIN = ("clerk", "grid", "officer", "supervisor", "administrator", "secretary")
OUTSIDE = ("neighbour_clerk", "second_grid", "water_officer", "captain", "other_resident")


@pytest.fixture
def cast(db: None) -> Cast:
    """The cast with an administrator elsewhere."""
    made = build()
    made.people["stranger"] = holder("administrator", made.city.other_district, "外区管理员")
    return made


def opened(browser: Client, address: str) -> tuple[int, str, int]:
    """Status, text and number of statements of a page."""
    with CaptureQueriesContext(connection) as seen:
        response = browser.get(address)
    count = sum(not query["sql"].startswith(CONTROL) for query in seen.captured_queries)
    is_text = response.headers.get("Content-Type", "").startswith(("text/html", "application/json"))
    text = response.content.decode() if is_text and not response.streaming else ""
    return response.status_code, text, count


def test_sweep_every_page_opens_or_refuses_and_stays_within_its_statements(cast: Cast) -> None:
    addresses = inside(cast)
    assert len(addresses) > 60
    faults = []
    for who in list(cast.people) if FULL else WITHIN:
        browser = client(cast.people[who])
        browser.get("/me")
        for address in addresses:
            status, _text, count = opened(browser, address)
            if status >= 500 or count > MOST:
                faults.append(f"{who} {address}: {status}, {count} statements")
    assert faults == []


def test_sweep_no_page_tells_a_stranger_what_was_said(cast: Cast) -> None:
    addresses = inside(cast)
    seen_inside, leaks = 0, []
    for who in ("", "clerk", "stranger", *OUTSIDE):
        browser = client(cast.people[who]) if who else Client()
        for address in addresses:
            status, text, _count = opened(browser, address)
            assert status < 500, address
            if SECRET in text:
                seen_inside += who == "clerk"
                leaks += [f"{who or 'nobody'} reads {address}"] * (who != "clerk")
    assert leaks == []
    assert seen_inside >= 5


@pytest.mark.parametrize(
    "odd", ["", "%00", "' OR 1=1 --", "\u202e", "x" * 3000, "<script>", "99999999999999999999", "-1"]
)
def test_sweep_odd_questions_get_an_answer(cast: Cast, odd: str) -> None:
    browser = client(cast.people["clerk"])
    for address in inside(cast):
        for key in ("q", "after", "f", "m", "place", "page", "next", "state", "since"):
            if not FULL and key not in ("q", "after", "place"):
                continue
            assert browser.get(address, {key: odd}).status_code < 500, (address, key)
