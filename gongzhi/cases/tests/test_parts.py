"""One matter in several parts, several matters in one: splitting, gathering, merging, pairs; and two people at once."""

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from gongzhi.accounts.tests.factories import client
from gongzhi.base.models import StoredFile
from gongzhi.base.text import bigrams
from gongzhi.cases import branches, clocks, pairs, suggest
from gongzhi.cases.actions import join, merge, merge_all, unmerge
from gongzhi.cases.models import DuplicateDismissal, Matter, Task
from gongzhi.cases.tests import factories
from gongzhi.cases.tests.factories import (
    ANSWERED,
    FINISHED,
    MORNING,
    Cast,
    brought_to,
    in_parts,
    reported,
    said,
    triaged,
)
from gongzhi.cases.tests.test_joint import statements, whistled
from gongzhi.cases.tests.test_six_steps import do
from gongzhi.cases.views.files import may_read
from gongzhi.kernel import bridges, verify
from gongzhi.kernel.clock import current
from gongzhi.kernel.errors import NotPossible, NotValid, Refused
from gongzhi.kernel.models import Event, Notification, Todo
from gongzhi.kernel.perform import perform


def children(matter: Matter) -> list[Matter]:
    return list(Matter.objects.filter(parent=matter).order_by("pk"))


def carried() -> None:
    """What the worker does with the events that have to cross."""
    for event in Event.objects.filter(verb="part_over").order_by("id"):
        bridges.cross(event.pk, branches.BRIDGE)


def finished(cast: Cast, child: Matter, officer: str) -> Matter:
    for verb, who, data in (("sign", officer, {}), ("finish", officer, FINISHED), ("accept_part", "clerk", {})):
        child = do(cast, child, verb, who, data)
    return child


# --- Parts --------------------------------------------------------------------------------------------------------


def test_each_part_has_its_own_number_handler_and_a_clock_that_ends_with_the_whole(cast: Cast) -> None:
    matter = brought_to(cast, "divided")
    first, second = children(matter)
    assert (first.title, first.organisation_id, second.organisation_id) == ("换楼道灯", cast.works.pk, cast.water.pk)
    assert len({matter.number, first.number, second.number}) == 3
    assert {child.state for child in (first, second)} == {"assigned"}
    assert (matter.children_open, matter.organisation_id, matter.state) == (2, None, "divided")
    for child in (first, second):
        assert child.total_due_at is not None and matter.total_due_at is not None
        assert child.total_due_at <= matter.total_due_at
        assert (child.grid_id, child.report_count, child.is_public) == (matter.grid_id, 0, False)
    owed = set(Todo.objects.filter(obligation="act").values_list("record_id", "organisation_id"))
    assert owed == {(matter.pk, None), (first.pk, cast.works.pk), (second.pk, cast.water.pk)}


def test_neither_more_time_nor_another_category_lets_a_part_end_after_the_whole(cast: Cast) -> None:
    matter = brought_to(cast, "divided")
    child = do(cast, children(matter)[0], "sign", "officer")
    child = do(cast, child, "ask_extension", "officer", {"reason": "等配件", "days": 20})
    child = do(cast, child, "grant_extension", "clerk")
    assert child.total_due_at == matter.total_due_at
    assert list(clocks.differences(current())) == []
    child = do(cast, child, "return", "officer", {"reason": "不归我们"})
    child = do(cast, child, "triage", "clerk", triaged(cast, f"o{cast.water.pk}", urgency="complex"))
    assert child.total_due_at == matter.total_due_at


def test_with_its_last_part_the_whole_is_ready_to_be_answered_and_reporters_hear_of_each(cast: Cast) -> None:
    matter = brought_to(cast, "divided")
    first, second = children(matter)
    finished(cast, first, "officer")
    carried()
    matter.refresh_from_db()
    assert (matter.state, matter.children_open) == ("divided", 1)
    assert Notification.objects.filter(account_id=cast.people["resident"].pk, title__contains="换楼道灯").count() == 1
    finished(cast, second, "water_officer")
    carried()
    carried()
    matter.refresh_from_db()
    assert (matter.state, matter.children_open) == ("answering", 0)
    assert do(cast, matter, "feedback", "clerk", ANSWERED).state == "judging"
    assert Event.objects.filter(verb="child_over", record_id=matter.pk).count() == 2


