"""Whether a rule fits, as a pure function over frozen facts: no statements, so a thousand matters are tried in a blink."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import NamedTuple

from gongzhi.base.text import fold
from gongzhi.cases.models import Category, Channel, Matter, RoutingRule, Urgency
from gongzhi.kernel.clock import SHANGHAI, Clock, current

DAYS = "一二三四五六日"
HOURS = {"work": "上班时间", "off": "下班时间"}


@dataclass(frozen=True)
class Facts:
    """What rules look at. `at`: when it was reported; `text` is folded; `categories`: its own and the one above."""

    categories: tuple[int, ...]
    path: str
    at: datetime
    channel: str = Channel.WEB.value
    urgency: str = Urgency.NORMAL.value
    text: str = ""
    category_name: str = ""
    clock: Clock | None = field(default=None, compare=False, repr=False)
    """The working calendar; the one in force when none is given."""

    @cached_property
    def is_worktime(self) -> bool:
        """Whether offices were open then."""
        return is_worktime(self.at, self.clock or current())

    def over(self, place_id: int) -> bool:
        """Whether it lies at the place or below it."""
        return f"/{place_id}/" in self.path


class Condition(NamedTuple):
    """One thing a rule asks for: the test, why it holds, why it does not."""

    test: Callable[[Facts], bool]
    yes: Callable[[Facts], str]
    no: Callable[[Facts], str]


@dataclass(frozen=True)
class Terms:
    """A rule as it stands, with names for its sentences. `pk` 0: not stored yet."""

    pk: int = 0
    version: int = 1
    name: str = ""
    position: int = 0
    category: int | None = None
    category_parent: int | None = None
    category_name: str = ""
    place: int | None = None
    place_path: str = "/"
    place_name: str = ""
    words: tuple[str, ...] = ()
    words_none: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    urgency: str = ""
    from_date: date | None = None
    to_date: date | None = None
    weekdays: tuple[int, ...] = ()
    from_time: time | None = None
    to_time: time | None = None
    hours: str = ""
    triage_class: str = "small"
    organisation_id: int | None = None
    post: str = ""
    key: str = field(default="", compare=False)
    """What is in force of it: two pictures of a rule with the same key decide alike."""

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """In the order in which its sentence names them; the place and the category first, they are the cheapest."""
        return tuple(_conditions(self))

    @property
    def is_catch_all(self) -> bool:
        """Whether it asks for nothing but perhaps a place."""
        return len(self.conditions) == (self.place is not None)

    @property
    def needs_text(self) -> bool:
        """Whether what was written decides."""
        return bool(self.words or self.words_none)

    def fits(self, facts: Facts) -> bool:
        """Whether every condition holds."""
        return all(one.test(facts) for one in self.conditions)

    def reasons(self, facts: Facts) -> list[str]:
        """Why it fits, in words; only for one that does."""
        return [one.yes(facts) for one in self.conditions]

    def miss(self, facts: Facts) -> str:
        """The first thing that does not hold; "" when all do."""
        return next((one.no(facts) for one in self.conditions if not one.test(facts)), "")


def terms_of(rule: RoutingRule) -> Terms:
    """The rule without the database; category and place are read along with it."""
    category, place = rule.category, rule.place
    return Terms(
        pk=rule.pk or 0, version=rule.version, name=rule.name, position=rule.position or 0,
        category=rule.category_id, category_parent=category.parent_id if category else None,
        category_name=str(category or ""), place=rule.place_id, place_path=place.path if place else "/",
        place_name=str(place or ""), words=tuple(rule.words), words_none=tuple(rule.words_none),
        channels=tuple(rule.channels), urgency=rule.urgency, from_date=rule.from_date, to_date=rule.to_date,
        weekdays=tuple(sorted(rule.weekdays)), from_time=rule.from_time, to_time=rule.to_time, hours=rule.hours,
        triage_class=rule.triage_class, organisation_id=rule.organisation_id, post=rule.post,
    )  # fmt: skip


def facts_of(matter: Matter, text: str = "", category: Category | None = None) -> Facts:
    """What rules look at in a matter; `category` where the matter has none yet."""
    about = category or matter.category
    return facts(about, matter.place_path(), matter.created_at, matter.channel, matter.urgency, text)


def facts(
    category: Category | None, path: str, at: datetime | None, channel: str, urgency: str, text: str,
    clock: Clock | None = None,
) -> Facts:  # fmt: skip
    """The same from its pieces."""
    local = (at or datetime.now(SHANGHAI)).astimezone(SHANGHAI)
    ids = (category.pk, category.parent_id) if category else ()
    return Facts(
        tuple(pk for pk in ids if pk), path, local, channel, urgency, fold(text), str(category or ""), clock
    )  # fmt: skip


def is_worktime(local: datetime, clock: Clock) -> bool:
    """Whether offices are open at this moment (Shanghai), by the working calendar and the office hours."""
    moment = local.time()
    return clock.is_workday(local.date()) and any(opens <= moment < closes for opens, closes in clock.hours)


# --- conditions ------------------------------------------------------------------------------------------------------


def _conditions(terms: Terms) -> Iterator[Condition]:
    if terms.place is not None:
        place, name = terms.place, terms.place_name
        yield Condition(lambda f: f.over(place), lambda f: f"地点在{name}", lambda f: f"地点不在{name}")
    if terms.category is not None:
        wanted, what = terms.category, terms.category_name
        yield Condition(
            lambda f: wanted in f.categories, lambda f: f"类别是“{f.category_name or what}”",
            lambda f: f"类别不是“{what}”",
        )  # fmt: skip
    if terms.channels:
        channels, said = frozenset(terms.channels), "、".join(str(Channel(c).label) for c in terms.channels)
        yield Condition(
            lambda f: f.channel in channels, lambda f: f"来源是{Channel(f.channel).label}", lambda f: f"来源不是{said}"
        )
    if terms.urgency:
        level, label = terms.urgency, Urgency(terms.urgency).label
        yield Condition(lambda f: f.urgency == level, lambda f: f"缓急是{label}", lambda f: f"缓急不是{label}")
    yield from _when(terms)
    yield from _written(terms)


def _when(terms: Terms) -> Iterator[Condition]:
    if terms.from_date or terms.to_date:
        span = date_words(terms)
        yield Condition(lambda f: _in_dates(terms, f.at), lambda f: f"日子在{span}", lambda f: f"日子不在{span}")
    if terms.weekdays:
        days, words = frozenset(terms.weekdays), weekday_words(terms.weekdays)
        yield Condition(
            lambda f: _day(terms, f.at).isoweekday() in days, lambda f: f"反映那天是{words}",
            lambda f: f"反映那天不是{words}",
        )  # fmt: skip
    if terms.from_time or terms.to_time:
        hours = time_words(terms)
        yield Condition(
            lambda f: in_hours(terms.from_time, terms.to_time, f.at.time()),
            lambda f: f"{f.at:%H:%M} 反映的，在{hours}", lambda f: f"{f.at:%H:%M} 反映的，不在{hours}",
        )  # fmt: skip
    if terms.hours:
        is_work, name = terms.hours == "work", HOURS[terms.hours]
        yield Condition(lambda f: f.is_worktime == is_work, lambda f: f"是{name}反映的", lambda f: f"不是{name}反映的")


def _written(terms: Terms) -> Iterator[Condition]:
    if terms.words:
        pairs = [(word, fold(word)) for word in terms.words]
        yield Condition(
            lambda f: any(plain in f.text for _word, plain in pairs),
            lambda f: "写到" + "".join(f"“{word}”" for word, plain in pairs if plain in f.text),
            lambda f: "没写到" + "".join(f"“{word}”" for word, _plain in pairs[:6]),
        )
    if terms.words_none:
        without = [(word, fold(word)) for word in terms.words_none]
        yield Condition(
            lambda f: not any(plain in f.text for _word, plain in without),
            lambda f: "没写到" + "".join(f"“{word}”" for word, _plain in without[:6]),
            lambda f: "写到了不该有的" + "".join(f"“{word}”" for word, plain in without if plain in f.text),
        )


def in_hours(start: time | None, end: time | None, moment: time) -> bool:
    """From `start` until before `end`; over midnight when the end is the earlier one. Without one of them: open there."""
    if start is not None and end is not None and end < start:
        return moment >= start or moment < end
    return (start is None or moment >= start) and (end is None or moment < end)


def _day(terms: Terms, at: datetime) -> date:
    """The day a moment counts to: the small hours of a span over midnight belong to the evening before."""
    start, end = terms.from_time, terms.to_time
    if start is not None and end is not None and end < start and at.time() < end:
        return at.date() - timedelta(days=1)
    return at.date()


def _in_dates(terms: Terms, at: datetime) -> bool:
    day = _day(terms, at)
    return (terms.from_date is None or day >= terms.from_date) and (terms.to_date is None or day <= terms.to_date)


def date_words(terms: Terms | RoutingRule) -> str:
    """2026-06-01 到 2026-09-30."""
    if terms.from_date and terms.to_date:
        return f" {terms.from_date} 到 {terms.to_date}"
    return f" {terms.from_date} 以后" if terms.from_date else f" {terms.to_date} 以前"


def weekday_words(days: Sequence[int]) -> str:
    """星期六、日."""
    return "星期" + "、".join(DAYS[day - 1] for day in sorted(days) if 1 <= day <= 7)


def time_words(terms: Terms | RoutingRule) -> str:
    """22:00 到次日 6:00."""
    start, end = terms.from_time, terms.to_time
    if start is None or end is None:
        return f" {start:%H:%M} 以后" if start else f" {end:%H:%M} 以前"
    return f" {start:%H:%M} 到{'次日' if end < start else ''} {end:%H:%M}"


# --- the book of rules -----------------------------------------------------------------------------------------------


class Book:
    """Rules in order. Finds the few that ask for a matter's category and place without looking at the others."""

    def __init__(self, rules: Iterable[Terms]) -> None:
        self.rules = tuple(rules)
        self._by: dict[tuple[int | None, int | None], list[int]] = {}
        for number, terms in enumerate(self.rules):
            self._by.setdefault((terms.category, terms.place), []).append(number)
        self._kept: dict[tuple[tuple[int, ...], str], tuple[Terms, ...]] = {}

    @property
    def needs_text(self) -> bool:
        """Whether any rule looks at what was written."""
        return any(terms.needs_text for terms in self.rules)

    def candidates(self, facts: Facts) -> tuple[Terms, ...]:
        """The rules whose category and place are those of the matter or above, in order."""
        key = (facts.categories, facts.path)
        if key not in self._kept:
            places = [int(part) for part in facts.path.split("/") if part]
            wanted = [(c, p) for c in (*facts.categories, None) for p in (*places, None)]
            numbers = sorted(number for pair in wanted for number in self._by.get(pair, ()))
            self._kept[key] = tuple(self.rules[number] for number in numbers)
        return self._kept[key]

    def numbers(self, category: int | None, place: int | None) -> list[int]:
        """Where the rules for exactly this category and place stand."""
        return self._by.get((category, place), [])

    def fitting(self, facts: Facts) -> Iterator[Terms]:
        """The rules that fit, in order."""
        return (terms for terms in self.candidates(facts) if terms.fits(facts))


