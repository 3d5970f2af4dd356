"""Charge lists of secretaries 包案: what I answer for in all six steps, and what I might take.

Source: REQUIREMENTS.md row F2 (书记包案). Buttons are those `available` offers; each leads to its form on the matter.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.cases import listing, oversight
from gongzhi.cases.models import Matter
from gongzhi.cases.steps import six, state_of
from gongzhi.cases.views.detail import Act, acts
from gongzhi.cases.workflow import CHARGE, READ, SECRETARIES, SECRETARY, SIX_STEPS
from gongzhi.kernel.actor import Actor

MOST = 300
OFFERED = 12
OFFERED_VERBS = ("take_charge", "pass_check", "rework", "instruct", "supervise", "release")
"""What a secretary does from this list; everything else stands on the matter's page."""


@duty_required(*SECRETARIES)
@require_safe
def charge(request: Request) -> HttpResponse:
    """Mine in six steps with counts, then suggestions with their reasons."""
    now, actor = timezone.now(), request.actor
    mine = list(
        listing.names(listing.covered(actor).filter(CHARGE.q(actor), closed_at=None)).order_by("due_at", "id")[:MOST]
    )
    offered = suggested(actor, now)
    last = oversight.last_events([*mine, *offered])
    shown = [_item(matter, actor, now, last) for matter in mine]
    late = sum(item["is_late"] for item in shown)
    columns = [
        {"label": label, "items": [item for item in shown if item["step"] == index]}
        for index, label in enumerate(SIX_STEPS.steps)
    ]
    context = {
        "heading": _("我的包案"), "columns": columns, "count": len(mine), "late": late,
        "offered": [_item(matter, actor, now, last) | {"reason": reason(matter, now)} for matter in offered],
    }  # fmt: skip
    return render(request, "cases/charge/list.html", context)


def suggested(actor: Actor, now: datetime) -> list[Matter]:
    """Nobody's yet, in the actor's area, and late or reported by several: most reporters first, then most late."""
    pressing = oversight.late(now) | Q(report_count__gte=listing.SEVERAL)
    rows = Matter.objects.filter(READ.q(actor)).filter(SECRETARY.q(actor), pressing, closed_at=None, charge_id=None)
    return list(listing.names(rows.exclude(state="judging")).order_by("-report_count", "due_at", "id")[:OFFERED])


def reason(matter: Matter, now: datetime) -> str:
    """Why it is suggested."""
    parts = []
    if matter.report_count >= listing.SEVERAL:
        parts.append(_("%d 人反映同一件事") % matter.report_count)
    if matter.due_at and matter.due_at < now and matter.state != "suspended":
        parts.append(_("“%s”这一步已经超期") % state_of(matter).label)
    if matter.reopened:
        parts.append(_("重办过 %d 次") % matter.reopened)
    return _("建议包案：%s。") % "，".join(parts)


def _item(matter: Matter, actor: Actor, now: datetime, last: dict[int, oversight.Last]) -> dict[str, Any]:
    is_paused = matter.state == "suspended"
    return {
        "row": listing.row_of_matter(matter), "step": six(matter), "who": oversight.responsible(matter),
        "state": listing.state_words(matter), "last": last.get(matter.pk), "flags": _flags(oversight.flags(matter)),
        "is_late": bool(matter.due_at and matter.due_at < now and not is_paused), "acts": _acts(matter, actor, now),
    }  # fmt: skip


def _flags(found: Iterable[tuple[str, str]]) -> list[str]:
    return [words for words, _tone in found if words != _("书记包案")]


def _acts(matter: Matter, actor: Actor, now: datetime) -> list[Act]:
    found = {act.verb: act for act in acts(matter, actor, now, f"/matters/{matter.number}/")}
    return [found[verb] for verb in OFFERED_VERBS if verb in found]
