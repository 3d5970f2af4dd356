"""What every page of figures shares: the address, the tabs, the filters, a table as Excel."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.accounts.request import Request
from gongzhi.statistics import figures
from gongzhi.statistics.scope import Address
from gongzhi.statistics.tables import Table, workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def address_of(request: Request) -> Address:
    """What the page is asked for."""
    return Address(request.actor, request.GET, timezone.localdate())


def tabs(here: str, address: Address) -> list[dict[str, Any]]:
    """The pages of figures side by side; the filters stay."""
    pages = [
        ("", _("总览")), ("steps", _("环节用时")), ("backlog", _("未办结")), ("themes", _("主题热点")), ("units", _("承办单位")),
    ]  # fmt: skip
    if address.sees_places:
        pages += [("exclusions", _("剔除")), ("months", _("关账")), ("reports", _("月报"))]
    kept = address.kept()
    return [
        {"label": label, "url": f"/statistics/{code}/?{kept}" if code else f"/statistics/?{kept}", "active": code == here}
        for code, label in pages
    ]  # fmt: skip


def narrow(request: Request, address: Address) -> list[dict[str, Any]]:
    """The selects of the filter row with what is chosen."""
    labels = {
        "place": _("地点"), "from": _("从"), "to": _("到"), "category": _("类别"), "channel": _("来源"), "class": _("大小私"),
        "procedure": _("程序"),
    }  # fmt: skip
    place = str(address.place.id) if address.place else ""
    chosen = {"place": place, "from": f"{address.first:%Y-%m}", "to": f"{address.last:%Y-%m}"}
    chosen |= {name: request.GET.get(name, "") for name in ("category", "channel", "class", "procedure")}
    return [
        {"name": name, "label": labels[name], "choices": choices, "chosen": chosen[name], "may_be_empty": name not in chosen
         or name in ("category", "channel", "class", "procedure")}
        for name, choices in address.choices().items() if choices
    ]  # fmt: skip


def page(request: Request, here: str, address: Address, tables: Iterable[Table], **more: Any) -> HttpResponse:
    """The page, or one of its tables as Excel when the address asks for it."""
    shown = list(tables)
    if wanted := request.GET.get("xlsx", ""):
        for table in shown:
            if table.code == wanted:
                return excel(request, table)
    path = f"/statistics/{here}/" if here else "/statistics/"
    narrowed = [{"words": words, "url": f"{path}?{address.kept(**{name: ''})}"} for name, words in address.narrowed()]
    handler = (
        request.GET.get("handler", "")
        if any(column in address.only for column in ("organisation_id", "account_id"))
        else ""
    )
    context = {
        "heading": _("统计"), "where": address.where(), "span": address.span(), "tabs": tabs(here, address), "tables": shown,
        "fields": narrow(request, address), "narrowed": narrowed, "handler": handler, "path": path, "kept": address.kept(),
        "counted_at": figures.counted_at(address.asked), **more,
    }  # fmt: skip
    return render(request, f"statistics/{here or 'overview'}.html", context)


def excel(request: Request, table: Table) -> HttpResponse:
    """One table as a file; who took it out stands at its foot."""
    stamp = _("%(name)s %(at)s 导出") % {"name": request.me.name, "at": f"{timezone.localtime():%Y-%m-%d %H:%M}"}
    return attachment(workbook(table, stamp), f"{table.title}.xlsx", XLSX)


def attachment(content: bytes, name: str, kind: str) -> HttpResponse:
    """A file to keep."""
    response = HttpResponse(content, content_type=kind)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response
