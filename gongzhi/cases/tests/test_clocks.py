"""Clocks: frozen at acceptance, stopped with a reason and by two people, computed again, and explained."""

from datetime import date, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from gongzhi.accounts.tests.factories import client, holder
from gongzhi.cases import clocks, recomputing
from gongzhi.cases.models import Matter
from gongzhi.cases.tests.factories import FINISHED, MORNING, Cast, brought_to, triaged
from gongzhi.cases.tests.test_six_steps import do
from gongzhi.kernel import clock as kernel_clock
from gongzhi.kernel.clock import current, explain
from gongzhi.kernel.errors import NotPermitted, NotPossible, NotValid
from gongzhi.kernel.models import Day, Event, Limit, Todo
from gongzhi.kernel.perform import perform


def limit(key: str, amount: int, unit: str, since: date = date(2026, 1, 1), **fields: Any) -> Limit:
    made = Limit.objects.create(key=key, amount=amount, unit=unit, from_date=since, made_at=timezone.now(), **fields)
    kernel_clock.forget()
    return made


def holiday(day: date) -> None:
    Day.objects.update_or_create(date=day, defaults={"is_workday": False})
    kernel_clock.forget()


# --- Frozen -------------------------------------------------------------------------------------------------------


def test_the_limits_of_acceptance_stay_whatever_is_edited_later(cast: Cast) -> None:
    rule = limit("answer", 3, "workdays")
    matter = brought_to(cast, "handling")
    assert matter.policy["at"] == "2026-03-04"
    assert matter.policy["limits"]["answer"] == [3, "workdays", rule.pk, "2026-01-01"]
    assert matter.policy["limits"]["handle-normal"] == [7, "workdays"]
    limit("answer", 9, "workdays", date(2026, 2, 1))
    matter = do(cast, matter, "finish", "officer", FINISHED)
    assert (matter.due_rule["amount"], matter.due_rule["limit"]) == (3, rule.pk)
    assert "本地自 2026-01-01 起的规定" in "".join(explain(matter.due_rule, matter.due_at))
    later = brought_to(cast, "answering")
    assert later.due_rule["amount"] == 9, "matters accepted afterwards go by the new number"


def test_another_urgency_goes_by_the_frozen_numbers_as_well(cast: Cast) -> None:
    matter = brought_to(cast, "sorting")
    limit("handle-urgent", 2, "hours")
    matter = do(cast, matter, "triage", "clerk", triaged(cast, f"o{cast.works.pk}", urgency="urgent"))
    assert matter.total_due_at == MORNING + timedelta(hours=2), (
        "a limit of before acceptance, known when it was triaged"
    )
    limit("handle-emergency", 1, "hours", date(2026, 3, 5))
    matter = do(cast, matter, "return", "officer", {"reason": "不归我们"})
    matter = do(cast, matter, "triage", "clerk", triaged(cast, f"o{cast.works.pk}", urgency="emergency"))
    assert matter.total_due_at == MORNING + timedelta(hours=2), "not the one of the day after acceptance"


def test_opened_again_it_goes_by_the_limits_of_that_day(cast: Cast) -> None:
    matter = brought_to(cast, "judging")
    limit("handle-normal", 1, "workdays", date(2026, 3, 4))
    matter = do(cast, matter, "reopen", "clerk", {"reason": "没办好"})
    assert matter.policy["limits"]["handle-normal"][0] == 1
    assert (matter.bounces, matter.decision_level) == (0, "")


# --- Stopped ------------------------------------------------------------------------------------------------------


def pause(kind: str, days: int) -> dict[str, Any]:
    return {"kind": kind, "reason": "雨季不能施工", "review_date": timezone.localdate() + timedelta(days=days)}


