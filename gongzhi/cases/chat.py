"""A forwarded group chat as messages, and a first cut into concerns: a suggestion that a person corrects.

Reads what WeChat, QQ and people themselves paste: “张三 10:21”, “张三 2026/11/24 10:21:05”, “2026-11-24 10:21 张三”,
“张三：……”, date lines between, quotes 「张三：……」, [图片] and [语音]. The text lives in a draft only.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from gongzhi.base.text import clean_text, fold, mask_name
from gongzhi.cases.models import Category
from gongzhi.cases.suggest import suggest
from gongzhi.kernel.clock import SHANGHAI
from gongzhi.territory.find import Candidate, find
from gongzhi.territory.models import Place

MOST_SIGNS = 40_000
MOST_MESSAGES = 400
MOST_CONCERNS = 30
SAME_BREATH = timedelta(minutes=10)
"""Within so long the same person is taken to go on about the same thing."""
SAME_TALK = timedelta(minutes=30)
"""Within so long others may chime in."""
SURE_PLACE = 60

_CLOCK = r"(?:(?:上午|下午|晚上|凌晨|中午|早上)\s*)?\d{1,2}[:：]\d{2}(?:[:：]\d{2})?(?:\s*[AaPp][Mm])?"
_DATE = r"(?:(?:\d{4}\s*[-/.年]\s*)?\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?|昨天|今天|前天|星期[一二三四五六日天]|周[一二三四五六日天])"
_WHEN = rf"(?:{_DATE}\s*)?{_CLOCK}"
_NAME = r"[^\s:：\[\]「」\d][^:：\n\[\]「」]{0,23}?"
_NAME_FIRST = re.compile(rf"^\s*(?P<who>{_NAME})\s*[(（]?\d{{0,12}}[)）]?\s+(?P<when>{_WHEN})\s*[:：]?\s*(?P<rest>.*)$")
_TIME_FIRST = re.compile(
    rf"^\s*[\[【(（]?(?P<when>{_WHEN})[\]】)）]?\s+(?P<who>{_NAME})(?:[(（]\d+[)）])?\s*(?:[:：]\s*(?P<rest>.*))?$"
)
_PLAIN = re.compile(r"^\s*(?P<who>[^\s:：，。！？!?,\[\]「」\d][^:：，。！？!?\n]{0,11})[:：]\s*(?P<rest>\S.*)$")
_DAY_LINE = re.compile(rf"^[\s—\-=*_]*(?P<date>{_DATE})(?:\s*{_CLOCK})?[\s—\-=*_]*$")
_TIME_LINE = re.compile(rf"^\s*{_WHEN}\s*$")
_RULE = re.compile(r"^[\s\-—_=*]{3,}$")
_QUOTE = re.compile(r"^[「『“](?P<who>[^:：」]{1,24})[:：](?P<said>[^」』”]*)[」』”]$")
_MARK = re.compile(
    r"[\[【](图片|照片|视频|语音|文件|链接|位置|动画表情|表情|语音通话|小程序|聊天记录)[^\]】]{0,40}[\]】]"
)
_SYSTEM = re.compile(
    r"(加入(了)?群聊|移出(了)?群聊|撤回了一条消息|拍了拍|修改群名|群公告|领取了|红包|邀请.{0,30}加入|以上是打招呼|开启了朋友验证"
    r"|以下为新消息|条新消息)"
)
_POLITE = (
    r"收到|好的?|好滴|嗯+|哦+|谢谢[^，。,.\s]{0,4}|感谢[^，。,.\s]{0,4}|辛苦[^，。,.\s]{0,3}|是的?|对的?|赞同?|支持|ok|OK|已阅|知道了|明白了?|"
    r"没问题|哈+|早上好|早|晚安|大家好|在吗|不客气|\+?1|同上|\[.{1,8}\]"
)
_CHATTER = re.compile(rf"^(?:@\S+\s*)*(?:(?:{_POLITE})[\s，,。！!~～.]*)*\W*$")
_ME_TOO = re.compile(
    r"(我(们)?(家|这|单元|栋|楼|这边|这里)?.{0,6}(也是|也一样|也有|也没|同样|一样)|我也|同问|\+1|同上|确实|就是)"
)
_WORRY = re.compile(
    r"(没人|不亮|坏|漏|堵|脏|臭|吵|闹|噪|乱|危险|垮|裂|断|停水|停电|没水|没电|占|投诉|反映|希望|请|能不能|可不可以|什么时候|怎么|咋|"
    r"麻烦|求助|需要|帮|掉|塌|滑|咬|丢|偷|怕|管管|解决|申请|办|建议|多久|几天|一直|又)"
)
_HALF = {"下午": 12, "晚上": 12}


@dataclass
class Message:
    """One message: who, when (None where nothing was said of it), what; `quoted` is what it answers."""

    who: str
    at: datetime | None
    text: str = ""
    quoted: str = ""
    pictures: int = 0

    @property
    def masked(self) -> str:
        """The speaker as it may be shown."""
        return mask_name(self.who) if self.who else "—"


@dataclass
class Concern:
    """Messages that seem to be about one thing, by index; where and what it may be."""

    lines: list[int]
    place: Candidate | None = None
    category: Category | None = None
    speakers: list[str] = field(default_factory=list)


# --- Reading --------------------------------------------------------------------------------------------------------


def parse(text: str, today: date) -> list[Message]:
    """The messages in order; what stands before the first name belongs to nobody. Never raises for odd input."""
    found: list[Message] = []
    day = today
    plain = clean_text(text[:MOST_SIGNS])
    is_plain = not any(_NAME_FIRST.match(row) or _TIME_FIRST.match(row) for row in plain.split("\n"))
    for row in plain.split("\n"):
        line = row.strip()
        if not line or _RULE.match(line):
            continue
        if match := _DAY_LINE.match(line):
            day = _day(match["date"], day)
            continue
        if _TIME_LINE.match(line) or _SYSTEM.search(line):
            continue
        _take(found, line, day, is_plain=is_plain)
    return [message for message in found if message.text or message.pictures][:MOST_MESSAGES]


def _take(found: list[Message], line: str, day: date, *, is_plain: bool) -> None:
    match = _TIME_FIRST.match(line) or _NAME_FIRST.match(line)
    if match and not _is_sentence(match["who"]):
        found.append(Message(match["who"].strip(), _moment(match["when"], day)))
        _add(found[-1], match["rest"] or "")
    elif is_plain and (match := _PLAIN.match(line)) and not _is_sentence(match["who"]):
        found.append(Message(match["who"].strip(), None))
        _add(found[-1], match["rest"])
    else:
        if not found:
            found.append(Message("", None))
        _add(found[-1], line)


def _is_sentence(name: str) -> bool:
    """“今晚 8:30 停水” is no name: names carry no stops, and are no dates."""
    return bool(re.search(r"[，。！？!?；]", name)) or bool(re.fullmatch(_DATE, name.strip()))


def _add(message: Message, words: str) -> None:
    line = words.strip()
    if match := _QUOTE.match(line):
        message.quoted = match["said"].strip()
        return
    if re.fullmatch(r"(回复|引用)\s*\S{0,12}[:：]?", line):
        return
    message.pictures += len([mark for mark in _MARK.findall(line) if mark in ("图片", "照片", "视频")])
    rest = _MARK.sub("", line).strip()
    if rest:
        message.text = f"{message.text}\n{rest}".strip()


def _day(words: str, day: date) -> date:
    numbers = [int(part) for part in re.findall(r"\d+", words)]
    back = {"昨天": 1, "前天": 2}.get(words.strip(), 0)
    if back:
        return day - timedelta(days=back)
    try:
        if len(numbers) == 3:
            return date(*numbers)
        if len(numbers) == 2:
            found = date(day.year, *numbers)
            return found if found <= day + timedelta(days=1) else date(day.year - 1, *numbers)
    except ValueError:
        return day
    return day


def _moment(words: str, day: date) -> datetime | None:
    clock = re.search(r"(上午|下午|晚上|凌晨|中午|早上)?\s*(\d{1,2})[:：](\d{2})", words)
    if clock is None:
        return None
    at = _day(words[: clock.start()].strip() or "", day)
    hour = int(clock[2])
    hour += _HALF.get(clock[1] or "", 0) if hour < 12 else 0
    if re.search(r"[Pp][Mm]", words) and hour < 12:
        hour += 12
    try:
        return datetime(at.year, at.month, at.day, hour, int(clock[3]), tzinfo=SHANGHAI)
    except ValueError:
        return None


# --- Cutting --------------------------------------------------------------------------------------------------------


@dataclass
class _Open:
    """A concern that may still go on."""

    concern: Concern
    last: datetime | None
    text: str = ""


def cut(messages: Sequence[Message], within: Iterable[Place] = ()) -> list[Concern]:
    """A first cut: by speaker and time, topic words, place words, quotes. What is mere chatter belongs nowhere."""
    opened: list[_Open] = []
    for index, message in enumerate(messages):
        if _is_chatter(message):
            continue
        goes_on = _goes_on(opened, message)
        if goes_on is None and not _is_topic(message):
            goes_on = next((one for one in reversed(opened) if _near(one, message, SAME_BREATH)), None)
            if goes_on is None:
                continue
        if goes_on is None:
            if len(opened) >= MOST_CONCERNS:
                break
            goes_on = _Open(Concern([]), message.at)
            opened.append(goes_on)
        _put(goes_on, index, message)
    return [_described(one, within) for one in opened]


def _put(one: _Open, index: int, message: Message) -> None:
    one.concern.lines.append(index)
    one.last = message.at or one.last
    one.text = f"{one.text}\n{message.text}".strip()
    if message.who and message.who not in one.concern.speakers:
        one.concern.speakers.append(message.who)


def _is_chatter(message: Message) -> bool:
    return not message.pictures and bool(_CHATTER.match(message.text))


def _is_topic(message: Message) -> bool:
    """Words of a category, or a worry of some length."""
    return bool(suggest(message.text, most=1)) or (len(message.text) >= 6 and bool(_WORRY.search(message.text)))


def _goes_on(opened: list[_Open], message: Message) -> _Open | None:
    if message.quoted:
        quoted = fold(message.quoted)
        if hit := next((one for one in reversed(opened) if quoted and quoted[:12] in fold(one.text)), None):
            return hit
    kind = _kind(message.text)
    for one in reversed(opened):
        is_own = bool(message.who) and one.concern.speakers[-1:] == [message.who]
        if is_own and _near(one, message, SAME_BREATH) and not _turns(one, kind):
            return one
        if not _near(one, message, SAME_TALK):
            continue
        if (kind is not None and kind == _kind(one.text)) or (_ME_TOO.search(message.text) and not _turns(one, kind)):
            return one
    return None


def _turns(one: _Open, kind: int | None) -> bool:
    """The words are clearly of another category than what was said before."""
    before = _kind(one.text)
    return kind is not None and before is not None and kind != before


def _kind(text: str) -> int | None:
    found = suggest(text, most=1)
    return found[0].category.pk if found else None


def _near(one: _Open, message: Message, span: timedelta) -> bool:
    return one.last is None or message.at is None or abs(message.at - one.last) <= span


def _described(one: _Open, within: Iterable[Place]) -> Concern:
    hints = suggest(one.text, most=1)
    one.concern.category = hints[0].category if hints else None
    hits = [hit for top in within for hit in find(one.text.replace("\n", " ")[:100], within=top, limit=2)]
    best = max(hits, key=lambda hit: hit.score, default=None)
    one.concern.place = best if best is not None and best.score >= SURE_PLACE else None
    return one.concern


def words_of(messages: Sequence[Message], lines: Iterable[int]) -> str:
    """The report's text: speakers masked, @names masked, pictures counted; one speaker alone goes unnamed."""
    chosen = [messages[index] for index in lines if 0 <= index < len(messages)]
    several = len({message.who for message in chosen}) > 1
    rows = []
    for message in chosen:
        said = hide_names(message.text, messages)
        said += f"（{message.pictures} 张图片在群里）" if message.pictures else ""
        rows.append(f"{message.masked}：{said}" if several else said)
    return "\n".join(row for row in rows if row)


def hide_names(text: str, messages: Sequence[Message]) -> str:
    """Names of those who speak in the chat, masked wherever they are mentioned."""
    names = {message.who for message in messages if len(message.who) >= 2}
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, mask_name(name))
    return re.sub(r"@([^\s@，。！？]{2,12})", lambda match: "@" + mask_name(match[1]), text)
