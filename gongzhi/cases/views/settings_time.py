"""Settings of the practice for administrators: time limits and the working calendar. Others get 404."""

from calendar import Calendar
from datetime import date
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gongzhi.cases import settings_actions as actions
from gongzhi.cases import settings_words as words
from gongzhi.cases.models import Category, ProcedureChoice
from gongzhi.cases.settings_forms import SETTABLE, ChoiceForm, DayForm, LimitForm
from gongzhi.cases.views.settings import form_page, frame, history, refuse, take_back
from gongzhi.cases.workflow import ROOM_365, ROOM_LIMIT_LABELS, ROOM_LIMITS, SIX_STEPS
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import Refused
from gongzhi.kernel.models import Day, Limit
from gongzhi.kernel.procedure import get
from gongzhi.territory.access import administrator, mine, tops
from gongzhi.territory.models import Place
from gongzhi.territory.who import covers_all

FIRST_YEAR, LAST_YEAR = 2020, 2099
MONDAY_FIRST = Calendar(0)


@require_safe
def limits(request: HttpRequest) -> HttpResponse:
    """Each step with its declared limit and what is in force at the places of the duty, today and later."""
    actor = administrator(request)
    rows = _limits_of(actor)
    places = {place.pk: place.name for place in Place.objects.filter(pk__in={row.place_id for row in rows})}
    codes = {row.category for row in rows if row.category}
    names = dict(Category.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}
    shown = [_step(key, [_told(row, places, names) for row in rows if row.key == key]) for key in SETTABLE]
    context = frame(request, "limit", steps=shown, events=history(actor, "limit"))
    return render(request, "cases/settings/limits.html", context)


def _limits_of(actor: Actor) -> list[Limit]:
    """Limits below, at and above the places of the duty."""
    above = {pk for top in tops(actor) for pk in top.path_ids}
    where = Q(place_id=None) | Q(place_id__in=above) | Q(place_id__in=mine(actor).values("pk"))
    return list(Limit.objects.filter(where).order_by("key", "-from_date", "-id"))


def _told(row: Limit, places: dict[int, str], names: dict[str, str]) -> dict[str, Any]:
    where = places.get(row.place_id or 0, _("全部地方"))
    what = names.get(row.category, row.category)
    return {
        "row": row, "span": words.span_words(row.amount, row.unit), "where": f"{where}，“{what}”" if what else where,
        "scope": (row.place_id, row.category), "is_later": row.from_date > timezone.localdate(),
    }  # fmt: skip


