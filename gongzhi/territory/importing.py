"""Lists of places from a spreadsheet: good rows come in, bad rows are named with their reason, nothing is lost.

The same list again changes nothing, so a run that was cut off is simply started again.
"""

import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.base.sheets import Row
from gongzhi.kernel.actor import Actor
from gongzhi.territory import actions, adding, rules
from gongzhi.territory.adding import Draft
from gongzhi.territory.models import DIVISIONS, Kind, Place
from gongzhi.territory.tree import lock_tree
from gongzhi.territory.who import administers

CHUNK = 500
HEADINGS = {
    "code": ("code", "编码", "代码", "区划代码"),
    "name": ("name", "名称"),
    "level": ("level", "级别", "类别"),
    "parent_code": ("parent_code", "上级编码", "上级代码"),
    "estate": ("estate", "小区", "所在小区"),
    "aliases": ("aliases", "俗称"),
    "address": ("address", "门牌地址", "地址"),
    "lon": ("lon", "经度"),
    "lat": ("lat", "纬度"),
    "households": ("households", "户数"),
}
LEVELS: dict[str, str] = {
    **rules.CSV_LEVELS,
    **{kind.value: kind.value for kind in Kind},
    "市": Kind.CITY, "区": Kind.DISTRICT, "县": Kind.DISTRICT, "区县": Kind.DISTRICT, "街道": Kind.STREET,
    "乡镇": Kind.STREET, "镇": Kind.STREET, "乡": Kind.STREET, "社区": Kind.COMMUNITY, "村": Kind.COMMUNITY,
    "网格": Kind.GRID, "组": Kind.GROUP, "村民小组": Kind.GROUP, "小区": Kind.ESTATE, "楼栋": Kind.BUILDING,
    "院落": Kind.BUILDING, "户": Kind.HOUSEHOLD,
}  # fmt: skip
PROVINCES = ("province", "省", "自治区")
REASON = "按名单导入"


@dataclass(frozen=True)
class Bad:
    """A row that did not come in: its line in the file, its cells, and why."""

    line: int
    cells: dict[str, str]
    reason: str


@dataclass
class Report:
    """What an import did, or would do."""

    added: int = 0
    changed: int = 0
    same: int = 0
    skipped: list[tuple[int, str]] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)

    def summary(self) -> str:
        """One sentence for people."""
        words = _(
            "新增 %(added)s 个，更改 %(changed)s 个，没有变化 %(same)s 个，跳过 %(skipped)s 行，有问题 %(bad)s 行。"
        )
        return words % {
            "added": self.added, "changed": self.changed, "same": self.same,
            "skipped": len(self.skipped), "bad": len(self.bad),
        }  # fmt: skip


@dataclass
class Line:
    """A row that can be read; `parent` and `estate` are still codes and names."""

    row: Row
    kind: str
    code: str
    name: str
    parent_code: str
    details: dict[str, str]


