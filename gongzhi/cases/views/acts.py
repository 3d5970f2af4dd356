"""Every verb of a matter, its tasks, orders and reports: one form page for all, inline by htmx or on its own.

The only way to write is `perform`, or `cases.actions` for what touches two matters. A refusal is said in words on the
same form, with everything typed kept.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.base.files import FilesMissing, store_upload
from gongzhi.base.models import StoredFile
from gongzhi.base.sniff import UploadRefused
from gongzhi.base.text import mask_personal_data
from gongzhi.cases import actions, branches, special, timeline, topics
from gongzhi.cases.joint_forms import SplitForm, WhistleForm
from gongzhi.cases.models import Matter, Order, Part, Report, Task, Visit
from gongzhi.cases.views import detail, preview
from gongzhi.cases.views.detail import JOINING
from gongzhi.cases.views.family import family, waiting_words
from gongzhi.cases.workflow import ORDER, READ, REPORT, TASK, VISIT
from gongzhi.kernel.errors import NotPermitted, NotValid, Refused, Stale
from gongzhi.kernel.forms import ActionForm
from gongzhi.kernel.perform import ReceiptKey, perform
from gongzhi.kernel.procedure import Transition, permitted, possible, procedure_of
from gongzhi.kernel.who import get_or_404
from gongzhi.knowledge import store
from gongzhi.knowledge.actions import count_use
from gongzhi.territory.find import find
from gongzhi.territory.geo import check_point
from gongzhi.territory.models import Place

Member = Matter | Part | Report
KINDS: dict[str, tuple[Any, Any]] = {
    "tasks": (Task, TASK.read), "orders": (Order, ORDER.read), "reports": (Report, REPORT.read),
    "visits": (Visit, VISIT.read),
}  # fmt: skip
ASIDE = {"triage": ("together", "note", "is_public", "public_title"), "dispatch": ("together",)}
"""Fields that stand folded away until somebody needs them."""
STAGES = {"photos_before": "before", "photos_after": "after", "photos": ""}


@dataclass
class Sheet:
    """A form on its way: the record, the verb, what was typed, what went wrong."""

    request: Request
    matter: Matter
    record: Member
    transition: Transition
    url: str
    form: ActionForm
    seq: int
    key: str
    refusal: str = ""
    stale: bool = False
    after: Matter | None = None
    """The matter as it is after the step, when the step was the matter's own."""
    shots: list[dict[str, str]] = field(default_factory=list)
    message: preview.Message | None = None
    """How the verb tells reporters something, when it does."""
    seen: preview.Seen | None = None
    used: str = ""
    """Id of the template the words began with."""


@duty_required()
@require_http_methods(["GET", "POST"])
def act(request: Request, number: str, verb: str) -> HttpResponse:
    """A verb of the matter itself."""
    matter = _loaded(request, number)
    return _act(request, matter, matter, verb)


@duty_required()
@require_http_methods(["GET", "POST"])
def act_on_part(request: Request, number: str, kind: str, pk: int, verb: str) -> HttpResponse:
    """A verb of a co-handling task, a supervision order or a report of the matter."""
    model, rule = KINDS[kind]
    rows: QuerySet[Any] = model._default_manager.select_related("matter__category")
    record = get_or_404(rows, rule, request.actor, pk=pk, matter__number=number)
    if READ.allows(record.matter, request.actor) is None:
        raise Http404
    if request.method != "POST":
        record.matter = detail.load(request.actor, number)
    return _act(request, record.matter, record, verb)


def _loaded(request: Request, number: str) -> Matter:
    """For doing, a glance is enough; the names are only read when the form has to be shown."""
    return (detail.glance if request.method == "POST" else detail.load)(request.actor, number)


def _act(request: Request, matter: Matter, record: Member, verb: str) -> HttpResponse:
    transition = _transition(record, verb)
    if request.method == "POST":
        return _post(request, matter, record, transition)
    if permitted(transition, record, request.actor) is None:
        raise Http404
    sheet = _sheet(request, matter, record, transition, None)
    if not possible(transition, record, timezone.now()):
        words = _("这件事现在是“%(state)s”，不能“%(verb)s”。") % {
            "state": procedure_of(record).state(record.state).label, "verb": transition.label,
        }  # fmt: skip
        sheet.refusal = words + _missing(sheet)
        return _show(sheet, 409)
    return _show(sheet, 200)


