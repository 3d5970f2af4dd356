"""Any list as the office files it: the ledger 民情台账 in Excel, or on paper.

Columns: DOMAIN.md section 3. Names and telephones are masked, personal data in the words too; each export is a look
that the persons concerned can read.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.base.sheets import Column, write_workbook
from gongzhi.base.text import clean_text, mask_name, mask_personal_data
from gongzhi.cases import listing
from gongzhi.cases.models import Matter, Order, Report
from gongzhi.cases.steps import state_of
from gongzhi.cases.views import matters as all_matters
from gongzhi.cases.workflow import READ
from gongzhi.kernel.models import Look
from gongzhi.knowledge.questions import one_line

MOST = 20_000
PRINTED = 500
BATCH = 500
COLUMNS = (
    Column("编号", 14),
    Column("来源", 8),
    Column("反映人", 10),
    Column("联系电话", 14),
    Column("反映人数", 9, "number"),
    Column("网格", 12),
    Column("地点", 18),
    Column("内容", 50),
    Column("补充问题", 30),
    Column("类别", 14),
    Column("大事小事私事", 12),
    Column("责任单位", 18),
    Column("责任人", 10),
    Column("登记日期", 17, "time"),
    Column("受理日期", 17, "time"),
    Column("限办日期", 17, "time"),
    Column("办结日期", 17, "time"),
    Column("环节", 12),
    Column("办理结果", 40),
    Column("反馈方式", 12),
    Column("是否解决", 9),
    Column("满意度", 9),
    Column("督办记录", 24),
    Column("公示", 6),
)


def listed(request: Request) -> tuple[QuerySet[Matter], str]:
    """The matters of the list the address names, or the selected ones, and the list's name."""
    if numbers := (request.POST.getlist("id") or request.GET.getlist("id")):
        return listing.covered(request.actor).filter(number__in=[n[:12] for n in numbers[:MOST]]), _("勾选的事项")
    if not request.path.startswith("/work/"):
        return all_matters.asked(request)[0], _("全部事项")
    now, query = timezone.now(), listing.typed(request.GET.get("q", ""))
    chosen = listing.filter_of(request.GET.get("f", ""))
    todos = listing.owed(request.actor).filter(chosen.test(now))
    rows = listing.covered(request.actor).filter(pk__in=todos.order_by().values("root_id"))
    found = listing.found_by(query) if query else None
    if query:
        rows = rows.filter(pk__in=found) if found is not None else rows.none()
    return rows, _("我的工作：%s") % chosen.label


@duty_required()
@require_http_methods(["GET", "POST"])
def ledger(request: Request) -> HttpResponse:
    """Ask what it is for, then hand over the file."""
    rows, what = listed(request)
    count, reason = rows.order_by().count(), clean_text(request.POST.get("reason", ""), lines=False)[:200]
    too_many = count > MOST
    if request.method == "POST" and len(reason) >= 2 and not too_many:
        return _file(request, rows, what, reason)
    back = request.path.removesuffix("ledger/")
    context = {
        "heading": _("导出台账"),
        "what": what,
        "count": count,
        "too_many": too_many,
        "most": MOST,
        "reason": reason,
        "missing": request.method == "POST" and len(reason) < 2,
        "back": back,
        "columns": [c.name for c in COLUMNS],
        "ids": request.POST.getlist("id") or request.GET.getlist("id"),
    }
    return render(request, "cases/desk/ledger.html", context, status=422 if request.method == "POST" else 200)


def _file(request: Request, rows: QuerySet[Matter], what: str, reason: str) -> HttpResponse:
    now = timezone.now()
    seen: list[Matter] = []
    stamp = _("%(name)s %(at)s 导出，供%(reason)s。内部资料，注意保密。") % {
        "name": request.me.name,
        "at": listing.shown_at(now),
        "reason": reason,
    }
    content = write_workbook(_("民情台账"), COLUMNS, _lines(rows, seen), watermark=stamp)
    _note_looks(request, seen, what, reason, now)
    response = HttpResponse(content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    name = f"民情台账-{timezone.localtime(now):%Y%m%d-%H%M}.xlsx"
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{_quoted(name)}"
    return response


def _quoted(name: str) -> str:
    return "".join(f"%{byte:02X}" for byte in name.encode())


def _lines(rows: QuerySet[Matter], seen: list[Matter]) -> Iterator[list[object]]:
    reports = Prefetch("reports", Report.objects.select_related("contact").order_by("created_at", "id"))
    orders = Prefetch("orders", Order.objects.order_by("created_at"))
    named = listing.names(rows).prefetch_related(reports, orders).order_by("created_at", "id")
    for matter in named.iterator(chunk_size=BATCH):
        seen.append(matter)
        yield line(matter)


def line(matter: Matter) -> list[object]:
    """One line of the ledger."""
    reports = list(matter.reports.all())
    first = reports[0] if reports else None
    answered = next((report for report in reversed(reports) if report.answer), None)
    faces = [report.satisfaction for report in reports if report.satisfaction]
    resolved = [report.is_resolved for report in reports if report.is_resolved is not None]
    return [
        matter.number, matter.get_channel_display(), _reporter(first), first.contact.masked_phone if first else "",
        matter.report_count, listing.name(matter, "grid"), listing.place_words(matter),
        mask_personal_data(first.text if first else matter.title),
        mask_personal_data(one_line(first.extra) if first else ""), matter.category.name if matter.category else "",
        matter.get_triage_class_display(), listing.name(matter, "organisation"), listing.name(matter, "handler"),
        matter.created_at, matter.accepted_at, matter.total_due_at, matter.handled_at,
        state_of(matter).label, mask_personal_data(answered.answer if answered else ""),
        first.contact.get_wish_display() if first else "", _resolved(resolved),
        f"{sum(faces) / len(faces):.1f}" if faces else "", _orders(matter), _("是") if matter.is_public else _("否"),
    ]  # fmt: skip


def _reporter(report: Report | None) -> str:
    return mask_name(report.contact.name) if report and report.contact.name else ""


def _resolved(answers: list[bool]) -> str:
    if not answers:
        return ""
    return _("已解决") if all(answers) else _("未解决")


def _orders(matter: Matter) -> str:
    return "；".join(f"{order.number} {order.asked[:30]}" for order in matter.orders.all())


def _note_looks(request: Request, matters: Iterable[Matter], what: str, reason: str, now: datetime) -> None:
    """Everybody whose words were exported can read by whom, when and why."""
    rows = []
    for matter in matters:
        ground = READ.allows(matter, request.actor)
        rows += [
            Look(
                account_id=request.me.pk,
                duty_id=ground.duty_id if ground else None,
                kind=Report.kind(),
                record_id=report.pk,
                subject_id=report.owner_id,
                what=_("导出台账（%s）") % what,
                reason=reason,
                at=now,
            )
            for report in matter.reports.all()
        ]
    Look.objects.bulk_create(rows, batch_size=1000)


@duty_required()
@require_safe
def paper(request: Request) -> HttpResponse:
    """The list on paper, without reporters."""
    rows, what = listed(request)
    found: list[Any] = list(listing.names(rows).order_by("due_at", "id")[: PRINTED + 1])
    context = {
        "heading": what,
        "rows": [listing.row_of_matter(one) for one in found[:PRINTED]],
        "issued_at": timezone.now(),
        "is_cut": len(found) > PRINTED,
        "most": PRINTED,
        "back": request.path.removesuffix("print/"),
        "signers": [_("打印人：%s") % request.me.name],
    }
    return render(request, "cases/print/list.html", context)
