"""Load-and-authorise for views: `signed_in` asks people to sign in, `duty_required` shows strangers nothing at all."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeAlias
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache

from gongzhi.accounts import signin
from gongzhi.accounts.posts import posts as checked
from gongzhi.accounts.request import Request

P = ParamSpec("P")
View: TypeAlias = Callable[Concatenate[Request, P], HttpResponseBase]


def signed_in(view: View[P]) -> View[P]:
    """The view for a signed-in person; others are sent to sign in and come back to where they were.

    Somebody whose password was made by staff is sent to change it first. In the view `request.me` is the account.
    """
    return _gate(view, may_wait=False)


def signed_in_even_with_new_password(view: View[P]) -> View[P]:
    """`signed_in` for the page on which the one-time password is changed."""
    return _gate(view, may_wait=True)


def duty_required(*codes: str) -> Callable[[View[P]], View[P]]:
    """The view for people who hold one of these posts (any duty without codes) today; a stranger gets 404.

    It opens the page only: what stands on the page is still asked of `who`. An unknown code: UnknownPost at import.
    """
    wanted = checked(*codes)

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def gate(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            grants = request.actor.holding(wanted) if wanted else request.actor.grants
            if not grants:
                raise Http404
            return view(request, *args, **kwargs)

        return _gate(gate, may_wait=False)

    return decorate


def safe_next(request: Request, otherwise: str = "/") -> str:
    """Where to go after signing in: an address of this site, or `otherwise`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours and "\0" not in wanted and len(wanted) <= 2000 else otherwise


def sign_in_address(next_address: str) -> str:
    """The sign-in page that leads back to `next_address`."""
    return f"{reverse('accounts:sign-in')}?{urlencode({'next': next_address})}"


def _gate(view: View[P], *, may_wait: bool) -> View[P]:
    @never_cache
    @wraps(view)
    def gate(request: Request, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        account = request.account
        if account is None:
            return _elsewhere(request, sign_in_address(_here(request)))
        if account.must_change_password and not may_wait:
            return _elsewhere(request, f"{reverse('accounts:password')}?{urlencode({'next': _here(request)})}")
        signin.touch(request)
        return view(request, *args, **kwargs)

    return gate


def _here(request: Request) -> str:
    """Where a person was: a sent form leads back to the page it stood on."""
    if request.method in ("GET", "HEAD"):
        return request.get_full_path()
    return request.path


def _elsewhere(request: Request, address: str) -> HttpResponse:
    """A redirect; a part loaded by htmx tells the whole page to go."""
    if request.htmx:
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)
