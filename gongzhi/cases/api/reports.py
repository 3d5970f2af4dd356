"""Reports in the interface for programs: sending one, following one's own, the reporter's contact by reason."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import Header, Query, Router
from ninja.responses import Status
from pydantic import AfterValidator, BaseModel, Field, StrictBool

from gongzhi.accounts.api.caller import needs
from gongzhi.accounts.api.verbs import KEY, Offered, receipt_of
from gongzhi.accounts.models import Account
from gongzhi.accounts.posts import posts
from gongzhi.accounts.request import Request
from gongzhi.base import throttle
from gongzhi.base.api import Id, Key, Number, Page, Paging, QueryId, Strict, Trouble, clean_line, one_of
from gongzhi.base.files import files_of
from gongzhi.cases import listing, places, suggest, taking, timeline, topics
from gongzhi.cases.actions import Also, Reported, Words, join, report
from gongzhi.cases.api.practice import CASES
from gongzhi.cases.api.shapes import EventOut, PhotoOut, file_out
from gongzhi.cases.models import Agreement, Category, Contact, Matter, Report
from gongzhi.cases.report_form import ABOUT, ReportForm
from gongzhi.cases.views import intake
from gongzhi.cases.views.matter import CONTACT
from gongzhi.cases.views.where import reportable
from gongzhi.cases.workflow import MINE
from gongzhi.kernel.access import look
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotPermitted, NotPossible, NotValid
from gongzhi.kernel.procedure import procedure_of
from gongzhi.kernel.who import get_or_404
from gongzhi.knowledge import store
from gongzhi.knowledge.questions import KNOWN, PREFIX, ExtraForm
from gongzhi.territory.models import Place

router = Router(tags=[gettext_noop("诉求")])
INTAKERS = posts(*intake.INTAKERS)
OWN_MOST, OWN_WINDOW = 6, 600
"""Own reports of a person without an intake duty in so many seconds, as on the page."""


def _text(most: int, least: int = 0) -> Any:
    return Annotated[str, Field(min_length=least, max_length=most), AfterValidator(clean_line)]


class Answer(Strict):
    """The answer to one extra question of the category."""

    question: Id
    values: Annotated[list[_text(200)], Field(min_length=1, max_length=20)]  # type: ignore[valid-type]


class ReportBody(Strict):
    """A concern. With `channel` it is taken for somebody else at work; without, it is the account's own."""

    text: _text(2000, 1)  # type: ignore[valid-type]
    place: Id
    place_note: _text(100) = ""  # type: ignore[valid-type]
    category: Id | None = None
    photos: Annotated[list[UUID], Field(max_length=6, description=gettext_noop("先上传的文件的 uid"))] = []
    name: _text(40) = ""  # type: ignore[valid-type]
    phone: _text(30) = ""  # type: ignore[valid-type]
    wish: one_of(Contact.Wish.values) = Contact.Wish.ONLINE.value  # type: ignore[valid-type]
    channel: one_of(code.value for code in intake.CHANNELS) | None = None  # type: ignore[valid-type]
    consent: Annotated[_text(100), Field(description=gettext_noop("channel 为 proxy 时：本人怎样同意的"))] = ""  # type: ignore[valid-type]
    consent_way: one_of(Agreement.Way.values) | None = None  # type: ignore[valid-type]
    for_other: Annotated[StrictBool, Field(description=gettext_noop("自己替别人反映，对方已同意"))] = False
    secret: Annotated[StrictBool, Field(description=gettext_noop("本人反映：请求保密"))] = False
    secret_about: one_of(code for code, _label in ABOUT) | None = None  # type: ignore[valid-type]
    secret_note: _text(120) = ""  # type: ignore[valid-type]
    extra: Annotated[
        list[Answer], Field(max_length=40, description=gettext_noop("这一类另外问的，见 /reports/questions"))
    ] = []
    extra_known: Annotated[list[Id], Field(max_length=40, description=gettext_noop("看过提醒、仍要提交的问题"))] = []
    lon: Annotated[float | None, Field(ge=-180, le=180, allow_inf_nan=False)] = None
    lat: Annotated[float | None, Field(ge=-90, le=90, allow_inf_nan=False)] = None
    join: Annotated[UUID | None, Field(description=gettext_noop("与哪件在办的事相同（它的 uid），写了就并到那件"))] = (
        None
    )


class QuestionOut(BaseModel):
    """What else is asked about a category and place."""

    id: int
    label: str
    kind: str
    options: list[str]
    is_required: bool
    help: str


class QuestionList(BaseModel):
    """In the order asked."""

    items: list[QuestionOut]


class QuestionsAsked(BaseModel):
    """About what, and where."""

    category: QueryId
    place: QueryId


