"""Two small pages of the interface itself: the look a browser chose, and the style guide."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from gongzhi.base import guide as samples

YEAR = 365 * 24 * 3600
LOOKS = {"type": {"large", "normal"}, "theme": {"light", "dark", "auto"}}


@require_safe
def look(request: HttpRequest) -> HttpResponse:
    """Remember large type or a theme (`?type=large&next=/here`) and go back; works without JavaScript."""
    target = request.GET.get("next", "/")
    here = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    response = redirect(target if here else "/")
    for name, values in LOOKS.items():
        value = request.GET.get(name, "")
        if value in values:
            response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response


@require_safe
def guide(request: HttpRequest, page: str = "phone") -> HttpResponse:
    """The living style guide, one page for each base template; only where DEBUG is on."""
    if not settings.DEBUG or page not in samples.PAGES:
        raise Http404
    return render(request, f"ui/guide/{page}.html", samples.context(page))
