"""Confidential matters: seen by the handling chain alone, by those it is about never, on no page of anybody else."""

from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from gongzhi.accounts.tests.factories import client, holder
from gongzhi.cases import circles
from gongzhi.cases.models import Callback, Matter, Order, Report, Task
from gongzhi.cases.tests.factories import Cast, brought_to, reported, triaged
from gongzhi.cases.workflow import READ
from gongzhi.kernel import notices
from gongzhi.kernel.errors import NotPermitted, NotPossible
from gongzhi.kernel.models import Circle, Notification, Todo
from gongzhi.kernel.perform import perform
from gongzhi.kernel.worklist import owed_q

WORDS = "锅炉房后墙有人收钱不办事"
EVERYBODY = ("second_clerk", "neighbour_clerk", "grid", "second_grid", "secretary", "street_clerk", "street_secretary",
             "district_secretary", "supervisor", "officer", "water_officer", "captain", "administrator", "other_resident")  # fmt: skip


def hushed(cast: Cast, matter: Matter, who: str = "clerk", **fields: Any) -> Matter:
    """The matter made confidential by the form."""
    data = {"reason": "涉及工作人员，防止打招呼", **fields}
    perform(matter, "conceal", actor=cast.actor(who), data=posted(data))
    return Matter.objects.get(pk=matter.pk)


def posted(data: dict[str, Any]) -> Any:

    found = QueryDict(mutable=True)
    for name, value in data.items():
        found.setlist(name, value if isinstance(value, list) else [value])
    return found


def code(cast: Cast, who: str) -> str:
    return f"a{cast.people[who].pk}"


def readers(cast: Cast, matter: Matter) -> set[str]:
    return {who for who in cast.people if READ.allows(matter, cast.actor(who)) is not None}


def test_the_chain_alone_reads_it_and_the_reporter_keeps_the_own_view(cast: Cast) -> None:
    matter = hushed(cast, brought_to(cast, "handling"))
    assert readers(cast, matter) == {"clerk", "second_clerk", "secretary", "street_clerk", "supervisor", "officer"}
    for model in (Report, Task, Order, Todo):
        assert set(model.objects.values_list("circle_id", flat=True)) <= {matter.circle_id}
    assert client(cast.people["resident"]).get(f"/concerns/{matter.reports.get().number}/").status_code == 200
    assert client(cast.people["street_secretary"]).get(f"/matters/{matter.number}/").status_code == 404


def test_members_can_be_left_out_but_the_desk_is_never_empty(cast: Cast) -> None:
    matter = brought_to(cast, "sorting")
    browser, address = client(cast.people["clerk"]), f"/matters/{matter.number}/conceal/"
    assert "谁可以知道" in browser.get(address).content.decode()
    lonely = browser.post(address, {"reason": "涉及隐私", "members": [code(cast, "supervisor")]})
    assert lonely.status_code == 422 and "经办人" in lonely.content.decode()
    chosen = [code(cast, "clerk"), code(cast, "supervisor"), code(cast, "neighbour_clerk")]
    assert browser.post(address, {"reason": "涉及隐私", "members": chosen}).status_code == 302
    assert readers(cast, Matter.objects.get()) == {"clerk", "supervisor"}


def test_when_the_desk_is_concerned_the_street_handles_it(cast: Cast) -> None:
    matter = hushed(cast, brought_to(cast, "sorting"), "street_clerk", about=[code(cast, "clerk")])
    assert matter.desk_level == "street"
    assert readers(cast, matter) == {"street_clerk", "street_secretary", "supervisor"}
    todo = Todo.objects.get(obligation="act")
    assert todo.post == "street_clerk" and Todo.objects.filter(owed_q(cast.actor("street_clerk"))).exists()
    for who in ("clerk", "second_clerk", "secretary"):
        assert not Todo.objects.filter(owed_q(cast.actor(who))).exists()
    perform(matter, "triage", actor=cast.actor("street_clerk"), data=triaged(cast, f"o{cast.water.pk}"))
    assert "water_officer" in readers(cast, Matter.objects.get())


