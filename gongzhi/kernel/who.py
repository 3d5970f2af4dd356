"""Who may: one answer for a record (`allows`) and for a list (`q`), from the same facts.

Strangers get 404; loading and authorising are one call (`get_or_404`). A record with a circle is seen by its members
alone, whatever duty others hold; only the reporter's own view (`Own`, `Token`) stays open to the reporter.
"""

from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from django.db.models import Model, Q, QuerySet
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gongzhi.kernel.actor import Actor, Grant
from gongzhi.kernel.models import Located

M = TypeVar("M", bound=Model)
Words = str | Promise
"""Text for people, translated when it is shown."""

NOTHING = Q(pk__in=())
EVERYTHING = Q()


@dataclass(frozen=True)
class Ground:
    """Why somebody may: goes into the event as duty and on whose behalf."""

    kind: str
    duty_id: int | None = None
    on_behalf_of: int | None = None


class Who(Protocol):
    """A rule with two faces. `words` is what the printed procedure says."""

    @property
    def words(self) -> str: ...

    def allows(self, record: Located, actor: Actor) -> Ground | None: ...

    def q(self, actor: Actor) -> Q: ...


def covers(grant: Grant, record: Located) -> bool:
    """Whether the duty's place, one of its predecessors or a place below it is where the record is."""
    if not grant.level:
        return False
    where = record.place_id if grant.level == "building" else getattr(record, f"{grant.level}_id")
    return where in grant.covered


def cover_q(grant: Grant) -> Q:
    """The list face of `covers`."""
    if not grant.level:
        return NOTHING
    column = "place_id" if grant.level == "building" else f"{grant.level}_id"
    return Q(**{f"{column}__in": grant.covered})


def persons_of(actor: Actor, grants: tuple[Grant, ...]) -> set[int]:
    """The accounts in whose name these duties let the actor act: its own, and those it stands in for 代办."""
    return {who for g in grants if (who := actor.account_id if g.on_behalf_of is None else g.on_behalf_of)}


def in_circle(record: Located, actor: Actor) -> bool:
    """Whether confidentiality leaves the record open to this actor."""
    return record.circle_id is None or record.circle_id in actor.circles or actor.is_system


def circle_q(actor: Actor) -> Q:
    """The list face of `in_circle`."""
    if actor.is_system:
        return EVERYTHING
    return Q(circle_id__isnull=True) | Q(circle_id__in=actor.circles)


def any_q(parts: list[Q]) -> Q:
    """Disjunction that is false when empty."""
    whole = NOTHING
    for part in parts:
        whole = part if whole is NOTHING else whole | part
    return whole


@dataclass(frozen=True)
class Holds:
    """A post held over the record's place."""

    posts: frozenset[str]
    label: Words

    @property
    def words(self) -> str:
        return str(self.label)

    def allows(self, record: Located, actor: Actor) -> Ground | None:
        if not in_circle(record, actor):
            return None
        for grant in actor.holding(self.posts):
            if covers(grant, record):
                return Ground("duty", grant.duty_id, grant.on_behalf_of)
        return None

    def q(self, actor: Actor) -> Q:
        return any_q([cover_q(grant) for grant in actor.holding(self.posts)]) & circle_q(actor)


