"""What can be done to places: rename, edit, move, merge, split, end, redraw.

Each action is one transaction, names its actor, writes the history and raises ValidationError with a sentence for
people. Callers ask `who.administers` first. Places are ended, never deleted; merge and split name the successors.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, Value
from django.db.models.functions import Concat, Substr
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongzhi.base import geo
from gongzhi.kernel.actor import Actor
from gongzhi.territory import adding, rules
from gongzhi.territory.adding import Draft
from gongzhi.territory.geo import BOX, box, check_point
from gongzhi.territory.history import Ended, Moved, change, picture, tell_ended, tell_moved
from gongzhi.territory.models import DIVISIONS, GRIDS, Kind, LinkKind, Place, PlaceBoundary, PlaceChange, PlaceLink
from gongzhi.territory.tree import lock_tree

What = PlaceChange.What
LEVELS = tuple(rules.NO_LEVELS)


def rename(place: Place, name: str, *, actor: Actor, reason: str, full_name: str = "") -> Place:
    """Give the place another name; it stays the same place."""
    with transaction.atomic():
        place = _locked([place])[0]
        adding.check_name(name)
        if name != place.name and _sibling(place.parent_id, place, name):
            adding.refuse_name(name, place.parent)
        before = picture(place)
        place.name, place.full_name = name, full_name[:100]
        _save(place, ["name", "full_name"])
        _note(place, What.RENAME, before, actor, reason)
        if place.kind == Kind.ESTATE:
            _refresh_words(Place.objects.filter(estate=place))
    return place


class Details(TypedDict, total=False):
    """What `edit` may correct."""

    code: str
    aliases: list[str]
    address: str
    estate: Place | None
    lon: float | None
    lat: float | None
    households: int


def edit(place: Place, *, actor: Actor, reason: str = "", **details: Unpack[Details]) -> Place:
    """Correct the particulars of a place; nothing is written when nothing differs."""
    with transaction.atomic():
        place = _locked([place])[0]
        before = picture(place)
        if "code" in details and details["code"] != place.code:
            details["code"] = _checked_code(place, details["code"])
        for name, value in details.items():
            setattr(place, name, value)
        _check_details(place)
        if picture(place) != before:
            _save(place, [*details])
            _note(place, What.EDIT, before, actor, reason)
            if place.kind == Kind.ESTATE:
                _refresh_words(Place.objects.filter(estate=place))
    return place


def _check_details(place: Place) -> None:
    if (place.lon is None) != (place.lat is None):
        raise ValidationError(_("经度和纬度要一起填。"))
    if place.lon is not None and place.lat is not None:
        check_point(place.lon, place.lat)
    if place.estate is not None:
        adding.check_estate(place.kind, place.estate, place.community_id)


def _checked_code(place: Place, code: str) -> str:
    """A code corrected by hand; a grid's code is given once and follows its community."""
    if place.kind in GRIDS:
        raise ValidationError(_("网格编码由系统编号，不能手改。"))
    found = rules.division_code(code, place.kind) if place.kind in DIVISIONS and code else adding.check_free_code(code)
    if found and Place.objects.filter(code=found, valid_to=None).exclude(pk=place.pk).exists():
        raise ValidationError(_("编码 %(code)s 已经用过，不能再用。"), params={"code": found})
    return found


def move(place: Place, parent: Place, *, actor: Actor, reason: str) -> Place:
    """Hang the place, with everything below it, under another parent; the hooks of `PLACE_MOVED` run inside.

    A grid that comes to another community gets a new code there; its old serial is not given again.
    """
    with transaction.atomic():
        place, parent = _locked([place, parent])
        if place.parent_id == parent.pk:
            raise ValidationError(
                _("“%(place)s”已经在“%(parent)s”下面了。"), params={"place": place.name, "parent": parent.name}
            )
        if _sibling(parent.pk, place, place.name):
            adding.refuse_name(place.name, parent)
        return _move(place, parent, actor, reason)


