"""What can be done to organisations: register, edit, say whom they serve, end.

Each action is one transaction, names its actor, writes the history and raises ValidationError with a sentence for
people. Callers ask `who.administers` first.
"""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongzhi.base.text import clean_text
from gongzhi.base.validators import parse_credit_code, parse_phone
from gongzhi.kernel.actor import Actor
from gongzhi.organisations.models import Kind, Organisation, OrganisationChange, Serves
from gongzhi.organisations.rules import words
from gongzhi.territory.history import ADMINISTRATOR
from gongzhi.territory.models import Place

What = OrganisationChange.What
FIELDS = ("name", "short_name", "kind", "credit_code", "parent_id", "place_id", "address", "phone")


@dataclass(frozen=True)
class Details:
    """What is known about an organisation; the credit code may be empty (owners' committees and teams have none)."""

    name: str
    kind: str
    short_name: str = ""
    credit_code: str = ""
    parent_id: int | None = None
    place_id: int | None = None
    address: str = ""
    phone: str = ""


def register(
    details: Details,
    *,
    actor: Actor,
    reason: str = "",
    serves: Iterable[Place] = (),
    valid_from: datetime.date | None = None,
) -> Organisation:
    """Enter an organisation, with the places it serves."""
    day = valid_from or timezone.localdate()
    _check_day(day)
    with transaction.atomic():
        fields = _checked(details, None)
        row = Organisation(valid_from=day, **fields, **words(fields["name"], fields["short_name"], fields["address"]))
        row.save()
        places = list(serves)
        Serves.objects.bulk_create([Serves(organisation=row, place=place, valid_from=day) for place in places])
        _note(row, What.ADD, {}, {**picture(row), "serves": [place.name for place in places]}, actor, reason)
    return row


def edit(organisation: Organisation, details: Details, *, actor: Actor, reason: str = "") -> Organisation:
    """Correct what is known; nothing is written when nothing differs."""
    with transaction.atomic():
        row = _locked(organisation)
        _check_living(row)
        before = picture(row)
        fields = _checked(details, row)
        for name, value in {**fields, **words(fields["name"], fields["short_name"], fields["address"])}.items():
            setattr(row, name, value)
        row.save()
        row = Organisation.objects.select_related("parent", "place").get(pk=row.pk)
        if picture(row) != before:
            _note(row, What.EDIT, before, picture(row), actor, reason)
    return row


def set_areas(
    organisation: Organisation,
    places: Sequence[Place],
    *,
    actor: Actor,
    reason: str = "",
    at: datetime.date | None = None,
) -> None:
    """Say which places the organisation serves from the day `at`; what is no longer named ends that day."""
    day = at or timezone.localdate()
    _check_day(day)
    with transaction.atomic():
        row = _locked(organisation)
        _check_living(row)
        now = {area.place_id: area for area in row.areas.filter(valid_to=None).select_related("place")}
        wanted = {place.pk: place for place in places}
        if now.keys() == wanted.keys():
            return
        before = sorted(area.place.name for area in now.values())
        gone = [area.pk for pk, area in now.items() if pk not in wanted]
        if row.areas.filter(pk__in=gone, valid_from__gt=day).exists():
            raise ValidationError(_("日期早于开始服务的日期。"))
        row.areas.filter(pk__in=gone).update(valid_to=day)
        new = [Serves(organisation=row, place=place, valid_from=day) for pk, place in wanted.items() if pk not in now]
        Serves.objects.bulk_create(new)
        after = sorted(place.name for place in wanted.values())
        _note(row, What.SERVES, {"serves": before}, {"serves": after}, actor, reason)


