"""Every template once, as whoever may see it, at 390 and 1280 px: the accessibility engine finds nothing, nothing is too wide."""

import pytest
from playwright.sync_api import Page

from gongzhi.accounts.tests.browser import sign_in
from gongzhi.accounts.tests.factories import client
from gongzhi.base.tests.browser import is_too_wide, violations
from gongzhi.cases.tests.factories import Cast
from gongzhi.cases.tests.factories import cast as build
from gongzhi.portal.tests.addresses import inside

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
VIEWERS = ("resident", "clerk", "supervisor", "secretary", "administrator", "grid", "officer")


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, seen by the running site."""
    return build()


def shown(cast: Cast) -> dict[str, tuple[str, str]]:
    """{template: (who, address)}: the first page found for each template."""
    found: dict[str, tuple[str, str]] = {}
    addresses = inside(cast)
    for who in VIEWERS:
        browser = client(cast.people[who])
        for address in addresses:
            response = browser.get(address)
            if response.status_code == 200 and response.templates and "text/html" in response["Content-Type"]:
                found.setdefault(response.templates[0].name or address, (who, address))
    return found


def faults(page: Page, cast: Cast) -> list[str]:
    """What is wrong on any page at the width of `page`."""
    wrong: list[str] = []
    last = ""
    for name, (who, address) in sorted(shown(cast).items(), key=lambda item: item[1]):
        if who != last:
            page.context.clear_cookies()
            sign_in(page, cast.people[who])
            last = who
        page.goto(address)
        wrong += [f"{name} ({who} {address}): {fault}" for fault in violations(page)]
        wrong += [f"{name} ({who} {address}): too wide"] * is_too_wide(page)
    return wrong


def test_sweep_every_template_is_open_to_everybody_on_a_phone(phone: Page, cast: Cast) -> None:
    assert faults(phone, cast) == []


def test_sweep_every_template_is_open_to_everybody_at_a_desk(desk: Page, cast: Cast) -> None:
    assert faults(desk, cast) == []
