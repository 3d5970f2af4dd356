"""What the interface for programs says of a matter, its parts and its history; names and telephones stay masked."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from gongzhi.accounts.api.verbs import Offered
from gongzhi.base.models import StoredFile
from gongzhi.cases import listing
from gongzhi.cases.models import Matter
from gongzhi.kernel.procedure import procedure_of


class MatterRow(BaseModel):
    """A matter in a list."""

    number: str
    uid: UUID
    title: str
    procedure: str
    state: str
    state_label: str
    phase: str
    seq: int
    triage_class: str
    category_id: int | None
    category: str
    urgency: str
    channel: str
    place_id: int | None
    place: str
    grid: str
    community: str
    handler: str
    report_count: int
    photo_count: int
    is_public: bool
    is_confidential: bool
    created_at: datetime
    due_at: datetime | None
    closed_at: datetime | None


class PhotoOut(BaseModel):
    """A photo or document; its bytes are at `href`, with the same token."""

    uid: UUID
    href: str
    kind: str
    stage: str
    name: str
    at: datetime


class SaidOut(BaseModel):
    """One report of a matter as staff see it."""

    number: str
    text: str
    state: str
    state_label: str
    seq: int
    channel: str
    reporter: str
    phone: str
    answer: str
    question: str
    satisfaction: int | None
    is_resolved: bool | None
    created_at: datetime
    verbs: list[Offered]


class PartOut(BaseModel):
    """A co-handling task, a supervision order or another part that somebody has to do."""

    record: str
    key: str
    who: str
    asked: str
    reply: str
    state: str
    state_label: str
    seq: int
    due_at: datetime | None
    created_at: datetime
    verbs: list[Offered]


class PersonOut(BaseModel):
    """Who is responsible where the matter is."""

    name: str
    duty: str
    where: str
    phone: str


class EventOut(BaseModel):
    """One step that was taken."""

    at: datetime
    who: str
    text: str
    note: str
    is_public: bool


class BelowOut(BaseModel):
    """A part that is handled on its own, or a matter that was merged into this one."""

    number: str
    title: str
    state_label: str
    handler: str
    due_at: datetime | None


class MatterOut(MatterRow):
    """A matter with everything its page shows. `parent` is the number of the whole this is a part of."""

    parent: str | None
    children: list[BelowOut]
    merged: list[BelowOut]
    place_note: str
    lon: float | None
    lat: float | None
    handler_code: str
    reopened: int
    due_why: str
    reports: list[SaidOut]
    parts: list[PartOut]
    files: list[PhotoOut]
    people: list[PersonOut]
    verbs: list[Offered]


def row(matter: Matter) -> MatterRow:
    """A matter read through `listing.names`."""
    return MatterRow(**row_of(matter))


def row_of(matter: Matter) -> dict[str, Any]:
    """The members of `MatterRow`."""
    state = procedure_of(matter).state(matter.state)
    category = matter.category
    return {
        "number": matter.number, "uid": matter.uid, "title": matter.title, "procedure": matter.procedure,
        "state": matter.state, "state_label": str(state.label), "phase": str(state.phase.value), "seq": matter.seq,
        "triage_class": matter.triage_class, "category_id": matter.category_id,
        "category": category.name if category else "", "urgency": matter.urgency, "channel": matter.channel,
        "place_id": matter.place_id, "place": listing.place_words(matter), "grid": listing.name(matter, "grid"),
        "community": listing.name(matter, "community"), "handler": listing.handler_words(matter),
        "report_count": matter.report_count, "photo_count": matter.photo_count, "is_public": matter.is_public,
        "is_confidential": matter.circle_id is not None, "created_at": matter.created_at,
        "due_at": matter.due_at if matter.closed_at is None else None, "closed_at": matter.closed_at,
    }  # fmt: skip


def file_out(stored: StoredFile, stage: str = "") -> PhotoOut:
    """A stored file."""
    return PhotoOut(
        uid=stored.uid, href=f"/api/v1/files/{stored.uid}", kind=stored.kind, stage=stage or stored.label,
        name=stored.name, at=stored.taken_at or stored.created_at,
    )  # fmt: skip