def with_changed(rules: Sequence[Terms], changed: Terms) -> list[Terms]:
    """The rules as they would be: a stored one in its place, a new one in front."""
    if not changed.pk:
        return [changed, *rules]
    if any(terms.pk == changed.pk for terms in rules):
        return [changed if terms.pk == changed.pk else terms for terms in rules]
    later = next((n for n, t in enumerate(rules) if (t.position, t.pk) > (changed.position, changed.pk)), len(rules))
    return [*rules[:later], changed, *rules[later:]]


def without(rules: Sequence[Terms], pk: int) -> list[Terms]:
    """The rules when this one is switched off."""
    return [terms for terms in rules if terms.pk != pk]


def swapped(rules: Sequence[Terms], pk: int, other: int) -> list[Terms]:
    """The rules with two of them in each other's place."""
    by_pk = {terms.pk: terms for terms in rules}
    trade = {pk: by_pk[other], other: by_pk[pk]}
    return [trade.get(terms.pk, terms) for terms in rules]


# --- covering --------------------------------------------------------------------------------------------------------


def covers(wide: Terms, narrow: Terms) -> bool:
    """Whether whatever fits `narrow` also fits `wide`. Errs to the side of no."""
    return (
        (wide.category is None or wide.category in (narrow.category, narrow.category_parent))
        and (wide.place is None or f"/{wide.place}/" in narrow.place_path)
        and (not wide.channels or bool(narrow.channels) and set(narrow.channels) <= set(wide.channels))
        and wide.urgency in ("", narrow.urgency)
        and wide.hours in ("", narrow.hours)
        and _covers_words(wide, narrow)
        and _covers_time(wide, narrow)
    )


