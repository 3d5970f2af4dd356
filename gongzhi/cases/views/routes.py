"""The six special routes explained: for everybody, at a place, on paper; and as words for a form."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongzhi.accounts.request import Request
from gongzhi.cases import special
from gongzhi.cases.views import report as reporting
from gongzhi.cases.views import where
from gongzhi.territory.models import Place


@require_safe
def routes(request: Request) -> HttpResponse:
    """All six: in which cases it is another way, and that one may still say it."""
    place = _place(request)
    context = {
        "heading": _("这些情况，另有办法"), "back": "/", "tabs": (), "place": place,
        "routes": special.all_explained(place.path if place else "/"),
    }  # fmt: skip
    return render(request, "cases/routes/list.html", context)


@require_safe
def route(request: Request, code: str) -> HttpResponse:
    """One of them: why, whom to call, where to go, the law, what one can still do."""
    place = _place(request)
    found = special.explained(code, place.path if place else "/")
    if found is None:
        raise Http404
    context = {"heading": found.route.title, "back": "/routes/", "tabs": (), "place": place, "one": found}
    return render(request, "cases/routes/one.html", context)


def _place(request: Request) -> Place | None:
    """The place in the address, or the visitor's own community."""
    return where.reportable(where.number(request.GET.get("place", "")) or reporting.home_id(request))
