"""Organisations in the interface for programs: the register as people at work choose from it."""

from typing import Annotated

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_noop
from ninja import Query, Router
from pydantic import BaseModel, Field

from gongzhi.base.api import Line, Page, Paging, QueryId
from gongzhi.organisations.models import Organisation
from gongzhi.territory.access import known_place

router = Router(tags=[gettext_noop("单位")])


class OrganisationOut(BaseModel):
    """A body of the register."""

    id: int
    name: str
    short_name: str
    kind: str
    kind_label: str
    place_id: int | None


class Asked(Paging):
    """How the register is narrowed."""

    q: Annotated[Line, Field(description=gettext_noop("名称里的任意两个字，或拼音"))] = ""
    serves: Annotated[QueryId | None, Field(description=gettext_noop("只要服务这个地方的"))] = None


@router.get(
    "/organisations",
    response=Page[OrganisationOut],
    operation_id="organisations",
    summary=gettext_noop("单位名录：按名称、按服务的地方找"),
)
def organisations(request: HttpRequest, asked: Annotated[Asked, Query()]) -> Page[OrganisationOut]:
    """Living organisations by id."""
    rows = Organisation.objects.living()
    if asked.serves is not None:
        rows = Organisation.objects.serving(known_place(asked.serves))
    if asked.q:
        rows = rows.named(asked.q)
    after = int(asked.after) if asked.after.isascii() and asked.after.isdigit() and len(asked.after) < 19 else 0
    found = list(rows.filter(Q(pk__gt=after)).order_by("pk")[: asked.limit + 1])
    more = str(found[asked.limit - 1].pk) if len(found) > asked.limit else None
    return Page(items=[_out(row) for row in found[: asked.limit]], next=more)


def _out(row: Organisation) -> OrganisationOut:
    return OrganisationOut(
        id=row.pk, name=row.name, short_name=row.short_name, kind=row.kind, kind_label=str(row.get_kind_display()),
        place_id=row.place_id,
    )  # fmt: skip
