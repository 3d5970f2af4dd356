"""A person's own pages: duties, language and type, password, second factor, devices, acting for me."""

from datetime import timedelta

import segno
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongzhi.accounts import actions, changes, duties, factor, forms, guard, passwords, pickers, signin
from gongzhi.accounts.gates import safe_next, signed_in, signed_in_even_with_new_password
from gongzhi.accounts.models import Account, Delegation, Duty, SignIn
from gongzhi.accounts.pages import page, refused_status
from gongzhi.accounts.preferences import remember
from gongzhi.accounts.request import Request
from gongzhi.kernel.errors import NotPossible, NotValid, Refused

DEVICES = 30
ME = reverse_lazy("accounts:me")


@require_safe
@signed_in
def me(request: Request) -> HttpResponse:
    """Who I am here: my duties and what each lets me see, whom I act for, and the ways to my settings."""
    mine = [grant.duty_id for grant in request.actor.grants]
    usable = list(Duty.objects.filter(pk__in=mine).select_related("place", "organisation", "account").order_by("pk"))
    coming = [duty for duty in _open_duties(request.me) if duty.standing() == "coming"]
    pickers.name_fully([*usable, *coming])
    context = page(
        request,
        heading=_("我的账号"),
        duties=[duty for duty in usable if duty.account_id == request.me.pk],
        lent=[duty for duty in usable if duty.account_id != request.me.pk],
        coming=coming,
        is_factor_on=factor.is_on(request.me),
        form=forms.PreferencesForm(initial=_preferences(request.me)),
    )
    return render(request, "accounts/me.html", context)


@require_POST
@signed_in
def preferences(request: Request) -> HttpResponse:
    """Language, large type, colours: kept on the account and told to this browser."""
    form = forms.PreferencesForm(request.POST)
    if not form.is_valid():
        messages.warning(request, _("没有改：请从列出的里面选。"))
        return redirect("accounts:me")
    account = request.me
    for name, value in form.cleaned_data.items():
        setattr(account, name, value)
    account.save(update_fields=list(form.cleaned_data))
    messages.success(request, _("记住了，您在别的设备登录也一样。"))
    return remember(redirect("accounts:me"), request, account)


@sensitive_post_parameters("current", "password")
@require_http_methods(["GET", "POST"])
@signed_in_even_with_new_password
def password(request: Request) -> HttpResponse:
    """Change the password; other devices are signed out."""
    form = forms.NewPasswordForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if _knows_password(request, form):
                    actions.change_password(request.me, form.cleaned_data["password"])
                    signin.stay(request, request.me)
                    messages.success(request, _("密码改好了，其他设备都已退出。"))
                    return redirect(safe_next(request, "") or "accounts:me")
            except NotValid as error:
                forms.take_errors(form, error.errors)
            except Refused as error:
                form.add_error(None, str(error))
                status = refused_status(error)
    rule = passwords.rule(is_staff=request.me.is_staff_kind)
    context = page(request, form=form, heading=_("修改密码"), back=ME, rule=rule, must=request.me.must_change_password)
    return render(request, "accounts/password.html", context, status=status)


@sensitive_post_parameters("current", "code")
@require_http_methods(["GET", "POST"])
@signed_in
def second_factor(request: Request) -> HttpResponse:
    """Switch the second factor on (scan, type a first code) or off (password)."""
    if factor.is_on(request.me):
        return _factor_off(request)
    form = forms.CodeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            codes = factor.confirm(request.me, form.cleaned_data["code"], timezone.now())
            if codes:
                changes.note(request.me, changes.Verb.FACTOR_ON, request.me)
                return _codes_page(request, codes)
            form.add_error("code", _("对不上。请看手机上现在显示的 6 位数字；手机时间要准。"))
    secret = factor.begin(request.me)
    picture = segno.make(factor.address(request.me, secret), error="m").svg_inline(border=2, omitsize=True)
    context = page(request, form=form, heading=_("动态口令"), back=ME, secret=secret, picture=mark_safe(picture))  # noqa: S308
    return render(request, "accounts/factor_on.html", context, status=status)


@sensitive_post_parameters("current")
@require_POST
@signed_in
def recovery_codes(request: Request) -> HttpResponse:
    """Ten new recovery codes, shown once; the old ones stop working."""
    form = forms.PasswordForm(request.POST)
    if not factor.is_on(request.me):
        raise Http404
    try:
        if form.is_valid() and _knows_password(request, form):
            return _codes_page(request, factor.renew_recovery_codes(request.me))
    except Refused as error:
        form.add_error(None, str(error))
    return _factor_page(request, form, 422)


@require_http_methods(["GET", "POST"])
@signed_in
def devices(request: Request) -> HttpResponse:
    """Where I am signed in; one device, or all others, can be signed out."""
    if request.method == "POST":
        return _sign_out_devices(request)
    live = SignIn.objects.filter(account=request.me, ended_at__isnull=True)
    # A session that died by itself leaves its row; what has not been seen for its whole idle time is gone.
    fresh = live.filter(seen_at__gt=timezone.now() - timedelta(seconds=signin.idle_seconds(request.me)) - signin.TOUCH)
    rows = list(fresh.order_by("-seen_at", "-pk")[:DEVICES])
    context = page(request, heading=_("登录的设备"), back=ME, rows=rows, here=request.session.session_key)
    return render(request, "accounts/devices.html", context)


