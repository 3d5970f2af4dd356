"""Knowledge in use: the first lists, what communities wrote themselves, proposals that wait, answers that were read."""

import random
from datetime import timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db import transaction
from django.utils import timezone

from gongzhi.accounts.actor import actor_of
from gongzhi.accounts.models import Duty
from gongzhi.cases import topics
from gongzhi.cases.actions import Words
from gongzhi.kernel.actor import Actor
from gongzhi.knowledge import actions, store
from gongzhi.knowledge.kinds import KINDS
from gongzhi.knowledge.models import AnswerTemplate, ExtraQuestion, Faq, KnowledgeChange
from gongzhi.portal.demo import places
from gongzhi.territory.models import Place

Kind = ExtraQuestion.Kind
PROPOSALS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("templates", {"title": "路灯等配件", "use": "suspend", "topic": "light",
                   "text": "这一型号的灯罩要订货，大约一周到。先装了一盏临时灯，到货当天换。"}),
    ("answers", {"question": "活动室周末开不开门？", "topic": "venue", "words": ["活动室", "周末"],
                 "answer": "周六、周日上午九点到十一点半开门，由志愿者轮值。要用多功能厅请提前两天登记。", "source": ""}),
    ("templates", {"title": "约看现场", "use": "ask", "topic": "leak",
                   "text": "我们想约您和楼上邻居一起看一次，本周哪天晚上方便？大约二十分钟。"}),
)  # fmt: skip
"""What clerks propose, one for each community in turn."""
LOCAL = "{称呼}：您好！“{标题}”办好了，是{承办单位}办的。看看是不是真好了，请在手机上评价。{社区} {电话}"


def seed() -> None:
    """The first lists; what is there stays."""
    call_command("seed_knowledge", stdout=StringIO())


def is_done() -> bool:
    """Whether the communities wrote theirs."""
    return KnowledgeChange.objects.exists()


@transaction.atomic
def fill(chosen: tuple[places.Spot, ...]) -> None:
    """Each community proposes something and has a template of its own; answers were read and judged."""
    for number, spot in enumerate(chosen):
        place = places.community(spot)
        clerk = _holder("clerk", place)
        boss = _holder("administrator", Place.objects.filter(pk=place.district_id or 0).first() if place else None)
        if place is None or clerk is None:
            continue
        code, values = PROPOSALS[number % len(PROPOSALS)]
        made = actions.propose(KINDS[code], {**values, "place": place}, actor=clerk)
        if number % 4 == 3 and boss is not None:
            actions.decide(KINDS[code], made, is_approved=True, reason="写得清楚，照用。", actor=boss)
        if number == 0 and boss is not None:
            own = {"title": "本社区的答复", "use": "feedback", "topic": "", "text": LOCAL, "place": place}
            actions.save(KINDS["templates"], AnswerTemplate(), own, actor=boss)
    _count()


def _holder(post: str, place: Place | None) -> Actor | None:
    duty = Duty.objects.filter(place=place, post=post).select_related("account").first() if place else None
    return actor_of(duty.account, timezone.localdate()) if duty else None


def _count() -> None:
    """Half a year of readers: mostly helped; a few answers nobody has looked at for long."""
    today, rows = timezone.localdate(), list(Faq.objects.order_by("pk"))
    for number, row in enumerate(rows):
        dice = random.Random(row.question)
        row.shown = dice.randint(8, 260)
        row.helped, row.not_helped = int(row.shown * 0.22), dice.randint(0, row.shown // 20)
        row.enough = int(row.shown * 0.09)
        row.reviewed_on = today - timedelta(days=dice.randint(3, 170) if number % 17 else 200)
    Faq.objects.bulk_update(rows, ["shown", "helped", "not_helped", "enough", "reviewed_on"])
    templates = list(AnswerTemplate.objects.filter(status="use"))
    for template in templates:
        template.used = random.Random(template.title).randint(0, 90)
    AnswerTemplate.objects.bulk_update(templates, ["used"])


def answered(words: Words) -> tuple[dict[str, Any], ...]:
    """What the reporter answered to the extra questions of the subject; the same words, the same answers."""
    if not words.category:
        return ()
    dice = random.Random(words.text + words.name)
    found = store.questions(topics.of(words.category), topics.of_place(words.place))
    return tuple(
        _answer(row, dice) for row in found if row.kind != Kind.NOTICE and (row.is_required or dice.random() < 0.5)
    )


def _answer(row: ExtraQuestion, dice: random.Random) -> dict[str, Any]:
    value: Any = {
        Kind.NUMBER: dice.randint(1, 5), Kind.TEXT: "说不清",
        Kind.DATE: (timezone.localdate() - timedelta(days=dice.randint(2, 20))).isoformat(),
    }.get(row.kind)  # type: ignore[call-overload]  # fmt: skip
    options = [option for option in row.options if option != row.stop_answer]
    if value is None:
        value = [dice.choice(options)] if row.kind == Kind.SEVERAL else dice.choice(options)
    shown = "、".join(value) if isinstance(value, list) else str(value)
    return {"id": row.pk, "version": row.version, "label": row.label, "value": value, "shown": shown}
