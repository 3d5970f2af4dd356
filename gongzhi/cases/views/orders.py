"""The register of supervision orders 督办台账: on the page, in Excel, and each on A4.

Source: REQUIREMENTS.md row F2 (督办). Seen by who supervises; the words of residents are not in it.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.models import Account
from gongzhi.accounts.request import Request
from gongzhi.base.sheets import Column, write_workbook
from gongzhi.base.text import mask_personal_data
from gongzhi.cases import listing
from gongzhi.cases.listing import Filter
from gongzhi.cases.models import Level, Order
from gongzhi.cases.oversight import WATCHERS, watched
from gongzhi.cases.workflow import ORDER
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.who import get_or_404
from gongzhi.organisations.models import Organisation
from gongzhi.territory.models import Place

MOST = 20_000
PAGE = 50
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STANDINGS = (
    Filter("all", gettext_lazy("全部"), lambda now: Q(), always=True),
    Filter("issued", gettext_lazy("待回复"), lambda now: Q(state="issued"), always=True),
    Filter("late", gettext_lazy("超期未回复"), lambda now: Q(state="issued", limit_at__lt=now), "bad", True),
    Filter("raised", gettext_lazy("已提到上一级"), lambda now: Q(state="issued") & ~Q(raised_level=""), "bad"),
    Filter("replied", gettext_lazy("待审核"), lambda now: Q(state="replied"), "warn", True),
    Filter("closed", gettext_lazy("已办结"), lambda now: Q(state="closed"), always=True),
)
COLUMNS = (
    Column("督办单号", 14), Column("督办级别", 10), Column("事项编号", 14), Column("事项", 36), Column("社区", 16), Column("承办", 18),
    Column("督办要求", 40), Column("发出人", 10), Column("发出时间", 17, "time"), Column("回复期限", 17, "time"),
    Column("回复", 40), Column("回复时间", 17, "time"), Column("状态", 10), Column("办结时间", 17, "time"),
    Column("催办次数", 8, "number"), Column("回复不合要求次数", 10, "number"), Column("是否超期", 8), Column("超期后提到", 10),
)  # fmt: skip


def seen(actor: Actor) -> QuerySet[Order]:
    """The orders this actor supervises, newest first, with the names the register shows: one statement."""
    short = Coalesce(NullIf(F("short_name"), Value("")), F("name"))
    bodies = Organisation.objects.filter(pk=OuterRef("organisation_id")).annotate(shown=short).values("shown")[:1]
    people = Account.objects.filter(pk=OuterRef("account_id")).values("name")[:1]
    asked_by = Account.objects.filter(pk=OuterRef("asked_by")).values("name")[:1]
    community = Place.objects.filter(pk=OuterRef("community_id")).values("name")[:1]
    rows = Order.objects.filter(ORDER.read.q(actor), matter__in=watched(actor).values("pk")).select_related("matter")
    return rows.annotate(
        who=Coalesce(Subquery(bodies), Subquery(people), Value("")), community_name=Subquery(community),
        asked_name=Subquery(asked_by),
    ).order_by("-created_at", "-id")  # fmt: skip


def said(order: Order, what: str) -> str:
    """One of the names that `seen` added: who, community_name, asked_name."""
    return str(getattr(order, what, None) or "")


@duty_required(*WATCHERS)
@require_safe
def orders(request: Request) -> HttpResponse:
    """The register, narrowed by state, newest first."""
    now, everything = timezone.now(), seen(request.actor)
    standing = listing.filter_of(request.GET.get("f", ""), STANDINGS)
    numbers = listing.counts(everything, STANDINGS, now)
    level = request.GET.get("level", "")
    rows = everything.filter(standing.test(now))
    rows = rows.filter(level=level) if level in Level.values else rows
    if mark := listing.due_mark(request.GET.get("after", "")):
        at, last = mark
        rows = rows.filter(Q(created_at__lt=at) | Q(created_at=at, pk__lt=last))
    page = list(rows[: PAGE + 1])
    shown = page[:PAGE]
    filters = [
        {"label": one.label, "count": numbers[one.code], "active": one is standing, "tone": one.tone if numbers[one.code] else "",
         "url": f"?{urlencode({'f': one.code, 'level': level} if level else {'f': one.code})}"}
        for one in STANDINGS
    ]  # fmt: skip
    context = {
        "heading": _("督办台账"), "rows": [_row(order) for order in shown], "filters": filters, "standing": standing,
        "after": listing.due_cursor(shown[-1].created_at, shown[-1].pk) if len(page) > PAGE else "",
        "levels": [
            {"label": label, "active": code == level, "url": f"?{urlencode({'f': standing.code, 'level': code} if code else {'f': standing.code})}"}
            for code, label in [("", _("全部级别")), *Level.choices]
        ],
        "level": level, "summary": _("正在看“%s”的督办单，最新发出的在前。") % standing.label,
    }  # fmt: skip
    return render(request, "cases/supervision/orders.html", context)


def is_late(order: Order, now: datetime) -> bool:
    """Answered too late, or not answered and over."""
    return order.is_late or (order.state == "issued" and order.limit_at < now)


def _row(order: Order) -> dict[str, Any]:
    return {
        "order": order, "matter": order.matter, "who": said(order, "who"), "community": said(order, "community_name"),
        "state": str(ORDER.state(order.state).label), "is_open": order.state == "issued", "by": said(order, "asked_name"),
        "tone": {"issued": "info", "replied": "warn", "closed": "ok"}[order.state],
        "icon": {"issued": "send", "replied": "clock", "closed": "done"}[order.state],
        "url": f"/matters/{order.matter.number}/",
    }  # fmt: skip


@duty_required(*WATCHERS)
@require_safe
def ledger(request: Request) -> HttpResponse:
    """The register as an Excel file; who took it and when stands on each page."""
    now = timezone.now()
    standing = listing.filter_of(request.GET.get("f", ""), STANDINGS)
    level = request.GET.get("level", "")
    every = seen(request.actor).filter(standing.test(now))
    rows = (every.filter(level=level) if level in Level.values else every)[:MOST]
    stamp = _("%(name)s %(at)s 导出。内部资料，注意保密。") % {"name": request.me.name, "at": listing.shown_at(now)}
    content = write_workbook(_("督办台账"), COLUMNS, _lines(rows, now), watermark=stamp)
    response = HttpResponse(content, content_type=SHEET)
    name = f"督办台账-{timezone.localtime(now):%Y%m%d-%H%M}.xlsx"
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _lines(rows: QuerySet[Order], now: datetime) -> Iterator[list[object]]:
    for order in rows.iterator(chunk_size=500):
        yield [
            order.number, str(order.get_level_display()), order.matter.number, mask_personal_data(order.matter.title), said(order, "community_name"),
            said(order, "who"), mask_personal_data(order.asked), said(order, "asked_name"), order.created_at, order.limit_at,
            mask_personal_data(order.reply), order.replied_at, str(ORDER.state(order.state).label), order.closed_at,
            order.reminders, order.rejections, _("是") if is_late(order, now) else _("否"), str(order.get_raised_level_display()),
        ]  # fmt: skip


@duty_required(*WATCHERS)
@require_safe
def paper(request: Request, number: str) -> HttpResponse:
    """One order on A4, to be signed and filed."""
    order = get_or_404(seen(request.actor), ORDER.read, request.actor, number=number)
    fields = [
        (_("事项"), order.matter.title), (_("事项编号"), order.matter.number), (_("所在社区"), said(order, "community_name")),
        (_("承办"), said(order, "who") or _("社区经办")), (_("督办要求"), order.asked), (_("发出人"), said(order, "asked_name")),
        (_("发出时间"), _at(order.created_at)), (_("回复期限"), _at(order.limit_at)),
        (_("承办回复"), order.reply or " "), (_("回复时间"), _at(order.replied_at)), (_("状态"), str(ORDER.state(order.state).label)),
        (_("催办"), _("%d 次") % order.reminders), (_("回复不合要求"), _("%d 次") % order.rejections),
    ]  # fmt: skip
    context = {
        "heading": _("督办单"), "office": said(order, "community_name"), "number": order.number, "issued_at": order.created_at,
        "fields": fields, "back": "/supervision/orders/", "signers": [_("督办人"), _("承办人")], "seal": _("督办单位"),
    }  # fmt: skip
    return render(request, "cases/supervision/paper.html", context)


def _at(moment: datetime | None) -> str:
    return listing.shown_at(moment)