def _move(place: Place, parent: Place, actor: Actor, reason: str) -> Place:
    adding.check_parent(place.kind, parent)
    if parent.path.startswith(place.path):
        raise ValidationError(_("不能放到自己下面。"))
    before, old_path, old_prefix = picture(place), place.path, place.path[: -len(f"{place.pk}/")]
    above = {name: getattr(parent, name) for name in LEVELS}
    fresh = rules.levels(place.kind, place.pk, above)
    changed = {name: value for name, value in fresh.items() if value != getattr(place, name)}
    path = Concat(Value(parent.path), Substr("path", len(old_prefix) + 1))
    Place.objects.filter(path__startswith=old_path).update(path=path, **changed)
    Place.objects.filter(pk=place.pk).update(parent=parent)
    if "community_id" in changed:
        _recode(f"{parent.path}{place.pk}/", place.pk, actor, reason)
    place = Place.objects.select_related("parent", "estate").get(pk=place.pk)
    _note(place, What.MOVE, before, actor, reason)
    tell_moved(Moved(place.pk, old_path, place.path, changed, actor))
    return place


def _recode(path: str, top: int, actor: Actor, reason: str) -> None:
    """New codes for the living grids of a subtree that came to another community; the top's own row tells its code."""
    grids = list(
        Place.objects.filter(path__startswith=path, kind__in=GRIDS, valid_to=None).select_related("parent", "estate")
    )
    grids.sort(key=lambda grid: grid.path)
    base = adding.Communities({grid.community_id for grid in grids if grid.community_id})
    rows = []
    for grid in grids:
        before = picture(grid)
        grid.code = base.code(grid.kind, "", grid)
        grid.position = rules.position(grid.kind, grid.code, grid.name)
        rows += [] if grid.pk == top else [change(grid, What.EDIT, before, picture(grid), actor, reason)]
    PlaceChange.objects.bulk_create(rows)
    base.store()
    Place.objects.bulk_update(grids, ["code", "position"])


def merge(
    places: Sequence[Place],
    *,
    actor: Actor,
    reason: str,
    into: Place | None = None,
    name: str = "",
    full_name: str = "",
    code: str = "",
    at: datetime.date | None = None,
) -> Place:
    """End the places and name one successor: `into`, or a new one called `name` under their common parent.

    What hangs below comes along; a child whose name is taken there gets the old parent's name in front.
    """
    day = at or timezone.localdate()
    with transaction.atomic():
        olds = _locked([place for place in places if into is None or place.pk != into.pk])
        _check_together(olds, into, day)
        new = _locked([into])[0] if into else None
        _end(olds, day, What.MERGE, actor, reason)
        if new is None:
            draft = Draft(olds[0].kind, name, olds[0].parent, code, full_name, valid_from=day)
            new = adding.add(draft, actor=actor, reason=reason)
        _follow(olds, [new], LinkKind.MERGE, day, reason, actor)
        for old in olds:
            _hand_over(members(old), new, old, actor, reason)
        return _gathered(new, olds, into is not None, actor, reason, day)


def _check_together(olds: list[Place], into: Place | None, day: datetime.date) -> None:
    every = [*olds, *([into] if into else [])]
    if len(every) < 2:
        raise ValidationError(_("合并至少要选两个地点。"))
    if len({place.kind for place in every}) > 1:
        raise ValidationError(_("只有同一类的地点才能合并。"))
    if into is None and len({place.parent_id for place in every}) > 1:
        raise ValidationError(_("这些地点的上级不同，请选其中一个作为合并后的地点。"))
    for place in every:
        _check_end(place, day)


def _gathered(new: Place, olds: list[Place], is_old: bool, actor: Actor, reason: str, day: datetime.date) -> Place:
    """Sum the households and join the boundaries, when each place has one."""
    new = Place.objects.select_related("parent", "estate").get(pk=new.pk)
    before = picture(new)
    new.households += sum(old.households for old in olds)
    _save(new, ["households"])
    _note(new, What.MERGE, before, actor, reason)
    shapes = [place.boundary for place in [*olds, new] if place.boundary]
    if len(shapes) < len(olds) + is_old:
        return new
    joined = geo.clean_boundary({"type": "FeatureCollection", "features": [_feature(item) for item in shapes]})
    return _draw(new, joined, day, str(_("合并前的边界相加")), _is_invented([*olds, new]), actor, reason)


def _feature(boundary: geo.Boundary) -> dict[str, Any]:
    return {"type": "Feature", "geometry": boundary}


def _is_invented(places: Iterable[Place]) -> bool:
    return PlaceBoundary.objects.filter(place__in=[place.pk for place in places], is_invented=True).exists()


