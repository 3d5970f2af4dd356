"""The hash chain of events. Plain SQL reproduces every digest (see `verify`), erased bodies leave it whole."""

import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from gongzhi.kernel.models import Event

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CHAINED = (
    "kind", "procedure", "version", "record_id", "root_id", "seq", "verb", "before", "after", "actor_id", "duty_id",
    "on_behalf_of", "place_id", "place_path", "origin_id",
)  # fmt: skip
"""Columns in the order in which they are hashed, between the two times and the two digests."""


def micros(at: datetime | None) -> int | None:
    """Whole microseconds since 1970 (UTC)."""
    return None if at is None else (at - EPOCH) // MICROSECOND


def canonical(data: dict[str, Any]) -> str:
    """The one text form of an event's body."""
    return json.dumps(
        data,
        cls=DjangoJSONEncoder,
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )


def salt() -> bytes:
    """Sixteen random bytes that keep an erased body from being guessed from its digest."""
    return secrets.token_bytes(16)


def body_digest(seasoning: bytes, text: str) -> bytes:
    """sha256(salt ‖ body)."""
    return hashlib.sha256(seasoning + text.encode()).digest()


def event_hash(event: Event) -> bytes:
    """sha256 over times, columns, body digest, the hash before and, if kept, facts, joined by `|`, nothing for NULL."""
    parts: list[object] = [micros(event.at), micros(event.happened_at)]
    parts += [getattr(event, name) for name in CHAINED]
    parts += [
        bytes(event.body_digest).hex() if event.body_digest else None,
        bytes(event.prev).hex(), *([event.facts] if event.facts is not None else []),
    ]  # fmt: skip
    return hashlib.sha256("|".join("" if part is None else str(part) for part in parts).encode()).digest()


SQL_HASH = (
    "sha256(convert_to(concat_ws('|', (extract(epoch from at)*1000000)::bigint, "
    "coalesce(((extract(epoch from happened_at)*1000000)::bigint)::text, ''), "
    + ", ".join(f"coalesce({name}::text, '')" for name in CHAINED)
    + ", coalesce(encode(body_digest, 'hex'), ''), encode(prev, 'hex'), facts), 'UTF8'))"
)
"""The same hash in plain SQL."""
