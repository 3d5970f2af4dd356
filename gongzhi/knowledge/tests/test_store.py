"""What counts where, placeholders, questions as a form, and the lists an installation begins with."""

from typing import Any, cast

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.http import QueryDict

from gongzhi.knowledge import placeholders, questions, seeding, store
from gongzhi.knowledge.forms import FaqForm, QuestionForm, TemplateForm
from gongzhi.knowledge.kinds import KINDS
from gongzhi.knowledge.models import AnswerTemplate, ExtraQuestion, Faq, Guide
from gongzhi.knowledge.tests import factories as make
from gongzhi.territory.models import Place
from gongzhi.territory.tests.factories import City

NULLS = ("proposed_by", "decided_by")
NEAR = ("light", "utility", "")


def test_an_unknown_placeholder_is_named() -> None:
    with pytest.raises(ValidationError) as error:
        placeholders.check("{称呼}：{诉求编号}办好了，{称呼}")
    assert "{诉求编号}" in str(error.value) and "{诉求号}" in str(error.value)
    with pytest.raises(ValidationError, match="成对"):
        placeholders.check("{称呼：您好")


def test_what_nobody_knows_stays_in_its_braces() -> None:
    filled = placeholders.fill("{称呼}，请打 {电话}", {"称呼": "陈阿姨", "电话": ""})
    assert filled == "陈阿姨，请打 {电话}" and placeholders.unfilled(filled) == ["电话"]
    assert "{" not in placeholders.sample("".join(f"{{{name}}}" for name in placeholders.SAMPLES))


def test_the_nearest_place_counts_and_the_nearest_topic_comes_first(city: City) -> None:
    make.guide("utility", title="设施")
    make.guide("light", title="路灯")
    make.guide("light", title="路灯", place=city.community, steps="社区自己的步骤")
    path = tuple(city.grid.path_ids)
    found = store.guide(NEAR, path)
    assert found and found.lines == ["社区自己的步骤"]
    there = store.guide(NEAR, tuple(city.neighbour.path_ids))
    assert there and there.lines == ["先看归谁", "再派单"]
    assert store.guide(("gas", ""), path) is None


def test_what_is_retired_or_only_proposed_is_not_used(city: City) -> None:
    make.template(title="旧的", is_active=False)
    make.template(title="提的", status="proposed", proposed_by=1)
    make.template(title="用的")
    assert [row.title for row in store.templates(("feedback",), NEAR, ())] == ["用的"]


def test_a_heading_stands_once_for_a_topic_and_place(city: City) -> None:
    make.faq()
    with pytest.raises(IntegrityError), transaction.atomic():
        make.faq()
    make.faq(place=city.community)
    make.faq(is_active=False)


def test_nobody_decides_about_an_own_proposal_even_past_the_pages(city: City) -> None:
    with pytest.raises(IntegrityError):
        make.template(proposed_by=7, decided_by=7)


def test_answers_are_found_by_words_and_subject_and_only_while_they_hold(city: City) -> None:
    lamp = make.faq()
    make.faq("停电了怎么办？", topic="power", words=["停电"], answer="打电话。")
    make.faq("灯不亮（过期的）", valid_to="2020-01-01")
    assert store.answers("我家楼下楼道灯不亮好几天", ("",), ()) == [lamp]
    assert store.answers("灯", NEAR, ()) == [] and store.answers("邻居家的狗总叫唤", NEAR, ()) == []
    assert len(store.answers("停电了楼道灯也不亮怎么办", NEAR, ())) == 2


def test_answers_kept_in_memory_cost_one_statement(city: City, django_assert_num_queries: object) -> None:
    make.faq()
    with django_assert_num_queries(1):  # type: ignore[operator]
        store.answers("楼道灯不亮很久了", NEAR, ())
        store.answers("楼道灯不亮很久了", NEAR, ())


def _asked(rows: list[ExtraQuestion], **said: Any) -> questions.ExtraForm:
    data = QueryDict(mutable=True)
    for name, value in said.items():
        data.setlist(name.replace("_", "-"), [value] if isinstance(value, str) else value)
    return questions.ExtraForm(data, rows)


