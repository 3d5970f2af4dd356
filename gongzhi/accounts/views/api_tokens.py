"""Tokens for programs: a person makes and revokes own ones; an administrator revokes those of the own place."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongzhi.accounts import factor, forms, guard, signin, tokens
from gongzhi.accounts.forms_tokens import TokenForm
from gongzhi.accounts.gates import signed_in
from gongzhi.accounts.models import ApiToken
from gongzhi.accounts.pages import page, refused_status
from gongzhi.accounts.request import Request
from gongzhi.accounts.views.people import administrator, behalf, managed_or_404
from gongzhi.kernel.errors import NotPossible, NotValid, Refused

SHOWN = 50
LIST = reverse_lazy("accounts:tokens")


@require_safe
@signed_in
def mine(request: Request) -> HttpResponse:
    """My tokens, the usable ones first."""
    rows = list(ApiToken.objects.filter(account=request.me).order_by("-pk")[:SHOWN])
    rows.sort(key=lambda token: token.standing != "usable")
    return render(
        request,
        "accounts/tokens.html",
        _context(request, heading=_("接口令牌"), rows=rows, back=reverse_lazy("accounts:me")),
    )


@sensitive_post_parameters("current", "code")
@require_http_methods(["GET", "POST"])
@signed_in
def new(request: Request) -> HttpResponse:
    """Make one, with the password again; its secret is shown on the next page, once."""
    form = TokenForm(request.POST or None, with_code=factor.is_on(request.me))
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if form.is_valid() and _is_me(request, form):
                return _made(request, form)
        except NotValid as error:
            forms.take_errors(form, error.errors)
        except Refused as error:
            form.add_error(None, str(error))
            status = refused_status(error)
    context = _context(request, heading=_("新建接口令牌"), form=form, back=LIST)
    return render(request, "accounts/token_new.html", context, status=status)


@require_POST
@signed_in
def revoke(request: Request, pk: int) -> HttpResponse:
    """My token stops working at once."""
    _revoke(request, get_object_or_404(ApiToken, account=request.me, pk=pk))
    return redirect("accounts:tokens")


@require_POST
@administrator
def revoke_for(request: Request, pk: int) -> HttpResponse:
    """A token of somebody at the administrator's place stops working at once; its owner is told."""
    token = get_object_or_404(ApiToken.objects.select_related("account"), pk=pk)
    managed_or_404(request, token.account_id)
    _revoke(request, token, behalf(request))
    return redirect("accounts:person", token.account_id)


def _revoke(request: Request, token: ApiToken, on_behalf_of: int | None = None) -> None:
    try:
        tokens.revoke(token, by=request.me, on_behalf_of=on_behalf_of)
        messages.success(request, _("“%s”已作废，用它的程序马上连不上了。") % token.label)
    except NotPossible as error:
        messages.info(request, str(error))


def _is_me(request: Request, form: TokenForm) -> bool:
    """The password, and the code where the second factor is on; both guarded against guessing."""
    data, address = form.cleaned_data, guard.address_of(request)
    if not signin.check_own_password(request.me, data["current"], address):
        form.add_error("current", _("现在的密码不对，请再输一次。"))
        return False
    if "code" not in form.fields:
        return True
    keys = guard.keys_of("code", signin.identity_of(request.me), address)
    guard.count(keys)
    if not factor.verify(request.me, data["code"], timezone.now()):
        form.add_error("code", _("对不上。请看手机上现在显示的 6 位数字；手机时间要准。"))
        return False
    guard.forget(keys)
    return True


def _made(request: Request, form: TokenForm) -> HttpResponse:
    data = form.cleaned_data
    token, secret = tokens.make(request.me, data["label"], data["scopes"], data["last_day"])
    context = _context(request, heading=_("令牌建好了"), token=token, secret=secret, back=LIST)
    return render(request, "accounts/token_made.html", context)


def _context(request: Request, **context: Any) -> dict[str, Any]:
    return page(request, scopes=tokens.SCOPES, **context)
