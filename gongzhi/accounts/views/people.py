"""The administrator's pages: find and create accounts, duties, delegations, one-time codes, locks, and their history.

Everything is asked of `scope` first: an account outside the administrator's place does not exist here (404).
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongzhi.accounts import actions, factor, forms, pickers, posts, scope
from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.models import Account, ApiToken, Duty
from gongzhi.accounts.pages import DESK, page
from gongzhi.accounts.request import Request
from gongzhi.kernel.errors import NotValid, Refused

PAGE = 50
HISTORY = 100
administrator = duty_required(posts.ADMINISTRATOR)


@require_safe
@administrator
def people(request: Request) -> HttpResponse:
    """Accounts of the own place, by name; found by any two characters, pinyin, the whole telephone or its last four."""
    query, kind = request.GET.get("q", "")[:80], request.GET.get("kind", "staff")
    found = pickers.find_people(scope.accounts_within(request.actor), query)
    found = _of_kind(found, kind)
    rows = list(_after(found, request.GET.get("after", "")).order_by("name_pinyin", "pk")[: PAGE + 1])
    _attach_duties(rows)
    context = page(
        request,
        shell=DESK,
        heading=_("账号"),
        rows=rows[:PAGE],
        cursor=str(rows[PAGE - 1].pk) if len(rows) > PAGE else "",
        query=query,
        kind=kind,
        kinds=_kinds(query, kind),
    )
    return render(request, "accounts/people.html", context)


@require_http_methods(["GET", "POST"])
@administrator
def new(request: Request) -> HttpResponse:
    """Create a staff account; the one-time password is shown on the next page, once."""
    form = forms.StaffForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = actions.create_staff(
                    by=request.me, place=scope.home_of_new_accounts(request.actor), **form.cleaned_data,
                    on_behalf_of=behalf(request),
                )  # fmt: skip
                context = page(
                    request, shell=DESK, heading=_("账号建好了"), person=made.account, password=made.password
                )
                return render(request, "accounts/made.html", context)
            except NotValid as error:
                forms.take_errors(form, error.errors)
    return render(
        request, "accounts/new.html", page(request, shell=DESK, form=form, heading=_("新建账号")), status=status
    )


@require_safe
@administrator
def person(request: Request, pk: int) -> HttpResponse:
    """One account: what it is, its duties and delegations, what may be done, what was done."""
    account = account_or_404(request, pk)
    return render(request, "accounts/person.html", person_context(request, account))


@require_http_methods(["GET", "POST"])
@administrator
def edit(request: Request, pk: int) -> HttpResponse:
    """Correct name and telephone."""
    account = managed_or_404(request, pk)
    form = forms.EditForm(request.POST or None, initial={"name": account.name})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            phone = "" if data["no_phone"] else data["phone"] or account.phone
            try:
                actions.edit(account, by=request.me, name=data["name"], phone=phone, on_behalf_of=behalf(request))
                messages.success(request, _("改好了。"))
                return redirect("accounts:person", pk)
            except NotValid as error:
                forms.take_errors(form, error.errors)
    context = page(request, shell=DESK, form=form, person=account, heading=_("修改资料"))
    return render(request, "accounts/edit.html", context, status=status)


@require_POST
@administrator
def one_time_code(request: Request, pk: int) -> HttpResponse:
    """A one-time code for a forgotten password, shown once."""
    account = managed_or_404(request, pk)
    if account.pk == request.me.pk:
        messages.info(request, _("自己的密码请在“我的账号”里改。"))
        return redirect("accounts:person", pk)
    try:
        code = actions.make_code(account, by=request.me, on_behalf_of=behalf(request))
    except Refused as error:
        messages.warning(request, str(error))
        return redirect("accounts:person", pk)
    context = page(request, shell=DESK, heading=_("一次性重置码"), person=account, code=code)
    return render(request, "accounts/code.html", context)


@require_http_methods(["GET", "POST"])
@administrator
def close(request: Request, pk: int, verb: str) -> HttpResponse:
    """Lock an account, or end it for good, with a reason."""
    account = managed_or_404(request, pk)
    if account.pk == request.me.pk or account.ended_at:
        raise Http404
    form = forms.ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act = actions.lock if verb == "lock" else actions.end
        done = _("已锁定，这个账号不能再登录。") if verb == "lock" else _("账号已停用，它的岗位和代办都已结束。")
        return _do(request, account, act, done, reason=form.cleaned_data["reason"])
    heading = _("锁定账号") if verb == "lock" else _("停用账号")
    context = page(request, shell=DESK, form=form, person=account, heading=heading, verb=verb)
    return render(request, "accounts/close.html", context, status=422 if request.method == "POST" else 200)


@require_POST
@administrator
def unlock(request: Request, pk: int) -> HttpResponse:
    """Let a locked account sign in again."""
    return _do(request, managed_or_404(request, pk), actions.unlock, _("已解除锁定。"))


@require_POST
@administrator
def factor_off(request: Request, pk: int) -> HttpResponse:
    """Switch off the second factor of somebody who lost the telephone and the recovery codes."""
    account = managed_or_404(request, pk)
    return _do(request, account, actions.switch_factor_off, _("动态口令已关闭，请本人登录后重新开启。"))


@require_safe
@administrator
def in_posts(request: Request) -> HttpResponse:
    """Who is in post today under the own place, by post, with what the post may see."""
    chosen, query = request.GET.get("post", ""), request.GET.get("q", "")[:80]
    today = timezone.localdate()
    rows = scope.duties_within(request.actor).in_force(today).filter(account__ended_at__isnull=True)
    if chosen in posts.POSTS:
        rows = rows.filter(post=chosen)
    if query.strip():
        rows = rows.filter(account__in=pickers.find_people(Account.objects.all(), query).values("pk"))
    after = pickers.number(request.GET.get("after", ""))
    listed = list(
        rows.filter(pk__gt=after).select_related("account", "place", "organisation").order_by("pk")[: PAGE + 1]
    )
    pickers.name_fully(listed)
    context = page(
        request,
        shell=DESK,
        heading=_("在岗人员"),
        rows=listed[:PAGE],
        cursor=str(listed[PAGE - 1].pk) if len(listed) > PAGE else "",
        posts=posts.choices(),
        chosen=chosen,
        query=query,
        post=posts.POSTS.get(chosen),
    )
    return render(request, "accounts/in_posts.html", context)


def account_or_404(request: Request, pk: int) -> Account:
    """The account, if the administrator sees it."""
    rows = scope.accounts_within(request.actor).select_related("managed_place", "home_place", "confirmed_by")
    return get_object_or_404(rows, pk=pk)


def managed_or_404(request: Request, pk: int) -> Account:
    """The account, if the administrator may also change it."""
    account = account_or_404(request, pk)
    if not scope.may_manage(request.actor, account):
        raise Http404
    return account


def behalf(request: Request) -> int | None:
    """For whom the administrator acts, when the administrator's duty is a lent one."""
    grants = scope.administrating(request.actor)
    own = any(grant.on_behalf_of is None for grant in grants)
    return None if own or not grants else grants[0].on_behalf_of