def end(
    organisation: Organisation, *, actor: Actor, reason: str, at: datetime.date | None = None,
    successor: Organisation | None = None,
) -> Organisation:  # fmt: skip
    """End an organisation, perhaps naming who takes over; refused while living organisations stand below it."""
    day = at or timezone.localdate()
    _check_day(day)
    with transaction.atomic():
        row = _locked(organisation)
        _check_living(row)
        if day < row.valid_from:
            raise ValidationError(_("日期早于成立日期 %(day)s。"), params={"day": row.valid_from})
        below = row.children.filter(valid_to=None).first()
        if below is not None:
            raise ValidationError(_("下面还有“%(name)s”，请先调整它的上级。"), params={"name": below.name})
        if successor is not None and (successor.pk == row.pk or successor.valid_to is not None):
            raise ValidationError(_("接替的组织要是另一个在用的组织。"))
        before = picture(row)
        row.valid_to, row.successor = day, successor
        row.save(update_fields=["valid_to", "successor"])
        row.areas.filter(valid_to=None, valid_from__lte=day).update(valid_to=day)
        _note(row, What.END, before, picture(row), actor, reason)
    return row


def picture(row: Organisation) -> dict[str, Any]:
    """What the history keeps of an organisation; names as they are called that day."""
    return {
        **{name: getattr(row, name) for name in FIELDS},
        "parent": row.parent.name if row.parent else "",
        "place": row.place.name if row.place else "",
        "valid_from": row.valid_from.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else None,
        "successor": row.successor.name if row.successor else "",
    }


def _checked(details: Details, row: Organisation | None) -> dict[str, Any]:
    """The details as they are stored. Raises ValidationError."""
    fields = asdict(details)
    for name, most in (("name", 100), ("short_name", 40), ("address", 120)):
        fields[name] = clean_text(fields[name], limit=most, lines=False)
    if not fields["name"]:
        raise ValidationError(_("请写组织的名称。"))
    if details.kind not in Kind.values:
        raise ValidationError(_("没有“%(kind)s”这种组织类别。"), params={"kind": details.kind[:20]})
    fields["credit_code"] = parse_credit_code(details.credit_code) if details.credit_code.strip() else ""
    fields["phone"] = parse_phone(details.phone).number if details.phone.strip() else ""
    _check_twin(fields, row)
    _check_parent(details.parent_id, row)
    return fields


def _check_twin(fields: dict[str, Any], row: Organisation | None) -> None:
    living = Organisation.objects.filter(valid_to=None).exclude(pk=row.pk if row else 0)
    code = fields["credit_code"]
    twin = living.filter(credit_code=code).first() if code else None
    twin = twin or living.filter(name=fields["name"], place=fields["place_id"]).first()
    if twin is not None:
        raise ValidationError(_("已经登记过“%(name)s”，请不要重复登记。"), params={"name": twin.name})


def _check_parent(parent_id: int | None, row: Organisation | None) -> None:
    """The parent is living and does not stand below the organisation itself."""
    parent = Organisation.objects.filter(pk=parent_id).first() if parent_id else None
    if parent is not None and parent.valid_to is not None:
        raise ValidationError(_("上级组织“%(name)s”已经终止。"), params={"name": parent.name})
    while parent is not None:
        if row is not None and parent.pk == row.pk:
            raise ValidationError(_("上级组织不能是它自己，也不能是它的下级。"))
        parent = parent.parent


def _check_day(day: datetime.date) -> None:
    if day > timezone.localdate():
        raise ValidationError(_("日期不能晚于今天。"))


def _check_living(row: Organisation) -> None:
    if row.valid_to is not None:
        raise ValidationError(_("“%(name)s”已经终止了。"), params={"name": row.name})


def _locked(organisation: Organisation) -> Organisation:
    Organisation.objects.select_for_update().get(pk=organisation.pk)
    return Organisation.objects.select_related("parent", "place", "successor").get(pk=organisation.pk)


def _note(
    row: Organisation,
    what: OrganisationChange.What,
    before: dict[str, Any],
    after: dict[str, Any],
    actor: Actor,
    reason: str,
) -> None:
    differs = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    grants = actor.holding(ADMINISTRATOR)
    OrganisationChange.objects.create(
        organisation=row,
        what=what,
        before={key: value for key, value in before.items() if key in differs},
        after={key: value for key, value in after.items() if key in differs},
        by_id=actor.account_id,
        duty_id=grants[0].duty_id if grants else None,
        by_name=actor.name[:60],
        reason=reason[:500],
    )