def test_a_part_that_is_declined_or_merged_counts_as_well(cast: Cast) -> None:
    data = {**in_parts(cast), "handler_1": "", "handler_2": ""}
    matter = do(cast, brought_to(cast, "sorting"), "split", "clerk", data)
    first, second = children(matter)
    do(cast, first, "decline", "clerk", {"route": "outside", "answer": "这一部分可找市场服务。"})
    merge(second, brought_to(cast, "handling"), "那边已经在办", actor=cast.actor("clerk"), now=MORNING)
    carried()
    matter.refresh_from_db()
    assert matter.state == "answering"
    with pytest.raises(NotPossible):
        unmerge(Matter.objects.get(pk=second.pk), "拆回", actor=cast.actor("clerk"), now=MORNING)


def test_reporters_stay_with_the_whole(cast: Cast) -> None:
    matter = brought_to(cast, "divided", now=timezone.now())
    child = children(matter)[0]
    with pytest.raises(NotPossible):
        join(said(cast), child, actor=cast.actor("resident"), now=timezone.now())
    for verb, data in (("ask", {"question": "几楼？"}), ("publish", {"is_public": "on", "public_title": "灯"})):
        with pytest.raises(NotPossible, match="总事项"):
            do(cast, child, verb, "clerk", data)
    child = do(cast, child, "sign", "officer")
    child = do(cast, child, "finish", "officer", FINISHED)
    with pytest.raises(NotPossible):
        do(cast, child, "feedback", "clerk", ANSWERED)
    page = client(cast.people["officer"]).get(f"/matters/{child.number}/")
    assert "楼道灯不亮" in page.text, "whoever handles a part reads what was said"
    assert matter.number in page.text
    assert "显示电话" not in page.text


def test_whoever_handles_a_part_sees_the_photos_of_the_whole(cast: Cast) -> None:
    matter = brought_to(cast, "divided", now=timezone.now())
    photo = StoredFile.objects.create(
        kind="photo", name="1.jpg", media_type="image/jpeg", sha256="a" * 64, size=1, width=1, height=1, path="x/y",
        thumbnail_path="x/z", owner_kind="cases.matter", owner_id=matter.pk,
    )  # fmt: skip
    page = client(cast.people["water_officer"]).get(f"/matters/{children(matter)[1].number}/")
    assert f"/files/{photo.uid}/" in page.text
    for who, seen in (("water_officer", True), ("second_grid", False)):
        request: Any = SimpleNamespace(actor=cast.actor(who))
        assert may_read(photo, request) is seen


def test_parts_are_taken_back_only_while_nobody_has_begun(cast: Cast) -> None:
    matter = brought_to(cast, "divided")
    whole = branches.gather(matter, "一家就能办", actor=cast.actor("clerk"), now=MORNING)
    assert whole.state == "sorting"
    assert {child.state for child in children(matter)} == {"merged"}
    assert not Todo.objects.exclude(record_id=matter.pk).exists()
    matter = do(cast, whole, "split", "clerk", in_parts(cast))
    begun = children(matter)[2]
    do(cast, begun, "sign", "officer")
    with pytest.raises(NotPossible, match="换楼道灯"):
        branches.gather(Matter.objects.get(pk=matter.pk), "算了", actor=cast.actor("clerk"), now=MORNING)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title_2": ""}, "title_2"), ({"note": ""}, "note"), ({"handler_1": "o999999"}, "handler_1"),
        ({"category_2": "99999"}, "category_2"), ({"title_1": "长" * 81}, "title_1"),
    ],
)  # fmt: skip
def test_a_wrong_split_is_refused_beside_its_field(cast: Cast, change: dict[str, str], field: str) -> None:
    with pytest.raises(NotValid) as refusal:
        do(cast, brought_to(cast, "sorting"), "split", "clerk", {**in_parts(cast), **change})
    assert field in refusal.value.errors
    assert Matter.objects.count() == 1


def test_splitting_by_the_page_stays_within_its_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    matter = brought_to(cast, "handling", now=timezone.now())
    desk, base = client(cast.people["clerk"]), f"/matters/{matter.number}/"
    desk.get(base)
    assert "第 2 部分" in desk.get(f"{base}split/").text
    page = desk.post(f"{base}split/", {**in_parts(cast), "title_2": ""})
    assert page.status_code == 422
    assert "换楼道灯" in page.text
    with django_assert_max_num_queries(60) as seen:
        assert desk.post(f"{base}split/", in_parts(cast)).status_code == 302
    assert statements(seen) <= 22, "a part is a matter of its own"
    with django_assert_max_num_queries(14):
        page = desk.get(base)
    assert "通下水道" in page.text
    assert "收回分办" in page.text
    assert desk.post(f"{base}gather/", {"reason": "一家就能办"}).status_code == 302
    assert Matter.objects.get(pk=matter.pk).state == "sorting"


