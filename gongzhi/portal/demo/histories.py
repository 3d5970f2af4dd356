"""A year of concerns: planned by season, weekday and place, played by the real steps, stored a few hundred at a time."""

import random
from bisect import bisect
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from gongzhi.base.progress import track
from gongzhi.base.text import find_personal_data
from gongzhi.cases.models import Category, Channel, Contact, Matter, Report
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.kernel.models import Notification
from gongzhi.kernel.numbering import next_ids, next_numbers
from gongzhi.kernel.perform import Work
from gongzhi.portal.demo import cast, closing, grammar, photos, room, turns, wheres
from gongzhi.portal.demo.cast import Local
from gongzhi.portal.demo.grammar import Topic
from gongzhi.portal.demo.places import Spot
from gongzhi.portal.demo.player import Keys, Life, Plan
from gongzhi.territory.models import Place

BATCH = 100
COUNT = {"full": 4450, "small": 230}
WEIGHTS = {"mozijing": 22, "yuanda": 18, "jingui": 14, "jiefangqiao": 11, "futaishan": 11, "qinggang": 8, "wushan": 9,
           "wujianfang": 7}  # fmt: skip
HOURS = {7: 3, 8: 8, 9: 12, 10: 11, 11: 7, 12: 4, 13: 4, 14: 9, 15: 9, 16: 8, 17: 6, 18: 5, 19: 6, 20: 5, 21: 3, 22: 1}
CHANNELS = {Channel.WEB: 38, Channel.PHONE_APP: 26, Channel.HOTLINE: 14, Channel.COUNTER: 10, Channel.PATROL: 12}
TURNS = {
    "": 800, "asked": 25, "extension": 16, "suspended": 8, "charge": 12, "order": 9, "merge": 14, "joint": 45,
    "transfer": 9, "objected": 9, "reopened": 42, "declined": 11, "withdrawn": 4, "false": 2,
}  # fmt: skip
"""What becomes of a thousand concerns."""
STANDING = (
    ("received", "", 9, (0.1, 2)), ("sorting", "", 8, (0.5, 3)), ("routed", "", 7, (0.5, 3)),
    ("objected", "objected", 5, (1, 6)), ("assigned", "", 9, (0.6, 3)), ("handling", "", 6, (2, 22)),
    ("handling", "joint", 7, (3, 20)), ("handling", "charge", 6, (4, 20)), ("late", "", 9, (400, 700)),
    ("suspended", "suspended", 6, (4, 20)), ("extension", "extension", 5, (4, 16)), ("order", "order", 4, (4, 20)),
    ("replied", "replied", 3, (6, 20)), ("answering", "", 8, (8, 20)), ("judging", "", 4, (130, 150)),
    ("checking", "charge", 4, (26, 44)),
    ("checking", "order", 3, (26, 44)), ("reopened", "reopened", 6, (50, 60)),
)  # fmt: skip
"""What stands where today: (state, turn, how many, hours since it came in)."""

IN_ROOM = (("sorting", 3, (0.5, 3)), ("routed", 3, (0.5, 3)), ("assessing", 4, (60, 90)))
"""The same for where the 365 room is at work."""


def fill(chosen: tuple[Spot, ...], scale: str) -> None:
    """Everything in one transaction: a run that was killed leaves nothing."""
    now = timezone.now().replace(microsecond=0)
    photos.clear()
    drawn = photos.Drawn()
    with transaction.atomic():
        room.choose(chosen, now)
        with connection.cursor() as cursor:
            cursor.execute("SELECT kernel_partitions(%s, %s)", [(now - timedelta(days=370)).date(), now.date()])
        plans = sorted(plan(chosen, scale, now), key=lambda item: item.at)
        batches = [plans[first : first + BATCH] for first in range(0, len(plans), BATCH)]
        dice = random.Random("lives")
        for batch in track(batches, "诉求"):
            play(batch, now, dice, drawn)
        # Nobody leaves a year of notices unread.
        Notification.objects.filter(at__lt=now - timedelta(days=3)).update(read_at=F("at") + timedelta(hours=2))


def play(batch: list[Plan], now: datetime, dice: random.Random, drawn: photos.Drawn) -> None:
    """Play and store one batch."""
    keys = _keys(batch)
    work = Work(actor=batch[0].local.posts["clerk"][0], now=now)
    lives = [Life(work, item, keys, now, dice) for item in batch]
    for life in lives:
        script = {"declined": turns.declined, "withdrawn": turns.withdrawn}.get(life.plan.turn, turns.ordinary)
        life.play(script)
        closing.call_back(life)
    Contact.objects.bulk_create([contact for life in lives for contact in life.contacts], batch_size=500)
    photos.attach([life for life in lives if life.plan.has_photo], drawn, dice)
    work.now = now
    work.flush()


def _keys(batch: list[Plan]) -> Keys:
    """Keys for every matter and report of the batch, numbers by the year of registration."""
    many = len(batch) + sum(item.turn == "merge" for item in batch)
    more = many + sum(item.others for item in batch)
    year = batch[0].at.astimezone(SHANGHAI).year
    return Keys(
        list(zip(next_ids(Matter, many), next_numbers("matter", year, many), strict=True)),
        list(zip(next_ids(Report, more), next_numbers("report", year, more), strict=True)),
        next_ids(Contact, more),
    )


# --- plans -----------------------------------------------------------------------------------------------------------