def _step(key: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """In force: of each scope the newest that has begun; later ones and superseded ones apart."""
    begun = [row for row in rows if not row["is_later"]]
    newest = {row["scope"]: row for row in reversed(begun)}
    in_force = [row for row in begun if newest[row["scope"]] is row]
    return {
        "key": key, "label": ROOM_LIMIT_LABELS[key], "default": ROOM_LIMITS[key], "in_force": in_force,
        "later": [row for row in rows if row["is_later"]], "gone": [row for row in begun if row not in in_force],
        "has_everywhere": any(row["scope"] == (None, "") for row in in_force),
    }  # fmt: skip


@form_page
def new_limit(request: HttpRequest) -> HttpResponse:
    """A limit from today or later, which supersedes the one before."""
    actor = administrator(request)
    key = request.GET.get("key", "")
    default = ROOM_LIMITS.get(key)
    initial = {"key": key, "amount": default.amount, "unit": default.unit} if default else {}
    form = LimitForm(request.POST or None, initial=initial, actor=actor, everywhere=covers_all(actor))
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        limit = form.limit()
        label = str(ROOM_LIMIT_LABELS[limit.key])
        try:
            actions.add_limit(limit, form.cleaned_data["place"], label, actor=actor)
            span = words.span_words(limit.amount, limit.unit)
            said = _("“%(label)s”从 %(day)s 起是 %(span)s。已经定下的期限不变。")
            messages.success(request, said % {"label": label, "day": limit.from_date, "span": span})
            return redirect("cases:settings-limits")
        except Refused as problem:
            status = refuse(form, problem)
    context = frame(
        request, "limit", form=form, title=_("新定时限"), back=reverse("cases:settings-limits"), may=True,
    )  # fmt: skip
    return render(request, "cases/settings/form.html", context, status=status)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a limit that is not in force yet."""
    actor = administrator(request)
    row = next((row for row in _limits_of(actor) if row.pk == pk), None)
    if row is None:
        raise Http404
    return take_back(
        request,
        lambda: actions.withdraw_limit(row, str(ROOM_LIMIT_LABELS.get(row.key, row.key)), actor=actor),
        "cases:settings-limits",
    )


@require_safe
def procedures(request: HttpRequest) -> HttpResponse:
    """Which procedure is in force where, and from which day on another one."""
    actor = administrator(request)
    today = timezone.localdate()
    rows = [
        {"row": row, "label": get(row.procedure).label, "where": row.place.name if row.place else _("全部地方"),
         "is_later": row.from_date > today}
        for row in _choices_of(actor)
    ]  # fmt: skip
    shown = [{"label": one.label, "steps": one.steps} for one in (SIX_STEPS, ROOM_365)]
    context = frame(request, "procedure", rows=rows, procedures=shown, events=history(actor, "procedure"))
    return render(request, "cases/settings/procedures.html", context)


def _choices_of(actor: Actor) -> list[ProcedureChoice]:
    """Choices below, at and above the places of the duty."""
    above = {pk for top in tops(actor) for pk in top.path_ids}
    where = Q(place=None) | Q(place__in=above) | Q(place__in=mine(actor).values("pk"))
    return list(ProcedureChoice.objects.filter(where).select_related("place").order_by("-from_date", "-id"))


@form_page
def new_choice(request: HttpRequest) -> HttpResponse:
    """Another procedure for new matters of a place."""
    actor = administrator(request)
    form = ChoiceForm(request.POST or None, actor=actor, everywhere=covers_all(actor))
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        row = form.choice()
        try:
            actions.add_choice(row, str(get(row.procedure).label), actor=actor)
            messages.success(request, _("已定下。从 %(day)s 起收到的事按新程序办。") % {"day": row.from_date})
            return redirect("cases:settings-procedures")
        except Refused as problem:
            status = refuse(form, problem)
    context = frame(
        request, "procedure", form=form, title=_("选办理程序"), back=reverse("cases:settings-procedures"), may=True,
    )  # fmt: skip
    return render(request, "cases/settings/form.html", context, status=status)


@require_POST
def withdraw_choice(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a choice whose day has not come."""
    actor = administrator(request)
    row = next((row for row in _choices_of(actor) if row.pk == pk), None)
    if row is None:
        raise Http404
    return take_back(
        request,
        lambda: actions.withdraw_choice(row, str(get(row.procedure).label), actor=actor),
        "cases:settings-procedures",
    )


@form_page
def calendar(request: HttpRequest) -> HttpResponse:
    """One year of the working calendar; a day that is chosen can be changed."""
    actor = administrator(request)
    year, chosen = _year(request), _day(request)
    known = {row.date: row for row in Day.objects.filter(date__year=year)}
    form, status = None, 200
    if chosen is not None:
        row = known.get(chosen)
        is_workday = row.is_workday if row else chosen.weekday() < 5
        initial = {"is_workday": "yes" if is_workday else "no", "note": row.note if row else ""}
        form = DayForm(request.POST or None, initial=initial)
        status = 422 if form.is_bound else 200
        if request.method == "POST" and form.is_valid():
            try:
                actions.set_day(chosen, form.cleaned_data["is_workday"], form.cleaned_data["note"], actor=actor)
                messages.success(request, _("%(day)s 已保存。以后定的期限按它算。") % {"day": chosen})
                return redirect(f"{reverse('cases:settings-calendar')}?year={year}")
            except Refused as problem:
                status = refuse(form, problem)
    context = frame(
        request, "day", year=year, months=[_month(year, month, known, chosen) for month in range(1, 13)], form=form,
        chosen_words=_spoken(chosen) if chosen else "", unsure=sum(row.is_provisional for row in known.values()), is_empty=not known,
        years=[(other, other == year) for other in range(year - 1, year + 2) if FIRST_YEAR <= other <= LAST_YEAR],
        everywhere=covers_all(actor), events=history(actor, "day"),
    )  # fmt: skip
    return render(request, "cases/settings/calendar.html", context, status=status)


def _year(request: HttpRequest) -> int:
    day = _day(request)
    text = request.GET.get("year", "")
    asked = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else timezone.localdate().year
    year = day.year if day else asked
    return min(max(year, FIRST_YEAR), LAST_YEAR)


def _day(request: HttpRequest) -> date | None:
    try:
        day = date.fromisoformat(request.GET.get("day", "")[:10])
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def _spoken(day: date) -> str:
    names = (_("星期一"), _("星期二"), _("星期三"), _("星期四"), _("星期五"), _("星期六"), _("星期日"))
    return _("%(year)d年%(month)d月%(day)d日 %(weekday)s") % {
        "year": day.year, "month": day.month, "day": day.day, "weekday": names[day.weekday()],
    }  # fmt: skip


def _month(year: int, month: int, known: dict[date, Day], chosen: date | None) -> dict[str, Any]:
    weeks = MONDAY_FIRST.monthdatescalendar(year, month)
    return {"number": month, "weeks": [[_cell(day, month, known, chosen) for day in week] for week in weeks]}


def _cell(day: date, month: int, known: dict[date, Day], chosen: date | None) -> dict[str, Any] | None:
    if day.month != month:
        return None
    row = known.get(day)
    is_workday = row.is_workday if row else day.weekday() < 5
    mark = "" if row is None or is_workday == (day.weekday() < 5) else _("班") if is_workday else _("休")
    note = row.note if row else ""
    state = _("上班") if is_workday else _("放假")
    return {
        "day": day, "off": not is_workday, "mark": mark, "is_chosen": day == chosen,
        "is_unsure": bool(row and row.is_provisional),
        "said": f"{day.month}月{day.day}日 {state} {note}".strip(),
    }  # fmt: skip


@require_POST
def confirm(request: HttpRequest, year: str) -> HttpResponse:
    """The year's days are as published."""
    actor = administrator(request)
    try:
        count = actions.confirm_year(int(year), actor=actor)
        messages.success(request, _("%(year)s 年已确认，%(count)d 天。") % {"year": year, "count": count})
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect(f"{reverse('cases:settings-calendar')}?year={year}")
