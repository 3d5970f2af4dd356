"""The administrator's pages: lists, writing, preview, history, deciding on proposals. Others get 404."""

from typing import Any

from django.contrib import messages
from django.db.models import CharField, Q, QuerySet, TextField
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongzhi.base import redact
from gongzhi.base.text import clean_text
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotPossible, NotValid, Refused, Stale
from gongzhi.knowledge import actions, placeholders, topics, words
from gongzhi.knowledge.forms import EntryForm, places_of
from gongzhi.knowledge.kinds import KINDS, Kind
from gongzhi.knowledge.models import Entry, KnowledgeChange, Status
from gongzhi.knowledge.questions import ExtraForm
from gongzhi.territory.access import LARGEST, administrator
from gongzhi.territory.who import covers_all

form_page = require_http_methods(["GET", "HEAD", "POST"])
SHOWN_CHANGES, MOST = 30, 500


def frame(kind: Kind | None, **context: Any) -> dict[str, Any]:
    """What all these pages hand to their templates."""
    views = [
        {"label": one.label, "url": reverse("knowledge:settings-kind", args=[one.code]), "active": one is kind}
        for one in KINDS.values()
    ]
    return {"views": views, "heading": _("知识"), "kind": kind, **context}


@require_safe
def index(request: HttpRequest, kind: str = "templates") -> HttpResponse:
    """Everything of a kind: proposals that wait first, then what is in use by subject, then what was put away."""
    actor, chosen = administrator(request), KINDS[kind]
    query = clean_text(request.GET.get("q", "")[:40], lines=False)
    rows = list(found(actions.entries_of(actor, chosen), chosen, query)[:MOST])
    everywhere, names = covers_all(actor), topics.names()
    shown = [words.line(row, names, may=actions.may_settle(actor, row, everywhere=everywhere)) for row in rows]
    live = [one for one in shown if one.row.status == Status.USE and one.row.is_active]
    context = frame(
        chosen, waiting=[one for one in shown if one.row.is_proposal], groups=words.by_topic(live, names),
        gone=[one for one in shown if one not in live and not one.row.is_proposal], query=query, count=len(live),
        due=[one for one in live if getattr(one.row, "is_due_for_review", False)], me=actor.account_id,
        new=reverse("knowledge:settings-new", args=[kind]), events=history(KnowledgeChange.objects.filter(kind=kind)),
    )  # fmt: skip
    return render(request, "knowledge/settings/list.html", context)


def found(rows: QuerySet[Any], kind: Kind, query: str) -> QuerySet[Any]:
    """The entries in whose first fields the words stand; all without words."""
    text = Q()
    for name in kind.fields[:3]:
        if isinstance(kind.model._meta.get_field(name), CharField | TextField):
            text |= Q(**{f"{name}__icontains": query})
    return rows.filter(text) if query else rows


def history(changes: QuerySet[KnowledgeChange]) -> list[dict[str, Any]]:
    """The latest changes as sentences for the timeline; one statement."""
    return [
        {"at": row.at, "who": row.by_name + (_("（代办）") if row.on_behalf_of else ""), "text": words.change(row)}
        for row in changes.order_by("-id")[:SHOWN_CHANGES]
    ]


@form_page
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """Write an entry."""
    actor, chosen = administrator(request), KINDS[kind]
    row = chosen.model(topic=request.GET.get("topic", "")[:40])
    return _form(request, actor, chosen, row)


@form_page
def change(request: HttpRequest, kind: str, pk: str) -> HttpResponse:
    """Change an entry, or retire it; beside the form what it looks like and what happened to it."""
    actor, chosen = administrator(request), KINDS[kind]
    return _form(request, actor, chosen, entry_of(actor, chosen, pk))


def entry_of(actor: Actor, kind: Kind, pk: str) -> Any:
    """The entry, if it touches the administrator's places. Raises Http404."""
    row = actions.entries_of(actor, kind).filter(pk=int(pk)).first() if int(pk) <= LARGEST else None
    if row is None:
        raise Http404
    return row


