"""Random months of work by the real verbs, and the same figures counted one event at a time in Python."""

import json
import random
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

from django.utils import timezone

from gongzhi.cases.actions import join, merge
from gongzhi.cases.models import Matter, Report
from gongzhi.cases.tests.factories import ANSWERED, FINISHED, Cast, reported, said, triaged
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.errors import Refused
from gongzhi.kernel.models import Event
from gongzhi.kernel.perform import perform

FIRST = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Monday 09:00 in Shanghai."""
WHO = {
    "accept": "clerk", "triage": "clerk", "sign": "officer", "finish": "officer", "feedback": "clerk", "dispatch": "clerk",
    "object": "officer", "redirect": "street_clerk", "return": "officer", "suspend": "clerk", "resume": "clerk",
    "decline": "clerk", "rework": "clerk", "reopen": "clerk", "supervise": "supervisor", "transfer": "clerk",
}  # fmt: skip
NEXT = {
    "received": ("accept", "triage", "triage", "decline"), "sorting": ("triage",), "routed": ("dispatch",),
    "assigned": ("sign", "sign", "sign", "object"), "objected": ("redirect",),
    "handling": ("finish", "finish", "finish", "return", "suspend", "transfer"), "suspended": ("resume",),
    "answering": ("feedback", "feedback", "rework"), "judging": ("rate", "rate", "rate", "close"), "closed": ("reopen",),
}  # fmt: skip


def _data(cast: Cast, verb: str, dice: random.Random) -> dict[str, Any]:
    handler = f"o{dice.choice((cast.works, cast.works, cast.water)).pk}"
    category = dice.choice((cast.light, cast.drain)).pk
    given: dict[str, dict[str, Any]] = {
        "triage": triaged(cast, dice.choice((handler, handler, "")), category=category), "finish": FINISHED,
        "feedback": ANSWERED, "supervise": {"asked": "两天内办结", "days": 2},
        "decline": {"route": "outside", "answer": "这是市场服务，可找家政公司。"},
        "suspend": {"reason": "等材料", "review_date": timezone.localdate() + timedelta(days=30)},
    }  # fmt: skip
    return given.get(verb, {"handler": handler, "reason": "按规定办理", "note": "请办"})


def live(cast: Cast, seed: int, matters: int = 8, steps: int = 10) -> None:
    """Some matters from early March on, each led a random way; the officer of whoever has it does the officer's steps."""
    dice = random.Random(seed)
    for _one in range(matters):
        at = FIRST + timedelta(minutes=dice.randrange(60 * 24 * 40))
        place = dice.choice((cast.city.building, cast.city.second_grid, cast.city.neighbour_grid))
        matter = reported(cast, now=at, place=place, category=dice.choice((None, cast.light))).matter
        assert matter is not None
        if dice.random() < 0.3:
            words = said(cast, text="我也是", owner_id=cast.people["other_resident"].pk, place=place)
            join(words, matter, actor=cast.actor("other_resident"), now=at + timedelta(minutes=5))
        for _step in range(steps):
            at += timedelta(minutes=dice.choice((3, 50, 200, 1500, 5000, 14000)))
            _take(cast, matter, at, dice)
    _join_two(cast, dice)


def _take(cast: Cast, matter: Matter, at: datetime, dice: random.Random) -> None:
    matter = Matter.objects.get(pk=matter.pk)
    verb = dice.choice(NEXT.get(matter.state, ("accept",)))
    who = WHO.get(verb, "clerk")
    if who == "officer" and matter.organisation_id == cast.water.pk:
        who = "water_officer"
    try:
        if verb == "rate":
            report = Report.objects.filter(matter=matter, state="answered").first()
            if report is not None:
                yes, face = dice.choice((("yes", 5), ("yes", 3), ("no", 1)))
                data = {"is_resolved": yes, "satisfaction": str(face), "comment": ""}
                perform(report, "rate", actor=cast.actor("clerk"), data=data, now=at)
        elif verb != "close":
            perform(matter, verb, actor=cast.actor(who), data=_data(cast, verb, dice), now=at)
    except Refused:
        return


def _join_two(cast: Cast, dice: random.Random) -> None:
    early = Matter.objects.filter(state__in=("received", "sorting", "routed", "assigned", "handling"))
    for source, target in list(pairwise(early))[:1]:
        try:
            at = max(source.entered_at, target.entered_at) + timedelta(hours=1)
            merge(source, target, "同一件事", actor=cast.actor("street_clerk"), now=at)
        except Refused:
            return


# --- The same, counted by hand ------------------------------------------------------------------------------------


def month(at: datetime) -> date:
    """The Shanghai month of an instant."""
    return at.astimezone(SHANGHAI).date().replace(day=1)


def by_hand() -> Counter[tuple[str, date]]:
    """How often each thing happened in each month, read from events and bodies one by one."""
    found: Counter[tuple[str, date]] = Counter()
    for record in _records("cases.matter"):
        _count_matter(found, record)
    for record in _records("cases.report"):
        last: dict[date, dict[str, Any]] = {}
        for event in record:
            if event.verb == "rate" and event.after == "rated":
                last[month(event.at)] = _facts(event)
            found["unresolved", month(event.at)] += event.verb == "rate" and event.after == "open"
            found["answered", month(event.at)] += event.verb == "answer"
        for when, facts in last.items():
            found["rated", when] += 1
            found["resolved", when] += bool(facts.get("v"))
            found["content", when] += facts["n"] >= 4
    return Counter({key: count for key, count in found.items() if count})


def _count_matter(found: Counter[tuple[str, date]], events: list[Event]) -> None:
    contacted = handled = False
    for event in events:
        when = month(event.at)
        found["received", when] += event.before == ""
        contacts = event.verb in ("accept", "triage", "decline") and not contacted
        found["contacted", when] += contacts
        contacted = contacted or contacts
        found["finished", when] += event.verb == "finish"
        found["merged", when] += event.verb == "merge"
        found["declined", when] += event.verb == "decline"
        found["closed", when] += event.after == "closed" and event.before != "closed"
        found["reopened", when] += event.verb.startswith("reopen")
        found["suspended", when] += event.verb == "suspend"
        found["objected", when] += event.verb == "object"
        found["returned", when] += event.verb == "return"
        left = event.before not in ("", event.after, "closed", "declined", "merged") and event.after != "merged"
        found["passed", when] += left + (event.verb == "finish" and not handled)


def _records(kind: str) -> Iterable[list[Event]]:
    found: dict[int, list[Event]] = {}
    for event in Event.objects.filter(kind=kind).order_by("record_id", "seq"):
        found.setdefault(event.record_id, []).append(event)
    return found.values()


def _facts(event: Event) -> dict[str, Any]:
    return dict(json.loads(event.facts or "{}"))
