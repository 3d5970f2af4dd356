"""What administrators change in the practice: categories, routing rules, time limits, the working calendar.

Every change is one transaction with one row of `SettingChange`; caches forget what they knew. What has no place is
in force everywhere, so it may be changed only by whose duty covers every district.
"""

import hashlib
import json
import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.cases import choices, routing, suggest
from gongzhi.cases.models import Category, ProcedureChoice, RoutingCase, RoutingRule, SettingChange
from gongzhi.cases.routing import examples
from gongzhi.cases.routing.matching import Terms, swapped, terms_of, with_changed, without
from gongzhi.cases.routing.pictures import picture_of_rule
from gongzhi.kernel import clock
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotValid, Stale
from gongzhi.kernel.models import Day, Limit
from gongzhi.territory.history import ADMINISTRATOR
from gongzhi.territory.models import Place
from gongzhi.territory.who import administered, covers, covers_all, settling_grant

What = SettingChange.Kind
STEP, MOST_EXAMPLES = 100, 30


def duty_for(actor: Actor, place: Place | None) -> int:
    """The id of the duty that lets the actor change settings of the place. Raises NotPermitted."""
    return settling_grant(actor, place).duty_id


def note_change(
    actor: Actor, duty: int, kind: str, key: object, subject: str, place: Place | None,
    before: dict[str, Any], after: dict[str, Any],
) -> None:  # fmt: skip
    """A row of history: of a change what differs, of something new everything."""
    differs = [name for name in before.keys() | after.keys() if before.get(name) != after.get(name)]
    grant = next(grant for grant in actor.holding(ADMINISTRATOR) if grant.duty_id == duty)
    SettingChange.objects.create(
        kind=kind, key=str(key)[:40], subject=subject[:120], place=place, at=timezone.now(), duty_id=duty,
        before={name: before[name] for name in differs if name in before},
        after={name: after[name] for name in differs if name in after},
        by_id=actor.account_id or 0, by_name=actor.name[:60], on_behalf_of=grant.on_behalf_of,
    )  # fmt: skip


