"""Working together: whistle and tasks, visits, who decides when nobody owns it, orders of three levels."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gongzhi.accounts.tests.factories import actor, client, holder
from gongzhi.cases.models import Matter, Order, Task, Visit
from gongzhi.cases.steps import step_bar
from gongzhi.cases.tests.factories import FINISHED, MORNING, Cast, brought_to, organisation, triaged
from gongzhi.cases.tests.test_six_steps import do
from gongzhi.kernel import scanner
from gongzhi.kernel.clock import Span, current
from gongzhi.kernel.errors import NotPermitted, NotPossible, NotValid
from gongzhi.kernel.models import Notification, Todo
from gongzhi.kernel.perform import perform


def whistled(cast: Cast, matter: Matter, who: str = "officer", now: Any = MORNING) -> Task:
    data = {"body_1": f"o{cast.water.pk}", "asked_1": "关一下总阀，看是哪一段漏", "days_1": "2"}
    do(cast, matter, "whistle", who, data, now)
    return Task.objects.latest("pk")


def on_task(
    cast: Cast, task: Task, verb: str, who: str, data: dict[str, Any] | None = None, now: Any = MORNING
) -> Task:
    perform(Task.objects.get(pk=task.pk), verb, actor=cast.actor(who), data=data, now=now)
    return Task.objects.get(pk=task.pk)


# --- Whistle ------------------------------------------------------------------------------------------------------


def test_a_whistle_asks_each_organisation_something_own_until_an_own_time(cast: Cast) -> None:
    parks = organisation("园林中心", cast.city.district)
    matter = brought_to(cast, "handling")
    data = {
        "body_1": f"o{cast.water.pk}", "asked_1": "关总阀", "days_1": "1", "body_2": f"o{parks.pk}",
        "asked_2": "移走两棵树", "days_2": "3",
    }  # fmt: skip
    matter = do(cast, matter, "whistle", "officer", data)
    tasks = {task.organisation_id: task for task in Task.objects.all()}
    assert {pk: task.asked for pk, task in tasks.items()} == {cast.water.pk: "关总阀", parks.pk: "移走两棵树"}
    assert tasks[cast.water.pk].limit_at == current().add(MORNING, Span(1, "workdays"))
    assert tasks[parks.pk].limit_at == current().add(MORNING, Span(3, "workdays"))
    assert (matter.co_open, set(matter.co_organisation_ids)) == (2, {cast.water.pk, parks.pk})


def test_a_co_handler_signs_replies_and_is_rated_by_the_lead_alone(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    task = on_task(cast, whistled(cast, matter), "sign", "water_officer")
    assert (task.state, task.signed_at) == ("signed", MORNING)
    task = on_task(cast, task, "reply", "water_officer", {"reply": "主管漏，已换"})
    assert (task.state, task.is_late, Matter.objects.get(pk=matter.pk).co_open) == ("done", False, 0)
    rating = {"satisfaction": "4", "rating_note": "来得快"}
    for who in ("water_officer", "clerk"):
        with pytest.raises(NotPermitted):
            on_task(cast, task, "rate", who, rating)
    task = on_task(cast, task, "rate", "officer", rating)
    assert (task.state, task.satisfaction, task.rating_note) == ("done", 4, "来得快")
    with pytest.raises(NotPossible, match="评价过"):
        on_task(cast, task, "rate", "officer", rating)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({}, "body_1"),
        ({"body_1": "o999999", "asked_1": "来"}, "body_1"),
        ({"body_1": "works", "asked_1": "来"}, "body_1"),
        ({"body_1": "water"}, "asked_1"),
        ({"body_1": "water", "asked_1": "来", "days_1": "0"}, "days_1"),
        ({"body_1": "water", "asked_1": "来", "body_2": "water", "asked_2": "再来"}, "body_2"),
    ],
)
def test_a_wrong_whistle_is_refused_beside_its_field(cast: Cast, data: dict[str, str], field: str) -> None:
    matter = brought_to(cast, "handling")
    codes = {"water": f"o{cast.water.pk}", "works": f"o{cast.works.pk}"}
    with pytest.raises(NotValid) as refusal:
        do(cast, matter, "whistle", "officer", {name: codes.get(value, value) for name, value in data.items()})
    assert field in refusal.value.errors
    assert not Task.objects.exists()


def test_a_co_handler_has_no_longer_than_the_matter_and_is_asked_once(cast: Cast) -> None:
    matter = brought_to(cast, "handling", now=timezone.now())
    data = {"body_1": f"o{cast.water.pk}", "asked_1": "关阀", "days_1": "30"}
    with pytest.raises(NotValid) as refusal:
        do(cast, matter, "whistle", "officer", data, timezone.now())
    assert set(refusal.value.errors) == {"days_1"}
    whistled(cast, matter, now=timezone.now())
    with pytest.raises(NotValid) as refusal:
        do(cast, Matter.objects.get(pk=matter.pk), "whistle", "clerk", {**data, "days_1": "1"}, timezone.now())
    assert "已经请过" in refusal.value.errors["body_1"][0]


def test_the_result_waits_for_every_co_handler_by_name(cast: Cast) -> None:
    matter = brought_to(cast, "handling", now=timezone.now())
    whistled(cast, matter, now=timezone.now())
    desk, base = client(cast.people["officer"]), f"/matters/{matter.number}/"
    assert "办结回单要等协办单位" in desk.get(base).text
    assert f"{base}finish/" not in desk.get(base).text
    page = desk.get(f"{base}finish/")
    assert page.status_code == 409
    assert "水务集团（待签收）" in page.text
    page = desk.post(f"{base}finish/", FINISHED)
    assert page.status_code == 409
    assert "水务集团" in page.text
    assert FINISHED["result"] in page.text


def test_the_lead_goes_on_without_a_silent_co_handler_only_when_the_clerk_agrees(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    task = on_task(cast, whistled(cast, matter), "waive", "officer", {"reason": "催了三次没人来"})
    assert Todo.objects.get(obligation="waive").post == "clerk"
    with pytest.raises(NotPermitted):
        on_task(cast, task, "cancel", "officer", {"reason": "不等了"})
    task = on_task(cast, task, "wait_on", "clerk", {"reason": "明天一定到"})
    assert not Todo.objects.filter(obligation="waive").exists()
    task = on_task(
        cast, on_task(cast, task, "waive", "officer", {"reason": "还没来"}), "cancel", "clerk", {"reason": "同意"}
    )
    assert (task.state, Matter.objects.get(pk=matter.pk).co_open) == ("cancelled", 0)
    assert do(cast, Matter.objects.get(pk=matter.pk), "finish", "officer", FINISHED).state == "answering"


def test_an_objection_to_a_task_is_decided_by_another_than_who_asked_and_once(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    task = on_task(cast, whistled(cast, matter, "secretary"), "object", "water_officer", {"reason": "不归我们管"})
    assert Todo.objects.get(obligation="decide").post == "community_secretary"
    with pytest.raises(NotPermitted):
        on_task(cast, task, "uphold", "secretary", {"reason": "归你们"})
    task = on_task(cast, task, "uphold", "street_clerk", {"reason": "管网归水务"})
    assert task.state == "given"
    with pytest.raises(NotPossible, match="一次"):
        on_task(cast, task, "object", "water_officer", {"reason": "还是不归"})
    task = on_task(cast, task, "sign", "water_officer")
    with pytest.raises(NotPossible, match="维持"):
        on_task(cast, task, "return", "water_officer", {"reason": "办不了"})


def test_another_organisation_takes_the_task_and_may_object_in_its_turn(cast: Cast) -> None:
    parks = organisation("园林中心", cast.city.district)
    matter = brought_to(cast, "handling")
    task = on_task(cast, whistled(cast, matter), "object", "water_officer", {"reason": "是树根顶的"})
    task = on_task(cast, task, "hand_on", "secretary", {"reason": "归园林", "body": f"o{parks.pk}"})
    assert (task.state, task.organisation_id, task.objections) == ("given", parks.pk, 0)
    matter.refresh_from_db()
    assert matter.co_organisation_ids == [parks.pk]
    assert Todo.objects.get(kind="cases.task", obligation="reply").organisation_id == parks.pk
    assert client(cast.people["water_officer"]).get(f"/matters/{matter.number}/").status_code == 404


def test_a_late_task_goes_to_the_head_of_the_organisation_and_the_lead_hears(cast: Cast) -> None:
    head = holder("organisation_head", cast.water, "罗局长")
    task = whistled(cast, brought_to(cast, "handling"))
    scanner.scan(task.limit_at)
    task.refresh_from_db()
    assert (task.is_late, task.head_id) == (True, head.pk)
    assert Todo.objects.get(kind="cases.task", obligation="late-head").account_id == head.pk
    heard = set(Notification.objects.filter(title__contains="超期").values_list("account_id", flat=True))
    assert heard >= {head.pk, cast.people["officer"].pk}
    task = on_task(cast, task, "reply", "water_officer", {"reply": "来晚了，已办"}, task.limit_at + timedelta(hours=2))
    assert task.is_late
    assert not Todo.objects.filter(kind="cases.task").exists()


def test_strangers_do_nothing_with_a_task(cast: Cast) -> None:
    task = whistled(cast, brought_to(cast, "handling"))
    for who in ("neighbour_clerk", "resident", "second_grid"):
        for verb in ("sign", "reply", "object", "cancel", "waive"):
            with pytest.raises(NotPermitted):
                on_task(cast, task, verb, who, {"reason": "试试", "reply": "试试"})


# --- Visits -------------------------------------------------------------------------------------------------------


def visit_at(cast: Cast, matter: Matter, hours: int = 26) -> Visit:
    at = timezone.localtime() + timedelta(hours=hours)
    data = {"meets_at": f"{at:%Y-%m-%dT%H:%M}", "where": "3栋楼下", "who": [cast.water.pk], "asked": "一起看管道"}
    do(cast, matter, "plan_visit", "officer", data, timezone.now())
    return Visit.objects.get()


def test_a_joint_visit_is_on_every_list_until_its_result_is_written_down(cast: Cast) -> None:
    matter = brought_to(cast, "handling", now=timezone.now())
    with pytest.raises(NotPossible, match="先吹哨"):
        do(cast, matter, "plan_visit", "officer", {}, timezone.now())
    whistled(cast, matter, now=timezone.now())
    visit = visit_at(cast, Matter.objects.get(pk=matter.pk))
    owed = dict(Todo.objects.filter(kind="cases.visit").values_list("obligation", "organisation_id"))
    assert owed == {f"confirm-{cast.water.pk}": cast.water.pk, "hold": cast.works.pk}
    with pytest.raises(NotPermitted):
        perform(visit, "confirm", actor=cast.actor("officer"))
    perform(visit, "confirm", actor=cast.actor("water_officer"))
    assert Todo.objects.filter(obligation=f"come-{cast.water.pk}").exists()
    assert "3栋楼下" in client(cast.people["grid"]).get("/today/").text
    base = f"/matters/{matter.number}/"
    assert "已确认 水务集团" in client(cast.people["clerk"]).get(base).text
    result = {"came": [cast.water.pk], "reply": "主管接口松了，两家一起换好"}
    with pytest.raises(NotPossible, match="还没到"):
        perform(visit, "hold", actor=cast.actor("officer"), data=result)
    perform(Visit.objects.get(), "hold", actor=cast.actor("officer"), data=result, now=visit.meets_at)
    visit.refresh_from_db()
    assert (visit.state, visit.came_ids) == ("done", [cast.water.pk])
    assert not Todo.objects.filter(kind="cases.visit").exists()
    assert "到场 水务集团" in client(cast.people["clerk"]).get(base).text


def test_who_cannot_come_says_why_and_is_waited_for_no_more(cast: Cast) -> None:
    matter = brought_to(cast, "handling", now=timezone.now())
    whistled(cast, matter, now=timezone.now())
    visit = visit_at(cast, Matter.objects.get(pk=matter.pk))
    perform(visit, "excuse", actor=cast.actor("water_officer"), data={"reason": "当天抢修"})
    assert Visit.objects.get().organisation_ids == []
    assert Notification.objects.filter(title__contains="来不了", account_id=cast.people["officer"].pk).exists()


# --- Objection, return, the level above ---------------------------------------------------------------------------


def test_every_new_dispatch_may_be_objected_to_once_but_what_was_upheld_stands(cast: Cast) -> None:
    matter = brought_to(cast, "objected")
    data = {"reason": "归水务", "handler": f"o{cast.water.pk}"}
    matter = do(cast, matter, "redirect", "street_clerk", data)
    assert (matter.bounces, matter.objections) == (1, 0)
    matter = do(cast, matter, "object", "water_officer", {"reason": "也不归我们"})
    matter = do(cast, matter, "uphold", "secretary", {"reason": "就归水务"})
    for verb in ("object", "return"):
        with pytest.raises(NotPossible, match="维持"):
            do(cast, matter, verb, "water_officer", {"reason": "不要"})


def test_twice_returned_the_page_suggests_to_ask_the_level_above(cast: Cast) -> None:
    matter = brought_to(cast, "assigned", now=timezone.now())
    desk = client(cast.people["clerk"])
    for _time in range(2):
        matter = do(cast, matter, "return", "officer", {"reason": "不归我们"}, timezone.now())
        matter = do(cast, matter, "triage", "clerk", triaged(cast, f"o{cast.works.pk}"), timezone.now())
    assert "建议请上级确定由谁办" in desk.get(f"/matters/{matter.number}/").text


def test_a_matter_nobody_owns_is_decided_by_the_level_above_and_then_stands(cast: Cast) -> None:
    matter = do(cast, brought_to(cast, "assigned"), "refer", "clerk", {"reason": "两家都说不归自己"})
    assert (matter.state, matter.decision_level, matter.organisation_id) == ("undecided", "street", None)
    assert Todo.objects.get(record_id=matter.pk, obligation="act").post == "street_clerk"
    chosen = {"reason": "管网归水务", "handler": f"o{cast.water.pk}"}
    for who in ("clerk", "secretary", "officer", "district_secretary"):
        with pytest.raises(NotPermitted):
            do(cast, matter, "decide", who, chosen)
    matter = do(cast, matter, "decide", "street_clerk", chosen)
    assert (matter.state, matter.organisation_id) == ("assigned", cast.water.pk)
    with pytest.raises(NotPossible):
        do(cast, matter, "object", "water_officer", {"reason": "不归我们"})
    with pytest.raises(NotPossible, match="再提请上级"):
        do(cast, matter, "transfer", "clerk", {"reason": "换一家", "handler": f"o{cast.works.pk}"})
    matter = do(cast, matter, "refer", "clerk", {"reason": "水务撤并了"})
    assert matter.decision_level == "district", "what the street decided is only reopened above the street"


def test_not_decided_within_a_day_it_goes_one_level_up_and_never_back(cast: Cast) -> None:
    matter = brought_to(cast, "undecided")
    assert matter.due_at == current().add(MORNING, Span(1, "workdays"))
    scanner.scan(matter.due_at)
    matter.refresh_from_db()
    assert (matter.state, matter.decision_level) == ("undecided", "district")
    assert Todo.objects.get(record_id=matter.pk, obligation="act").post == "district_clerk"
    chosen = {"reason": "归水务", "handler": f"o{cast.water.pk}"}
    with pytest.raises(NotPermitted):
        do(cast, matter, "decide", "street_clerk", chosen)
    assert matter.due_at is not None
    scanner.scan(matter.due_at + timedelta(days=30))
    matter.refresh_from_db()
    assert (matter.state, matter.decision_level) == ("undecided", "district")
    assert do(cast, matter, "decide", "district_secretary", chosen).state == "assigned"


# --- Supervision --------------------------------------------------------------------------------------------------


def test_an_order_has_the_level_of_who_issues_it(cast: Cast) -> None:
    for who, level in (("secretary", "community"), ("street_secretary", "street"), ("supervisor", "district")):
        matter = brought_to(cast, "handling")
        do(cast, matter, "supervise", who, {"asked": "三天内办结", "days": 2})
        assert matter.orders.get().level == level


def test_an_order_that_is_not_answered_goes_to_the_supervisor_above_and_stays_there(cast: Cast) -> None:
    street = holder("supervisor", cast.city.street, "街道督办")
    matter = brought_to(cast, "handling")
    do(cast, matter, "supervise", "secretary", {"asked": "两天内办结", "days": 2})
    order = Order.objects.get()
    scanner.scan(order.limit_at)
    order.refresh_from_db()
    assert (order.is_late, order.raised_level, order.raised_to) == (True, "street", street.pk)
    assert Todo.objects.get(obligation="late-up").account_id == street.pk
    scanner.scan(order.limit_at + timedelta(days=1))
    perform(Order.objects.get(), "reply", actor=cast.actor("officer"), data={"reply": "明天"}, now=order.limit_at)
    perform(
        Order.objects.get(),
        "again",
        actor=cast.actor("secretary"),
        data={"reason": "没有办结", "days": 1},
        now=order.limit_at,
    )
    order.refresh_from_db()
    assert (order.rejections, order.level, order.state) == (1, "street", "issued")
    scanner.scan(order.limit_at)
    order.refresh_from_db()
    assert (order.raised_level, order.raised_to) == ("district", cast.people["supervisor"].pk)


def test_reminding_is_counted_and_not_twice_in_four_office_hours(cast: Cast) -> None:
    now = timezone.now()
    matter = brought_to(cast, "handling", now=now)
    matter = do(cast, matter, "remind", "supervisor", {"note": "请抓紧"}, now)
    assert matter.reminders == 1
    assert Notification.objects.filter(title__startswith="催办", account_id=cast.people["officer"].pk).exists()
    with pytest.raises(NotValid) as refusal:
        do(cast, matter, "remind", "supervisor", {}, now)
    assert "可以再催" in str(refusal.value.errors)
    assert do(cast, matter, "remind", "street_clerk", {}, now).reminders == 2
    do(cast, Matter.objects.get(pk=matter.pk), "supervise", "supervisor", {"asked": "办结", "days": 2}, now)
    perform(Order.objects.get(), "remind", actor=cast.actor("supervisor"), data={}, now=now)
    assert Order.objects.get().reminders == 1


def test_supervision_is_a_step_only_of_what_was_supervised(cast: Cast) -> None:
    plain, watched = brought_to(cast, "judging"), brought_to(cast, "checking")
    watched = do(cast, watched, "pass_check", "supervisor")
    assert [step["status"] for step in step_bar(plain)][4] == "skip"
    assert [step["status"] for step in step_bar(watched)][4] == "done"


def test_the_register_shows_level_reminders_and_what_was_raised(cast: Cast) -> None:
    now = timezone.now()
    matter = brought_to(cast, "handling", now=now)
    do(cast, matter, "supervise", "secretary", {"asked": "两天内办结", "days": 2}, now)
    perform(Order.objects.get(), "remind", actor=cast.actor("supervisor"), data={}, now=now)
    watcher = client(cast.people["supervisor"])
    assert matter.title in watcher.get("/supervision/orders/?level=community").text
    assert matter.title not in watcher.get("/supervision/orders/?level=district").text
    assert "催过 1 次" in watcher.get("/supervision/orders/").text
    assert watcher.get("/supervision/orders/ledger/?level=community").status_code == 200
    assert "社区" in watcher.get(f"/supervision/orders/{Order.objects.get().number}/print/").text


def test_delay_goes_up_by_place_and_by_person(cast: Cast) -> None:
    head = holder("organisation_head", cast.works, "曾局长")
    matter = do(cast, brought_to(cast, "handling"), "take_charge", "secretary")
    due = matter.due_at
    assert due is not None
    scanner.scan(due)
    assert Todo.objects.get(obligation="late-head").account_id == head.pk
    scanner.scan(due + timedelta(hours=24))
    assert Todo.objects.get(obligation="late-charge").account_id == cast.people["secretary"].pk


# --- Pages --------------------------------------------------------------------------------------------------------


def test_pages_and_steps_stay_within_their_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    now = timezone.now()
    matter = brought_to(cast, "handling", now=now)
    desk, base = client(cast.people["officer"]), f"/matters/{matter.number}/"
    desk.get(base)
    data = {"body_1": f"o{cast.water.pk}", "asked_1": "关阀", "days_1": "2", "seq": str(matter.seq)}
    with django_assert_max_num_queries(40) as seen:
        desk.post(f"{base}whistle/", data)
    assert statements(seen) <= 14
    with django_assert_max_num_queries(14):
        desk.get(base)
    water, part = client(cast.people["water_officer"]), f"{base}tasks/{Task.objects.get().pk}/"
    water.get(base)
    for verb, sent in (("sign", {}), ("reply", {"reply": "已关"})):
        with django_assert_max_num_queries(40) as seen:
            water.post(f"{part}{verb}/", sent)
        assert statements(seen) <= 14, verb
    assert Task.objects.get().state == "done"


def statements(seen: Any) -> int:
    """Without the transaction's own."""
    return sum(
        not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")) for query in seen.captured_queries
    )


def test_the_head_of_another_organisation_sees_nothing(cast: Cast) -> None:
    other = holder("organisation_head", organisation("园林中心", cast.city.district), "路人")
    task = whistled(cast, brought_to(cast, "handling"))
    with pytest.raises(NotPermitted):
        perform(task, "sign", actor=actor(other), now=MORNING)
