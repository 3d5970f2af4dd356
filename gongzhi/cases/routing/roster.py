"""Who can be given a matter at a place: read once for many rules and places, then asked without statements."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple, Protocol

from django.utils import timezone

from gongzhi.accounts.models import Duty
from gongzhi.accounts.posts import POSTS
from gongzhi.cases.handlers import KINDS, Handler, path_ids
from gongzhi.cases.routing.matching import Terms
from gongzhi.organisations.models import Organisation, Serves


class Body(NamedTuple):
    """An organisation: name, whether it is in force and of a kind that handles, the places it serves."""

    name: str
    is_living: bool
    serves: frozenset[int]


class Holder(NamedTuple):
    """Who holds a post at a place; the lowest duty first."""

    account_id: int
    name: str


class Who(Protocol):
    """Answers who a rule would send to at a place with this path, and why nobody."""

    def find(self, terms: Terms, path: str) -> Handler | None: ...

    def why_not(self, terms: Terms, path: str) -> str: ...


class Roster:
    """The bodies and duties behind some rules at some places. Two statements, each only when it is needed."""

    def __init__(self, rules: Iterable[Terms], paths: Iterable[str]) -> None:
        rules = list(rules)
        self._wanted = {terms.organisation_id for terms in rules if terms.organisation_id}
        self._posts = {terms.post for terms in rules if terms.post}
        self._places = {pk for path in set(paths) for pk in path_ids(path)}
        self._kept: dict[tuple[int | None, str, str], Handler | None] = {}

    @cached_property
    def bodies(self) -> dict[int, Body]:
        """By id; one statement."""
        today = timezone.localdate()
        rows = list(Serves.objects.filter(organisation__in=self._wanted).select_related("organisation"))
        serves: dict[int, set[int]] = {}
        for row in rows:
            if row.valid_from <= today and (row.valid_to is None or row.valid_to > today):
                serves.setdefault(row.organisation_id, set()).add(row.place_id)
        return {
            row.organisation_id: Body(
                str(row.organisation), _handles(row.organisation, today), frozenset(serves.get(row.organisation_id, ()))
            )
            for row in rows
        }

    @cached_property
    def holders(self) -> dict[tuple[str, int], Holder]:
        """By post and place; one statement. Of several the one who came first, as in `handlers.holder`."""
        duties = Duty.objects.in_force(timezone.localdate()).filter(post__in=self._posts, place__in=self._places)
        found: dict[tuple[str, int], Holder] = {}
        for duty in duties.select_related("account").order_by("pk"):
            found.setdefault((duty.post, duty.place_id or 0), Holder(duty.account_id, duty.account.name))
        return found

    def find(self, terms: Terms, path: str) -> Handler | None:
        """The handler a rule names, if it may be given a matter there."""
        key = (terms.organisation_id, terms.post, path)
        if key not in self._kept:
            self._kept[key] = self._find(terms, path)
        return self._kept[key]

    def _find(self, terms: Terms, path: str) -> Handler | None:
        near = path_ids(path)
        if terms.organisation_id is not None:
            body = self.bodies.get(terms.organisation_id)
            if body is None or not body.is_living or body.serves.isdisjoint(near):
                return None
            return Handler(organisation_id=terms.organisation_id, name=body.name)
        found = next((h for pk in reversed(near) if (h := self.holders.get((terms.post, pk)))), None)
        return Handler(account_id=found.account_id, name=found.name) if found else None

    def why_not(self, terms: Terms, path: str) -> str:
        """Why nobody, in words."""
        if terms.organisation_id is None:
            return f"这里现在没有人任{post_words(terms.post)}"
        body = self.bodies.get(terms.organisation_id)
        if body is None:
            return "它派给的单位没有登记服务的地方"
        return f"{body.name}不负责这个地方" if body.is_living else f"{body.name}已经终止或不再承办"


class Settled:
    """Takes it that every post is held, and without a place that every body serves: who examples are judged by."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def find(self, terms: Terms, path: str) -> Handler | None:
        """Somebody for a post; a body where it serves."""
        if terms.organisation_id is None:
            return Handler(account_id=0, name=post_words(terms.post))
        return self._roster.find(terms, path) if path != "/" else Handler(organisation_id=terms.organisation_id)

    def why_not(self, terms: Terms, path: str) -> str:
        """Why a body is not there."""
        return self._roster.why_not(terms, path)


def post_words(post: str) -> str:
    """The label of a post."""
    return str(POSTS[post].label) if post in POSTS else post


def _handles(body: Organisation, today: date) -> bool:
    return body.is_living(today) and body.kind in KINDS


def named(ids: Sequence[int]) -> dict[int, Organisation]:
    """Organisations by id, ended ones too."""
    return {row.pk: row for row in Organisation.objects.filter(pk__in=ids).select_related("successor")}
