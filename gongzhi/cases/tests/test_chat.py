"""A forwarded chat: read in the shapes people paste, cut into concerns, corrected, registered once, then forgotten."""

import re
import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from gongzhi.accounts.tests.factories import client
from gongzhi.cases import chat
from gongzhi.cases.models import IntakeDraft, Matter, Report
from gongzhi.cases.tests.factories import Cast, reported

DAY = date(2026, 11, 24)
SHAPES = {
    "name and clock": "张三 10:21\n3栋楼道灯不亮了\n李四 10:22\n收到",
    "name, clock and colon": "张三 10:21:\n3栋楼道灯不亮了\n李四 10:22:05:\n收到",
    "name, date, clock": "张三 2026/11/24 10:21:05\n3栋楼道灯不亮了\n李四 2026/11/24 10:22:09\n收到",
    "date first": "2026-11-24 10:21 张三\n3栋楼道灯不亮了\n2026-11-24 10:22 李四\n收到",
    "QQ": "2026-11-24 10:21:05 张三(123456789)\n3栋楼道灯不亮了\n2026-11-24 10:22:05 李四(9876)\n收到",
    "Chinese date": "张三 11月24日 10:21\n3栋楼道灯不亮了\n李四 11月24日 上午10:22\n收到",
    "export with date lines": ("—————  2026-11-24  —————\n\n\n张三  10:21\n\n3栋楼道灯不亮了\n\n\n李四  10:22\n\n收到"),
    "brackets": "[2026-11-24 10:21] 张三: 3栋楼道灯不亮了\n[2026-11-24 10:22] 李四: 收到",
    "one line each": "张三 10:21: 3栋楼道灯不亮了\n李四 10:22: 收到",
    "afternoon": "张三 下午 10:21\n3栋楼道灯不亮了\n李四 下午 10:22\n收到",
    "yesterday": "张三 昨天 10:21\n3栋楼道灯不亮了\n李四 昨天 10:22\n收到",
    "system lines": ('"王五"通过扫描二维码加入群聊\n张三 10:21\n3栋楼道灯不亮了\n李四撤回了一条消息\n李四 10:22\n收到'),
    "windows line ends": "张三 10:21\r\n3栋楼道灯不亮了\r\n李四 10:22\r\n收到",
    "plain colons": "张三：3栋楼道灯不亮了\n李四：收到",
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_every_shape_gives_the_same_two_messages(text: str) -> None:
    found = chat.parse(text, DAY)
    assert [(m.who, m.text) for m in found] == [("张三", "3栋楼道灯不亮了"), ("李四", "收到")]


def test_times_pictures_and_quotes_are_understood() -> None:
    found = chat.parse(
        "张三 昨天 下午3:05\n[图片]\n[图片]\n楼道灯不亮\n李四 10:22\n「张三：楼道灯不亮」\n- - - - - - - - -\n我们单元也是",
        DAY,
    )
    assert (found[0].pictures, found[0].text) == (2, "楼道灯不亮")
    assert found[0].at is not None
    assert (found[0].at.day, found[0].at.hour) == (23, 15)
    assert (found[1].quoted, found[1].text) == ("楼道灯不亮", "我们单元也是")


ODD = ("", "   ", "🔥🔥", "：：：", "99:99", "张三 99:99\n啊", "\x00\x01‮", "a" * 50_000, "10:21\n10:22", "「」")


def test_odd_text_is_read_without_accident(cast: Cast) -> None:
    for odd in ODD:
        assert isinstance(chat.cut(chat.parse(odd, DAY)), list), odd[:20]


GROUP = """张三 10:01
3栋2单元楼道灯不亮，三天了
张三 10:02
晚上老人下楼看不见
李四 10:03
我们3栋也是
王五 10:05
收到
赵六 10:06
@张三 小区门口下水道堵了，污水都冒出来了
钱七 10:40
请问社保卡在哪里办
王五 10:41
好的谢谢"""


def lines_of(text: str) -> list[list[int]]:
    """How it is cut."""
    return [one.lines for one in chat.cut(chat.parse(text, DAY))]


def test_a_chat_is_cut_by_speaker_topic_and_time(cast: Cast) -> None:
    assert lines_of(GROUP) == [[0, 1, 2], [4], [5]]


CUTS: tuple[tuple[str, list[list[int]]], ...] = (
    ("张三 10:01\n楼道灯不亮\n李四 12:30\n路灯不亮", [[0], [1]]),
    ("张三 10:01\n楼道灯不亮\n李四 10:05\n路灯也不亮了", [[0, 1]]),
    ("张三 10:01\n楼道灯不亮\n张三 10:02\n下水道也堵了", [[0], [1]]),
    ("张三 10:01\n早上好\n李四 10:02\n早", []),
    ("张三 10:01\n[图片]\n张三 10:01\n下水道堵了", [[1]]),
    ("张三 10:01\n下水道堵了\n张三 10:02\n[图片]", [[0, 1]]),
    (
        "张三 10:01\n楼道灯不亮\n李四 10:02\n下水道堵了\n王五 10:03\n「张三：楼道灯不亮」\n我知道是开关坏了",
        [[0, 2], [1]],
    ),
    ("张三 10:01\n能不能管管楼上晚上打麻将\n李四 10:03\n我也听到了", [[0, 1]]),
)


def test_further_chats_are_cut_as_a_person_would(cast: Cast) -> None:
    for text, wanted in CUTS:
        assert lines_of(text) == wanted, text


def test_names_are_masked_in_what_is_kept() -> None:
    found = chat.parse(GROUP, DAY)
    words = chat.words_of(found, [0, 2, 4])
    assert "张三" not in words
    assert "赵六" not in words
    assert words.startswith("张*：3栋")
    assert chat.words_of(found, [5]) == "请问社保卡在哪里办"


# --- The table ------------------------------------------------------------------------------------------------------


def pasted(cast: Cast, text: str = GROUP) -> tuple[Any, str]:
    """A clerk's browser, and where the table of the pasted chat is."""
    browser = client(cast.people["clerk"])
    made = browser.post("/intake/chat/", {"text": text})
    assert made.status_code == 302
    return browser, made.headers["Location"]


def filled(page: Any, place: int, **more: Any) -> dict[str, Any]:
    """The form of the table as it stands, every concern at `place`."""
    data: dict[str, Any] = {f"line-{line['index']}": line["at"] or "" for line in page.context["lines"]}
    for piece in page.context["pieces"]:
        data |= {
            f"text-{piece.number}": piece.text, f"where-{piece.number}": piece.where, f"place-{piece.number}": place,
            f"category-{piece.number}": piece.category, f"join-{piece.number}": piece.join,
        }  # fmt: skip
    return data | more


def test_the_chat_becomes_reports_in_one_go_after_a_dry_run(cast: Cast) -> None:
    browser, address = pasted(cast)
    data = filled(browser.get(address), cast.city.building.pk)
    tried = browser.post(address, {**data, "do": "try"})
    assert "这是预演" in tried.text
    assert not Report.objects.exists()
    done = browser.post(address, {**data, "do": "register"})
    assert done.status_code == 200
    made = list(Report.objects.order_by("pk"))
    assert [row.channel for row in made] == ["chat"] * 3
    assert made[0].matter.category == cast.light
    assert all(row.number in done.text for row in made)
    assert not IntakeDraft.objects.exists()
    assert not re.search("张三|赵六|钱七", " ".join(row.text + row.contact.name for row in made))


def test_lines_are_merged_split_and_dropped(cast: Cast) -> None:
    browser, address = pasted(cast)
    data = filled(browser.get(address), cast.city.building.pk)
    page = browser.post(address, {**data, "do": "again", "line-1": "", "line-2": "new", "line-4": "1", "line-5": "1"})
    assert [piece.lines for piece in page.context["pieces"]] == [[0, 4, 5], [2]]
    assert "我们3栋也是" in page.context["pieces"][1].text


def test_words_edited_by_hand_stay(cast: Cast) -> None:
    browser, address = pasted(cast)
    data = filled(browser.get(address), cast.city.building.pk)
    page = browser.post(address, {**data, "do": "again", "text-1": "3栋2单元和3单元楼道灯都不亮。"})
    assert page.context["pieces"][0].text == "3栋2单元和3单元楼道灯都不亮。"
    assert browser.get(address).context["pieces"][0].text == "3栋2单元和3单元楼道灯都不亮。"


def test_registering_needs_a_place_of_one_s_own(cast: Cast) -> None:
    browser, address = pasted(cast)
    data = filled(browser.get(address), cast.city.building.pk)
    foreign = browser.post(address, {**data, "do": "register", "place-1": 10**9})
    assert foreign.status_code == 422
    assert foreign.context["pieces"][0].wrong
    assert not Report.objects.exists()


def test_a_similar_matter_is_offered_and_joined(cast: Cast) -> None:
    matter = reported(cast, now=timezone.now()).matter
    assert matter is not None
    browser, address = pasted(cast)
    data = filled(browser.get(address), cast.city.building.pk)
    page = browser.post(address, {**data, "do": "again"})
    assert [one.matter.pk for one in page.context["pieces"][0].alike] == [matter.pk]
    browser.post(address, {**filled(page, cast.city.building.pk), "do": "register", "join-1": matter.pk})
    matter.refresh_from_db()
    assert (matter.report_count, Matter.objects.count()) == (2, 3)


def test_a_second_press_makes_nothing_twice_and_strangers_see_nothing(cast: Cast) -> None:
    browser, address = pasted(cast)
    assert client(cast.people["second_clerk"]).get(address).status_code == 404
    assert client(cast.people["resident"]).get("/intake/chat/").status_code == 404
    data = filled(browser.get(address), cast.city.building.pk, do="register")
    browser.post(address, data)
    assert browser.post(address, data).status_code == 302
    assert Report.objects.count() == 3
    assert browser.get(f"/intake/chat/{uuid.uuid4()}/").status_code == 404


def test_nothing_to_read_is_said_in_words(cast: Cast) -> None:
    page = client(cast.people["clerk"]).post("/intake/chat/", {"text": "  "})
    assert page.status_code == 422
    assert "没有认出" in page.text


def test_the_table_takes_few_statements(cast: Cast, django_assert_max_num_queries: Callable[[int], Any]) -> None:
    browser, address = pasted(cast)
    with django_assert_max_num_queries(20):
        browser.get(address)