def import_places(
    rows: Iterable[Row],
    *,
    actor: Actor,
    is_dry_run: bool = False,
    valid_from: datetime.date | None = None,
    is_limited: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Report:
    """Take over rows with the columns of `HEADINGS`; level by level, so the order in the file does not matter.

    A known code with another name is a rename, with another parent a move. Committed in chunks, except a dry run,
    which takes everything back. With `is_limited` only places below the actor's duties come in (uploads on the page;
    the command line belongs to the operator).
    """
    report = Report()
    run = Run(report, actor, valid_from, is_limited)
    lines = _read(rows, run)
    if not is_dry_run:
        _take_all(run, lines, progress)
        return report
    with transaction.atomic():
        lock_tree(is_changed=True)
        _take_all(run, lines, progress)
        transaction.set_rollback(True)
    return report


@dataclass
class Run:
    """What stays the same during an import."""

    report: Report
    actor: Actor
    valid_from: datetime.date | None
    is_limited: bool
    failed: dict[str, int] = field(default_factory=dict)
    estates: dict[tuple[int | None, str], Place | None] = field(default_factory=dict)

    def refuse(self, row: Row, code: str, problem: ValidationError) -> None:
        """Name the row and its reason; rows below it will say that their parent did not come in."""
        self.report.bad.append(Bad(row.line, row.cells, " ".join(problem.messages)))
        self.failed.setdefault(code, row.line)

    def estate(self, community_id: int | None, name: str) -> Place | None:
        """The community's estate of that name, asked for once."""
        key = (community_id, name)
        if key not in self.estates:
            found = Place.objects.filter(kind=Kind.ESTATE, name=name, community_id=community_id, valid_to=None)
            self.estates[key] = found.first()
        return self.estates[key]


def _read(rows: Iterable[Row], run: Run) -> list[Line]:
    lines, seen = [], dict[str, int]()
    for row in rows:
        cells = {name: _cell(row, words) for name, words in HEADINGS.items()}
        if cells["level"] in PROVINCES:
            run.report.skipped.append(
                (row.line, _("%(name)s是省级，本系统从市一级建起，不需要导入。") % {"name": cells["name"]})
            )
            continue
        try:
            line = _line(row, cells)
            if line.code and line.code in seen:
                raise ValidationError(_("编码和第 %(line)s 行重复。") % {"line": seen[line.code]})
            seen[line.code] = row.line
            lines.append(line)
        except ValidationError as problem:
            run.refuse(row, rules.any_division_code(cells["code"]), problem)
    return lines


def _cell(row: Row, words: Sequence[str]) -> str:
    return next((row.cells[word].strip() for word in words if row.cells.get(word, "").strip()), "")


def _line(row: Row, cells: dict[str, str]) -> Line:
    if row.extra and any(row.extra):
        raise ValidationError(
            _("这一行比表头多出了几格：%(extra)s。") % {"extra": "、".join(filter(None, row.extra))[:60]}
        )
    kind = LEVELS.get(cells["level"])
    if kind is None:
        raise ValidationError(_("级别“%(level)s”认不出来。") % {"level": cells["level"][:20]})
    if kind in DIVISIONS and not cells["code"]:
        raise ValidationError(_("没有编码。"))
    adding.check_name(rules.short_name(cells["name"]) if kind == Kind.COMMUNITY else cells["name"])
    code = rules.division_code(cells["code"], kind) if kind in DIVISIONS else cells["code"]
    return Line(row, kind, code, cells["name"], rules.any_division_code(cells["parent_code"]), cells)


def _take_all(run: Run, lines: list[Line], progress: Callable[[int], None]) -> None:
    done = 0
    for kind in Kind.values:
        level = [line for line in lines if line.kind == kind]
        for start in range(0, len(level), CHUNK):
            chunk = level[start : start + CHUNK]
            _take(run, chunk)
            done += len(chunk)
            progress(done)
    run.report.bad.sort(key=lambda bad: bad.line)


def _take(run: Run, lines: list[Line]) -> None:
    """One chunk of one kind: what is known is compared, what is new is added together."""
    known = {
        place.code: place
        for place in Place.objects.filter(code__in=[line.code for line in lines if line.code], valid_to=None)
    }
    parents = {
        place.code: place
        for place in Place.objects.filter(code__in={line.parent_code for line in lines}, valid_to=None)
    }
    names = _known_names(lines, parents)
    new: list[tuple[Line, Draft]] = []
    for line in lines:
        try:
            draft = _draft(run, line, parents)
            place = known.get(line.code) if line.code else names.get(_key(draft))
            if place is None:
                new.append((line, draft))
            elif _update(run, place, draft, line):
                run.report.changed += 1
            else:
                run.report.same += 1
        except ValidationError as problem:
            run.refuse(line.row, line.code, problem)
    _add(run, new)


Key = tuple[int | None, str, str, int | None]


def _known_names(lines: list[Line], parents: dict[str, Place]) -> dict[Key, Place]:
    """Living children of the parents by name, for rows without a code."""
    if all(line.code for line in lines):
        return {}
    rows = Place.objects.filter(parent__in=[place.pk for place in parents.values()], valid_to=None)
    return {(row.parent_id, row.kind, row.name, row.estate_id): row for row in rows}


def _key(draft: Draft) -> Key:
    return (
        draft.parent.pk if draft.parent else None, draft.kind, draft.name, draft.estate.pk if draft.estate else None
    )  # fmt: skip


def _draft(run: Run, line: Line, parents: dict[str, Place]) -> Draft:
    parent = _parent(run, line, parents)
    cells = line.details
    is_short = line.kind == Kind.COMMUNITY
    return Draft(
        kind=line.kind,
        name=rules.short_name(line.name) if is_short else line.name,
        full_name=line.name if is_short else "",
        parent=parent,
        code=line.code,
        aliases=tuple(part for part in cells["aliases"].replace(",", "、").split("、") if part),
        address=cells["address"],
        estate=_estate(run, cells["estate"], parent),
        lon=_number(cells["lon"], _("经度")),
        lat=_number(cells["lat"], _("纬度")),
        households=_count(cells["households"]),
        valid_from=run.valid_from,
    )


def _parent(run: Run, line: Line, parents: dict[str, Place]) -> Place | None:
    parent = parents.get(line.parent_code)
    if parent is None and line.kind != Kind.CITY and line.parent_code:
        if at := run.failed.get(line.parent_code):
            raise ValidationError(
                _("上级 %(code)s 在第 %(line)s 行，那一行有问题，没有导入。") % {"code": line.parent_code, "line": at}
            )
        # A district may be the root of an installation, but not beside a city.
        if line.kind != Kind.DISTRICT or Place.objects.filter(kind=Kind.CITY, valid_to=None).exists():
            raise ValidationError(_("找不到编码是 %(code)s 的上级。") % {"code": line.parent_code[:24]})
    if run.is_limited and (parent is None or not administers(run.actor, parent)):
        raise ValidationError(_("这一行不在您负责的范围里。"))
    return parent


def _estate(run: Run, name: str, parent: Place | None) -> Place | None:
    if not name:
        return None
    found = run.estate(parent.community_id if parent else None, name)
    if found is None:
        raise ValidationError(_("这个社区没有叫“%(name)s”的小区，请先导入小区。") % {"name": name[:60]})
    return found


def _number(text: str, label: str) -> float | None:
    try:
        return float(text) if text else None
    except ValueError as problem:
        raise ValidationError(_("%(label)s“%(text)s”不是数字。") % {"label": label, "text": text[:20]}) from problem


def _count(text: str) -> int:
    if text and not (text.isascii() and text.isdigit() and len(text) < 8):
        raise ValidationError(_("户数“%(text)s”不是数字。") % {"text": text[:20]})
    return int(text or 0)


def _update(run: Run, place: Place, draft: Draft, line: Line) -> bool:
    """Bring a known place in line with the list; True when anything changed."""
    if place.kind != draft.kind:
        raise ValidationError(_("编码 %(code)s 已经是“%(name)s”（%(kind)s）。") % {
            "code": draft.code, "name": place.name, "kind": place.get_kind_display(),
        })  # fmt: skip
    if run.is_limited and not administers(run.actor, place):
        raise ValidationError(_("这一行不在您负责的范围里。"))
    notes = []
    with transaction.atomic():
        if draft.parent and place.parent_id != draft.parent.pk:
            notes.append(_("%(place)s调整到%(parent)s下面") % {"place": place.name, "parent": draft.parent.name})
            place = actions.move(place, draft.parent, actor=run.actor, reason=REASON)
        # A community is known by its official name: a short name given by hand stays.
        if (place.full_name or place.name) != (draft.full_name or draft.name):
            notes.append(_("%(old)s更名为%(new)s") % {"old": place.name, "new": draft.name})
            place = actions.rename(
                place, draft.name, full_name=draft.full_name or place.full_name, actor=run.actor, reason=REASON
            )
        notes += _edited(place, draft, run.actor)
    run.report.changes += [_("第 %(line)s 行：%(note)s。") % {"line": line.row.line, "note": note} for note in notes]
    return bool(notes)


def _edited(place: Place, draft: Draft, actor: Actor) -> list[str]:
    """Correct the particulars the list names; an empty cell means the list does not know, not that there is none."""
    details: actions.Details = {}
    if draft.aliases and list(draft.aliases) != place.aliases:
        details["aliases"] = list(draft.aliases)
    if draft.address and draft.address != place.address:
        details["address"] = draft.address
    if draft.estate and draft.estate.pk != place.estate_id:
        details["estate"] = draft.estate
    if draft.lon is not None and (draft.lon, draft.lat) != (place.lon, place.lat):
        details["lon"], details["lat"] = draft.lon, draft.lat
    if draft.households and draft.households != place.households:
        details["households"] = draft.households
    if details:
        actions.edit(place, actor=actor, reason=REASON, **details)
    return [_("%(place)s的资料有改动") % {"place": place.name}] if details else []


def _add(run: Run, new: list[tuple[Line, Draft]]) -> None:
    """Add a chunk together; when one of them is wrong, one by one, so that only the wrong ones stay out."""
    if not new:
        return
    try:
        adding.add_many([draft for _line, draft in new], actor=run.actor, reason=REASON)
        run.report.added += len(new)
    except ValidationError as problem:
        if len(new) == 1:
            run.refuse(new[0][0].row, new[0][0].code, problem)
            return
        half = len(new) // 2
        _add(run, new[:half])
        _add(run, new[half:])
