"""Times, spans and deadlines as people say them; patterns that keep what people typed harmless."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import translation
from pytest_django import Settings

from gongzhi.base import ui

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 14, 30, tzinfo=SHANGHAI)


def draw(template: str, **context: Any) -> str:
    """The template's text with the library loaded."""
    request = context.pop("request", RequestFactory().get("/list?state=late&after=9"))
    return Template("{% load ui %}" + template).render(Context(context | {"request": request}))


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 24, 14, 30, tzinfo=SHANGHAI), "今天 14:30"),
        (datetime(2026, 11, 23, 16, 30, tzinfo=ZoneInfo("UTC")), "今天 00:30"),
        (datetime(2026, 11, 23, 9, 12, tzinfo=SHANGHAI), "昨天 09:12"),
        (datetime(2026, 11, 25, 8, 0, tzinfo=SHANGHAI), "明天 08:00"),
        (datetime(2026, 11, 3, 8, 0, tzinfo=SHANGHAI), "11月3日 08:00"),
        (datetime(2025, 11, 3, 8, 0, tzinfo=SHANGHAI), "2025年11月3日"),
        (date(2026, 11, 3), "11月3日"),
        (date(2026, 11, 24), "今天"),
    ],
)
def test_a_moment_is_spoken_in_shanghai_time(moment: date, words: str) -> None:
    assert ui.speak_time(moment, NOW) == words


def test_the_last_day_of_the_old_year_is_still_yesterday_with_its_hour() -> None:
    new_year = datetime(2027, 1, 1, 9, 0, tzinfo=SHANGHAI)
    assert ui.speak_time(new_year - timedelta(hours=12), new_year) == "昨天 21:00"


def test_english_reads_a_date_in_english() -> None:
    with translation.override("en"):
        assert ui.speak_date(date(2025, 11, 3), NOW.date()) == "3 Nov 2025"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(hours=3, minutes=20), "3 小时 20 分"),
        (timedelta(days=1, hours=4, minutes=59), "1 天 4 小时"),
        (timedelta(days=2), "2 天"),
        (timedelta(days=1, minutes=30), "1 天"),
        (timedelta(days=4, hours=20), "4 天"),
        (timedelta(hours=-5), "5 小时"),
        (59, "不到 1 分"),
        (45 * 60.0, "45 分"),
    ],
)
def test_a_span_is_spoken_in_at_most_two_units(span: timedelta | float, words: str) -> None:
    assert ui.speak_span(span) == words


@pytest.mark.parametrize(
    ("left", "tone", "words"),
    [
        (timedelta(hours=3, minutes=20), "warn", "还剩 3 小时 20 分"),
        (timedelta(hours=9), "warn", "今天到期"),
        (timedelta(hours=20), "warn", "还剩 20 小时"),
        (timedelta(days=4, hours=1), "ok", "还剩 4 天"),
        (timedelta(days=-2), "bad", "超期 2 天"),
        (timedelta(seconds=-1), "bad", "超期 不到 1 分"),
    ],
)
def test_a_deadline_says_how_it_stands(left: timedelta, tone: str, words: str) -> None:
    due = ui.due_state(NOW + left, now=NOW)
    assert due is not None and (due.tone, due.words) == (tone, words)


def test_a_paused_clock_says_so_and_no_deadline_says_nothing() -> None:
    paused = ui.due_state(NOW - timedelta(days=9), now=NOW, is_paused=True)
    assert paused is not None and paused.words == "暂停中"
    assert draw("{% due_chip due %}", due=None) == ""


def test_a_due_chip_tells_how_it_was_computed() -> None:
    page = draw('{% due_chip due why="从派单起算" source="规则 3" %}', due=NOW)
    assert page.startswith("<details") and "怎么算的？" in page and "依据：规则 3" in page


def test_an_unknown_icon_is_a_mistake_of_the_page() -> None:
    with pytest.raises(KeyError, match="unicorn"):
        draw('{% icon "unicorn" %}')


def test_what_people_typed_stays_text() -> None:
    page = draw("{{ said|safe_text }}", said="<script>x</script>\n\n第二段\u202e倒过来")
    assert "<script>" not in page and "\u202e" not in page and page.count("<p>") == 2


