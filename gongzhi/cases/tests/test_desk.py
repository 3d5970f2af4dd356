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