def test_the_clerk_who_hands_it_up_is_out_and_sent_to_the_desk(cast: Cast) -> None:
    matter = brought_to(cast, "sorting")
    browser = client(cast.people["clerk"])
    about = {"reason": "涉及我们书记", "about": [code(cast, "secretary")]}
    assert browser.post(f"/matters/{matter.number}/conceal/", about)["Location"] == "/work/"
    assert browser.get(f"/matters/{matter.number}/").status_code == 404


def test_a_concerned_handler_loses_it_and_cannot_be_given_it_again(cast: Cast) -> None:
    matter = hushed(cast, brought_to(cast, "handling"), about=[f"o{cast.works.pk}"])
    assert (matter.state, matter.organisation_id, matter.desk_level) == ("sorting", None, "street")
    assert "officer" not in readers(cast, matter)
    with pytest.raises(NotPossible, match="涉及"):
        perform(matter, "triage", actor=cast.actor("street_clerk"), data=triaged(cast, f"o{cast.works.pk}"))
    perform(matter, "triage", actor=cast.actor("street_clerk"), data=triaged(cast, f"o{cast.water.pk}"))
    colleague = holder("officer", cast.works, "新来的")
    assert READ.allows(Matter.objects.get(), cast.actor("officer")) is None and colleague


def test_those_it_is_about_stay_out_even_when_they_are_named_members(cast: Cast) -> None:
    matter = hushed(cast, brought_to(cast, "sorting"), "street_clerk", about=[code(cast, "clerk")])
    Circle.objects.update(members=[cast.people["clerk"].pk, cast.people["street_clerk"].pk])
    assert readers(cast, matter) == {"street_clerk"}


def test_co_handlers_come_in_only_when_they_are_added(cast: Cast) -> None:
    matter = hushed(cast, brought_to(cast, "routed"))
    assert "water_officer" not in readers(cast, matter)
    data = {"handler": f"o{cast.works.pk}", "together": [f"o{cast.water.pk}"]}
    perform(matter, "dispatch", actor=cast.actor("clerk"), data=posted(data))
    assert {"officer", "water_officer"} <= readers(cast, Matter.objects.get())
    assert set(Task.objects.values_list("circle_id", flat=True)) == {matter.circle_id}


def test_members_change_by_a_step_that_members_can_read(cast: Cast) -> None:
    matter = hushed(cast, brought_to(cast, "sorting"))
    only = posted({"reason": "缩小范围", "members": [code(cast, "clerk"), code(cast, "street_clerk")]})
    perform(matter, "confide", actor=cast.actor("clerk"), data=only)
    assert readers(cast, Matter.objects.get()) == {"clerk", "street_clerk"}
    page = client(cast.people["clerk"]).get(f"/matters/{matter.number}/").content.decode()
    assert "增减知情人" in page and "知情人：王敏、陈刚" in page and "缩小范围" in page
    with pytest.raises(NotPermitted):
        perform(matter, "confide", actor=cast.actor("secretary"), data=only)


def test_lifting_needs_to_be_understood_and_opens_it_to_the_duties_again(cast: Cast) -> None:
    matter = hushed(cast, brought_to(cast, "handling"))
    browser, address = client(cast.people["clerk"]), f"/matters/{matter.number}/unconceal/"
    assert browser.post(address, {"reason": "已查清"}).status_code == 422
    assert browser.post(address, {"reason": "已查清", "understood": "on"}).status_code == 302
    matter.refresh_from_db()
    assert matter.circle_id is None and "grid" in readers(cast, matter) and not matter.is_public
    assert set(Todo.objects.values_list("circle_id", flat=True)) == {None}


def test_two_who_conceal_at_once_make_one_circle(cast: Cast) -> None:
    matter = brought_to(cast, "sorting")
    hushed(cast, matter)
    with pytest.raises(NotPossible):
        perform(matter, "conceal", actor=cast.actor("second_clerk"), data=posted({"reason": "再来一次"}))
    assert Circle.objects.count() == 1


