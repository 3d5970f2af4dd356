"""Two that may be one: pairs for the desk, and the question before several matters are merged."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongzhi.accounts.gates import duty_required, safe_next
from gongzhi.accounts.request import Request
from gongzhi.cases import listing
from gongzhi.cases.actions import merge_all
from gongzhi.cases.models import Matter, Report
from gongzhi.cases.pairs import dismiss, pairs
from gongzhi.cases.views import bulk
from gongzhi.cases.views.detail import MOST_REPORTS
from gongzhi.cases.workflow import CLERK
from gongzhi.kernel.errors import NotPermitted, Refused
from gongzhi.kernel.procedure import permitted, possible, procedure_of

DESK = ("clerk", "community_secretary", "street_clerk", "district_clerk")


@duty_required(*DESK)
@require_safe
def likely(request: Request) -> HttpResponse:
    """可能重复: pairs with the reasons; merge them, or say that they are two."""
    found = [
        {"pair": pair, "rows": [listing.row_of_matter(pair.first), listing.row_of_matter(pair.second)]}
        for pair in pairs(request.actor)
    ]
    context = {"heading": _("可能重复"), "found": found, "back": "/work/"}
    return render(request, "cases/desk/pairs.html", context)


@duty_required(*DESK)
@require_POST
def two(request: Request) -> HttpResponse:
    """They are not the same: the pair does not come back."""
    numbers = [number[:12] for number in request.POST.getlist("id")[:2]]
    matters = list(Matter.objects.filter(CLERK.q(request.actor), number__in=numbers))
    if len(matters) != 2:
        raise Http404
    dismiss(matters[0], matters[1], request.actor)
    messages.success(request, _("记下了：“%(one)s”和“%(other)s”是两件事，不再提示。") % {
        "one": matters[0].title, "other": matters[1].title,
    })  # fmt: skip
    return redirect("/work/pairs/")


@duty_required(*DESK)
@require_http_methods(["GET", "POST"])
def merge(request: Request) -> HttpResponse:
    """Several matters into one: which one stays, what moves, why; all or none."""
    matters, back = bulk.chosen(request), safe_next(request, "/work/")
    if len(matters) < 2:
        messages.warning(request, _("合并要选两件以上。"))
        return redirect(back)
    context = _question(request, matters) | {"back": back}
    if request.method == "POST" and request.POST.get("sure"):
        target = next((one for one in matters if one.number == context["stays"]), None)
        if not context["reason"].strip():
            return _again(request, context, {"reason": _("请写明为什么是同一件事。")})
        if target is None:
            return _again(request, context, {"stays": _("请选留下哪一件。")})
        others = [one for one in matters if one.pk != target.pk]
        try:
            merge_all(others, target, context["reason"].strip()[:500], actor=request.actor)
        except Refused as error:
            status = 404 if isinstance(error, NotPermitted) else 409
            return _again(request, context | {"refusal": str(error)}, {}, status)
        words = _("%(n)d 件已并入“%(title)s”，反映人各自的号码、答复和评价都在。并错了可以拆回。")
        messages.success(request, words % {"n": len(others), "title": target.title})
        return redirect(f"/matters/{target.number}/")
    return render(request, "cases/desk/merge.html", context)


def _again(request: Request, context: dict[str, Any], wrong: dict[str, str], status: int = 422) -> HttpResponse:
    return render(request, "cases/desk/merge.html", context | {"wrong": wrong}, status=status)


def _question(request: Request, matters: list[Matter]) -> dict[str, Any]:
    """The matters with what each brings along; the one that is furthest or oldest is proposed to stay."""
    now_possible = [(one, _may(request, one)) for one in matters]
    moving = _reports([one.pk for one in matters])
    proposed = min(matters, key=lambda one: (one.dispatched_at is None, one.pk))
    return {
        "heading": _("合并"),
        "rows": [
            {"row": listing.row_of_matter(one), "matter": one, "fits": fits, "reports": moving.get(one.pk, [])}
            for one, fits in now_possible
        ],
        "stays": request.POST.get("stays", "") or proposed.number,
        "reason": request.POST.get("reason", ""),
        "wrong": {},
    }


def _may(request: Request, matter: Matter) -> bool:
    transition = procedure_of(matter).transition("merge")
    return possible(transition, matter, matter.created_at) and permitted(transition, matter, request.actor) is not None


def _reports(ids: list[int]) -> dict[int, list[Report]]:
    found: dict[int, list[Report]] = {}
    rows: QuerySet[Report] = Report.objects.filter(matter_id__in=ids).order_by("pk")
    for report in rows[: MOST_REPORTS * len(ids)]:
        found.setdefault(report.matter_id, []).append(report)
    return found
