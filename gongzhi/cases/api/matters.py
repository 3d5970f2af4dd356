"""Matters and the work list: the same filters, orders and rules as the desk."""

from datetime import date, datetime
from typing import Annotated, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_noop
from ninja import Query, Router
from pydantic import BaseModel, Field

from gongzhi.accounts.api.caller import needs
from gongzhi.accounts.api.verbs import Offered, add_operations, key_of
from gongzhi.accounts.request import Request
from gongzhi.base.api import Line, Number, Page, Paging, QueryId, Trouble, one_of
from gongzhi.base.models import StoredFile
from gongzhi.cases import handlers, listing
from gongzhi.cases.api.practice import CASES
from gongzhi.cases.api.shapes import (
    BelowOut,
    EventOut,
    MatterOut,
    MatterRow,
    PartOut,
    PersonOut,
    SaidOut,
    file_out,
    row,
    row_of,
)
from gongzhi.cases.models import Matter, Report, TriageClass, Urgency
from gongzhi.cases.views import detail
from gongzhi.cases.views import matters as desk
from gongzhi.cases.views.family import Below, family
from gongzhi.kernel.models import FAR
from gongzhi.kernel.procedure import procedure_of

router = Router(tags=[gettext_noop("事项")])
READING = needs("matters:read")
STANDING = one_of(one.code for one in (*desk.STANDINGS, *desk.WHOLE))
SORT = one_of(one.code for one in listing.SORTS)
WORK = one_of(one.code for one in listing.WORK)


class Narrow(Paging):
    """How the list is narrowed, as on the desk."""

    f: Annotated[STANDING | None, Field(description=gettext_noop("不写是未办结；有 q 时是全部"))] = None  # type: ignore[valid-type]
    q: Annotated[Line, Field(description=gettext_noop("编号、任意两个字、地址、电话全号或后四位"))] = ""
    state: Annotated[Line, Field(description=gettext_noop("环节，或 phase:阶段"))] = ""
    triage_class: one_of(TriageClass.values) | None = None  # type: ignore[valid-type]
    urgency: one_of(Urgency.values) | None = None  # type: ignore[valid-type]
    category: QueryId | None = None
    place: Annotated[QueryId | None, Field(description=gettext_noop("这个地方和它下面的"))] = None
    handler: Annotated[str, Field(max_length=40)] = ""
    since: Annotated[date | None, Field(description=gettext_noop("登记从这一天起"))] = None
    until: date | None = None
    sort: SORT = "new"  # type: ignore[valid-type]


class Owed(Paging):
    """How the work list is narrowed."""

    f: WORK = "all"  # type: ignore[valid-type]
    q: Line = ""


class WorkRow(BaseModel):
    """Something owed on a matter, nearest due first."""

    obligation: str
    label: str
    due_at: datetime | None
    is_late: bool
    matter: MatterRow


class HandlerOut(BaseModel):
    """Who can be given a matter; `code` goes into the verbs."""

    code: str
    name: str
    group: str


class HandlerList(BaseModel):
    """Everybody who can be chosen."""

    items: list[HandlerOut]


class VerbList(BaseModel):
    """What can be done now."""

    seq: int
    items: list[Offered]


class EventList(BaseModel):
    """What happened, newest first."""

    items: list[EventOut]


@router.get(
    "/matters", response=Page[MatterRow], auth=READING, operation_id="matters", summary=gettext_noop("事项列表")
)
def matters(request: Request, narrow: Annotated[Narrow, Query()]) -> Page[MatterRow]:
    """Every matter the duties cover, narrowed; a search shorter than two characters finds nothing."""
    rows, form, _standing, _query, _too_short = desk.asked(request)
    if form.errors:
        raise Trouble(422, "", errors={name: [str(one) for one in errors] for name, errors in form.errors.items()})
    page = listing.matter_rows(rows, desk.sort_of(form), narrow.after, narrow.limit)
    return Page(items=[row(one.matter) for one in page.rows if one.matter], next=page.after or None)


@router.get("/work", response=Page[WorkRow], auth=READING, operation_id="work", summary=gettext_noop("我的待办"))
def work(request: Request, owed: Annotated[Owed, Query()]) -> Page[WorkRow]:
    """What the account owes today, nearest due first."""
    now, query = timezone.now(), listing.typed(owed.q)
    rows = listing.owed(request.actor).filter(listing.filter_of(owed.f).test(now))
    if query:
        found = listing.found_by(query)
        rows = rows.filter(root_id__in=found) if found is not None else rows.none()
    page = listing.work_rows(rows, owed.after, owed.limit)
    return Page(items=[_owed(one, now) for one in page.rows if one.matter and one.todo], next=page.after or None)


