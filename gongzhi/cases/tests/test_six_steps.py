"""The main job from the first word to the last rating, with its turns."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from gongzhi.cases.actions import join, merge, relocate, unmerge
from gongzhi.cases.models import Matter, Order, Report, Task
from gongzhi.cases.tests.factories import (
    ANSWERED,
    FINISHED,
    HAPPY,
    MORNING,
    Cast,
    brought_to,
    reported,
    said,
    triaged,
)  # fmt: skip
from gongzhi.kernel import scanner
from gongzhi.kernel.clock import SHANGHAI, current
from gongzhi.kernel.errors import NotPermitted, NotPossible, NotValid
from gongzhi.kernel.models import Event, Notification, Todo
from gongzhi.kernel.perform import perform
from gongzhi.territory.actions import merge as merge_places
from gongzhi.territory.actions import move as move_place

UNHAPPY = {"is_resolved": "no", "satisfaction": "2", "comment": "晚上又不亮了"}


def do(
    cast: Cast, matter: Matter, verb: str, who: str, data: dict[str, Any] | None = None, now: Any = MORNING
) -> Matter:
    perform(matter, verb, actor=cast.actor(who), data=data, now=now)
    return Matter.objects.get(pk=matter.pk)


def rate(cast: Cast, report: Report, data: dict[str, Any], now: Any = MORNING) -> None:
    perform(Report.objects.get(pk=report.pk), "rate", actor=cast.actor("resident"), data=data, now=now)


def test_a_concern_goes_through_all_six_steps(cast: Cast) -> None:
    matter = brought_to(cast, "closed")
    report = matter.reports.get()
    assert (matter.state, report.state, report.satisfaction, report.is_resolved) == ("closed", "rated", 5, True)
    verbs = list(Event.objects.filter(kind="cases.matter").order_by("seq").values_list("verb", flat=True))
    assert verbs == ["report", "triage", "sign", "finish", "feedback", "close"]
    assert not Todo.objects.exists()
    assert Notification.objects.filter(account_id=cast.people["resident"].pk).count() == 1


def test_the_deadline_follows_the_urgency_from_acceptance(cast: Cast) -> None:
    matter = brought_to(cast, "sorting")
    later = MORNING + timedelta(hours=1)
    matter = do(cast, matter, "triage", "clerk", triaged(cast, f"o{cast.works.pk}", urgency="emergency"), later)
    assert matter.total_due_at == MORNING + timedelta(hours=2)
    matter = do(cast, matter, "sign", "officer", now=later)
    assert matter.due_at == matter.total_due_at


def test_not_resolved_opens_the_matter_again_and_the_second_answer_is_judged_anew(cast: Cast) -> None:
    matter = brought_to(cast, "judging")
    report = matter.reports.get()
    rate(cast, report, UNHAPPY)
    matter.refresh_from_db()
    report.refresh_from_db()
    assert (matter.state, matter.reopened, report.state, report.is_resolved) == ("sorting", 1, "open", False)
    matter = do(cast, matter, "triage", "clerk", triaged(cast, f"o{cast.works.pk}"))
    for verb, who, data in (("sign", "officer", {}), ("finish", "officer", FINISHED), ("feedback", "clerk", ANSWERED)):
        matter = do(cast, matter, verb, who, data)
    rate(cast, report, HAPPY)
    matter.refresh_from_db()
    assert matter.state == "closed"


def test_when_nobody_rates_the_matter_closes_by_itself(cast: Cast) -> None:
    matter = brought_to(cast, "judging")
    scanner.scan(MORNING + timedelta(days=7))
    matter.refresh_from_db()
    assert (matter.state, matter.reports.get().state) == ("closed", "lapsed")


def test_within_the_window_the_reporter_can_ask_again_and_afterwards_not(cast: Cast) -> None:
    matter = brought_to(cast, "closed")
    report = matter.reports.get()
    with pytest.raises(NotPossible, match="重新反映"):
        perform(
            report, "again", actor=cast.actor("resident"), data={"reason": "又坏了"}, now=MORNING + timedelta(days=16)
        )
    perform(report, "again", actor=cast.actor("resident"), data={"reason": "又坏了"}, now=MORNING + timedelta(days=3))
    matter.refresh_from_db()
    assert (matter.state, matter.reopened) == ("sorting", 1)


def test_a_matter_in_a_secretarys_charge_is_checked_by_somebody_else_than_who_answered(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    matter = do(cast, matter, "take_charge", "secretary")
    matter = do(cast, matter, "finish", "officer", FINISHED)
    matter = do(cast, matter, "feedback", "secretary", ANSWERED)
    assert matter.state == "checking"
    with pytest.raises(NotPermitted):
        do(cast, matter, "pass_check", "secretary")
    assert do(cast, matter, "pass_check", "supervisor").state == "judging"


def test_rated_while_it_was_checked_it_closes_with_the_check(cast: Cast) -> None:
    matter = brought_to(cast, "checking")
    rate(cast, matter.reports.get(), HAPPY)
    matter.refresh_from_db()
    assert matter.state == "checking"
    assert do(cast, matter, "pass_check", "supervisor").state == "closed"


def test_evidence_is_needed_to_close(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    with pytest.raises(NotValid) as refusal:
        do(cast, matter, "finish", "officer", {"result": "办好了", "evidence": "嗯"})
    assert set(refusal.value.errors) == {"photos"}


def test_an_objection_is_decided_by_a_second_person_and_made_once(cast: Cast) -> None:
    matter = brought_to(cast, "objected")
    matter = do(cast, matter, "uphold", "street_clerk", {"reason": "属于市政管护范围"})
    assert (matter.state, matter.organisation_id) == ("assigned", cast.works.pk)
    with pytest.raises(NotPossible, match="一次"):
        do(cast, matter, "object", "officer", {"reason": "还是不归我们"})


def test_who_dispatched_cannot_decide_the_objection(cast: Cast) -> None:
    matter = brought_to(cast, "sorting")
    matter = do(cast, matter, "triage", "secretary", triaged(cast, f"o{cast.works.pk}"))
    matter = do(cast, matter, "object", "officer", {"reason": "不归我们"})
    with pytest.raises(NotPermitted):
        do(cast, matter, "uphold", "secretary", {"reason": "归你们"})
    data = {"reason": "归水务", "handler": f"o{cast.water.pk}"}
    assert do(cast, matter, "redirect", "street_clerk", data).organisation_id == cast.water.pk


def test_more_time_is_asked_before_expiry_and_decided_by_another(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    due = matter.total_due_at
    assert due is not None
    with pytest.raises(NotPossible, match="到期前"):
        do(cast, matter, "ask_extension", "officer", {"reason": "等配件", "days": 2}, due + timedelta(minutes=1))
    matter = do(cast, matter, "ask_extension", "officer", {"reason": "等配件", "days": 2})
    with pytest.raises(NotPermitted):
        do(cast, matter, "grant_extension", "officer")
    assert Todo.objects.filter(obligation="extension", post="clerk").exists()
    matter = do(cast, matter, "grant_extension", "clerk")
    assert matter.due_at == due + timedelta(days=4), "two working days after a Friday"
    assert any("延长 2 个工作日" in note for note in matter.total_rule["notes"])


def test_a_suspension_stops_the_clock_and_ends_on_its_review_date(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    due = matter.total_due_at
    assert due is not None
    review = timezone.localdate() + timedelta(days=10)
    matter = do(cast, matter, "suspend", "clerk", {"kind": "weather", "reason": "雨季不能施工", "review_date": review})
    assert matter.state == "suspended"
    assert matter.review_at is not None
    left = current().work_between(MORNING, due)
    scanner.scan(matter.review_at)
    matter.refresh_from_db()
    assert matter.state == "handling"
    assert matter.total_due_at is not None
    assert current().work_between(review_start(review), matter.total_due_at) == left


def review_start(day: date) -> datetime:
    return datetime.combine(day, time(9), SHANGHAI)


def test_overdue_goes_up_from_community_to_street_to_district(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    due = matter.due_at
    assert due is not None

    def posts() -> set[str]:
        return set(Todo.objects.filter(obligation__startswith="late").values_list("post", flat=True))

    scanner.scan(due)
    assert posts() == {"community_secretary"}
    scanner.scan(due + timedelta(hours=24))
    assert posts() == {"community_secretary", "street_secretary"}
    scanner.scan(due + timedelta(hours=72))
    assert posts() == {"community_secretary", "street_secretary", "supervisor"}
    matter = do(cast, matter, "finish", "officer", FINISHED, due + timedelta(days=4))
    assert (matter.is_handled_late, posts()) == (True, set())


def test_co_handlers_answer_on_their_own_and_the_lead_waits_for_them(cast: Cast) -> None:
    matter = brought_to(cast, "sorting")
    data = triaged(cast, f"o{cast.works.pk}", together=[f"o{cast.water.pk}"], note="一起到现场")
    matter = do(cast, matter, "triage", "clerk", data)
    matter = do(cast, matter, "sign", "officer")
    task = Task.objects.get()
    assert (task.organisation_id, matter.co_open) == (cast.water.pk, 1)
    with pytest.raises(NotPossible, match="协办"):
        do(cast, matter, "finish", "officer", FINISHED)
    with pytest.raises(NotPermitted):
        perform(task, "reply", actor=cast.actor("officer"), data={"reply": "管道已关"}, now=MORNING)
    perform(task, "reply", actor=cast.actor("water_officer"), data={"reply": "管道已关"}, now=MORNING)
    matter.refresh_from_db()
    assert matter.co_open == 0
    assert do(cast, matter, "finish", "officer", FINISHED).state == "answering"


def test_a_supervision_order_is_answered_and_closed_and_makes_the_result_checked(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    matter = do(cast, matter, "supervise", "supervisor", {"asked": "三天内办结", "days": 2})
    order = Order.objects.get()
    perform(order, "reply", actor=cast.actor("officer"), data={"reply": "明天完工"}, now=MORNING)
    assert Todo.objects.get(obligation="review").account_id == cast.people["supervisor"].pk
    matter = do(cast, Matter.objects.get(pk=matter.pk), "finish", "officer", FINISHED)
    assert do(cast, matter, "feedback", "clerk", ANSWERED).state == "checking"
    perform(Order.objects.get(), "close", actor=cast.actor("supervisor"), now=MORNING)
    matter.refresh_from_db()
    assert matter.order_open == 0


def test_a_transfer_hands_the_open_supervision_order_over_as_well(cast: Cast) -> None:
    matter = do(cast, brought_to(cast, "handling"), "supervise", "supervisor", {"asked": "三天内办结", "days": 2})
    do(cast, matter, "transfer", "clerk", {"handler": f"o{cast.water.pk}", "reason": "归水务"})
    assert Order.objects.get().organisation_id == cast.water.pk
    assert Todo.objects.get(kind="cases.order", obligation="reply").organisation_id == cast.water.pk


def test_declining_explains_the_way_on_and_somebody_else_looks_again_when_asked(cast: Cast) -> None:
    matter = brought_to(cast, "declined")
    report = matter.reports.get()
    assert (report.state, report.answer) == ("guided", "这是市场服务，可找家政公司。")
    perform(report, "reconsider", actor=cast.actor("resident"), data={"reason": "这是公共楼道"}, now=MORNING)
    matter.refresh_from_db()
    assert matter.state == "appealed"
    do(cast, matter, "take_up", "street_clerk", {"reason": "公共楼道该社区管"})
    matter.refresh_from_db()
    assert matter.state == "sorting"


def test_me_too_keeps_own_number_answer_and_rating(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    words = said(cast, text="我们单元的灯也不亮", owner_id=cast.people["other_resident"].pk)
    second = join(words, matter, actor=cast.actor("other_resident"), now=MORNING).report
    matter.refresh_from_db()
    assert (matter.report_count, matter.reports.count()) == (2, 2)
    matter = do(cast, matter, "finish", "officer", FINISHED)
    matter = do(cast, matter, "feedback", "clerk", ANSWERED)
    first = matter.reports.exclude(pk=second.pk if second else 0).get()
    rate(cast, first, HAPPY)
    matter.refresh_from_db()
    assert matter.state == "judging"
    assert second is not None
    perform(second, "rate", actor=cast.actor("other_resident"), data={**HAPPY, "satisfaction": "3"}, now=MORNING)
    matter.refresh_from_db()
    assert (matter.state, set(matter.reports.values_list("satisfaction", flat=True))) == ("closed", {3, 5})


def test_merged_reports_move_keep_their_numbers_and_move_back(cast: Cast) -> None:
    source, target = brought_to(cast, "sorting"), brought_to(cast, "handling")
    number = source.reports.get().number
    merge(source, target, "同一盏灯", actor=cast.actor("clerk"), now=MORNING)
    source.refresh_from_db()
    target.refresh_from_db()
    assert (source.state, source.merged_into_id, target.report_count) == ("merged", target.pk, 2)
    assert {report.number for report in target.reports.all()} >= {number}
    unmerge(source, "其实是两盏", actor=cast.actor("clerk"), now=MORNING)
    source.refresh_from_db()
    target.refresh_from_db()
    assert (source.state, source.merged_into_id, target.report_count) == ("sorting", None, 1)
    assert source.reports.get().number == number


def test_nobody_merges_into_a_place_where_they_have_no_duty(cast: Cast) -> None:
    source = brought_to(cast, "sorting")
    there = reported(cast, place=cast.city.neighbour_grid).matter
    assert there is not None
    with pytest.raises(NotPermitted):
        merge(source, there, "看着像", actor=cast.actor("clerk"), now=MORNING)


def test_withdrawing_the_only_report_ends_a_matter_nobody_handles_yet(cast: Cast) -> None:
    matter = brought_to(cast, "received")
    perform(matter.reports.get(), "withdraw", actor=cast.actor("resident"), now=MORNING)
    matter.refresh_from_db()
    assert (matter.state, matter.reports.get().state) == ("declined", "withdrawn")


def test_the_family_follows_a_corrected_place(cast: Cast) -> None:
    matter = brought_to(cast, "sorting")
    relocate(matter, cast.city.second_building, "写错了楼栋", actor=cast.actor("clerk"), now=MORNING)
    matter.refresh_from_db()
    assert (matter.grid_id, matter.reports.get().grid_id) == (cast.city.second_grid.pk, cast.city.second_grid.pk)
    assert Todo.objects.get(obligation="act").grid_id == cast.city.second_grid.pk


def test_open_matters_follow_a_merged_grid_and_a_moved_community(cast: Cast) -> None:
    open_one = reported(cast, place=cast.city.second_grid).matter
    closed = brought_to(cast, "closed", place=cast.city.second_grid)
    administrator = cast.actor("administrator")
    merge_places([cast.city.second_grid], into=cast.city.grid, actor=administrator, reason="网格调整")
    assert open_one is not None
    open_one.refresh_from_db()
    closed.refresh_from_db()
    assert (open_one.place_id, closed.place_id) == (cast.city.grid.pk, cast.city.second_grid.pk)
    street = cast.city.other_street
    cast.city.community.refresh_from_db()
    move_place(cast.city.community, street, actor=administrator, reason="区划调整")
    open_one.refresh_from_db()
    assert open_one.street_id == street.pk
    assert Todo.objects.filter(record_id=open_one.pk, obligation="act").get().street_id == street.pk


def test_a_question_reaches_the_reporter_and_the_reply_reaches_the_handler(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    do(cast, matter, "ask", "officer", {"question": "是二楼还是三楼？"})
    report = matter.reports.get()
    assert (report.state, report.question) == ("asked", "是二楼还是三楼？")
    perform(report, "add", actor=cast.actor("resident"), data={"text": "三楼"}, now=MORNING)
    report.refresh_from_db()
    assert report.state == "open"


@pytest.mark.parametrize(
    "who", ["neighbour_clerk", "captain", "resident", "water_officer", "second_grid", "administrator"]
)
def test_those_without_a_duty_here_can_do_nothing(cast: Cast, who: str) -> None:
    for state in ("received", "sorting", "assigned", "handling", "answering"):
        matter = brought_to(cast, state)
        for verb in ("accept", "sign", "finish", "feedback", "return", "supervise"):
            with pytest.raises((NotPermitted, NotPossible)):
                do(cast, matter, verb, who, {"reason": "试试"})