@pytest.mark.parametrize(
    ("template", "value", "words"),
    [
        ("{{ v|number }}", 12045, "12,045"),
        ("{{ v|number }}", None, "—"),
        ("{{ v|percent }}", 0.954, "95.4%"),
        ("{{ v|percent }}", None, "—"),
        ("{{ v|money }}", 1250, "12.50 元"),
        ("{{ v|money }}", 0, "0.00 元"),
        ("{{ v|mask_name }}", "陈小英", "陈*英"),
    ],
)
def test_figures_are_written_as_people_write_them(template: str, value: Any, words: str) -> None:
    assert draw(template, v=value) == words


def test_steps_mark_the_present_one_for_everybody() -> None:
    items = [
        SimpleNamespace(label="收集", status="done"),
        SimpleNamespace(label="分流", status="now", who="王敏", until=NOW),
    ]
    page = draw("{% steps items %}", items=items)
    assert page.count('aria-current="step"') == 1 and "已完成" in page and "现在由 <b>王敏</b> 办" in page


def test_more_keeps_the_filters_and_replaces_the_cursor() -> None:
    assert 'href="?state=late&amp;after=42"' in draw("{% more 42 %}")
    assert draw("{% more None %}").strip() == ""


def test_numbered_pages_keep_the_filters() -> None:
    page = draw("{% pager page %}", page=Paginator(range(30), 10).page(2))
    assert "第 2 页，共 3 页" in page and "state=late" in page and "page=3" in page


def test_a_person_without_duty_to_be_called_shows_no_telephone() -> None:
    someone = {"name": "李小芳", "duty": "网格员", "phone": "0813 555 0102"}
    assert 'href="tel:08135550102"' in draw("{% person p %}", p=someone)
    assert "tel:" not in draw("{% person p phone=False %}", p=someone)


class Entry(forms.Form):
    text = forms.CharField(label="怎么回事？")
    kind = forms.ChoiceField(label="哪一类", widget=forms.RadioSelect, choices=[("a", "甲"), ("b", "乙")])
    own = forms.CharField(label="电话", error_messages={"required": "请留个电话。"})


def test_errors_stand_beside_the_field_and_summed_at_the_top_with_links() -> None:
    page = draw("{% form_errors form %}{% field form.text %}", form=Entry({}))
    assert "有 3 处要改一下" in page and '<a href="#id_text">“怎么回事？”要填。</a>' in page
    assert 'aria-describedby="id_text-error"' in page and 'id="id_text-error"' in page
    assert "“哪一类”要选一个。" in page and "请留个电话。" in page


def test_a_form_without_errors_sums_nothing() -> None:
    assert draw("{% form_errors form %}", form=Entry({"text": "x", "kind": "a", "own": "1"})) == ""


def test_choices_are_one_group_with_its_question() -> None:
    page = draw("{% field form.kind hint='选一个' %}", form=Entry())
    assert page.count("<legend>") == 1 and page.count('type="radio"') == 2 and 'aria-describedby="id_kind-hint"' in page


def test_attributes_of_a_field_reach_its_control() -> None:
    assert 'data-suggest="/x"' in draw("{% field form.text data_suggest='/x' %}", form=Entry())


@pytest.mark.parametrize("cookie", ['large" onload="x', "huge", ""])
def test_a_forged_cookie_changes_nothing(cookie: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES = {"type": cookie}
    assert draw("{% html_attributes %}", request=request) == 'lang="zh-CN"'


def test_the_look_is_remembered_and_leads_back(client: Client) -> None:
    answer = client.get("/look", {"type": "large", "next": "/concerns?a=1"})
    assert (answer.headers["Location"], answer.cookies["type"].value) == ("/concerns?a=1", "large")


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_the_look_never_leads_to_another_house(client: Client, target: str) -> None:
    assert client.get("/look", {"type": "large", "next": target}).headers["Location"] == "/"


def test_a_look_that_does_not_exist_is_not_remembered(client: Client) -> None:
    assert client.get("/look", {"type": "<b>"}).cookies.get("type") is None


def test_the_guide_is_only_for_those_who_build(client: Client, settings: Settings) -> None:
    assert client.get("/guide").status_code == 404
    settings.DEBUG = True
    assert client.get("/guide/no-such-page").status_code == 404


@pytest.mark.parametrize("name", ["404.html", "403.html", "403_csrf.html", "500.html"])
def test_a_refusal_says_what_to_do_in_plain_words(name: str) -> None:
    from_nothing = Template(f'{{% include "{name}" %}}').render(Context({}))
    assert "现在可以这样做" in from_nothing and "系统错误" not in from_nothing and "操作失败" not in from_nothing