class ReportMade(BaseModel):
    """What came of it. `code` is the tracking code, only in the first answer: it is stored nowhere."""

    number: str
    uid: UUID
    matter: str
    code: str | None
    href: str


class ReportRow(BaseModel):
    """One's own report in a list."""

    number: str
    text: str
    state: str
    state_label: str
    seq: int
    matter_state: str
    place_id: int | None
    created_at: datetime


class ReportOut(ReportRow):
    """One's own report with what the reporter is told."""

    question: str
    answer: str
    is_resolved: bool | None
    satisfaction: int | None
    files: list[PhotoOut]
    events: list[EventOut]
    verbs: list[Offered]


class ReportMine(Paging):
    """Pages of own reports."""


class ContactBody(Strict):
    """Why the contact has to be seen; the reporter can read it."""

    reason: _text(200, 1)  # type: ignore[valid-type]


class ContactOut(BaseModel):
    """Name and telephone in full."""

    name: str
    phone: str
    wish: str


@router.post(
    "/reports",
    response={201: ReportMade},
    auth=needs("reports:write"),
    operation_id="report_send",
    summary=gettext_noop("反映一件诉求"),
)
def send(
    request: Request, body: ReportBody, idempotency_key: Annotated[Key | None, Header(alias=KEY)] = None
) -> Status[ReportMade]:
    """As taken at the counter or on the telephone, or as one's own; the twin of a request makes no second one."""
    words, also = _for_other(request.actor, body) if body.channel is not None else _own(request, body)
    receipt = receipt_of(request, idempotency_key, body.model_dump(mode="json"))
    actor = request.actor if body.channel is not None else _resident(request)
    try:
        target = _to_join(request.actor, body, words.place)
        came = (
            join(words, target, actor=actor, receipt=receipt, also=also)
            if target
            else report(words, actor=actor, receipt=receipt, also=also)
        )
    except ValidationError as error:
        raise NotValid({"photos": list(error.messages)}) from error
    return Status(201, _made(came))


def _made(came: Reported) -> ReportMade:
    made = came.report or Report.objects.select_related("matter").get(pk=came.report_id)
    return ReportMade(
        number=made.number, uid=made.uid, matter=made.matter.number, code=came.code or None,
        href=f"/api/v1/reports/{made.number}",
    )  # fmt: skip


def _resident(request: Request) -> Actor:
    """The account as a neighbour, never by a duty."""
    return Actor(request.me.pk, request.me.name, is_confirmed=request.me.is_confirmed)


def _for_other(actor: Actor, body: ReportBody) -> tuple[Words, Also | None]:
    if not actor.holding(INTAKERS):
        raise NotPermitted(_("您的岗位不能替别人登记诉求。"))
    form = intake.IntakeForm(body.model_dump(mode="json", exclude_none=True))
    _check(form)
    place = places.within(form.cleaned_data["place"], actor)
    if place is None:
        raise NotValid({"place": [_("这个地方不归您登记，请另选。")]})
    data = form.cleaned_data
    is_proxy = data["channel"] == "proxy"
    words = Words(
        text=data["text"], place=place, place_note=data["place_note"], category=data["category"],
        photos=tuple(data["photos"]), name=data["name"], phone=data["phone"], wish=data["wish"], channel=data["channel"],
        consent=intake.consent_words(data) if is_proxy else "", lon=body.lon, lat=body.lat,
        extra=tuple(_answers(body, data["category"], place, staff=True)),
    )  # fmt: skip
    return words, taking.agreed(data["consent_way"], data["consent"]) if is_proxy else None


def _own(request: Request, body: ReportBody) -> tuple[Words, Also | None]:
    verdict = throttle.allow(f"api:report:{request.me.pk}", OWN_MOST, OWN_WINDOW)
    if not verdict.allowed:
        raise Trouble(429, verdict.message, headers={"Retry-After": str(verdict.retry_after)})
    data = body.model_dump(mode="json", exclude_none=True)
    data["consent"] = body.for_other and bool(body.consent)
    form = ReportForm({name: str(value) if name in ("place", "category", "lon", "lat") else value
                       for name, value in data.items()}, has_phone=bool(request.me.phone_index))  # fmt: skip
    _check(form)
    chosen = form.cleaned_data
    answers = () if body.join else _answers(body, chosen["category"], chosen["place"], staff=False)
    words = form.words(
        owner_id=request.me.pk, name=request.me.name, phone=request.me.phone, is_phone=False, extra=answers
    )  # fmt: skip
    return words, form.also() if body.for_other else None


def _answers(body: ReportBody, category: Category | None, place: Place, *, staff: bool) -> list[dict[str, Any]]:
    asked = store.questions(topics.of(category), topics.of_place(place), staff=staff)
    sent = MultiValueDict({f"{PREFIX}-q{one.question}": list(one.values) for one in body.extra})
    sent.setlist(KNOWN, [str(pk) for pk in body.extra_known])
    form = ExtraForm(sent, asked)
    if not form.is_valid():
        raise NotValid({f"extra.{name}": [str(error) for error in errors] for name, errors in form.errors.items()})
    return form.answers


