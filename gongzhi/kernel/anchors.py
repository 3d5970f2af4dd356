"""One anchor a day: a hash over the heads of all records changed since the anchor before, kept outside as well."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from gongzhi.kernel.models import Anchor, AnchorItem

OVERLAP = 20_000
"""Ids may commit out of order: so many before the last one are looked at again."""


def digest(prev: bytes, items: Iterable[AnchorItem]) -> bytes:
    """sha256 over the digest before and `kind|record_id|seq|hash` lines in order."""
    whole = hashlib.sha256(prev)
    for item in items:
        whole.update(f"{item.kind}|{item.record_id}|{item.seq}|{bytes(item.hash).hex()}\n".encode())
    return whole.digest()


def make(day: date, now: datetime) -> Anchor | None:
    """The anchor of `day`, once; also appended to `anchors.txt` in the data folder."""
    if Anchor.objects.filter(day=day).exists():
        return None
    with transaction.atomic():
        before = Anchor.objects.select_for_update().order_by("-day").first()
        last_id, items = _changed(before.last_event_id if before else 0)
        prev = bytes(before.digest) if before else b""
        anchor = Anchor.objects.create(
            day=day,
            made_at=now,
            last_event_id=last_id,
            count=len(items),
            prev=prev,
            digest=digest(prev, items),
        )
        for item in items:
            item.anchor = anchor
        AnchorItem.objects.bulk_create(items, batch_size=2000)
    path = Path(settings.HOME) / "anchors.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{day.isoformat()} {anchor.count} {bytes(anchor.digest).hex()}\n")
    return anchor


def _changed(last_id: int) -> tuple[int, list[AnchorItem]]:
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT DISTINCT ON (kind COLLATE "C", record_id) kind, record_id, seq, hash, '
            "(SELECT coalesce(max(id), 0) FROM kernel_event) FROM kernel_event event WHERE id > %s AND NOT EXISTS ("
            "SELECT 1 FROM kernel_anchoritem item WHERE item.kind = event.kind AND item.record_id = event.record_id "
            'AND item.seq >= event.seq) ORDER BY kind COLLATE "C", record_id, seq DESC',
            [max(0, last_id - OVERLAP)],
        )
        rows = cursor.fetchall()
    items = [AnchorItem(kind=k, record_id=r, seq=s, hash=bytes(h)) for k, r, s, h, _last in rows]
    return (int(rows[0][4]) if rows else last_id), items


def faults() -> Iterator[str]:
    """Anchors whose heads are gone or changed, or whose digest does not follow from them."""
    prev = b""
    for anchor in Anchor.objects.order_by("day").iterator():
        items = sorted(anchor.items.all(), key=lambda item: (item.kind.encode(), item.record_id))
        if bytes(anchor.prev) != prev or bytes(anchor.digest) != digest(prev, items) or anchor.count != len(items):
            yield f"the anchor of {anchor.day} does not follow from its heads"
        prev = bytes(anchor.digest)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT item.kind, item.record_id, item.seq FROM kernel_anchoritem item LEFT JOIN kernel_event event ON "
            "event.kind = item.kind AND event.record_id = item.record_id AND event.seq = item.seq "
            "WHERE event.hash IS DISTINCT FROM item.hash LIMIT 100"
        )
        for kind, record_id, seq in cursor.fetchall():
            yield f"{kind} {record_id}: event {seq} is not the one that was anchored"
