"""The desk: my work and the matter page."""

from datetime import timedelta

import pytest
from django.utils import timezone

from gongzhi.accounts.tests.factories import client
from gongzhi.cases.tests.factories import Cast, brought_to, reported


def test_the_clerk_sees_what_is_owed_and_opens_it(cast: Cast) -> None:
    now = timezone.now()
    matter = reported(cast, now=now - timedelta(minutes=5)).matter
    assert matter is not None
    desk = client(cast.people["clerk"])
    page = desk.get("/work/")
    assert matter.title in page.text
    assert page.status_code == 200
    page = desk.get(f"/matters/{matter.number}/")
    assert page.status_code == 200
    assert "接收" in page.text
    for verb in ("triage", "decline", "publish", "merge", "relocate", "ask"):
        assert desk.get(f"/matters/{matter.number}/{verb}/").status_code == 200, verb


def test_every_page_of_the_desk_opens(cast: Cast) -> None:
    now = timezone.now()
    matter = brought_to(cast, "routed", now=now)
    desk, number = client(cast.people["clerk"]), matter.number
    report = matter.reports.get()
    for address in (
        "/matters/", "/matters/?f=all&state=phase:sorting&urgency=normal&sort=many&handler=市政&since=2026-01-01", "/matters/?q=楼道",
        f"/matters/?place={cast.city.grid.pk}&sort=due", "/work/?q=3栋", "/work/?f=shared", f"/work/bulk/accept/?id={number}",
        f"/work/bulk/dispatch/?id={number}", "/work/ledger/", "/matters/ledger/", "/work/print/", "/matters/print/",
        f"/matters/{number}/print/", f"/matters/{number}/word/", f"/matters/{number}/looks/", f"/matters/{number}/where.json",
        f"/matters/{number}/reports/{report.pk}/contact/", f"/work/?f=all&m={number}",
    ):  # fmt: skip
        assert desk.get(address).status_code == 200, address


def test_intake_today_and_patrol_open(cast: Cast) -> None:
    desk, phone = client(cast.people["clerk"]), client(cast.people["grid"])
    for browser, address in ((desk, "/intake/"), (desk, "/intake/?where=3栋"), (phone, "/today/"), (phone, "/patrol/"), (desk, "/patrol/"), (desk, "/today/")):
        assert browser.get(address).status_code == 200, address
