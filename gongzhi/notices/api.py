"""Notices in the interface for programs: everybody reads what is published; the verbs are those of the desk."""

from datetime import date, datetime
from typing import Annotated

from django.http import Http404
from django.utils.translation import gettext_noop
from ninja import Query, Router
from pydantic import BaseModel

from gongzhi.accounts.api.caller import OPEN, needs
from gongzhi.accounts.api.verbs import Offered, Practice, add_operations, load
from gongzhi.accounts.request import Request
from gongzhi.base.api import Number, Page, Paging, QueryId
from gongzhi.kernel.procedure import procedure_of
from gongzhi.notices import listing
from gongzhi.notices.models import Notice

router = Router(tags=[gettext_noop("公示公告")])
NOTICES = Practice(app="notices", default="notices")


class NoticeRow(BaseModel):
    """A notice in a list."""

    number: str
    sort: str
    title: str
    issuer: str
    state: str
    state_label: str
    place_id: int | None
    published_at: datetime | None
    starts: date | None
    ends: date | None


class NoticeOut(NoticeRow):
    """A notice with its text."""

    body: str
    objection_channel: str


class NoticeVerbs(BaseModel):
    """What can be done with a notice now."""

    seq: int
    items: list[Offered]


class Asked(Paging):
    """Which notices."""

    place: QueryId | None = None


@router.get(
    "/notices", response=Page[NoticeRow], auth=OPEN, operation_id="notices", summary=gettext_noop("公示公告，新的在前")
)
def notices(request: Request, asked: Annotated[Asked, Query()]) -> Page[NoticeRow]:
    """Of a place and everything above it, or all."""
    rows, cursor = listing.page_of(listing.for_place(asked.place or 0), asked.after, asked.limit)
    return Page(items=[_row(row) for row in rows], next=cursor or None)


@router.get(
    "/notices/{number}", response=NoticeOut, auth=OPEN, operation_id="notice", summary=gettext_noop("一份公示公告")
)
def notice(request: Request, number: Number) -> NoticeOut:
    """Published ones only."""
    found = (
        Notice.objects.filter(number=number, is_open=True, circle_id__isnull=True).exclude(state="withdrawn").first()
    )
    if found is None:
        raise Http404
    return NoticeOut(**_row(found).model_dump(), body=found.body, objection_channel=found.objection_channel)


@router.get("/notices/{number}/verbs", response=NoticeVerbs, auth=needs("notices:read"), operation_id="notice_verbs",
            summary=gettext_noop("现在能办哪些步骤"))  # fmt: skip
def verbs(request: Request, number: Number) -> NoticeVerbs:
    """Exactly those the operations would accept."""
    found = load(Notice, number, request.actor)
    return NoticeVerbs(seq=found.seq, items=NOTICES.offered(found, request.actor))


def _row(found: Notice) -> NoticeRow:
    return NoticeRow(
        number=found.number, sort=found.sort, title=found.title, issuer=found.issuer, state=found.state,
        state_label=str(procedure_of(found).state(found.state).label), place_id=found.place_id,
        published_at=found.published_at, starts=found.starts, ends=found.ends,
    )  # fmt: skip


add_operations(router, NOTICES)
