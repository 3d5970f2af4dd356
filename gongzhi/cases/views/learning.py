"""What the suggestion of categories has learned, how good it is, and the switch. For administrators; others get 404."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from procrastinate.exceptions import AlreadyEnqueued

from gongzhi.cases import learned, suggest, tasks
from gongzhi.cases import settings_actions as actions
from gongzhi.cases.models import Category, LearnedModel
from gongzhi.cases.views.settings import frame, history
from gongzhi.kernel.errors import Refused
from gongzhi.territory.access import administrator
from gongzhi.territory.who import covers_all


@require_safe
def learning(request: HttpRequest) -> HttpResponse:
    """The newest model with its quality by category, and what people decided since."""
    actor = administrator(request)
    last = LearnedModel.objects.defer("data").first()
    codes = dict(Category.objects.values_list("code", "name"))
    context = frame(
        request, "learned", last=last, rows=learned.names(last.quality, codes) if last else [],
        since=learned.agreement(last, timezone.now()) if last else None, count=learned.sorted_count(),
        enough=learned.ENOUGH, of_one=learned.ENOUGH_OF_ONE, wanted=learned.WANTED, worst=learned.WORST,
        may=covers_all(actor), whole=_whole(last), events=history(actor, "learned"),
    )  # fmt: skip
    return render(request, "cases/settings/learning.html", context)


def _whole(last: LearnedModel | None) -> dict[str, Any]:
    """Over all categories: of a hundred texts so many were guessed, so many of these rightly."""
    if last is None:
        return {}
    actual, guessed, right = (sum(row[name] for row in last.quality) for name in ("actual", "guessed", "right"))
    return {"covered": guessed / actual if actual else None, "right": right / guessed if guessed else None}


@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Learn now, in the background."""
    actor = administrator(request)
    try:
        actions.note_learning(actor, {"again": True})
        tasks.learn.defer(made_by=actor.account_id or 0)
        messages.success(request, _("正在学，通常一两分钟。好了以后刷新这一页。"))
    except AlreadyEnqueued:
        messages.info(request, _("已经排上了，稍等。"))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("cases:settings-learning")


@require_POST
def switch(request: HttpRequest, to: str) -> HttpResponse:
    """Ask the newest model, or none."""
    actor = administrator(request)
    try:
        actions.note_learning(actor, {"is_active": to == "on"})
        last = LearnedModel.objects.only("pk").first()
        if last is not None:
            LearnedModel.objects.filter(pk=last.pk).update(is_active=to == "on")
        suggest.forget()
        messages.success(request, _("已启用。") if to == "on" else _("已停用，只按提示词建议。"))
    except Refused as problem:
        messages.error(request, str(problem))
    return redirect("cases:settings-learning")
