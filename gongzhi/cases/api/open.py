"""What everybody may read of concerns: categories, published matters of a place, its three rates. No token is needed."""

from datetime import datetime
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext_noop
from ninja import Query, Router
from pydantic import BaseModel

from gongzhi.accounts.request import Request
from gongzhi.base.api import Page, Paging, QueryId, one_of
from gongzhi.base.text import mask_personal_data
from gongzhi.cases import listing, rates, rules, suggest
from gongzhi.cases.models import Matter
from gongzhi.cases.views import place as pages
from gongzhi.kernel.procedure import procedure_of

router = Router(tags=[gettext_noop("公开")])
PERIOD = one_of(rules.PERIODS)


class CategoryOut(BaseModel):
    """What a concern can be about."""

    id: int
    code: str
    name: str
    parent_id: int | None
    triage_class: str
    urgency: str


class CategoryList(BaseModel):
    """All categories in use."""

    items: list[CategoryOut]


class OpenMatter(BaseModel):
    """A published matter: what everybody may know of it."""

    number: str
    title: str
    state: str
    category: str
    place: str
    handler: str
    report_count: int
    answer: str
    created_at: datetime
    due_at: datetime | None
    closed_at: datetime | None


class Figure(BaseModel):
    """A rate with its formula; `ratio` is null where nothing was counted."""

    label: str
    part: int
    whole: int
    ratio: float | None
    formula: str
    why: str


class RatesOut(BaseModel):
    """The three rates of a place in a period."""

    place_id: int
    since: datetime
    until: datetime
    figures: list[Figure]


class OpenAsked(Paging):
    """Which published matters."""

    is_closed: bool = False
    category: QueryId | None = None


@router.get("/categories", response=CategoryList, operation_id="categories", summary=gettext_noop("诉求类别"))
def categories(request: Request) -> CategoryList:
    """In order of display."""
    rows = sorted(suggest.categories(), key=lambda row: (row.position, row.pk))
    return CategoryList(
        items=[
            CategoryOut(id=row.pk, code=row.code, name=row.name, parent_id=row.parent_id, triage_class=row.triage_class,
                        urgency=row.urgency)
            for row in rows
        ]
    )  # fmt: skip


@router.get(
    "/open/{place}/matters",
    response=Page[OpenMatter],
    operation_id="open_matters",
    summary=gettext_noop("一个地方公开的事项"),
)
def matters(request: Request, place: QueryId, asked: Annotated[OpenAsked, Query()]) -> Page[OpenMatter]:
    """Only what staff published, under its public title."""
    at = rates.where(pages.open_place(place))
    rows = Matter.objects.public().filter(at, closed_at__isnull=not asked.is_closed).exclude(state="merged")
    if asked.category is not None:
        rows = rows.filter(category_id=asked.category)
    page = listing.matter_rows(rows, listing.SORTS[0], asked.after, asked.limit)
    return Page(items=[_open(one.matter) for one in page.rows if one.matter], next=page.after or None)


def _open(found: Matter) -> OpenMatter:
    return OpenMatter(
        number=found.number, title=pages.public_title(found), category=found.category.name if found.category else "",
        state=str(procedure_of(found).state(found.state).public), place=listing.name(found, "grid"),
        handler=listing.name(found, "organisation"), report_count=found.report_count, created_at=found.created_at,
        answer=mask_personal_data(found.public_answer), due_at=None if found.closed_at else found.due_at,
        closed_at=found.closed_at,
    )  # fmt: skip


@router.get("/open/{place}/rates", response=RatesOut, operation_id="open_rates", summary=gettext_noop("一个地方的三率"))
def rates_of(request: Request, place: QueryId, period: PERIOD = rules.THIS_MONTH) -> RatesOut:  # type: ignore[valid-type]
    """Contacted in time, resolved, satisfied: part, whole, formula."""
    here, now = pages.open_place(place), timezone.now()
    chosen = rules.period(period, now)
    found = rates.of_place(rates.where(here), chosen, now)
    shown = zip((found.contact, found.resolution, found.satisfaction), rules.figures(found), strict=True)
    return RatesOut(
        place_id=here.pk,
        since=chosen.since,
        until=chosen.until,
        figures=[_figure(rate, words) for rate, words in shown],
    )


def _figure(rate: rules.Rate, words: Any) -> Figure:
    return Figure(
        label=words["label"],
        part=rate.part,
        whole=rate.whole,
        ratio=rate.ratio,
        formula=words["formula"],
        why=words["why"],
    )
