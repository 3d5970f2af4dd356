"""Organisations from a spreadsheet: good rows come in, bad rows are named with their reason, again changes nothing."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from gongzhi.base.sheets import Row
from gongzhi.base.validators import parse_credit_code
from gongzhi.kernel.actor import Actor
from gongzhi.organisations import actions
from gongzhi.organisations.actions import Details
from gongzhi.organisations.models import Kind, Organisation
from gongzhi.territory.importing import Bad, Report
from gongzhi.territory.models import Place
from gongzhi.territory.rules import any_division_code
from gongzhi.territory.who import administers

HEADINGS = {
    "name": ("name", "名称", "单位名称", "组织名称"),
    "short_name": ("short_name", "简称"),
    "kind": ("kind", "类别", "类型"),
    "credit_code": ("credit_code", "统一社会信用代码", "信用代码"),
    "parent": ("parent", "上级组织", "上级"),
    "place": ("place_code", "所在地编码", "所在地点编码"),
    "serves": ("serves", "服务地点编码", "服务范围编码"),
    "address": ("address", "地址"),
    "phone": ("phone", "电话", "联系电话"),
}
KINDS: dict[str, str] = {
    **{kind.value: kind.value for kind in Kind}, "党委": Kind.PARTY_COMMITTEE, "党工委": Kind.PARTY_COMMITTEE,
    "党支部": Kind.PARTY_BRANCH, "党总支": Kind.PARTY_BRANCH, "网格党小组": Kind.GRID_GROUP, "部门": Kind.DEPARTMENT,
    "政府部门": Kind.DEPARTMENT, "街道办事处": Kind.STREET_OFFICE, "镇政府": Kind.STREET_OFFICE,
    "乡政府": Kind.STREET_OFFICE, "居委会": Kind.COMMUNITY_COMMITTEE, "村委会": Kind.COMMUNITY_COMMITTEE,
    "社会组织": Kind.SOCIAL, "枢纽型社会组织": Kind.HUB, "两新组织": Kind.TWO_NEW, "学校": Kind.SCHOOL,
    "医院": Kind.HOSPITAL, "企业": Kind.ENTERPRISE, "物业": Kind.PROPERTY, "物业公司": Kind.PROPERTY,
    "业委会": Kind.OWNERS, "业主委员会": Kind.OWNERS, "队伍": Kind.TEAM, "自组织队伍": Kind.TEAM, "其他": Kind.OTHER,
    "其他单位": Kind.OTHER,
}  # fmt: skip
REASON = "按名单导入"


@dataclass
class Run:
    """What stays the same during an import; places are asked for once."""

    actor: Actor
    is_limited: bool
    report: Report = field(default_factory=Report)
    places: dict[str, Place | None] = field(default_factory=dict)

    def place(self, code: str) -> Place:
        """The living place with this code. Raises ValidationError."""
        full = any_division_code(code)
        if full not in self.places:
            self.places[full] = Place.objects.filter(code=full, valid_to=None).first()
        found = self.places[full]
        if found is None:
            raise ValidationError(_("找不到编码是 %(code)s 的地点。") % {"code": code[:24]})
        if self.is_limited and not administers(self.actor, found):
            raise ValidationError(_("“%(name)s”不在您负责的范围里。") % {"name": found.name})
        return found


def import_organisations(
    rows: Iterable[Row],
    *,
    actor: Actor,
    is_dry_run: bool = False,
    is_limited: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Report:
    """Take over rows with the columns of `HEADINGS`.

    A row is known by its credit code, or without one by its name at its seat. A parent is named by its credit code or
    its whole name and may stand anywhere in the file. Each row is one transaction, except in a dry run, which takes
    everything back. With `is_limited` only seats and areas below the actor's duties come in.
    """
    run = Run(actor, is_limited)
    if not is_dry_run:
        _take_all(run, list(rows), progress)
        return run.report
    with transaction.atomic():
        _take_all(run, list(rows), progress)
        transaction.set_rollback(True)
    return run.report


def _take_all(run: Run, rows: list[Row], progress: Callable[[int], None]) -> None:
    """Rows whose parent is not there yet wait for the next round, until a round brings nothing."""
    waiting, done = rows, 0
    while waiting:
        later: list[tuple[Row, ValidationError]] = []
        for row in waiting:
            try:
                with transaction.atomic():
                    _take(run, row)
                done += 1
                progress(done)
            except NoParent as problem:
                later.append((row, problem))
            except ValidationError as problem:
                run.report.bad.append(Bad(row.line, row.cells, " ".join(problem.messages)))
        if len(later) == len(waiting):
            run.report.bad += [Bad(row.line, row.cells, " ".join(problem.messages)) for row, problem in later]
            break
        waiting = [row for row, _problem in later]
    run.report.bad.sort(key=lambda bad: bad.line)


class NoParent(ValidationError):
    """The parent is not registered, or not yet."""


def _take(run: Run, row: Row) -> None:
    cells = {name: _cell(row, words) for name, words in HEADINGS.items()}
    if row.extra and any(row.extra):
        raise ValidationError(_("这一行比表头多出了几格：%(extra)s。") % {"extra": "、".join(row.extra)[:60]})
    details = _details(run, cells)
    areas = [run.place(code) for code in cells["serves"].replace("，", "、").replace(",", "、").split("、") if code]
    known = _known(details)
    if known is None:
        actions.register(details, actor=run.actor, reason=REASON, serves=areas)
        run.report.added += 1
        return
    _check_reach(run, known)
    count = known.changes.count()
    actions.edit(known, _completed(details, known), actor=run.actor, reason=REASON)
    if areas:
        actions.set_areas(known, areas, actor=run.actor, reason=REASON)
    is_changed = known.changes.count() > count
    run.report.changed += is_changed
    run.report.same += not is_changed
    if is_changed:
        run.report.changes.append(
            _("第 %(line)s 行：%(name)s的资料有改动。") % {"line": row.line, "name": details.name}
        )


def _cell(row: Row, words: Sequence[str]) -> str:
    return next((row.cells[word].strip() for word in words if row.cells.get(word, "").strip()), "")


def _details(run: Run, cells: dict[str, str]) -> Details:
    kind = KINDS.get(cells["kind"])
    if kind is None:
        raise ValidationError(_("类别“%(kind)s”认不出来。") % {"kind": cells["kind"][:20]})
    seat = run.place(cells["place"]) if cells["place"] else None
    if run.is_limited and seat is None:
        raise ValidationError(_("请写所在地编码，才知道归谁管。"))
    return Details(
        name=cells["name"],
        kind=kind,
        short_name=cells["short_name"],
        credit_code=parse_credit_code(cells["credit_code"]) if cells["credit_code"] else "",
        parent_id=_parent(cells["parent"]),
        place_id=seat.pk if seat else None,
        address=cells["address"],
        phone=cells["phone"],
    )


def _parent(words: str) -> int | None:
    """By credit code, or by a whole name that only one living organisation has."""
    if not words:
        return None
    living = Organisation.objects.filter(valid_to=None)
    found = list(living.filter(credit_code=words)[:2]) or list(living.filter(name=words)[:2])
    if not found:
        raise NoParent(_("找不到上级组织“%(name)s”。") % {"name": words[:60]})
    if len(found) > 1:
        raise ValidationError(_("叫“%(name)s”的组织不止一个，请写上级的信用代码。") % {"name": words[:60]})
    return found[0].pk


def _known(details: Details) -> Organisation | None:
    """By credit code; else by the name at the seat, unless both have a code and the codes differ."""
    living = Organisation.objects.filter(valid_to=None)
    if not details.credit_code:
        return living.filter(name=details.name, place=details.place_id).first()
    by_code = living.filter(credit_code=details.credit_code).first()
    return by_code or living.filter(name=details.name, place=details.place_id, credit_code="").first()


def _completed(details: Details, known: Organisation) -> Details:
    """An empty cell means that the list does not know, not that there is none."""
    kept = {name: getattr(known, name) for name, value in asdict(details).items() if not value}
    return replace(details, **kept)


def _check_reach(run: Run, known: Organisation) -> None:
    if run.is_limited and (known.place is None or not administers(run.actor, known.place)):
        raise ValidationError(_("“%(name)s”不在您负责的范围里。") % {"name": known.name})
