"""Plays one matter's life through the real steps: every step by somebody who may, at a believable time.

Between two steps whatever falls due happens first, as the scanner would have done it. A life stops where the present
is reached, so that young matters are open.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from gongzhi.base.crypto import tracking_code
from gongzhi.cases.actions import Words, new_matter, new_report
from gongzhi.cases.choices import procedure_at
from gongzhi.cases.models import Callback, Category, Channel, Contact, Matter, Order, Report, Task
from gongzhi.kernel.actor import ANYONE, SYSTEM, Actor
from gongzhi.kernel.models import Record
from gongzhi.kernel.perform import Work
from gongzhi.kernel.procedure import procedure_of
from gongzhi.portal.demo import grammar, knowledge, room
from gongzhi.portal.demo.cast import Doer, Local
from gongzhi.portal.demo.grammar import Said, Topic
from gongzhi.portal.demo.people import caller
from gongzhi.territory.models import Place


class Present(Exception):
    """The next step would lie in the future: the life stops here."""


@dataclass
class Plan:
    """What shall become of one concern. `turn` names what is special, `stop` the state in which it stands today."""

    at: datetime
    local: Local
    topic: Topic
    category: Category
    place: Place
    said: Said
    channel: str
    turn: str = ""
    stop: str = ""
    is_late: bool = False
    has_photo: bool = False
    others: int = 0


@dataclass
class Keys:
    """Numbers and keys given out in bulk."""

    matters: list[tuple[int, str]]
    reports: list[tuple[int, str]]
    contacts: list[int]


@dataclass
class Life:
    """One matter being played."""

    work: Work
    plan: Plan
    keys: Keys
    now: datetime
    dice: random.Random
    matter: Matter = field(init=False)
    reports: list[Report] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    doer: Doer = field(init=False)
    done: str = ""

    # --- time ------------------------------------------------------------------------------------------------------

    def step(self, record: Record, verb: str, actor: Actor, at: datetime, **cleaned: Any) -> None:
        """One step at `at`, after what fell due before. Raises Present."""
        if at > self.now:
            raise Present
        self.until(at)
        self.work.actor, self.work.now = actor, at
        self.work.perform(record, verb, cleaned=cleaned)

    def until(self, at: datetime) -> None:
        """What happens by itself until `at`: reopening, escalation, the end of rating."""
        for _turn in range(30):
            owed = [o for o in procedure_of(self.matter).obligations(self.matter) if o.on_due and o.due_at]
            first = min(owed, key=lambda o: o.due_at or at, default=None)
            if first is None or first.due_at is None or first.due_at > at:
                return
            self.work.actor, self.work.now = SYSTEM, first.due_at
            self.work.perform(self.matter, first.on_due, cleaned={})

    def later(self, at: datetime, low: float, high: float, is_urgent: bool | None = None) -> datetime:
        """Some minutes of office time later; by the clock on the wall when it is urgent."""
        minutes = timedelta(minutes=self.dice.uniform(low, high))
        quick = self.matter.urgency in ("emergency", "urgent") if is_urgent is None else is_urgent
        quick = quick or bool(self.plan.stop)
        return at + minutes / 4 if quick else self.work.clock.add_work(at, minutes)

    # --- 收集 ------------------------------------------------------------------------------------------------------

    def report(self) -> None:
        """The concern comes in."""
        plan = self.plan
        words, actor = self._words(plan.said.text, plan.channel)
        self.matter = new_matter(words, *self.keys.matters.pop(0))
        self.matter.title = plan.said.title
        self.work.actor, self.work.now = actor, plan.at
        self.work.begin(self.matter, procedure_at(words.place.path, plan.at), cleaned={})
        self._begin_report(words, actor)

    def join(self, text: str, at: datetime) -> None:
        """“Me too” of a neighbour."""
        if at > self.now:
            raise Present
        self.until(at)
        words, actor = self._words(text, Channel.WEB)
        self.work.actor, self.work.now = actor, at
        made = self._begin_report(words, actor)
        self.matter.search = sorted({*self.matter.search, *made.search})
        self.work.perform(self.matter, "absorb", cleaned={"number": made.number, "count": 1}, as_system=True)

    def _words(self, text: str, channel: str) -> tuple[Words, Actor]:
        local, place = self.plan.local, self.plan.place
        spread = self.dice.uniform(-0.0002, 0.0002)
        lon, lat = (place.lon + spread, place.lat - spread) if place.lon and place.lat else (None, None)
        if channel in (Channel.WEB, Channel.PHONE_APP) and self.dice.random() < 0.75:
            is_first = bool(self.plan.stop) and self.dice.random() < 0.3
            account = local.residents[0] if is_first else self.dice.choice(local.residents)
            owner = Actor(account_id=account.pk, name=account.name, is_confirmed=account.is_confirmed)
            words = Words(text, place, "", self.plan.category, name=account.name, channel=channel, owner_id=account.pk,
                          lon=lon, lat=lat)  # fmt: skip
            return words, owner
        actor = ANYONE
        if channel in (Channel.HOTLINE, Channel.COUNTER):
            actor = self.dice.choice(local.posts["clerk"])
        elif channel == Channel.PATROL:
            actor = local.grids.get(place.grid_id or 0, local.posts["clerk"][0])
        wish = Contact.Wish.CALL if channel == Channel.HOTLINE else Contact.Wish.ONLINE
        name = caller(self.dice) if channel in (Channel.HOTLINE, Channel.COUNTER) else ""
        return Words(
            text, place, "", self.plan.category, name=name, channel=channel, wish=wish, lon=lon, lat=lat
        ), actor

    def _begin_report(self, words: Words, actor: Actor) -> Report:
        contact = Contact(pk=self.keys.contacts.pop(0), name=words.name, wish=words.wish, account_id=words.owner_id)
        if words.channel in (Channel.HOTLINE, Channel.COUNTER):
            contact.set_phone(f"1540814{self.dice.randint(0, 9999):04d}")
        number = self.keys.reports.pop(0)
        code = "" if words.owner_id else tracking_code()
        words = replace(words, extra=knowledge.answered(words))
        made = new_report(words, self.matter, *number, contact, code)
        made.taken_by = actor.account_id if words.owner_id != actor.account_id else None
        self.contacts.append(contact)
        self.reports.append(made)
        return self.work.begin(made, "report", cleaned={})

    # --- 分流、办理 ------------------------------------------------------------------------------------------------

    def clerk(self) -> Actor:
        """One of the two clerks."""
        return self.dice.choice(self.plan.local.posts["clerk"])

    def post(self, code: str) -> Actor:
        """Who holds a post here."""
        return self.plan.local.posts[code][0]

    def accept(self) -> datetime:
        """First contact; returns when."""
        at = self.later(self.plan.at, 5, 100 if self.dice.random() < 0.975 else 600)
        self.step(self.matter, "accept", self.clerk(), at)
        return at

    def triage(self, at: datetime, is_dispatched: bool = True, together: tuple[Doer, ...] = ()) -> datetime:
        """Class, category, and in most cases the handler at once."""
        at = self.later(at, 4, 120)
        plan, category = self.plan, self.plan.category
        data = {
            "triage_class": category.triage_class, "category": category, "urgency": self.matter.urgency,
            "reason": f"属于{category.name}，{dict(REASONS)[category.triage_class]}", "note": "",
            "together": [doer.handler.organisation_id for doer in together],
            "service_mode": room.mode(category, self.dice), "is_public": self.is_public(), "public_title": plan.said.title if self.is_public() else "",
        }  # fmt: skip
        self.doer = plan.local.doer(plan.topic.by, plan.place, self.dice)
        if self.dice.random() < FOLLOWED and (named := plan.local.sent_to(self.matter, category, plan.said.text)):
            self.doer = named
        together_now = is_dispatched and (together or self.dice.random() < 0.7)
        clerk = self.clerk()
        self.step(self.matter, "triage", clerk, at, **data, handler=self.doer.handler if together_now else None,
                  frozen_route=self.why_sent(at))  # fmt: skip
        if is_dispatched and not together_now:
            at = self.later(at, 5, 150)
            self.step(
                self.matter, "dispatch", clerk, at, handler=self.doer.handler, together=[], note="请尽快到现场看看",
                frozen_route=self.why_sent(at),
            )  # fmt: skip
        return at

    def why_sent(self, at: datetime) -> dict[str, Any] | None:
        """What the rules said about it, as dispatching freezes it."""
        plan, desk = self.plan, self.plan.local.desk
        return desk.frozen(self.matter, plan.category, plan.said.text, self.doer.handler, at) if desk else None

    def sign(self, at: datetime) -> datetime:
        """The handler takes it."""
        at = self.later(at, 5, 200)
        self.step(self.matter, "sign", self.doer.actor, at)
        return at

    def is_public(self) -> bool:
        """Matters of a household's own affairs stay off the public page."""
        return self.plan.topic.where not in ("home", "shop") and self.matter.pk % 9 != 0

    def ready_at(self, at: datetime) -> datetime:
        """When the work is done: within the limit, except for the late ones."""
        due = self.matter.total_due_at or at
        if self.plan.stop:
            return self.now - timedelta(hours=self.dice.uniform(*SINCE.get(self.plan.stop, (0.5, 5))))
        if self.plan.is_late:
            return max(due, at) + timedelta(hours=self.dice.uniform(1, 60))
        end = at + max(due - at, timedelta(minutes=10)) * self.dice.betavariate(1.6, 3.2)
        if self.matter.urgency in ("emergency", "urgent"):
            return end
        day = self.work.clock.add_work(end, timedelta(minutes=self.dice.uniform(3, 90)))
        return day if day < due else end

    def finish(self, at: datetime) -> datetime:
        """Done, with evidence."""
        self.done = grammar.result(self.plan.topic, self.dice)
        evidence = grammar.speak(self.dice.choice(grammar.EVIDENCE), self.dice)
        self.step(self.matter, "finish", self.doer.actor, at, result=self.done, evidence=evidence)
        return at

    # --- 反馈、评议 ------------------------------------------------------------------------------------------------

    def feedback(self, at: datetime) -> datetime:
        """Every reporter hears the result."""
        at = self.later(at, 15, 320, is_urgent=False)
        words = grammar.answer(self.done, self.dice)
        method = "call" if self.plan.channel == Channel.HOTLINE else "online"
        public = self.done if self.matter.is_public else ""
        self.step(self.matter, "feedback", self.clerk(), at, answer=words, method=method, public_answer=public)
        return at

    def rate(self, report: Report, at: datetime, *, is_resolved: bool, faces: int, comment: str) -> None:
        """One reporter's judgement, by account, by tracking code, or over the telephone."""
        self.step(report, "rate", self.reporter(report), at, is_resolved=is_resolved, satisfaction=faces,
                  comment=comment)  # fmt: skip

    def reporter(self, report: Report) -> Actor:
        """Who may answer for this report."""
        if report.owner_id:
            return Actor(account_id=report.owner_id)
        if report.taken_by:
            return self.plan.local.posts["clerk"][0]
        return Actor(name=ANYONE.name, tokens=frozenset({str(report.uid)}))

    def judge(self, at: datetime) -> datetime:
        """Three of four reporters rate, nearly all of them content."""
        last = at
        for report in list(self.reports):
            is_skipped = self.dice.random() > 0.76 and self.plan.stop != "assessing"
            if report.state != Report.State.ANSWERED or is_skipped:
                continue
            last = at + timedelta(hours=self.dice.betavariate(1, 4) * 150 + 0.3)
            last = min(last, self.now - timedelta(minutes=10)) if self.plan.stop else last
            happy = self.dice.random() < 0.958
            faces = self.dice.choice((5, 5, 5, 4, 4)) if happy else self.dice.choice((3, 3, 3, 2))
            words = grammar.cheer(self.plan.topic, self.dice) if happy else self.dice.choice(grammar.SO_SO)
            self.rate(report, last, is_resolved=True, faces=faces, comment=words)
        if self.matter.state == "assessing" and not self.plan.stop and self.dice.random() < 0.7:
            last = self.later(last, 60, 900)
            self.step(self.matter, "assess", self.post("supervisor"), last, remark=self.dice.choice(room.REMARKS))
        return last

    def children(self, model: type[Task] | type[Order] | type[Callback]) -> list[Any]:
        """Tasks, orders or call-backs of this matter."""
        return self.work.family(model, self.matter)

    def play(self, script: "Callable[[Life], None]") -> None:
        """Play until the script ends or the present is reached; then whatever is due by now."""
        with suppress(Present):
            script(self)
        self.until(self.now)


FOLLOWED = 0.82
"""So often the clerk follows what the rules suggest; else somebody of those who usually do it."""
SINCE = {"judging": (5, 110), "checking": (2, 20), "reopened": (20, 40), "assessing": (40, 55)}
"""Hours since the work was done, for matters that stand in a state today."""
REASONS = (("big", "要由部门来办"), ("small", "社区和网格能办"), ("private", "个人的事，帮着牵线"))
