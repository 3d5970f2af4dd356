"""Believable notices of one community for demonstrations, through the same door as real ones.

All names are masked, all places invented or left general, no telephone of anybody.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from gongzhi.kernel.actor import SYSTEM, Actor
from gongzhi.kernel.perform import perform
from gongzhi.notices import actions
from gongzhi.notices.forms import PublishForm
from gongzhi.notices.models import Notice
from gongzhi.territory.models import Place


@dataclass(frozen=True)
class Sample:
    """One notice as a clerk would write it; `ago` are days before now, `days` its period (None: no end)."""

    sort: str
    title: str
    body: str
    ago: int
    days: int | None = None
    is_pinned: bool = False


SAMPLES = (
    Sample(
        "news", "本周四全天停水，请提前备水",
        "因供水主管检修，本周四早 8 点到晚 8 点，{place}各小区和沿街商铺停水。\n\n"
        "请提前备好一天的用水，出门前关好水龙头。老人独居、行动不便的，网格员会上门送水，"
        "需要的请跟网格员说一声。\n\n提前修好就提前来水，不再另行通知。",
        1, 5, True,
    ),
    Sample(
        "period", "低保对象动态调整名单公示",
        "经本人申请、入户核查、民主评议，拟新增和继续保障以下家庭，现予公示：\n\n"
        "1. 张*（1 人户），拟新增，按月保障；\n2. 陈*英（2 人户），继续保障；\n3. 欧阳*（1 人户），继续保障；\n"
        "4. 刘*芳（3 人户），因家庭收入变化，拟停止保障。\n\n对以上名单有不同意见的，请在公示期内提出，我们逐件核实答复。",
        3, 7,
    ),
    Sample(
        "period", "楼道灯改造方案公示",
        "去年以来居民多次反映楼道灯不亮。经居民代表会议商量，拟把老旧楼栋的楼道灯换成声光控灯。\n\n"
        "一、范围：2000 年以前建成的全部楼栋，共 46 个门洞、312 盏。\n"
        "二、钱从哪来：社区保障资金出 2.1 万元，居民不出钱。\n"
        "三、工期：公示结束后 20 天内装完，每栋施工不超过半天。\n"
        "四、以后谁管：楼栋长每月看一次，坏了在“报事”里说，物业 3 天内换。",
        5, 7,
    ),
    Sample(
        "news", "网格调整的通知",
        "为了让网格员走得到、叫得应，{place}的网格重新划分，每个网格 300 户上下。\n\n"
        "您家属于哪个网格、网格员是谁，可以在“公开”里查，也可以看楼栋门口新贴的二维码。"
        "网格员本周起逐户上门认门，请您留意。",
        12, 30,
    ),
    Sample(
        "period", "三公开：上季度党务、居务、财务",
        "党务公开：召开支部会议 3 次，开展主题党日 3 次，接收入党申请 2 份。\n\n"
        "居务公开：收到居民诉求 186 件，办结 181 件；调解纠纷 9 起，成功 9 起。\n\n"
        "财务公开：上季度收入 6.42 万元，支出 5.87 万元，其中楼道维修 1.9 万元、"
        "老人活动 0.86 万元、环境整治 2.31 万元、其他 0.8 万元。明细见社区公开栏。",
        24, 10,
    ),
)  # fmt: skip
CHANNEL = "公示期内到{place}便民服务大厅当面提，工作日 9:00—12:00、13:30—17:30；也可以在本页直接提。"
WORDS = "我家对门那户好像不符合条件，请社区再去核实一下。"
ANSWER = "谢谢您提醒。已和民政经办人再次入户，核对了收入和车辆登记，情况属实，符合条件。"


def make(place: Place, actor: Actor, now: datetime, seed: int = 0, *, most: int = 5) -> list[Notice]:
    """Three to five notices of a community, some running, some over, each begun and published at its own time.

    `actor` must hold a writing post over the place. Months for the days before `now` must be there.
    """
    dice = random.Random(f"{seed}-{place.pk}")
    chosen = dice.sample(SAMPLES, k=min(len(SAMPLES), dice.randint(3, max(3, most))))
    return [_one(sample, place, actor, now, dice) for sample in sorted(chosen, key=lambda sample: -sample.ago)]


def _one(sample: Sample, place: Place, actor: Actor, now: datetime, dice: random.Random) -> Notice:
    written = now - timedelta(days=sample.ago, hours=dice.randint(1, 5), minutes=dice.randint(0, 59))
    office = place.full_name or place.name
    channel = CHANNEL.format(place=place.name) if sample.sort == "period" else ""
    data = {
        "sort": sample.sort, "title": sample.title, "body": sample.body.format(place=place.name), "place": place,
        "issuer": office, "days": sample.days, "objection_channel": channel, "is_pinned": sample.is_pinned,
        "attached": [], "gone": [],
    }  # fmt: skip
    notice = actions.draft(data, actor=actor, now=written).record
    _publish(notice, actor, written + timedelta(minutes=40))
    notice.refresh_from_db()
    if sample.title.startswith("低保") and dice.random() < 0.6:
        _disagree(notice, actor, written + timedelta(days=1), dice)
    if notice.ends_at and notice.ends_at <= now:
        perform(notice, "end", actor=SYSTEM, now=notice.ends_at)
    notice.readers = dice.randint(40, 380)
    Notice.objects.filter(pk=notice.pk).update(readers=notice.readers)
    return Notice.objects.get(pk=notice.pk)


def _publish(notice: Notice, actor: Actor, at: datetime) -> None:
    form = PublishForm(record=notice, actor=actor)
    confirmed = {f"reason_{index}": "office" for index in range(len(form.found))}
    perform(notice, "publish", actor=actor, data={"has_read": "on", **confirmed}, now=at)


def _disagree(notice: Notice, actor: Actor, at: datetime, dice: random.Random) -> None:
    objection = actions.object_to(notice, actions.Said(WORDS), actor=Actor(name="居民"), now=at).record
    if dice.random() < 0.7:
        perform(objection, "answer", actor=actor, data={"answer": ANSWER}, now=at + timedelta(days=1))
