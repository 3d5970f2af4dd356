"""Categories learned from what people decided: suggested with reasons, silent when unsure, measured, switched off."""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from gongzhi.accounts.models import Account
from gongzhi.accounts.tests.factories import client, holder
from gongzhi.cases import learned, suggest
from gongzhi.cases.models import LearnedModel, Matter, Report, SettingChange
from gongzhi.cases.tests.factories import Cast, category, reported

ROOT = "/settings/cases/learning/"
SAYINGS = {
    "light": ("门口黑得很，脚下看不清", "一到晚上就摸黑", "走夜路要打手电"),
    "drain": ("一下雨就漫上来", "臭水流到楼下", "厕所冲不下去"),
}


@pytest.fixture(autouse=True)
def _small_school(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ninety concerns are enough here."""
    monkeypatch.setattr(learned, "ENOUGH", 80)


@pytest.fixture
def chief(cast: Cast) -> Account:
    """An administrator whose duty reaches everywhere."""
    top = cast.city.district.parent
    assert top is not None
    return holder("administrator", top, "总管理员")


def taught(cast: Cast, count: int = 90) -> None:
    """Sorted concerns, as a year would leave them."""
    dice = random.Random(3)
    by = {"light": cast.light, "drain": cast.drain}
    for number in range(count):
        code = dice.choice(list(SAYINGS))
        made = reported(cast, text=f"{dice.choice(SAYINGS[code])}，第{number}次了。", category=by[code]).matter
        assert made is not None
    Matter.objects.update(triage_class="small")
    suggest.forget()


def test_it_learns_suggests_with_reasons_and_says_how_sure_it_is(cast: Cast) -> None:
    assert suggest.suggest("一到晚上就摸黑，怕摔倒") == []
    taught(cast)
    model = learned.learn()
    suggest.forget()
    first = suggest.suggest("一到晚上就摸黑，怕摔倒")[0]
    assert first.category == cast.light and first.confidence >= model.threshold
    assert "把握" in first.why and "可以改" in first.why
    assert {row["label"] for row in model.quality if row["is_told"]} == {"light", "drain"}


def test_words_still_speak_where_it_keeps_silent_and_nothing_stands_twice(cast: Cast) -> None:
    taught(cast)
    learned.learn()
    suggest.forget()
    hints = suggest.suggest("楼道灯不亮，晚上就摸黑")
    assert [hint.category for hint in hints].count(cast.light) == 1
    unsure = suggest.suggest("想问养老金怎么领")
    assert all(not hint.confidence for hint in unsure)


def test_too_little_teaches_nothing(cast: Cast) -> None:
    taught(cast, 30)
    with pytest.raises(learned.TooLittle):
        learned.learn()
    assert not LearnedModel.objects.exists()


def test_confidential_unsorted_and_withdrawn_concerns_are_no_lessons(cast: Cast) -> None:
    taught(cast, 6)
    rows = list(Matter.objects.order_by("pk"))
    Matter.objects.filter(pk=rows[0].pk).update(circle_id=7)
    Matter.objects.filter(pk=rows[1].pk).update(triage_class="")
    Report.objects.filter(matter=rows[2]).update(state="withdrawn")
    assert set(learned.lessons().values_list("matter", flat=True)) == {row.pk for row in rows[3:]}
    Matter.objects.update(circle_id=None)


def test_categories_it_cannot_tell_apart_are_never_suggested(cast: Cast) -> None:
    twin = category("lamp", "灯具", ["灯具"])
    taught(cast, 130)
    odd = list(Matter.objects.filter(category=cast.light).order_by("pk"))[::2]
    Matter.objects.filter(pk__in=[row.pk for row in odd]).update(category=twin)
    told = {row["label"]: row["is_told"] for row in learned.learn().quality}
    assert not (told["light"] and told["lamp"]) and told["drain"]


def test_what_people_decided_since_is_compared(cast: Cast) -> None:
    taught(cast)
    model = learned.learn(now=timezone.now() - timedelta(days=400))
    Matter.objects.update(accepted_at=timezone.now())
    found = learned.agreement(model, timezone.now())
    assert found.sorted == 90 and found.sure >= found.same > 60


def test_the_page_tells_quality_and_the_switch_is_remembered(cast: Cast, chief: Account) -> None:
    assert "还没有学过" in client(chief).get(ROOT).content.decode()
    taught(cast)
    learned.learn()
    page = client(chief).get(ROOT).content.decode()
    assert "路灯楼道灯" in page and "使用中" in page
    assert client(chief).post(f"{ROOT}off/").status_code == 302
    suggest.forget()
    assert suggest.suggest("一到晚上就摸黑") == []
    assert "停用学到的建议" in client(chief).get(ROOT).content.decode()
    assert client(chief).post(f"{ROOT}on/").status_code == 302
    suggest.forget()
    assert suggest.suggest("一到晚上就摸黑，走夜路")[0].category == cast.light
    assert SettingChange.objects.filter(kind="learned").count() == 2


def test_whose_duty_does_not_reach_everywhere_reads_and_changes_nothing(cast: Cast) -> None:
    local = client(cast.people["administrator"])
    assert local.get(ROOT).status_code == 200
    local.post(f"{ROOT}off/")
    assert not SettingChange.objects.exists()
    assert client(cast.people["clerk"]).get(ROOT).status_code == 404