def _transition(record: Member, verb: str) -> Transition:
    try:
        transition = procedure_of(record).transition(verb)
    except KeyError:
        raise Http404 from None
    if not transition.sources or (transition.hidden and verb not in JOINING):
        raise Http404
    return transition


# --- Doing --------------------------------------------------------------------------------------------------------


def _post(request: Request, matter: Matter, record: Member, transition: Transition) -> HttpResponse:
    data, wrong = collect(request, transition.form)
    if (field := request.POST.get("mask", "")) in transition.form.base_fields:
        data[field] = mask_personal_data(str(data.get(field, "")))
        return _show(_sheet(request, matter, record, transition, data), 422)
    sheet = _sheet(request, matter, record, transition, data)
    if sheet.message and "template" in data:
        return _with_template(sheet, sheet.message, data)
    try:
        if wrong:
            raise NotValid(wrong)
        if sheet.message and _looks_first(sheet, sheet.message, data):
            return _show(sheet, 200)
        _do(sheet, data)
    except (FilesMissing, NotValid) as error:
        _mark(sheet.form, error)
        return _show(sheet, 422)
    except Refused as error:
        return _refused(sheet, error)
    if sheet.used:
        count_use(int(sheet.used))
    return _done(sheet)


def _with_template(sheet: Sheet, message: preview.Message, data: QueryDict) -> HttpResponse:
    """The form again with a template put behind what was typed; nothing is judged yet."""
    actor = sheet.request.actor
    matter = detail.load(actor, sheet.matter.number)
    typed = preview.put_in(message, sheet.form, matter, actor, data)
    sheet.form = sheet.transition.form(record=sheet.record, actor=actor, initial=typed)
    sheet.used = str(seq_number(data.get("template_id", "")) or sheet.used)
    return _show(sheet, 200)


def _looks_first(sheet: Sheet, message: preview.Message, data: QueryDict) -> bool:
    """Whether the words are shown instead of sent: what would be read stands in `sheet.seen` then."""
    preview.check_filled(message, data)
    if not preview.must_look(message, sheet.matter, sheet.transition.verb, data):
        return False
    actor, seq = sheet.request.actor, seq_number(data.get("seq", ""))
    sheet.seen = preview.rehearse(sheet.record, sheet.matter, sheet.transition, actor, data, seq)
    return True


def collect(request: Request, form: type[ActionForm] | None = None) -> tuple[QueryDict, dict[str, list[str]]]:
    """What was typed, files that came along stored and named by uid under `photos`; errors of files by field."""
    data, errors, uids = request.POST.copy(), {}, list(request.POST.getlist("photos"))
    for name, stage in STAGES.items():
        sent = [*request.POST.getlist(f"{name}_uid")]
        for upload in request.FILES.getlist(name):
            try:
                stored = store_upload(upload, by=request.me.pk, label=stage)
                sent.append(str(stored.uid))
            except UploadRefused as refused:
                errors["photos"] = [str(message) for message in refused.messages]
        _label(request, sent, stage)
        uids += sent
    _locate(request, uids)
    if form is None or "photos" in form.base_fields:
        data.setlist("photos", uids)
    return data, errors


def _label(request: Request, uids: list[str], stage: str) -> None:
    """Photos that were sent ahead learn at which stage they were taken."""
    known = [uid for uid in uids if _is_uuid(uid)]
    if stage and known:
        StoredFile.objects.filter(uid__in=known, uploaded_by=request.me.pk, owner_id=None).update(label=stage)


def _locate(request: Request, uids: list[str]) -> None:
    """Photos that do not say where they were taken were taken where the telephone is, when it tells."""
    lon, comma, lat = request.POST.get("here", "").partition(",")
    known = [uid for uid in uids if _is_uuid(uid)]
    if not comma or not known:
        return
    try:
        check_point(float(lon), float(lat))
    except (ValueError, ValidationError):
        return
    photos = StoredFile.objects.filter(uid__in=known, uploaded_by=request.me.pk, owner_id=None, taken_lon=None)
    where = {"taken_lon": round(float(lon), 4), "taken_lat": round(float(lat), 4)}
    photos.update(**where, located_by=StoredFile.LocatedBy.PHONE)


