"""A small community at work: the cast by duty, a department, and matters brought to any state by the real verbs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from gongzhi.accounts.models import Account
from gongzhi.accounts.tests.factories import actor, holder, resident
from gongzhi.cases import choices, routing, suggest
from gongzhi.cases.actions import Reported, Words, report
from gongzhi.cases.models import Category, Matter, Report
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.perform import perform
from gongzhi.knowledge import store as knowledge
from gongzhi.organisations.models import Kind, Organisation, Serves
from gongzhi.territory.tests.factories import START, City, city

MORNING = datetime(2026, 3, 4, 1, 30, tzinfo=UTC)
"""Wednesday 09:30 in Shanghai."""


@dataclass
class Cast:
    """Everybody and everything the tests of cases need."""

    city: City
    people: dict[str, Account]
    works: Organisation
    water: Organisation
    light: Category
    drain: Category

    def actor(self, who: str) -> Actor:
        """The actor of one of the cast."""
        return actor(self.people[who])


def category(code: str, name: str, words: list[str], **fields: Any) -> Category:
    """An active category."""
    suggest.forget()
    return Category.objects.create(code=code, name=name, words=words, **fields)


def organisation(name: str, at: Any, **fields: Any) -> Organisation:
    """A department that serves a place."""
    made = Organisation.objects.create(name=name, kind=Kind.DEPARTMENT, place=at, valid_from=START, **fields)
    Serves.objects.create(organisation=made, place=at, valid_from=START)
    return made


def cast() -> Cast:
    """Build the city, its staff, two departments and two categories."""
    routing.forget()
    choices.forget()
    knowledge.forget()
    ground = city()
    works, water = organisation("市政公用中心", ground.district), organisation("水务集团", ground.district)
    people = {
        "clerk": holder("clerk", ground.community, "王敏"),
        "second_clerk": holder("clerk", ground.community, "李蓉"),
        "neighbour_clerk": holder("clerk", ground.neighbour, "赵静"),
        "grid": holder("grid_member", ground.grid, "李小芳"),
        "second_grid": holder("grid_member", ground.second_grid, "周强"),
        "secretary": holder("community_secretary", ground.community, "刘雅琴"),
        "street_clerk": holder("street_clerk", ground.street, "陈刚"),
        "street_secretary": holder("street_secretary", ground.street, "何云"),
        "district_secretary": holder("district_secretary", ground.district, "罗明"),
        "supervisor": holder("supervisor", ground.district, "邓丽"),
        "officer": holder("officer", works, "曾伟"),
        "water_officer": holder("officer", water, "唐军"),
        "captain": holder("captain", ground.building, "周建国"),
        "administrator": holder("administrator", ground.district, "管理员"),
        "resident": resident("陈英", phone="13890001234"),
        "other_resident": resident("吴芳", phone="13890005678"),
    }
    light = category("light", "路灯楼道灯", ["楼道灯", "路灯", "灯不亮"])
    drain = category("drain", "下水道堵塞", ["下水道", "堵", "污水"], triage_class="big", urgency="urgent")
    return Cast(ground, people, works, water, light, drain)


def said(cast: Cast, **fields: Any) -> Words:
    """What a resident sends."""
    defaults = {"text": "3栋2单元楼道灯不亮，晚上下楼看不见。", "place": cast.city.building, "category": cast.light}
    return Words(**{**defaults, "owner_id": cast.people["resident"].pk, **fields})


def reported(cast: Cast, who: str = "resident", now: datetime = MORNING, **fields: Any) -> Reported:
    """A concern just sent."""
    return report(said(cast, **fields), actor=cast.actor(who), now=now)


def triaged(cast: Cast, handler: str = "", **fields: Any) -> dict[str, Any]:
    """A filled triage form; `handler` is a form code."""
    return {
        "triage_class": "small", "category": cast.light.pk, "urgency": "normal", "reason": "楼道公共照明",
        "handler": handler, **fields,
    }  # fmt: skip


FINISHED = {"result": "已换新灯泡，试亮正常。", "evidence": "3月5日下午现场试灯，居民在场。"}
ANSWERED = {"answer": "楼道灯已经换好，谢谢您告诉我们。", "method": "online"}
HAPPY = {"is_resolved": "yes", "satisfaction": "5", "comment": "来得快"}


def in_parts(cast: Cast) -> dict[str, Any]:
    """A filled form of splitting: two parts, two departments."""
    return {
        "note": "归两家管", "title_1": "换楼道灯", "category_1": cast.light.pk, "handler_1": f"o{cast.works.pk}",
        "title_2": "通下水道", "category_2": cast.drain.pk, "handler_2": f"o{cast.water.pk}", "note_2": "先看再挖",
    }  # fmt: skip


def brought_to(cast: Cast, state: str, now: datetime = MORNING, **fields: Any) -> Matter:
    """A matter brought to `state` by the real verbs, handled by the department works."""
    matter = reported(cast, now=now, **fields).matter
    assert matter is not None
    code = f"o{cast.works.pk}"
    path: dict[str, list[tuple[str, str, dict[str, Any]]]] = {
        "received": [],
        "sorting": [("accept", "clerk", {})],
        "routed": [("triage", "clerk", triaged(cast))],
        "assigned": [("triage", "clerk", triaged(cast, code))],
    }
    path["objected"] = [*path["assigned"], ("object", "officer", {"reason": "这条路不归我们管"})]
    path["handling"] = [*path["assigned"], ("sign", "officer", {})]
    path["undecided"] = [*path["sorting"], ("refer", "clerk", {"reason": "两家都说不归自己"})]
    path["divided"] = [*path["handling"], ("split", "clerk", in_parts(cast))]
    day = {"kind": "material", "reason": "等材料", "review_date": timezone.localdate() + timedelta(days=10)}
    path["suspended"] = [*path["handling"], ("suspend", "clerk", day)]
    path["answering"] = [*path["handling"], ("finish", "officer", FINISHED)]
    path["judging"] = [*path["answering"], ("feedback", "clerk", ANSWERED)]
    charged = [*path["handling"], ("take_charge", "secretary", {}), ("finish", "officer", FINISHED)]
    path["checking"] = [*charged, ("feedback", "clerk", ANSWERED)]
    path["closed"] = path["judging"]
    path["declined"] = [("decline", "clerk", {"route": "outside", "answer": "这是市场服务，可找家政公司。"})]
    path["appealed"] = path["declined"]
    for verb, who, data in path[state]:
        perform(matter, verb, actor=cast.actor(who), data=data, now=now)
        matter = Matter.objects.get(pk=matter.pk)
    if state == "appealed":
        again = {"reason": "这是公共楼道，请再看看"}
        perform(Report.objects.get(matter=matter), "reconsider", actor=cast.actor("resident"), data=again, now=now)
    if state == "closed":
        perform(Report.objects.get(matter=matter), "rate", actor=cast.actor("resident"), data=HAPPY, now=now)
    return Matter.objects.get(pk=matter.pk)
