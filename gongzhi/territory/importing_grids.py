"""Boundaries from GeoJSON: each feature is a grid (or another place) with code, name, parent_code, kind.

Overlaps and gaps are reported, never refused: real boundaries are drawn by hand.
"""

import datetime
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import shapely
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from shapely.geometry import shape

from gongzhi.base.geo import Boundary, clean_boundary
from gongzhi.kernel.actor import Actor
from gongzhi.territory import actions, adding, rules
from gongzhi.territory.importing import LEVELS, REASON, Bad, Report
from gongzhi.territory.models import DIVISIONS, GRIDS, Kind, Place
from gongzhi.territory.tree import lock_tree
from gongzhi.territory.who import administers

MAX_FEATURES = 50_000
SLIVER = 0.01
"""Overlaps and gaps below this share of the smaller area are drawing noise."""


def read_features(text: str | bytes) -> list[Any]:
    """The features of a GeoJSON FeatureCollection (RFC 7946). Raises ValidationError."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as problem:
        raise ValidationError(_("这不是 GeoJSON 文件，读不出来。")) from problem
    features = data.get("features") if isinstance(data, dict) and data.get("type") == "FeatureCollection" else None
    if not isinstance(features, list):
        raise ValidationError(_("GeoJSON 最外层应是 FeatureCollection。"))
    if not features:
        raise ValidationError(_("文件里没有任何图形。"))
    if len(features) > MAX_FEATURES:
        raise ValidationError(_("图形太多，一次最多 5 万个，请分开导入。"))
    return features


@dataclass(frozen=True)
class Options:
    """How to import: who, from which day, from what source, and whether the boundaries are invented."""

    actor: Actor
    at: datetime.date | None = None
    source: str = ""
    is_invented: bool = False
    is_limited: bool = False


def import_grids(
    features: list[Any],
    options: Options,
    *,
    is_dry_run: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Report:
    """Take over grids with their boundaries: add new ones, redraw known ones, and name what is wrong.

    A grid is known by its code, or without one by its name under its parent. Each feature is one transaction, except
    in a dry run, which takes everything back. `Bad.line` is the number of the feature, from 1.
    """
    report = Report()
    if not is_dry_run:
        _take_all(features, options, report, progress)
        return report
    with transaction.atomic():
        lock_tree(is_changed=True)
        _take_all(features, options, report, progress)
        transaction.set_rollback(True)
    return report


def _take_all(features: list[Any], options: Options, report: Report, progress: Callable[[int], None]) -> None:
    touched: set[int] = set()
    for number, feature in enumerate(features, 1):
        try:
            with transaction.atomic():
                place = _take(feature, options, report)
            if place.parent_id and place.kind in GRIDS:
                touched.add(place.parent_id)
        except ValidationError as problem:
            report.bad.append(Bad(number, _cells(feature), " ".join(problem.messages)))
        progress(number)
    report.warnings += [line for parent in Place.objects.filter(pk__in=touched) for line in misfits(parent)]


def _cells(feature: object) -> dict[str, str]:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    names = ("code", "name", "parent_code", "kind")
    return {name: str(properties.get(name) or "")[:120] for name in names} if isinstance(properties, dict) else {}


def _take(feature: Any, options: Options, report: Report) -> Place:
    cells = _cells(feature)
    if not cells:
        raise ValidationError(_("没有属性（properties）。"))
    boundary = clean_boundary(feature.get("geometry"))
    kind = LEVELS.get(cells["kind"] or Kind.GRID)
    if kind is None or kind in (Kind.BUILDING, Kind.HOUSEHOLD):
        raise ValidationError(_("类别“%(kind)s”认不出来。") % {"kind": cells["kind"][:20]})
    code = rules.division_code(cells["code"], kind) if kind in DIVISIONS and cells["code"] else cells["code"]
    parent = Place.objects.filter(code=rules.any_division_code(cells["parent_code"]) or "-", valid_to=None).first()
    place = _known(kind, code, cells["name"], parent)
    _check_reach(options, place or parent)
    if place is None:
        return _add(kind, code, cells, parent, boundary, options, report)
    return _redraw(place, cells["name"], boundary, options, report)


def _known(kind: str, code: str, name: str, parent: Place | None) -> Place | None:
    if code:
        place = Place.objects.filter(code=code, valid_to=None).first()
        if place and place.kind != kind:
            raise ValidationError(_("编码 %(code)s 已经是“%(name)s”。") % {"code": code, "name": place.name})
        return place
    return Place.objects.filter(parent=parent, kind=kind, name=name, valid_to=None).first() if parent else None


def _check_reach(options: Options, place: Place | None) -> None:
    if place is None:
        raise ValidationError(_("找不到上级：请检查 parent_code。"))
    if options.is_limited and not administers(options.actor, place):
        raise ValidationError(_("这个地方不在您负责的范围里。"))


def _add(
    kind: str, code: str, cells: dict[str, str], parent: Place | None, boundary: Boundary, options: Options,
    report: Report,
) -> Place:  # fmt: skip
    draft = adding.Draft(
        kind, cells["name"], parent, code, boundary=boundary, valid_from=options.at, source=options.source,
        is_invented=options.is_invented,
    )  # fmt: skip
    place = adding.add(draft, actor=options.actor, reason=REASON)
    report.added += 1
    return place


def _redraw(place: Place, name: str, boundary: Boundary, options: Options, report: Report) -> Place:
    is_same = place.boundary == boundary and name in ("", place.name)
    if name and name != place.name:
        report.changes.append(_("%(old)s更名为%(new)s") % {"old": place.name, "new": name})
        place = actions.rename(place, name, full_name=place.full_name, actor=options.actor, reason=REASON)
    place = actions.set_boundary(
        place, boundary, actor=options.actor, reason=REASON, at=options.at, source=options.source,
        is_invented=options.is_invented,
    )  # fmt: skip
    report.same += is_same
    report.changed += not is_same
    return place


def misfits(parent: Place) -> Iterable[str]:
    """Overlaps between the grids of a place, grids that stick out of it, and ground no grid covers."""
    grids = [grid for grid in actions.members(parent) if grid.kind in GRIDS and grid.boundary]
    areas = [shape(grid.boundary) for grid in grids]
    if not areas:
        return
    index = shapely.STRtree(areas)
    for one, other in sorted(
        {(min(a, b), max(a, b)) for a, b in index.query(areas, predicate="intersects").T.tolist()}
    ):
        share = areas[one].intersection(areas[other]).area / min(areas[one].area, areas[other].area)
        if one != other and share > SLIVER:
            yield _("%(parent)s：%(one)s和%(other)s重叠，占较小一个的 %(share).0f%%。") % {
                "parent": parent.name, "one": grids[one].name, "other": grids[other].name, "share": share * 100,
            }  # fmt: skip
    yield from _gaps(parent, grids, shapely.union_all(areas))


def _gaps(parent: Place, grids: list[Place], covered: Any) -> Iterable[str]:
    if not parent.boundary:
        holes = sum(
            shapely.Polygon(ring).area for part in getattr(covered, "geoms", [covered]) for ring in part.interiors
        )
        if holes > SLIVER * covered.area:
            yield _("%(parent)s：网格之间有空白，占 %(share).0f%%。") % {
                "parent": parent.name,
                "share": holes / covered.area * 100,
            }
        return
    whole = shape(parent.boundary)
    if (open_ground := whole.difference(covered).area) > SLIVER * whole.area:
        yield _("%(parent)s：有 %(share).0f%% 的地方没有网格。") % {
            "parent": parent.name,
            "share": open_ground / whole.area * 100,
        }
    if (outside := covered.difference(whole).area) > SLIVER * covered.area:
        yield _("%(parent)s：网格有 %(share).0f%% 伸到了边界外面。") % {
            "parent": parent.name,
            "share": outside / covered.area * 100,
        }