def test_a_short_pause_is_one_persons_a_longer_one_twos(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    with pytest.raises(NotValid) as refusal:
        do(cast, matter, "suspend", "clerk", pause("weather", 40))
    assert "第二个人同意" in refusal.value.errors["review_date"][0]
    matter = do(cast, matter, "ask_pause", "clerk", pause("weather", 40))
    assert (matter.state, Todo.objects.get(obligation="pause").post) == ("handling", "clerk")
    with pytest.raises(NotPermitted):
        do(cast, matter, "grant_pause", "clerk")
    matter = do(cast, matter, "grant_pause", "secretary", {"note": "属实"})
    assert (matter.state, matter.pause_kind, matter.pause_by) == ("suspended", "weather", None)
    assert "等天气" in "".join(explain(matter.due_rule, matter.due_at))


def test_a_refused_pause_leaves_the_clock_running(cast: Cast) -> None:
    matter = do(cast, brought_to(cast, "handling"), "ask_pause", "officer", pause("material", 5))
    due = matter.due_at
    matter = do(cast, matter, "refuse_pause", "clerk", {"reason": "配件库里有"})
    assert (matter.state, matter.due_at, matter.pause_asked_at) == ("handling", due, None)
    with pytest.raises(NotPossible):
        do(cast, matter, "grant_pause", "secretary")


@pytest.mark.parametrize(("kind", "days"), [("weather", 80), ("reporter", 30), ("other", 60), ("material", -1)])
def test_each_reason_has_its_longest_pause(cast: Cast, kind: str, days: int) -> None:
    with pytest.raises(NotValid) as refusal:
        do(cast, brought_to(cast, "handling"), "ask_pause", "officer", pause(kind, days))
    assert "review_date" in refusal.value.errors


def test_all_pauses_together_have_a_limit(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    Matter.objects.filter(pk=matter.pk).update(paused_seconds=175 * 86400)
    with pytest.raises(NotValid) as refusal:
        do(cast, Matter.objects.get(pk=matter.pk), "ask_pause", "officer", pause("weather", 12))
    assert "合计" in refusal.value.errors["review_date"][0]


def test_the_reporters_answer_ends_a_pause_that_waited_for_it(cast: Cast) -> None:
    for kind, state in (("reporter", "handling"), ("material", "suspended")):
        matter = do(cast, brought_to(cast, "handling"), "suspend", "clerk", pause(kind, 5))
        later = MORNING + timedelta(days=1)
        perform(matter.reports.get(), "add", actor=cast.actor("resident"), data={"text": "是三楼"}, now=later)
        matter.refresh_from_db()
        assert matter.state == state
        assert matter.paused_seconds == (86400 if state == "handling" else 0)


def test_a_transfer_ends_the_pause_and_the_deadline_explains_it(cast: Cast) -> None:
    matter = do(cast, brought_to(cast, "handling"), "suspend", "clerk", pause("material", 5))
    due, later = matter.total_due_at, MORNING + timedelta(days=1)
    data = {"reason": "归水务", "handler": f"o{cast.water.pk}"}
    matter = do(cast, matter, "transfer", "clerk", data, later)
    assert due is not None and matter.total_due_at is not None
    assert matter.total_due_at > due
    assert any("挂起（等材料" in note for note in matter.total_rule["notes"])
    assert list(clocks.of_some([matter], current())) == []


# --- Computed again -----------------------------------------------------------------------------------------------


def test_every_clock_is_computed_again_as_it_was(cast: Cast) -> None:
    for state in ("received", "sorting", "routed", "assigned", "handling", "undecided", "divided", "suspended", "answering",
                  "judging", "checking"):  # fmt: skip
        brought_to(cast, state)
    matter = do(cast, brought_to(cast, "handling"), "ask_extension", "officer", {"reason": "等配件", "days": 3})
    do(cast, matter, "grant_extension", "clerk")
    matter = do(cast, brought_to(cast, "handling"), "suspend", "clerk", pause("material", 5))
    do(cast, matter, "resume", "clerk", {}, MORNING + timedelta(days=2))
    assert list(clocks.differences(current())) == []


def test_a_new_holiday_changes_running_matters_only_by_a_declared_step_with_a_reason(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    before = matter.due_at
    holiday(date(2026, 3, 9))
    found = list(clocks.differences(current()))
    assert {one.what for one in found} == {"办理期限", "本环节期限"}
    assert all(one.stored == before and one.computed == before + timedelta(days=3) for one in found if before)
    assert Matter.objects.get(pk=matter.pk).due_at == before
    assert recomputing.apply([matter.pk], "国务院办公厅调整放假", actor=cast.actor("administrator")) == 1
    matter.refresh_from_db()
    assert before is not None and matter.due_at == matter.total_due_at == before + timedelta(days=3)
    assert Todo.objects.get(record_id=matter.pk, obligation="act").due_at == matter.due_at
    event = Event.objects.get(verb="recompute")
    assert (event.actor_id, event.on_behalf_of) == (None, cast.people["administrator"].pk)
    why = "".join(explain(matter.due_rule, matter.due_at))
    assert "国务院办公厅调整放假" in why and f"{timezone.localtime(before):%Y-%m-%d %H:%M} 改为" in why
    assert recomputing.apply([matter.pk], "再来一次", actor=cast.actor("administrator")) == 0


def test_the_command_lists_first_and_changes_only_when_told(cast: Cast) -> None:
    matter = brought_to(cast, "handling")
    holiday(date(2026, 3, 9))
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("check_clocks", stdout=out)
    assert matter.number in out.getvalue() and "→" in out.getvalue()
    call_command("check_clocks", "--apply", "--reason", "调整放假", stdout=out)
    call_command("check_clocks", stdout=out)
    assert "0 处不同" in out.getvalue()


def test_the_administrators_page_shows_both_times_and_asks_why(cast: Cast) -> None:
    chief = holder("administrator", cast.city.city, "市管理员")
    matter = brought_to(cast, "handling")
    holiday(date(2026, 3, 9))
    desk = client(chief)
    page = desk.get("/settings/cases/clocks/")
    assert matter.number in page.text and matter.title not in page.text
    assert desk.post("/settings/cases/clocks/", {"reason": ""}).status_code == 422
    assert desk.post("/settings/cases/clocks/", {"reason": "调整放假"}).status_code == 302
    assert "没有不同" in desk.get("/settings/cases/clocks/").text
    assert client(cast.people["clerk"]).get("/settings/cases/clocks/").status_code == 404
