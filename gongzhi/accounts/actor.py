"""Builds the frozen picture of who acts: own duties in force, duties acted for 代办, circles, tracking codes.

At most three statements: the duties (own and delegated in one), the circles, and the stamp of the place tree.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet

from gongzhi.accounts.models import Account, Delegation, Duty
from gongzhi.kernel.actor import ANYONE, Actor, Grant
from gongzhi.territory.tree import Tree, covered_ids, tree

CIRCLE_SOURCES: list[Callable[[int], frozenset[int]]] = []
"""From an account id to the ids of its confidential circles, less those that are about it; one statement each."""

TOKENS = "tokens"
"""Session key under which the uids of reports opened by tracking code are kept."""


def actor_of(account: Account | None, today: date, session: Mapping[str, Any] | None = None) -> Actor:
    """The actor for `account` on the day `today` in Shanghai; `session` carries the opened tracking codes.

    A term that ended yesterday gives nothing today. An account that must change its password first has no duty yet.
    """
    tokens = frozenset(str(uid) for uid in (session or {}).get(TOKENS, ()))
    if account is None or not account.may_sign_in:
        return Actor(name=ANYONE.name, tokens=tokens)
    ready = not account.must_change_password
    return Actor(
        account_id=account.pk,
        name=account.name,
        grants=grants_of(account.pk, today) if ready else (),
        circles=frozenset().union(*(source(account.pk) for source in CIRCLE_SOURCES)) if ready else frozenset(),
        tokens=tokens,
        is_confirmed=account.is_confirmed,
    )


def grants_of(account_id: int, today: date) -> tuple[Grant, ...]:
    """Every duty the account may use on that day, own ones first."""
    duties = list(duties_usable_by(account_id, today))
    duties.sort(key=lambda duty: (duty.account_id != account_id, duty.pk))
    now = tree() if any(duty.place_id for duty in duties) else None
    return tuple(_grant(duty, account_id, now) for duty in duties)


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
