"""Confidential matters: who alone may know, whom it is about, and which level handles it instead of those.

A circle holds the handling chain only: desk, decider, supervisor and handler. When the desk's own people or the
handling organisation are concerned, the desk of the next level up has the matter (`Matter.desk_level`).
Source: PEERS-cases.md (confidential matters), REQUIREMENTS.md row F2.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.accounts.models import Account, Duty
from gongzhi.accounts.posts import posts
from gongzhi.cases.handlers import Handler, path_ids
from gongzhi.cases.models import Level, Matter
from gongzhi.cases.steps import state_of
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.models import Circle
from gongzhi.kernel.procedure import Obligation
from gongzhi.kernel.who import any_q, cover_q
from gongzhi.organisations.models import Organisation

LADDER = (Level.COMMUNITY, Level.STREET, Level.DISTRICT)
DESK = {
    Level.COMMUNITY: ("clerk", "community_secretary"), Level.STREET: ("street_clerk", "street_secretary"),
    Level.DISTRICT: ("district_clerk", "district_secretary"),
}  # fmt: skip
"""Who has the desk at each level."""
BELOW = posts("grid_member", "grid_leader", "captain") | posts(*DESK[Level.COMMUNITY])
WATCH = "supervisor"
RANK = ("captain", "grid_member", "grid_leader", *(post for level in LADDER for post in DESK[level]), WATCH)
LIFTED = {
    Level.STREET: {"clerk": "street_clerk", "community_secretary": "street_secretary", "street_clerk": "district_clerk",
                   "street_secretary": "district_secretary"},
    Level.DISTRICT: {"clerk": "district_clerk", "community_secretary": "district_secretary", "street_clerk": "supervisor",
                     "street_secretary": "supervisor"},
}  # fmt: skip
"""Which post owes instead, when a confidential matter is handled one or two levels up."""


def lifted(owed: Callable[[Matter], Iterable[Obligation]]) -> Callable[[Matter], Iterator[Obligation]]:
    """The obligations of a procedure, addressed to the level that handles the matter."""

    def found(matter: Matter) -> Iterator[Obligation]:
        other = LIFTED.get(Level(matter.desk_level), {}) if matter.desk_level else {}
        for one in owed(matter):
            yield replace(one, post=other[one.post]) if one.post in other else one

    return found


# --- Who may know -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Person:
    """Somebody with a duty over the place, or in an organisation."""

    account_id: int
    name: str
    post: str
    where: str
    level: str

    @property
    def words(self) -> str:
        """王敏（磨子井社区 社区干事）."""
        return f"{self.name}（{self.where}）"


def people_over(path: str) -> list[Person]:
    """Everybody who holds a post over the place, from near to far; one statement."""
    near = path_ids(path)
    rows = Duty.objects.in_force(timezone.localdate()).filter(place__in=near, account__is_active=True)
    found = [_person(duty) for duty in rows.select_related("account", "place") if duty.post in RANK]
    return sorted(found, key=lambda one: (RANK.index(one.post), one.account_id))


def _person(duty: Duty) -> Person:
    level = next((str(level) for level in LADDER if duty.post in DESK[level]), "")
    if duty.post in BELOW:
        level = Level.COMMUNITY
    return Person(duty.account_id, duty.account.name, duty.post, f"{duty.where} {duty.label}".strip(), level)


def people_in(organisations: Iterable[int]) -> list[int]:
    """The accounts with a duty in one of these organisations; one statement."""
    wanted = [pk for pk in organisations if pk]
    if not wanted:
        return []
    duties = Duty.objects.in_force(timezone.localdate()).filter(organisation__in=wanted, account__is_active=True)
    return sorted(set(duties.values_list("account", flat=True)))


def level_for(people: Iterable[Person], about: set[int], is_handler_concerned: bool) -> str:
    """The lowest level whose desk nobody concerned has; one up from the community when the handler is concerned."""
    concerned = {one.level for one in people if one.account_id in about and one.post not in ("grid_member", "captain")}
    lowest = 1 if is_handler_concerned or Level.COMMUNITY in concerned else 0
    if Level.STREET in concerned:
        lowest = 2
    return LADDER[lowest]


def chain(people: Iterable[Person], level: str, about: set[int]) -> list[Person]:
    """Who may be let in at a level: its desk, the desk that decides above it, supervisors; never whom it is about."""
    at = LADDER.index(Level(level))
    wanted = {*DESK[LADDER[at]], *(DESK[LADDER[at + 1]][:1] if at < len(LADDER) - 1 else ()), WATCH}
    return [one for one in people if one.post in wanted and one.account_id not in about]


def has_desk(people: Iterable[Person], level: str, members: Iterable[int]) -> bool:
    """Whether somebody at the level's desk is among the members, so that the matter is not left alone."""
    wanted, chosen = DESK[Level(level)][0], set(members)
    return any(one.account_id in chosen for one in people if one.post == wanted)


