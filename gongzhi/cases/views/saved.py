"""The lists one keeps for oneself, each with how many there are now."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.cases import saved
from gongzhi.cases.models import SavedFilter
from gongzhi.cases.views.matters import asked_by
from gongzhi.kernel.errors import NotValid


@duty_required()
@require_http_methods(["GET", "HEAD", "POST"])
def lists(request: Request) -> HttpResponse:
    """All of mine with their counts; a new one from the list it was made on."""
    name, query, errors = request.POST.get("name", ""), request.POST.get("query", ""), []
    if request.method == "POST":
        try:
            made = saved.keep(request.actor, name, query)
            messages.success(request, _("“%s”存下了，以后在全部事项上面一点就到。") % made.name)
            return redirect(f"/matters/?{made.query}")
        except NotValid as problem:
            errors = problem.errors["name"]
    rows = [_line(request, row) for row in saved.saved_of(request.actor)]
    context = {
        "heading": _("我存的筛选"),
        "rows": rows,
        "errors": errors,
        "name": name,
        "query": query,
        "most": saved.MOST,
    }
    return render(request, "cases/desk/saved.html", context, status=422 if errors else 200)


def _line(request: Request, row: SavedFilter) -> dict[str, Any]:
    found, form, standing, query, _short = asked_by(QueryDict(row.query), request.actor)
    words = "；".join(filter(None, [str(standing.label), _("“%s”") % query if query else "", *form.words()]))
    return {"row": row, "count": found.count(), "words": words, "url": f"/matters/?{row.query}"}


@duty_required()
@require_POST
def drop(request: Request, pk: int) -> HttpResponse:
    """One of mine less."""
    saved.drop(request.actor, pk)
    messages.success(request, _("已删掉。"))
    return redirect("cases:saved")
