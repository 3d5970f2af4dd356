"""Extra questions on the forms that take a concern: what is asked about a subject and place, and asking afresh."""

from collections.abc import Callable

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.cases import topics
from gongzhi.cases.models import Category
from gongzhi.cases.suggest import categories
from gongzhi.cases.views import visitor, where
from gongzhi.knowledge import store
from gongzhi.knowledge.questions import ExtraForm
from gongzhi.territory.models import Place


def asked(
    request: Request, category: Category | None, place: Place | None, *, staff: bool = False, is_sent: bool = True
) -> ExtraForm:
    """The questions of a subject and place with what was typed; judged only when it is being sent."""
    found = store.questions(topics.of(category), topics.of_place(place), staff=staff)
    return ExtraForm(request.POST if request.method == "POST" else None, found, is_sent=is_sent)


def _part(request: Request, url: str, *, staff: bool) -> HttpResponse:
    chosen = where.number(request.POST.get("category", ""))
    category = next((row for row in categories() if row.pk == chosen), None)
    place = where.reportable(where.number(request.POST.get("place", "")))
    form = asked(request, category, place, staff=staff, is_sent=False)
    return render(request, "knowledge/parts/extra.html", {"extra": form, "extra_url": url})


@require_POST
@visitor.known_device
def resident(request: Request) -> HttpResponse:
    """The questions for the category now chosen; what was answered stays. A part for htmx."""
    if not visitor.count(request, "suggest").allowed:
        return HttpResponse(status=204)
    return _part(request, reverse("cases:extra"), staff=False)


def for_staff(*posts: str) -> Callable[..., HttpResponse]:
    """The same for who registers for others, with the questions only staff ask."""

    @duty_required(*posts)
    @require_POST
    def staff(request: Request) -> HttpResponse:
        return _part(request, reverse("cases:intake-extra"), staff=True)

    return staff  # type: ignore[return-value]