def test_answers_keep_the_wording_that_was_answered(city: City) -> None:
    hurt = make.extra("有人受伤吗？", is_required=True)
    parts = make.extra("坏在哪里？", kind="several", choices=["灯泡", "开关"])
    rows = [hurt, parts]
    assert not _asked(rows).is_valid()
    form = _asked(rows, **{f"extra_q{hurt.pk}": "否", f"extra_q{parts.pk}": ["灯泡", "开关"]})
    assert form.is_valid()
    assert form.answers == [
        {"id": hurt.pk, "version": 1, "label": "有人受伤吗？", "value": "否", "shown": "否"},
        {"id": parts.pk, "version": 1, "label": "坏在哪里？", "value": ["灯泡", "开关"], "shown": "灯泡、开关"},
    ]
    assert questions.one_line(form.answers) == "有人受伤吗？：否；坏在哪里？：灯泡、开关"


def test_an_answer_that_stops_is_told_once_and_a_final_one_always(city: City) -> None:
    stop = {"stop_answer": "是", "stop_message": "请先打 120", "stop_phone": "120"}
    hurt = make.extra("有人受伤吗？", **stop)
    name = f"extra_q{hurt.pk}"
    first = _asked([hurt], **{name: "是"})
    assert not first.is_valid() and "请先打 120" in str(first.errors)
    assert _asked([hurt], **{name: "是", "extra_known": str(hurt.pk)}).is_valid()
    assert _asked([hurt], **{name: "否"}).is_valid()
    hurt.is_final = True
    assert not _asked([hurt], **{name: "是", "extra_known": str(hurt.pk)}).is_valid()


@pytest.mark.parametrize("kind", ExtraQuestion.Kind.values)
def test_every_kind_takes_rubbish_without_falling_over(city: City, kind: str) -> None:
    row = make.extra(kind=kind, choices=["甲", "乙"], is_required=True)
    for said in ("", "是" * 500, "<script>", "99999999999999999999", "\u202e"):
        form = _asked([row], **{f"extra_q{row.pk}": said})
        assert form.is_valid() is (kind == "notice" or (kind == "text" and 0 < len(said) < 200 and said != "\u202e"))
    assert questions.lines({"odd": 1}) == [] and questions.lines([{"label": 1}, "x"]) == []


def test_staff_are_asked_more_than_reporters_and_the_common_come_first(city: City) -> None:
    make.extra("先问", topic="")
    make.extra("只有工作人员问", is_public=False)
    make.extra("公开的", position=5)
    assert [row.label for row in store.questions(NEAR, ())] == ["先问", "公开的"]
    assert len(store.questions(NEAR, (), staff=True)) == 3


def test_forms_say_what_is_missing(city: City) -> None:
    row, common = AnswerTemplate(), cast(Any, {"places": Place.objects.all(), "everywhere": True})
    form = TemplateForm({"title": "一", "use": "feedback", "text": "打 13812345678 找{谁}"}, row=row, **common)
    assert not form.is_valid() and "{谁}" in str(form.errors["text"])
    form = TemplateForm({"title": "一", "use": "feedback", "text": "打 13812345678 找人"}, row=row, **common)
    assert "13812345678" in str(form.errors["text"])
    data = {"label": "选哪个", "kind": "one", "choices": "只有一个", "position": 1, "stop_answer": "没有的"}
    asked = QuestionForm(data, row=ExtraQuestion(), **common)
    assert set(asked.errors) == {"choices", "stop_answer", "stop_message"}
    days = {"question": "问", "answer": "答", "valid_from": "2026-05-02", "valid_to": "2026-05-01", "words": "灯"}
    assert set(FaqForm(days, row=Faq(), **common).errors) == {"valid_to", "words"}


def test_the_first_lists_are_whole_and_only_added_once(city: City) -> None:
    known = {row["topic"] for code in KINDS for row in seeding.rows(code)}
    added = seeding.seed(known)
    models = (AnswerTemplate, Faq, Guide, ExtraQuestion)
    counts = [model._default_manager.count() for model in models]
    assert added == sum(counts) and all(count >= least for count, least in zip(counts, (40, 60, 20, 40), strict=True))
    assert seeding.seed(known) == 0
    for row in AnswerTemplate.objects.all():
        placeholders.check(row.text)
        row.full_clean(exclude=NULLS)
    for entry in (*Faq.objects.all(), *Guide.objects.all(), *ExtraQuestion.objects.all()):
        entry.full_clean(exclude=[*NULLS, "choices", "words", "search", "owner_id"])
        assert entry.stop_answer in ("", *entry.options) if isinstance(entry, ExtraQuestion) else True


def test_the_database_itself_refuses_to_change_the_history(city: City) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO knowledge_knowledgechange (kind, what, row_id, version, subject, before, after, by_name, at) "
            "VALUES ('answers', 'added', 1, 1, '问', '{}', '{}', '甲', now())"
        )
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            cursor.execute("UPDATE knowledge_knowledgechange SET subject = '改'")