def _check(form: Any) -> None:
    if not form.is_valid():
        raise NotValid({name: [str(error) for error in errors] for name, errors in form.errors.items()})


def _to_join(actor: Actor, body: ReportBody, place: Place) -> Matter | None:
    """Only a matter that could have been offered: of the same community and open, or one the duties cover."""
    if body.join is None:
        return None
    near = Matter.objects.filter(uid=body.join, community_id=place.community_id, circle_id__isnull=True).first()
    found = near or listing.covered(actor).filter(uid=body.join).first()
    if found is None or found.state not in suggest.JOINABLE:
        raise NotPossible(_("那件事刚刚已经办到后面了。您的情况请单独反映，填写的内容还在。"))
    return found


@router.get(
    "/reports",
    response=Page[ReportRow],
    auth=needs("reports:read"),
    operation_id="reports_mine",
    summary=gettext_noop("我反映的诉求"),
)
def mine(request: Request, paging: Annotated[ReportMine, Query()]) -> Page[ReportRow]:
    """Newest first."""
    rows = Report.objects.filter(MINE.q(request.actor)).select_related("matter")
    if paging.after.isascii() and paging.after.isdigit() and len(paging.after) < 19:
        rows = rows.filter(pk__lt=int(paging.after))
    found = list(rows.order_by("-pk")[: paging.limit + 1])
    more = str(found[paging.limit - 1].pk) if len(found) > paging.limit else None
    return Page(items=[ReportRow(**_row(one)) for one in found[: paging.limit]], next=more)


@router.get(
    "/reports/questions", response=QuestionList, auth=needs("reports:write"), operation_id="report_questions",
    summary=gettext_noop("这一类、这个地方另外要问的"),
)  # fmt: skip
def questions(request: Request, asked: Annotated[QuestionsAsked, Query()]) -> QuestionList:
    """With the questions only staff ask, for who registers for others."""
    category = next((row for row in suggest.categories() if row.pk == asked.category), None)
    place = reportable(asked.place)
    is_staff = bool(request.actor.holding(INTAKERS))
    found = store.questions(topics.of(category), topics.of_place(place), staff=is_staff)
    return QuestionList(
        items=[
            QuestionOut(id=one.pk, label=one.label, kind=one.kind, options=list(one.options), is_required=one.is_required,
                        help=one.help)
            for one in found
        ]
    )  # fmt: skip


@router.get(
    "/reports/{number}",
    response=ReportOut,
    auth=needs("reports:read"),
    operation_id="report",
    summary=gettext_noop("我的一件诉求"),
)
def one(request: Request, number: Number) -> ReportOut:
    """Where it stands and what the reporter is told."""
    found = get_or_404(Report.objects.select_related("matter"), MINE, request.actor, number=number)
    events = [
        EventOut(at=entry.at, who=f"{entry.post} {entry.who}" if entry.post else "", text=str(entry.told),
                 note=timeline.told_words(entry), is_public=False)
        for entry in timeline.of_report(found)
    ]  # fmt: skip
    return ReportOut(
        **_row(found), question=found.question, answer=found.answer, is_resolved=found.is_resolved,
        satisfaction=found.satisfaction, files=[file_out(row) for row in files_of(Report.kind(), [found.pk])[found.pk]],
        events=events, verbs=CASES.offered(found, request.actor),
    )  # fmt: skip


def _row(found: Report) -> dict[str, Any]:
    matter = found.matter
    return {
        "number": found.number, "text": found.text, "state": found.state, "seq": found.seq,
        "state_label": str(procedure_of(found).state(found.state).label),
        "matter_state": str(procedure_of(matter).state(matter.state).public), "place_id": found.place_id,
        "created_at": found.created_at,
    }  # fmt: skip


@router.post("/reports/{number}/contact", response=ContactOut, auth=needs("contacts:read"), operation_id="report_contact",
             summary=gettext_noop("查看反映人的姓名和电话"))  # fmt: skip
def contact(request: Request, number: Number, body: ContactBody) -> ContactOut:
    """With a reason; who looked, when and why is kept and the reporter can read it."""
    rows = Report.objects.select_related("contact", "matter")
    found = get_or_404(rows, CONTACT, request.actor, number=number)
    look(
        CONTACT, found, request.actor, _("反映人姓名和电话"), body.reason, subject_id=found.owner_id, now=timezone.now()
    )
    owner = Account.objects.filter(pk=found.owner_id).values_list("name", flat=True).first()
    return ContactOut(name=found.contact.name or owner or "", phone=found.contact.phone, wish=found.contact.wish)
