"""What a supervisor counts, in the interface for programs: how much is late, at risk, under orders, where."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_noop
from ninja import Router
from pydantic import BaseModel

from gongzhi.accounts.api.caller import needs
from gongzhi.accounts.request import Request
from gongzhi.cases import listing, oversight

router = Router(tags=[gettext_noop("统计")])


class CountOut(BaseModel):
    """How many matters are so; `code` is what the supervisor's list is narrowed by."""

    code: str
    label: str
    count: int


class Overview(BaseModel):
    """The supervisor's numbers as of `at`."""

    at: datetime
    items: list[CountOut]


@router.get(
    "/statistics/supervision", response=Overview, auth=needs("statistics:read"), operation_id="supervision",
    summary=gettext_noop("督办总览：超期、快到期、异议、挂起、督办中的件数"),
)  # fmt: skip
def supervision(request: Request) -> Overview:
    """Over the matters this account supervises; all noughts without such a duty."""
    now = timezone.now()
    numbers = listing.counts(oversight.watched(request.actor), oversight.LOOKS, now)
    shown = [CountOut(code=one.code, label=str(one.label), count=numbers[one.code]) for one in oversight.LOOKS]
    return Overview(at=now, items=shown)
