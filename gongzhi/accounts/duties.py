"""Writes to duties and delegations, with the rules of who may hold what where."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.accounts import posts, scope
from gongzhi.accounts.changes import Verb, note
from gongzhi.accounts.models import Account, Delegation, Duty
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotPermitted, NotPossible, NotValid
from gongzhi.organisations.models import Organisation
from gongzhi.territory.models import Place

LONGEST_DELEGATION = timedelta(days=366)


@dataclass(frozen=True)
class Term:
    """First and last day; no last day means until ended."""

    starts: date
    ends: date | None = None


@dataclass(frozen=True)
class Door:
    """What stands on the door and, if `is_public`, on the public page of the place."""

    title: str = ""
    is_public: bool = False
    public_phone: str = ""
    office_hours: str = ""


def add_duty(
    account: Account, post: str, where: Place | Organisation, term: Term, door: Door = Door(), *,
    by: Account | None, actor: Actor | None = None,
) -> Duty:  # fmt: skip
    """Give a duty. `actor` is the administrator (None: the command line, the demo, an import, unlimited).

    Raises NotPermitted outside the administrator's place or for the own account, NotValid for a wrong place or term.
    """
    _check_grantor(account, where, by, actor)
    _check_holder(account)
    _check_where(post, where)
    place, organisation = (where, None) if isinstance(where, Place) else (None, where)
    duty = Duty(
        account=account, post=post, place=place, organisation=organisation, starts=term.starts, ends=term.ends,
        title=door.title, is_public=door.is_public, public_phone=door.public_phone, office_hours=door.office_hours,
        created_by=by,
    )  # fmt: skip
    with transaction.atomic():
        _save(duty)
        note(account, Verb.DUTY_ADDED, by, duty=duty, on_behalf_of=_behalf(actor), starts=str(term.starts),
             ends=str(term.ends) if term.ends else None)  # fmt: skip
    return duty


@transaction.atomic
def end_duty(duty: Duty, last_day: date | None, *, by: Account | None, actor: Actor | None = None) -> None:
    """End a duty after `last_day`, or at once when None. Raises NotPermitted, NotPossible or NotValid."""
    if actor is not None and not scope.duties_within(actor).filter(pk=duty.pk).exists():
        raise NotPermitted(_("这个岗位不在您管理的辖区内。"))
    held = Duty.objects.select_for_update().get(pk=duty.pk)
    if held.standing() == "over":
        raise NotPossible(_("这个岗位已经结束了。"))
    if last_day is None:
        held.ended_at = timezone.now()
    else:
        _check_last_day(held.starts, last_day)
        held.ends = last_day
    held.save(update_fields=["ended_at", "ends"])
    note(held.account, Verb.DUTY_ENDED, by, duty=held, on_behalf_of=_behalf(actor), ends=str(last_day or "now"))


def delegate(
    from_account: Account, to_account: Account, duty: Duty | None, term: Term, reason: str, *,
    by: Account, actor: Actor | None = None,
) -> Delegation:  # fmt: skip
    """Let `to_account` act with one duty, or with all, of `from_account` for some days; it cannot be passed on.

    `actor` is the administrator who writes it down for somebody else; None when people lend their own duties.
    Raises NotPermitted or NotValid.
    """
    _check_delegation(from_account, to_account, duty, term, by, actor)
    assert term.ends is not None, "checked one line above"
    delegation = Delegation(
        from_account=from_account, to_account=to_account, duty=duty, starts=term.starts, ends=term.ends,
        reason=reason, created_by=by,
    )  # fmt: skip
    with transaction.atomic():
        delegation.save()
        note(from_account, Verb.DELEGATED, by, duty=duty, delegation=delegation, on_behalf_of=_behalf(actor),
             to=to_account.pk)  # fmt: skip
        note(to_account, Verb.DELEGATED, by, duty=duty, delegation=delegation, on_behalf_of=_behalf(actor))
    return delegation


@transaction.atomic
def end_delegation(delegation: Delegation, *, by: Account, on_behalf_of: int | None = None) -> None:
    """End acting for another at once."""
    held = Delegation.objects.select_for_update().get(pk=delegation.pk)
    if held.standing() == "over":
        raise NotPossible(_("这次代办已经结束了。"))
    held.ended_at = timezone.now()
    held.save(update_fields=["ended_at"])
    note(held.from_account, Verb.DELEGATION_ENDED, by, delegation=held, on_behalf_of=on_behalf_of)


def _behalf(actor: Actor | None) -> int | None:
    """For whom the administrator acts, when every administrator's duty is one lent by somebody."""
    grants = scope.administrating(actor) if actor else ()
    own = [grant for grant in grants if grant.on_behalf_of is None]
    return None if own or not grants else grants[0].on_behalf_of