# --- What members read --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shown:
    """A circle in words, for its members."""

    reason: str
    members: list[str]
    about: list[str]
    level: str


def shown(matter: Matter) -> Shown | None:
    """The matter's circle; None when it is not confidential. Three statements at most."""
    if matter.circle_id is None:
        return None
    circle = Circle.objects.get(pk=matter.circle_id)
    return Shown(
        circle.reason, names(circle.members), [*names(circle.about), *bodies(circle.about_organisations)],
        str(Level(matter.desk_level).label) if matter.desk_level else "",
    )  # fmt: skip


def names(accounts: Iterable[int]) -> list[str]:
    """The names of accounts, in order of id."""
    wanted = list(accounts)
    found = Account.objects.filter(pk__in=wanted).order_by("pk").values_list("name", flat=True) if wanted else ()
    return list(found)


def bodies(organisations: Iterable[int]) -> list[str]:
    """The names of organisations."""
    wanted = list(organisations)
    return [str(row) for row in Organisation.objects.filter(pk__in=wanted).order_by("pk")] if wanted else []


def counted(actor: Actor, watchers: frozenset[str]) -> list[tuple[str, int]]:
    """How many open confidential matters lie under the actor's duty, by state: all an outsider may know of them.
    Those whose circle the actor is in stand in its lists.

    Circles about the actor, or about a body in which it has a duty, are in no count.
    """
    where = any_q([cover_q(grant) for grant in actor.holding(watchers)])
    mine = Q(about__contains=[actor.account_id]) | Q(about_organisations__overlap=sorted(actor.organisations))
    rows = Matter.objects.filter(where, circle_id__isnull=False, closed_at__isnull=True)
    rows = rows.exclude(circle_id__in=actor.circles).exclude(circle_id__in=Circle.objects.filter(mine).values("pk"))
    found: dict[str, int] = {}
    for procedure, state, n in rows.order_by().values_list("procedure", "state").annotate(n=Count("pk")):
        label = str(state_of(Matter(procedure=procedure, state=state)).label)
        found[label] = found.get(label, 0) + n
    return sorted(found.items())


def refused(handler_name: str) -> str:
    """Why a handler cannot be given a confidential matter."""
    return _("这件保密事项涉及%(who)s，不能派给它。请派给别的单位，或由本级直接办理。") % {"who": handler_name}


def is_about(circle: Circle, organisation_id: int | None, account_id: int | None) -> bool:
    """Whether a handler is one of those a circle is about."""
    return organisation_id in circle.about_organisations or account_id in circle.about


def is_barred(matter: Matter, handler: Handler) -> bool:
    """Whether a confidential matter is about this handler, so that it is not even suggested."""
    if matter.circle_id is None:
        return False
    circle = Circle.objects.get(pk=matter.circle_id)
    return is_about(circle, handler.organisation_id, handler.account_id)


Choices = list[tuple[str, str]]


def about_choices(people: Iterable[Person], organisations: Iterable[tuple[int, Any]]) -> Choices:
    """Whom a matter can be about: people with a post over the place, and organisations."""
    rows = {f"a{one.account_id}": one.words for one in people}
    return [*rows.items(), *((f"o{pk}", str(name)) for pk, name in organisations)]


def parted(codes: Iterable[str]) -> tuple[set[int], set[int]]:
    """Account ids and organisation ids of form codes (`a12`, `o5`); anything else is left out."""
    found: tuple[set[int], set[int]] = (set(), set())
    for code in codes:
        if code[:1] in ("a", "o") and code[1:].isascii() and code[1:].isdigit() and len(code) < 19:
            found[code[0] == "o"].add(int(code[1:]))
    return found
