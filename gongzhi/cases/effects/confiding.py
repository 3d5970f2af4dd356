"""设为保密、知情人、解除保密: circles of confidential matters. Declared in `workflow`."""

from collections.abc import Iterable

from gongzhi.cases import circles
from gongzhi.cases.effects.common import Data, url
from gongzhi.cases.handlers import Handler
from gongzhi.cases.models import Callback, Level, Matter, Order, Report, Task, Visit
from gongzhi.kernel.errors import NotPossible
from gongzhi.kernel.models import Circle, Notification
from gongzhi.kernel.numbering import next_ids
from gongzhi.kernel.perform import Work, lock_all

CHILDREN: tuple[type[Report] | type[Task] | type[Order] | type[Visit] | type[Callback], ...] = (
    Report, Task, Order, Visit, Callback,
)  # fmt: skip
HOOKS = ("charge_id", "dispatched_by", "extension_by", "answered_by", "referred_by", "head_id")
"""Accounts on a matter that would be told of it; whoever is not in the circle is let go."""


def conceal(work: Work, matter: Matter, data: Data) -> None:
    """A new circle for the whole family. `data`: reason, level, members, about, about_organisations (ids)."""
    people, bodies = set(data["about"]), set(data["about_organisations"])
    circle = Circle(
        pk=next_ids(Circle)[0], reason=data["reason"][:200], about=sorted(people), about_organisations=sorted(bodies),
        members=sorted(set(data["members"]) - people),
    )  # fmt: skip
    work.add(circle)
    enclose(work, matter, circle, data["level"])
    data["members"] = circle.members
    data["note"] = f"知情人：{'、'.join(circles.names(circle.members))}"


def enclose(work: Work, matter: Matter, circle: Circle, level: str) -> None:
    """The family goes into the circle: its rows, its people, its notices; a concerned handler loses the matter."""
    is_handler_concerned = circles.is_about(circle, matter.organisation_id, matter.account_id)
    if not is_handler_concerned:
        _let_in(circle, matter.organisation_id, matter.account_id)
    for organisation in matter.co_organisation_ids:
        _let_in(circle, organisation, None)
    for child in _divided(work, matter):
        if not circles.is_about(circle, child.organisation_id, child.account_id):
            _let_in(circle, child.organisation_id, child.account_id)
    matter.desk_level = level if level != "community" else ""
    matter.is_public = False
    _circle(work, matter, circle.pk)
    _unhook(work, matter, circle)
    if is_handler_concerned:
        if matter.state in ("objected", "assigned", "handling", "suspended"):
            work.perform(matter, "take_back", cleaned={"reason": "由上一级办理"}, as_system=True)
        else:
            matter.organisation_id = matter.account_id = None
    tell(work, matter, circle.members)


def hush(work: Work, matter: Matter, data: Data) -> None:
    """A circle as the reporter asked: the chain of the level, without those who stand below it."""
    people, level = circles.people_over(matter.place_path()), data["level"]
    below = {one.account_id for one in people if one.level and _is_below(one.level, level)}
    chosen = {one.account_id for one in circles.chain(people, level, below)}
    circle = Circle(pk=next_ids(Circle)[0], reason=data["reason"][:200], members=sorted(chosen), about=sorted(below))
    work.add(circle)
    matter.desk_level = level if level != Level.COMMUNITY else ""
    _circle(work, matter, circle.pk)
    tell(work, matter, circle.members)


def _is_below(level: str, desk: str) -> bool:
    return circles.LADDER.index(Level(level)) < circles.LADDER.index(Level(desk))


def confide(work: Work, matter: Matter, data: Data) -> None:
    """Other members: who is not named any more is out at once; the handler stays in."""
    circle = _of(matter)
    before = set(circle.members)
    circle.members = sorted(set(data["members"]) - set(circle.about))
    _let_in(circle, matter.organisation_id, matter.account_id)
    for organisation in matter.co_organisation_ids:
        _let_in(circle, organisation, None)
    circle.save(update_fields=["members"])
    _unhook(work, matter, circle)
    tell(work, matter, set(circle.members) - before)
    data["members"] = circle.members
    data["note"] = f"知情人：{'、'.join(circles.names(circle.members))}"


def unconceal(work: Work, matter: Matter, data: Data) -> None:
    """Seen again by whoever holds a duty over the place. The old circle is kept, nothing points to it any more."""
    matter.desk_level = ""
    _circle(work, matter, None)


def admit(work: Work, matter: Matter, handler: Handler) -> None:
    """Whoever is given a confidential matter joins its circle; not whom it is about. Error: NotPossible."""
    if matter.circle_id is None:
        return
    circle = _of(matter)
    before = list(circle.members)
    if circles.is_about(circle, handler.organisation_id, handler.account_id):
        raise NotPossible(circles.refused(handler.name or "、".join(circles.bodies([handler.organisation_id or 0]))))
    _let_in(circle, handler.organisation_id, handler.account_id)
    if circle.members != before:
        circle.save(update_fields=["members"])


def tell(work: Work, matter: Matter, members: Iterable[int]) -> None:
    """Members hear that they are; without the title."""
    for account in sorted(members):
        if account != work.actor.account_id:
            work.notify(account, f"您是保密事项 {matter.number} 的知情人", "请不要向其他人透露。", url(matter))


def _of(matter: Matter) -> Circle:
    return Circle.objects.select_for_update().get(pk=matter.circle_id or 0)


def _let_in(circle: Circle, organisation_id: int | None, account_id: int | None) -> None:
    found: set[int] = set()
    if account_id is not None:
        found = {account_id}
    elif organisation_id is not None:
        found = set(circles.people_in([organisation_id]))
    circle.members = sorted((set(circle.members) | found) - set(circle.about))


def _circle(work: Work, matter: Matter, circle_id: int | None) -> None:
    for root in (matter, *_divided(work, matter)):
        root.circle_id, root.desk_level = circle_id, matter.desk_level
        for model in CHILDREN:
            for child in work.family(model, root):
                child.circle_id = circle_id
                if isinstance(child, Callback) and matter.desk_level:
                    child.level = matter.desk_level


def _divided(work: Work, matter: Matter) -> list[Matter]:
    """The matters it was divided into, locked; they are as confidential as the whole."""
    if not matter.dispatched_at and not matter.children_open:
        return []
    pks = Matter.objects.filter(parent_id=matter.pk).values_list("pk", flat=True)
    return list(lock_all(Matter, pks, work).values())


def _unhook(work: Work, matter: Matter, circle: Circle) -> None:
    """Nobody outside is told of it later, and what outsiders were told before is taken back."""
    members = set(circle.members)
    for column in HOOKS:
        if getattr(matter, column) not in members:
            setattr(matter, column, None)
    for order in work.family(Order, matter):
        order.asked_by = order.asked_by if order.asked_by in members else None
    addresses = [url(matter), f"/go/matter/{matter.pk}/"]
    Notification.objects.filter(url__in=addresses).exclude(account_id__in=members).delete()
