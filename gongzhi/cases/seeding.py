"""Categories and routing rules every installation begins with. Both are editable data: what is there is never changed.

The lists are our own (gongzhi/cases/data); their groups follow what communities keep in their books 民情台账 (row F2).
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.db.models import Q

from gongzhi.cases import routing, suggest
from gongzhi.cases.models import Category, RoutingRule
from gongzhi.organisations.models import Kind, Organisation, Serves
from gongzhi.territory.models import Place

DATA = Path(__file__).parent / "data"
BODIES = (Kind.DEPARTMENT, Kind.ENTERPRISE)
"""Kinds of bodies a rule of the list may be sent to: departments, and the companies of water, power and gas."""
BEHIND = 10_000
"""Rules by post stand behind all rules by department."""


@dataclass(frozen=True)
class Rule:
    """One line of routing.csv: departments are words of names, `post` is who gets it where no department fits."""

    position: int
    name: str
    category: str
    words: list[str]
    triage_class: str
    post: str
    departments: list[str]


def rows(name: str) -> list[dict[str, str]]:
    """The lines of a list under `data`."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rules() -> list[Rule]:
    """The routing rules of the list."""
    return [
        Rule(
            int(row["position"]), row["name"], row["category"], row["words"].split(), row["class"], row["post"],
            row["departments"].split(),
        )
        for row in rows("routing")
    ]  # fmt: skip


@transaction.atomic
def seed_categories() -> int:
    """Add the categories that are missing; returns how many. Edited or retired ones stay as they are."""
    known = {row.code: row for row in Category.objects.all()}
    added = 0
    for position, row in enumerate(rows("categories"), 1):
        if row["code"] in known:
            continue
        known[row["code"]] = Category.objects.create(
            code=row["code"], name=row["name"], parent=known.get(row["parent"]), triage_class=row["class"],
            urgency=row["urgency"], words=row["words"].split(), guide=row["guide"], needs_photos=row["photos"] == "yes",
            position=position * 10,
        )  # fmt: skip
        added += 1
    suggest.forget()
    return added


@transaction.atomic
def seed_routing(places: Iterable[Place] = ()) -> int:
    """Add the missing rules: by department for each of `places` (districts) that one serves, by post for everywhere.

    Returns how many were added. A rule is known by name and place, so an edited one is not added a second time.
    """
    known: set[tuple[str, int | None]] = set(RoutingRule.objects.values_list("name", "place_id"))
    by_code = {row.code: row for row in Category.objects.all()}
    served = [(place, _bodies(place)) for place in places]
    added: list[RoutingRule] = []
    for rule in rules():
        category = by_code.get(rule.category)
        if rule.category and category is None:
            continue
        added += [
            _made(rule, category, place, body, rule.position)
            for place, bodies in served
            if (rule.name, place.pk) not in known and (body := _named(rule, bodies))
        ]
        if (rule.name, None) not in known:
            added.append(_made(rule, category, None, None, BEHIND + rule.position))
    RoutingRule.objects.bulk_create(added)
    routing.forget()
    return len(added)


def _bodies(place: Place) -> list[Organisation]:
    serving = Serves.objects.filter(place=place, valid_to=None).values("organisation")
    return list(Organisation.objects.living().filter(Q(pk__in=serving), kind__in=BODIES).order_by("pk"))


def _named(rule: Rule, bodies: list[Organisation]) -> Organisation | None:
    fits = (body for word in rule.departments for body in bodies if word in body.name)
    return next(fits, None)


def _made(
    rule: Rule, category: Category | None, place: Place | None, body: Organisation | None, position: int
) -> RoutingRule:
    return RoutingRule(
        position=position, name=rule.name, category=category, place=place, words=rule.words,
        triage_class=rule.triage_class, organisation_id=body.pk if body else None, post="" if body else rule.post,
    )  # fmt: skip
