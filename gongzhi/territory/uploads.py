"""Uploading a list or boundaries: looked at first, imported when the administrator says so."""

import datetime
import uuid

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gongzhi.base.sheets import read_table
from gongzhi.kernel.actor import Actor
from gongzhi.territory.access import administrator
from gongzhi.territory.commandline import error_table
from gongzhi.territory.forms import UploadForm
from gongzhi.territory.importing import Report, import_places
from gongzhi.territory.importing_grids import Options, import_grids, read_features
from gongzhi.territory.models import PlaceUpload

KEPT = datetime.timedelta(days=1)
MAX_ROWS = 20_000


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file, then see what it would do."""
    actor = administrator(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    report, stored = None, None
    if request.method == "POST" and form.is_valid():
        stored = _keep(actor, form)
        try:
            report = _run(actor, stored, is_dry_run=True)
        except ValidationError as problem:
            stored.delete()
            form.add_error("file", problem)
    context = {"form": form, "report": report, "stored": stored, "heading": _("导入地点")}
    return render(request, "territory/upload.html", context, status=422 if form.errors and form.is_bound else 200)


@require_POST
def take_over(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """Import what was looked at; rows that still have a problem come back on the page and as a table."""
    actor = administrator(request)
    stored = _stored(actor, uid)
    if stored is None:
        messages.warning(request, _("这份文件已经导入过，或者放得太久清掉了，请重新上传。"))
        return redirect("territory:upload")
    report = _run(actor, stored, is_dry_run=False)
    messages.success(request, _("导入完成：%(summary)s") % {"summary": report.summary()})
    if not report.bad:
        stored.delete()
        return redirect("territory:places")
    context = {"form": UploadForm(), "report": report, "stored": stored, "is_done": True, "heading": _("导入地点")}
    return render(request, "territory/upload.html", context)


@require_POST
def bad_rows(request: HttpRequest, uid: uuid.UUID) -> HttpResponse:
    """The rows with a problem as a table with reasons, to correct and upload again."""
    actor = administrator(request)
    stored = _stored(actor, uid)
    if stored is None:
        raise Http404
    report = _run(actor, stored, is_dry_run=True)
    headers = list(dict.fromkeys(name for bad in report.bad for name in bad.cells))
    response = HttpResponse(error_table(headers, report.bad), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="errors.csv"'
    return response


def _stored(actor: Actor, uid: uuid.UUID) -> PlaceUpload | None:
    """The asker's own upload; those of others are not there."""
    return PlaceUpload.objects.filter(pk=uid, by_id=actor.account_id or 0).first()


def _keep(actor: Actor, form: UploadForm) -> PlaceUpload:
    data = form.cleaned_data
    PlaceUpload.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return PlaceUpload.objects.create(
        what=data["what"], name=data["file"].name[:200], content=data["file"].read(), source=data["source"],
        is_invented=data["is_invented"], valid_from=data["valid_from"], by_id=actor.account_id or 0,
    )  # fmt: skip


def _run(actor: Actor, stored: PlaceUpload, *, is_dry_run: bool) -> Report:
    content = bytes(stored.content)
    if stored.what == PlaceUpload.What.BOUNDARIES:
        how = Options(actor, stored.valid_from, stored.source, stored.is_invented, is_limited=True)
        return import_grids(read_features(content), how, is_dry_run=is_dry_run)
    table = read_table(content)
    if table.total > MAX_ROWS:
        raise ValidationError(_("行数太多（最多 2 万行）。请分成几份，或请技术人员在服务器上导入。"))
    return import_places(
        table.rows, actor=actor, is_dry_run=is_dry_run, valid_from=stored.valid_from, is_limited=True
    )  # fmt: skip
