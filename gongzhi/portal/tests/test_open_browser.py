"""The open and the supervising side in a real browser, with a past: at the widths people have, without a fault."""

import pytest
from playwright.sync_api import Page, expect

from gongzhi.accounts.tests.browser import faults, picture, sign_in
from gongzhi.cases.tests.open_scene import Scene, scene

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def town(transactional_db: None) -> Scene:
    """A community with a past."""
    return scene()


def look(page: Page, address: str, name: str) -> list[str]:
    """Open a page, leave a picture, say what is wrong with it."""
    page.goto(address)
    picture(page, name, full=True)
    return faults(page)


def test_the_page_of_a_place_on_a_phone_at_a_desk_and_in_large_type(town: Scene, phone: Page, desk: Page) -> None:
    at = f"/at/{town.cast.city.community.pk}/"
    assert look(phone, at, "place-390") == []
    assert look(desk, at, "place-1280") == []
    assert look(desk, f"{at}?v=closed&p=year", "place-closed-1280") == []
    assert look(desk, f"/at/{town.cast.city.district.pk}/", "place-district-1280") == []
    number = town.open["解放路口井盖松动"].number
    assert look(phone, f"{at}m/{number}/", "place-matter-390") == []
    desk.goto(at)
    desk.locator(".map .map-name", has_text="第一网格").first.wait_for()
    desk.get_by_role("link", name="第一网格").first.click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("第一网格")
    phone.goto(at)
    phone.get_by_role("link", name="大字").click()
    assert look(phone, at, "place-390-large") == []


def test_the_supervising_pages_hold_a_full_community(town: Scene, phone: Page, desk: Page) -> None:
    for page, width in (
        (sign_in(desk, town.cast.people["supervisor"]), 1280),
        (sign_in(phone, town.cast.people["supervisor"]), 390),
    ):
        for name in ("supervision/", "supervision/orders/", "supervision/wall/"):
            assert look(page, f"/{name}", f"{name.strip('/').replace('/', '-')}-{width}") == [], name
    sign_in(desk, town.cast.people["secretary"])
    assert look(desk, "/charge/", "charge-1280") == []
