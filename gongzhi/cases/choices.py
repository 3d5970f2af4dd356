"""Which procedure new matters of a place follow: chosen by administrators from a day on, the nearest place wins."""

import time
from dataclasses import dataclass, field
from datetime import date, datetime

from gongzhi.cases.models import ProcedureChoice
from gongzhi.kernel.clock import SHANGHAI

FRESH_SECONDS = 20
DEFAULT = "six-steps"


@dataclass
class _Kept:
    rows: list[tuple[int | None, date, str]] = field(default_factory=list)
    read_at: float = float("-inf")


_kept = _Kept()


def forget() -> None:
    """Read the choices afresh (after an edit, between tests)."""
    _kept.read_at = float("-inf")


def choices() -> list[tuple[int | None, date, str]]:
    """Place (None: everywhere), first day, procedure; read again every `FRESH_SECONDS`."""
    if time.monotonic() - _kept.read_at > FRESH_SECONDS:
        _kept.rows = list(ProcedureChoice.objects.values_list("place_id", "from_date", "procedure"))
        _kept.read_at = time.monotonic()
    return _kept.rows


def procedure_at(path: str, at: datetime) -> str:
    """The procedure of a matter that begins at a place with this path at this time."""
    day = at.astimezone(SHANGHAI).date()
    depths = {int(part): depth for depth, part in enumerate(filter(None, path.split("/")), 1)}
    begun = [
        (depths.get(place or 0, 0), since, procedure)
        for place, since, procedure in choices()
        if since <= day and (place is None or place in depths)
    ]  # fmt: skip
    return max(begun)[2] if begun else DEFAULT
