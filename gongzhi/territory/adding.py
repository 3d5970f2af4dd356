"""Adding places, one or thousands at once: pages, imports and demonstration data use the same way in."""

import datetime
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongzhi.base import geo
from gongzhi.base.text import clean_text
from gongzhi.kernel.actor import Actor
from gongzhi.territory import rules
from gongzhi.territory.geo import box, check_point
from gongzhi.territory.history import change, picture
from gongzhi.territory.models import DIVISIONS, GRIDS, PARENTS, ROOTS, Kind, Place, PlaceBoundary, PlaceChange
from gongzhi.territory.tree import KEPT, lock_tree


@dataclass(frozen=True)
class Draft:
    """A place to be. `boundary` is what `base.geo.clean_boundary` returned; degrees CGCS2000.

    A grid or group without a code gets the community's next serial; `valid_from` is today when not given.
    """

    kind: str
    name: str
    parent: Place | None = None
    code: str = ""
    full_name: str = ""
    aliases: tuple[str, ...] = ()
    address: str = ""
    estate: Place | None = None
    lon: float | None = None
    lat: float | None = None
    households: int = 0
    boundary: geo.Boundary | None = None
    source: str = ""
    is_invented: bool = False
    valid_from: datetime.date | None = None


def add(draft: Draft, *, actor: Actor, reason: str = "") -> Place:
    """Add one place. Raises ValidationError."""
    return add_many([draft], actor=actor, reason=reason)[0]


def add_many(drafts: Sequence[Draft], *, actor: Actor, reason: str = "") -> list[Place]:
    """Add places in one transaction, all or none, in a fixed number of statements.

    Parents must be stored already (call level by level). Raises ValidationError with the first thing that is wrong.
    """
    with transaction.atomic():
        lock_tree(is_changed=any(draft.kind in KEPT for draft in drafts))
        parents = _parents(drafts)
        _refuse_known(drafts, parents)
        codes = give_codes(drafts, parents)
        places = [
            build(draft, own, parents.get(draft.parent.pk) if draft.parent else None, code)
            for draft, own, code in zip(drafts, reserve_ids(len(drafts)), codes, strict=True)
        ]
        Place.objects.bulk_create(places, batch_size=1000)
        PlaceBoundary.objects.bulk_create(_boundaries(drafts, places), batch_size=1000)
        rows = [change(place, PlaceChange.What.ADD, {}, picture(place), actor, reason) for place in places]
        PlaceChange.objects.bulk_create(rows, batch_size=1000)
    return places


