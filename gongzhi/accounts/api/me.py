"""Who am I: the account behind a token, its duties today, what the token may."""

from datetime import datetime

from django.utils.translation import gettext_noop
from ninja import Router
from pydantic import BaseModel

from gongzhi.accounts import pickers
from gongzhi.accounts.api.caller import needs
from gongzhi.accounts.models import ApiToken, Duty
from gongzhi.accounts.request import Request

router = Router(tags=[gettext_noop("令牌")])


class DutyOut(BaseModel):
    """A duty in force; `acting_for` names whose it is when it is lent."""

    post: str
    label: str
    where: str
    acting_for: str | None


class MeOut(BaseModel):
    """The account and the token."""

    name: str
    is_staff: bool
    duties: list[DutyOut]
    token: str
    scopes: list[str]
    expires_at: datetime


@router.get(
    "/me",
    response=MeOut,
    auth=needs(),
    operation_id="me",
    summary=gettext_noop("令牌背后的账号、今天的岗位和令牌的范围"),
)
def me(request: Request) -> MeOut:
    """What this token can reach."""
    token: ApiToken = request.auth  # type: ignore[attr-defined]
    mine = [grant.duty_id for grant in request.actor.grants]
    duties = list(Duty.objects.filter(pk__in=mine).select_related("place", "organisation", "account").order_by("pk"))
    pickers.name_fully(duties)
    found = [
        DutyOut(
            post=duty.post, label=duty.label, where=duty.where,
            acting_for=None if duty.account_id == request.me.pk else duty.account.name,
        )
        for duty in duties
    ]  # fmt: skip
    return MeOut(
        name=request.me.name, is_staff=request.me.is_staff_kind, duties=found, token=token.label,
        scopes=token.scopes, expires_at=token.expires_at,
    )  # fmt: skip