def _is_uuid(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _do(sheet: Sheet, data: QueryDict) -> None:
    verb, request = sheet.transition.verb, sheet.request
    if verb in DOING:
        if not sheet.form.is_valid():
            raise NotValid({name: [str(error) for error in errors] for name, errors in sheet.form.errors.items()})
        DOING[verb](sheet, sheet.form.cleaned_data)
        return
    seq, receipt = seq_number(str(data.get("seq", ""))), receipt_of(request)
    done = perform(sheet.record, verb, actor=request.actor, data=data, seq=seq, receipt=receipt)
    if isinstance(done.record, Matter):
        sheet.after = done.record


def receipt_of(request: Request) -> ReceiptKey | None:
    """The key of this press of the button, and what was sent with it; None without JavaScript on an old page."""
    key = request.POST.get("key", "")
    if not _is_uuid(key):
        return None
    left_out = ("key", "csrfmiddlewaretoken", "back")
    sent = [(name, request.POST.getlist(name)) for name in sorted(request.POST) if name not in left_out]
    content = repr([request.path, sent, [file.name for name in request.FILES for file in request.FILES.getlist(name)]])
    return ReceiptKey(f"a:{request.me.pk}", uuid.UUID(key), content)


def seq_number(text: str) -> int | None:
    """The `seq` a form was opened at, None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _merge(sheet: Sheet, cleaned: dict[str, Any]) -> None:
    into = Matter.objects.filter(READ.q(sheet.request.actor), pk=cleaned["into"]).first()
    if into is None:
        raise NotValid({"into": [_("没有找到这一件，请从下面选，或者写对编号。")]})
    actions.merge(sheet.matter, into, cleaned["reason"], actor=sheet.request.actor, seq=_seq(sheet))


def _unmerge(sheet: Sheet, cleaned: dict[str, Any]) -> None:
    actions.unmerge(sheet.matter, cleaned["reason"], actor=sheet.request.actor, seq=_seq(sheet))


def _relocate(sheet: Sheet, cleaned: dict[str, Any]) -> None:
    place = Place.objects.living().filter(pk=cleaned["place"]).first()
    if place is None:
        raise NotValid({"place": [_("没有找到这个地方，请重新选。")]})
    actions.relocate(
        sheet.matter,
        place,
        cleaned["reason"],
        actor=sheet.request.actor,
        place_note=cleaned["place_note"],
        seq=_seq(sheet),
    )


def _seq(sheet: Sheet) -> int | None:
    return seq_number(sheet.request.POST.get("seq", ""))


def _gather(sheet: Sheet, cleaned: dict[str, Any]) -> None:
    branches.gather(sheet.matter, cleaned["reason"], actor=sheet.request.actor, seq=_seq(sheet))


DOING: dict[str, Callable[[Sheet, dict[str, Any]], None]] = {
    "merge": _merge,
    "unmerge": _unmerge,
    "relocate": _relocate,
    "gather": _gather,
}


# --- Answers ------------------------------------------------------------------------------------------------------


def _done(sheet: Sheet) -> HttpResponse:
    """On to the matter; or to the desk when it is no longer this person's to see."""
    request, base = sheet.request, f"/matters/{sheet.matter.number}/"
    said = _("“%(title)s”：%(verb)s，已记下。")
    messages.success(request, said % {"title": sheet.matter.title, "verb": sheet.transition.label})
    is_mine = READ.allows(sheet.after or sheet.matter, request.actor) is not None
    if not request.htmx:
        return redirect(base if is_mine else "/work/")
    if not is_mine:
        return HttpResponse(headers={"HX-Redirect": "/work/"})
    if (request.htmx.current_url_abs_path or "").partition("?")[0] == request.path:
        # The form stood on a page of its own: there is no matter beside it to refresh.
        return HttpResponse(headers={"HX-Redirect": base})
    return HttpResponse(status=204, headers={"HX-Trigger": "changed"})


def _refused(sheet: Sheet, error: Refused) -> HttpResponse:
    sheet.refusal = str(error) + _missing(sheet)
    if isinstance(error, Stale):
        sheet.stale = True
    return _show(sheet, 404 if isinstance(error, NotPermitted) else 409)


def _missing(sheet: Sheet) -> str:
    """A result waits for every co-handler: who is missing, by name."""
    if sheet.transition.verb != "finish" or not sheet.matter.co_open:
        return ""
    return _("还在等：%s。") % waiting_words(family(sheet.matter).waited_for())


def _mark(form: ActionForm, error: FilesMissing | NotValid) -> None:
    """Errors beside their fields; what belongs to no field at the top."""
    if isinstance(error, FilesMissing):
        form.is_valid()
        form.add_error("photos" if "photos" in form.fields else None, error)
        return
    form.is_valid()
    for name, sentences in error.errors.items():
        field_name = name if name in form.fields else None
        if not (field_name and field_name in form.errors):
            form.add_error(field_name, ValidationError(sentences))


def _show(sheet: Sheet, status: int) -> HttpResponse:
    """The form on its own page, or only itself for htmx (which swaps nothing but 2xx and 422)."""
    if sheet.request.method == "POST":
        full = detail.load(sheet.request.actor, sheet.matter.number)
        sheet.record = full if sheet.record is sheet.matter else sheet.record
        sheet.matter = full
    template = "cases/matter/act_only.html" if sheet.request.htmx else "cases/matter/act.html"
    is_htmx = bool(sheet.request.htmx)
    return render(sheet.request, template, _context(sheet), status=422 if is_htmx and status >= 400 else status)


# --- The form -----------------------------------------------------------------------------------------------------


def _sheet(request: Request, matter: Matter, record: Member, transition: Transition, data: QueryDict | None) -> Sheet:
    initial = {} if data is not None else _initial(request, matter, transition.verb)
    form = transition.form(_named_into(data), record=record, actor=request.actor, initial=initial)
    url = request.path
    key = (data.get("key") if data is not None else "") or str(uuid.uuid4())
    message = preview.MESSAGES.get(transition.verb) if isinstance(record, Matter) else None
    used = str(seq_number(data.get("used", "")) or "") if data is not None and message else ""
    return Sheet(request, matter, record, transition, url, form, record.seq, str(key), message=message, used=used)


def _named_into(data: QueryDict | None) -> QueryDict | None:
    """A merge may name the other matter by number instead of choosing it."""
    if data is None or data.get("into") or not data.get("into_number"):
        return data
    found = Matter.objects.filter(number=str(data["into_number"]).strip()[:12]).values_list("pk", flat=True).first()
    data["into"] = str(found or 0)
    return data


def _initial(request: Request, matter: Matter, verb: str) -> dict[str, Any]:
    """Sensible defaults, from what is known."""
    if verb in ("triage", "dispatch"):
        return _routed(request, matter)
    if verb == "transfer":
        return {"handler": request.GET.get("handler", "")[:20], "reason": request.GET.get("reason", "")[:200]}
    if verb == "publish":
        title = matter.public_title or mask_personal_data(matter.title)
        return {"is_public": matter.is_public, "public_title": title}
    if verb == "relocate":
        return {"place_note": matter.place_note, "place": matter.place_id}
    if verb == "feedback":
        first = matter.reports.select_related("contact").order_by("created_at").first()
        return {"method": first.contact.wish if first else "online"}
    return {}


def _routed(request: Request, matter: Matter) -> dict[str, Any]:
    text = "\n".join(matter.reports.values_list("text", flat=True)[: detail.MOST_REPORTS])
    hint = detail.suggestion(matter, text)
    route, category = hint["route"], hint["category"]
    chosen = request.GET.get("class", "") or matter.triage_class or hint["triage_class"]
    fits = route is not None and route.triage_class == chosen
    return {
        "triage_class": chosen, "category": category, "urgency": category.urgency if category else matter.urgency,
        "handler": route.handler.code if fits or (route and not chosen) else "", "reason": route.why if fits else "",
        "public_title": matter.public_title or mask_personal_data(matter.title), "is_public": matter.is_public,
    }  # fmt: skip


def _context(sheet: Sheet) -> dict[str, Any]:
    form, verb = sheet.form, sheet.transition.verb
    if offer := getattr(form, "offer", None):
        offer()
        if "together" in form.fields:
            form.fields["together"].widget = forms.CheckboxSelectMultiple(choices=form.fields["together"].choices)  # type: ignore[attr-defined]
    aside = ASIDE.get(verb, ())
    rows = list(form.rows()) if isinstance(form, (WhistleForm, SplitForm)) else []
    in_rows = [bound.name for row in rows for bound in row]
    fields = [form[name] for name in form.fields if name not in (*aside, *in_rows, "photos", "into", "place")]
    now = timezone.now()
    since = timeline.of_matter(sheet.matter) if sheet.stale else []
    return {
        "matter": sheet.matter,
        "base": f"/matters/{sheet.matter.number}/",
        "sheet": sheet,
        "form": form,
        "verb": verb,
        "label": sheet.transition.label,
        "fields": fields,
        "rows": [{"fields": row, "is_open": _is_open(row, n, verb)} for n, row in enumerate(rows)],
        "aside": [form[name] for name in aside],
        "is_aside_open": any(form[name].errors for name in aside),
        "crumbs": detail.trail(sheet.matter),
        "photo": form["photos"] if "photos" in form.fields else None,
        "two_stages": verb in ("progress", "finish"),
        "photo_stage": "photos",
        "shots": shots_of(form),
        "clears_photos": sheet.matter.photo_count > 0,
        "heading": sheet.transition.label,
        "since": [detail.event(entry, sheet.matter) for entry in since][: _missed(sheet)],
        "state": procedure_of(sheet.matter).state(sheet.matter.state),
        "alike": _alike(sheet, now) if verb == "merge" else [],
        "places": _places(sheet) if verb == "relocate" else [],
        "where": sheet.request.GET.get("where", ""),
        "showing": "detail",
        "routes": special.all_explained(sheet.matter.place_path()) if verb == "decline" else [],
        "message": sheet.message,
        "seen": sheet.seen,
        "templates": preview.offered(sheet.message, sheet.matter) if sheet.message and not sheet.seen else [],
        "guide": store.guide(*topics.of_matter(sheet.matter)),
    }


def _is_open(row: list[forms.BoundField], number: int, verb: str) -> bool:
    """The rows that are needed, and whatever was typed or is wrong, stand open."""
    needed = 2 if verb == "split" else 1
    first = row[0].data if row[0].form.is_bound else None
    return number < needed or bool(first) or any(bound.errors for bound in row)


def _missed(sheet: Sheet) -> int:
    """How many steps were taken since the form was opened."""
    return max(1, sheet.record.seq - (_seq(sheet) or 0))


def shots_of(form: forms.Form) -> list[dict[str, str]]:
    """Photos that are already here, kept when the form comes back."""
    sent = form["photos"].value() or () if "photos" in form.fields else ()
    uids = [str(uid) for uid in sent if _is_uuid(str(uid))]
    return [{"uid": uid, "thumb": f"/files/{uid}/thumb/"} for uid in uids]


def _alike(sheet: Sheet, now: Any) -> list[Any]:
    text = "\n".join(sheet.matter.reports.values_list("text", flat=True)[: detail.MOST_REPORTS])
    return detail.alike(sheet.matter, text, now)


def _places(sheet: Sheet) -> list[dict[str, Any]]:
    """Where the matter may be: what was searched for in its district, else the grids of its community."""
    where = sheet.request.GET.get("where", "") or sheet.request.POST.get("where", "")
    if where:
        district = Place.objects.filter(pk=sheet.matter.district_id or 0).first()
        return [
            {"id": hit.place_id, "name": " › ".join(crumb.name for crumb in hit.trail), "why": "，".join(hit.reasons)}
            for hit in find(where, within=district, limit=12)
        ]
    rows = Place.objects.living().filter(
        community_id=sheet.matter.community_id, kind__in=("grid", "group", "community")
    )
    return [{"id": row.pk, "name": row.name, "why": ""} for row in rows.order_by("path")[:40]]
