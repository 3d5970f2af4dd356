"""Every page of the house opened by outsiders: nothing of a confidential matter stands on any of them."""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from itertools import product
from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone

from gongzhi.accounts.tests.factories import client
from gongzhi.cases.models import Callback, Matter, Order
from gongzhi.cases.tests.factories import ANSWERED, FINISHED, Cast, brought_to
from gongzhi.cases.tests.test_confidential import WORDS, code, hushed
from gongzhi.kernel.models import Event
from gongzhi.kernel.perform import perform
from gongzhi.portal.tests.addresses import names

pytestmark = pytest.mark.django_db


def addresses(matter: Matter, callback: Callback, cast: Cast) -> Iterator[str]:
    """Every address of staff and of the public that can be opened, all about this matter; searches for it too."""
    order, task = matter.orders.first(), matter.tasks.first()
    examples: dict[str, list[Any]] = {
        "number": [matter.number, order.number if order else ""], "pk": [callback.pk, cast.city.community.pk],
        "verb": ["progress", "accept", "merge", "conceal"], "kind": ["orders", "tasks", "matter", "grid", "photo", "report", "callback"],
        "uid": [matter.uid], "token": [cast.city.building.token], "name": ["phone"], "way": ["up"], "to": ["on"], "year": [2026],
    }  # fmt: skip
    for name, keys in names(get_resolver()):
        for values in product(*(examples.get(key, [cast.city.community.pk, "phone"]) for key in keys)):
            try:
                yield reverse(name, kwargs=dict(zip(keys, values, strict=True)))
            except NoReverseMatch:
                continue
    for query in (matter.number, "锅炉房", "收钱", "13890001234", "1234"):
        yield from (
            f"/matters/?q={query}",
            f"/work/?q={query}",
            f"/matters/ledger/?q={query}",
            f"/matters/print/?q={query}",
        )
    for kind, record in (("matter", matter), ("report", matter.reports.get()), ("order", order), ("task", task)):
        if record is not None:
            yield f"/go/{kind}/{record.pk}/"


def test_sweep_nothing_of_it_shows_on_any_page_of_an_outsider(cast: Cast) -> None:
    matter = brought_to(cast, "handling", now=timezone.now(), text=f"{WORDS}，快来查。", phone="13890001234")
    perform(matter, "publish", actor=cast.actor("clerk"), data={"is_public": "on", "public_title": f"{WORDS}"})
    perform(matter, "supervise", actor=cast.actor("supervisor"), data={"asked": f"{WORDS}要查清", "days": 2})
    matter = hushed(cast, matter, members=[code(cast, "clerk"), code(cast, "street_clerk")], about=[code(cast, "grid")])
    perform(matter, "finish", actor=cast.actor("officer"), data=FINISHED)
    perform(matter, "feedback", actor=cast.actor("clerk"), data={**ANSWERED, "public_answer": f"{WORDS}已查"})
    unhappy = {"is_resolved": "yes", "satisfaction": "1", "comment": "慢"}
    perform(Order.objects.get(), "reply", actor=cast.actor("clerk"), data={"reply": "查清了"})
    perform(matter.reports.get(), "rate", actor=cast.actor("resident"), data=unhappy)
    matter = Matter.objects.get(pk=matter.pk)
    callback = Callback.objects.filter(matter=matter).first() or Callback(pk=1)
    secrets = (matter.number, WORDS, matter.reports.get().number)
    pages = sorted(set(addresses(matter, callback, cast)))
    assert len(pages) > 60
    opened = 0
    for who in ("secretary", "supervisor", None):
        browser = client(cast.people[who]) if who else Client()
        for page in pages:
            answer = browser.get(page)
            if answer.status_code == 200:
                opened += 1
                body = text_of(answer).replace(page, "")
                leaked = [secret for secret in secrets if secret in body and secret not in page]
                assert not leaked, f"{who} reads {leaked} on {page}"
    assert opened > 60
    assert Event.objects.filter(verb="conceal").exists()


def text_of(answer: Any) -> str:
    """What can be read in an answer; a workbook is unpacked."""
    content: bytes = answer.getvalue()
    if content[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(content)) as packed:
            content = b"".join(packed.read(name) for name in packed.namelist())
    return content.decode("utf-8", "replace")