@dataclass(frozen=True)
class Part:
    """One successor of a split; `members` are ids of the children (of an estate: its buildings) it takes."""

    name: str
    members: frozenset[int] = frozenset()
    full_name: str = ""
    code: str = ""
    households: int = 0
    boundary: geo.Boundary | None = None


def split(
    place: Place, parts: Sequence[Part], *, actor: Actor, reason: str, at: datetime.date | None = None
) -> list[Place]:
    """End the place and name two or more successors; everything directly below goes to exactly one of them."""
    day = at or timezone.localdate()
    with transaction.atomic():
        place = _locked([place])[0]
        _check_end(place, day)
        below = {member.pk: member for member in members(place)}
        _check_parts(parts, below)
        _end([place], day, What.SPLIT, actor, reason)
        drafts = [
            Draft(
                place.kind, part.name, place.parent, part.code, part.full_name, households=part.households,
                boundary=part.boundary, valid_from=day,
            )
            for part in parts
        ]  # fmt: skip
        news = adding.add_many(drafts, actor=actor, reason=reason)
        _follow([place], news, LinkKind.SPLIT, day, reason, actor)
        for part, new in zip(parts, news, strict=True):
            _hand_over([below[pk] for pk in sorted(part.members)], new, place, actor, reason)
    return list(Place.objects.filter(pk__in=[new.pk for new in news]).order_by("pk"))


def _check_parts(parts: Sequence[Part], below: dict[int, Place]) -> None:
    if len(parts) < 2:
        raise ValidationError(_("拆分至少要写两个新地点。"))
    given = [pk for part in parts for pk in part.members]
    missing = [below[pk].name for pk in below if pk not in given]
    if missing:
        raise ValidationError(_("还没有说明归到哪里：%(names)s。"), params={"names": "、".join(missing[:10])})
    if len(given) != len(set(given)) or not set(given) <= below.keys():
        raise ValidationError(_("每个下级只能归到一个新地点，请检查。"))


def end(place: Place, *, actor: Actor, reason: str, at: datetime.date | None = None) -> Place:
    """End a place nobody takes over; refused while anything in force hangs below it."""
    day = at or timezone.localdate()
    with transaction.atomic():
        place = _locked([place])[0]
        _check_end(place, day)
        below = members(place)
        if below:
            raise ValidationError(
                _("“%(name)s”下面还有 %(count)s 个在用的地点（如%(first)s），请先调整、合并或停用它们。"),
                params={"name": place.name, "count": len(below), "first": below[0].name},
            )
        _end([place], day, What.END, actor, reason)
        tell_ended([Ended(place.pk, (), None, day, actor)])
    return place


def set_boundary(
    place: Place,
    boundary: geo.Boundary | None,
    *,
    actor: Actor,
    reason: str = "",
    at: datetime.date | None = None,
    source: str = "",
    is_invented: bool = False,
) -> Place:
    """Draw the boundary in force from the day `at`; the one before keeps its days. None takes it away.

    `boundary` is what `base.geo.clean_boundary` returned. The same boundary again changes nothing.
    """
    with transaction.atomic():
        place = _locked([place])[0]
        adding.check_day(at)
        return _draw(place, boundary, at or timezone.localdate(), source, is_invented, actor, reason)


def _draw(
    place: Place, boundary: geo.Boundary | None, day: datetime.date, source: str, is_invented: bool, actor: Actor,
    reason: str,
) -> Place:  # fmt: skip
    if place.boundary == boundary:
        return place
    current = place.boundaries.filter(valid_to=None).first()
    if day < (current.valid_from if current else place.valid_from):
        raise ValidationError(_("新边界的启用日期早于原边界（或地点）的启用日期，请改日期。"))
    place.boundaries.filter(valid_to=None).update(valid_to=day)
    fields = box(boundary) if boundary else dict.fromkeys(BOX)
    if boundary:
        PlaceBoundary.objects.create(
            place=place,
            geometry=boundary,
            valid_from=day,
            source=source[:200],
            is_invented=is_invented,
            **box(boundary),
        )
        if place.kind != Kind.BUILDING:
            place.lon, place.lat = geo.inner_point(boundary)
    place.boundary = boundary
    for name, value in fields.items():
        setattr(place, name, value)
    place.save(update_fields=["boundary", "lon", "lat", *BOX])
    after = {"boundary_from": day.isoformat(), "source": source, "has_boundary": boundary is not None}
    change(place, What.BOUNDARY, {"has_boundary": current is not None}, after, actor, reason).save()
    return place


