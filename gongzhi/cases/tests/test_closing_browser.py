"""Call-back and redaction in a real browser: four taps on the telephone, a photo covered by keyboard alone."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Page

from gongzhi.accounts.tests.factories import client
from gongzhi.base.files import attach, store_upload
from gongzhi.base.models import StoredFile
from gongzhi.base.tests.browser import is_too_wide, small_targets, violations
from gongzhi.cases import sampling
from gongzhi.cases.models import Callback, Matter
from gongzhi.cases.tests.factories import Cast, brought_to
from gongzhi.kernel.perform import perform

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def enter(page: Page, base: str, cast: Cast, who: str) -> None:
    """Give the browser the session of one of the cast."""
    value = client(cast.people[who]).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": base}])


def test_a_call_back_takes_four_taps_on_the_telephone(phone: Page, live_server: object, cast: Cast) -> None:
    sampling.forget()
    matter = brought_to(cast, "judging", now=timezone.now(), phone="13890001234")
    unhappy = {"is_resolved": "yes", "satisfaction": "2", "comment": "慢"}
    perform(matter.reports.get(), "rate", actor=cast.actor("resident"), data=unhappy)
    enter(phone, str(live_server), cast, "second_clerk")
    phone.goto("/callbacks/")
    assert violations(phone) == [] and not is_too_wide(phone) and small_targets(phone, 32) == []
    phone.get_by_role("link", name="打电话").click()
    assert violations(phone) == [] and not is_too_wide(phone) and small_targets(phone, 44) == []
    phone.get_by_role("button", name="显示电话").click()
    assert phone.get_by_role("link", name="13890001234").get_attribute("href") == "tel:13890001234"
    phone.get_by_label("办好了", exact=True).check()
    phone.get_by_role("button", name="满意", exact=True).click()
    phone.wait_for_url("**/callbacks/")
    row = Callback.objects.get()
    assert (row.state, row.is_resolved, row.satisfaction) == ("done", True, 4)


def test_a_photo_is_covered_with_the_keyboard_alone(
    desk: Page, live_server: object, cast: Cast, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    matter = brought_to(cast, "answering", now=timezone.now())
    out = BytesIO()
    Image.new("RGB", (640, 480), (200, 180, 160)).save(out, "JPEG")
    photo = store_upload(SimpleUploadedFile("a.jpg", out.getvalue()), by=1, label="after")
    with transaction.atomic():
        attach([photo.uid], "cases.matter", matter.pk, by=1)
    Matter.objects.filter(pk=matter.pk).update(photo_count=1)
    enter(desk, str(live_server), cast, "clerk")
    desk.goto(f"/matters/{matter.number}/photos/")
    assert violations(desk) == []
    desk.get_by_role("link", name="遮挡").press("Enter")
    desk.wait_for_url(f"**/{photo.uid}/")
    assert violations(desk) == [] and not is_too_wide(desk)
    desk.get_by_role("checkbox", name="第 2 行第 3 格").press("Space")
    desk.get_by_role("button", name="格子太大").press("Enter")
    assert desk.locator(".cells input:checked").count() == 4
    desk.get_by_role("checkbox", name="遮好以后看过").press("Space")
    desk.get_by_role("button", name="遮住，做成公开件").press("Enter")
    desk.wait_for_url(f"**/matters/{matter.number}/photos/")
    assert StoredFile.objects.get(original=photo).boxes == [[250, 166, 125, 84], [250, 250, 125, 83]]
