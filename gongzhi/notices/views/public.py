"""What everybody sees: the list, a notice, its paper, its attachments, and the way to object."""

import uuid
from typing import Any

import segno
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.accounts.request import Request
from gongzhi.base.files import files_of, serve_file
from gongzhi.base.models import StoredFile
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotPossible, Twin
from gongzhi.kernel.who import get_or_404
from gongzhi.notices import actions, listing
from gongzhi.notices.forms import ObjectForm
from gongzhi.notices.models import Notice, Objection
from gongzhi.notices.views import visitor
from gongzhi.notices.workflow import MINE, NOTICE, PUBLISHED, STAFF
from gongzhi.territory.tree import Trail, trail, tree

STATES = (("running", "published"), ("over", "ended"))


@never_cache
@require_safe
def index(request: Request) -> HttpResponse:
    """Notices of my community and above, pinned ones on top."""
    now, home = timezone.now(), visitor.home_id(request)
    rows = listing.for_place(home)
    sort, state = _chosen(request)
    if sort:
        rows = rows.filter(sort=sort)
    if state:
        rows = rows.filter(state=dict(STATES)[state])
    after = request.GET.get("after", "")
    top = [] if after or sort or state else listing.pinned(rows)
    found, cursor = listing.page_of(rows.exclude(pk__in=[one.pk for one in top]) if top else rows, after)
    way = way_of(home)
    context = {
        "pinned": listing.lines(top, now), "lines": listing.lines(found, now), "cursor": cursor, "way": way,
        "sorts": _filters(request, "sort", sort, Notice.Sort.choices),
        "states": _filters(request, "state", state, [("running", _("公示中")), ("over", _("已结束"))]),
        "heading": _("通知公告"), "place_trail": way, "is_home_known": bool(way),
    }  # fmt: skip
    return render(request, "notices/index.html", context)


def _chosen(request: Request) -> tuple[str, str]:
    sort, state = request.GET.get("sort", ""), request.GET.get("state", "")
    return sort if sort in Notice.Sort.values else "", state if state in dict(STATES) else ""


def _filters(request: Request, name: str, chosen: str, choices: Any) -> list[dict[str, Any]]:
    query = request.GET.copy()
    query.pop("after", None)
    rows = []
    for value, label in (("", _("全部")), *choices):
        query[name] = value
        rows.append({"label": label, "url": f"?{query.urlencode()}", "active": value == chosen})
    return rows


def way_of(place_id: int) -> Trail:
    """The trail of a place the tree keeps; () for strangers."""
    node = tree().get(place_id) if place_id else None
    return trail(node) if node else ()


def published(request: Request, number: str) -> Notice:
    """A notice everybody may read. Raises Http404."""
    return get_or_404(Notice.objects.all(), PUBLISHED, request.actor, number=number)


@never_cache
@require_safe
@visitor.known_device
def notice(request: Request, number: str) -> HttpResponse:
    """The page of a notice; whoever has no desk here counts as a reader, once."""
    found = published(request, number)
    now = timezone.now()
    if STAFF.allows(found, request.actor) is None and visitor.counts_as_reader(request):
        found.readers += actions.read(found, visitor.holder(request), now)
    return show(request, found)


def show(
    request: Request, found: Notice, *, form: ObjectForm | None = None, status: int = 200, is_preview: bool = False
) -> HttpResponse:
    """The page as the public sees it; also for the preview and for an objection with something amiss."""
    now, is_gone = timezone.now(), found.state == Notice.State.WITHDRAWN
    takes = found.takes_objections and (found.is_running(now) or is_preview)
    mine = Objection.objects.filter(MINE.q(request.actor), notice=found).order_by("-id")
    line = listing.lines([found], now)[0]
    context = {
        "notice": found, "line": line, "is_gone": is_gone, "is_preview": is_preview, "form": form or ObjectForm(),
        "files": [] if is_gone else files_of(Notice.kind(), [found.pk])[found.pk], "takes": takes,
        "counts": listing.counts([found.pk]).get(found.pk, listing.Counts()),
        "mine": [] if is_preview else mine[:20], "key": request.POST.get("key") or uuid.uuid4(),
        "place_trail": way_of(found.place_id or 0), "is_staff": STAFF.allows(found, request.actor) is not None,
    }  # fmt: skip
    return render(request, "notices/notice.html", context, status=status)


@require_safe
def paper(request: Request, number: str) -> HttpResponse:
    """The notice on A4 with code, period, signatures and seal; drafts for their writers alone."""
    found = get_or_404(Notice.objects.all(), NOTICE.read, request.actor, number=number)
    if found.state == Notice.State.WITHDRAWN:
        raise Http404
    address = request.build_absolute_uri(f"/notices/{found.number}/")
    context = {
        "notice": found, "heading": found.title, "office": found.issuer, "number": found.number,
        "issued_at": found.published_at, "signers": [_("经办人"), _("审核人"), _("张贴人")], "seal": found.issuer,
        "qr": segno.make(address, error="m").svg_inline(border=1, omitsize=True) if found.is_open else "",
        "back": f"/notices/{found.number}/" if found.is_open else f"/notices/desk/{found.number}/",
        "files": files_of(Notice.kind(), [found.pk])[found.pk],
    }  # fmt: skip
    return render(request, "notices/paper.html", context)


@require_safe
def attachment(request: Request, number: str, uid: uuid.UUID) -> HttpResponseBase:
    """An attachment, for whoever may read the notice; of a withdrawn one for staff alone."""
    found = get_or_404(Notice.objects.all(), NOTICE.read, request.actor, number=number)
    if found.state == Notice.State.WITHDRAWN and STAFF.allows(found, request.actor) is None:
        raise Http404
    stored = StoredFile.objects.filter(uid=uid, owner_kind=Notice.kind(), owner_id=found.pk).first()
    if stored is None:
        raise Http404
    return serve_file(stored, thumbnail="thumb" in request.GET)


@never_cache
@require_http_methods(["GET", "POST"])
@visitor.known_device
def objection(request: Request, number: str) -> HttpResponse:
    """Object to a 公示 while it runs. Nothing typed is lost."""
    found = published(request, number)
    if request.method != "POST":
        return redirect(f"/notices/{found.number}/#objections")
    form = ObjectForm(request.POST)
    if not form.is_valid():
        return show(request, found, form=form, status=422)
    verdict = visitor.may_object(request)
    if not verdict.allowed:
        form.add_error(None, verdict.message)
        return show(request, found, form=form, status=429)
    return _object(request, found, form)


def _object(request: Request, found: Notice, form: ObjectForm) -> HttpResponse:
    data, account = form.cleaned_data, request.account
    owner_id = account.pk if account else None
    said = actions.Said(data["text"], data["name"], data["phone"], owner_id)
    resident = Actor(account_id=owner_id, name=account.name if account else "")
    try:
        key = visitor.receipt_of(request, f"{found.pk}\0{said.content}")
        done = actions.object_to(found, said, actor=resident, receipt=key)
    except (NotPossible, Twin) as error:
        form.add_error(None, str(error))
        return show(request, found, form=form, status=409)
    visitor.open_token(request, Objection.objects.get(pk=done.record_id))
    messages.success(request, _("收到了。发布单位会在 5 个工作日内答复，答复就显示在这一页。"))
    return redirect(f"/notices/{found.number}/#objections")
