"""The administrator's pages of the register: list, one organisation, register, edit, end, import."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.base.sheets import read_table
from gongzhi.kernel.actor import Actor
from gongzhi.organisations import actions
from gongzhi.organisations.forms import EndForm, OrganisationForm, UploadForm
from gongzhi.organisations.importing import import_organisations
from gongzhi.organisations.models import Kind, Organisation, OrganisationChange
from gongzhi.organisations.who import administered, administers
from gongzhi.organisations.wording import sentence
from gongzhi.territory.access import LARGEST, administrator, mine
from gongzhi.territory.importing import Report
from gongzhi.territory.models import DIVISIONS, GRIDS, Place
from gongzhi.territory.models import Kind as PlaceKind
from gongzhi.territory.tree import trail_text, trails

form_page = require_http_methods(["GET", "HEAD", "POST"])
PAGE = 50
SHOWN_CHANGES = 30
OFFERED = 200


@require_safe
def organisations(request: HttpRequest) -> HttpResponse:
    """The organisations of the duty, by kind, found by two characters or pinyin."""
    actor = administrator(request)
    query, kind = request.GET.get("q", "").strip(), request.GET.get("kind", "")
    found = Organisation.objects.filter(administered(actor)).select_related("place")
    found = found if "all" in request.GET else found.filter(valid_to=None)
    found = found.named(query) if query else found
    filters = _filters(request, found, kind)
    found = found.filter(kind=kind) if kind in Kind.values else found
    rows, cursor = _page(found, request.GET.get("after", ""))
    context = {
        "rows": rows, "cursor": cursor, "query": query, "filters": filters, "here": None, "heading": _("组织"),
        "showing": "list",
    }  # fmt: skip
    return render(request, "organisations/organisation.html", context)


def _filters(request: HttpRequest, found: QuerySet[Organisation], chosen: str) -> list[dict[str, Any]]:
    """One filter for each kind there is, with its count; the chosen one again takes it away."""
    counts = found.order_by("kind").values_list("kind").annotate(count=Count("pk"))
    return [
        {
            "label": Kind(kind).label, "count": count, "active": kind == chosen,
            "url": _with(request, kind="" if kind == chosen else kind),
        }
        for kind, count in counts
    ]  # fmt: skip


def _with(request: HttpRequest, **changes: str) -> str:
    """The present address with some parameters changed, from its first page."""
    query = request.GET.copy()
    query.pop("after", None)
    for name, value in changes.items():
        query[name] = value
    return f"?{query.urlencode()}"


def _page(found: QuerySet[Organisation], after: str) -> tuple[list[Organisation], str]:
    sound, dash, pk = after.rpartition("~")
    if dash and pk.isascii() and pk.isdigit() and int(pk) <= LARGEST and "\0" not in sound:
        found = found.filter(Q(pinyin__gt=sound) | Q(pinyin=sound, pk__gt=int(pk)))
    rows = list(found.order_by("pinyin", "pk")[: PAGE + 1])
    return rows[:PAGE], f"{rows[PAGE - 1].pinyin}~{rows[PAGE - 1].pk}" if len(rows) > PAGE else ""


@require_safe
def organisation(request: HttpRequest, pk: int) -> HttpResponse:
    """One organisation: what is known, whom it serves, what was changed."""
    here = _organisation_of(request, pk)
    areas = list(here.areas.filter(valid_to=None).select_related("place"))
    ways = trails([area.place_id for area in areas] + ([here.place_id] if here.place_id else []))
    changes = here.changes.select_related("organisation").order_by("-pk")[:SHOWN_CHANGES]
    context = {
        "here": here, "rows": here.children.filter(valid_to=None).order_by("pinyin", "pk")[:PAGE], "cursor": "",
        "seat": trail_text(ways[here.place_id]) if here.place_id else "",
        "areas": [trail_text(ways[area.place_id]) for area in areas], "events": [_event(item) for item in changes],
        "heading": str(here), "showing": "detail",
    }  # fmt: skip
    return render(request, "organisations/organisation.html", context)


def _event(change: OrganisationChange) -> dict[str, Any]:
    return {"at": change.at, "who": change.by_name, "text": sentence(change), "note": change.reason}


def _organisation_of(request: HttpRequest, pk: int) -> Organisation:
    """The organisation, if an administrator's duty covers it. Raises Http404."""
    actor = administrator(request)
    rows = Organisation.objects.select_related("parent", "place", "successor")
    here = rows.filter(pk=pk).first() if pk <= LARGEST else None
    if here is None or not administers(actor, here):
        raise Http404
    return here


