"""Who acts in the histories: the staff of each place as actors, built once."""

import random
from collections import defaultdict
from dataclasses import dataclass, field

from django.utils import timezone

from gongzhi.accounts.actor import actor_of
from gongzhi.accounts.models import Account, Duty
from gongzhi.cases.handlers import Handler
from gongzhi.cases.models import Category, Matter
from gongzhi.kernel.actor import Actor
from gongzhi.organisations.models import Kind as Body
from gongzhi.organisations.models import Organisation, Serves
from gongzhi.portal.demo.organisations import DEPARTMENTS
from gongzhi.portal.demo.places import Spot, community
from gongzhi.portal.demo.routing import Desk
from gongzhi.territory.models import Kind, Place

LOCAL = {Body.PROPERTY: "property", Body.SOCIAL: "social", Body.STREET_OFFICE: "street", Body.SCHOOL: "school"}


@dataclass
class Doer:
    """A handler with the actor who works for it."""

    handler: Handler
    actor: Actor


@dataclass
class Local:
    """Everybody of one of the eight places."""

    spot: Spot
    top: Place
    posts: dict[str, list[Actor]] = field(default_factory=lambda: defaultdict(list))
    grids: dict[int, Actor] = field(default_factory=dict)
    residents: list[Account] = field(default_factory=list)
    buildings: list[Place] = field(default_factory=list)
    bodies: dict[str, list[Doer]] = field(default_factory=lambda: defaultdict(list))
    school: str = ""
    doers: dict[str, Doer] = field(default_factory=dict)
    """Who can be sent something here and has somebody to act, by the handler's code."""
    desk: Desk | None = None

    def sent_to(self, matter: Matter, category: Category, text: str) -> Doer | None:
        """Whom the routing rules name, when somebody acts for it."""
        route = self.desk.ask(matter, category, text) if self.desk else None
        return self.doers.get(route.handler.code) if route else None

    def doer(self, by: dict[str, int], place: Place, dice: random.Random) -> Doer:
        """Somebody of the weighed kinds who works here: the grid where a company or a department is missing."""
        key = dice.choices(list(by), list(by.values()))[0] if by else "clerk"
        if found := self.bodies.get(key):
            return dice.choice(found)
        actor = self.posts["clerk"][0] if key == "clerk" else self.grids.get(place.grid_id or 0)
        actor = actor or self.posts["clerk"][0]
        return Doer(Handler(account_id=actor.account_id, name=actor.name), actor)

    def others(self, doer: Doer, dice: random.Random) -> list[Doer]:
        """One or two further bodies for a joint matter."""
        pool = [
            d for key in ("市政", "综合执法", "环卫", "公安", "property", "social") for d in self.bodies.get(key, ())
        ]
        pool = [d for d in pool if d.handler.organisation_id != doer.handler.organisation_id]
        return dice.sample(pool, min(len(pool), dice.randint(1, 2)))


def build(chosen: tuple[Spot, ...]) -> list[Local]:
    """The cast of every place, with few statements."""
    actors, duties = _actors()
    found = []
    for spot in chosen:
        top = community(spot)
        assert top is not None
        local = Local(spot, top)
        _fill(local, duties, actors)
        found.append(local)
    desk = Desk([place.path for local in found for place in local.buildings])
    for local in found:
        local.desk = desk
    return found


def _actors() -> tuple[dict[int, Actor], list[Duty]]:
    today = timezone.localdate()
    rows = list(Duty.objects.in_force(today).select_related("place", "organisation", "account").order_by("pk"))
    actors = {account.pk: actor_of(account, today) for account in {duty.account for duty in rows}}
    return actors, rows


def _fill(local: Local, duties: list[Duty], actors: dict[int, Actor]) -> None:
    over = set(local.top.path_ids)
    officers = {d.organisation_id: actors[d.account_id] for d in duties if d.post == "officer"}
    for duty in duties:
        if duty.place_id in over:
            local.posts[duty.post].append(actors[duty.account_id])
        elif duty.post == "grid_member" and duty.place and duty.place.community_id == local.top.pk:
            local.grids[duty.place_id or 0] = actors[duty.account_id]
    serving = Serves.objects.filter(place__in=over, valid_to=None).values("organisation")
    for body in Organisation.objects.filter(pk__in=serving).order_by("pk"):
        local.bodies[_key(body)].append(Doer(Handler(organisation_id=body.pk, name=str(body)), officers[body.pk]))
    grids_and_posts = [*local.grids.values(), *(actor for rows in local.posts.values() for actor in rows)]
    bodies = [doer for rows in local.bodies.values() for doer in rows]
    people = [Doer(Handler(account_id=actor.account_id, name=actor.name), actor) for actor in grids_and_posts]
    local.doers = {doer.handler.code: doer for doer in (*bodies, *people)}
    local.school = next((d.handler.name for d in local.bodies["school"]), local.top.name)
    below = Place.objects.below(local.top).filter(kind=Kind.BUILDING)
    local.buildings = list(below.select_related("estate", "parent").order_by("pk"))
    home = Account.objects.filter(kind=Account.Kind.RESIDENT, home_place__community_id=local.top.pk, duties=None)
    local.residents = list(home.order_by("pk"))


def _key(body: Organisation) -> str:
    if body.kind in LOCAL:
        return LOCAL[Body(body.kind)]
    if body.kind in (Body.DEPARTMENT, Body.ENTERPRISE):
        return next(key for key, name in DEPARTMENTS if name == body.short_name)
    return str(body.kind)
