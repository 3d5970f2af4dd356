"""What can happen to a matter between signing and finishing, and the whole lives made of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from gongzhi.cases.models import Channel, Order, Report, Task
from gongzhi.portal.demo import closing, grammar
from gongzhi.portal.demo.player import Life

DECLINES = {
    "emergency": "这种情况很急，请马上打 119 或 110，我们也已同时转告值班人员。",
    "lawful": "这件事双方已经起诉，要等法院判决；需要法律援助，可到司法所免费咨询。",
    "repeated": "这件事上个月已经答复过，没有新的情况；原来的结论和依据再给您一份。",
    "secret": "您想看的是别人家的资料，按规定不能提供；与您自己有关的部分可以到窗口查。",
    "outside": "这是家里自己的修理，不归社区派工；便民服务目录里有三家师傅，价钱可以先问。",
    "unlawful": "占用公共过道的事，法律不允许，我们不能支持；想加储物位置，可以一起想别的办法。",
}
"""One explanation for each special route."""
QUESTIONS = (
    "具体在哪个位置？方便的话拍张照片。",
    "是白天还是晚上比较严重？",
    "方便说一下大概从哪天开始的吗？",
    "师傅什么时候上门您在家？",
)
ADDITIONS = (
    "就在进门左手边，一眼看得到。",
    "晚上比较严重，白天好一点。",
    "大概是上个月底开始的。",
    "我下午四点以后都在家。",
    "昨天又来了一次，跟前面一样。",
)
ORDERS = (
    "请说明为什么拖了这么久，两天内拿出办法。",
    "群众反映强烈，请到现场办，办完报结果。",
    "请核实是否反弹，附现场情况。",
    "请明确责任人和完成时间。",
)
REPLIES = (
    "已到现场，今天完成，附有处理情况。",
    "原因已查明，人员和材料到位，明天收尾。",
    "已处理并回访，反映人认可。",
    "已安排专人盯守，完成后再报。",
)
INSTRUCTIONS = ("这件事要当自己的事办，办完给我回话。", "请先同反映人见面，再定方案。", "举一反三，同类的一起看一遍。")
OBJECTIONS = (
    "现场看过，这一段不归我们管护。",
    "权属图上这里是小区内部，应由物业负责。",
    "这条线不是我们的，请核对产权。",
)
PARTS = (
    "现场配合完成，围挡已撤。",
    "我们这部分已处理，没有遗留。",
    "派两人配合半天，已结束。",
    "已清运并冲洗，配合完毕。",
)


def progress(life: Life, at: datetime) -> datetime:
    """The handler says how far it is."""
    at = life.later(at, 60, 400)
    text = grammar.speak(life.dice.choice(grammar.PROGRESS), life.dice)
    life.step(life.matter, "progress", life.doer.actor, at, text=text, is_public=life.dice.random() < 0.6, photos=[])
    return at


def ask(life: Life, at: datetime) -> datetime:
    """The clerk asks, the reporter adds."""
    at = life.later(at, 20, 200)
    life.step(life.matter, "ask", life.clerk(), at, question=life.dice.choice(QUESTIONS))
    if life.reports[0].taken_by is None:
        at = life.later(at, 30, 300)
        text = life.dice.choice(ADDITIONS)
        life.step(life.reports[0], "add", life.reporter(life.reports[0]), at, text=text, photos=[])
    return at


def extend(life: Life, at: datetime) -> datetime:
    """More time is asked for and given by somebody else; for `extension` the answer is still open."""
    at = life.later(at, 60, 300)
    reason = life.dice.choice(("配件要从成都调", "连日下雨不能施工", "产权单位要会签", "两家还要再谈一次"))
    life.step(life.matter, "ask_extension", life.doer.actor, at, reason=reason, days=life.dice.randint(2, 5))
    if life.plan.stop != "extension":
        at = life.later(at, 20, 200)
        life.step(life.matter, "grant_extension", life.post("community_secretary"), at, note="情况属实，抓紧办")
    return at


def suspend(life: Life, at: datetime) -> datetime:
    """Put off to a day, then taken up by itself."""
    at = life.later(at, 60, 300)
    days = life.dice.randint(12, 50) if life.plan.stop else life.dice.randint(6, 18)
    first = life.now if life.plan.stop else at
    kind, reason = life.dice.choice(
        (
            ("weather", "雨季不能施工，等天晴"), ("funds", "等上级资金批复"), ("reporter", "当事人在外地，约好回来再办"),
            ("procedure", "要等业主大会表决"),
        )
    )  # fmt: skip
    review = (first + timedelta(days=days)).date()
    life.step(life.matter, "suspend", life.clerk(), at, kind=kind, reason=reason, review_date=review)
    if life.plan.stop:
        return at
    life.until(min(life.now, life.matter.review_at or at))
    return life.matter.entered_at


def charge(life: Life, at: datetime) -> datetime:
    """A secretary takes the matter as own and says so."""
    at = life.later(at, 30, 200)
    level = life.dice.choice(("community_secretary", "community_secretary", "street_secretary", "district_secretary"))
    life.step(life.matter, "take_charge", life.post(level), at, note="我来包案")
    at = life.later(at, 20, 200)
    life.step(life.matter, "instruct", life.post(level), at, reason=life.dice.choice(INSTRUCTIONS))
    return at


def order(life: Life, at: datetime) -> datetime:
    """A supervision order: issued, replied, closed, as far as the plan goes."""
    at = life.later(at, 40, 300)
    life.step(life.matter, "supervise", life.post("supervisor"), at, asked=life.dice.choice(ORDERS), days=2)
    made = life.children(Order)[-1]
    if life.plan.stop == "order":
        return at
    at = life.later(at, 60, 400)
    life.step(made, "reply", life.doer.actor, at, reply=life.dice.choice(REPLIES))
    if life.plan.stop not in ("replied", "checking"):
        at = life.later(at, 30, 200)
        life.step(made, "close", life.post("supervisor"), at, note="可以")
    return at


def neighbours(life: Life, at: datetime) -> datetime:
    """Others report the same under this matter."""
    for _other in range(life.plan.others):
        at = life.later(at, 20, 300)
        plan = life.plan
        said = grammar.me_too(plan.topic, plan.said, where_again(life), life.dice)
        life.join(said.text, at)
    return at


def merge(life: Life, at: datetime) -> datetime:
    """The same came in as a matter of its own and is merged into this one."""
    at = life.later(at, 20, 200)
    said = grammar.me_too(life.plan.topic, life.plan.said, where_again(life), life.dice)
    plan = replace(life.plan, at=at, said=said, channel=Channel.WEB, turn="merged", stop="x", has_photo=False)
    other = Life(life.work, plan, life.keys, life.now, life.dice)
    other.contacts = life.contacts
    if at > life.now:
        return at
    other.report()
    then = other.accept()
    later = other.later(then, 10, 120)
    life.until(later)
    other.step(
        other.matter, "merge", other.clerk(), later, reason="与前面反映的是同一处", into=life.matter.pk,
        target=life.matter, before=other.matter.state,
    )  # fmt: skip
    life.reports += other.reports
    return later


def parts(life: Life, at: datetime) -> datetime:
    """Co-handlers reply, one after the other; an open joint matter still waits for the last."""
    tasks = life.children(Task)
    actors = {d.handler.organisation_id: d.actor for found in life.plan.local.bodies.values() for d in found}
    for task in tasks[:-1] if life.plan.stop else tasks:
        at = life.later(at, 60, 500)
        life.step(task, "reply", actors[task.organisation_id], at, reply=life.dice.choice(PARTS), photos=[])
    return at


def transfer(life: Life, at: datetime) -> datetime:
    """Somebody else goes on with it."""
    at = life.later(at, 30, 300)
    life.doer = life.plan.local.doer({"市政": 1, "综合执法": 1, "clerk": 1}, life.plan.place, life.dice)
    life.step(
        life.matter,
        "transfer",
        life.clerk(),
        at,
        reason="现场看过，由他们办更快",
        handler=life.doer.handler,
        together=[],
    )
    return life.sign(at)


def where_again(life: Life) -> str:
    """The same place in the words of a neighbour."""
    place = life.plan.place
    return f"{place.estate.name if place.estate else life.plan.local.top.name}{place.name}"


MIDDLE: dict[str, Callable[[Life, datetime], datetime]] = {
    "asked": ask, "extension": extend, "suspended": suspend, "charge": charge, "order": order, "replied": order,
    "merge": merge, "joint": parts, "transfer": transfer,
}  # fmt: skip


def ordinary(life: Life) -> None:
    """From the report to the rating, with at most one turn in the middle."""
    stop, turn = life.plan.stop, life.plan.turn
    life.report()
    if stop == "received":
        return
    at = life.accept()
    if stop == "sorting":
        return
    together = tuple(life.plan.local.others(life.plan.local.doer({}, life.plan.place, life.dice), life.dice))
    at = life.triage(at, stop != "routed", together if turn == "joint" else ())
    if stop in ("routed", "assigned"):
        return
    if turn == "objected":
        at = objected(life, at)
    if stop == "objected":
        return
    at = life.sign(at)
    at = middle(life, at, turn)
    if stop in ("handling", "suspended", "extension", "order", "replied", "late"):
        return
    at = life.finish(max(life.ready_at(at), at + timedelta(minutes=20)))
    if stop != "answering":
        ending(life, at)


def objected(life: Life, at: datetime) -> datetime:
    """The handler objects; the street decides."""
    at = life.later(at, 10, 150)
    life.step(life.matter, "object", life.doer.actor, at, reason=life.dice.choice(OBJECTIONS))
    if life.plan.stop == "objected":
        return at
    at = life.later(at, 30, 240)
    if life.dice.random() < 0.5:
        life.step(life.matter, "uphold", life.post("street_clerk"), at, reason="按管护范围，还是由你们办")
        return at
    life.doer = life.plan.local.doer({"clerk": 1}, life.plan.place, life.dice)
    life.step(
        life.matter, "redirect", life.post("street_clerk"), at, reason="异议成立，社区先办", handler=life.doer.handler,
        together=[],
    )  # fmt: skip
    return at


def middle(life: Life, at: datetime, turn: str) -> datetime:
    """Neighbours, progress and the plan's own turn."""
    if life.plan.others:
        at = neighbours(life, at)
    if turn in MIDDLE:
        return MIDDLE[turn](life, at)
    if life.dice.random() < 0.25 and not life.plan.is_late:
        at = progress(life, at)
    return at