@form_page
def register(request: HttpRequest) -> HttpResponse:
    """Enter an organisation."""
    actor = administrator(request)
    form = _form(request, actor, None)
    if request.method == "POST" and form.is_valid():
        try:
            data = form.cleaned_data
            row = actions.register(form.details(), actor=actor, reason=data["reason"], serves=data["serves"])
            messages.success(request, _("已登记“%(name)s”。") % {"name": row.name})
            return redirect("organisations:organisation", pk=row.pk)
        except ValidationError as problem:
            form.add_error(None, problem)
    return _show(request, form, None, _("登记组织"), _("登记"))


@form_page
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Correct what is known, and the places served; areas beyond the own duty stay as they are."""
    here = _organisation_of(request, pk)
    actor = administrator(request)
    form = _form(request, actor, here)
    if request.method == "POST" and form.is_valid():
        try:
            _save(actor, here, form)
            messages.success(request, _("已保存。"))
            return redirect("organisations:organisation", pk=here.pk)
        except ValidationError as problem:
            form.add_error(None, problem)
    return _show(request, form, here, _("修改%(name)s") % {"name": here}, _("保存"))


def _save(actor: Actor, here: Organisation, form: OrganisationForm) -> None:
    reason = form.cleaned_data["reason"]
    now = Place.objects.filter(pk__in=here.areas.filter(valid_to=None).values("place"))
    beyond = now.exclude(pk__in=mine(actor).values("pk"))
    actions.edit(here, form.details(), actor=actor, reason=reason)
    actions.set_areas(here, [*beyond, *form.cleaned_data["serves"]], actor=actor, reason=reason)


def _form(request: HttpRequest, actor: Actor, here: Organisation | None) -> OrganisationForm:
    known: dict[str, Any] = {}
    if here is not None:
        names = ("name", "short_name", "kind", "credit_code", "parent", "place", "address", "phone")
        known = {name: getattr(here, name) for name in names}
        known["serves"] = list(here.areas.filter(valid_to=None).values_list("place", flat=True))
    own = Organisation.objects.filter(administered(actor), valid_to=None).order_by("pinyin", "pk")
    return OrganisationForm(
        request.POST or None, initial=known, parents=own.exclude(pk=here.pk) if here else own,
        seats=_places(request, actor, DIVISIONS, known.get("place"), "place"),
        areas=_places(request, actor, (*DIVISIONS, *GRIDS, PlaceKind.ESTATE), known.get("serves", []), "serves"),
    )  # fmt: skip


def _places(request: HttpRequest, actor: Actor, kinds: tuple[str, ...], known: Any, name: str) -> QuerySet[Place]:
    """Places to choose from: what a search `?at=` found or the upper levels, and those chosen before."""
    own = mine(actor).filter(kind__in=kinds, valid_to=None)
    query = request.GET.get("at", "").strip()
    near = own.named(query) if query else own.filter(kind__in=DIVISIONS[:3])
    chosen = [int(pk) for pk in request.POST.getlist(name) if pk.isascii() and pk.isdigit() and len(pk) < 19]
    before = known if isinstance(known, list) else [known.pk] if known else []
    ids = [*near.order_by("position").values_list("pk", flat=True)[:OFFERED], *chosen[:OFFERED], *before]
    return own.filter(pk__in=ids).select_related("parent").order_by("path")


def _show(
    request: HttpRequest, form: OrganisationForm | EndForm, here: Organisation | None, title: str, verb: str
) -> HttpResponse:
    context = {"form": form, "here": here, "heading": title, "verb": verb, "at": request.GET.get("at", "")}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "organisations/act.html", context, status=status)


@form_page
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End an organisation."""
    here = _organisation_of(request, pk)
    actor = administrator(request)
    others = (
        Organisation.objects.filter(administered(actor), valid_to=None).exclude(pk=here.pk).order_by("pinyin", "pk")
    )
    form = EndForm(request.POST or None, others=others)
    if request.method == "POST" and form.is_valid():
        try:
            data = form.cleaned_data
            actions.end(here, actor=actor, reason=data["reason"], at=data["at"], successor=data["successor"])
            messages.success(request, _("“%(name)s”已终止。") % {"name": here.name})
            return redirect("organisations:organisation", pk=here.pk)
        except ValidationError as problem:
            form.add_error(None, problem)
    return _show(request, form, here, _("终止%(name)s") % {"name": here}, _("终止"))


@form_page
def upload(request: HttpRequest) -> HttpResponse:
    """Check a list, or import its good rows."""
    actor = administrator(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    report: Report | None = None
    is_sure = False
    if request.method == "POST" and form.is_valid():
        is_sure = form.cleaned_data["is_sure"]
        try:
            rows = read_table(form.cleaned_data["file"]).rows
            report = import_organisations(rows, actor=actor, is_dry_run=not is_sure, is_limited=True)
        except ValidationError as problem:
            form.add_error("file", problem)
    context = {"form": form, "report": report, "is_done": is_sure, "heading": _("导入组织")}
    return render(request, "organisations/upload.html", context, status=422 if form.is_bound and form.errors else 200)
