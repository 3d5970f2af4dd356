"""A community with a past for the open pages, supervision and charge lists: closed, open, late and joint matters."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from gongzhi.accounts.models import Duty
from gongzhi.cases.actions import join
from gongzhi.cases.models import Matter, Order, Report
from gongzhi.cases.tests import factories as make
from gongzhi.cases.tests.factories import Cast, reported, triaged
from gongzhi.kernel.models import Circle, Todo
from gongzhi.kernel.perform import perform
from gongzhi.territory.models import Place
from gongzhi.territory.tests.factories import square

OPEN = (
    ("芭茅塘小区大门口下水道堵塞，污水流到人行道上。", "芭茅塘小区大门口下水道堵塞", 5, "drain", "received", 1),
    ("解放路口井盖松动，晚上有响声。", "解放路口井盖松动", 2, "drain", "handling", 200),
    ("三号院晾衣架装在哪里，几户意见不一样。", "三号院晾衣架装在哪里", 3, "", "sorting", 2),
    ("3栋2单元楼道灯不亮，晚上下楼看不见。", "3 栋 2 单元楼道灯不亮", 1, "light", "handling", 60),
    ("门口早餐摊占道，上学的孩子要绕到马路上。", "门口早餐摊占道", 4, "", "assigned", 90),
    ("院坝健身器材螺丝松了。", "院坝健身器材螺丝松了", 1, "", "answering", 120),
    ("自来水管爆了，二号院停水。", "二号院自来水管爆裂", 6, "drain", "handling", 400),
    ("三角花园的路灯白天也亮着。", "三角花园路灯白天也亮", 1, "light", "suspended", 50),
    ("垃圾点没有人收，已经发臭。", "幸福巷垃圾点发臭", 2, "", "routed", 30),
)  # fmt: skip
"""Words, public title, how many reported, category, how far it went, hours ago."""
CLOSED = ("电梯停运三天", "小区树枝挡住路灯", "巷口石板松动绊人", "楼顶漏水流进楼道", "健身点积水不退", "公厕门锁坏了",
          "单元门禁失灵", "消防通道停满电瓶车", "围墙裂缝往外鼓", "路沿石缺了一截", "水表箱盖子丢了", "井盖周围下陷")  # fmt: skip
PATH = {
    "received": (), "sorting": ("accept",), "routed": ("triage",), "assigned": ("triage",),
    "handling": ("triage", "sign"), "suspended": ("triage", "sign", "suspend"),
    "answering": ("triage", "sign", "finish"), "judging": ("triage", "sign", "finish", "feedback"),
}  # fmt: skip
CLERKS = ("accept", "triage", "feedback", "suspend", "publish")


@dataclass
class Scene:
    """The cast and what happens there."""

    cast: Cast
    open: dict[str, Matter]
    now: datetime


def scene(closed: int = len(CLOSED)) -> Scene:
    """Build it; every matter is public but the last closed one."""
    cast, now = make.cast(), timezone.now()
    _publish_duties(cast)
    _draw(cast)
    found = {}
    for index, (text, title, several, category, state, hours) in enumerate(OPEN):
        where = cast.city.second_building if index % 3 == 1 else cast.city.building
        found[title] = _open(cast, text, title, several, category, state, now - timedelta(hours=hours), where)
    for index, title in enumerate(CLOSED[:closed]):
        _close(cast, title, now - timedelta(days=1 + index * 9, hours=2), index)
    return Scene(cast, found, now)


def _open(
    cast: Cast, text: str, title: str, several: int, category: str, state: str, at: datetime, where: Place
) -> Matter:
    made = reported(cast, now=at, text=text, category=getattr(cast, category) if category else None, place=where)
    assert made.matter is not None
    for _more in range(several - 1):
        join(make.said(cast, text=text), made.matter, actor=cast.actor("other_resident"), now=at)
    publish(cast, made.matter, title, at)
    return bring(cast, made.matter, state, at, category)


def bring(cast: Cast, matter: Matter, state: str, at: datetime, category: str = "light") -> Matter:
    """On to a state by the real verbs, all at the same moment."""
    handler = "" if state == "routed" else f"o{(cast.water if category == 'drain' else cast.works).pk}"
    chosen = getattr(cast, category or "light")
    data = {
        "triage": triaged(cast, handler, category=chosen.pk, triage_class="big" if category == "drain" else "small"),
        "finish": make.FINISHED, "feedback": {**make.ANSWERED, "public_answer": "已经修好，谢谢反映。"},
        "suspend": {"kind": "material", "reason": "等配件到货", "review_date": timezone.localdate() + timedelta(days=9)},
    }  # fmt: skip
    officer = "water_officer" if category == "drain" else "officer"
    for verb in PATH[state]:
        step(cast, matter, verb, "clerk" if verb in CLERKS else officer, data.get(verb), at)
    return Matter.objects.get(pk=matter.pk)


def step(cast: Cast, matter: Matter, verb: str, who: str, data: object, at: datetime) -> None:
    """One verb on the matter as it is now."""
    perform(Matter.objects.get(pk=matter.pk), verb, actor=cast.actor(who), data=data, now=at)


def publish(cast: Cast, matter: Matter, title: str, at: datetime) -> None:
    """Shown in public under this title."""
    step(cast, matter, "publish", "clerk", {"is_public": "on", "public_title": title}, at)


def _close(cast: Cast, title: str, at: datetime, index: int) -> None:
    matter = reported(cast, now=at, text=title + "，麻烦来看看。", category=None).matter
    assert matter is not None
    if index < len(CLOSED) - 1:
        publish(cast, matter, title, at)
    bring(cast, matter, "judging", at)
    is_good = index % 6 != 5
    rating = {"is_resolved": "yes", "satisfaction": "5" if is_good else "3", "comment": ""}
    perform(Report.objects.get(matter=matter), "rate", actor=cast.actor("resident"), data=rating, now=at)


def _publish_duties(cast: Cast) -> None:
    rows = (("secretary", "0813 555 0101", "每周三上午在一楼大厅接待"), ("clerk", "0813 555 0102", "工作日 9:00—17:30"),
            ("grid", "0813 555 0103", "每天巡查"), ("captain", "", "随时"), ("second_grid", "0813 555 0104", ""))  # fmt: skip
    for who, phone, hours in rows:
        Duty.objects.filter(account=cast.people[who]).update(is_public=True, public_phone=phone, office_hours=hours)


def _draw(cast: Cast) -> None:
    for index, (grid, households) in enumerate(((cast.city.grid, 412), (cast.city.second_grid, 386))):
        west = 104.770 + index * 0.010
        _bound(grid, west, 0.01)
        Place.objects.filter(parent=grid, kind="building").update(households=households)
    _bound(cast.city.community, 104.770, 0.02)


def _bound(place: Place, west: float, size: float) -> None:
    box = {"min_lon": west, "max_lon": west + size, "min_lat": 29.340, "max_lat": 29.340 + size}
    Place.objects.filter(pk=place.pk).update(boundary=square(west, 29.340, size), **box)


def confide(matter: Matter, *members: int) -> None:
    """The whole family goes into a circle of these accounts."""
    circle = Circle.objects.create(reason="涉及未成年人", members=list(members))
    Matter.objects.filter(pk=matter.pk).update(circle_id=circle.pk)
    Report.objects.filter(matter=matter).update(circle_id=circle.pk)
    Order.objects.filter(matter=matter).update(circle_id=circle.pk)
    Todo.objects.filter(root_id=matter.pk).update(circle_id=circle.pk)
