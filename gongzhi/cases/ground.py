"""What happens to open matters when places move, merge or end: a declared SYSTEM verb, closed matters stay."""

from django.db.models import QuerySet
from django.utils import timezone

from gongzhi.cases.models import Matter
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.perform import Work, lock_all
from gongzhi.territory.geo import grid_at
from gongzhi.territory.history import Ended, Moved
from gongzhi.territory.models import Place


def place_moved(news: Moved) -> None:
    """Open matters in the subtree get the level ids and paths of today."""
    below = Place.objects.filter(path__startswith=news.new_path)
    _put(Matter.objects.open().filter(place_id__in=below.values("pk")), None, "行政区划调整", news.actor)


def place_ended(news: Ended) -> None:
    """Open matters go to the one successor; after a split to the part in which their point lies, if they have one.

    Where nothing tells the part, the matter stays: the duty at a successor covers its predecessors.
    """
    matters = Matter.objects.open().filter(place_id=news.place_id)
    if len(news.successors) == 1:
        _put(matters, Place.objects.get(pk=news.successors[0]), "地点合并", news.actor)
        return
    for matter in matters.filter(lon__isnull=False, lat__isnull=False):
        part = grid_at(matter.lon or 0.0, matter.lat or 0.0, news.at)
        if part is not None and part.pk in news.successors:
            _put(Matter.objects.filter(pk=matter.pk), part, "地点拆分", news.actor)


def _put(matters: QuerySet[Matter], place: Place | None, reason: str, actor: Actor) -> None:
    work = Work(Actor(name="系统", is_system=True, on_behalf_of=actor.account_id), timezone.now())
    locked = lock_all(Matter, matters.values_list("pk", flat=True), work)
    places = Place.objects.in_bulk({matter.place_id for matter in locked.values()})
    for matter in locked.values():
        target = place or places[matter.place_id]
        matter._path = target.path
        if matter.state != Matter.State.MERGED:
            work.perform(matter, "relocate", cleaned={"reason": reason, "place": target.pk, "at": target})
    work.flush()
