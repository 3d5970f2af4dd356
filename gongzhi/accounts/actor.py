"""Builds the frozen picture of who acts: own duties in force, duties acted for 代办, circles, tracking codes.

At most two statements: the duties (own, delegated and the circles in one), and the stamp of the place tree.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db import connection

from gongzhi.accounts.models import Account
from gongzhi.kernel.actor import ANYONE, Actor, Grant
from gongzhi.territory.models import Place
from gongzhi.territory.tree import Tree, covered_ids, tree

TOKENS = "tokens"
"""Session key under which the uids of reports opened by tracking code are kept."""

USABLE = """
WITH mine AS (
    SELECT duty.* FROM accounts_duty duty
    WHERE duty.ended_at IS NULL AND duty.starts <= %(today)s AND (duty.ends IS NULL OR duty.ends >= %(today)s)
    AND (duty.account_id = %(account)s OR EXISTS (
        SELECT 1 FROM accounts_delegation lent JOIN accounts_account giver ON giver.id = lent.from_account_id
        WHERE lent.to_account_id = %(account)s AND lent.ended_at IS NULL AND giver.is_active
        AND lent.starts <= %(today)s AND lent.ends >= %(today)s
        AND (lent.duty_id = duty.id OR (lent.duty_id IS NULL AND lent.from_account_id = duty.account_id))
    ))
)
SELECT mine.id, mine.account_id, mine.post, mine.organisation_id, place.id, place.kind, place.path, place.grid_id,
    ARRAY(SELECT circle.id FROM kernel_circle circle WHERE %(account)s = ANY(circle.members)
        AND NOT %(account)s = ANY(circle.about) AND NOT circle.about_organisations && ARRAY(
            SELECT body.organisation_id FROM mine body
            WHERE body.account_id = %(account)s AND body.organisation_id IS NOT NULL))
FROM mine LEFT JOIN territory_place place ON place.id = mine.place_id
ORDER BY mine.account_id <> %(account)s, mine.id
"""
"""Own duties in force and those lent to the account (lent ones are not lent on), with their places, and the circles
the account is a member of, less those that are about it or a body in which it holds a duty. Written by hand: every
request of staff asks it, and building it anew each time cost more than answering it."""


class UsableDuty(NamedTuple):
    """One row of `USABLE`."""

    pk: int
    account_id: int
    post: str
    organisation_id: int | None
    place_id: int | None
    place_kind: str
    place_path: str
    grid_id: int | None
    circles: list[int]


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


def usable_duties(account_id: int, today: date) -> list[UsableDuty]:
    """The duties the account may use on that day, own ones first: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(USABLE, {"account": account_id, "today": today})
        return [UsableDuty(*row) for row in cursor.fetchall()]


def grants_of(duties: list[UsableDuty], account_id: int) -> tuple[Grant, ...]:
    """The duties as grants; the tree is asked once."""
    now = tree() if any(duty.place_id for duty in duties) else None
    return tuple(_grant(duty, account_id, now) for duty in duties)


def _grant(duty: UsableDuty, account_id: int, now: Tree | None) -> Grant:
    level, covered = "", frozenset[int]()
    if duty.place_id is not None:
        place = Place(pk=duty.place_id, kind=duty.place_kind, path=duty.place_path, grid_id=duty.grid_id)
        level, covered = covered_ids(place, now)
    return Grant(
        duty_id=duty.pk,
        post=duty.post,
        level=level,
        covered=covered,
        place_id=duty.place_id,
        organisation_id=duty.organisation_id,
        on_behalf_of=None if duty.account_id == account_id else duty.account_id,
    )