def members(place: Place) -> list[Place]:
    """The living places directly below; of an estate the living buildings that name it."""
    above = Q(estate=place) if place.kind == Kind.ESTATE else Q(parent=place)
    return list(
        Place.objects.filter(above, valid_to=None).select_related("parent", "estate").order_by("position", "pk")
    )


def clashes(olds: Sequence[Place], into: Place | None) -> list[tuple[Place, str]]:
    """Children that get another name in a merge, each with that name; what the preview shows."""
    taken = {(member.kind, member.name) for member in members(into)} if into else set()
    found = []
    for old in olds:
        for member in members(old):
            name = _free_name(member, old, taken)
            taken.add((member.kind, name))
            if name != member.name:
                found.append((member, name))
    return found


def _free_name(member: Place, old: Place, taken: set[tuple[str, str]]) -> str:
    stem = old.name.removesuffix("社区")
    names = [member.name, f"{stem}{member.name}", *(f"{stem}{member.name}（{n}）" for n in range(2, 100))]
    return next(name[:60] for name in names if (member.kind, name[:60]) not in taken)


def _locked(places: Sequence[Place]) -> list[Place]:
    """The places as they are now, in the order given, with the tree locked."""
    lock_tree(is_changed=True)
    rows = Place.objects.select_related("parent", "estate").in_bulk([place.pk for place in places])
    return [rows[place.pk] for place in places]


def _sibling(parent_id: int | None, place: Place, name: str) -> bool:
    same = Place.objects.filter(parent=parent_id, kind=place.kind, name=name, valid_to=None, estate=place.estate_id)
    return same.exclude(pk=place.pk).exists()


def _check_end(place: Place, day: datetime.date) -> None:
    adding.check_day(day)
    if place.valid_to is not None:
        raise ValidationError(_("“%(name)s”已经停用了。"), params={"name": place.name})
    if day < place.valid_from:
        raise ValidationError(
            _("日期早于“%(name)s”的启用日期 %(day)s。"), params={"name": place.name, "day": place.valid_from}
        )


def _end(places: Sequence[Place], day: datetime.date, what: PlaceChange.What, actor: Actor, reason: str) -> None:
    for place in places:
        before = picture(place)
        place.valid_to = day
        place.save(update_fields=["valid_to"])
        place.boundaries.filter(valid_to=None).update(valid_to=day)
        _note(place, what, before, actor, reason)


def _follow(
    olds: Sequence[Place], news: Sequence[Place], kind: LinkKind, day: datetime.date, reason: str, actor: Actor
) -> None:
    links = [
        PlaceLink(predecessor=old, successor=new, kind=kind, at=day, reason=reason[:500])
        for old in olds
        for new in news
    ]
    PlaceLink.objects.bulk_create(links)
    tell_ended([Ended(old.pk, tuple(new.pk for new in news), kind, day, actor) for old in olds])


def _hand_over(below: Sequence[Place], new: Place, old: Place, actor: Actor, reason: str) -> None:
    """Children go under the successor; an estate's buildings only name another estate."""
    taken = {(member.kind, member.name) for member in members(new)}
    for member in below:
        before = picture(member)
        name = _free_name(member, old, taken)
        taken.add((member.kind, name))
        if old.kind == Kind.ESTATE:
            member.estate = new
        member.name = name
        _save(member, ["name", "estate"])
        if old.kind == Kind.ESTATE or name != before["name"]:
            _note(member, What.RENAME if name != before["name"] else What.EDIT, before, actor, reason)
        if old.kind != Kind.ESTATE:
            _move(member, new, actor, reason)


def _save(place: Place, fields: Sequence[str]) -> None:
    """Store the fields and the search columns that follow from them."""
    found = rules.words(place.kind, place.code, place.name, adding.other_names(place))
    for name, value in found.items():
        setattr(place, name, value)
    place.save(update_fields=[*fields, *found])


def _refresh_words(places: Iterable[Place]) -> None:
    for place in places:
        _save(place, [])


def _note(place: Place, what: PlaceChange.What, before: dict[str, Any], actor: Actor, reason: str) -> None:
    change(place, what, before, picture(place), actor, reason).save()