@dataclass(frozen=True)
class Handles:
    """Named on this record as handler, in person or through a post in the handling organisation.

    `together` names an array column of further organisations (co-handlers), empty when there are none.
    """

    posts: frozenset[str]
    label: Words = field(default=_("承办单位或承办人"))
    organisation: str = "organisation_id"
    account: str = "account_id"
    together: str = ""

    @property
    def words(self) -> str:
        return str(self.label)

    def _organisations(self, record: Located) -> set[int]:
        bodies = {getattr(record, self.organisation)} | set(getattr(record, self.together) if self.together else ())
        return {body for body in bodies if body}

    def allows(self, record: Located, actor: Actor) -> Ground | None:
        if not in_circle(record, actor):
            return None
        named = getattr(record, self.account)
        bodies = self._organisations(record)
        for grant in actor.holding(self.posts):
            # Being named is not enough: when the last duty has ended, so has the access.
            person = actor.account_id if grant.on_behalf_of is None else grant.on_behalf_of
            if grant.organisation_id in bodies or (named is not None and named == person):
                return Ground("duty", grant.duty_id, grant.on_behalf_of)
        return None

    def q(self, actor: Actor) -> Q:
        grants = actor.holding(self.posts)
        persons = sorted(persons_of(actor, grants))
        parts = [Q(**{f"{self.account}__in": persons})] if persons else []
        bodies = sorted({g.organisation_id for g in grants if g.organisation_id})
        if bodies:
            parts.append(Q(**{f"{self.organisation}__in": bodies}))
            if self.together:
                parts.append(Q(**{f"{self.together}__overlap": bodies}))
        return any_q(parts) & circle_q(actor)


@dataclass(frozen=True)
class Own:
    """The resident's own record, through a signed-in account."""

    label: Words = field(default=_("反映人本人"))
    column: str = "owner_id"

    @property
    def words(self) -> str:
        return str(self.label)

    def allows(self, record: Located, actor: Actor) -> Ground | None:
        mine = actor.account_id is not None and getattr(record, self.column) == actor.account_id
        return Ground("own") if mine else None

    def q(self, actor: Actor) -> Q:
        return Q(**{self.column: actor.account_id}) if actor.account_id else NOTHING


@dataclass(frozen=True)
class Token:
    """Opened in this session with the tracking code."""

    label: Words = field(default=_("持查询码的人"))

    @property
    def words(self) -> str:
        return str(self.label)

    def allows(self, record: Located, actor: Actor) -> Ground | None:
        return Ground("token") if str(getattr(record, "uid", "")) in actor.tokens else None

    def q(self, actor: Actor) -> Q:
        return Q(uid__in=actor.tokens) if actor.tokens else NOTHING


@dataclass(frozen=True)
class Public:
    """Anybody, when the record is shown in public (or, without a column, always)."""

    label: Words = field(default=_("任何人"))
    column: str = ""

    @property
    def words(self) -> str:
        return str(self.label)

    def allows(self, record: Located, actor: Actor) -> Ground | None:
        is_open = record.circle_id is None and (not self.column or getattr(record, self.column))
        return Ground("public") if is_open else None

    def q(self, actor: Actor) -> Q:
        return Q(circle_id__isnull=True) & (Q(**{self.column: True}) if self.column else EVERYTHING)


@dataclass(frozen=True)
class System:
    """The system itself: deadlines and other automatic steps."""

    label: Words = field(default=_("系统"))

    @property
    def words(self) -> str:
        return str(self.label)

    def allows(self, record: Located, actor: Actor) -> Ground | None:
        return Ground("system", on_behalf_of=actor.on_behalf_of) if actor.is_system else None

    def q(self, actor: Actor) -> Q:
        return EVERYTHING if actor.is_system else NOTHING


@dataclass(frozen=True)
class AnyOf:
    """The first rule that allows decides the ground."""

    rules: tuple[Who, ...]

    @property
    def words(self) -> str:
        return "、".join(rule.words for rule in self.rules)

    def allows(self, record: Located, actor: Actor) -> Ground | None:
        for rule in self.rules:
            if ground := rule.allows(record, actor):
                return ground
        return None

    def q(self, actor: Actor) -> Q:
        return any_q([rule.q(actor) for rule in self.rules])


def get_or_404(records: QuerySet[M], rule: Who, actor: Actor, **lookup: object) -> M:
    """Load and authorise in one call; a stranger learns nothing, not even that the record exists."""
    found = records.filter(rule.q(actor)).filter(**lookup).first()
    if found is None:
        raise Http404
    return found


def admit_or_404(found: M | None, rule: Who, actor: Actor) -> M:
    """The same by the other face of the rule, for what a kept query loaded."""
    if found is None or rule.allows(found, actor) is None:  # type: ignore[arg-type]
        raise Http404
    return found