def _form(request: HttpRequest, actor: Actor, kind: Kind, row: Entry) -> HttpResponse:
    everywhere, initial = covers_all(actor), _initial(kind, row)
    form = kind.form(
        redact.masked(request.POST) or None, initial=initial, places=places_of(actor), everywhere=everywhere, row=row,
    )  # fmt: skip
    status = 422 if form.is_bound else 200
    look = "look" in request.POST or "mask" in request.POST
    if request.method == "POST" and form.is_valid():
        status = 200
        if not look:
            try:
                saved = actions.save(kind, row, form.values(), actor=actor, sign=form.cleaned_data["sign"])
                messages.success(request, _("已保存“%(name)s”。") % {"name": saved})
                return redirect("knowledge:settings-kind", kind=kind.code)
            except Refused as problem:
                status = refuse(form, problem, kind)
    return render(request, "knowledge/settings/form.html", _context(actor, kind, row, form, everywhere), status=status)


def _initial(kind: Kind, row: Entry) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in (*kind.fields, "topic", "is_active")}
    return {**found, "place": row.place_id, "sign": actions.seen(kind.picture(row)) if row.pk else ""}


def refuse(form: EntryForm, problem: Refused, kind: Kind) -> int:
    """Put a refusal on the form; its status."""
    if isinstance(problem, NotValid):
        for name, sentences in problem.errors.items():
            form.add_error(name if name in form.fields else None, sentences)
        return 422
    form.add_error(None, str(problem))
    if isinstance(problem, Stale) and isinstance(problem.current, Entry):
        # Sent once more it counts as an answer to what the others wrote.
        form.data = form.data.copy()  # type: ignore[attr-defined]
        form.data["sign"] = actions.seen(kind.picture(problem.current))  # type: ignore[index]
    return 409 if isinstance(problem, NotPossible) else 422


def _context(actor: Actor, kind: Kind, row: Entry, form: EntryForm, everywhere: bool) -> dict[str, Any]:
    trial = kind.model(**form.values()) if form.is_bound and form.is_valid() else row
    return frame(
        kind, form=form, row=row, may=not row.pk or actions.may_settle(actor, row, everywhere=everywhere),
        title=_("修改“%(name)s”") % {"name": row} if row.pk else _("新写：%(kind)s") % {"kind": kind.label},
        back=reverse("knowledge:settings-kind", args=[kind.code]), preview=preview_of(trial) if str(trial) else None,
        samples=samples(), is_own=row.proposed_by == actor.account_id,
        events=history(KnowledgeChange.objects.filter(kind=kind.code, row_id=row.pk)) if row.pk else [],
        today=timezone.localdate(),
    )  # fmt: skip


def samples() -> list[str]:
    """What can stand in braces, as it is typed."""
    return [f"{{{name}}}" for name in placeholders.SAMPLES]


def preview_of(row: Any) -> dict[str, Any]:
    """What an entry looks like to who reads it, with sample values."""
    if hasattr(row, "use"):
        return {"text": placeholders.sample(row.text), "use": row.get_use_display()}
    if hasattr(row, "steps"):
        return {"guide": row}
    return {"faq": row} if hasattr(row, "answer") else {"extra": ExtraForm(None, [_numbered(row)])}


def _numbered(row: Any) -> Any:
    row.pk = row.pk or 0
    return row


@require_POST
def decide(request: HttpRequest, kind: str, pk: str) -> HttpResponse:
    """Approve a proposal, or say why not; never one's own."""
    actor, chosen = administrator(request), KINDS[kind]
    row = entry_of(actor, chosen, pk)
    reason, is_approved = clean_text(request.POST.get("reason", "")[:300]), request.POST.get("do") == "approve"
    try:
        actions.decide(chosen, row, is_approved=is_approved, reason=reason, actor=actor)
        said = _("已采用“%(name)s”。") if is_approved else _("“%(name)s”没有采用，已告诉提出的人。")
        messages.success(request, said % {"name": row})
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("knowledge:settings-kind", kind=kind)


@require_POST
def review(request: HttpRequest, pk: str) -> HttpResponse:
    """Somebody looked at an answer: still right."""
    actor = administrator(request)
    row = entry_of(actor, KINDS["answers"], pk)
    try:
        actions.review(row, actor=actor)
        messages.success(request, _("记下了：“%(name)s”今天核对过。") % {"name": row})
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("knowledge:settings-kind", kind="answers")