def ending(life: Life, at: datetime) -> None:
    """Feedback, check, rating; for some the whole way once more."""
    at = life.feedback(at)
    if life.matter.state == "checking":
        if life.plan.stop == "checking":
            return
        at = life.later(at, 60, 400)
        life.step(life.matter, "pass_check", life.post("supervisor"), at, note="回访属实")
    if life.plan.stop == "judging":
        return
    if life.plan.turn == "reopened":
        again(life, at)
        return
    if life.plan.turn == "false":
        closing.false(life, at)
        return
    life.judge(at)


def again(life: Life, at: datetime) -> None:
    """Not resolved: sorted, handled and judged a second time."""
    hours = life.dice.uniform(1, 8) if life.plan.stop else life.dice.uniform(3, 120)
    at = (
        min(at + timedelta(hours=hours), life.now - timedelta(minutes=20))
        if life.plan.stop
        else at + timedelta(hours=hours)
    )
    comment = life.dice.choice(grammar.UNHAPPY)
    life.rate(life.reports[0], at, is_resolved=False, faces=life.dice.choice((1, 2, 2)), comment=comment)
    if life.plan.stop:
        return
    at = life.sign(life.triage(at))
    at = life.feedback(life.finish(max(life.ready_at(at), at)))
    life.judge(at)


def declined(life: Life) -> None:
    """Explained, not handled: one of the six special routes."""
    life.report()
    at = life.later(life.plan.at, 10, 200)
    route = life.plan.stop or life.dice.choice(list(DECLINES))
    life.step(life.matter, "decline", life.clerk(), at, route=route, answer=DECLINES[route])


def withdrawn(life: Life) -> None:
    """The reporter takes it back."""
    life.report()
    at = life.later(life.plan.at, 5, 60)
    life.step(life.reports[0], "withdraw", life.reporter(life.reports[0]), at, note="已经好了，不用跑了")


def open_again(report: Report) -> bool:
    """Whether the reporter waits for a second result."""
    return report.state == Report.State.OPEN and report.is_resolved is False
