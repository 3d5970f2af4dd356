"""A table of concerns by web: template, columns, dry run, import in pieces with progress, bad rows back as a table."""

import uuid
from dataclasses import asdict
from itertools import islice
from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.base.sheets import Column, Row, Table, read_table, write_workbook
from gongzhi.cases import drafts, places
from gongzhi.cases.importing import FIELDS, HEADINGS, Outcome, Run, guess, import_concerns
from gongzhi.cases.models import IntakeDraft
from gongzhi.territory.models import Kind, Place

CLERKS = ("operator", "clerk", "community_secretary", "street_clerk", "district_clerk")
KIND = IntakeDraft.Kind.SHEET
MOST_ROWS = 5_000
MOST_BYTES = 5 * 1024 * 1024
PIECE = 200
"""Rows of one request: a second or two, so that the bar moves."""
SHOWN = 20
TITLE = gettext_lazy("诉求导入表")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS: tuple[tuple[str, str, Any, Any], ...] = (
    ("id", "编号", gettext_lazy("编号"), gettext_lazy("说明：可以不填；填了就按编号认，重复导入不会登记两次")),
    ("created", "反映时间", gettext_lazy("反映时间"), "2026-11-24 10:21"),
    ("name", "反映人", gettext_lazy("反映人"), gettext_lazy("怎么称呼，可以不填")),
    ("phone", "联系电话", gettext_lazy("联系电话"), gettext_lazy("手机或座机，可以不填")),
    ("grid", "网格", gettext_lazy("网格"), gettext_lazy("第一网格，可以不填")),
    ("address", "详细地址", gettext_lazy("详细地址"), gettext_lazy("芭茅塘小区3栋2单元")),
    ("category", "类别", gettext_lazy("类别"), gettext_lazy("和办事设置里的类别名一样，可以不填")),
    ("detail", "反映内容", gettext_lazy("反映内容"), gettext_lazy("必填，照原话写")),
)


@duty_required(*CLERKS)
@require_http_methods(["GET", "POST"])
def sheets(request: Request) -> HttpResponse:
    """Upload; earlier ones that were not finished."""
    wrong = ""
    if request.method == "POST":
        try:
            return redirect("cases:sheet", uid=_upload(request))
        except ValidationError as problem:
            wrong = " ".join(problem.messages)
    context = {
        "heading": _("表格导入"), "wrong": wrong, "places": _places(request), "most": MOST_ROWS,
        "chosen": request.POST.get("place", ""),
        "waiting": [(row.uid, row.saved_at, row.data) for row in drafts.mine(KIND, request.me.pk)],
    }  # fmt: skip
    return render(request, "cases/sheet/upload.html", context, status=422 if wrong else 200)


@duty_required(*CLERKS)
@require_safe
def template(request: Request) -> HttpResponse:
    """The table to fill in: headings, and a second row that explains."""
    columns = [Column(heading, 40 if code == "detail" else 18) for code, heading, _label, _hint in COLUMNS]
    return _file(write_workbook(str(TITLE), columns, [[str(hint) for *_rest, hint in COLUMNS]]), "template.xlsx")


@duty_required(*CLERKS)
@require_http_methods(["GET", "POST"])
def sheet(request: Request, uid: uuid.UUID) -> HttpResponse:
    """Columns, dry run, then piece by piece."""
    kept = drafts.load(uid, KIND, request.me.pk)
    place = places.within(kept.data["place"], request.actor) if kept else None
    if kept is None or place is None:
        raise Http404
    does = request.POST.get("do", "")
    if does == "drop":
        drafts.forget(uid, request.me.pk)
        return redirect("cases:sheets")
    data, table = kept.data, read_table(drafts.file_of(kept))
    if does in ("map", "try", "go"):
        try:
            data["columns"] = guess(table.headers, _mapped(request, table) or data["columns"])
        except ValidationError as problem:
            return _page(request, kept, place, table, data, wrong=" ".join(problem.messages))
    if does == "try":
        data["tried"] = _outcome(_run(table.rows, data, place, request, is_dry_run=True))
    elif does == "go":
        _go(table, data, place, request)
    if does:
        drafts.save(uid, KIND, request.me.pk, data, timezone.now())
    if request.htmx:
        return render(request, "cases/sheet/progress.html", _facts(kept, data))
    return _page(request, kept, place, table, data)


@duty_required(*CLERKS)
@require_safe
def errors(request: Request, uid: uuid.UUID) -> HttpResponse:
    """The bad rows as they were, with line and reason behind: correct and upload again."""
    kept = drafts.load(uid, KIND, request.me.pk)
    if kept is None:
        raise Http404
    data = kept.data
    bad = (data["done"] if data["done"]["at"] else data.get("tried") or data["done"])["bad"]
    headers = data["headers"]
    columns = [Column(name, 18) for name in (*headers, "行号", "原因")]
    rows = [[*(cells.get(name, "") for name in headers), str(line), why] for line, cells, why in bad]
    return _file(write_workbook(_("有问题的行"), columns, rows, watermark=request.me.name), "errors.xlsx")


