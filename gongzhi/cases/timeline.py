"""What happened, as sentences: everything for staff, for the reporter and the public only what they are told."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from gongzhi.accounts.posts import POSTS
from gongzhi.cases.models import Matter, Report
from gongzhi.kernel.procedure import get
from gongzhi.kernel.who import Words

TEXTS = (
    "text",
    "titles",
    "where",
    "reason",
    "result",
    "evidence",
    "answer",
    "question",
    "reply",
    "asked",
    "note",
    "comment",
    "route_words",
)
"""Body fields that are words of a person, in the order in which they are shown."""
TOLD_TEXTS = {"progress": "text", "suspend": "reason", "feedback": "public_answer"}
"""Verbs of a matter whose words reporters may read, and in which field they stand."""
SQL = (
    "SELECT event.id, event.at, event.kind, event.procedure, event.verb, event.before, event.after, event.actor_id, "
    "event.on_behalf_of, event.record_id, body.data, duty.post, duty.title, "
    "person.name, other.name FROM kernel_event event "
    "LEFT JOIN kernel_event_body body ON body.event_id = event.id "
    "LEFT JOIN accounts_duty duty ON duty.id = event.duty_id "
    "LEFT JOIN accounts_account person ON person.id = event.actor_id "
    "LEFT JOIN accounts_account other ON other.id = event.on_behalf_of "
    "WHERE event.root_id = ANY(%s) AND event.at >= %s ORDER BY event.at DESC, event.id DESC LIMIT 500"
)


@dataclass(frozen=True)
class Entry:
    """One sentence of a timeline. `told`: what reporters and the public read of it, "" when nothing."""

    at: datetime
    kind: str
    verb: str
    label: Words
    who: str
    post: str
    on_behalf_of: str
    words: tuple[str, ...]
    told: Words
    after: Words
    record_id: int
    data: dict[str, Any]


def of_matter(matter: Matter) -> list[Entry]:
    """Everything that happened in the family, newest first; one statement."""
    return _entries([matter.pk], matter.created_at)


def of_report(report: Report) -> list[Entry]:
    """What the reporter is told: own steps and the matter's told ones, newest first."""
    roots = [report.matter_id, *report.moves.values_list("source_id", flat=True)]
    entries = _entries(roots, report.created_at)
    return [entry for entry in entries if entry.told and _concerns(entry, report)]


def of_public(matter: Matter) -> list[Entry]:
    """What everybody may read: the matter's told steps, without names."""
    return [entry for entry in _entries([matter.pk], matter.created_at) if entry.told and entry.kind == Matter.kind()]


def told_words(entry: Entry) -> str:
    """The words of an entry that go with `told`."""
    if entry.kind == Report.kind():
        return "\n".join(entry.words)
    field = TOLD_TEXTS.get(entry.verb, "")
    if entry.verb == "progress" and not entry.data.get("is_public"):
        return ""
    return str(entry.data.get(field, "")) if field else ""


def public_words(verb: str, data: dict[str, Any]) -> str | None:
    """The words everybody reads with a told step of a matter, "" when only the step is told, None when not even that."""
    if verb == "progress" and not data.get("is_public"):
        return None
    return str(data.get(TOLD_TEXTS[verb], "") or "") if verb in ("progress", "feedback") else ""


def _concerns(entry: Entry, report: Report) -> bool:
    if entry.kind == Report.kind():
        return entry.record_id == report.pk
    return entry.kind == Matter.kind() and (entry.verb != "progress" or bool(entry.data.get("is_public")))


def _entries(roots: Iterable[int], since: datetime) -> list[Entry]:
    with connection.cursor() as cursor:
        cursor.execute(SQL, [list(roots), since])
        rows = cursor.fetchall()
    kinds = {"cases.matter", "cases.report", "cases.task", "cases.order", "cases.visit", "cases.callback"}
    rows = [row for row in rows if row[2] in kinds]
    return [_entry(row) for row in rows]


def _entry(row: tuple[Any, ...]) -> Entry:
    _pk, at, kind, procedure, verb, _before, after, actor, _behalf, record_id, body, post, title, who, other = row
    declared = get(procedure)
    transition = declared.transition(verb)
    data = json.loads(body) if body else {}
    words = tuple(str(data[name]) for name in TEXTS if data.get(name))
    return Entry(
        at=at, kind=kind, verb=verb, label=transition.label, who=who or ("" if actor else "系统"),
        post=title or (str(POSTS[post].label) if post in POSTS else ""), on_behalf_of=other or "",
        words=words, told=transition.told, after=declared.state(after).label, record_id=record_id, data=data,
    )  # fmt: skip
