"""What is kept about routing rules: examples, versions, gaps and overlaps, how often they were followed."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from gongzhi.base.text import mask_personal_data
from gongzhi.cases import routing
from gongzhi.cases import settings_actions as actions
from gongzhi.cases import settings_words as words
from gongzhi.cases.models import Matter, RoutingCase, RoutingRule
from gongzhi.cases.routing import examples
from gongzhi.cases.routing.accuracy import accuracy as accuracy_of
from gongzhi.cases.routing.review import Gap
from gongzhi.cases.routing.review import review as review_of
from gongzhi.cases.routing.versions import versions as versions_of
from gongzhi.cases.rule_forms import ExampleForm
from gongzhi.cases.views.rules import rule_of
from gongzhi.cases.views.settings import frame
from gongzhi.cases.workflow import READ
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotPermitted, NotValid
from gongzhi.territory.access import LARGEST, administrator
from gongzhi.territory.models import DIVISIONS, Place

MOST_TEXT = 500

# --- examples --------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def kept_examples(request: HttpRequest, pk: int) -> HttpResponse:
    """The examples of a rule with how each comes out now, and a form for one more."""
    actor = administrator(request)
    row = rule_of(actor, pk)
    initial, refusal = _from_matter(actor, request.GET.get("matter", "").strip()[:12])
    form = ExampleForm(request.POST or None, initial=initial, actor=actor, rule=row)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            case = actions.add_example(row, form.case(), actor=actor)
            messages.success(request, _("已加上例子“%(name)s”。") % {"name": case.name})
            return redirect("cases:settings-examples", row.pk)
        except NotValid as problem:
            for name, sentences in problem.errors.items():
                form.add_error(name, ValidationError(sentences))
        except NotPermitted as problem:
            form.add_error(None, str(problem))
    context = frame(
        request, "rule", title=_("“%(name)s”的例子") % {"name": row.name}, rule=row, form=form, refusal=refusal,
        back=reverse("cases:settings-rules"), may=bool(actions.may_change(actor, [row])), outcomes=_outcomes(row),
        matter=request.GET.get("matter", "")[:12], is_open=form.is_bound or bool(initial) or bool(refusal),
        sentence=words.rule_sentence(row, words.organisations([row.organisation_id])),
    )  # fmt: skip
    return render(request, "cases/settings/examples.html", context, status=status)


def _outcomes(row: RoutingRule) -> list[examples.Outcome]:
    cases = examples.kept([row.pk])
    return examples.run(routing.active(), cases) if cases else []


def _from_matter(actor: Actor, number: str) -> tuple[dict[str, Any], str]:
    """The form's beginnings from a matter the actor may read, its words masked; or why not."""
    if not number:
        return {}, ""
    found = Matter.objects.filter(READ.q(actor), number=number, circle_id=None).first()
    if found is None:
        return {}, _("没有找到这一件，或者您的岗位看不到它的内容。例子也可以自己写。")
    text = "\n".join(found.reports.values_list("text", flat=True)[:3])
    where = Place.objects.filter(pk__in=[found.community_id, found.street_id], kind__in=DIVISIONS).order_by("-path")
    local = timezone.localtime(found.created_at).replace(second=0, microsecond=0)
    return {
        "text": mask_personal_data(text)[:MOST_TEXT], "category": found.category_id, "place": where.first(),
        "channel": found.channel, "urgency": found.urgency, "at": local, "name": mask_personal_data(found.title)[:60],
    }, ""  # fmt: skip


@require_POST
def drop_example(request: HttpRequest, pk: int, case: int) -> HttpResponse:
    """Take one away."""
    actor = administrator(request)
    row = rule_of(actor, pk)
    found = RoutingCase.objects.filter(rule=row, pk=min(case, LARGEST)).select_related("rule__place").first()
    if found is None:
        raise Http404
    try:
        actions.drop_example(found, actor=actor)
        messages.success(request, _("已去掉例子“%(name)s”。") % {"name": found.name})
    except NotPermitted as problem:
        messages.error(request, str(problem))
    return redirect("cases:settings-examples", row.pk)


# --- versions --------------------------------------------------------------------------------------------------------


@require_safe
def versions(request: HttpRequest, pk: int) -> HttpResponse:
    """Every version of a rule, newest first."""
    actor = administrator(request)
    row = rule_of(actor, pk)
    found = versions_of(row)
    bodies = words.organisations(one.picture.get("organisation_id") for one in found)
    context = frame(
        request, "rule", title=_("“%(name)s”的各版") % {"name": row.name}, rule=row, back=reverse("cases:settings-rules"),
        versions=[{"one": one, "sentence": words.picture_sentence(one.picture, bodies)} for one in found],
    )  # fmt: skip
    return render(request, "cases/settings/versions.html", context)


# --- gaps and overlaps, accuracy -------------------------------------------------------------------------------------


@require_safe
def review(request: HttpRequest) -> HttpResponse:
    """What no rule catches, where two fit, what is never reached, who is not there; each with a way to mend."""
    actor = administrator(request)
    found = review_of(actor, set(actions.rules_of(actor).values_list("pk", flat=True)))
    context = frame(
        request, "rule", title=_("空白和重叠"), back=reverse("cases:settings-rules"), found=found,
        gaps=[{"gap": gap, "url": _mend(gap)} for gap in found.gaps],
    )  # fmt: skip
    return render(request, "cases/settings/review.html", context)


def _mend(gap: Gap) -> str:
    """A new rule with what is known already."""
    known = {"category": gap.category_id, "place": gap.place_id, "target": gap.usual_code}
    return f"{reverse('cases:settings-new-rule')}?{urlencode({k: v for k, v in known.items() if v})}"


@require_safe
def accuracy(request: HttpRequest) -> HttpResponse:
    """Share of followed suggestions by rule and month, the most corrected first."""
    actor = administrator(request)
    months, lines, whole = accuracy_of(actor, timezone.now())
    mine = set(actions.rules_of(actor).values_list("pk", flat=True))
    rows = [
        {"line": line, "cells": [line.months.get(month) for month in months], "is_there": line.rule in mine}
        for line in lines
    ]
    context = frame(
        request, "rule", title=_("照着派的有多少"), back=reverse("cases:settings-rules"), months=months, rows=rows,
        whole=whole,
    )  # fmt: skip
    return render(request, "cases/settings/accuracy.html", context)
