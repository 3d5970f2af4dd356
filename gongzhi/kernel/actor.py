"""Who acts: a frozen picture of an account's duties, built once per request by `accounts`."""

from dataclasses import dataclass, field

LEVELS = ("district", "street", "community", "grid", "building")
"""Levels of the place tree at which a record carries an id; buildings are reached by `place_id`."""


@dataclass(frozen=True)
class Grant:
    """One duty in force: a post at a place, or a post in an organisation.

    `level` says which level id of a record is compared (`district` … `grid`; `building` compares `place_id`) and
    `covered` holds the ids at that level that the duty reaches: its place, the predecessors of its place (merge and
    split), for a city the ids of its districts, for a building the ids of the households below it. `on_behalf_of` is
    the account whose duty it is when the holder stands in for somebody 代办.
    """

    duty_id: int
    post: str
    level: str = ""
    covered: frozenset[int] = frozenset()
    place_id: int | None = None
    organisation_id: int | None = None
    on_behalf_of: int | None = None


@dataclass(frozen=True)
class Actor:
    """A person at work, a resident, the public (`ANYONE`) or the system (`SYSTEM`).

    `circles` are the confidential circles this account belongs to, less those that are about it. `tokens` are
    the uids of reports opened by tracking code in this session. `on_behalf_of` is the account acted for 代办.
    """

    account_id: int | None = None
    name: str = ""
    grants: tuple[Grant, ...] = ()
    circles: frozenset[int] = frozenset()
    tokens: frozenset[str] = frozenset()
    on_behalf_of: int | None = None
    is_system: bool = False
    is_confirmed: bool = False
    extra: dict[str, str] = field(default_factory=dict, hash=False, compare=False)

    def holding(self, posts: frozenset[str]) -> tuple[Grant, ...]:
        """The duties with one of `posts`."""
        return tuple(grant for grant in self.grants if grant.post in posts)

    @property
    def organisations(self) -> frozenset[int]:
        """Ids of the organisations in which a duty is held."""
        return frozenset(g.organisation_id for g in self.grants if g.organisation_id)


ANYONE = Actor(name="公众")
SYSTEM = Actor(name="系统", is_system=True)
