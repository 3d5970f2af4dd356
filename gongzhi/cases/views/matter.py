"""A matter's page: everything about one matter in one place, the reporter's telephone by reason, papers."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.cases.views import detail


@duty_required()
@require_safe
def matter(request: Request, number: str) -> HttpResponse:
    """The page; beside a list only its detail."""
    context = detail.context(request, number)
    beside = bool(request.htmx) and request.htmx.target in ("detail", "act")
    return render(request, "cases/matter/only.html" if beside else "cases/matter/page.html", context)
