"""Photos before they go public: look, pass, or cover parts on a grid. Works by keyboard and without JavaScript."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.models import Account
from gongzhi.accounts.request import Request
from gongzhi.base import redact
from gongzhi.cases import proof, redaction
from gongzhi.cases.models import Matter
from gongzhi.cases.redaction import Shot
from gongzhi.cases.views import detail
from gongzhi.cases.workflow import CLERK
from gongzhi.kernel.errors import Refused

DECISIONS = ("pass", "private", "show", "hide")


def _loaded(request: Request, number: str) -> Matter:
    found = detail.load(request.actor, number)
    if CLERK.allows(found, request.actor) is None:
        raise Http404
    return found


@duty_required()
@require_http_methods(["GET", "POST"])
def photos(request: Request, number: str) -> HttpResponse:
    """Every photo of the handling: what was decided about it, by whom, and what can be done."""
    matter, refusal, status = _loaded(request, number), "", 200
    if request.method == "POST":
        refusal = _decide(request, matter)
        if not refusal:
            return redirect("cases:photos", number=number)
        status = 422
    shots = redaction.shots(matter)
    names = dict(Account.objects.filter(pk__in={one.seen.cleared_by or 0 for one in shots}).values_list("pk", "name"))
    context = {
        "matter": matter, "base": f"/matters/{number}/", "crumbs": detail.trail(matter), "refusal": refusal,
        "heading": _("照片公开"), "cards": [_card(one, matter, names) for one in shots],
        "left": sum(not one.photo.clearing for one in shots), "showing": "detail",
    }  # fmt: skip
    return render(request, "cases/matter/photos_page.html", context, status=status)


def _decide(request: Request, matter: Matter) -> str:
    """Do what was pressed; the refusal in words, "" when done."""
    decision, uid = request.POST.get("decision", ""), _uid(request.POST.get("photo", ""))
    if decision not in DECISIONS or uid is None:
        raise Http404
    if decision == "pass" and "looked" not in request.POST:
        return _("请先放大看过，勾选“没有人脸、没有车牌”，再按。")
    try:
        redaction.decide(matter, uid, decision, actor=request.actor)
    except Refused as error:
        return str(error)
    messages.success(request, str(redaction.WORDS[decision]))
    return ""


def _uid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _card(shot: Shot, matter: Matter, names: dict[int, str]) -> dict[str, Any]:
    return {
        "shot": shot, "photo": shot.photo, "seen": shot.seen, "who": names.get(shot.seen.cleared_by or 0, ""),
        "hint": proof.hint(shot.photo, matter), "boxes": len(shot.copy.boxes) if shot.copy else 0,
    }  # fmt: skip


@duty_required()
@require_http_methods(["GET", "POST"])
def cover(request: Request, number: str, uid: str) -> HttpResponse:
    """A grid of boxes to tick over one photo: coarse first, finer when wanted; then the covered copy is drawn."""
    matter = _loaded(request, number)
    shot = next((one for one in redaction.shots(matter) if one.photo.uid == _uid(uid)), None)
    if shot is None:
        raise Http404
    is_fine = request.POST.get("grid") == "fine"
    cells, refusal = _cells(request), ""
    if request.method == "POST" and request.POST.get("do") == "save":
        refusal = _cover(request, matter, shot, cells, is_fine)
        if not refusal:
            messages.success(request, _("遮好了。公开的是遮挡后的这一张，原照片不公开。"))
            return redirect("cases:photos", number=number)
    elif request.POST.get("do") == "fine" and not is_fine:
        cells, is_fine = redact.finer(cells, redact.grid(shot.photo, False)[0]), True
    return render(request, "cases/matter/cover.html", _page(matter, shot, cells, is_fine, refusal), status=422 if refusal else 200)  # fmt: skip


def _cells(request: Request) -> list[int]:
    return [int(cell) for cell in request.POST.getlist("cell") if cell.isascii() and cell.isdigit() and len(cell) < 4]


def _cover(request: Request, matter: Matter, shot: Shot, cells: list[int], is_fine: bool) -> str:
    boxes = redact.boxes_of(cells, *redact.grid(shot.photo, is_fine))
    if not boxes:
        return _("还没有选要遮的格子。没有要遮的，回到上一页按“可以公开”。")
    if "looked" not in request.POST:
        return _("请确认遮好以后没有人脸、没有车牌。")
    try:
        redaction.decide(matter, shot.photo.uid, "redact", actor=request.actor, boxes=boxes)
    except Refused as error:
        return str(error)
    except FileNotFoundError:
        return _("这张照片的内容找不到了，请联系管理员。")
    return ""


def _page(matter: Matter, shot: Shot, cells: list[int], is_fine: bool, refusal: str) -> dict[str, Any]:
    columns, rows = redact.grid(shot.photo, is_fine)
    chosen = set(cells)
    grid = [
        {"value": index, "on": index in chosen, "row": index // columns + 1, "column": index % columns + 1}
        for index in range(columns * rows)
    ]
    return {
        "matter": matter, "base": f"/matters/{matter.number}/", "crumbs": detail.trail(matter), "photo": shot.photo,
        "cells": grid, "columns": columns, "is_fine": is_fine, "refusal": refusal, "heading": _("遮挡照片"),
        "showing": "detail",
    }  # fmt: skip