def plan(chosen: tuple[Spot, ...], scale: str, now: datetime) -> Iterator[Plan]:
    """The year's concerns, the special routes, what stands in each state today, and every turn at least once."""
    dice = random.Random("plans")
    planner = Planner(cast.build(chosen), now, dice)
    for at in planner.days(COUNT[scale]):
        yield planner.plan(at, dice.choices(list(TURNS), list(TURNS.values()))[0])
    for route in turns.DECLINES:
        for _more in range(4 if scale == "full" else 1):
            yield planner.plan(now - timedelta(days=dice.uniform(3, 300)), "declined", route)
    for stop, turn, many, ages in STANDING:
        for number in range(many if scale == "full" else max(1, many // 4)):
            at = _awake(now - timedelta(hours=dice.uniform(*ages)), now, dice)
            yield planner.plan(at, turn, stop, is_shown=number % 2 == 0)
    for stop, many, ages in IN_ROOM:
        for _number in range(many if scale == "full" else 1):
            at = _awake(now - timedelta(hours=dice.uniform(*ages)), now, dice)
            yield planner.plan(at, "", stop, slug=room.slug([local.spot for local in planner.locals]))
    for turn in filter(None, TURNS):
        yield planner.plan(now - timedelta(days=dice.uniform(40, 200)), turn)


def _awake(at: datetime, now: datetime, dice: random.Random) -> datetime:
    """Nobody writes in the dead of night, unless that is when the demonstration begins."""
    local = at.astimezone(SHANGHAI)
    morning = local.replace(hour=7, minute=dice.randrange(10, 59))
    return morning.astimezone(UTC) if local.hour < 7 and morning < now - timedelta(hours=4) else at


class Planner:
    """Decides what is reported where."""

    def __init__(self, locals_: list[Local], now: datetime, dice: random.Random) -> None:
        self.locals, self.now, self.dice = locals_, now, dice
        self.categories = {category.code: category for category in Category.objects.select_related("parent")}
        self.topics = [topic for topic in grammar.topics() if topic.code in self.categories]
        self._seen: set[str] = set()
        self._weights: dict[tuple[int, bool], list[float]] = {}

    def days(self, count: int) -> Iterator[datetime]:
        """Times of the past year: weekdays and summer weigh more; day and evening, hardly the night."""
        first = self.now - timedelta(days=364)
        weights = [self._day_weight(first + timedelta(days=day)) for day in range(364)]
        total = list(accumulate(weights))
        for _one in range(count):
            day = first + timedelta(days=bisect(total, self.dice.random() * total[-1]))
            hour = self.dice.choices(list(HOURS), list(HOURS.values()))[0]
            local = day.astimezone(SHANGHAI).replace(hour=hour, minute=self.dice.randrange(60))
            yield min(local.astimezone(UTC), self.now - timedelta(minutes=self.dice.randint(5, 90)))

    @staticmethod
    def _day_weight(day: datetime) -> float:
        season = {6: 1.15, 7: 1.3, 8: 1.25, 9: 1.1, 2: 0.85}.get(day.month, 1.0)
        return season * (1.0, 1.05, 1.0, 1.0, 0.95, 0.7, 0.6)[day.weekday()]

    def plan(self, at: datetime, turn: str, stop: str = "", *, is_shown: bool = False, slug: str = "") -> Plan:
        """One concern at a time, with words nobody used before; `is_shown` puts it where the demo logins look."""
        dice = self.dice
        local = dice.choices(self.locals, [WEIGHTS[item.spot.slug] for item in self.locals])[0]
        local = self.locals[0] if is_shown else local
        local = next((one for one in self.locals if one.spot.slug == slug), local)
        topic = self._topic(at, local, stop)
        place = dice.choice(local.buildings[:34] if is_shown else local.buildings)
        channel = dice.choices(list(CHANNELS), list(CHANNELS.values()))[0]
        if turn in ("withdrawn", "merge") or (topic.where in ("home", "team") and channel == Channel.PATROL):
            channel = Channel.WEB
        said = self._words(topic, local, place, channel == Channel.PATROL)
        return Plan(
            at, local, topic, self.categories[topic.code], place, said, channel, turn, stop,
            is_late=not stop and turn in ("", "asked") and dice.random() < 0.036,
            has_photo=bool(topic.photo) and dice.random() < 0.42,
            others=dice.randint(1, 4) if topic.where not in ("home",) and dice.random() < 0.055 and not stop else 0,
        )  # fmt: skip

    def _topic(self, at: datetime, local: Local, stop: str) -> Topic:
        key = (at.astimezone(SHANGHAI).month, local.spot.is_village)
        if key not in self._weights:
            self._weights[key] = [topic.weight(*key) for topic in self.topics]
        while True:
            topic = self.dice.choices(self.topics, self._weights[key])[0]
            if not stop or stop in turns.DECLINES or self.categories[topic.code].urgency != "complex":
                return topic

    def _words(self, topic: Topic, local: Local, place: Place, is_patrol: bool) -> grammar.Said:
        for _try in range(8):
            where = wheres.where(topic.where, local, place, self.dice)
            where = where.replace("我们村", local.top.name) if is_patrol else where
            said = grammar.concern(topic, where, local.school, self.dice, is_patrol)
            if said.text not in self._seen and not find_personal_data(said.text):
                break
        self._seen.add(said.text)
        return said