def _covers_words(wide: Terms, narrow: Terms) -> bool:
    some, none = [fold(w) for w in wide.words], [fold(w) for w in wide.words_none]
    narrow_some, narrow_none = [fold(w) for w in narrow.words], [fold(w) for w in narrow.words_none]
    has = not some or bool(narrow_some) and all(any(w in said for w in some) for said in narrow_some)
    return has and all(any(out in word for out in narrow_none) for word in none)


def _covers_time(wide: Terms, narrow: Terms) -> bool:
    days = not wide.weekdays or bool(narrow.weekdays) and set(narrow.weekdays) <= set(wide.weekdays)
    begins = wide.from_date is None or narrow.from_date is not None and narrow.from_date >= wide.from_date
    ends = wide.to_date is None or narrow.to_date is not None and narrow.to_date <= wide.to_date
    same = (wide.from_time, wide.to_time) == (narrow.from_time, narrow.to_time)
    if wide.from_time is None and wide.to_time is None:
        # A span over midnight moves the small hours to the day before: only the same span counts alike then.
        over = bool(narrow.from_time and narrow.to_time and narrow.to_time < narrow.from_time)
        dated = wide.weekdays or wide.from_date or wide.to_date
        return days and begins and ends and not (over and dated)
    return days and begins and ends and (same or _within(wide, narrow))


def _within(wide: Terms, narrow: Terms) -> bool:
    """Whether one span of hours lies in another; both within one day."""
    if narrow.from_time is None and narrow.to_time is None:
        return False
    spans = [(t.from_time or time.min, t.to_time or time.max) for t in (wide, narrow)]
    if any(end < start for start, end in spans):
        return False
    return spans[0][0] <= spans[1][0] and spans[1][1] <= spans[0][1]
