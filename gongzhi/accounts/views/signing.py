"""Signing in, the second factor, registering, the one-time code, signing out."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from gongzhi.accounts import actions, factor, forms, guard, signin
from gongzhi.accounts.gates import safe_next
from gongzhi.accounts.models import Account
from gongzhi.accounts.pages import page, refused_status
from gongzhi.accounts.preferences import remember
from gongzhi.accounts.request import Request
from gongzhi.kernel.errors import NotValid, Refused

SIGN_IN = reverse_lazy("accounts:sign-in")
REGISTRATIONS = 60
"""Tries from one address within the guard's window."""


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: Request) -> HttpResponse:
    """Telephone or user name, and password; then the second factor, if one is on."""
    if request.method == "GET" and request.account is not None:
        return redirect(safe_next(request))
    form = forms.SignInForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return _entered(request, _checked(request, form))
            except Refused as error:
                form.add_error(None, str(error))
                status = refused_status(error)
    return render(
        request, "accounts/sign_in.html", page(request, form=form, heading=_("登录"), back="/"), status=status
    )


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "POST"])
def second_factor(request: Request) -> HttpResponse:
    """The six digits, or a recovery code, of somebody whose password was right a moment ago."""
    now = timezone.now()
    account = signin.waiting_account(request, now)
    if account is None:
        messages.info(request, _("等得久了一点，请重新输入密码。"))
        return redirect("accounts:sign-in")
    form = forms.CodeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if _factor_is_right(request, account, form.cleaned_data["code"]):
                    return _enter(request, account)
                form.add_error("code", _("动态口令不对或已经用过。请看手机上现在显示的 6 位数字，再试一次。"))
            except Refused as error:
                form.add_error(None, str(error))
                status = refused_status(error)
    return render(
        request,
        "accounts/second_factor.html",
        page(request, form=form, heading=_("动态口令"), back=SIGN_IN),
        status=status,
    )


@require_POST
def sign_out(request: Request) -> HttpResponse:
    """Leave this browser."""
    signin.leave(request)
    messages.success(request, _("您已退出。"))
    return redirect("accounts:sign-in")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def register(request: Request) -> HttpResponse:
    """A resident's own account; signs in at once and says what an unverified telephone means."""
    if request.account is not None:
        return redirect(safe_next(request))
    form = forms.RegisterForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            _count_registration(request)
            if form.is_valid():
                account = actions.register(**{name: form.cleaned_data[name] for name in ("name", "phone", "password")})
                messages.success(request, _("注册好了。工作人员核实您的电话之前，您只能看到自己发的内容。"))
                return _enter(request, account)
        except NotValid as error:
            forms.take_errors(form, error.errors)
        except Refused as error:
            form.add_error(None, str(error))
            status = refused_status(error)
    return render(
        request, "accounts/register.html", page(request, form=form, heading=_("居民注册"), back=SIGN_IN), status=status
    )


@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def forgotten(request: Request) -> HttpResponse:
    """A forgotten password: how to get a one-time code, and the form that takes it."""
    form = forms.ForgottenForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _use_code(request, form)
                messages.success(request, _("新密码设好了，请用新密码登录。"))
                return redirect("accounts:sign-in")
            except NotValid as error:
                forms.take_errors(form, error.errors)
            except Refused as error:
                form.add_error(None, str(error))
                status = refused_status(error)
    context = page(request, form=form, heading=_("忘记密码"), back=SIGN_IN, help_words=guard.help_words())
    return render(request, "accounts/forgotten.html", context, status=status)


def _checked(request: Request, form: forms.SignInForm) -> Account:
    data = form.cleaned_data
    return signin.check(data["identifier"], data["password"], guard.address_of(request))


def _entered(request: Request, account: Account) -> HttpResponse:
    """The password was right: sign in, or ask for the second factor first."""
    if not factor.is_on(account):
        return _enter(request, account)
    signin.wait_for_code(request, account, timezone.now())
    request.session["next"] = safe_next(request)
    return redirect("accounts:second-factor")


def _enter(request: Request, account: Account) -> HttpResponse:
    target = request.session.pop("next", None) or safe_next(request)
    signin.enter(request, account)
    return remember(redirect(target), request, account)


def _factor_is_right(request: Request, account: Account, typed: str) -> bool:
    now = timezone.now()
    keys = guard.keys_of("factor", signin.identity_of(account), guard.address_of(request))
    guard.count(keys)
    if not factor.verify(account, typed, now):
        return False
    guard.forget(keys)
    return True


def _count_registration(request: Request) -> None:
    """Only the address is counted; generously, for a fair may sign up a hall of people."""
    guard.count([guard.address_key("register", guard.address_of(request), REGISTRATIONS)])


def _use_code(request: Request, form: forms.ForgottenForm) -> None:
    data = form.cleaned_data
    address, now = guard.address_of(request), timezone.now()
    actions.use_code(data["identifier"], data["code"], data["password"], address, now)
