"""Settings of the practice for administrators: categories and routing rules. Others get 404."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongzhi.cases import settings_actions as actions
from gongzhi.cases import settings_words as words
from gongzhi.cases.models import Category, RoutingRule, SettingChange, TriageClass, Urgency
from gongzhi.cases.settings_forms import CategoryForm, RuleForm, SettingForm, target_of
from gongzhi.cases.settings_preview import preview
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotPermitted, NotPossible, NotValid, Refused, Stale
from gongzhi.territory.access import LARGEST, administrator
from gongzhi.territory.models import Place
from gongzhi.territory.who import administered

form_page = require_http_methods(["GET", "HEAD", "POST"])
SHOWN_CHANGES = 30


def frame(request: HttpRequest, tab: str, **context: Any) -> dict[str, Any]:
    """What all these pages hand to their templates."""
    rows = (
        ("category", _("诉求类别"), reverse("cases:settings")), ("rule", _("派单规则"), reverse("cases:settings-rules")),
        ("limit", _("办理时限"), reverse("cases:settings-limits")),
        ("sample", _("回访抽查"), reverse("cases:settings-sample")),
        ("day", _("工作日历"), reverse("cases:settings-calendar")),
        ("learned", _("类别建议"), reverse("cases:settings-learning")),
        ("procedure", _("办理程序"), reverse("cases:settings-procedures")),
    )  # fmt: skip
    views = [{"label": label, "url": url, "active": name == tab} for name, label, url in rows]
    return {"views": views, "heading": _("办事设置"), **context}


def history(actor: Actor, kind: str) -> list[dict[str, Any]]:
    """The latest changes that touch the actor's places, for the timeline; two statements."""
    where = Q(place=None) | Q(place__in=Place.objects.filter(administered(actor)).values("pk"))
    changes = list(SettingChange.objects.filter(where, kind=kind).order_by("-id")[:SHOWN_CHANGES])
    bodies = words.organisations(
        pk for change in changes for pk in (change.before.get("organisation_id"), change.after.get("organisation_id"))
    )
    return [
        {
            "at": row.at,
            "who": row.by_name + (_("（代办）") if row.on_behalf_of else ""),
            "text": words.change_words(row, bodies),
        }
        for row in changes
    ]


def refuse(form: Any, problem: Refused) -> int:
    """Put a refusal on the form; its status."""
    if isinstance(problem, NotValid):
        for name, sentences in problem.errors.items():
            form.add_error(name if name in form.fields else None, sentences)
        return 422
    form.add_error(None, str(problem))
    if isinstance(problem, Stale) and (picture := pictured(problem.current)):
        # Sent once more it counts as an answer to what the others wrote.
        form.data = form.data.copy()
        form.data["sign"] = actions.seen(picture)
    return 409 if isinstance(problem, NotPossible) else 422


def pictured(row: object) -> dict[str, Any]:
    """How a row looks now, for the sign of its form."""
    if isinstance(row, Category):
        return actions.picture_of_category(row)
    return actions.picture_of_rule(row) if isinstance(row, RoutingRule) else {}


# --- categories --------------------------------------------------------------------------------------------------------


@require_safe
def categories(request: HttpRequest) -> HttpResponse:
    """All categories in their groups."""
    actor = administrator(request)
    rows = list(Category.objects.order_by("position", "id"))
    tops = [row for row in rows if row.parent_id is None]
    groups = [(top, [_shown(row) for row in rows if row.parent_id == top.pk]) for top in tops]
    context = frame(
        request, "category", groups=[(_shown(top), below) for top, below in groups], count=len(rows),
        everywhere=actions.covers_all(actor), events=history(actor, "category"),
    )  # fmt: skip
    return render(request, "cases/settings/categories.html", context)


def _shown(row: Category) -> dict[str, Any]:
    return {
        "row": row, "kind": TriageClass(row.triage_class).label, "urgency": Urgency(row.urgency).label,
        "words": "、".join(row.words),
    }  # fmt: skip


@form_page
def new_category(request: HttpRequest) -> HttpResponse:
    """Add a category."""
    actor = administrator(request)
    return _category(request, actor, Category())


