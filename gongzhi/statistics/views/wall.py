"""The screen in the hall: the month's rates beside the month before, a year in lines, what is old and what has risen.

Visitors stand before it: counts alone, nothing confidential, nobody's name.
"""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from gongzhi.accounts.gates import duty_required
from gongzhi.accounts.request import Request
from gongzhi.cases import rules
from gongzhi.statistics import figures, months, overview, themes
from gongzhi.statistics.figures import Asked
from gongzhi.statistics.tables import rate
from gongzhi.statistics.views.common import address_of
from gongzhi.statistics.who import AT_PLACES


@duty_required(*AT_PLACES)
@require_safe
def wall(request: Request) -> HttpResponse:
    """Refreshes itself every five minutes, as often as figures are counted."""
    address = address_of(request)
    asked = replace(address.asked, first=address.last)
    happened = _of(asked)
    still = figures.standing(asked)[()]
    before = months.before(asked)
    now = rules.rates(figures.to_counts(happened, still, 1))
    then = rules.rates(figures.to_counts(_of(before), figures.standing(before)[()], 1))
    context = {
        "heading": _("%s 办理情况") % address.where(), "refresh": 300, "cards": _cards(now, then), "happened": happened,
        "chart": overview.flow(address), "bars": overview.by_age(address, still), "still": still,
        "rises": themes.rises(address)[:4],
        "places": overview.open_by_place(address), "span": f"{address.last:%Y-%m}", "counted_at": figures.counted_at(asked),
    }  # fmt: skip
    return render(request, "statistics/wall.html", context)


def _of(asked: Asked) -> dict[str, int]:
    (found,) = figures.sums(asked, of=("received", "finished", "closed", "reopened", *figures.OF_RATES))
    return found


def _cards(now: rules.Rates, then: rules.Rates) -> list[dict[str, Any]]:
    cards = [dict(card) for card in rules.figures(now)]
    for card, name in zip(cards, ("contact", "resolution", "satisfaction"), strict=True):
        card["before"] = _("上月 %s") % rate(getattr(then, name)).text
    return cards
