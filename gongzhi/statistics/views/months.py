"""Months as they were published beside the same months counted now, and the monthly reports."""

from datetime import date
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import Refused
from gongzhi.kernel.models import Delivery
from gongzhi.statistics import actions, mail
from gongzhi.statistics import months as figures_of
from gongzhi.statistics.forms import AddressForm, month_of
from gongzhi.statistics.models import Paper, Published, Reader
from gongzhi.statistics.rollup import months as all_months
from gongzhi.statistics.scope import Address
from gongzhi.statistics.tables import Cell, Table, rate
from gongzhi.statistics.views.common import address_of, attachment, page
from gongzhi.statistics.who import AT_PLACES, WATCHERS
from gongzhi.territory.models import Place

LEVELS = ("district", "street", "community")
"""Places that publish."""


def here(address: Address) -> Place:
    """The place asked for, or the community above it; nothing for who holds no duty at one."""
    node = address.place
    if node is None:
        raise Http404
    pk = node.id if node.kind in LEVELS else node.community_id
    found = Place.objects.filter(pk=pk or 0).first()
    if found is None:
        raise Http404
    return found


@duty_required(*AT_PLACES)
@require_http_methods(["GET", "POST"])
def months(request: Request) -> HttpResponse:
    """What was published month by month; one of them counted again with the reason of any difference; closing."""
    address = address_of(request)
    place = here(address)
    error, status = "", 200
    if request.method == "POST":
        month = month_of(request.POST.get("month"))
        if month is None or not _may_close(request.actor, place):
            raise Http404
        try:
            actions.close_month(place, month, actor=request.actor)
            return redirect(f"/statistics/months/?place={place.pk}&month={month:%Y-%m}")
        except Refused as refusal:
            error, status = str(refusal), 409
    rows = {row.month: row for row in Published.objects.filter(place=place).order_by("-month")[:36]}
    chosen = rows.get(month_of(request.GET.get("month")) or next(iter(rows), date.min))
    compared = figures_of.compare(_with_place(chosen, place)) if chosen else None
    early = list(all_months(date(2000, 1, 1), address.today.replace(day=1)))[-13:-1]
    missing = [(f"{one:%Y-%m}") for one in reversed(early) if one not in rows]
    response = page(
        request, "months", address, [_published(rows, place), *([_compared(compared)] if compared else [])], place=place,
        compared=compared, missing=missing, may_close=_may_close(request.actor, place), error=error,
    )  # fmt: skip
    response.status_code = status
    return response


def _with_place(row: Published, place: Place) -> Published:
    row.place = place
    return row


def _may_close(actor: Actor, place: Place) -> bool:
    """Who leads at the place or above it."""
    return any(
        getattr(place, f"{grant.level}_id", None) in grant.covered
        for grant in actor.holding(WATCHERS)
        if grant.level in LEVELS
    )


def _published(rows: dict[date, Published], place: Place) -> Table:
    lines = []
    for month, row in rows.items():
        shown, kept = figures_of.Compared(row, row.figures, []).published, row.figures
        first = Cell(f"{month:%Y-%m}", "", f"/statistics/months/?place={place.pk}&month={month:%Y-%m}")
        numbers = [Cell(kept["measures"][name]) for name in ("received", "finished", "closed")]
        lines.append([
            first, *numbers, Cell(kept["open"]["open"]), rate(shown.contact), rate(shown.resolution), rate(shown.satisfaction),
            Cell(len(kept["exclusions"])), Cell(row.digest[:12]),
        ])  # fmt: skip
    heads = [
        _("月份"), _("收到"), _("办好"), _("办结"), _("月末没办结"), _("按时联系"), _("问题解决"), _("群众满意"), _("剔除"), _("指纹"),
    ]  # fmt: skip
    return Table("published", _("%s 已关账的月份") % place.name, heads, lines)


def _compared(found: figures_of.Compared) -> Table:
    kept, now = found.row.figures["measures"], found.now["measures"]
    labels = (
        ("received", _("收到")),
        ("finished", _("办好")),
        ("closed", _("办结")),
        ("reopened", _("重办")),
        ("rated", _("评价")),
    )
    lines = [[Cell(label), Cell(kept[name]), Cell(now[name])] for name, label in labels]
    rates = ((_("按时联系"), "contact"), (_("问题解决"), "resolution"), (_("群众满意"), "satisfaction"))
    for label, name in rates:
        then, fresh = getattr(found.published, name), getattr(found.present, name)
        lines.append(
            [
                Cell(label),
                *(Cell(rate(one).value, f"{rate(one).text}（{one.part}/{one.whole}）") for one in (then, fresh)),
            ]
        )
    title = _("%(month)s 公布时和现在重算") % {"month": f"{found.row.month:%Y-%m}"}
    return Table("compared", title, [_("指标"), _("公布时"), _("现在重算")], lines)


# --- Reports ------------------------------------------------------------------------------------------------------


@duty_required(*AT_PLACES)
@require_http_methods(["GET", "POST"])
def reports(request: Request) -> HttpResponse:
    """The monthly reports of the place and below, how their mails went, and the own wish for mail."""
    address = address_of(request)
    reader = Reader.objects.filter(account_id=request.me.pk).first()
    form = AddressForm(request.POST if request.method == "POST" else None, initial={"address": mail.address_of(reader)})
    if form.is_bound and form.is_valid():
        actions.subscribe(request.me.pk, form.cleaned_data["address"])
        return redirect("/statistics/reports/")
    rows = list(_papers(address)[:60])
    sent = mail.outcome([row.pk for row in rows])
    lines = [
        [Cell(f"{row.month:%Y-%m}"), Cell(row.place.name), Cell(mail.file_name(row), "", f"/statistics/reports/{row.pk}/"),
         Cell(_how(row, sent))]
        for row in rows
    ]  # fmt: skip
    table = Table("papers", _("月报"), [_("月份"), _("地点"), _("文件"), _("邮件")], lines)
    troubles = [row for row in sent if row.state in (Delivery.State.FAILED, Delivery.State.UNKNOWN)]
    response = page(request, "reports", address, [table], form=form, mail_is_on=mail.is_on(), troubles=troubles)
    response.status_code = 422 if form.is_bound else 200
    return response


def _papers(address: Address) -> Any:
    node = address.place
    if node is None:
        raise Http404
    own = Q(place__path__startswith=node.path) | Q(place=node.community_id)
    return Paper.objects.filter(own).select_related("place").defer("content").order_by("-month", "place__path")


def _how(row: Paper, sent: list[Delivery]) -> str:
    states = [Delivery.State(one.state).label for one in sent if one.record_id == row.pk]
    return "；".join(f"{label} {states.count(label)}" for label in dict.fromkeys(states)) or _("没有发邮件")


@duty_required(*AT_PLACES)
@require_safe
def paper(request: Request, pk: int) -> HttpResponse:
    """One report as it was made, for who holds a duty at its place or above."""
    found = Paper.objects.select_related("place").filter(pk=pk).first()
    if found is None or not _reaches(request.actor, found.place):
        raise Http404
    return attachment(bytes(found.content), mail.file_name(found), mail.DOCX)


def _reaches(actor: Actor, place: Place) -> bool:
    return any(
        getattr(place, f"{grant.level}_id", None) in grant.covered
        for grant in actor.holding(AT_PLACES)
        if grant.level in LEVELS
    )