def person_context(request: Request, account: Account) -> dict[str, Any]:
    """What the page of one account shows."""
    with_where = ("duty__place", "duty__organisation")
    duties = list(account.duties.select_related("place", "organisation").order_by("-starts", "-pk")[:PAGE])
    given = list(account.delegations_given.select_related("to_account", *with_where).order_by("-pk")[:PAGE])
    held = list(account.delegations_held.select_related("from_account", *with_where).order_by("-pk")[:PAGE])
    history = list(account.changes.select_related("by", *with_where).order_by("-pk")[:HISTORY])
    lent = [item.duty for item in [*given, *held] if item.duty]
    pickers.name_fully([*duties, *lent, *(line.duty for line in history if line.duty)])
    return page(
        request,
        shell=DESK,
        heading=account.name if account.is_staff_kind else _("居民账号"),
        person=account,
        duties=duties,
        given=given,
        held=held,
        history=history,
        may_manage=scope.may_manage(request.actor, account) and account.ended_at is None,
        is_self=account.pk == request.me.pk,
        is_factor_on=factor.is_on(account),
        tokens=list(ApiToken.objects.usable().filter(account=account).order_by("-pk")),
    )


def find_where(request: Request, post: posts.Post, query: str) -> list[tuple[int, str]]:
    """(id, full name) of places of the right level, or of organisations, within reach that match what was typed."""
    if post.in_organisation:
        bodies = pickers.find_organisations(scope.organisations_within(request.actor), query)
        return [(body.pk, body.name) for body in bodies[: pickers.SHOWN]]
    places = scope.places_within(request.actor).filter(kind__in=post.levels)
    found = list(pickers.find_places(places, query).values_list("pk", flat=True)[: pickers.SHOWN])
    names = pickers.full_names(found)
    return [(pk, names[pk]) for pk in found]


def _do(request: Request, account: Account, act: Callable[..., None], done: str, **data: Any) -> HttpResponse:
    try:
        act(account, by=request.me, on_behalf_of=behalf(request), **data)
        messages.success(request, done)
    except Refused as error:
        messages.info(request, str(error))
    return redirect("accounts:person", account.pk)


def _of_kind(accounts: Any, kind: str) -> Any:
    if kind == "ended":
        return accounts.filter(ended_at__isnull=False)
    living = accounts.living()
    if kind == "locked":
        return living.filter(is_active=False)
    if kind == "unconfirmed":
        return living.filter(is_confirmed=False).exclude(phone_index="")
    return living.filter(kind="resident" if kind == "resident" else "staff")


def _kinds(query: str, kind: str) -> list[dict[str, Any]]:
    labels = {
        "staff": _("工作人员"),
        "resident": _("居民"),
        "unconfirmed": _("电话待核实"),
        "locked": _("已锁定"),
        "ended": _("已停用"),
    }
    return [{"label": label, "url": _address(code, query), "active": code == kind} for code, label in labels.items()]


def _address(kind: str, query: str) -> str:
    return "?" + urlencode({"kind": kind} | ({"q": query} if query else {}))


def _after(accounts: Any, cursor: str) -> Any:
    """Accounts behind the one with this id in the order (pinyin, id): no page is ever counted off."""
    last = Account.objects.filter(pk=pickers.number(cursor)).values_list("name_pinyin", "pk").first()
    if last is None:
        return accounts
    pinyin, pk = last
    return accounts.filter(Q(name_pinyin__gt=pinyin) | Q(name_pinyin=pinyin, pk__gt=pk))


def _attach_duties(rows: list[Account]) -> None:
    """Give each account `posts_today`, all in one statement."""
    today = timezone.localdate()
    duties = (
        Duty.objects.in_force(today).filter(account__in=rows).select_related("place", "organisation").order_by("pk")
    )
    held: dict[int, list[Duty]] = {}
    pickers.name_fully(duties)
    for duty in duties:
        held.setdefault(duty.account_id, []).append(duty)
    for row in rows:
        row.posts_today = held.get(row.pk, [])  # type: ignore[attr-defined]
