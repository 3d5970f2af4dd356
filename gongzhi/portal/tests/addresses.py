"""Every address of the product that has a name, with something real behind each number; the sweeps read it."""

import uuid
from collections.abc import Iterator
from itertools import product
from typing import Any

from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from gongzhi.cases import drafts
from gongzhi.cases.models import CounterVisit, IntakeDraft, Order, Report
from gongzhi.cases.tests.factories import Cast, brought_to
from gongzhi.kernel.perform import perform
from gongzhi.knowledge.models import Faq
from gongzhi.knowledge.tests.factories import faq

SECRET = "锅炉房后墙裂了缝"
"""Words of the concern that no stranger may read."""
DRAFTS = {name: uuid.uuid5(uuid.NAMESPACE_URL, name) for name in ("cases:hotline-read", "cases:chat", "cases:sheet")}


def names(resolver: URLResolver | None = None, space: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """(name with namespace, parameters) of everything declared under a name."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{space}{entry.namespace}:" if entry.namespace else space
            yield from names(entry, inner)
        elif isinstance(entry, URLPattern) and entry.name:
            yield f"{space}{entry.name}", frozenset(entry.pattern.regex.groupindex)


def inside(cast: Cast) -> list[str]:
    """One address for each name, all about one unpublished concern in the community of the cast."""
    matter = brought_to(cast, "handling", text=f"{SECRET}，怕要倒。")
    perform(matter, "supervise", actor=cast.actor("supervisor"), data={"asked": "两天内办结", "days": 2})
    report, order = matter.reports.get(), matter.orders.get()
    _taken_in(cast, report)
    faq()
    found = set()
    for name, keys in names():
        if address := _address(name, keys, cast, report, order):
            found.add(address)
    return sorted(found)


def _taken_in(cast: Cast, report: Report) -> None:
    """The same words as a visit to the office, and as drafts of the clerk."""
    CounterVisit.objects.create(report=report, met_at=report.created_at)
    now, clerk = timezone.now(), cast.people["clerk"].pk
    kinds = IntakeDraft.Kind
    call = {"text": f"{SECRET}，怕要倒。", "place": str(cast.city.building.pk), "phone": "13890001234"}
    piece = {"lines": [0], "where": "", "place": cast.city.building.pk, "category": 0, "join": 0, "text": ""}
    chat = {"messages": [["张三", "", f"{SECRET}，怕要倒。", "", 0]], "pieces": [piece]}
    done = {"at": 0, "read": 0, "added": 0, "same": 0, "bad": []}
    table = {"place": cast.city.community.pk, "name": "台账.csv", "headers": ["反映内容"], "total": 1, "tried": None}
    table |= {"columns": {"反映内容": "detail"}, "done": done}
    drafts.save(DRAFTS["cases:hotline-read"], kinds.CALL, clerk, call, now)
    drafts.save(DRAFTS["cases:chat"], kinds.CHAT, clerk, chat, now)
    file = f"反映内容\n{SECRET}".encode()
    drafts.save(DRAFTS["cases:sheet"], kinds.SHEET, clerk, table, now, file=file)


def _address(name: str, keys: frozenset[str], cast: Cast, report: Report, order: Order) -> str:
    choices = {key: _values(name, key, cast, report, order) for key in keys}
    for values in product(*choices.values()):
        try:
            return reverse(name, kwargs=dict(zip(choices, values, strict=True)))
        except NoReverseMatch:
            continue
    raise AssertionError(f"no example for {name} {sorted(keys)}: add one here")


def _values(name: str, key: str, cast: Cast, report: Report, order: Order) -> list[Any]:
    spaces = {
        "territory": cast.city.community.pk, "organisations": cast.works.pk, "accounts": cast.people["grid"].pk,
        "knowledge": Faq.objects.order_by("-pk").values_list("pk", flat=True)[0],
    }  # fmt: skip
    number = report.number if name.startswith(("cases:concern", "cases:visit")) else report.matter.number
    pk = cast.city.community.pk if name in ("cases:place", "cases:public-matter") else order.pk
    examples: dict[str, list[Any]] = {
        "pk": [spaces.get(name.split(":")[0], pk)],
        "number": [number],
        "kind": ["orders", "matter", "grid", "photo", "answers"],
        "verb": [
            "add" if name.startswith("cases:concern") else "progress",
            "accept",
            "grid",
            "rename",
            "lock",
            "edit",
            "approve",
        ],
        "uid": [DRAFTS.get(name.removesuffix("-errors"), report.uid)],
        "token": [cast.city.building.token],
        "name": ["phone"],
        "way": ["up"],
        "code": ["outside"],
        "to": ["on"],
        "year": [2026],
        "case": [1],
        "what": ["yes"],
    }
    return examples.get(key, [cast.city.community.pk, "phone", "2026"])
