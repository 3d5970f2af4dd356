"""Builds the frozen picture of who acts: own duties in force, duties acted for 代办, circles, tracking codes.

At most two statements: the duties (own, delegated and the circles in one), and the stamp of the place tree.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Q, QuerySet

from gongzhi.accounts.models import Account, Delegation, Duty
from gongzhi.kernel.actor import ANYONE, Actor, Grant
from gongzhi.kernel.models import Circle
from gongzhi.territory.tree import Tree, covered_ids, tree

TOKENS = "tokens"
"""Session key under which the uids of reports opened by tracking code are kept."""


def actor_of(account: Account | None, today: date, session: Mapping[str, Any] | None = None) -> Actor:
    """The actor for `account` on the day `today` in Shanghai; `session` carries the opened tracking codes.

    A term that ended yesterday gives nothing today. An account that must change its password first has no duty yet.
    """
    tokens = frozenset(str(uid) for uid in (session or {}).get(TOKENS, ()))
    if account is None or not account.may_sign_in:
        return Actor(name=ANYONE.name, tokens=tokens)
    duties = usable_duties(account.pk, today) if not account.must_change_password else []
    return Actor(
        account_id=account.pk,
        name=account.name,
        grants=grants_of(duties, account.pk),
        circles=frozenset(circle for duty in duties for circle in duty.circles),
        tokens=tokens,
        is_confirmed=account.is_confirmed,
    )


def usable_duties(account_id: int, today: date) -> list[Any]:
    """The duties the account may use on that day, own ones first; each also carries the account's `circles`."""
    rows = duties_usable_by(account_id, today).annotate(circles=ArraySubquery(_circles(account_id, today).values("pk")))
    return sorted(rows, key=lambda duty: (duty.account_id != account_id, duty.pk))


def grants_of(duties: list[Any], account_id: int) -> tuple[Grant, ...]:
    """The duties as grants; the tree is asked once."""
    now = tree() if any(duty.place_id for duty in duties) else None
    return tuple(_grant(duty, account_id, now) for duty in duties)


def _circles(account_id: int, today: date) -> QuerySet[Circle]:
    """Circles the account is a member of, less those that are about it or a body in which it holds a duty."""
    bodies = Duty.objects.in_force(today).filter(account=account_id, organisation__isnull=False).values("organisation")
    about = Q(about__contains=[account_id]) | Q(about_organisations__overlap=ArraySubquery(bodies))
    return Circle.objects.filter(members__contains=[account_id]).exclude(about)


def duties_usable_by(account_id: int, today: date) -> QuerySet[Duty]:
    """Own duties in force and those lent to the account; lent ones are not lent on."""
    own = Duty.objects.in_force(today).filter(account=account_id).values("pk")
    lent = Delegation.objects.in_force(today).filter(to_account=account_id)
    single = Duty.objects.in_force(today).filter(pk__in=lent.values("duty"))
    whole = Duty.objects.in_force(today).filter(account__in=lent.filter(duty__isnull=True).values("from_account"))
    usable = own.union(single.values("pk"), whole.values("pk"))
    return Duty.objects.filter(pk__in=usable).select_related("place", "organisation")


def _grant(duty: Duty, account_id: int, now: Tree | None) -> Grant:
    nowhere: tuple[str, frozenset[int]] = ("", frozenset())
    level, covered = nowhere if duty.place is None else covered_ids(duty.place, now)
    return Grant(
        duty_id=duty.pk,
        post=duty.post,
        level=level,
        covered=covered,
        place_id=duty.place_id,
        organisation_id=duty.organisation_id,
        on_behalf_of=None if duty.account_id == account_id else duty.account_id,
    )