def seen(picture: dict[str, Any]) -> str:
    """A short sign of how something looked, to notice that somebody else changed it meanwhile."""
    return hashlib.sha256(json.dumps(picture, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _fresh(picture: dict[str, Any], sign: str, current: object) -> None:
    if sign and sign != seen(picture):
        raise Stale(_("您打开之后，别人改过这一条。请看过现在的内容再改，您填写的还在。"), current)


# --- categories --------------------------------------------------------------------------------------------------------


def picture_of_category(row: Category) -> dict[str, Any]:
    """What the history keeps of a category."""
    return {
        "name": row.name, "parent": row.parent.name if row.parent else "", "triage_class": row.triage_class,
        "urgency": row.urgency, "words": list(row.words), "guide": row.guide, "needs_photos": row.needs_photos, "is_active": row.is_active,
    }  # fmt: skip


@transaction.atomic
def save_category(row: Category, values: dict[str, Any], *, actor: Actor, sign: str = "") -> Category:
    """Add (without a primary key) or change a category. Errors: NotPermitted, NotValid, Stale."""
    duty = duty_for(actor, None)
    is_new = row.pk is None
    if not is_new:
        row = Category.objects.select_related("parent").select_for_update(of=("self",)).get(pk=row.pk)
    before = {} if is_new else picture_of_category(row)
    _fresh(before, sign, row)
    for name, value in values.items():
        setattr(row, name, value)
    _check_category(row)
    if is_new:
        row.code, row.position = f"own-{uuid.uuid4().hex[:12]}", _after_siblings(row)
    after = picture_of_category(row)
    if before != after:
        row.save()
        note_change(actor, duty, What.CATEGORY, row.code, row.name, None, before, after)
    transaction.on_commit(suggest.forget)
    return row


def _check_category(row: Category) -> None:
    twins = Category.objects.filter(name=row.name, parent=row.parent).exclude(pk=row.pk)
    if twins.exists():
        raise NotValid({"name": [_("这一组里已经有叫“%(name)s”的类别。") % {"name": row.name}]})
    if row.parent is not None and (row.parent.parent_id is not None or row.parent_id == row.pk):
        raise NotValid({"parent": [_("类别只分两级，上级要选第一级的。")]})
    if row.parent is not None and row.pk and row.children.exists():
        raise NotValid({"parent": [_("它下面还有类别，不能放到别的类别下面。")]})


def _after_siblings(row: Category) -> int:
    family = Q(parent=row.parent_id) | Q(pk=row.parent_id) if row.parent_id else Q()
    last = Category.objects.filter(family).order_by("position").last()
    return min(32_000, (last.position if last else 0) + 1)


# --- routing rules -----------------------------------------------------------------------------------------------------


def rules_of(actor: Actor) -> QuerySet[RoutingRule]:
    """The rules that touch the places of the actor's duty: below them, above them, and those for everywhere."""
    tops = Place.objects.filter(pk__in=[grant.place_id for grant in actor.holding(ADMINISTRATOR) if grant.place_id])
    above = {pk for top in tops for pk in top.path_ids}
    mine = Place.objects.filter(administered(actor)).values("pk")
    found = RoutingRule.objects.filter(Q(place=None) | Q(place__in=above) | Q(place__in=mine))
    return found.select_related("category", "place")


def may_change(actor: Actor, rules: Iterable[RoutingRule]) -> set[int]:
    """Which of the rules this actor may change; one statement."""
    grants, everywhere = actor.holding(ADMINISTRATOR), covers_all(actor)
    return {r.pk for r in rules if (any(covers(g, r.place) for g in grants) if r.place else everywhere)}


@transaction.atomic
def save_rule(
    rule: RoutingRule, values: dict[str, Any], *, actor: Actor, sign: str = "", reason: str = ""
) -> RoutingRule:
    """Add (in front of the others) or change a rule; a change makes a new version.

    Examples that were right and would be wrong are refused (NotValid on `reason`) until a reason is given. Errors:
    NotPermitted, NotValid, Stale.
    """
    is_new = rule.pk is None
    rows = _in_order()
    if not is_new:
        rule = next(row for row in rows if row.pk == rule.pk)
        duty_for(actor, rule.place)
    before, rules = {} if is_new else picture_of_rule(rule), _terms(rows)
    _fresh(before, sign, rule)
    for name, value in values.items():
        setattr(rule, name, value)
    duty = duty_for(actor, rule.place)
    if RoutingRule.objects.filter(name=rule.name, place=rule.place).exclude(pk=rule.pk).exists():
        raise NotValid({"name": [_("这个地方已经有叫“%(name)s”的规则。") % {"name": rule.name}]})
    after = picture_of_rule(rule)
    if before != after:
        because = _hold(rules, rule, reason)
        rule.position = _in_front() if is_new else rule.position
        rule.version = after["version"] = 1 if is_new else rule.version + 1
        rule.save()
        note_change(actor, duty, What.RULE, rule.pk, rule.name, rule.place, before, after | because)
        _forget_rules()
    return rule


def _forget_rules() -> None:
    """At once for this transaction, and after it for what another request read meanwhile."""
    routing.forget()
    transaction.on_commit(routing.forget)


def _in_order() -> list[RoutingRule]:
    """All rules, locked: whoever changes one of them judges by the others."""
    return list(RoutingRule.objects.select_related("category", "place").select_for_update(of=("self",)))


def _terms(rows: Iterable[RoutingRule]) -> list[Terms]:
    return [terms_of(row) for row in rows if row.is_active]


def as_would_be(rules: list[Terms], rule: RoutingRule) -> list[Terms]:
    """The rules in force once this one is saved as it stands."""
    return with_changed(rules, terms_of(rule)) if rule.is_active else without(rules, rule.pk or 0)


def _hold(rules: list[Terms], rule: RoutingRule, reason: str) -> dict[str, str]:
    """What the history keeps of why it was changed although examples go wrong. Raises NotValid without a reason."""
    off = None if rule.is_active else rule.pk
    return _reasoned(examples.broken(rules, as_would_be(rules, rule), off), reason)


def _reasoned(wrong: list[examples.Outcome], reason: str) -> dict[str, str]:
    if wrong and not reason.strip():
        said = _("这条改动会让 %(count)d 个例子走错。请改规则，或者写明为什么还是要这样。")
        raise NotValid({"reason": [said % {"count": len(wrong)}]})
    return {"reason": reason.strip()} if wrong else {}


def _in_front() -> int:
    first = RoutingRule.objects.aggregate(first=Min("position"))["first"]
    if first == 0:
        RoutingRule.objects.update(position=F("position") + STEP)
        first = STEP
    return (STEP if first is None else int(first)) - 1


@transaction.atomic
def move_rule(rule: RoutingRule, by: int, *, actor: Actor, reason: str = "") -> RoutingRule:
    """Take a rule past the next one (by -1: earlier, 1: later) the actor may change. At the end nothing happens.

    Errors: NotPermitted, NotValid as with `save_rule`.
    """
    duty = duty_for(actor, rule.place)
    terms = _terms(_in_order())
    rules = list(rules_of(actor).filter(is_active=True))
    other = next_of(rule, by, rules, may_change(actor, rules))
    if other is None:
        return rule
    rule = next(row for row in rules if row.pk == rule.pk)
    because = _reasoned(examples.broken(terms, swapped(terms, rule.pk, other.pk)), reason)
    places = {row.pk: number for number, row in enumerate(rules, 1)}
    _swap(rule, other, by)
    _forget_rules()
    note_change(
        actor, duty, What.RULE, rule.pk, rule.name, rule.place, {"order": places[rule.pk]},
        {"order": places[other.pk]} | because,
    )  # fmt: skip
    return rule


def next_of(rule: RoutingRule, by: int, rules: Iterable[RoutingRule], allowed: set[int]) -> RoutingRule | None:
    """The neighbour a rule would pass; None at the end."""
    mine = [row for row in rules if row.pk in allowed]
    at = next((number for number, row in enumerate(mine) if row.pk == rule.pk), None)
    return mine[at + by] if at is not None and 0 <= at + by < len(mine) else None


def _swap(rule: RoutingRule, other: RoutingRule, by: int) -> None:
    if rule.position == other.position:
        # Equal positions are told apart by age: make room, so that the two can stand one behind the other.
        RoutingRule.objects.filter(position__gt=rule.position).update(position=F("position") + 1)
        later = other if by < 0 else rule
        later.position += 1
    else:
        rule.position, other.position = other.position, rule.position
    RoutingRule.objects.bulk_update([rule, other], ["position"])


@transaction.atomic
def add_example(rule: RoutingRule, case: RoutingCase, *, actor: Actor) -> RoutingCase:
    """Keep an example with a rule. Errors: NotPermitted, NotValid (too many, or one of that name)."""
    duty = duty_for(actor, rule.place)
    names = list(RoutingCase.objects.select_for_update().filter(rule=rule).values_list("name", flat=True))
    if len(names) >= MOST_EXAMPLES:
        raise NotValid({"name": [_("一条规则最多留 %(most)d 个例子，请先去掉几个。") % {"most": MOST_EXAMPLES}]})
    if case.name in names:
        raise NotValid({"name": [_("这条规则已经有叫“%(name)s”的例子。") % {"name": case.name}]})
    case.rule = rule
    case.save(force_insert=True)
    note_change(actor, duty, What.RULE, rule.pk, rule.name, rule.place, {}, {"example": case.name})
    return case


@transaction.atomic
def drop_example(case: RoutingCase, *, actor: Actor) -> None:
    """Take an example away; one that is gone already is no error. Error: NotPermitted."""
    rule = case.rule
    duty = duty_for(actor, rule.place)
    if RoutingCase.objects.filter(pk=case.pk).delete()[0]:
        note_change(actor, duty, What.RULE, rule.pk, rule.name, rule.place, {"example": case.name}, {})


# --- time limits -------------------------------------------------------------------------------------------------------


def picture_of_limit(limit: Limit, place: Place | None) -> dict[str, Any]:
    """What the history keeps of a limit."""
    return {
        "key": limit.key, "place": place.name if place else "", "category": limit.category, "amount": limit.amount,
        "unit": limit.unit, "from_date": limit.from_date.isoformat(),
    }  # fmt: skip


@transaction.atomic
def add_limit(limit: Limit, place: Place | None, label: str, *, actor: Actor) -> Limit:
    """A new limit from today or later. One in force is never edited: the newer one supersedes it.

    Errors: NotPermitted, NotValid (a day gone by, or there is one from that day).
    """
    duty = duty_for(actor, place)
    if limit.from_date < timezone.localdate():
        raise NotValid({"from_date": [_("不能从过去的日子起改，已经办着的事期限不变。")]})
    limit.place_id, limit.made_by, limit.made_at = place.pk if place else None, actor.account_id, timezone.now()
    try:
        with transaction.atomic():
            limit.save(force_insert=True)
    except IntegrityError:
        raise NotValid({"from_date": [_("从这一天起已经有一条了。请另选一天，或先撤下那一条。")]}) from None
    note_change(actor, duty, What.LIMIT, limit.key, label, place, {}, picture_of_limit(limit, place))
    transaction.on_commit(clock.forget)
    return limit


@transaction.atomic
def withdraw_limit(limit: Limit, label: str, *, actor: Actor) -> None:
    """Take back a limit that is not in force yet. Errors: NotPermitted, NotValid."""
    place = Place.objects.get(pk=limit.place_id) if limit.place_id else None
    duty = duty_for(actor, place)
    row = Limit.objects.select_for_update().filter(pk=limit.pk).first()
    if row is None:
        return
    if row.from_date <= timezone.localdate():
        raise NotValid({"__all__": [_("这一条已经生效，不能撤下。请新增一条从以后某天起替代它。")]})
    note_change(actor, duty, What.LIMIT, row.key, label, place, picture_of_limit(row, place), {})
    row.delete()
    transaction.on_commit(clock.forget)


# --- what is learned ---------------------------------------------------------------------------------------------------


@transaction.atomic
def note_learning(actor: Actor, what: dict[str, Any]) -> None:
    """Who had it learn again, switched it on or off. Error: NotPermitted."""
    duty = duty_for(actor, None)
    note_change(actor, duty, What.LEARNED, "learned", str(What.LEARNED.label), None, {}, what)


# --- procedures --------------------------------------------------------------------------------------------------------


def picture_of_choice(row: ProcedureChoice) -> dict[str, Any]:
    """What the history keeps of a choice."""
    return {
        "procedure": row.procedure,
        "place": row.place.name if row.place else "",
        "from_date": row.from_date.isoformat(),
    }


@transaction.atomic
def add_choice(row: ProcedureChoice, label: str, *, actor: Actor) -> ProcedureChoice:
    """New matters of the place follow the procedure from today or later; those that run keep theirs.

    Errors: NotPermitted, NotValid (a day gone by, or there is a choice from that day).
    """
    duty = duty_for(actor, row.place)
    if row.from_date < timezone.localdate():
        raise NotValid({"from_date": [_("不能从过去的日子起改，已经办着的事程序不变。")]})
    row.made_by, row.made_at = actor.account_id, timezone.now()
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise NotValid({"from_date": [_("从这一天起已经定过一次了。请另选一天，或先撤下那一次。")]}) from None
    note_change(actor, duty, What.PROCEDURE, row.pk, label, row.place, {}, picture_of_choice(row))
    transaction.on_commit(choices.forget)
    return row


@transaction.atomic
def withdraw_choice(row: ProcedureChoice, label: str, *, actor: Actor) -> None:
    """Take back a choice whose day has not come. Errors: NotPermitted, NotValid."""
    duty = duty_for(actor, row.place)
    found = ProcedureChoice.objects.select_related("place").select_for_update(of=("self",)).filter(pk=row.pk).first()
    if found is None:
        return
    if found.from_date <= timezone.localdate():
        raise NotValid({"__all__": [_("已经生效，不能撤下。请另定一次从以后某天起替代它。")]})
    note_change(actor, duty, What.PROCEDURE, found.pk, label, found.place, picture_of_choice(found), {})
    found.delete()
    transaction.on_commit(choices.forget)


# --- working calendar --------------------------------------------------------------------------------------------------


@transaction.atomic
def set_day(day: date, is_workday: bool, note: str, *, actor: Actor) -> Day:
    """Say whether a day is worked, and why; confirmed by that. Deadlines already counted stay. Error: NotPermitted."""
    duty = duty_for(actor, None)
    row = Day.objects.select_for_update().filter(pk=day).first()
    before = {} if row is None else _picture_of_day(row)
    row = row or Day(date=day)
    row.is_workday, row.note, row.is_provisional = is_workday, note, False
    after = _picture_of_day(row)
    if before != after:
        row.save()
        note_change(actor, duty, What.DAY, day, day.isoformat(), None, before, after)
    transaction.on_commit(clock.forget)
    return row


def _picture_of_day(row: Day) -> dict[str, Any]:
    return {"is_workday": row.is_workday, "note": row.note, "is_provisional": row.is_provisional}


@transaction.atomic
def confirm_year(year: int, *, actor: Actor) -> int:
    """All days of the year are as published; returns how many were provisional. Error: NotPermitted."""
    duty = duty_for(actor, None)
    count = Day.objects.filter(date__year=year, is_provisional=True).update(is_provisional=False)
    if count:
        note_change(actor, duty, What.DAY, year, str(year), None, {"provisional": count}, {"provisional": 0})
    return count
