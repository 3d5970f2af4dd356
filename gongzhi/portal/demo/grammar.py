"""What people say, by sentence patterns: all invented, placed where the matter is, hardly ever twice the same.

A list under `data` names for each category when it happens, who handles it, how people put it (`see`), why it matters
(`bad`), what was done (`do`) and what is said afterwards (`cheer`). `(a|b)` is a choice, `{w}` and the like a slot.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

DATA = Path(__file__).parent / "data"
SLOTS: dict[str, tuple[str, ...]] = {
    "floor": ("二楼", "三楼", "四楼", "五楼", "六楼", "七楼", "顶楼", "底楼"),
    "few": tuple("23456789"),
    "day": ("当天", "第二天", "次日上午", "当天下午", "第三天", "周末", "隔天", "周五", "当天傍晚", "一早"),
    "night": ("半夜", "深更半夜", "晚上十一点多", "凌晨", "晚上十点过", "后半夜"),
    "age": ("六十八", "七十一", "七十三", "七十五", "七十六", "七十八", "八十", "八十一", "八十三", "八十五", "八十七", "九十"),
    "days": ("四五天", "一个多星期", "半个月", "二十来天", "一个月", "两个多月"),
    "kid": ("娃儿", "孙孙", "我家老二", "外孙女", "小儿子", "上小学的女儿"),
    "who": ("我妈", "我爸", "婆婆", "外公", "老丈人", "我家大爷", "隔壁孃孃"),
    "job": ("刚从厂里出来", "在家带娃三年", "五十出头没了工作", "从外地打工回来", "是退役军人", "中专刚毕业"),
}  # fmt: skip
SINCE = ("好几天了", "有一个星期了", "快半个月了", "从上周起就这样", "前天开始的", "从月初到现在", "有十来天了", "昨天晚上起的",
         "断断续续个把月了", "三天了", "昨天早上发现的", "一直没人管", "", "", "")  # fmt: skip
"""Since when, at the end of a clause."""
LONG = ("好几天", "一个星期", "这半个月", "一直", "三天两头", "这一个月", "老是", "前前后后二十天", "这阵子")
"""How long, before what happens."""
OPENINGS = (
    "社区的同志，", "网格员你好，", "我住这里十几年了，", "麻烦反映一下，", "老年人不会写，说简单点，", "给你们说个事，",
    "我是楼下开小卖部的，", "我是带娃的家长，", "同志们辛苦了，", "我今年{age}了，", "替{who}反映，", "早上买菜看到，",
    "在这里做了几年生意，", "您好，", "打扰了，", "刚搬来不久，", "院坝里的老人喊我来说，", "下班回来发现，",
)  # fmt: skip
CLOSINGS = (
    "麻烦派个人来看一下嘛。", "希望早点处理，谢谢。", "请给个准信。", "拜托了。", "来了打个招呼，我带路。", "要得不要得？",
    "大家都盼到的。", "辛苦你们跑一趟。", "能不能这周内弄好？", "晓得你们忙，还是请看看。", "我一般下午在家。",
    "照片附在后面。", "再拖怕要出事。", "先谢过了。", "楼上楼下都可以作证。", "有结果请告诉我一声。",
)  # fmt: skip
ME_TOO = (
    "我也反映一下，", "我家也一样，", "听说有人反映过了，再说一遍：", "同一个地方，", "我就住旁边，", "不止我一家，", "隔壁喊我也来说，",
    "跟楼上反映的是一回事，", "", "我也遇到了，", "大家都在说，", "昨天我也看到，",
)  # fmt: skip
PROGRESS = (
    "已到现场看过，正在备料", "同反映人通了电话，约好{day}上门", "已测量，配件{day}到货", "找到原因，{day}动工",
    "已做临时处置，人员在场看护", "同几家住户碰了头，意见基本一致", "材料齐了，等窗口审核", "已排进本周计划",
)  # fmt: skip
EVIDENCE = (
    "{day}现场查看，反映人在场认可",
    "{day}电话回访，反映人确认已处理",
    "{day}两位邻居一起看过，签了字",
    "处理单由反映人签字",
)
ANSWERS = (
    "您反映的事办好了：{do}。有问题随时找我们。", "{do}。谢谢您提醒，请您抽空看看满不满意。", "给您回个话：{do}。",
    "这件事是这样处理的：{do}。后面我们还会去看。", "已经处理：{do}。请您评一评。", "{do}。让您久等了。",
)  # fmt: skip
UNHAPPY = ("还是老样子", "弄了一半就走了", "隔两天又犯了", "来看过，没解决", "说好的没做到", "只是临时弄了一下")
SO_SO = ("慢了点", "等得久", "弄是弄好了，没人给我说一声", "一般吧", "希望下次快点")


@dataclass
class Topic:
    """How one category is spoken of. `by` weighs who handles it, `months` when it happens."""

    code: str
    share: int = 10
    only: str = ""
    where: str = "building"
    photo: str = ""
    by: dict[str, int] = field(default_factory=dict)
    months: dict[int, float] = field(default_factory=dict)
    see: list[str] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)
    do: list[str] = field(default_factory=list)
    cheer: list[str] = field(default_factory=list)

    def weight(self, month: int, is_village: bool) -> float:
        """How likely it is in this month in a town or a village."""
        if self.only and (self.only == "village") != is_village:
            return 0.0
        return self.share * self.months.get(month, 1.0) * (2.4 if self.only == "village" else 1.0)


@dataclass(frozen=True)
class Said:
    """A concern in words, the title of its matter, and the trouble itself as it was put."""

    text: str
    title: str
    see: str = ""


@cache
def topics() -> tuple[Topic, ...]:
    """Every category of the lists."""
    return tuple(topic for file in sorted(DATA.glob("concerns_*.txt")) for topic in _read(file))


def _read(file: Path) -> Iterator[Topic]:
    topic: Topic | None = None
    for line in file.read_text(encoding="utf-8").splitlines():
        word, _space, rest = line.partition(" ")
        if word == "##":
            if topic:
                yield topic
            topic = Topic(rest.strip())
        elif topic and rest:
            _take(topic, word, rest.strip())
    if topic:
        yield topic


def _take(topic: Topic, word: str, rest: str) -> None:
    if word in ("see", "bad", "do", "cheer"):
        getattr(topic, word).append(rest)
    elif word == "share":
        topic.share = int(rest)
    elif word == "by":
        topic.by = {key: int(weight) for key, _colon, weight in (part.partition(":") for part in rest.split())}
    elif word == "months":
        topic.months = dict(_months(rest))
    else:
        setattr(topic, word, rest)


def _months(text: str) -> Iterator[tuple[int, float]]:
    """`11-2:1.4`: November to February weigh 1.4."""
    for part in text.split():
        span, _colon, weight = part.partition(":")
        first, _dash, last = span.partition("-")
        month = int(first)
        while True:
            yield month, float(weight)
            if month == int(last):
                break
            month = month % 12 + 1


def speak(pattern: str, dice: random.Random, **slots: str) -> str:
    """A pattern with its choices taken and its slots filled."""
    chosen = re.sub(r"\(([^()]*)\)", lambda match: dice.choice(match[1].split("|")), pattern)
    chosen = re.sub(r"(，?)\{since\}(?=[，。]|$)", lambda match: _since(dice.choice(SINCE)), chosen)
    chosen = chosen.replace("{since}", dice.choice(LONG))
    return re.sub(r"\{(\w+)\}", lambda match: slots.get(match[1]) or dice.choice(SLOTS[match[1]]), chosen)


def _since(words: str) -> str:
    return f"，{words}" if words else ""


def title(see: str) -> str:
    """The trouble without its duration, at most thirty signs."""
    for words in filter(None, SINCE):
        see = see.replace(f"，{words}", "")
    return see if len(see) <= 30 else see[:29] + "…"


def concern(topic: Topic, where: str, school: str, dice: random.Random, is_patrol: bool = False) -> Said:
    """What somebody says of a trouble at `where`."""
    see = _tidy(speak(dice.choice(topic.see), dice, w=where, school=school))
    bad = _tidy(speak(dice.choice(topic.bad), dice, w=where, school=school))
    if is_patrol:
        return Said(
            f"巡查发现：{see}。{bad + '。' if '我' not in bad and dice.random() < 0.3 else ''}", title(see), see
        )
    opening = speak(dice.choice(OPENINGS), dice) if dice.random() < 0.55 else ""
    closing = dice.choice(CLOSINGS) if dice.random() < 0.6 else ""
    join = dice.choice(("。", "，", "。"))
    return Said(f"{opening}{see}{join}{bad}。{closing}", title(see), see)


def me_too(topic: Topic, said: Said, where: str, dice: random.Random) -> Said:
    """What a neighbour says of the same trouble: the same place and thing, in other words around it."""
    bad = _tidy(speak(dice.choice(topic.bad), dice, w=where))
    closing = dice.choice(CLOSINGS) if dice.random() < 0.7 else ""
    return Said(f"{dice.choice(ME_TOO)}{said.see}。{bad}。{closing}", said.title, said.see)


def result(topic: Topic, dice: random.Random) -> str:
    """What was done about it."""
    return _tidy(speak(dice.choice(topic.do), dice))


def answer(done: str, dice: random.Random) -> str:
    """What the reporter is told."""
    return dice.choice(ANSWERS).replace("{do}", done)


def cheer(topic: Topic, dice: random.Random) -> str:
    """What a contented reporter says, often nothing."""
    return dice.choice(topic.cheer) if topic.cheer and dice.random() < 0.55 else ""


def _tidy(text: str) -> str:
    """No comma before the end, none twice, where a slot stayed empty."""
    return re.sub("，{2,}", "，", text).rstrip("，、")