# --- parts -----------------------------------------------------------------------------------------------------------


def _places(request: Request) -> list[tuple[int, str]]:
    """Communities (or what one's duty is over, when smaller) into which one may import."""
    found: list[Place] = []
    for top in places.tops(request.actor):
        below = Place.objects.living().below(top).filter(kind=Kind.COMMUNITY).order_by("path")[:200]
        found += [top] if top.kind in (Kind.COMMUNITY, Kind.GRID, Kind.GROUP) else list(below)
    return [(row.pk, row.name) for row in {row.pk: row for row in found}.values()]


def _upload(request: Request) -> uuid.UUID:
    upload, typed = request.FILES.get("file"), request.POST.get("place", "")
    if upload is None:
        raise ValidationError(_("请选一个表格文件。"))
    if upload.size and upload.size > MOST_BYTES:
        raise ValidationError(_("表格太大，最多 5 MB。请分成几份再传。"))
    place = (
        places.within(int(typed), request.actor) if typed.isascii() and typed.isdigit() and len(typed) < 18 else None
    )
    if place is None or place.community_id is None:
        raise ValidationError(_("请选登记到哪个社区。"))
    content = upload.read()
    table = read_table(content)
    total = sum(1 for _row in islice(table.rows, MOST_ROWS + 1))
    if total > MOST_ROWS:
        raise ValidationError(_("一次最多 %d 行，请分成几份再传。") % MOST_ROWS)
    uid = uuid.uuid4()
    data = {
        "place": place.pk, "name": str(upload.name)[:80], "headers": table.headers, "total": total,
        "columns": _guessed(table.headers), "tried": None, "done": _none(),
    }  # fmt: skip
    drafts.save(uid, KIND, request.me.pk, data, timezone.now(), file=content)
    return uid


def _guessed(headers: list[str]) -> dict[str, str]:
    try:
        return guess(headers)
    except ValidationError:
        return {}


def _mapped(request: Request, table: Table) -> dict[str, str]:
    """Column -> field as chosen on the page; {} when the page did not ask."""
    chosen = {header: request.POST.get(f"col-{at}", "") for at, header in enumerate(table.headers)}
    return {header: name or "-" for header, name in chosen.items()} if any(chosen.values()) else {}


def _none() -> dict[str, Any]:
    return {"at": 0, "read": 0, "added": 0, "same": 0, "bad": []}


def _run(rows: Any, data: dict[str, Any], place: Place, request: Request, *, is_dry_run: bool) -> Outcome:
    columns = {column: name for column, name in data["columns"].items() if name != "-"}
    run = Run(place, columns, request.actor, timezone.now())
    return import_concerns(rows, run, is_dry_run=is_dry_run)


def _outcome(found: Outcome) -> dict[str, Any]:
    facts = asdict(found)
    bad = [[one.line, one.cells, one.reason] for one in found.bad]
    return {name: facts[name] for name in ("read", "added", "same")} | {"bad": bad, "at": found.read}


def _go(table: Table, data: dict[str, Any], place: Place, request: Request) -> None:
    """The next piece. Rows have receipts, so a piece that is sent twice adds nothing."""
    done = data["done"]
    rows: list[Row] = list(islice(table.rows, done["at"], done["at"] + PIECE))
    found = _outcome(_run(rows, data, place, request, is_dry_run=False))
    done["at"] += len(rows)
    for name in ("read", "added", "same", "bad"):
        done[name] += found[name]


def _facts(kept: IntakeDraft, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "uid": kept.uid, "data": data, "done": data["done"], "tried": data["tried"], "bad": data["done"]["bad"][:SHOWN],
        "is_over": data["done"]["at"] >= data["total"], "is_begun": data["done"]["at"] > 0,
    }  # fmt: skip


def _page(
    request: Request, kept: IntakeDraft, place: Place, table: Table, data: dict[str, Any], wrong: str = ""
) -> HttpResponse:
    fields = [(name, HEADINGS[name][2] if len(HEADINGS[name]) > 2 else name) for name in FIELDS]
    labels = {code: label for code, _heading, label, _hint in COLUMNS} | {"subject": _("主题")}
    context = _facts(kept, data) | {
        "heading": _("表格导入"), "place": place, "wrong": wrong, "shown": SHOWN,
        "columns": [(at, header, data["columns"].get(header, "-")) for at, header in enumerate(table.headers)],
        "fields": [(name, labels.get(name, label)) for name, label in fields],
    }  # fmt: skip
    return render(request, "cases/sheet/page.html", context, status=422 if wrong else 200)


def _file(content: bytes, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
