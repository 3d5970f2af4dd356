"""Puts the drawn scenes where people's photos would be: with reports, and before and after with matters."""

import hashlib
import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from gongzhi.base.models import StoredFile
from gongzhi.base.pictures import QUALITY, THUMBNAIL_SIDE
from gongzhi.cases.models import Matter, Report
from gongzhi.portal.demo import scenes
from gongzhi.portal.demo.player import Life

FOLDER = "files/demo"
"""Emptied before the concerns are made: a run that was killed left its bytes here, no rows."""


@dataclass(frozen=True)
class Bytes:
    """A picture and its small one, ready to store."""

    content: bytes
    thumbnail: bytes
    size: tuple[int, int]


VARIANTS = 2


class Drawn(dict[tuple[str, bool, int], Bytes]):
    """The pictures by scene, after or before, and variant; each is drawn when it is first needed."""

    def __missing__(self, key: tuple[str, bool, int]) -> Bytes:
        self[key] = _bytes(scenes.draw(*key))
        return self[key]


def clear() -> None:
    """Remove the bytes of an earlier run whose rows were never stored."""
    if StoredFile.objects.filter(path__startswith=FOLDER).exists() or not default_storage.exists(FOLDER):
        return
    for name in default_storage.listdir(FOLDER)[1]:
        default_storage.delete(f"{FOLDER}/{name}")


def attach(lives: list[Life], drawn: Drawn, dice: random.Random) -> None:
    """A photo with the first report; before and after with every second matter that was finished."""
    rows = [row for life in lives for row in _of(life, drawn, dice)]
    StoredFile.objects.bulk_create(rows, batch_size=500)


def _of(life: Life, drawn: Drawn, dice: random.Random) -> Iterator[StoredFile]:
    name, matter, report = life.plan.topic.photo, life.matter, life.reports[0]
    if name not in scenes.SCENES:
        return
    label = StoredFile.Label
    variant = report.pk % VARIANTS
    before = drawn[name, False, variant]
    yield _row(before, Report.kind(), report.pk, label.SCENE, report.created_at, report.owner_id)
    matter.photo_count = 1
    if matter.handled_at is None or dice.random() > 0.55:
        return
    by = life.doer.actor.account_id
    for which, data in ((label.BEFORE, before), (label.AFTER, drawn[name, True, variant])):
        row = _row(data, Matter.kind(), matter.pk, which, matter.handled_at, by)
        if matter.is_public:
            row.is_public, row.clearing, row.cleared_by = (
                True,
                StoredFile.Clearing.PASSED,
                matter.answered_by or by or 0,
            )
            row.cleared_at = matter.handled_at
        row.taken_at = matter.handled_at if which == label.AFTER else matter.accepted_at
        if matter.lon is not None and matter.lat is not None:
            row.taken_lon, row.taken_lat = round(matter.lon, 4), round(matter.lat, 4)
            row.located_by = StoredFile.LocatedBy.CAMERA
        matter.photo_count += 1
        yield row


def _row(data: Bytes, kind: str, owner: int, label: StoredFile.Label, at: datetime, by: int | None) -> StoredFile:
    """Each row has bytes of its own, so that removing one photo never takes another's."""
    paths = [
        default_storage.save(f"{FOLDER}/{secrets.token_urlsafe(24)}.jpg", ContentFile(part))
        for part in (data.content, data.thumbnail)
    ]
    return StoredFile(
        kind="photo", label=label, name="照片.jpg", media_type="image/jpeg", size=len(data.content),
        sha256=hashlib.sha256(data.content).hexdigest(), width=data.size[0], height=data.size[1], path=paths[0],
        thumbnail_path=paths[1], uploaded_by=by, owner_kind=kind, owner_id=owner, created_at=at,
    )  # fmt: skip


def _bytes(image: Image.Image) -> Bytes:
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Bytes(_jpeg(image), _jpeg(small), image.size)


def _jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
