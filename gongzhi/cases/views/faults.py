"""Supervision: closings that did not hold by unit, and who looked at reporters' telephones.

Source: REQUIREMENTS.md row F2; Personal Information Protection Law Art. 51 (records of processing).
"""

from collections import Counter
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.models import Account, Duty
from gongzhi.accounts.posts import POSTS, posts
from gongzhi.accounts.request import Request
from gongzhi.cases import faults, rules
from gongzhi.cases.faults import LISTS, UNITS, Line, Scope
from gongzhi.cases.models import Report
from gongzhi.cases.oversight import WATCHERS
from gongzhi.cases.workflow import SECRETARY
from gongzhi.kernel.clock import SHANGHAI, current
from gongzhi.kernel.models import Look

MOST = 200
MANY = 15
"""From so many looks of one person on one day on, the looks of that day are marked."""
LONG_AGO = 30
"""Days after closing from which a look is marked."""
SECRETARIES = posts("community_secretary", "street_secretary", "district_secretary")


@duty_required(*WATCHERS)
@require_safe
def closings(request: Request) -> HttpResponse:
    """By unit: closings, drawn, reached, and three ways in which a closing fell."""
    by, period = _by(request), rules.period(request.GET.get("p", ""), timezone.now())
    scope = Scope(request.actor, period.since, period.until)
    found = faults.lines(scope, by)
    whole = faults.total(found)
    context = {
        "heading": _("办结质量"), "units": [
            {"label": label, "url": _url(request, by=code), "active": code == by} for code, label in UNITS.items()
        ], "periods": [
            {"label": label, "url": _url(request, p=code), "active": code == period.code}
            for code, label in rules.labels().items()
        ], "columns": LISTS.values(), "lines": [_line(request, line) for line in found], "unit": UNITS[by],
        "whole": _line(request, whole) if len(found) > 1 else None,
    }  # fmt: skip
    return render(request, "cases/supervision/faults.html", context)


def _by(request: Request) -> str:
    wanted = request.GET.get("by", "")
    return wanted if wanted in UNITS else "organisation"


def _url(request: Request, **changes: str) -> str:
    kept = {name: request.GET[name] for name in ("by", "p") if request.GET.get(name)} | changes
    return f"?{urlencode(kept)}"


def _line(request: Request, line: Line) -> dict[str, Any]:
    cells = [
        {"label": label, "n": line.numbers[kind], "tone": "bad" if kind == "false" and line.numbers[kind] else "",
         "url": f"list/{_url(request, unit=line.value, kind=kind)}" if line.numbers[kind] else ""}
        for kind, label in LISTS.items()
    ]  # fmt: skip
    return {"label": line.label, "cells": cells, "false": line.false_rate, "fallen": line.fallen_rate}


@duty_required(*WATCHERS)
@require_safe
def behind(request: Request) -> HttpResponse:
    """The matters behind one number."""
    by, kind, unit = _by(request), request.GET.get("kind", ""), request.GET.get("unit", "")
    kind = kind if kind in LISTS else "false"
    period = rules.period(request.GET.get("p", ""), timezone.now())
    items = faults.behind(Scope(request.actor, period.since, period.until), by, unit, kind, MOST)
    ids = [int(unit)] if unit.isascii() and unit.isdigit() and len(unit) < 19 else []
    name = faults.unit_names(by, ids).get(ids[0], "") if ids else ""
    context = {
        "heading": LISTS[kind], "items": items, "unit_name": name, "most": MOST, "is_cut": len(items) >= MOST,
        "period": rules.labels()[period.code], "back": f"/supervision/faults/{_url(request)}",
    }  # fmt: skip
    return render(request, "cases/supervision/faults_list.html", context)


# --- Who looked ---------------------------------------------------------------------------------------------------


@duty_required(*SECRETARIES)
@require_safe
def looks(request: Request) -> HttpResponse:
    """Looks at reporters' names and telephones at the secretary's places, odd ones marked."""
    now = timezone.now()
    period = rules.period(request.GET.get("p", ""), now)
    mine = Report.objects.filter(SECRETARY.q(request.actor))
    rows = Look.objects.filter(
        kind=Report.kind(), record_id__in=mine.values("pk"), at__gte=period.since, at__lt=period.until
    )
    post = Duty.objects.filter(pk=OuterRef("duty_id")).values("post")[:1]
    who = Account.objects.filter(pk=OuterRef("account_id")).values("name")[:1]
    shown = list(rows.annotate(who=Subquery(who), post=Subquery(post)).order_by("-at", "-id")[: MOST + 1])
    reports = {
        row.pk: row for row in Report.objects.filter(pk__in={look.record_id for look in shown}).select_related("matter")
    }
    per_day = Counter((look.account_id, timezone.localdate(look.at, SHANGHAI)) for look in shown)
    lines = [_look(look, reports.get(look.record_id), per_day) for look in shown[:MOST]]
    context = {
        "heading": _("谁看过反映人的电话"), "lines": lines, "is_cut": len(shown) > MOST, "most": MOST,
        "odd": sum(bool(line["odd"]) for line in lines), "periods": [
            {"label": label, "url": f"?{urlencode({'p': code})}", "active": code == period.code}
            for code, label in rules.labels().items()
        ],
    }  # fmt: skip
    return render(request, "cases/supervision/looks.html", context)


def _look(look: Any, report: Report | None, per_day: Counter[Any]) -> dict[str, Any]:
    post = str(POSTS[look.post].label) if look.post in POSTS else ""
    return {
        "look": look,
        "who": f"{look.who or ''} {post}".strip(),
        "report": report,
        "odd": odd(look, report, per_day),
    }


def odd(look: Look, report: Report | None, per_day: Counter[Any]) -> list[str]:
    """Why a look is worth a question: outside office hours, many on one day, long after closing. Hints, not verdicts."""
    found = []
    if not _in_office(look.at):
        found.append(_("不在上班时间"))
    if per_day[look.account_id, timezone.localdate(look.at, SHANGHAI)] >= MANY:
        found.append(_("同一天看了很多"))
    closed = report.matter.closed_at if report else None
    if closed is not None and (look.at - closed).days >= LONG_AGO:
        found.append(_("办结很久以后才看"))
    return found


def _in_office(at: datetime) -> bool:
    """Whether somebody works at that moment, by the calendar; an hour before and after counts too."""
    clock, local = current(), at.astimezone(SHANGHAI)
    begins, ends = clock.hours[0][0], clock.hours[-1][1]
    return clock.is_workday(local.date()) and begins.hour - 1 <= local.hour <= ends.hour + 1