# --- Merging ------------------------------------------------------------------------------------------------------


def test_several_are_merged_at_once_all_or_none(cast: Cast) -> None:
    target, one, other = brought_to(cast, "handling"), brought_to(cast, "sorting"), brought_to(cast, "routed")
    merge_all([one, other], target, "同一盏灯", actor=cast.actor("clerk"), now=MORNING)
    target.refresh_from_db()
    assert (target.report_count, target.reports.count()) == (3, 3)
    late, fresh = brought_to(cast, "judging"), brought_to(cast, "sorting")
    with pytest.raises(NotPossible):
        merge_all([fresh, late], target, "看着像", actor=cast.actor("clerk"), now=MORNING)
    fresh.refresh_from_db()
    assert fresh.state == "sorting"


def test_what_cannot_be_taken_out_again_says_why(cast: Cast) -> None:
    one, two, three = brought_to(cast, "sorting"), brought_to(cast, "handling"), brought_to(cast, "handling")
    merge(one, two, "同一盏灯", actor=cast.actor("clerk"), now=MORNING)
    merge(Matter.objects.get(pk=two.pk), three, "也是", actor=cast.actor("clerk"), now=MORNING)
    with pytest.raises(NotPossible, match="先把它拆回"):
        unmerge(Matter.objects.get(pk=one.pk), "拆", actor=cast.actor("clerk"), now=MORNING)
    three = do(cast, Matter.objects.get(pk=three.pk), "finish", "officer", FINISHED)
    do(cast, three, "feedback", "clerk", ANSWERED)
    with pytest.raises(NotPossible, match="已经答复过"):
        unmerge(Matter.objects.get(pk=two.pk), "拆", actor=cast.actor("clerk"), now=MORNING)


def test_the_desk_merges_with_a_look_at_what_moves_and_takes_out_from_the_other_page(cast: Cast) -> None:
    now = timezone.now()
    one, two = brought_to(cast, "sorting", now=now), brought_to(cast, "handling", now=now)
    desk, ids = client(cast.people["clerk"]), {"id": [one.number, two.number]}
    page = desk.get("/work/bulk/merge/", ids)
    assert one.reports.get().number in page.text
    assert f'value="{two.number}" checked' in page.text.replace("\n", ""), "who is furthest is proposed to stay"
    page = desk.post("/work/bulk/merge/", {**ids, "sure": "1", "stays": two.number, "reason": ""})
    assert page.status_code == 422
    page = desk.post("/work/bulk/merge/", {**ids, "sure": "1", "stays": two.number, "reason": "同一盏灯"})
    assert page.status_code == 302
    assert one.title in desk.get(f"/matters/{two.number}/").text
    assert f"/matters/{one.number}/unmerge/" in desk.get(f"/matters/{two.number}/").text
    desk.post(f"/matters/{one.number}/unmerge/", {"reason": "是两盏"})
    one.refresh_from_db()
    assert one.state == "sorting"
    assert desk.get("/work/bulk/merge/", {"id": one.number}).status_code == 302


def test_a_clerk_elsewhere_merges_nothing(cast: Cast) -> None:
    one, two = brought_to(cast, "sorting"), brought_to(cast, "handling")
    desk = client(cast.people["neighbour_clerk"])
    sent = {"id": [one.number, two.number], "sure": "1", "stays": two.number, "reason": "同一盏灯"}
    assert desk.post("/work/bulk/merge/", sent).status_code == 302
    assert desk.post("/work/pairs/two/", sent).status_code == 404
    one.refresh_from_db()
    assert one.state == "sorting"
    assert client(cast.people["officer"]).get("/work/pairs/").status_code in (403, 404)


