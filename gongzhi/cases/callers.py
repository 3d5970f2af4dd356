"""Who is calling: earlier reports of a telephone number with state and answer, for whoever covers their place.

Each look is recorded as 来电核对 (once a day for each report), so the person can read who looked.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, time

from gongzhi.accounts import phones
from gongzhi.base.text import mask_name
from gongzhi.cases import drafts
from gongzhi.cases.actions import title_of
from gongzhi.cases.models import Report
from gongzhi.cases.steps import state_of
from gongzhi.cases.workflow import REPORT, STAFF
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.models import Look

MOST = 6
MOST_READ = 60
WHAT, WHY = "以往的反映和答复", "来电核对"


@dataclass(frozen=True)
class Past:
    """One earlier report: what, where it stands, what was answered."""

    report: Report

    @property
    def title(self) -> str:
        """The first sentence."""
        return title_of(self.report.text)

    @property
    def state(self) -> str:
        """Where it stands, as the reporter may hear it."""
        return str(state_of(self.report.matter).public or state_of(self.report.matter).label)


@dataclass(frozen=True)
class Caller:
    """One telephone number: `key` is the uid of its latest contact."""

    key: str
    name: str
    phone: str
    past: list[Past]


@dataclass(frozen=True)
class Calling:
    """What is known of who calls. `number` is whole and normalised; several `callers` share four last digits."""

    number: str = ""
    name: str = ""
    callers: list[Caller] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)

    @property
    def known(self) -> Caller | None:
        """The caller, once it is clear who it is."""
        return self.callers[0] if self.number and self.callers else None


def tail(typed: str) -> str:
    """The last four digits, when only these were typed."""
    plain = re.sub(r"[\s-]", "", typed)
    return plain if re.fullmatch(r"\d{4}", plain, re.ASCII) else ""


def calling(typed: str, chosen: str, actor: Actor, now: datetime) -> Calling:
    """By a whole number or its last four digits; `chosen` is the key of one of several. At most five statements."""
    number, four = phones.normalise(typed), tail(typed)
    if not number and not four:
        return Calling()
    wanted = phones.indexes(number) if number else phones.last4_indexes(four)
    column = "contact__phone_index__in" if number else "contact__phone_last4_index__in"
    rows = Report.objects.filter(REPORT.read.q(actor), **{column: wanted}).select_related("contact", "matter__category")
    found = _grouped(rows.order_by("-id")[:MOST_READ])
    if not number:
        one = next((caller for caller in found if caller.key == chosen), None)
        if one is None:
            return Calling(callers=found[:MOST])
        number, found = one.past[0].report.contact.phone, [one]
    if found:
        remember(found[0].past[:MOST], actor, now)
    name = found[0].past[0].report.contact.name if found else ""
    return Calling(number, name, found[:1], drafts.others_on(phones.indexes(number), actor.account_id or 0, now))


def _grouped(rows: Iterable[Report]) -> list[Caller]:
    callers: dict[str, Caller] = {}
    for row in rows:
        known = callers.get(row.contact.phone_index)
        if known is None:
            name = mask_name(row.contact.name) if row.contact.name else ""
            known = Caller(str(row.contact.uid), name, row.contact.masked_phone, [])
            callers[row.contact.phone_index] = known
        known.past.append(Past(row))
    return list(callers.values())


def remember(past: Iterable[Past], actor: Actor, now: datetime) -> None:
    """One look for each report and day; two statements."""
    if actor.account_id is None:
        return
    begins = datetime.combine(now.astimezone(SHANGHAI).date(), time(), SHANGHAI)
    ids = [one.report.pk for one in past]
    seen = set(
        Look.objects.filter(
            kind=Report.kind(), record_id__in=ids, account_id=actor.account_id, reason=WHY, at__gte=begins
        ).values_list("record_id", flat=True)
    )
    rows = [
        Look(
            account_id=actor.account_id, duty_id=ground.duty_id, kind=Report.kind(), record_id=one.report.pk,
            subject_id=one.report.owner_id, what=WHAT, reason=WHY, at=now,
        )
        for one in past
        if one.report.pk not in seen and (ground := STAFF.allows(one.report, actor)) is not None
    ]  # fmt: skip
    if rows:
        Look.objects.bulk_create(rows)
