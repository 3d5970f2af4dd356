"""Routing rules for administrators: in order, each tried out before it is saved. Others get 404."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gongzhi.cases import routing
from gongzhi.cases import settings_actions as actions
from gongzhi.cases import settings_words as words
from gongzhi.cases.models import RoutingCase, RoutingRule, TriageClass
from gongzhi.cases.routing import examples, trial
from gongzhi.cases.routing.matching import Terms, swapped
from gongzhi.cases.routing.pictures import picture_of_rule
from gongzhi.cases.rule_forms import RuleForm, initial_of
from gongzhi.cases.views.settings import form_page, form_page_of, frame, history, refuse
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotPermitted, NotValid, Refused
from gongzhi.territory.access import LARGEST, administrator
from gongzhi.territory.who import covers_all

CHANGES = ("off", "on", "up", "down")
MOST_SHOWN = 120
"""So many rules on one page; more are found by words of their sentence."""
PREFILLED = ("category", "place", "target", "words")


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """The rules in order, each in one sentence with how its examples stand; retired ones below."""
    actor = administrator(request)
    found = list(actions.rules_of(actor))
    mine = actions.may_change(actor, found)
    bodies = words.organisations(rule.organisation_id for rule in found)
    kept = _counts(RoutingCase.objects.filter(rule__in=[rule.pk for rule in found]).values_list("rule_id", flat=True))
    numbers = {rule.pk: number for number, rule in enumerate((rule for rule in found if rule.is_active), 1)}
    shown: list[dict[str, Any]] = [
        {"rule": rule, "sentence": words.rule_sentence(rule, bodies), "may": rule.pk in mine,
         "examples": kept.get(rule.pk, 0), "number": numbers.get(rule.pk, 0)}
        for rule in found
    ]  # fmt: skip
    query = request.GET.get("q", "").strip()[:40]
    shown = [item for item in shown if query in f"{item['rule'].name}{item['sentence']}"] if query else shown
    active = [item for item in shown if item["rule"].is_active]
    context = frame(
        request, "rule", rows=active[:MOST_SHOWN], more=max(0, len(active) - MOST_SHOWN), query=query,
        retired=[item for item in shown if not item["rule"].is_active][:MOST_SHOWN], events=history(actor, "rule"),
    )  # fmt: skip
    return render(request, "cases/settings/rules.html", context)


def _counts(ids: Any) -> dict[int, int]:
    found: dict[int, int] = {}
    for pk in ids:
        found[pk] = found.get(pk, 0) + 1
    return found


@form_page
def new_rule(request: HttpRequest) -> HttpResponse:
    """Add a rule, after looking at what it would do."""
    return _rule(request, administrator(request), RoutingRule(triage_class=TriageClass.SMALL))


@form_page
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one rule, after looking at what it would do."""
    actor = administrator(request)
    return _rule(request, actor, rule_of(actor, pk))


def rule_of(actor: Actor, pk: int) -> RoutingRule:
    """The rule, if it touches the administrator's places. Raises Http404."""
    found = actions.rules_of(actor).filter(pk=pk).first() if pk <= LARGEST else None
    if found is None:
        raise Http404
    return found


def _rule(request: HttpRequest, actor: Actor, row: RoutingRule) -> HttpResponse:
    everywhere = covers_all(actor)
    initial = initial_of(row) | {"sign": actions.seen(picture_of_rule(row)) if row.pk else ""}
    if not row.pk:
        initial |= {name: request.GET[name][:60] for name in PREFILLED if name in request.GET}
    form = RuleForm(request.POST or None, initial=initial, actor=actor, everywhere=everywhere, row=row)
    more: dict[str, Any] = {}
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        if "look" in request.POST:
            status, more = 200, _looked(form, row, actor)
        else:
            try:
                saved = actions.save_rule(
                    row, form.values(), actor=actor, sign=form.cleaned_data["sign"], reason=form.cleaned_data["reason"]
                )
                messages.success(request, _("已保存规则“%(name)s”。") % {"name": saved.name})
                return redirect("cases:settings-rules")
            except Refused as problem:
                status = refuse(form, problem)
                more = {"wrong": _wrong(form, row)} if isinstance(problem, NotValid) else {}
    may = bool(not row.pk or actions.may_change(actor, [row]))
    title = _("修改“%(name)s”") % {"name": row.name} if row.pk else _("新增规则")
    back = reverse("cases:settings-rules")
    return form_page_of(
        request, "rule", form, title, back, may, status, template="cases/settings/rule_form.html",
        groups=list(form.groups()), rule=row, **more,
    )  # fmt: skip


def _trial_rule(form: RuleForm, row: RoutingRule) -> RoutingRule:
    return RoutingRule(pk=row.pk, position=row.position or 0, version=row.version, **form.values())