@require_safe
@signed_in
def delegations(request: Request) -> HttpResponse:
    """Who acts for me, and for whom I act."""
    mine = Delegation.objects.filter(from_account=request.me).select_related("to_account", "duty__place",
                                                                            "duty__organisation")  # fmt: skip
    others = Delegation.objects.filter(to_account=request.me).select_related("from_account", "duty__place",
                                                                            "duty__organisation")  # fmt: skip
    given = list(mine.order_by("-ends", "-pk")[:50])
    held = list(others.open_term(timezone.localdate()).order_by("ends", "pk")[:50])
    pickers.name_fully(item.duty for item in [*given, *held] if item.duty)
    context = page(
        request,
        heading=_("代办"),
        back=ME,
        given=given,
        held=held,
        may_give=bool(_open_duties(request.me)),
    )
    return render(request, "accounts/delegations.html", context)


@require_http_methods(["GET", "POST"])
@signed_in
def delegate(request: Request) -> HttpResponse:
    """Lend own duties: find the colleague first, then the days and the reason."""
    own = _open_duties(request.me)
    if not own:
        raise Http404
    query = request.GET.get("q", "")[:80]
    chosen = pickers.chosen(
        pickers.colleagues(request.me, own, ""), request.POST.get("to") or request.GET.get("to", "")
    )
    form = forms.DelegationForm(request.POST or None, duties=pickers.duty_choices(own))
    status = 200
    if request.method == "POST":
        status = 422
        if chosen is None:
            form.add_error(None, _("请先选一位代办人。"))
        elif form.is_valid():
            try:
                _lend(request, form, own, chosen)
                messages.success(request, _("已委托 %s 代办，到期自动停止。") % chosen.name)
                return redirect("accounts:delegations")
            except NotValid as error:
                forms.take_errors(form, error.errors)
            except Refused as error:
                form.add_error(None, str(error))
    people = list(pickers.colleagues(request.me, own, query)[: pickers.SHOWN]) if query.strip() else []
    context = page(request, form=form, heading=_("委托代办"), back=ME, people=people, chosen=chosen, query=query)
    return render(request, "accounts/delegate.html", context, status=status)


@require_POST
@signed_in
def end_delegation(request: Request, pk: int) -> HttpResponse:
    """Take the duties back, or give them back, at once."""
    involved = Delegation.objects.filter(from_account=request.me) | Delegation.objects.filter(to_account=request.me)
    delegation = get_object_or_404(involved, pk=pk)
    try:
        duties.end_delegation(delegation, by=request.me)
        messages.success(request, _("代办已结束。"))
    except NotPossible as error:
        messages.info(request, str(error))
    return redirect("accounts:delegations")


def _preferences(account: Account) -> dict[str, object]:
    return {"language": account.language, "large_type": account.large_type, "theme": account.theme}


def _open_duties(account: Account) -> list[Duty]:
    rows = Duty.objects.filter(account=account).open_term(timezone.localdate())
    return list(rows.select_related("place", "organisation").order_by("starts", "pk"))


def _knows_password(request: Request, form: forms.NewPasswordForm | forms.PasswordForm) -> bool:
    address = guard.address_of(request)
    if signin.check_own_password(request.me, form.cleaned_data["current"], address):
        return True
    form.add_error("current", _("现在的密码不对，请再输一次。"))
    return False


def _factor_off(request: Request) -> HttpResponse:
    form = forms.PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            if _knows_password(request, form):
                actions.switch_factor_off(request.me, by=request.me)
                messages.success(request, _("动态口令关了，以后登录只要密码。"))
                return redirect("accounts:me")
        except Refused as error:
            form.add_error(None, str(error))
    return _factor_page(request, form, 422 if request.method == "POST" else 200)


def _factor_page(request: Request, form: forms.PasswordForm, status: int) -> HttpResponse:
    left = factor.recovery_codes_left(request.me)
    context = page(request, form=form, heading=_("动态口令"), back=ME, left=left)
    return render(request, "accounts/factor_off.html", context, status=status)


def _codes_page(request: Request, codes: list[str]) -> HttpResponse:
    context = page(request, heading=_("备用码"), back=ME, codes=codes)
    return render(request, "accounts/recovery_codes.html", context)


def _sign_out_devices(request: Request) -> HttpResponse:
    wanted = request.POST.get("device", "")
    if wanted == "all":
        signin.end_all_sessions(request.me)
        signin.stay(request, request.me)
        changes.note(request.me, changes.Verb.SIGNED_OUT_EVERYWHERE, request.me)
        messages.success(request, _("其他设备都已退出。"))
    else:
        row = get_object_or_404(SignIn, account=request.me, pk=int(wanted) if wanted.isdecimal() else 0)
        signin.end_session(request, row)
        messages.success(request, _("那台设备已退出。"))
    return redirect("accounts:devices")


def _lend(request: Request, form: forms.DelegationForm, own: list[Duty], to: Account) -> Delegation:
    data = form.cleaned_data
    duty = next((duty for duty in own if str(duty.pk) == data["duty"]), None)
    term = duties.Term(data["starts"], data["ends"])
    return duties.delegate(request.me, to, duty, term, data["reason"], by=request.me)
