"""The administrator's pages for duties, delegations, and confirming a resident's telephone."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gongzhi.accounts import actions, duties, forms, pickers, posts, scope
from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.models import Account, Duty
from gongzhi.accounts.pages import DESK, page
from gongzhi.accounts.request import Request
from gongzhi.accounts.views.people import administrator, behalf, find_where, managed_or_404
from gongzhi.base.text import mask_name
from gongzhi.kernel.actor import Grant
from gongzhi.kernel.errors import NotValid, Refused
from gongzhi.organisations.models import Organisation
from gongzhi.territory.models import Place

confirmer = duty_required(*posts.CONFIRMERS)


@require_http_methods(["GET", "POST"])
@administrator
def add_duty(request: Request, pk: int) -> HttpResponse:
    """Give a duty in three steps on one page: the post, the place or organisation, the term."""
    account = managed_or_404(request, pk)
    post = posts.POSTS.get(request.GET.get("post", ""))
    query = request.GET.get("q", "")[:80]
    where = _where(request, post)
    form = forms.DutyForm(request.POST or None, initial={"starts": timezone.localdate()})
    status = 200
    if request.method == "POST":
        status = 422
        if post is None or where is None:
            form.add_error(None, _("请先选岗位，再选辖区或单位。"))
        elif form.is_valid():
            try:
                _add(request, account, post, where, form.cleaned_data)
                messages.success(request, _("已登记：%(where)s %(post)s。") % {"where": where.name, "post": post.label})
                return redirect("accounts:person", pk)
            except NotValid as error:
                forms.take_errors(form, error.errors)
            except Refused as error:
                form.add_error(None, str(error))
    found = find_where(request, post, query) if post and where is None else []
    context = page(
        request, shell=DESK, form=form, person=account, heading=_("增加岗位"), posts=posts.POSTS.values(), post=post,
        query=query, where=where, where_name=_name(where), found=found,
    )  # fmt: skip
    return render(request, "accounts/add_duty.html", context, status=status)


@require_http_methods(["GET", "POST"])
@administrator
def end_duty(request: Request, pk: int) -> HttpResponse:
    """End a duty after a last day, or at once."""
    rows = scope.duties_within(request.actor).select_related("account", "place", "organisation")
    duty = get_object_or_404(rows, pk=pk)
    pickers.name_fully([duty])
    form = forms.EndDutyForm(request.POST or None, initial={"when": "day", "ends": timezone.localdate()})
    if request.method == "POST" and form.is_valid():
        last_day = form.cleaned_data["ends"] if form.cleaned_data["when"] == "day" else None
        try:
            duties.end_duty(duty, last_day, by=request.me, actor=request.actor)
            messages.success(request, _("岗位结束已登记，到时自动停权。"))
            return redirect("accounts:person", duty.account_id)
        except NotValid as error:
            forms.take_errors(form, error.errors)
        except Refused as error:
            form.add_error(None, str(error))
    context = page(request, shell=DESK, form=form, duty=duty, person=duty.account, heading=_("结束岗位"))
    return render(request, "accounts/end_duty.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "POST"])
@administrator
def add_delegation(request: Request, pk: int) -> HttpResponse:
    """Write down that somebody acts for a person who is away."""
    account = managed_or_404(request, pk)
    own = _open_duties(account)
    if not own:
        raise Http404
    query = request.GET.get("q", "")[:80]
    possible = scope.accounts_within(request.actor).living().filter(is_active=True).exclude(pk=account.pk)
    chosen = pickers.chosen(possible, request.POST.get("to") or request.GET.get("to", ""))
    form = forms.DelegationForm(request.POST or None, duties=pickers.duty_choices(own))
    if request.method == "POST":
        if chosen is None:
            form.add_error(None, _("请先选一位代办人。"))
        elif form.is_valid():
            try:
                _lend(request, form.cleaned_data, account, own, chosen)
                messages.success(request, _("已登记：%(to)s代%(for)s办，到期自动停止。")
                                 % {"to": chosen.name, "for": account.name})  # fmt: skip
                return redirect("accounts:person", pk)
            except NotValid as error:
                forms.take_errors(form, error.errors)
            except Refused as error:
                form.add_error(None, str(error))
    people = list(pickers.find_people(possible, query).order_by("name_pinyin", "pk")[: pickers.SHOWN]) if query else []
    context = page(request, shell=DESK, form=form, person=account, heading=_("登记代办"), people=people, chosen=chosen,
                   query=query)  # fmt: skip
    return render(request, "accounts/delegate.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@administrator
def end_delegation(request: Request, pk: int) -> HttpResponse:
    """End somebody's delegation at once."""
    delegation = get_object_or_404(scope.delegations_within(request.actor), pk=pk)
    managed_or_404(request, delegation.from_account_id)
    try:
        duties.end_delegation(delegation, by=request.me, on_behalf_of=behalf(request))
        messages.success(request, _("代办已结束。"))
    except Refused as error:
        messages.info(request, str(error))
    return redirect("accounts:person", delegation.from_account_id)


