"""What came by telephone, over the counter, from a chat and through neighbours: a few of each at two communities."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from gongzhi.accounts.actor import actor_of
from gongzhi.accounts.models import Duty
from gongzhi.cases import drafts, special, taking
from gongzhi.cases.actions import Also, Words, report
from gongzhi.cases.models import (
    Agreement,
    Category,
    Channel,
    Contact,
    CounterVisit,
    IntakeDraft,
    Matter,
    Report,
    Representative,
)
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.perform import Work, perform
from gongzhi.portal.demo.places import Spot, community
from gongzhi.territory.models import Kind, Place

PLACES = 2
CALLS = (
    ("高温补贴到哪里领，要带什么材料？", "consult",
     "单位在职的问单位；灵活就业的不发。低保户的清凉补助社区已经代发，下周到账，带身份证到便民大厅查。"),
    ("老年卡丢了怎么补？", "consult", "带身份证和一寸照片到街道便民服务中心二楼 3 号窗口，当天补，收工本费 10 元。"),
    ("家里洗衣机坏了，想请社区派人来修。", "outside", ""),
    ("法院判了对方还钱，一直不执行。", "lawful", ""),
    ("隔壁装修天天敲到晚上十点，小孩睡不着。", "", ""),
)  # fmt: skip
VISITS = (
    ("冯素珍", "女", "68", "", "低保年审的表填不来，想请人帮着看一下。", "现场帮填，材料收齐", "当天报街道", ()),
    ("蒋国富", "男", "57", "七户代表", "七户人家的下水管老化，雨天返水，想一起换，钱怎么分摊？",
     "约物业和七户代表周四晚上在院坝商量", "", ("邓志强 15408139001", "彭玉兰", "萧明辉 15408139003")),
)  # fmt: skip
CHAT = (
    ("早餐摊把人行道占完了，上学的娃娃走马路。", "stall"), ("7栋背后的垃圾桶三天没清了，臭得很。", "rubbish"),
    ("健身器材那里的座椅断了一根。", "fitness"),
)  # fmt: skip
CUT_OFF = {
    "phone": "15408139008", "caller": "", "name": "卢婆婆", "where": "", "place": "", "place_note": "5栋后面",
    "text": "电话断了：院坝的井盖踩上去晃，怕娃娃", "category": "", "urgency": "", "join": "", "ending": "",
    "answer": "", "callback": "",
}  # fmt: skip


@dataclass
class Desk:
    """Who takes what down at one community."""

    top: Place
    clerk: Actor
    grid: Actor
    operator: Actor
    buildings: list[Place]
    categories: dict[str, Category]
    now: datetime

    def words(self, text: str, number: int, channel: str, **more: object) -> Words:
        """A report at one of the buildings."""
        place = self.buildings[number % len(self.buildings)]
        return Words(text=text, place=place, channel=channel, **more)  # type: ignore[arg-type]


def is_done() -> bool:
    """Whether it stands; all of it comes in one transaction."""
    return CounterVisit.objects.exists()


@transaction.atomic
def take(chosen: tuple[Spot, ...]) -> None:
    """Calls, visits, a chat, neighbours reported for, a second look asked for, a call that was cut off."""
    _agreements()
    for spot in chosen[:PLACES]:
        desk = _desk(spot)
        if desk is not None:
            _calls(desk)
            _visits(desk)
            _chat(desk)
            _neighbours(desk)
            data = {**CUT_OFF, "began": str(int((desk.now - timedelta(minutes=20)).timestamp()))}
            uid = uuid.uuid5(uuid.NAMESPACE_URL, f"demo-call-{spot.slug}")
            drafts.save(uid, IntakeDraft.Kind.CALL, desk.operator.account_id or 0, data, desk.now)


def _desk(spot: Spot) -> Desk | None:
    top, today = community(spot), timezone.localdate()
    if top is None:
        return None
    rows = Duty.objects.in_force(today).select_related("account")
    clerk = rows.filter(post="clerk", place=top).first()
    grid = rows.filter(post="grid_member", place__community_id=top.pk).first()
    operator = rows.filter(post="operator", place=top.street_id).first()
    if clerk is None or grid is None or operator is None:
        return None
    first, second, third = (actor_of(duty.account, today) for duty in (clerk, grid, operator))
    buildings = list(Place.objects.below(top).filter(kind=Kind.BUILDING).order_by("pk")[:12])
    return Desk(top, first, second, third, buildings, {row.code: row for row in Category.objects.all()}, timezone.now())


def _agreements() -> None:
    """Neighbours who were reported for agreed, each in the way that stands on the report."""
    ways = {"电话": Agreement.Way.PHONE, "签字": Agreement.Way.SIGNED, "家属": Agreement.Way.GUARDIAN}
    rows = Report.objects.filter(channel=Channel.PROXY, agreement=None)
    Agreement.objects.bulk_create([
        Agreement(
            report=row, given_at=row.created_at, recorded_by=row.taken_by or row.owner_id,
            way=next((way for word, way in ways.items() if word in row.consent), Agreement.Way.SPOKEN),
        )
        for row in rows
    ])  # fmt: skip


def _calls(desk: Desk) -> None:
    for number, (text, ending, said) in enumerate(CALLS):
        # What waits to be received came just now: nothing may be due that should have happened by itself.
        at = desk.now - (timedelta(hours=30 - 5 * number) if ending else timedelta(minutes=25))
        words = desk.words(text, number, Channel.HOTLINE, name=f"{'陈李王赵周'[number]}女士", phone=f"1540813910{number}",
                           wish=Contact.Wish.CALL)  # fmt: skip
        answer = said or special.words(ending, desk.top.path)
        made = report(words, actor=desk.operator, now=at, also=taking.ended(ending, answer))
        if ending == "lawful" and made.report is not None:
            again = {"reason": "执行局说要社区先出调解记录，请再看看能不能帮我开。"}
            perform(Report.objects.get(pk=made.report_id), "reconsider", actor=desk.operator, data=again, now=desk.now)


def _visits(desk: Desk) -> None:
    for number, (name, gender, age, address, text, opinion, result, others) in enumerate(VISITS):
        at = desk.now - timedelta(minutes=50 - 20 * number)
        facts = {"gender": gender, "age": age, "address": address}
        also = _visited(at, facts, opinion, result, others)
        words = desk.words(text, number + 3, Channel.COUNTER, name=name, phone=f"1540813920{number}")
        report(words, actor=desk.clerk, now=at, also=also)


def _visited(at: datetime, facts: dict[str, str], opinion: str, result: str, others: tuple[str, ...]) -> Also:
    def run(work: Work, matter: Matter, made: Report) -> None:
        visit = CounterVisit(
            report=made, met_at=at, met_where="便民服务大厅", people=1 + 2 * len(others), receiver_post="社区干事",
            opinion=opinion, result=result,
        )  # fmt: skip
        visit.seal(facts)
        work.add(visit)
        for row in others:
            name, _space, number = row.partition(" ")
            contact = Contact(name=name)
            contact.set_phone(number)
            contact.save()
            work.add(Representative(report=made, contact=contact))

    return run


def _chat(desk: Desk) -> None:
    for number, (text, code) in enumerate(CHAT):
        at = desk.now - timedelta(minutes=35 + 7 * number)
        category = desk.categories.get(code)
        words = desk.words(text, number + 5, Channel.CHAT, name=f"群里的{'刘杨黄'[number]}*", category=category)
        report(words, actor=desk.clerk, now=at)


def _neighbours(desk: Desk) -> None:
    """One who agreed at the door, and one who later took it back."""
    said = (
        ("独居的余婆婆灯泡坏了，够不着。", Agreement.Way.SPOKEN, "在家当面说的"),
        ("楼上漏水到蔡大爷家，他在住院。", Agreement.Way.PHONE, "女儿在旁边听着"),
    )
    for number, (text, way, note) in enumerate(said):
        at = desk.now - timedelta(minutes=45 - number)
        words = desk.words(text, number + 8, Channel.PROXY, name=("余婆婆", "蔡大爷")[number], phone=f"1540813930{number}",
                           consent=f"{way.label}，{note}")  # fmt: skip
        made = report(words, actor=desk.grid, now=at, also=taking.agreed(way, note, at))
        if number:
            back = {"reason": "本人来电，不想留名字", "goes_on": "yes"}
            found = Report.objects.get(pk=made.report_id)
            perform(found, "withdraw_consent", actor=desk.clerk, data=back, now=desk.now - timedelta(minutes=10))
