"""Every version of a rule, read from the history of its changes backwards: what a matter was sent by can be read later."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gongzhi.cases.models import RoutingRule, SettingChange
from gongzhi.cases.routing.pictures import picture_of_rule


@dataclass(frozen=True)
class Version:
    """One version: what the rule was then, from when, by whom changed and why. `at` None: there before the history."""

    number: int
    picture: Mapping[str, Any]
    at: datetime | None
    who: str
    reason: str


def versions(rule: RoutingRule) -> list[Version]:
    """All of them, newest first; one statement."""
    return _walk(rule, _changes([rule.pk]))


def versions_at(pairs: Iterable[tuple[int, int]]) -> dict[int, tuple[RoutingRule, Version | None]]:
    """Several rules, each at one version: what a matter was sent by. Two statements."""
    wanted = dict(pairs)
    rules = RoutingRule.objects.filter(pk__in=wanted).select_related("category", "place")
    rows = _changes(wanted)
    return {rule.pk: (rule, _pick(rule, rows, wanted[rule.pk])) for rule in rules}


def _pick(rule: RoutingRule, rows: list[SettingChange], number: int) -> Version | None:
    return next((one for one in _walk(rule, rows) if one.number == number), None)


def _changes(ids: Iterable[int]) -> list[SettingChange]:
    keys = [str(pk) for pk in ids]
    return list(SettingChange.objects.filter(kind=SettingChange.Kind.RULE, key__in=keys).order_by("-id"))


def _walk(rule: RoutingRule, rows: Iterable[SettingChange]) -> list[Version]:
    picture, found = picture_of_rule(rule), []
    for row in rows:
        if row.key != str(rule.pk) or "version" not in row.after:
            continue
        found.append(Version(picture["version"], picture, row.at, row.by_name, str(row.after.get("reason", ""))))
        picture = {**picture, **row.before}
    if not found or found[-1].number > 1:
        found.append(Version(picture["version"], picture, None, "", ""))
    return found