def test_a_reporter_asks_for_it_while_reporting_even_without_a_name(cast: Cast) -> None:
    browser = Client()
    data = {"text": f"{WORDS}，请查一查。", "place": cast.city.building.pk, "secret": "on", "secret_about": "street",
            "secret_note": "收钱的是网格里的人", "do": "send"}  # fmt: skip
    came = browser.post("/report/", data)
    assert came.status_code == 302
    matter = Matter.objects.get()
    assert (matter.desk_level, matter.circle_id is not None) == ("street", True)
    assert readers(cast, matter) == {"street_clerk", "street_secretary", "supervisor"}
    circle = Circle.objects.get()
    assert cast.people["clerk"].pk in circle.about and "网格里的人" in circle.reason
    report = matter.reports.get()
    page = browser.get(f"/concerns/{report.number}/").content.decode()
    assert "已按保密办理" in page and "网格里的人" not in page
    assert not Notification.objects.exclude(account_id__in=circle.members).exists()


def test_a_confidential_concern_joins_no_other_and_is_offered_to_nobody(cast: Cast) -> None:
    first = reported(cast, text=WORDS).matter
    assert first is not None
    data = {"text": WORDS, "place": cast.city.building.pk, "secret": "on", "join": str(first.uid), "do": "send"}
    Client().post("/report/", data)
    assert Matter.objects.count() == 2 and Matter.objects.get(pk=first.pk).report_count == 1
    page = Client().post("/report/", {"text": WORDS, "place": cast.city.building.pk, "do": "send"}).content.decode()
    assert first.number not in page or str(Matter.objects.latest("pk").uid) not in page


def test_a_reminder_of_a_confidential_matter_reaches_its_members_only(cast: Cast) -> None:
    matter = hushed(cast, brought_to(cast, "sorting"), members=[code(cast, "second_clerk")])
    todo = Todo.objects.filter(root_id=matter.pk, obligation="act").get()
    assert notices.people_for(todo) == {cast.people["second_clerk"].pk}


def test_whoever_was_told_before_and_is_outside_now_keeps_no_notice_and_hears_nothing_later(cast: Cast) -> None:
    matter = brought_to(cast, "handling", text=f"{WORDS}。")
    assert matter.dispatched_by == cast.people["clerk"].pk
    hushed(cast, matter, "secretary", members=[code(cast, "second_clerk")])
    perform(matter, "return", actor=cast.actor("officer"), data={"reason": "不归我们"})
    outside = [cast.people[who].pk for who in ("clerk", "grid", "street_clerk")]
    assert not Notification.objects.filter(account_id__in=outside).exists()


def test_a_supervisor_outside_knows_how_many_and_in_which_state_and_no_more(cast: Cast) -> None:
    members = [code(cast, "clerk"), code(cast, "street_clerk")]
    matter = hushed(cast, brought_to(cast, "handling", text=f"{WORDS}。"), members=members)
    page = client(cast.people["supervisor"]).get("/supervision/").content.decode()
    assert "另有保密事项" in page and "办理中 1" in page and WORDS not in page and matter.number not in page
    about = circles.counted(cast.actor("supervisor"), frozenset({"supervisor"}))
    assert about == [("办理中", 1)]
    Circle.objects.update(about=[cast.people["supervisor"].pk])
    assert circles.counted(cast.actor("supervisor"), frozenset({"supervisor"})) == []


def test_a_call_back_of_a_confidential_matter_stays_in_its_circle(cast: Cast) -> None:
    members = [code(cast, "clerk"), code(cast, "second_clerk")]
    matter = hushed(cast, brought_to(cast, "judging", now=timezone.now(), phone="13890001234"), members=members)
    unhappy = {"is_resolved": "yes", "satisfaction": "1", "comment": "慢"}
    perform(matter.reports.get(), "rate", actor=cast.actor("resident"), data=unhappy)
    row = Callback.objects.get()
    assert row.circle_id == matter.circle_id
    assert client(cast.people["secretary"]).get(f"/callbacks/{row.pk}/").status_code == 404
