"""Figures in the interface for programs: the three rates and every table of the pages, with the same reach; exclusions.

The query is that of the pages: place, from and to (2026-10), category, handler, channel, class, procedure.
"""

from collections.abc import Callable
from typing import Annotated, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import Query, Router
from pydantic import BaseModel, Field

from gongzhi.accounts.api.caller import needs
from gongzhi.accounts.api.verbs import Practice, add_operations
from gongzhi.accounts.request import Request
from gongzhi.base.api import Line, QueryId, one_of
from gongzhi.cases import rules
from gongzhi.kernel.errors import NotPermitted
from gongzhi.statistics import figures, overview, themes
from gongzhi.statistics.scope import Address
from gongzhi.statistics.tables import Table
from gongzhi.statistics.who import SEERS

router = Router(tags=[gettext_noop("统计")])
EXCLUSIONS = Practice(app="statistics", default="statistics")
READING = needs("statistics:read")
TABLES: dict[str, Callable[[Address, str], Table]] = {
    "breakdown": overview.breakdown,
    "steps": lambda address, by: overview.steps(address)[0],
    "whole": lambda address, by: overview.whole_by_month(address)[0],
    "phases": lambda address, by: overview.phases(address),
    "backlog": lambda address, by: overview.backlog(address, "step"),
    "units": lambda address, by: overview.units(address),
    "themes": lambda address, by: themes.themes(address)[0],
}
"""The tables of the pages by name."""
MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
Month = Annotated[str | None, Field(pattern=MONTH)]


class Asked(BaseModel):
    """What the figures are asked about; what cannot be right for this account narrows nothing, as on the page."""

    place: QueryId | None = None
    since: Annotated[Month, Field(alias="from", description=gettext_noop("从哪个月，如 2026-01；不写是最后一个月"))] = (
        None
    )
    until: Annotated[Month, Field(alias="to", description=gettext_noop("到哪个月；不写是本月"))] = None
    category: QueryId | None = None
    handler: Line = ""
    channel: Line = ""
    triage_class: Annotated[Line, Field(alias="class")] = ""
    procedure: Line = ""


class Broken(Asked):
    """The same, and by what the breakdown is told apart."""

    by: one_of(overview.BREAKDOWNS) = "month"  # type: ignore[valid-type]


class RateOut(BaseModel):
    """A rate: `part` of `whole`; `ratio` is null where nothing was counted."""

    name: str
    part: int
    whole: int
    ratio: float | None


class RatesOut(BaseModel):
    """The three rates of a place or an organisation over some months; `without` leaves approved exclusions out."""

    span: str
    where: str
    items: list[RateOut]
    without: list[RateOut]


class CellOut(BaseModel):
    """A value and how it is shown."""

    value: int | float | str | None
    shown: str


class TableOut(BaseModel):
    """A table of the pages."""

    span: str
    where: str
    title: str
    heads: list[str]
    rows: list[list[CellOut]]


@router.get(
    "/statistics/rates", response=RatesOut, auth=READING, operation_id="statistics_rates", summary=gettext_noop("三率")
)
def rates(request: Request, asked: Annotated[Asked, Query()]) -> RatesOut:
    """Contacted in time, resolved, satisfied."""
    address = _address(request)
    found = figures.assessed(address.asked)
    return RatesOut(
        span=address.span(), where=address.where(), items=_rates(found.whole), without=_rates(found.without)
    )


def _rates(found: rules.Rates) -> list[RateOut]:
    named = {"contact": found.contact, "resolution": found.resolution, "satisfaction": found.satisfaction}
    return [RateOut(name=name, part=rate.part, whole=rate.whole, ratio=rate.ratio) for name, rate in named.items()]


@router.get("/statistics/tables/{name}", response=TableOut, auth=READING, operation_id="statistics_table",
            summary=gettext_noop("统计表：分项、各步用时、积压、单位、主题"))  # fmt: skip
def table(request: Request, name: one_of(TABLES), asked: Annotated[Broken, Query()]) -> TableOut:  # type: ignore[valid-type]
    """The same cells as on the page and in Excel."""
    address = _address(request)
    by = asked.by if asked.by != "place" or address.sees_places else "month"
    found = TABLES[name](address, by)
    rows = [[CellOut(value=_value(cell.value), shown=str(cell.text)) for cell in row] for row in found.rows]
    return TableOut(
        span=address.span(),
        where=address.where(),
        title=str(found.title),
        heads=[str(one) for one in found.heads],
        rows=rows,
    )


def _value(value: object) -> Any:
    return value if value is None or isinstance(value, (int, float)) else str(value)


def _address(request: Request) -> Address:
    if not request.actor.holding(SEERS):
        raise NotPermitted(_("您的岗位不能看统计。"))
    return Address(request.actor, request.GET, timezone.localdate())


add_operations(router, EXCLUSIONS)
