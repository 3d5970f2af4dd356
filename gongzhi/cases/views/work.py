"""My work: what I owe, nearest due first; the detail beside it where there is room; things done to several at once."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.cases import listing
from gongzhi.cases.listing import ALL, WORK, Filter, Rows
from gongzhi.cases.views import detail

REMEMBERED = "work"
"""Session key of the filter a person used last."""


@duty_required()
@require_safe
def work(request: Request) -> HttpResponse:
    """The list, filtered as the address says; without one, as this person left it."""
    remembered = request.session.get(REMEMBERED, "")
    if not request.GET and remembered:
        return redirect(f"{request.path}?{urlencode({'f': remembered})}")
    chosen = listing.filter_of(request.GET.get("f", ""))
    _remember(request, chosen)
    context = list_context(request, chosen)
    if request.htmx and request.htmx.target == "worklist":
        context["here"] = _open_beside(request)
    elif number := request.GET.get("m", ""):
        context |= {"here": number, "showing": "detail", **detail.context(request, number)}
    return render(request, "cases/desk/work.html", context)


def list_context(request: Request, chosen: Filter) -> dict[str, Any]:
    """Rows, filters with counts, the sentence about them; three statements, two more with a search."""
    now, query = timezone.now(), listing.typed(request.GET.get("q", ""))
    everything = listing.owed(request.actor)
    numbers = listing.counts(everything, WORK, now)
    request.owed = numbers["all"]
    rows, found = everything.filter(chosen.test(now)), listing.found_by(query) if query else None
    if query:
        rows = rows.filter(root_id__in=found) if found is not None else rows.none()
    page = listing.work_rows(rows, request.GET.get("after", ""))
    return {
        "heading": _("我的工作"), "page": page, "q": query, "filters": _chips(request, chosen, numbers),
        "summary": _words(chosen, query, page, numbers), "count_words": _count_words(numbers), "action": request.path,
        "too_short": bool(query) and found is None, "chosen": chosen.code, "bulk": bulk_actions(), "is_work": True,
    }  # fmt: skip


def bulk_actions() -> list[dict[str, Any]]:
    """What can be done to the selected rows."""
    return [
        {"label": _("批量接收"), "url": "/work/bulk/accept/", "get": True},
        {"label": _("批量派单"), "url": "/work/bulk/dispatch/", "get": True},
        {"label": _("合并"), "url": "/work/bulk/merge/", "get": True},
        {"label": _("导出台账"), "url": "/work/ledger/", "get": True},
    ]


def _remember(request: Request, chosen: Filter) -> None:
    code = "" if chosen is ALL else chosen.code
    if "f" in request.GET and request.session.get(REMEMBERED, "") != code:
        request.session[REMEMBERED] = code


def _open_beside(request: Request) -> str:
    """The matter that stands beside the list, from the address the browser shows."""
    shown = urlsplit(request.htmx.current_url or "")
    return (parse_qs(shown.query).get("m") or [shown.path.strip("/").rpartition("/")[2]])[0]


def _chips(request: Request, chosen: Filter, numbers: dict[str, int]) -> list[dict[str, Any]]:
    kept = {"q": request.GET["q"]} if request.GET.get("q") else {}
    shown = [one for one in WORK if one.always or numbers[one.code] or one is chosen]
    return [
        {
            "label": one.label,
            "count": numbers[one.code],
            "active": one is chosen,
            "url": f"{request.path}?{urlencode({'f': one.code, **kept})}",
            "tone": one.tone if numbers[one.code] else "",
        }
        for one in shown
    ]


def _count_words(numbers: dict[str, int]) -> str:
    owed = _("%d 件待办") % numbers["all"]
    return _("%(owed)s，%(late)d 件超期") % {"owed": owed, "late": numbers["late"]} if numbers["late"] else owed


def _words(chosen: Filter, query: str, page: Rows, numbers: dict[str, int]) -> str:
    """The filter row, said in a sentence."""
    if not query:
        count = numbers[chosen.code]
        what = _("全部待办") if chosen is ALL else f"“{chosen.label}”"
        return _("正在看%(what)s，%(count)d 件，先到期的在前。") % {"what": what, "count": count}
    within = "" if chosen is ALL else _("“%s”里") % chosen.label
    more = _("以上") if page.after else ""
    found = ngettext("%d 件", "%d 件", len(page.rows)) % len(page.rows)
    return _("%(within)s含“%(query)s”的待办：%(found)s%(more)s。") % {
        "within": within, "query": query, "found": found, "more": more,
    }  # fmt: skip
