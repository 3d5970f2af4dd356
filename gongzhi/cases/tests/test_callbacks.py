"""Verified closing: rejects, call-backs by lot, false closings, and what is counted of them."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from gongzhi.accounts.models import Duty
from gongzhi.accounts.tests.factories import client
from gongzhi.base.models import StoredFile
from gongzhi.cases import faults, rules, sampling
from gongzhi.cases.actions import catch_up
from gongzhi.cases.effects import callbacks
from gongzhi.cases.models import Callback, ClosingFault, Contact, Matter, Report, SampleShare
from gongzhi.cases.tests.factories import FINISHED, HAPPY, Cast, brought_to
from gongzhi.kernel.actor import SYSTEM
from gongzhi.kernel.errors import NotPermitted, NotPossible, Refused
from gongzhi.kernel.models import Event, Look, Todo
from gongzhi.kernel.perform import ReceiptKey, Work, lock_all, perform

UNHAPPY = {"is_resolved": "yes", "satisfaction": "1", "comment": "来得太慢"}
NO = {"is_resolved": "no", "satisfaction": "2", "note": "还是不亮"}
YES = {"is_resolved": "yes", "satisfaction": "5", "note": ""}


@pytest.fixture(autouse=True)
def _fresh() -> None:
    sampling.forget()


def closed(cast: Cast, rating: dict[str, str] = UNHAPPY, phone: str = "13890001234", **fields: Any) -> Matter:
    """A matter closed just now by a rating."""
    matter = brought_to(cast, "judging", now=timezone.now(), phone=phone, **fields)
    perform(matter.reports.get(), "rate", actor=cast.actor("resident"), data=rating)
    return Matter.objects.get(pk=matter.pk)


def drawn(cast: Cast, **fields: Any) -> Callback:
    """The call-back of somebody who was not content."""
    return closed(cast, **fields).callbacks.get()


def everybody(percent: int = 100) -> None:
    for group in SampleShare.Group:
        SampleShare.objects.create(group=group, percent=percent, from_date="2020-01-01", made_at=timezone.now())
    sampling.forget()


def test_who_was_not_content_is_always_called_by_somebody_who_did_not_answer(cast: Cast) -> None:
    row = drawn(cast)
    assert (row.reason, row.state, row.level) == ("dissatisfied", "waiting", "community")
    assert row.answered_by == cast.people["clerk"].pk and row.organisation_id == cast.works.pk
    assert Todo.objects.get(kind="cases.callback").post == "clerk"
    with pytest.raises(NotPermitted):
        perform(row, "done", actor=cast.actor("clerk"), data=YES)
    for outsider in ("neighbour_clerk", "officer", "resident", "supervisor"):
        with pytest.raises(NotPermitted):
            perform(row, "done", actor=cast.actor(outsider), data=YES)
    perform(row, "done", actor=cast.actor("second_clerk"), data=YES)
    assert Callback.objects.get().state == "done" and not Todo.objects.filter(kind="cases.callback").exists()


def test_where_the_only_clerk_answered_the_street_calls(cast: Cast) -> None:
    Duty.objects.filter(account=cast.people["second_clerk"]).update(ended_at=timezone.now())
    row = drawn(cast)
    assert row.level == "street" and Todo.objects.get(kind="cases.callback").post == "street_clerk"
    perform(row, "done", actor=cast.actor("street_clerk"), data=YES)


def test_a_false_closing_opens_the_matter_again_and_is_kept_with_its_unit(cast: Cast) -> None:
    row = drawn(cast)
    perform(row, "done", actor=cast.actor("second_clerk"), data=NO)
    matter, fault = Matter.objects.get(), ClosingFault.objects.get()
    assert (matter.state, matter.reopened, matter.organisation_id) == ("sorting", 1, None)
    assert (fault.kind, fault.organisation_id, fault.community_id) == ("false", cast.works.pk, cast.city.community.pk)
    assert Callback.objects.get().is_false and matter.reports.get().state == "open"
    verbs = list(Event.objects.filter(kind="cases.matter").order_by("seq").values_list("verb", flat=True))
    assert verbs[-2:] == ["close", "reopen_by_callback"]


def test_not_resolved_must_say_what(cast: Cast) -> None:
    row = drawn(cast)
    browser = client(cast.people["second_clerk"])
    page = browser.post(f"/callbacks/{row.pk}/", {"is_resolved": "no", "satisfaction": "1", "note": ""})
    assert page.status_code == 422 and "哪里没办好" in page.content.decode()
    assert Callback.objects.get().state == "waiting"


def test_a_reject_names_its_reason_carries_a_photo_and_counts_as_rejected(cast: Cast) -> None:
    matter = brought_to(cast, "judging", now=timezone.now())
    report = matter.reports.get()
    browser, address = client(cast.people["resident"]), f"/concerns/{report.number}/rate/"
    page = browser.get(f"{address}?resolved=no").content.decode()
    assert "哪里还没解决" in page and "拍一张现在的样子" in page and "前评价" in page
    refused = browser.post(address, {"is_resolved": "no", "satisfaction": "2"})
    assert refused.status_code == 422 and "哪里还没解决" in refused.content.decode()
    from_camera = StoredFile.objects.create(
        kind="photo", name="a.jpg", media_type="image/jpeg", sha256="a" * 64, size=1, width=1, height=1, path="a",
        thumbnail_path="b", uploaded_by=cast.people["resident"].pk,
    )  # fmt: skip
    browser.post(
        address, {"is_resolved": "no", "satisfaction": "2", "comment": "灯又灭了", "photos_uid": str(from_camera.uid)}
    )
    matter.refresh_from_db()
    from_camera.refresh_from_db()
    assert matter.state == "sorting" and from_camera.owner_id == report.pk
    assert (ClosingFault.objects.get().kind, ClosingFault.objects.get().report_id) == ("rejected", report.pk)


def test_opened_again_after_closing_counts_once_and_before_a_result_not_at_all(cast: Cast) -> None:
    matter = closed(cast, HAPPY)
    perform(matter, "reopen", actor=cast.actor("clerk"), data={"reason": "群众来电，又坏了"})
    assert [fault.kind for fault in ClosingFault.objects.all()] == ["reopened"]
    declined = brought_to(cast, "declined")
    perform(declined, "reopen", actor=cast.actor("clerk"), data={"reason": "归我们管"})
    assert ClosingFault.objects.count() == 1


def test_the_second_reporter_may_still_reject_what_the_first_opened_again(cast: Cast) -> None:
    matter = brought_to(cast, "judging", now=timezone.now())
    perform(matter.reports.get(), "rate", actor=cast.actor("resident"), data={**HAPPY, "is_resolved": "no"})
    assert Matter.objects.get().state == "sorting" and matter.reports.get().state == "open"


def test_nobody_reached_three_times_at_different_times_ends_the_call(cast: Cast) -> None:
    row, caller, now = drawn(cast), cast.actor("second_clerk"), timezone.now()
    for number in range(3):
        with_pause = now + timedelta(hours=4 * number)
        perform(Callback.objects.get(), "miss", actor=caller, now=with_pause)
        if number < 2:
            with pytest.raises(NotPossible, match="换个时间"):
                perform(Callback.objects.get(), "miss", actor=caller, now=with_pause + timedelta(minutes=5))
    row = Callback.objects.get()
    assert (row.state, row.tries) == ("missed", 3)


def test_two_callers_at_once_one_result(cast: Cast) -> None:
    row = drawn(cast)
    perform(row, "done", actor=cast.actor("second_clerk"), data=YES, seq=1)
    with pytest.raises(Refused):
        perform(row, "done", actor=cast.actor("secretary"), data=NO, seq=1)
    assert Matter.objects.get().state == "closed" and not ClosingFault.objects.exists()


def test_the_same_press_twice_is_one_call(cast: Cast) -> None:
    row, key = drawn(cast), ReceiptKey("a:1", uuid.uuid4(), "x")
    first = perform(row, "done", actor=cast.actor("second_clerk"), data=YES, receipt=key)
    again = perform(row, "done", actor=cast.actor("second_clerk"), data=YES, receipt=key)
    assert not first.is_replay and again.is_replay


def test_the_lot_is_the_same_when_drawn_again_and_about_the_share(cast: Cast) -> None:
    at = timezone.now()
    lots = [sampling.lot(f"2026-{number}", at) for number in range(4000)]
    assert lots == [sampling.lot(f"2026-{number}", at) for number in range(4000)]
    assert 8 < sum(lot < 10 for lot in lots) / 40 < 12 and all(0 <= lot < 100 for lot in lots)


def test_the_nearest_place_then_the_category_then_the_urgency_decides_the_share(cast: Cast) -> None:
    matter, day = brought_to(cast, "sorting"), timezone.localdate()
    group, made = SampleShare.Group.RATED, timezone.now()
    assert sampling.percent(group, matter, day) == (10, None)
    rows: list[tuple[dict[str, Any], int]] = [
        ({}, 20), ({"urgency": "normal"}, 30), ({"category": cast.light}, 40), ({"place": cast.city.street}, 50),
        ({"place": cast.city.community}, 60), ({"place": cast.city.community, "category": cast.drain}, 70),
    ]  # fmt: skip
    expected = [20, 30, 40, 50, 60, 60]
    for (scope, percent), result in zip(rows, expected, strict=True):
        SampleShare.objects.create(group=group, percent=percent, from_date=day, made_at=made, **scope)
        sampling.forget()
        assert sampling.percent(group, matter, day)[0] == result
    SampleShare.objects.create(
        group=group, percent=1, from_date=day + timedelta(days=1), place=cast.city.community, made_at=made
    )
    sampling.forget()
    assert sampling.percent(group, matter, day)[0] == 60


def test_a_closing_that_was_not_drawn_is_caught_up_once_and_the_proof_says_so(cast: Cast) -> None:
    matter = closed(cast, HAPPY)
    Callback.objects.all().delete()
    Todo.objects.filter(kind="cases.callback").delete()
    everybody()
    since, until = timezone.now() - timedelta(days=1), timezone.now() + timedelta(minutes=1)
    count, wrong = sampling.recompute(since, until)
    assert count == 1 and [one.expected for one in wrong] == ["sample"]
    assert catch_up(since, until) == 1 and catch_up(since, until) == 0
    assert sampling.recompute(since, until) == (1, []) and matter.callbacks.get().reason == "sample"


def test_nobody_can_be_called_who_left_neither_telephone_nor_account(cast: Cast) -> None:
    everybody()
    matter = brought_to(cast, "judging", now=timezone.now(), phone="", owner_id=None, name="")
    perform(matter, "close", actor=SYSTEM)
    assert not Callback.objects.exists() and Contact.objects.get().phone == ""


def test_a_promise_is_kept_by_the_desk_and_judges_nothing(cast: Cast) -> None:
    matter, now = brought_to(cast, "handling", now=timezone.now()), timezone.now()
    work = Work(cast.actor("clerk"), now)
    locked = lock_all(Matter, [matter.pk], work)[matter.pk]
    report = work.family(Report, locked)[0]
    made = callbacks.promise(work, report, "call", now + timedelta(hours=2), "下午三点后回电，告诉他谁来修")
    work.flush()
    with pytest.raises(NotPossible):
        perform(made, "miss", actor=cast.actor("clerk"), now=now)
    page = client(cast.people["clerk"]).get(f"/callbacks/{made.pk}/").content.decode()
    assert "下午三点后回电" in page and "真的办好了吗" not in page
    perform(made, "done", actor=cast.actor("clerk"), data={"note": "已告诉他明天上午来"})
    assert Callback.objects.get().state == "done" and Matter.objects.get().state == "handling"


def test_the_telephone_is_masked_until_a_recorded_press(cast: Cast, django_assert_max_num_queries: Any) -> None:
    row = drawn(cast)
    browser = client(cast.people["second_clerk"])
    with django_assert_max_num_queries(20):
        listed = browser.get("/callbacks/").content.decode()
    assert "138****1234" in listed and "13890001234" not in listed
    page = browser.get(f"/callbacks/{row.pk}/").content.decode()
    assert "13890001234" not in page and "显示电话" in page
    page = browser.post(f"/callbacks/{row.pk}/", {"do": "reveal"}).content.decode()
    assert 'href="tel:13890001234"' in page
    seen = Look.objects.get()
    assert seen.account_id == cast.people["second_clerk"].pk and "回访" in seen.reason
    assert "回访" in client(cast.people["resident"]).get(f"/concerns/{row.report.number}/looks/").content.decode()


def test_strangers_and_the_one_who_answered_do_not_find_the_call(cast: Cast) -> None:
    row = drawn(cast)
    for who in ("clerk", "neighbour_clerk", "officer", "resident", "administrator"):
        browser = client(cast.people[who])
        assert browser.get(f"/callbacks/{row.pk}/").status_code == 404
        assert browser.post(f"/callbacks/{row.pk}/", {"do": "reveal"}).status_code == 404
    assert row.matter.title not in client(cast.people["clerk"]).get("/callbacks/").content.decode()
    assert not Look.objects.exists()


def test_what_is_counted_has_its_denominators_and_a_list_behind_each_number(
    cast: Cast, django_assert_max_num_queries: Any
) -> None:
    closed(cast, HAPPY)
    row = drawn(cast)
    perform(row, "done", actor=cast.actor("second_clerk"), data=NO)
    now = timezone.now()
    scope = faults.Scope(cast.actor("supervisor"), now - timedelta(days=1), now + timedelta(minutes=1))
    (line,) = faults.lines(scope, "organisation")
    assert line.label == "市政公用中心" and line.numbers["closed"] == 2 and line.numbers["false"] == 1
    assert line.false_rate == rules.Rate(1, 1) and line.numbers["reached"] == 1
    browser = client(cast.people["supervisor"])
    with django_assert_max_num_queries(20):
        page = browser.get("/supervision/faults/").content.decode()
    assert "市政公用中心" in page and "kind=false" in page and "王敏" not in page and "李蓉" not in page
    for kind in faults.LISTS:
        behind = browser.get(f"/supervision/faults/list/?unit={cast.works.pk}&kind={kind}").content.decode()
        assert (row.matter.number in behind) == (kind in ("drawn", "reached", "false"))
    assert client(cast.people["officer"]).get("/supervision/faults/").status_code == 404
    assert "市政公用中心" not in client(cast.people["secretary"]).get("/supervision/faults/?p=last").content.decode()


def test_a_share_is_set_from_tomorrow_with_history_and_taken_back_before(cast: Cast) -> None:
    browser, tomorrow = client(cast.people["administrator"]), timezone.localdate() + timedelta(days=1)
    data = {"group": "rated", "percent": "25", "place": cast.city.street.pk, "urgency": "", "from_date": tomorrow}
    refused = browser.post("/settings/cases/sample/new/", {**data, "from_date": timezone.localdate(), "percent": "130"})
    assert refused.status_code == 422 and "明天" in refused.content.decode()
    assert browser.post("/settings/cases/sample/new/", data).status_code == 302
    page = browser.get("/settings/cases/sample/").content.decode()
    assert "抽 25%" in page and "一件不差" in page
    twice = browser.post("/settings/cases/sample/new/", data)
    assert twice.status_code == 422 and "已经有一条" in twice.content.decode()
    browser.post(f"/settings/cases/sample/{SampleShare.objects.get().pk}/withdraw/")
    assert not SampleShare.objects.exists() and "撤下" in browser.get("/settings/cases/sample/").content.decode()
    assert client(cast.people["clerk"]).get("/settings/cases/sample/").status_code == 404


def test_where_photos_are_needed_both_must_be_there_or_words(cast: Cast) -> None:
    cast.light.needs_photos = True
    cast.light.save()
    matter = brought_to(cast, "handling", now=timezone.now() - timedelta(hours=3), lon=104.776, lat=29.345)
    officer = cast.people["officer"]
    browser, address = client(officer), f"/matters/{matter.number}/finish/"
    page = browser.post(address, {"result": "已换新灯", "evidence": ""})
    assert page.status_code == 422 and "没有办理后的照片" in page.content.decode()
    shot: dict[str, Any] = {"kind": "photo", "name": "a.jpg", "media_type": "image/jpeg", "size": 1, "width": 1, "height": 1, "path": "a",
                            "thumbnail_path": "b", "uploaded_by": officer.pk}  # fmt: skip
    before = StoredFile.objects.create(label="before", sha256="a" * 64, **shot)
    after = StoredFile.objects.create(
        label="after",
        sha256="b" * 64,
        taken_at=timezone.now() - timedelta(days=9),
        taken_lon=104.80,
        taken_lat=29.345,
        **shot,
    )
    sent = {"result": "已换新灯", "photos_uid": [str(before.uid), str(after.uid)], "evidence": ""}
    asked = browser.post(address, sent).content.decode()
    assert "那时还没有派办" in asked and "公里" in asked and "已换新灯" in asked
    done = browser.post(address, {**sent, "evidence": "相册里的旧图，现场手机没电"})
    assert done.status_code == 302 and Matter.objects.get(pk=matter.pk).state == "answering"
    shown = client(cast.people["clerk"]).get(f"/matters/{matter.number}/").content.decode()
    assert "离事发地 2.3 公里" in shown


def test_a_photo_without_a_place_is_where_the_telephone_is(cast: Cast) -> None:
    matter = brought_to(cast, "handling", now=timezone.now(), lon=104.776, lat=29.345)
    shot = StoredFile.objects.create(
        kind="photo", name="a.jpg", media_type="image/jpeg", size=1, width=1, height=1, path="a", thumbnail_path="b",
        sha256="b" * 64, uploaded_by=cast.people["officer"].pk,
    )  # fmt: skip
    sent = {"result": "已换新灯", "photos_after_uid": [str(shot.uid)], "here": "104.77601234,29.34501234"}
    client(cast.people["officer"]).post(f"/matters/{matter.number}/finish/", sent)
    shot.refresh_from_db()
    assert (shot.taken_lon, shot.taken_lat, shot.located_by, shot.label) == (104.776, 29.345, "phone", "after")


@pytest.mark.parametrize("here", ["", "x,y", "999,9", "nan,inf", "1", "\x00,1"])
def test_a_nonsense_position_is_left_out(cast: Cast, here: str) -> None:
    matter = brought_to(cast, "handling", now=timezone.now())
    sent = {**FINISHED, "here": here}
    assert client(cast.people["officer"]).post(f"/matters/{matter.number}/finish/", sent).status_code == 302