def _owed(one: Any, now: datetime) -> WorkRow:
    due = None if one.todo.due_at >= FAR else one.todo.due_at
    return WorkRow(
        obligation=one.todo.obligation, label=str(listing.owed_words(one.todo, one.matter)), due_at=due,
        is_late=due is not None and due < now, matter=row(one.matter),
    )  # fmt: skip


@router.get(
    "/matters/{number}", response=MatterOut, auth=READING, operation_id="matter", summary=gettext_noop("一件事项")
)
def matter(request: Request, number: Number) -> MatterOut:
    """Everything its page shows: reports masked, parts, files, who is responsible, what can be done."""
    found, now = detail.load(request.actor, number), timezone.now()
    reports, below = detail.reports_of(found), family(found)
    return MatterOut(
        **row_of(found), place_note=found.place_note, lon=found.lon, lat=found.lat, handler_code=_handler(found),
        reopened=found.reopened, due_why=detail.due_why(found), reports=_said(request, found, reports, now),
        parent=found.parent.number if found.parent else None, children=[_below(one) for one in below.children],
        merged=[_below(one) for one in below.merged], parts=[_part(request, part) for part in below.parts], files=_files(found, reports),
        people=[_person(duty) for duty in detail.duties_over(found)], verbs=CASES.offered(found, request.actor),
    )  # fmt: skip


def _handler(found: Matter) -> str:
    if not found.organisation_id and not found.account_id:
        return ""
    return handlers.Handler(found.organisation_id, found.account_id).code


def _below(one: Below) -> BelowOut:
    return BelowOut(number=one.number, title=one.title, state_label=one.state, handler=one.who, due_at=one.due_at)


def _said(request: Request, found: Matter, reports: list[Report], now: datetime) -> list[SaidOut]:
    return [
        SaidOut(
            number=one.report.number, text=one.report.text, state=one.report.state, seq=one.report.seq,
            state_label=str(procedure_of(one.report).state(one.report.state).label), channel=one.report.channel,
            reporter=one.who, phone=one.phone, answer=one.report.answer, question=one.report.question,
            satisfaction=one.report.satisfaction, is_resolved=one.report.is_resolved, created_at=one.report.created_at,
            verbs=[] if found.parent_id else CASES.offered(one.report, request.actor),
        )
        for one in detail.said(found, reports, request.actor, now)
    ]  # fmt: skip


def _part(request: Request, part: Any) -> PartOut:
    return PartOut(
        record=str(part._meta.model_name), key=key_of(part), who=part.who, asked=part.asked, reply=part.reply,
        state=part.state, state_label=str(procedure_of(part).state(part.state).label), seq=part.seq, due_at=part.due_at,
        created_at=part.created_at, verbs=CASES.offered(part, request.actor),
    )  # fmt: skip


def _files(found: Matter, reports: list[Report]) -> list[Any]:
    mine = Q(owner_kind=Matter.kind(), owner_id__in=[pk for pk in (found.pk, found.parent_id) if pk])
    theirs = Q(owner_kind=Report.kind(), owner_id__in=[report.pk for report in reports])
    return [file_out(stored) for stored in StoredFile.objects.filter(mine | theirs).order_by("id")]


def _person(duty: Any) -> PersonOut:
    shown = detail.person(duty)
    return PersonOut(name=shown["name"], duty=shown["duty"], where=shown["note"], phone=shown["phone"])


@router.get(
    "/matters/{number}/verbs",
    response=VerbList,
    auth=READING,
    operation_id="matter_verbs",
    summary=gettext_noop("现在能办哪些步骤"),
)
def verbs(request: Request, number: Number) -> VerbList:
    """Exactly those the operations would accept."""
    found = detail.glance(request.actor, number)
    return VerbList(seq=found.seq, items=CASES.offered(found, request.actor))


@router.get(
    "/matters/{number}/timeline",
    response=EventList,
    auth=READING,
    operation_id="timeline",
    summary=gettext_noop("办理经过"),
)
def timeline(request: Request, number: Number) -> EventList:
    """Every step with who, when and the words; residents masked."""
    found = detail.load(request.actor, number)
    return EventList(
        items=[
            EventOut(at=one["at"], who=one["who"], text=str(one["text"]), note=one["note"], is_public=one["public"])
            for one in detail.events(found)
        ]
    )


@router.get(
    "/matters/{number}/handlers",
    response=HandlerList,
    auth=READING,
    operation_id="handlers",
    summary=gettext_noop("可以派给谁"),
)
def offered(request: Request, number: Number) -> HandlerList:
    """People from near to far, then organisations that serve the place."""
    found = detail.glance(request.actor, number)
    groups = handlers.offered(found.place_path())
    return HandlerList(
        items=[HandlerOut(code=code, name=name, group=label) for label, rows in groups for code, name in rows]
    )


add_operations(router, CASES)
