"""A small model learns labels from texts, says why, and can be measured, kept and read again."""

import random

import pytest

from gongzhi.knowledge import learning
from gongzhi.knowledge.learning import Model, Quality

WORDS = {
    "light": ("楼道灯不亮", "路灯坏了", "晚上黑漆漆看不见", "声控灯一直闪"),
    "drain": ("下水道堵了", "污水往外冒", "化粪池满了很臭", "窨井返水"),
    "noise": ("半夜施工很吵", "广场舞音响太大", "装修声音吵得睡不着", "KTV 低音震墙"),
}
FILLER = ("请尽快处理", "已经三天了", "老人孩子都受影响", "麻烦社区来看看", "3栋2单元")


def said(label: str, dice: random.Random) -> str:
    return f"{dice.choice(FILLER)}，{dice.choice(WORDS[label])}，{dice.choice(FILLER)}。"


def texts(count: int = 240, seed: int = 1) -> tuple[list[str], list[str]]:
    dice = random.Random(seed)
    labels = [dice.choice(list(WORDS)) for _one in range(count)]
    return [said(label, dice) for label in labels], labels


@pytest.fixture(scope="module")
def model() -> Model:
    return learning.train(*texts(), rounds=4)


def test_it_finds_the_label_and_names_what_spoke_for_it(model: Model) -> None:
    best = model.guesses("门口的路灯坏了，请尽快处理")[0]
    assert best.label == "light" and best.confidence > 0.6
    assert any("灯" in piece for piece in best.because) and "请尽快" not in "".join(best.because)


def test_chances_add_up_and_unknown_words_say_nothing(model: Model) -> None:
    assert sum(guess.confidence for guess in model.guesses("污水往外冒", 3)) == pytest.approx(1)
    assert model.guesses("") == [] and model.guesses("🙂 12345 !!!") == []


def test_the_same_texts_give_the_same_model_and_it_survives_being_kept(model: Model) -> None:
    again, kept = learning.train(*texts(), rounds=4), Model.load(model.dump())
    for text in ("半夜施工很吵", "下水道堵了"):
        first = model.guesses(text)[0]
        assert again.guesses(text)[0] == first
        assert kept.guesses(text)[0].label == first.label
        assert kept.guesses(text)[0].confidence == pytest.approx(first.confidence, abs=0.01)


def test_what_only_one_text_says_is_not_kept() -> None:
    some, labels = texts(60)
    some[0] += "陈大明住龙湖半岛"
    assert not {"陈大明", "龙湖半"} & set(learning.train(some, labels, rounds=1).index)


def test_numbers_of_people_are_no_grams() -> None:
    assert learning.grams("电话13890001234，身份证510303199001011234") == learning.grams("电话，身份证")


def test_tried_texts_were_never_seen_by_the_model_that_guesses_them() -> None:
    some, labels = texts(120)
    results = learning.tried(some, labels, parts=2, rounds=4)
    assert sorted(truth for truth, _guess, _sure in results) == sorted(labels)
    assert sum(truth == guess for truth, guess, _sure in results) > 100
    nonsense = [f"{index % 3}" for index in range(120)]
    shuffled = learning.tried(some, nonsense, parts=2, rounds=4)
    assert sum(truth == guess for truth, guess, _sure in shuffled) < 80


def test_quality_counts_only_what_was_said_with_confidence() -> None:
    results = [("a", "a", 0.9), ("a", "b", 0.4), ("b", "b", 0.8), ("b", "a", 0.95)]
    found = {one.label: one for one in learning.qualities(results, 0.5)}
    assert found["a"] == Quality("a", 2, 2, 1) and found["b"] == Quality("b", 2, 1, 1)
    assert (found["a"].precision, found["a"].recall) == (0.5, 0.5)
    assert found["b"].f1 == pytest.approx(2 / 3)
    assert Quality("c", 0, 0, 0).f1 == 0


def test_the_threshold_is_the_lowest_that_keeps_the_promise() -> None:
    results = [("a", "a", 0.5 + i / 100) for i in range(40)] + [("a", "b", 0.1 + i / 100) for i in range(20)]
    assert learning.threshold(results, 0.66) == pytest.approx(0.1)
    assert learning.threshold(results, 1.0) == pytest.approx(0.5)
    assert learning.threshold([("a", "b", 0.9)] * 50, 0.5) == 1.01
