"""The first page, the community one calls one's own, notices to a person, and the way from a record to its page."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.accounts.gates import safe_next, signed_in
from gongzhi.accounts.request import Request
from gongzhi.cases.models import Matter, Order, Report, Task
from gongzhi.cases.views import follow, visitor, where
from gongzhi.cases.views.report import MY_PLACE, home_id
from gongzhi.cases.workflow import MINE, READ
from gongzhi.kernel.models import Anchor, Notification
from gongzhi.kernel.notices import mark_read
from gongzhi.notices.models import Notice, Objection
from gongzhi.notices.workflow import NOTICE, OBJECTION, STAFF
from gongzhi.portal.feed import news
from gongzhi.portal.navigation import first_desk, is_served
from gongzhi.statistics.models import Exclusion
from gongzhi.statistics.workflow import EXCLUSION
from gongzhi.territory.models import Kind
from gongzhi.territory.tree import tree

YEAR = 400 * 24 * 3600
KINDS = (Kind.CITY, Kind.DISTRICT, Kind.STREET, Kind.COMMUNITY)
PAGE = 30


@never_cache
@require_safe
@visitor.known_device
def home(request: Request) -> HttpResponse:
    """For people at work their desk; for everybody else the community: say something, my progress, what goes on."""
    if request.account is not None and "home" not in request.GET:
        desk = first_desk(request.actor)
        if desk:
            return redirect(desk)
    community_id = _community(home_id(request))
    way = where.path_of(community_id) if community_id else ()
    context = {
        "way": way, "place": where.last(way), "cards": follow.first_ones(request, 3),
        "news": news(community_id) if community_id else [], "tiles": _tiles(request, community_id),
    }  # fmt: skip
    return render(request, "portal/home.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@visitor.known_device
def my_place(request: Request) -> HttpResponse:
    """Choose the community one lives in; kept on the account, or in this browser."""
    if request.method == "POST":
        return _kept_place(request)
    query = request.GET.get("q", "").strip()
    shown = where.communities(query) if query else where.browse(where.number(request.GET.get("at", "")), KINDS)
    context = {"where": shown, "heading": _("选我的社区"), "back": "/", "next": safe_next(request, ""), "tabs": ()}
    return render(request, "portal/my_place.html", context)


@signed_in
@require_http_methods(["GET", "POST"])
def notifications(request: Request) -> HttpResponse:
    """Notices to this account, unread ones marked; all can be marked as read."""
    if request.method == "POST":
        mark_read(request.me.pk, None, timezone.now())
        messages.success(request, _("都标为已读了。"))
        return redirect("portal:notifications")
    rows = Notification.objects.filter(account_id=request.me.pk).order_by("-at", "-id")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    shell = "ui/desk.html" if request.me.is_staff_kind else "ui/phone.html"
    context = {"page": page, "heading": _("消息"), "shell": shell, "is_desk": request.me.is_staff_kind}
    return render(request, "portal/notifications.html", context)


@signed_in
@require_safe
def open_notice(request: Request, pk: int) -> HttpResponse:
    """One notice: read from now on, and on to what it is about."""
    notice = Notification.objects.filter(account_id=request.me.pk, pk=min(pk, where.LARGEST)).first()
    if notice is None:
        raise Http404
    mark_read(request.me.pk, notice.pk, timezone.now())
    is_ours = notice.url.startswith("/") and not notice.url.startswith("//")
    return redirect(notice.url if is_ours else "portal:notifications")


@require_safe
def go(request: Request, kind: str, pk: int) -> HttpResponse:
    """From a record to the page on which whoever asks may see it; nothing for strangers."""
    target = WAYS[kind](request, pk) if kind in WAYS and pk <= where.LARGEST else ""
    if not target:
        raise Http404
    return redirect(target)


def _to_matter(request: Request, pk: int) -> str:
    matter = Matter.objects.filter(READ.q(request.actor), pk=pk).first()
    if matter is not None:
        return f"/matters/{matter.number}/"
    report = Report.objects.filter(MINE.q(request.actor), matter=pk).order_by("pk").first()
    if report is not None:
        return f"/concerns/{report.number}/"
    shown = Matter.objects.public().filter(pk=pk).first()
    return f"/at/{shown.community_id}/#m{shown.number}" if shown else ""


def _to_report(request: Request, pk: int) -> str:
    report = Report.objects.filter(MINE.q(request.actor), pk=pk).first()
    if report is not None:
        return f"/concerns/{report.number}/"
    found = Report.objects.filter(pk=pk).first()
    return _to_matter(request, found.matter_id) if found else ""


def _to_notice(request: Request, pk: int) -> str:
    found = Notice.objects.filter(NOTICE.read.q(request.actor), pk=pk).first()
    if found is None:
        return ""
    is_staff = STAFF.allows(found, request.actor) is not None
    return f"/notices/desk/{found.number}/" if is_staff else f"/notices/{found.number}/"


def _to_objection(request: Request, pk: int) -> str:
    found = Objection.objects.filter(OBJECTION.read.q(request.actor), pk=pk).first()
    return _to_notice(request, found.notice_id) if found else ""


def _to_exclusion(request: Request, pk: int) -> str:
    one = Exclusion.objects.filter(EXCLUSION.read.q(request.actor), pk=pk).first()
    return f"/statistics/exclusions/?from={one.month:%Y-%m}&to={one.month:%Y-%m}#x{one.pk}" if one else ""


def _to_part(model: type[Task | Order]) -> Callable[[Request, int], str]:
    """Tasks and orders are seen on the page of their matter."""

    def way(request: Request, pk: int) -> str:
        found = model._default_manager.filter(pk=pk).first()
        return _to_matter(request, found.matter_id) if found else ""

    return way


WAYS: dict[str, Callable[[Request, int], str]] = {
    "matter": _to_matter, "report": _to_report, "task": _to_part(Task), "order": _to_part(Order), "notice": _to_notice,
    "objection": _to_objection, "exclusion": _to_exclusion,
}  # fmt: skip


def _community(place_id: int) -> int:
    """The community a place lies in, when the tree still has it."""
    node = tree().get(place_id) if place_id else None
    return node.community_id or 0 if node else 0


def _kept_place(request: Request) -> HttpResponse:
    place = where.reportable(where.number(request.POST.get("place", "")))
    if place is None or place.community_id is None:
        messages.warning(request, _("没有认出这个社区，请再选一次。"))
        return redirect("portal:my-place")
    account = request.account
    if account is not None:
        account.home_place_id = place.community_id
        account.save(update_fields=["home_place"])
    messages.success(request, _("记住了：%(name)s。") % {"name": place.name})
    target = f"/at/{place.community_id}/" if request.POST.get("next") == "public" else "/?home=1"
    response = redirect(target if is_served(target) else "/?home=1")
    response.set_cookie(MY_PLACE, str(place.community_id), YEAR, samesite="Lax", secure=request.is_secure())
    return response


def _tiles(request: Request, community_id: int) -> list[dict[str, Any]]:
    """Quick links, only to what is there."""
    mine = f"/at/{community_id}/" if community_id else "/my-place/"
    rows: list[dict[str, Any]] = [
        {"label": _("查进度"), "icon": "search", "url": "/track/"},
        {"label": _("我的社区") if community_id else _("选社区"), "icon": "people", "url": mine},
        {"label": _("通知公告"), "icon": "notice", "url": "/notices/"},
        {"label": _("常见问题"), "icon": "help", "url": "/questions/"},
        {"label": _("登录注册"), "icon": "me", "url": "/sign-in"},
    ]  # fmt: skip
    if request.account is not None:
        rows[-1] = {"label": _("我的账号"), "icon": "me", "url": "/me"}
    return [row for row in rows if is_served(row["url"])]


@require_safe
def anchors(request: Request) -> HttpResponse:
    """One check value a day over everything that happened: whoever keeps a copy can tell later whether it was changed."""
    rows = [(row.day, row.count, bytes(row.digest).hex()) for row in Anchor.objects.order_by("-day")[:60]]
    return render(request, "portal/anchors.html", {"rows": rows, "heading": _("每天的校验值")})