def reserve_ids(count: int) -> list[int]:
    """Ids for rows that must know theirs before they are stored: the path ends with it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('territory_place', 'id')) FROM generate_series(1, %s)", [count]
        )
        return [row[0] for row in cursor.fetchall()]


def _parents(drafts: Sequence[Draft]) -> dict[int, Place]:
    """The parents as they are now, under the lock of the tree."""
    ids = {draft.parent.pk for draft in drafts if draft.parent}
    return {place.pk: place for place in Place.objects.filter(pk__in=ids)}


def _refuse_known(drafts: Sequence[Draft], parents: dict[int, Place]) -> None:
    """Refuse a name twice under one parent and a code twice among the living (a grid's: ever)."""
    names = sibling_names(parents)
    for draft in drafts:
        parent = parents.get(draft.parent.pk) if draft.parent else None
        check_draft(draft, parent)
        key = (parent.pk if parent else None, draft.kind, draft.name, draft.estate.pk if draft.estate else None)
        if key in names:
            refuse_name(draft.name, parent)
        names.add(key)


def sibling_names(parent_ids: Iterable[int | None]) -> set[tuple[int | None, str, str, int | None]]:
    """(parent, kind, name, estate) of the living children of these parents."""
    rows = Place.objects.filter(parent__in=[item for item in parent_ids if item], valid_to=None)
    return set(rows.values_list("parent_id", "kind", "name", "estate_id"))


def refuse_name(name: str, parent: Place | None) -> None:
    """Say that the name is taken."""
    raise ValidationError(
        _("%(parent)s下面已经有“%(name)s”了，请换一个名称。"),
        params={"parent": parent.name if parent else "", "name": name},
    )


def check_draft(draft: Draft, parent: Place | None) -> None:
    """Raise ValidationError unless such a place may stand there."""
    check_name(draft.name)
    check_parent(draft.kind, parent)
    check_day(draft.valid_from)
    if (draft.lon is None) != (draft.lat is None):
        raise ValidationError(_("经度和纬度要一起填。"))
    if draft.lon is not None and draft.lat is not None:
        check_point(draft.lon, draft.lat)
    if draft.estate is not None:
        check_estate(draft.kind, draft.estate, parent.community_id if parent else None)


def check_name(name: str) -> None:
    """A name of 1 to 60 signs without line breaks or control signs."""
    if not name or len(name) > 60 or name != clean_text(name, lines=False):
        raise ValidationError(_("名称要写 1 到 60 个字，写在一行里。"))


def check_parent(kind: str, parent: Place | None) -> None:
    """The parent must be in force and of a kind that may stand directly above."""
    if kind not in Kind.values:
        raise ValidationError(_("没有“%(kind)s”这种地点类别。"), params={"kind": kind[:20]})
    if parent is None:
        if kind not in ROOTS:
            raise ValidationError(_("“%(kind)s”要有上级。"), params={"kind": Kind(kind).label})
        return
    if parent.kind not in PARENTS[kind]:
        raise ValidationError(
            _("“%(kind)s”不能放在“%(parent)s”（%(above)s）下面。"),
            params={"kind": Kind(kind).label, "parent": parent.name, "above": parent.get_kind_display()},
        )
    if parent.valid_to is not None:
        raise ValidationError(_("“%(parent)s”已经停用，不能在它下面操作。"), params={"parent": parent.name})


def check_day(day: datetime.date | None) -> None:
    """Places are changed as of today or earlier, never ahead of time."""
    if day is not None and day > timezone.localdate():
        raise ValidationError(_("日期不能晚于今天。"))


def check_estate(kind: str, estate: Place, community_id: int | None) -> None:
    """Only a building names an estate, a living one of its own community."""
    if kind != Kind.BUILDING or estate.kind != Kind.ESTATE:
        raise ValidationError(_("只有楼栋可以填所在小区。"))
    if estate.valid_to is not None or estate.community_id != community_id:
        raise ValidationError(_("小区“%(name)s”不在这个社区，或已经停用。"), params={"name": estate.name})


def give_codes(drafts: Sequence[Draft], parents: dict[int, Place]) -> list[str]:
    """The checked code of each draft; grids without one get the next serial of their community."""
    explicit = [draft.code for draft in drafts if draft.code]
    _refuse_used(explicit, [draft.code for draft in drafts if draft.code and draft.kind in GRIDS])
    base = Communities({parent.community_id for parent in parents.values() if parent.community_id})
    codes = []
    for draft in drafts:
        parent = parents.get(draft.parent.pk) if draft.parent else None
        codes.append(base.code(draft.kind, draft.code, parent))
    base.store()
    return codes


def _refuse_used(codes: list[str], grid_codes: list[str]) -> None:
    seen = set(Place.objects.filter(code__in=codes, valid_to=None).values_list("code", flat=True))
    seen.update(Place.objects.filter(code__in=grid_codes).values_list("code", flat=True))
    if grid_codes:
        old = PlaceChange.objects.filter(before__code__in=grid_codes, place__kind__in=GRIDS)
        seen.update(old.values_list("before__code", flat=True))
    for code in codes:
        if code in seen:
            raise ValidationError(_("编码 %(code)s 已经用过，不能再用。"), params={"code": code[:24]})
        seen.add(code)


class Communities:
    """Gives serials of grids: counted up in the community's row, so that none is ever given twice."""

    def __init__(self, ids: Iterable[int]) -> None:
        self._rows = {row.pk: row for row in Place.objects.filter(pk__in=list(ids))}
        self._changed: set[int] = set()

    def code(self, kind: str, code: str, parent: Place | None) -> str:
        """The code a place of `kind` under `parent` shall have. Raises ValidationError for one that cannot be."""
        if kind in DIVISIONS:
            return rules.division_code(code, kind) if code else ""
        if kind not in GRIDS or parent is None:
            return check_free_code(code)
        community = self._rows[parent.community_id or 0]
        if not code:
            serial = community.last_serial + 1
            code = rules.grid_code(community.code, serial)
        elif not re.fullmatch(r"[0-9]{15}", code, re.ASCII) or not code.startswith(community.code or "-"):
            raise ValidationError(_("网格编码“%(code)s”应是社区的 12 位编码加 3 位序号。"), params={"code": code[:24]})
        else:
            serial = int(code[12:])
        community.last_serial = max(community.last_serial, serial)
        self._changed.add(community.pk)
        return code

    def store(self) -> None:
        """Remember the serials given."""
        Place.objects.bulk_update([self._rows[pk] for pk in self._changed], ["last_serial"])


def check_free_code(code: str) -> str:
    """Codes of estates, buildings and households are the office's own: up to 24 letters, digits and hyphens."""
    if not re.fullmatch(r"[0-9A-Za-z-]{0,24}", code, re.ASCII):
        raise ValidationError(_("编码只能用字母、数字和短横线，最多 24 位。"))
    return code


def build(draft: Draft, own: int, parent: Place | None, code: str) -> Place:
    """The row of a checked draft, not yet stored."""
    above = {name: getattr(parent, name) for name in rules.NO_LEVELS} if parent else rules.NO_LEVELS
    point = geo.inner_point(draft.boundary) if draft.boundary and draft.lon is None else (draft.lon, draft.lat)
    return Place(
        id=own,
        code=code,
        name=draft.name,
        full_name=draft.full_name[:100],
        aliases=list(draft.aliases),
        address=draft.address[:120],
        kind=draft.kind,
        parent=parent,
        estate=draft.estate,
        path=f"{parent.path if parent else '/'}{own}/",
        lon=point[0],
        lat=point[1],
        households=draft.households,
        token=secrets.token_urlsafe(16) if draft.kind == Kind.BUILDING else "",
        valid_from=draft.valid_from or timezone.localdate(),
        boundary=draft.boundary,
        **(box(draft.boundary) if draft.boundary else {}),
        **rules.levels(draft.kind, own, above),
        **rules.words(draft.kind, code, draft.name, other_names(draft)),
    )


def other_names(draft: Draft | Place) -> list[str]:
    """What a place may be searched by, besides its name."""
    found = [draft.full_name, *draft.aliases, draft.address]
    if draft.estate:
        found += [f"{draft.estate.name}{draft.name}", *draft.estate.aliases]
    return [name for name in found if name]


def _boundaries(drafts: Sequence[Draft], places: Sequence[Place]) -> list[PlaceBoundary]:
    return [
        PlaceBoundary(
            place=place,
            geometry=draft.boundary,
            valid_from=place.valid_from,
            source=draft.source[:200],
            is_invented=draft.is_invented,
            **box(draft.boundary),
        )
        for draft, place in zip(drafts, places, strict=True)
        if draft.boundary
    ]
