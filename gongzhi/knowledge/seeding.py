"""Entries every installation may begin with. They are our own words, editable data: what is there is never changed.

The lists stand in gongzhi/knowledge/data; law is named by its title and article only.
"""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from gongzhi.knowledge import store
from gongzhi.knowledge.kinds import KINDS
from gongzhi.knowledge.models import Entry, Faq

DATA = Path(__file__).parent / "data"
Row = dict[str, str]


def rows(name: str) -> list[Row]:
    """The lines of a list under `data`."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _template(row: Row) -> dict[str, Any]:
    return {"topic": row["topic"], "use": row["use"], "title": row["title"], "text": row["text"]}


def _faq(row: Row) -> dict[str, Any]:
    return {
        "topic": row["topic"], "question": row["question"], "answer": row["answer"], "words": row["words"].split(),
        "source": row["source"], "reviewed_on": timezone.localdate(),
    }  # fmt: skip


def _guide(row: Row) -> dict[str, Any]:
    return {
        "topic": row["topic"], "title": row["title"], "steps": row["steps"].replace("|", "\n"),
        "responsible": row["responsible"], "links": row["links"].replace("|", "\n"),
    }  # fmt: skip


def _question(row: Row) -> dict[str, Any]:
    return {
        "topic": row["topic"], "position": int(row["position"]), "label": row["label"], "kind": row["kind"],
        "choices": row["choices"].split("|") if row["choices"] else [], "is_required": row["required"] == "1",
        "help": row["help"], "stop_answer": row["stop_answer"], "stop_message": row["stop_message"],
        "stop_phone": row["stop_phone"], "is_final": row["final"] == "1", "is_public": row["public"] == "1",
    }  # fmt: skip


MAKERS: dict[str, Callable[[Row], dict[str, Any]]] = {
    "templates": _template, "answers": _faq, "guides": _guide, "extra": _question,
}  # fmt: skip


@transaction.atomic
def seed(known_topics: set[str]) -> int:
    """Add what is missing, for everywhere; returns how many. An entry is known by topic and heading, whatever its state.

    Entries about subjects this installation does not have are left out.
    """
    added = 0
    for code, make in MAKERS.items():
        model = KINDS[code].model
        there = {(row.topic, str(row)) for row in model._default_manager.filter(place=None)}
        made = [model(**make(row), **_now()) for row in rows(code) if not row["topic"] or row["topic"] in known_topics]
        new = [row for row in made if (row.topic, str(row)) not in there]
        _indexed(new)
        model._default_manager.bulk_create(new)
        added += len(new)
    transaction.on_commit(store.forget)
    return added


def _now() -> dict[str, Any]:
    now = timezone.now()
    return {"created_at": now, "changed_at": now}


def _indexed(found: list[Entry]) -> None:
    for row in found:
        if isinstance(row, Faq):
            row.index()
