"""Settings of the practice: how many closed reports are called back, and the proof that the lots were drawn so."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from gongzhi.cases import sampling
from gongzhi.cases import settings_sample as actions
from gongzhi.cases import settings_words as words
from gongzhi.cases.models import SampleShare
from gongzhi.cases.settings_sample import SampleForm
from gongzhi.cases.views.settings import form_page, frame, history, refuse, take_back
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import Refused
from gongzhi.territory.access import administrator, mine, tops
from gongzhi.territory.who import covers_all

DAYS = 30


@require_safe
def sample(request: HttpRequest) -> HttpResponse:
    """The shares in force and to come, and the last month drawn again."""
    actor = administrator(request)
    rows = _shares_of(actor)
    since, until = sampling.window(timezone.now(), DAYS)
    count, wrong = sampling.recompute(since, until)
    context = frame(
        request, "sample", shares=[_told(row) for row in rows], events=history(actor, "sample"), drawn=count,
        wrong=len(wrong), days=DAYS,
        defaults=[(SampleShare.Group(group).label, percent) for group, percent in sampling.DEFAULTS.items()],
    )  # fmt: skip
    return render(request, "cases/settings/sample.html", context)


def _shares_of(actor: Actor) -> list[SampleShare]:
    """Shares below, at and above the places of the duty."""
    above = {pk for top in tops(actor) for pk in top.path_ids}
    where = Q(place_id=None) | Q(place_id__in=above) | Q(place_id__in=mine(actor).values("pk"))
    rows = SampleShare.objects.filter(where).select_related("place", "category")
    return list(rows.order_by("group", "-from_date", "-id"))


def _told(row: SampleShare) -> dict[str, Any]:
    picture = actions.picture_of_share(row)
    return {"row": row, "words": words.sample_words(picture), "is_later": row.from_date > timezone.localdate()}


@form_page
def new_share(request: HttpRequest) -> HttpResponse:
    """A share from tomorrow or later, which supersedes the one before."""
    actor = administrator(request)
    form = SampleForm(request.POST or None, actor=actor, everywhere=covers_all(actor))
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            row = actions.add_share(form.share(), actor=actor)
            messages.success(request, words.sample_words(actions.picture_of_share(row)))
            return redirect("cases:settings-sample")
        except Refused as problem:
            status = refuse(form, problem)
    context = frame(
        request, "sample", form=form, title=_("新定抽查比例"), back=reverse("cases:settings-sample"), may=True,
    )  # fmt: skip
    return render(request, "cases/settings/form.html", context, status=status)


@require_POST
def withdraw_share(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back a share that is not in force yet."""
    actor = administrator(request)
    row = next((row for row in _shares_of(actor) if row.pk == pk), None)
    if row is None:
        raise Http404
    return take_back(request, lambda: actions.withdraw_share(row, actor=actor), "cases:settings-sample")
