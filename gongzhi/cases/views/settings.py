"""Settings of the practice for administrators: the frame of all their pages, and categories. Others get 404."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from gongzhi.cases import settings_actions as actions
from gongzhi.cases import settings_words as words
from gongzhi.cases.models import Category, RoutingRule, SettingChange, TriageClass, Urgency
from gongzhi.cases.routing.pictures import picture_of_rule
from gongzhi.cases.settings_forms import CategoryForm, SettingForm
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotPossible, NotValid, Refused, Stale
from gongzhi.territory.access import LARGEST, administrator
from gongzhi.territory.models import Place
from gongzhi.territory.who import administered, covers_all

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


def take_back(request: HttpRequest, withdraw: Callable[[], None], back: str) -> HttpResponse:
    """Withdraw what is not in force yet, or say why it stays."""
    try:
        withdraw()
        messages.success(request, _("已撤下。"))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect(back)


def pictured(row: object) -> dict[str, Any]:
    """How a row looks now, for the sign of its form."""
    if isinstance(row, Category):
        return actions.picture_of_category(row)
    return picture_of_rule(row) if isinstance(row, RoutingRule) else {}


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
        everywhere=covers_all(actor), events=history(actor, "category"),
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
    return form_page_of(request, "category", form, title, reverse("cases:settings"), covers_all(actor), status)


def _asked(request: HttpRequest) -> str:
    return request.GET.get("parent", "")[:18]


def form_page_of(
    request: HttpRequest, tab: str, form: SettingForm, title: str, back: str, may: bool, status: int,
    template: str = "cases/settings/form.html", **more: Any,
) -> HttpResponse:  # fmt: skip
    """A form on its own page."""
    context = frame(request, tab, form=form, title=title, back=back, may=may, is_stale=status == 409, **more)
    return render(request, template, context, status=status)
