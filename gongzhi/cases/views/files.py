"""Files, served by the ground on which their record may be read; a stranger gets 404.

A file nobody took yet is its uploader's alone. Photos of a report: the reporter, staff over the place, whoever handles
the matter. Photos of a matter: the same, and its reporters; everybody when both photo and matter are public.
"""

import uuid
from collections.abc import Callable

from django.db.models import Q
from django.http import Http404, HttpResponseBase
from django.views.decorators.http import require_safe

from gongzhi.accounts.request import Request
from gongzhi.base.files import serve_file
from gongzhi.base.models import StoredFile
from gongzhi.cases.models import Matter, Order, Report, Task, Visit
from gongzhi.cases.views import visitor
from gongzhi.cases.workflow import MINE, READ, REPORT

Rule = Callable[[StoredFile, Request], bool]


@require_safe
def whole(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """The file itself."""
    return serve_file(_readable(request, uid))


@require_safe
def thumb(request: Request, uid: uuid.UUID) -> HttpResponseBase:
    """The small picture for lists."""
    return serve_file(_readable(request, uid), thumbnail=True)


def may_read(stored: StoredFile, request: Request) -> bool:
    """Whether whoever asks may see this file."""
    if stored.owner_id is None:
        return _is_uploader(stored, request)
    rule = RULES.get(stored.owner_kind)
    return rule is not None and rule(stored, request)


def _readable(request: Request, uid: uuid.UUID) -> StoredFile:
    stored = StoredFile.objects.filter(uid=uid).first()
    if stored is None or not may_read(stored, request):
        raise Http404
    return stored


def _is_uploader(stored: StoredFile, request: Request) -> bool:
    account = request.account
    if stored.uploaded_by is not None:
        return account is not None and account.pk == stored.uploaded_by
    session = str(request.session.get(visitor.UPLOAD, ""))
    return bool(session) and session == stored.upload_session


def _of_report(stored: StoredFile, request: Request) -> bool:
    readable = Matter.objects.filter(READ.q(request.actor))
    matters = Matter.objects.filter(Q(pk__in=readable.values("pk")) | Q(pk__in=readable.values("parent_id")))
    seen = REPORT.read.q(request.actor) | Q(matter__in=matters)
    return Report.objects.filter(seen, pk=stored.owner_id or 0).exists()


def _of_matter(stored: StoredFile, request: Request) -> bool:
    return _matter_is_read(stored.owner_id or 0, request, is_public=stored.is_public)


def _matter_is_read(matter_id: int, request: Request, *, is_public: bool = False) -> bool:
    reported = Report.objects.filter(MINE.q(request.actor)).values("matter_id")
    # Whoever handles a part sees the photos of the whole.
    parts = Matter.objects.filter(READ.q(request.actor), parent=matter_id).values("parent_id")
    seen = READ.q(request.actor) | Q(pk__in=reported) | Q(pk__in=parts)
    if is_public:
        seen |= Q(is_public=True, circle_id__isnull=True)
    return Matter.objects.filter(seen, pk=matter_id).exists()


def _of_task(stored: StoredFile, request: Request) -> bool:
    return Task.objects.filter(_part_q(request), pk=stored.owner_id or 0).exists()


def _of_order(stored: StoredFile, request: Request) -> bool:
    return Order.objects.filter(_part_q(request), pk=stored.owner_id or 0).exists()


def _of_visit(stored: StoredFile, request: Request) -> bool:
    return Visit.objects.filter(_part_q(request), pk=stored.owner_id or 0).exists()


def _part_q(request: Request) -> Q:
    return Q(matter__in=Matter.objects.filter(READ.q(request.actor)))


RULES: dict[str, Rule] = {
    "cases.report": _of_report,
    "cases.matter": _of_matter,
    "cases.task": _of_task,
    "cases.order": _of_order,
    "cases.visit": _of_visit,
}
"""Who may read the files of a kind of record. Other rooms of the house add theirs; an unknown kind is nobody's."""