def test_likely_pairs_say_why_and_dismissed_ones_stay_away(cast: Cast, django_assert_max_num_queries: Any) -> None:
    now = timezone.now()
    one = reported(cast, now=now, text="3栋2单元楼道灯不亮，晚上下楼看不见。").matter
    two = reported(cast, "other_resident", now=now, text="楼道灯又不亮了，3栋2单元，摸黑下楼。").matter
    reported(cast, now=now, text="门口早餐摊占道，孩子上学要绕路。", category=None, place=cast.city.second_building)
    assert one is not None and two is not None
    desk = client(cast.people["clerk"])
    desk.get("/work/pairs/")
    with django_assert_max_num_queries(10):
        page = desk.get("/work/pairs/")
    assert [(row["pair"].first.pk, row["pair"].second.pk) for row in page.context["found"]] == [(one.pk, two.pk)]
    assert "前后不到一小时" in page.text and "在同一个地方" in page.text
    for _twice in range(2):
        assert desk.post("/work/pairs/two/", {"id": [two.number, one.number]}).status_code == 302
    assert DuplicateDismissal.objects.count() == 1
    assert pairs.pairs(cast.actor("clerk"), now) == []
    assert "可能是同一件事" not in desk.get(f"/matters/{one.number}/").text
    assert pairs.pairs(cast.actor("neighbour_clerk"), now) == []


# --- Two at once --------------------------------------------------------------------------------------------------


def at_once(*steps: Callable[[], Any]) -> list[str]:
    """What came of steps taken by different people at the same moment."""
    outcomes: list[str] = []
    start = threading.Barrier(len(steps))

    def run(step: Callable[[], Any]) -> None:
        start.wait()
        try:
            step()
            outcomes.append("done")
        except Refused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_split_whistle_merge_and_finish_the_last_parts() -> None:
    cast = factories.cast()
    clerk, second = cast.actor("clerk"), cast.actor("second_clerk")
    matter = brought_to(cast, "handling")
    split = [
        lambda who=who: perform(Matter.objects.get(pk=matter.pk), "split", actor=who, data=in_parts(cast))
        for who in (clerk, second)
    ]
    assert at_once(*split) == ["done", "refused"]
    assert Matter.objects.filter(parent=matter).count() == 2

    other = brought_to(cast, "handling")
    seq = Matter.objects.get(pk=other.pk).seq
    asks = {"body_1": f"o{cast.water.pk}", "asked_1": "关阀"}
    whistle = [
        lambda who=who: perform(Matter.objects.get(pk=other.pk), "whistle", actor=who, data=asks, seq=seq)
        for who in (clerk, second)
    ]
    assert at_once(*whistle) == ["done", "refused"]
    assert Task.objects.filter(matter=other).count() == 1

    one, two = brought_to(cast, "sorting"), brought_to(cast, "sorting")
    assert at_once(
        lambda: merge(one, two, "同一盏灯", actor=clerk), lambda: merge(two, one, "同一盏灯", actor=second)
    ) == ["done", "refused"]  # fmt: skip

    kids = children(matter)
    for child, officer in zip(kids, ("officer", "water_officer"), strict=True):
        do(cast, do(cast, child, "sign", officer), "finish", officer, FINISHED)
    accept = [lambda pk=child.pk: perform(Matter.objects.get(pk=pk), "accept_part", actor=clerk) for child in kids]
    assert at_once(*accept) == ["done", "done"]
    over = list(Event.objects.filter(verb="part_over").values_list("pk", flat=True))
    assert at_once(*[lambda pk=pk: bridges.cross(pk, branches.BRIDGE) for pk in over]) == ["done", "done"]
    matter.refresh_from_db()
    assert (matter.state, matter.children_open) == ("answering", 0)
    assert list(verify.run()) == []


def test_a_whistle_before_the_split_is_called_off(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    whistled(cast, matter)
    matter = do(cast, Matter.objects.get(pk=matter.pk), "split", "clerk", in_parts(cast))
    assert (matter.co_open, Task.objects.get().state) == (0, "cancelled")


def test_the_reasons_of_a_likeness_quote_whole_phrases() -> None:
    one = bigrams("楼道灯不亮，请院坝里的老人劝过，3单元")
    other = bigrams("摆花盆扯皮，请院坝里的老人劝过；楼道灯坏了，3单元")
    said = suggest.Said(frozenset(other), 1, 1, None, MORNING)
    found = suggest.compare(Matter(search=one, created_at=MORNING), said)
    assert found.reasons[:2] == ("都写到“请院坝里的老人劝过”", "都写到“楼道灯”")
