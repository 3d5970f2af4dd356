"""What was taken out of an assessment, and who decided: always shown; asking and deciding."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.models import Account
from gongzhi.accounts.request import Request
from gongzhi.cases.models import Matter
from gongzhi.cases.workflow import READ
from gongzhi.kernel.errors import NotPossible, NotValid, Refused
from gongzhi.kernel.perform import perform
from gongzhi.kernel.procedure import available
from gongzhi.kernel.who import get_or_404
from gongzhi.statistics import actions, figures
from gongzhi.statistics.forms import AskForm
from gongzhi.statistics.models import Exclusion
from gongzhi.statistics.tables import Cell, Table
from gongzhi.statistics.views.common import address_of, page
from gongzhi.statistics.who import ASKER, AT_PLACES
from gongzhi.statistics.workflow import EXCLUSION


@duty_required(*AT_PLACES)
@require_safe
def exclusions(request: Request) -> HttpResponse:
    """Every exclusion of the range with reason and decision; the buttons are those `perform` would accept."""
    address = address_of(request)
    return _page(request, address, {})


def _page(request: Request, address: Any, typed: dict[int, dict[str, Any]], status: int = 200) -> HttpResponse:
    found = figures.excluded(address.asked, *Exclusion.State.values)
    waiting = list(
        Exclusion.objects.filter(EXCLUSION.read.q(request.actor), state="asked")
        .select_related("matter")
        .order_by("created_at")
    )
    names = _names([*found, *waiting])
    now = timezone.now()
    owed = [_line(one, names, request, now, typed.get(one.pk, {})) for one in waiting]
    judged = figures.assessed(address.asked)
    rows = [_row(one, names) for one in found]
    heads = [_("考核月份"), _("事项"), _("原因"), _("说明"), _("申请"), _("结果"), _("审批")]
    table = Table("exclusions", _("剔除清单"), heads, rows)
    response = page(
        request, "exclusions", address, [table], owed=owed, judged=judged, may_ask=bool(request.actor.holding(ASKER.posts)),
        rates=_both(judged),
    )  # fmt: skip
    response.status_code = status
    return response


def _both(judged: figures.Assessed) -> list[tuple[str, Any, Any]]:
    labels = ((_("按时联系"), "contact"), (_("问题解决"), "resolution"), (_("群众满意"), "satisfaction"))
    return [(label, getattr(judged.whole, name), getattr(judged.without, name)) for label, name in labels]


def _names(found: list[Exclusion]) -> dict[int, str]:
    people = {pk for one in found for pk in (one.asked_by, one.decided_by) if pk}
    return dict(Account.objects.filter(pk__in=people).values_list("pk", "name"))


def _row(one: Exclusion, names: dict[int, str]) -> list[Cell]:
    decided = f"{names.get(one.decided_by or 0, '')} {one.answer}".strip()
    return [
        Cell(f"{one.month:%Y-%m}"), Cell(one.matter.title, "", f"/matters/{one.matter.number}/"),
        Cell(str(Exclusion.Reason(one.reason).label)), Cell(one.words), Cell(names.get(one.asked_by or 0, "")),
        Cell(str(Exclusion.State(one.state).label)), Cell(decided),
    ]  # fmt: skip


def _line(one: Exclusion, names: dict[int, str], request: Request, now: Any, typed: dict[str, Any]) -> dict[str, Any]:
    return {
        "one": one, "reason": Exclusion.Reason(one.reason).label, "by": names.get(one.asked_by or 0, ""),
        "verbs": available(one, request.actor, now), **typed,
    }  # fmt: skip


@duty_required(*AT_PLACES)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """Ask that a matter does not count; first which one, then why."""
    number = (request.POST.get("matter") or request.GET.get("matter") or "").strip().replace("\0", "")[:12]
    readable = Matter.objects.filter(READ.q(request.actor)).filter(ASKER.q(request.actor))
    matter = readable.filter(number=number).first() if number else None
    context = {"heading": _("申请剔除"), "number": number, "matter": matter, "missing": bool(number) and matter is None}
    if matter is None:
        return render(request, "statistics/exclude.html", context, status=422 if request.method == "POST" else 200)
    blank = Exclusion(matter=matter)
    form = AskForm(request.POST if request.method == "POST" else None, record=blank, actor=request.actor)
    if form.is_bound and form.is_valid():
        try:
            actions.exclude(matter, request.POST, actor=request.actor)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            month = form.cleaned_data["month"]
            return redirect(f"/statistics/exclusions/?from={month:%Y-%m}&to={month:%Y-%m}")
    return render(request, "statistics/exclude.html", {**context, "form": form}, status=422 if form.is_bound else 200)


@duty_required(*AT_PLACES)
@require_POST
def act(request: Request, pk: int, verb: str) -> HttpResponse:
    """Decide, or take the request back; a refusal is said on the same page and what was typed stays."""
    one = get_or_404(Exclusion.objects.select_related("matter"), EXCLUSION.read, request.actor, pk=pk)
    if verb not in EXCLUSION.verbs() or not EXCLUSION.transition(verb).sources:
        raise Http404
    try:
        perform(one, verb, actor=request.actor, data=request.POST, seq=_seq(request))
    except NotValid as refusal:
        words = "；".join(error for errors in refusal.errors.values() for error in errors)
        return _page(
            request, address_of(request), {one.pk: {"error": words, "answer": request.POST.get("answer", "")}}, 422
        )
    except Refused as refusal:
        status = 409 if isinstance(refusal, NotPossible) else 404
        typed = {"error": str(refusal), "answer": request.POST.get("answer", "")}
        return _page(request, address_of(request), {one.pk: typed}, status)
    return redirect(f"/statistics/exclusions/?from={one.month:%Y-%m}&to={one.month:%Y-%m}")


def _seq(request: Request) -> int | None:
    typed = request.POST.get("seq", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else None
