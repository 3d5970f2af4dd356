"""Open matters around a place while somebody is still talking: what looks the same first, then the same kind nearby."""

from datetime import datetime, timedelta

from django.db.models import Case, IntegerField, Q, Value, When

from gongzhi.cases.models import Matter
from gongzhi.cases.suggest import JOINABLE, Similar, similar
from gongzhi.territory.models import Place

MOST = 5
RECENT = timedelta(days=60)


def nearby(text: str, place: Place, category_id: int | None, now: datetime) -> list[Similar]:
    """At most five, each with its reasons; three statements at most. The place must be the asker's own."""
    if place.community_id is None:
        return []
    found = similar(text, place, category_id, now) if text.strip() else []
    known = {one.matter.pk for one in found}
    rank = Case(
        When(Q(category_id=category_id or 0) & Q(grid_id=place.grid_id or 0), then=Value(0)),
        When(place_id=place.pk, then=Value(1)), When(category_id=category_id or 0, then=Value(2)),
        default=Value(3), output_field=IntegerField(),
    )  # fmt: skip
    rows = Matter.objects.filter(
        community_id=place.community_id, circle_id__isnull=True, state__in=JOINABLE, created_at__gte=now - RECENT
    ).exclude(pk__in=known)
    others = rows.annotate(rank=rank).filter(rank__lt=3).order_by("rank", "-id")[: MOST - len(found)]
    return found + [Similar(row, 0.0, _reasons(row, place, category_id)) for row in others]


def _reasons(matter: Matter, place: Place, category_id: int | None) -> tuple[str, ...]:
    found = []
    if matter.place_id == place.pk:
        found.append("在同一个地方")
    elif matter.grid_id and matter.grid_id == place.grid_id:
        found.append("在同一个网格")
    if category_id and matter.category_id == category_id:
        found.append("是同一类事")
    return tuple(found)