@require_http_methods(["GET", "POST"])
@confirmer
def confirm(request: Request) -> HttpResponse:
    """At the counter: confirm a resident's telephone, or give a one-time code to one who forgot the password.

    The resident reads the whole number out; staff call it or look at the telephone.
    """
    form = forms.FindPhoneForm(request.POST or None)
    found = None
    if request.method == "POST" and form.is_valid():
        found = Account.objects.with_phone(form.cleaned_data["phone"]).filter(kind=Account.Kind.RESIDENT).first()
        if found is None:
            form.add_error("phone", _("没有用这个号码注册的账号，请核对一遍，或者请居民先注册。"))
        elif request.POST.get("step") == "confirm":
            return _confirmed(request, found)
        elif request.POST.get("step") == "code":
            return _code(request, found)
    waiting = list(_waiting(request)[: pickers.SHOWN])
    context = page(request, shell=DESK, form=form, found=found, waiting=waiting, heading=_("居民账号"),
                   may_code=found is not None and _may_have_code(found))  # fmt: skip
    is_wrong = request.method == "POST" and found is None
    return render(request, "accounts/confirm.html", context, status=422 if is_wrong else 200)


def _may_have_code(account: Account) -> bool:
    """Confirmed residents without a duty; who holds one is helped by an administrator."""
    return account.is_confirmed and account.may_sign_in and not _open_duties(account)


def _code(request: Request, account: Account) -> HttpResponse:
    if not _may_have_code(account):
        raise Http404
    code = actions.make_code(account, by=request.me, on_behalf_of=_ground(request).on_behalf_of)
    context = page(request, shell=DESK, heading=_("一次性重置码"), person=account, code=code)
    return render(request, "accounts/code.html", context)


def _ground(request: Request) -> Grant:
    """The duty by which somebody works at the counter: the own one before a lent one."""
    return min(request.actor.holding(posts.CONFIRMERS), key=lambda grant: grant.on_behalf_of or 0)


def _confirmed(request: Request, account: Account) -> HttpResponse:
    grant = _ground(request)
    place = Place.objects.filter(pk=grant.place_id or 0).first()
    try:
        actions.confirm(account, by=request.me, place=place, on_behalf_of=grant.on_behalf_of)
        messages.success(request, _("已核实。%s现在可以看到与自己有关的全部内容。") % mask_name(account.name))
    except Refused as error:
        messages.info(request, str(error))
    return redirect("accounts:confirm")


def _waiting(request: Request) -> Any:
    """Unconfirmed residents who live under the own duty, newest first, for reminding them."""
    rows = Account.objects.living().filter(kind=Account.Kind.RESIDENT, is_confirmed=False)
    return rows.filter(scope.home_within(request.actor, posts.CONFIRMERS)).order_by("-pk")


def _open_duties(account: Account) -> list[Duty]:
    rows = Duty.objects.filter(account=account).open_term(timezone.localdate())
    return list(rows.select_related("place", "organisation").order_by("starts", "pk"))


def _where(request: Request, post: posts.Post | None) -> Place | Organisation | None:
    """The place or organisation chosen by id, if the administrator reaches it and the post may stand there."""
    wanted = pickers.number(request.POST.get("where") or request.GET.get("where", ""))
    if post is None or not wanted:
        return None
    if post.in_organisation:
        return scope.organisations_within(request.actor).filter(pk=wanted).first()
    return scope.places_within(request.actor).filter(pk=wanted, kind__in=post.levels).first()


def _name(where: Place | Organisation | None) -> str:
    """The full name of what was chosen: 磨子井社区 第一网格."""
    if isinstance(where, Place):
        return pickers.full_names([where.pk])[where.pk]
    return where.name if where else ""


def _add(
    request: Request, account: Account, post: posts.Post, where: Place | Organisation, data: dict[str, Any]
) -> Duty:
    door = duties.Door(data["title"], data["is_public"], data["public_phone"], data["office_hours"])
    term = duties.Term(data["starts"], data["ends"])
    return duties.add_duty(account, post.code, where, term, door, by=request.me, actor=request.actor)


def _lend(request: Request, data: dict[str, Any], account: Account, own: list[Duty], to: Account) -> None:
    duty = next((duty for duty in own if str(duty.pk) == data["duty"]), None)
    term = duties.Term(data["starts"], data["ends"])
    duties.delegate(account, to, duty, term, data["reason"], by=request.me, actor=request.actor)
