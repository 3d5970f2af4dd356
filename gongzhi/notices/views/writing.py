"""Writing: a new draft, editing it, publishing after the check, withdrawing. One form page for each verb.

The only ways to write are `perform` and `notices.actions`; a refusal is said on the same form, everything typed kept.
"""

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.base.files import FilesMissing, files_of, store_upload
from gongzhi.base.models import StoredFile
from gongzhi.base.sniff import UploadRefused
from gongzhi.kernel.errors import NotPermitted, NotValid, Refused, Stale
from gongzhi.kernel.forms import ActionForm
from gongzhi.kernel.perform import perform
from gongzhi.kernel.procedure import Transition, permitted, possible
from gongzhi.notices import actions, listing, reach
from gongzhi.notices.effects import FIELDS
from gongzhi.notices.forms import DraftForm
from gongzhi.notices.models import Notice
from gongzhi.notices.reach import READERS, WRITERS
from gongzhi.notices.views import visitor
from gongzhi.notices.views.desk import load
from gongzhi.notices.views.visitor import is_uuid, receipt_of
from gongzhi.notices.workflow import NOTICE


@dataclass
class Sheet:
    """A form on its way: the record (None for a new draft), the verb, what was typed, what went wrong."""

    request: Request
    transition: Transition
    form: ActionForm
    record: Notice | None = None
    seq: int = 0
    refusal: str = ""
    sent: list[StoredFile] = field(default_factory=list)
    """Files that were uploaded and wait for the form."""


@duty_required(*WRITERS)
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """A new draft."""
    transition = NOTICE.transition("draft")
    if request.method != "POST":
        office = reach.office_of(request.actor)
        form = DraftForm(initial={"sort": "period", "days": 7, "issuer": office}, actor=request.actor)
        return _show(Sheet(request, transition, form), 200)
    data, wrong = _collect(request)
    form = DraftForm(data, actor=request.actor)
    sheet = Sheet(request, transition, form, sent=_waiting(request, data))
    if not _is_valid(form, wrong):
        return _show(sheet, 422)
    try:
        done = actions.draft(form.cleaned_data, actor=request.actor, receipt=receipt_of(request, form.content))
    except FilesMissing as error:
        form.add_error("attached", error)
        return _show(sheet, 422)
    except Refused as error:
        return _refused(sheet, error)
    saved = Notice.objects.get(pk=done.record_id)
    messages.success(request, _("草稿存好了，居民还看不到。看一看效果，再发布。"))
    return redirect(f"/notices/desk/{saved.number}/")


@duty_required(*READERS)
@require_http_methods(["GET", "POST"])
def act(request: Request, number: str, verb: str) -> HttpResponse:
    """A verb of a notice: its form, and doing it."""
    found = load(request, number)
    transition = next((one for one in NOTICE.transitions if one.verb == verb and one.sources), None)
    if transition is None or transition.hidden or permitted(transition, found, request.actor) is None:
        raise Http404
    if request.method == "POST":
        return _act(request, found, transition)
    initial = _initial(found) if transition.form is DraftForm else None
    form = transition.form(record=found, actor=request.actor, initial=initial)
    sheet = Sheet(request, transition, form, found, found.seq)
    if possible(transition, found, timezone.now()):
        return _show(sheet, 200)
    sheet.refusal = _("这份现在是“%(state)s”，不能“%(verb)s”。") % {
        "state": found.state_words, "verb": transition.label,
    }  # fmt: skip
    return _show(sheet, 409)


def _initial(found: Notice) -> dict[str, Any]:
    return {name: getattr(found, name) for name in FIELDS} | {"place": str(found.place_id)}


def _act(request: Request, found: Notice, transition: Transition) -> HttpResponse:
    data, wrong = _collect(request)
    form = transition.form(data, record=found, actor=request.actor)
    typed = visitor.number(request.POST.get("seq", ""))
    sheet = Sheet(request, transition, form, found, typed, sent=_waiting(request, data))
    if not _is_valid(form, wrong):
        return _show(sheet, 422)
    receipt = receipt_of(request, f"{transition.verb}\0{found.pk}\0{typed}\0{sorted(data.lists())}")
    try:
        perform(found, transition.verb, actor=request.actor, data=data, seq=typed, receipt=receipt)
    except FilesMissing as error:
        form.add_error("attached", error)
        return _show(sheet, 422)
    except Refused as error:
        return _refused(sheet, error)
    messages.success(request, DONE.get(transition.verb, _("好了。")))
    return redirect(f"/notices/desk/{found.number}/")


DONE = {
    "edit": gettext_lazy("改好了，居民还看不到。"),
    "publish": gettext_lazy("发布了，居民现在就能看到。"),
    "withdraw": gettext_lazy("撤回了，居民打开只看到撤回的原因。"),
    "drop": gettext_lazy("不发了，草稿留作记录。"), "finish": gettext_lazy("结束了，仍可以在“已结束”里看到。"),
}  # fmt: skip


def _is_valid(form: forms.Form, wrong: list[str]) -> bool:
    is_valid = form.is_valid()
    for words in wrong:
        form.add_error("attached", words)
    return is_valid and not wrong


def _refused(sheet: Sheet, error: Refused) -> HttpResponse:
    """Said in words on the same form, everything typed kept."""
    sheet.refusal = str(error)
    if isinstance(error, NotValid):
        for name, sentences in error.errors.items():
            sheet.form.add_error(name if name in sheet.form.fields else None, [ValidationError(s) for s in sentences])
        return _show(sheet, 422)
    if isinstance(error, Stale) and isinstance(error.current, Notice):
        sheet.record, sheet.seq = error.current, error.current.seq
    if isinstance(error, NotPermitted):
        raise Http404 from error
    return _show(sheet, 409)


def _show(sheet: Sheet, status: int) -> HttpResponse:
    record = sheet.record
    held = files_of(Notice.kind(), [record.pk])[record.pk] if record else []
    context = {
        "sheet": sheet, "form": sheet.form, "label": sheet.transition.label, "verb": sheet.transition.verb,
        "notice": record, "base": f"/notices/desk/{record.number}/" if record else "/notices/desk/",
        "key": sheet.request.POST.get("key") if status == 422 else uuid.uuid4(), "held": held,
    }  # fmt: skip
    if record and sheet.transition.verb == "publish":
        context["last_day"] = timezone.localdate() + timedelta(days=record.days) if record.days else None
        context["place_name"] = listing.lines([record], timezone.now())[0].place
    name = {"draft": "edit", "edit": "edit", "publish": "publish"}.get(sheet.transition.verb, "act")
    return render(sheet.request, f"notices/desk/{name}.html", context, status=status)


def _collect(request: Request) -> tuple[QueryDict, list[str]]:
    """What was typed; files that came along are stored and named by uid."""
    data, wrong = request.POST.copy(), []
    uids = request.POST.getlist("attached")
    for upload in request.FILES.getlist("upload"):
        try:
            uids.append(str(store_upload(upload, by=request.me.pk).uid))
        except UploadRefused as refused:
            wrong += [f"{upload.name}：{words}" for words in refused.messages]
    data.setlist("attached", uids)
    return data, wrong


def _waiting(request: Request, data: QueryDict) -> list[StoredFile]:
    uids = [uid for uid in data.getlist("attached") if is_uuid(uid)]
    if not uids:
        return []
    return list(StoredFile.objects.filter(uid__in=uids, uploaded_by=request.me.pk, owner_id=None).order_by("id"))