def _wrong(form: RuleForm, row: RoutingRule) -> list[examples.Outcome]:
    """The examples a refused change would spoil."""
    made, active = _trial_rule(form, row), routing.active()
    return examples.broken(active, actions.as_would_be(active, made), None if made.is_active else row.pk)


def _looked(form: RuleForm, row: RoutingRule, actor: Actor) -> dict[str, Any]:
    """What saving would do: to the latest matters, to the examples."""
    made, active = _trial_rule(form, row), routing.active()
    after = actions.as_would_be(active, made)
    before_place = row.place if row.pk else made.place
    places = [made.place, before_place] if made.place and before_place else []
    bodies = words.organisations([made.organisation_id])
    return {
        "preview": tried(active, after, actor, [place for place in places if place], made.pk or 0),
        "wrong": examples.broken(active, after, None if made.is_active else row.pk),
        "sentence": words.rule_sentence(made, bodies), "is_looked": True,
    }  # fmt: skip


def tried(before: list[Terms], after: list[Terms], actor: Actor, places: Any, pk: int = -1) -> trial.Trial:
    """Both orders against the latest matters there."""
    with_text = any(terms.needs_text for terms in (*before, *after))
    return trial.compare(before, after, trial.latest(actor, places, with_text=with_text), actor, pk)


# --- order, switching off --------------------------------------------------------------------------------------------


@require_safe
def try_change(request: HttpRequest, pk: int) -> HttpResponse:
    """What moving a rule or switching it on or off would do, before it is done."""
    actor = administrator(request)
    row = rule_of(actor, pk)
    wanted = request.GET.get("change", "")
    return _ask(request, actor, row, wanted if wanted in CHANGES else "off" if row.is_active else "on", 200)


def _ask(request: HttpRequest, actor: Actor, row: RoutingRule, change: str, status: int, **more: Any) -> HttpResponse:
    active, choices = routing.active(), ("off", "up", "down") if row.is_active else ("on",)
    after, off = _changed(actor, active, row, change)
    label = {"off": _("停用"), "on": _("启用"), "up": _("前移"), "down": _("后移")}[change]
    name = "cases:settings-move-rule" if change in ("up", "down") else "cases:settings-switch-rule"
    trial_url = reverse("cases:settings-rule-trial", args=[row.pk])
    labels = {"off": _("停用"), "on": _("启用"), "up": _("前移一条"), "down": _("后移一条")}
    context = frame(
        request, "rule", title=_("%(change)s“%(name)s”会怎样") % {"change": label, "name": row.name}, rule=row,
        back=reverse("cases:settings-rules"), action=reverse(name, args=[row.pk, change]), label=label,
        preview=tried(active, after, actor, [row.place] if row.place else []), may=actions.may_change(actor, [row]),
        wrong=examples.broken(active, after, off), reason=request.POST.get("reason", ""),
        choices=[{"label": labels[one], "url": f"{trial_url}?change={one}", "active": one == change} for one in choices], **more,
    )  # fmt: skip
    return render(request, "cases/settings/rule_trial.html", context, status=status)


def _changed(actor: Actor, active: list[Terms], row: RoutingRule, change: str) -> tuple[list[Terms], int | None]:
    """The rules after the change, and the rule that falls silent by it."""
    if change in ("on", "off"):
        row.is_active = change == "on"
        return actions.as_would_be(active, row), None if row.is_active else row.pk
    rows = [rule for rule in actions.rules_of(actor) if rule.is_active]
    other = actions.next_of(row, -1 if change == "up" else 1, rows, actions.may_change(actor, rows))
    return (swapped(active, row.pk, other.pk) if other and row.is_active else active), None


@require_POST
def move(request: HttpRequest, pk: str, way: str) -> HttpResponse:
    """One rule earlier or later."""
    actor = administrator(request)
    row = rule_of(actor, int(pk))
    try:
        actions.move_rule(row, -1 if way == "up" else 1, actor=actor, reason=request.POST.get("reason", "")[:200])
    except NotPermitted as problem:
        messages.error(request, str(problem))
    except NotValid as problem:
        return _ask(request, actor, row, way, 422, refusal=str(problem))
    return redirect(f"{reverse('cases:settings-rules')}#rule-{row.pk}")


@require_POST
def switch(request: HttpRequest, pk: str, to: str) -> HttpResponse:
    """Retire a rule or use it again."""
    actor = administrator(request)
    row = rule_of(actor, int(pk))
    try:
        reason = request.POST.get("reason", "")[:200]
        actions.save_rule(row, {"is_active": to == "on"}, actor=actor, reason=reason)
        said = _("规则“%(name)s”已启用。") if to == "on" else _("规则“%(name)s”已停用。")
        messages.success(request, said % {"name": row.name})
    except NotValid as problem:
        return _ask(request, actor, row, to, 422, refusal=str(problem))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("cases:settings-rules")