@form_page
def category(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one category, or retire it."""
    actor = administrator(request)
    row = Category.objects.select_related("parent").filter(pk=pk).first() if pk <= LARGEST else None
    if row is None:
        raise Http404
    return _category(request, actor, row)


def _category(request: HttpRequest, actor: Actor, row: Category) -> HttpResponse:
    picture = actions.picture_of_category(row) if row.pk else {}
    initial = {
        "sign": actions.seen(picture) if row.pk else "", "name": row.name, "parent": row.parent_id or _asked(request),
        "triage_class": row.triage_class, "urgency": row.urgency, "words": row.words, "guide": row.guide,
        "is_active": row.is_active,
    }  # fmt: skip
    form = CategoryForm(request.POST or None, initial=initial, row=row)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            saved = actions.save_category(row, form.values(), actor=actor, sign=form.cleaned_data["sign"])
            messages.success(request, _("已保存“%(name)s”。") % {"name": saved.name})
            return redirect("cases:settings")
        except Refused as problem:
            status = refuse(form, problem)
    title = _("修改“%(name)s”") % {"name": row.name} if row.pk and row.name else _("新增类别")
    return _form_page(request, "category", form, title, reverse("cases:settings"), actions.covers_all(actor), status)


def _asked(request: HttpRequest) -> str:
    return request.GET.get("parent", "")[:18]


def _form_page(
    request: HttpRequest, tab: str, form: SettingForm, title: str, back: str, may: bool, status: int, **more: Any
) -> HttpResponse:
    context = frame(request, tab, form=form, title=title, back=back, may=may, is_stale=status == 409, **more)
    return render(request, "cases/settings/form.html", context, status=status)


# --- rules -------------------------------------------------------------------------------------------------------------


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The rules in order, each in one sentence; retired ones below."""
    actor = administrator(request)
    found = list(actions.rules_of(actor))
    mine = actions.may_change(actor, found)
    bodies = words.organisations(rule.organisation_id for rule in found)
    shown = [{"rule": rule, "sentence": words.rule_sentence(rule, bodies), "may": rule.pk in mine} for rule in found]
    active = [item for item in shown if found and item["rule"].is_active]  # type: ignore[attr-defined]
    context = frame(
        request, "rule", rows=active, retired=[item for item in shown if item not in active],
        events=history(actor, "rule"),
    )  # fmt: skip
    return render(request, "cases/settings/rules.html", context)


@form_page
def new_rule(request: HttpRequest) -> HttpResponse:
    """Add a rule, after looking at what it would do."""
    return _rule(request, administrator(request), RoutingRule(triage_class=TriageClass.SMALL))


@form_page
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one rule, after looking at what it would do."""
    actor = administrator(request)
    return _rule(request, actor, _rule_of(actor, pk))


def _rule_of(actor: Actor, pk: int) -> RoutingRule:
    found = actions.rules_of(actor).filter(pk=pk).first() if pk <= LARGEST else None
    if found is None:
        raise Http404
    return found


def _rule(request: HttpRequest, actor: Actor, row: RoutingRule) -> HttpResponse:
    everywhere = actions.covers_all(actor)
    initial = {
        "sign": actions.seen(actions.picture_of_rule(row)) if row.pk else "", "name": row.name,
        "category": row.category_id, "place": row.place_id, "words": row.words, "triage_class": row.triage_class,
        "target": target_of(row), "is_active": row.is_active,
    }  # fmt: skip
    form = RuleForm(request.POST or None, initial=initial, actor=actor, everywhere=everywhere, row=row)
    may = bool(not row.pk or actions.may_change(actor, [row]))
    more: dict[str, Any] = {"is_rule": True}
    status = 422 if form.is_bound else 200
    title = _("修改“%(name)s”") % {"name": row.name} if row.pk else _("新增规则")
    if request.method == "POST" and form.is_valid():
        if "look" in request.POST:
            status, more = 200, more | _looked(form, row, actor)
        else:
            try:
                saved = actions.save_rule(row, form.values(), actor=actor, sign=form.cleaned_data["sign"])
                messages.success(request, _("已保存规则“%(name)s”。") % {"name": saved.name})
                return redirect("cases:settings-rules")
            except Refused as problem:
                status = refuse(form, problem)
    return _form_page(request, "rule", form, title, reverse("cases:settings-rules"), may, status, **more)


def _looked(form: RuleForm, row: RoutingRule, actor: Actor) -> dict[str, Any]:
    trial = RoutingRule(pk=row.pk, position=row.position or 0, **form.values())
    bodies = words.organisations([trial.organisation_id])
    found = preview(trial, list(actions.rules_of(actor).filter(is_active=True)), actor)
    return {
        "preview": found, "sentence": words.rule_sentence(trial, bodies), "target": words.target_words(trial, bodies),
    }  # fmt: skip


@require_POST
def move(request: HttpRequest, pk: str, way: str) -> HttpResponse:
    """One rule earlier or later."""
    actor = administrator(request)
    row = _rule_of(actor, int(pk))
    try:
        actions.move_rule(row, -1 if way == "up" else 1, actor=actor)
    except NotPermitted as problem:
        messages.error(request, str(problem))
    return redirect(f"{reverse('cases:settings-rules')}#rule-{row.pk}")


@require_POST
def switch(request: HttpRequest, pk: str, to: str) -> HttpResponse:
    """Retire a rule or use it again."""
    actor = administrator(request)
    row = _rule_of(actor, int(pk))
    try:
        actions.save_rule(row, {"is_active": to == "on"}, actor=actor)
        said = _("规则“%(name)s”已启用。") if to == "on" else _("规则“%(name)s”已停用。")
        messages.success(request, said % {"name": row.name})
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("cases:settings-rules")
