"""Routing rules of the eight places, with examples: by hour, season and words; one overlap and one gap to be found.

Written for the demonstration: who does what is believable, not anybody's real division of work.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from gongzhi.accounts.actor import actor_of
from gongzhi.accounts.models import Duty
from gongzhi.cases import settings_actions
from gongzhi.cases.handlers import Handler
from gongzhi.cases.models import Category, Matter, RoutingCase, RoutingRule, SettingChange
from gongzhi.cases.routing.deciding import Route, active, decide, forget, picture
from gongzhi.cases.routing.matching import Book, facts
from gongzhi.cases.routing.roster import Roster
from gongzhi.kernel.clock import current
from gongzhi.organisations.models import Kind as Body
from gongzhi.organisations.models import Serves
from gongzhi.portal.demo.organisations import DEPARTMENTS
from gongzhi.portal.demo.places import SPOTS, Spot, community
from gongzhi.territory.models import Kind, Place

NIGHT: dict[str, Any] = {"from_time": time(22), "to_time": time(6)}
RAIN: dict[str, Any] = {"from_date": date(2026, 5, 1), "to_date": date(2027, 9, 30)}
FIRST = "夜里的噪声请执法队去看"
GAP = "文体由社区办"
"""A rule of the list that is switched off, so that courses and venues are left to the last rule."""
DUTY_LIST = "2026年区里定的分工清单"


@dataclass(frozen=True)
class Sketch:
    """A rule to be. `at`: a spot, or "district" for each district of the spots; `to`: department, property or p:post."""

    at: str
    name: str
    category: str
    to: str
    triage_class: str = "big"
    more: tuple[tuple[str, Any], ...] = ()
    examples: tuple[tuple[str, str, str, str, bool], ...] = ()
    """(name, text, category, moment, whether this rule takes it)."""


def _s(at: str, name: str, category: str, to: str, *examples: Any, kind: str = "big", **more: Any) -> Sketch:
    return Sketch(at, name, category, to, kind, tuple(more.items()), examples)


SKETCHES = (
    _s("district", FIRST, "noise", "综合执法",
       ("半夜大排档吵", "楼下大排档划拳到一点过，睡不着", "upstairs", "2026-07-10 23:40", True),
       ("凌晨也算夜里", "隔壁工地两点还在打桩", "site", "2026-07-11 02:05", True),
       ("白天不算", "楼上拖椅子", "upstairs", "2026-07-10 15:00", False), **NIGHT,
       words_none=["打架", "报警"], why="夜里社区没有人，执法队有夜班；打架直接报 110"),
    _s("district", "下班以后爆管停水找供水值班", "water", "水务",
       ("晚上爆管", "小区门口水管爆了，水漫到路上", "water", "2026-07-10 21:30", True),
       ("周末停水", "停水一上午了", "water", "2026-07-11 10:00", True),
       ("上班时间按平常的派", "水压小", "water", "2026-07-08 10:00", False), hours="off",
       words=["停水", "爆", "漏水", "没水", "水漫"], why="供水值班电话全天有人"),
    _s("mozijing", "芭茅塘一带烧烤油烟", "fumes", "综合执法",
       ("晚上烧烤", "烧烤摊的烟直接进屋", "fumes", "2026-07-10 20:30", True),
       ("白天饭馆油烟", "饭馆烟道对着窗户", "fumes", "2026-07-10 11:30", False),
       ("只说味道", "晚上有股怪味道", "fumes", "2026-07-10 20:30", False),
       from_time=time(17), to_time=time(2), words=["烧烤", "烤", "夜市"]),
    _s("mozijing", "楼里的灯归物业", "light", "property",
       ("楼道灯", "3栋2单元的楼道灯不亮", "light", "2026-07-10 20:00", True),
       ("声控灯", "声控灯一闪一闪的", "light", "2026-07-10 20:00", True),
       ("街上的路灯不归物业", "公交站旁边的路灯灭了", "light", "2026-07-10 20:00", False), kind="small",
       words=["楼道", "声控灯", "单元", "楼层"], words_none=["路灯"]),
    _s("mozijing", "小区里的垃圾找物业", "", "property", kind="small", words=["垃圾"]),
    _s("mozijing", "垃圾清运派环卫", "rubbish", "环卫"),
    _s("mozijing", "电梯故障找物业", "lift", "property", kind="small", words_none=["困人", "困在"]),
    _s("mozijing", "雨季下水道先派市政", "drain", "市政", **RAIN,
       words=["下雨", "积水", "倒灌", "淹"], why="雨季抢排由市政统一调度"),
    _s("futaishan", "周末占道经营", "stall", "综合执法",
       ("周六早上摆摊", "人行道被早餐摊占了", "stall", "2026-07-11 08:00", True),
       ("周日夜市", "夜市占了半条街", "stall", "2026-07-12 20:00", True),
       ("平日", "摆摊占道", "stall", "2026-07-08 08:00", False), weekdays=[6, 7], why="周末值守由执法队负责"),
    _s("futaishan", "滨江路的绿化", "green", "园林", words=["滨江", "河边", "树"]),
    _s("futaishan", "无主的大件垃圾", "bulky", "环卫", words_none=["装修", "楼道"]),
    _s("jiefangqiao", "釜溪河沿岸", "river", "水务",
       ("河面漂浮物", "河边漂了一片垃圾", "river", "2026-07-08 10:00", True),
       ("臭水", "排水口往河里流黑水", "river", "2026-07-08 10:00", True),
       ("不是河道", "垃圾桶满了", "rubbish", "2026-07-08 10:00", False)),
    _s("jiefangqiao", "大院老墙", "wall", "住房", why="2025年已列入危旧房名册"),
    _s("jiefangqiao", "桥头乱停车", "parking", "交警", words=["桥头", "堵路", "人行道"]),
    _s("qinggang", "消防通道停车", "parking", "消防",
       ("堵了消防通道", "消防通道停满了车", "parking", "2026-07-08 19:00", True),
       ("生命通道", "生命通道被私家车堵死", "parking", "2026-07-08 19:00", True),
       ("一般停车", "车位被别人占了", "parking", "2026-07-08 19:00", False), words=["消防通道", "生命通道"]),
    _s("qinggang", "飞线充电", "charge", "消防", words=["飞线", "拉线", "插线板"]),
    _s("qinggang", "筱溪街的井盖", "manhole", "市政", urgency="urgent"),
    _s("jingui", "上学放学门口堵车", "traffic", "交警",
       ("早上送学", "学校门口堵成一团，娃儿走不过去", "parking", "2026-07-08 07:40", True),
       ("早上红绿灯", "学校门口红绿灯太短", "crossing", "2026-07-08 07:40", True),
       ("周末不算", "学校门口停满了车", "parking", "2026-07-11 07:40", False),
       weekdays=[1, 2, 3, 4, 5], from_time=time(7), to_time=time(8, 30), words=["学校", "校门", "放学", "上学"]),
    _s("jingui", "电动车进楼", "charge", "property", kind="small", words=["楼道", "进电梯", "上楼"]),
    _s("jingui", "和平路标线", "crossing", "交警"),
    _s("yuanda", "安置房的事", "resettle", "移民",
       ("过渡费", "过渡费晚了两个月", "resettle", "2026-07-08 10:00", True),
       ("安置房漏水", "安置房交房就漏水", "resettle", "2026-07-08 10:00", True),
       ("补偿另有规则", "青苗补偿没到账", "compensate", "2026-07-08 10:00", False), why="搬迁指挥部的三本台账在移民中心"),
    _s("yuanda", "补偿款找移民中心", "compensate", "移民"),
    _s("yuanda", "三期物业服务", "service", "property", kind="small"),
    _s("yuanda", "来访的欠薪当面受理", "wages", "人力资源", channels=["counter"]),
    _s("wushan", "山坪塘和抽水", "irrigation", "水务",
       ("堰塘垮了", "堰塘埂子垮了一截", "irrigation", "2026-07-08 10:00", True),
       ("抽水灌田", "天旱要抽水", "irrigation", "2026-07-08 10:00", True),
       ("村道不算", "泥巴路烂了", "farmroad", "2026-07-08 10:00", False)),
    _s("wushan", "吴山的村道", "farmroad", "交通"),
    _s("wushan", "柑橘病虫害", "farm", "农业农村", words=["柑橘", "病虫", "农药", "种子"]),
    _s("wujianfang", "山坪塘", "irrigation", "水务"),
    _s("wujianfang", "宅基地建房", "homestead", "农业农村"),
    _s("wujianfang", "汛期滑坡", "slope", "自然资源", **RAIN, why="汛期由自然资源局包片"),
)  # fmt: skip


def is_done() -> bool:
    """Whether the rules stand; they come in one transaction."""
    return RoutingRule.objects.filter(name=FIRST).exists()


@transaction.atomic
def write(chosen: tuple[Spot, ...]) -> None:
    """In front of the rules every installation begins with; the gap; one rule changed once."""
    rows = list(_rows(chosen))
    RoutingRule.objects.update(position=F("position") + 10 * len(rows) + 10)
    categories = {row.code: row for row in Category.objects.all()}
    for number, (sketch, place, organisation_id) in enumerate(rows, 1):
        rule = RoutingRule.objects.create(
            position=10 * number, name=sketch.name, category=categories.get(sketch.category), place=place,
            triage_class=sketch.triage_class, organisation_id=organisation_id,
            **({"why": DUTY_LIST} | dict(sketch.more)),
        )  # fmt: skip
        _keep_examples(rule, sketch, categories)
    RoutingRule.objects.filter(name=GAP, place=None).update(is_active=False)
    _change_once()
    forget()


def _rows(chosen: tuple[Spot, ...]) -> Iterator[tuple[Sketch, Place, int]]:
    tops = {spot.slug: top for spot in chosen if (top := community(spot))}
    for sketch in SKETCHES:
        if sketch.at == "district":
            for district in Place.objects.filter(pk__in={top.district_id for top in tops.values()}).order_by("pk"):
                yield sketch, district, _body(sketch.to, district)
        elif sketch.at in tops:
            top = tops[sketch.at]
            yield sketch, top, _body(sketch.to, top)


def _body(key: str, place: Place) -> int:
    serving = Serves.objects.filter(place__in=place.path_ids, valid_to=None)
    if key == Body.PROPERTY:
        return serving.filter(organisation__kind=Body.PROPERTY).values_list("organisation_id", flat=True)[0]
    name = dict(DEPARTMENTS)[key]
    return serving.filter(organisation__short_name=name).values_list("organisation_id", flat=True)[0]


def _keep_examples(rule: RoutingRule, sketch: Sketch, categories: dict[str, Category]) -> None:
    where = rule.place if sketch.at != "district" else Place.objects.filter(code__in=[s.code for s in SPOTS]).filter(
        district_id=rule.place_id
    ).first()  # fmt: skip
    RoutingCase.objects.bulk_create([
        RoutingCase(
            rule=rule, name=name, text=text, category=categories[code], place=where, expects=expects,
            at=datetime.fromisoformat(f"{at}+08:00"),
        )
        for name, text, code, at, expects in sketch.examples
    ])  # fmt: skip


def _change_once() -> None:
    """One rule has a second version, so that its history can be read."""
    duty = Duty.objects.filter(post="administrator", place__kind=Kind.CITY).select_related("account").first()
    rule = RoutingRule.objects.filter(name="楼里的灯归物业").first()
    if duty is not None and rule is not None and not SettingChange.objects.filter(key=str(rule.pk)).exists():
        actor = actor_of(duty.account, timezone.localdate())
        settings_actions.save_rule(rule, {"words_none": ["路灯", "街灯"]}, actor=actor)


# --- what the rules say while histories are played -------------------------------------------------------------------


class Desk:
    """The rules in force and who is there, read once for a year of concerns."""

    def __init__(self, paths: list[str]) -> None:
        rules = active()
        self._book, self._roster, self._clock = Book(rules), Roster(rules, paths), current()

    def ask(self, matter: Matter, category: Category, text: str) -> Route | None:
        """Where the rules send it."""
        return decide(self._book, self._facts(matter, category, text), self._roster)[0]

    def frozen(self, matter: Matter, category: Category, text: str, chosen: Handler, now: datetime) -> dict[str, Any]:
        """Why it goes there, as dispatching freezes it."""
        seen = self._facts(matter, category, text)
        found, skipped = decide(self._book, seen, self._roster)
        return picture(matter, seen, found, skipped, chosen, now) | {"category": category.pk}

    def _facts(self, matter: Matter, category: Category, text: str) -> Any:
        at = matter.created_at or matter.entered_at
        return facts(category, matter.place_path(), at, matter.channel, matter.urgency, text, self._clock)
