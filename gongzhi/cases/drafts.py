"""Drafts of intake on the server: a lost line, a hang-up or a crash loses nothing. Sealed, own, gone after a week."""

import base64
import uuid
from datetime import datetime, timedelta
from typing import Any

from gongzhi.accounts.models import Account
from gongzhi.base import crypto
from gongzhi.cases.models import IntakeDraft

KEPT = timedelta(days=7)
SAME_CALL = timedelta(minutes=10)
"""So long after the last sign typed a draft still counts as a call that is going on."""
MOST = 20


def save(
    draft: uuid.UUID, kind: str, account_id: int, data: dict[str, Any], now: datetime, *, phone_index: str = "",
    file: bytes | None = None,
) -> None:  # fmt: skip
    """Store what was typed so far, under the page's own uid; one statement once it is there."""
    sealed = IntakeDraft.seal(data, draft)
    changed: dict[str, Any] = {"sealed": sealed, "saved_at": now, "phone_index": phone_index}
    if file is not None:
        changed["file"] = crypto.encrypt(base64.b64encode(file).decode(), draft.bytes)
    if not IntakeDraft.objects.filter(uid=draft, account_id=account_id, kind=kind).update(**changed):
        row = IntakeDraft(uid=draft, kind=kind, account_id=account_id, began_at=now, **changed)
        IntakeDraft.objects.bulk_create([row], ignore_conflicts=True)


def load(draft: uuid.UUID | None, kind: str, account_id: int) -> IntakeDraft | None:
    """One's own draft; nobody else's."""
    if draft is None:
        return None
    return IntakeDraft.objects.defer("file").filter(uid=draft, kind=kind, account_id=account_id).first()


def file_of(draft: IntakeDraft) -> bytes:
    """The file that was uploaded with it."""
    return base64.b64decode(crypto.decrypt(draft.file, draft.uid.bytes)) if draft.file else b""


def mine(kind: str, account_id: int) -> list[IntakeDraft]:
    """One's own unfinished drafts, the last one first."""
    return list(IntakeDraft.objects.defer("file").filter(kind=kind, account_id=account_id).order_by("-saved_at")[:MOST])


def forget(draft: uuid.UUID, account_id: int) -> None:
    """It is registered, or thrown away."""
    IntakeDraft.objects.filter(uid=draft, account_id=account_id).delete()


def others_on(indexes: list[str], account_id: int, now: datetime) -> list[str]:
    """Names of colleagues who are talking to the same number just now."""
    if not indexes:
        return []
    rows = IntakeDraft.objects.filter(phone_index__in=indexes, saved_at__gte=now - SAME_CALL)
    talking = rows.exclude(account_id=account_id).values("account_id")
    return list(Account.objects.filter(pk__in=talking).values_list("name", flat=True)[:3])


def sweep(now: datetime) -> int:
    """Throw away what nobody has touched for a week; how many."""
    return IntakeDraft.objects.filter(saved_at__lt=now - KEPT).delete()[0]
