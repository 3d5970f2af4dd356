"""Whether photos of a handling fit the matter: taken before and after, there, and not long ago.

The camera's own notes (or the telephone's position) are hints: absent ones prove nothing and are not held against
anybody. What speaks against a photo is said in words and kept with the step. Source: PEERS-cases.md, verified closing.
"""

import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from gongzhi.base.geo import distance
from gongzhi.base.models import StoredFile
from gongzhi.base.ui import speak_time
from gongzhi.cases.models import Matter, Report

FAR = 500
"""Metres from the matter's place beyond which a photo needs words: telephones in stairwells are off by hundreds."""
EARLY = timedelta(minutes=10)
"""A camera's clock may be off by so much."""
Point = tuple[float, float]


def point_of(matter: Matter) -> Point | None:
    """Where the matter is, as its reporter pointed it out."""
    return (matter.lon, matter.lat) if matter.lon is not None and matter.lat is not None else None


def metres(photo: StoredFile, matter: Matter) -> int | None:
    """How far from the matter a photo was taken; None when either place is unknown."""
    there = point_of(matter)
    if there is None or photo.taken_lon is None or photo.taken_lat is None:
        return None
    return round(distance((photo.taken_lon, photo.taken_lat), there))


def far_words(away: int) -> str:
    """35 米, 1.2 公里."""
    return _("%d 米") % away if away < 1000 else _("%.1f 公里") % (away / 1000)


def where(photo: StoredFile, matter: Matter) -> str:
    """离事发地 35 米, "" when that is not known."""
    away = metres(photo, matter)
    if away is None:
        return ""
    by = _("（按手机定位）") if photo.located_by == StoredFile.LocatedBy.PHONE else ""
    return _("离事发地 %(far)s%(by)s") % {"far": far_words(away), "by": by}


def hint(photo: StoredFile, matter: Matter) -> str:
    """What is known of a photo: 3月5日 14:20 拍 · 离事发地 35 米."""
    found = [_("%s拍") % speak_time(photo.taken_at)] if photo.taken_at else []
    return " · ".join(filter(None, [*found, where(photo, matter)]))


def doubts(matter: Matter, uids: Iterable[uuid.UUID], *, needs_both: bool) -> list[str]:
    """What speaks against the photos of a result, in words; two statements at most.

    `needs_both`: before and after must be there; a photo of the reporter counts as before.
    """
    mine = Q(uid__in=list(uids)) | Q(owner_kind=Matter.kind(), owner_id=matter.pk)
    photos = list(StoredFile.objects.filter(mine, kind="photo", original=None).order_by("id"))
    found = [words for photo in photos if photo.label == "after" for words in _of(photo, matter)]
    if needs_both:
        found = _missing(matter, {photo.label for photo in photos}) + found
    return list(dict.fromkeys(found))


def _missing(matter: Matter, stages: set[str]) -> list[str]:
    found = [] if "after" in stages else [_("没有办理后的照片")]
    if "before" not in stages and not _was_reported_with_photo(matter):
        found.append(_("没有办理前的照片"))
    return found


def _was_reported_with_photo(matter: Matter) -> bool:
    reports = Report.objects.filter(matter=matter).values("pk")
    return StoredFile.objects.filter(owner_kind=Report.kind(), owner_id__in=reports, kind="photo").exists()


def _of(photo: StoredFile, matter: Matter) -> list[str]:
    found = []
    since = matter.dispatched_at or matter.created_at
    if photo.taken_at is not None and photo.taken_at < since - EARLY:
        found.append(_("办理后的照片是 %s拍的，那时还没有派办") % speak_time(photo.taken_at))
    away = metres(photo, matter)
    if away is not None and away > FAR:
        found.append(_("办理后的照片离事发地 %s") % far_words(away))
    return found