def _check_grantor(account: Account, where: Place | Organisation, by: Account | None, actor: Actor | None) -> None:
    if actor is None:
        return
    if by is not None and account.pk == by.pk:
        raise NotPermitted(_("不能给自己增加岗位，请另一位管理员登记。"))
    inside = scope.places_within(actor) if isinstance(where, Place) else scope.organisations_within(actor)
    if not inside.filter(pk=where.pk).exists():
        raise NotPermitted(_("不在您管理的辖区内，请本级管理员登记。"))


def _check_holder(account: Account) -> None:
    if account.ended_at is not None:
        raise NotValid({"account": [_("这个账号已停用，不能再担任岗位。")]})
    if not account.is_staff_kind and not account.is_confirmed:
        raise NotValid({"account": [_("这位居民的电话还没有核实，请先核实，再登记岗位。")]})


def _check_where(post: str, where: Place | Organisation) -> None:
    wanted = posts.post(post)
    if isinstance(where, Organisation) is not wanted.in_organisation:
        word = _("单位") if wanted.in_organisation else _("辖区")
        raise NotValid({"where": [_("%(post)s要选一个%(word)s。") % {"post": wanted.label, "word": word}]})
    if isinstance(where, Place) and where.kind not in wanted.levels:
        raise NotValid(
            {"where": [_("%(post)s不能设在%(place)s这一级。") % {"post": wanted.label, "place": where.name}]}
        )
    if not where.is_living():
        raise NotValid({"where": [_("%s已经停用，请选现在的。") % where.name]})


def _check_last_day(starts: date, last_day: date) -> None:
    if last_day < starts:
        raise NotValid({"ends": [_("最后一日不能早于开始日 %s。") % starts]})
    if last_day < timezone.localdate():
        raise NotValid({"ends": [_("最后一日不能是过去的日子；要马上结束，请选“立即结束”。")]})


def _save(duty: Duty) -> None:
    if duty.ends is not None and duty.ends < duty.starts:
        raise NotValid({"ends": [_("最后一日不能早于开始日。")]})
    try:
        with transaction.atomic():
            duty.save()
    except IntegrityError as error:
        if "once_at_a_time" in str(error):
            raise NotValid({"starts": [_("这段时间里，这位同志已经有同一个岗位了。")]}) from None
        raise


def _check_delegation(
    from_account: Account, to_account: Account, duty: Duty | None, term: Term, by: Account, actor: Actor | None
) -> None:
    if actor is not None:
        _check_delegator(from_account, to_account, by, actor)
    elif by.pk != from_account.pk:
        raise NotPermitted(_("只能委托自己的岗位。"))
    errors: dict[str, list[str]] = {}
    if from_account.pk == to_account.pk:
        errors["to"] = [_("不能委托给自己。")]
    elif not to_account.may_sign_in or (to_account.must_change_password and not to_account.is_staff_kind):
        errors["to"] = [_("%s的账号现在不能登录，请换一位。") % to_account.name]
    if duty is not None and (duty.account_id != from_account.pk or duty.standing() == "over"):
        errors["duty"] = [_("这个岗位不是委托人现在担任的。")]
    if term.ends is None or term.ends < term.starts or term.ends < timezone.localdate():
        errors["ends"] = [_("请写代办的最后一日，不早于开始日，也不早于今天。")]
    elif term.ends - term.starts > LONGEST_DELEGATION:
        errors["ends"] = [_("一次代办最长一年，请缩短；到期可以再办。")]
    if errors:
        raise NotValid(errors)


def _check_delegator(from_account: Account, to_account: Account, by: Account, actor: Actor) -> None:
    inside = scope.accounts_within(actor)
    if not (inside.filter(pk=from_account.pk).exists() and scope.may_manage(actor, from_account)):
        raise NotPermitted(_("委托人不在您管理的辖区内。"))
    if not inside.filter(pk=to_account.pk).exists():
        raise NotPermitted(_("代办人不在您管理的辖区内。"))
    if to_account.pk == by.pk:
        raise NotPermitted(_("不能把别人的岗位登记给自己代办，请委托人自己办理，或请另一位管理员登记。"))
