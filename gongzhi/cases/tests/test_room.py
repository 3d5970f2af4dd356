"""The 365 room: chosen by place and day, its own six steps, the figures that stay; and the sentiment map."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from gongzhi.accounts.tests.factories import client
from gongzhi.cases import choices, sentiment
from gongzhi.cases.models import AssessmentFigure, Category, Matter, ProcedureChoice, SettingChange
from gongzhi.cases.tests.factories import (
    ANSWERED,
    FINISHED,
    HAPPY,
    MORNING,
    Cast,
    brought_to,
    reported,
    triaged,
)  # fmt: skip
from gongzhi.kernel import scanner, verify
from gongzhi.kernel.errors import NotPermitted, NotValid
from gongzhi.kernel.models import Event, Todo
from gongzhi.kernel.perform import perform

SETTINGS = "/settings/cases/procedures/"


def choose(place: Any, procedure: str = "room-365", since: date = date(2026, 3, 1)) -> None:
    ProcedureChoice.objects.create(place=place, procedure=procedure, from_date=since, made_at=MORNING)
    choices.forget()


def do(cast: Cast, matter: Matter, verb: str, who: str, data: Any = None, now: Any = MORNING) -> Matter:
    perform(matter, verb, actor=cast.actor(who), data=data, now=now)
    return Matter.objects.get(pk=matter.pk)


def judged(cast: Cast, now: Any = MORNING) -> Matter:
    """A matter of the room whose only reporter has rated."""
    matter = reported(cast, now=now).matter
    assert matter is not None
    analysed = triaged(cast, f"o{cast.works.pk}", service_mode="doorstep")
    for verb, who, data in (
        ("accept", "clerk", None), ("triage", "clerk", analysed), ("sign", "officer", None),
        ("finish", "officer", FINISHED), ("feedback", "clerk", ANSWERED),
    ):  # fmt: skip
        matter = do(cast, matter, verb, who, data, now)
    perform(matter.reports.get(), "rate", actor=cast.actor("resident"), data=HAPPY, now=now)
    return Matter.objects.get(pk=matter.pk)


def test_a_matter_follows_what_its_place_chose_when_it_came_in_and_keeps_to_it(cast: Cast) -> None:
    before = reported(cast).matter
    choose(cast.city.community)
    after, elsewhere = reported(cast).matter, reported(cast, place=cast.city.neighbour).matter
    earlier = reported(cast, now=MORNING - timedelta(days=10)).matter
    assert [m.procedure for m in (before, after, elsewhere, earlier) if m] == [
        "six-steps", "room-365", "six-steps", "six-steps",
    ]  # fmt: skip
    assert before is not None and do(cast, before, "accept", "clerk").state == "sorting"
    assert after is not None and do(cast, after, "accept", "clerk").state == "analysing"


def test_the_nearest_place_wins_and_there_the_latest_day(cast: Cast) -> None:
    choose(None, "room-365")
    choose(cast.city.community, "six-steps")
    path = cast.city.building.path
    assert choices.procedure_at(path, MORNING) == "six-steps"
    choose(cast.city.community, "room-365", date(2026, 3, 4))
    assert choices.procedure_at(path, MORNING) == "room-365"
    assert choices.procedure_at(path, MORNING - timedelta(days=1)) == "six-steps"
    assert choices.procedure_at(cast.city.neighbour.path, MORNING) == "room-365"


def test_the_room_goes_its_six_steps_and_keeps_its_figures(cast: Cast) -> None:
    choose(cast.city.community)
    matter = judged(cast)
    assert (matter.state, matter.service_mode, matter.closed_at) == ("assessing", "doorstep", None)
    assert list(Todo.objects.values_list("post", "on_due")) == [("supervisor", "assess")]
    matter = do(cast, matter, "assess", "supervisor", {"remark": "按时办结，群众认可"}, MORNING + timedelta(hours=2))
    figure = AssessmentFigure.objects.get()
    assert matter.state == "closed" and not Todo.objects.exists()
    assert (figure.reports, figure.rated, figure.resolved, figure.content) == (1, 1, 1, 1)
    assert (figure.is_handled_in_time, figure.organisation_id, figure.remark) == (
        True,
        cast.works.pk,
        "按时办结，群众认可",
    )
    verbs = list(Event.objects.filter(kind="cases.matter").order_by("seq").values_list("verb", flat=True))
    assert verbs == ["report", "accept", "triage", "sign", "finish", "feedback", "close", "assess"]
    assert not list(verify.run())


def test_analysing_asks_for_one_of_the_five_service_modes(cast: Cast) -> None:
    choose(cast.city.community)
    matter = reported(cast).matter
    assert matter is not None
    with pytest.raises(NotValid) as refused:
        do(cast, matter, "triage", "clerk", triaged(cast))
    assert "service_mode" in refused.value.errors


def test_what_nobody_assesses_in_time_is_kept_with_its_figures_by_itself(cast: Cast) -> None:
    choose(cast.city.community)
    matter = judged(cast)
    scanner.scan(MORNING + timedelta(days=9))
    figure = AssessmentFigure.objects.get(matter=matter)
    assert Matter.objects.get().state == "closed"
    assert (figure.remark, figure.assessed_by) == ("", None)


def test_who_answered_does_not_assess(cast: Cast) -> None:
    choose(cast.city.community)
    matter = judged(cast)
    with pytest.raises(NotPermitted):
        do(cast, matter, "assess", "clerk")
    Matter.objects.update(answered_by=cast.people["secretary"].pk)
    with pytest.raises(NotPermitted):
        do(cast, Matter.objects.get(), "assess", "secretary")


def test_opened_again_it_is_assessed_once_more_and_both_figures_stay(cast: Cast) -> None:
    choose(cast.city.community)
    matter = do(cast, judged(cast), "assess", "supervisor")
    perform(matter.reports.get(), "again", actor=cast.actor("resident"), data={"reason": "又坏了"}, now=MORNING)
    matter = Matter.objects.get()
    assert matter.state == "analysing"
    analysed = triaged(cast, f"o{cast.works.pk}", service_mode="booked")
    for verb, who, data in (
        ("triage", "clerk", analysed), ("sign", "officer", None), ("finish", "officer", FINISHED),
        ("feedback", "clerk", ANSWERED),
    ):  # fmt: skip
        matter = do(cast, matter, verb, who, data)
    perform(matter.reports.get(), "rate", actor=cast.actor("resident"), data=HAPPY, now=MORNING)
    do(cast, Matter.objects.get(), "assess", "supervisor")
    assert list(AssessmentFigure.objects.order_by("closing").values_list("closing", "service_mode")) == [
        (0, "doorstep"), (1, "booked"),
    ]  # fmt: skip


def test_a_figure_cannot_be_changed_or_taken_away(cast: Cast) -> None:
    choose(cast.city.community)
    do(cast, judged(cast), "assess", "supervisor")
    for change in (lambda: AssessmentFigure.objects.update(content=0), lambda: AssessmentFigure.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


# --- Pages --------------------------------------------------------------------------------------------------------


def test_the_rooms_desk_shows_what_is_under_way_and_what_came_of_it(cast: Cast) -> None:
    choose(cast.city.community)
    do(cast, judged(cast, timezone.now()), "assess", "supervisor", {"remark": "回访满意"}, timezone.now())
    reported(cast, text="想办养老保险转移，跑了三趟。", now=timezone.now())
    page = client(cast.people["clerk"]).get("/room/").content.decode()
    assert "回访满意" in page and "正在走的 1 件" in page and "定制" in page
    outside = client(cast.people["neighbour_clerk"]).get("/room/").content.decode()
    assert "回访满意" not in outside and "还没有" not in outside.split("<h1>")[0]
    assert client(cast.people["resident"]).get("/room/").status_code in (302, 404)


def test_an_administrator_chooses_from_today_on_and_takes_back_what_has_not_begun(cast: Cast) -> None:
    admin, today = client(cast.people["administrator"]), timezone.localdate()
    form = {"procedure": "room-365", "place": cast.city.community.pk, "from_date": today - timedelta(days=1)}
    page = admin.post(f"{SETTINGS}new/", form)
    assert page.status_code == 422 and "已经办着的事程序不变" in page.content.decode()
    later = {**form, "from_date": today + timedelta(days=5)}
    assert admin.post(f"{SETTINGS}new/", later).status_code == 302
    assert admin.post(f"{SETTINGS}new/", later).status_code == 422
    row = ProcedureChoice.objects.get()
    assert "还没开始" in admin.get(SETTINGS).content.decode()
    admin.post(f"{SETTINGS}{row.pk}/withdraw/")
    assert not ProcedureChoice.objects.exists() and SettingChange.objects.filter(kind="procedure").count() == 2
    assert "撤下还没生效的" in admin.get(SETTINGS).content.decode()
    assert client(cast.people["clerk"]).get(SETTINGS).status_code == 404


def test_the_sentiment_map_tells_counts_never_words_and_nothing_of_a_few(cast: Cast) -> None:
    top = Category.objects.create(code="utility", name="公用设施")
    Category.objects.filter(pk=cast.light.pk).update(parent=top)
    for _one in range(7):
        reported(cast, now=timezone.now())
    for _one in range(2):
        reported(cast, place=cast.city.second_grid, category=cast.drain, now=timezone.now())
    page = client(cast.people["clerk"]).get("/sentiment/").content.decode()
    assert "公用设施 7" in page and "少于 3" in page and "楼道灯不亮" not in page and "陈英" not in page
    assert "明显多了" in page
    outside = client(cast.people["neighbour_clerk"]).get("/sentiment/").content.decode()
    assert "公用设施" not in outside
    shapes = client(cast.people["clerk"]).get("/sentiment/shapes.json").json()
    assert all(one["properties"]["shade"] <= 0.6 for one in shapes["features"])


def test_confidential_and_merged_matters_are_in_no_count(cast: Cast) -> None:
    now = timezone.now()
    for _one in range(4):
        reported(cast, now=now)
    hidden = Matter.objects.order_by("pk").first()
    assert hidden is not None
    Matter.objects.filter(pk=hidden.pk).update(circle_id=99)
    found = sentiment.cells(cast.actor("clerk"), 30, now + timedelta(minutes=1))
    assert [cell.count for cell in found] == [3]
    Matter.objects.update(circle_id=None)


def test_a_theme_has_risen_when_clearly_more_is_said(cast: Cast) -> None:
    assert sentiment.Cell(1, 1, 6, 4).has_risen and not sentiment.Cell(1, 1, 6, 5).has_risen
    assert not sentiment.Cell(1, 1, 5, 0).has_risen and not sentiment.Cell(1, 1, 2, 0).is_told


def test_the_list_narrows_to_the_room_and_its_modes(cast: Cast) -> None:
    brought_to(cast, "sorting", text="普通六步的一件，水管坏了。")
    choose(cast.city.community)
    judged(cast)
    page = client(cast.people["clerk"]).get("/matters/?procedure=room-365&service_mode=doorstep&f=all").content.decode()
    assert "楼道灯不亮" in page and "普通六步的一件" not in page
