"""What may happen to a notice, by whom, when: the declared procedure at work."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from gongzhi.kernel.errors import NotPermitted, NotPossible, NotValid, Stale
from gongzhi.kernel.models import Event, EventBody, Notification, Todo
from gongzhi.kernel.perform import perform
from gongzhi.kernel.procedure import available
from gongzhi.kernel.scanner import scan
from gongzhi.notices import demo, listing
from gongzhi.notices.check import found_in
from gongzhi.notices.forms import without_data
from gongzhi.notices.models import Notice, Objection, after
from gongzhi.notices.tests.conftest import Cast
from gongzhi.notices.tests.factories import MORNING, drafted, objected, published
from gongzhi.notices.workflow import NOTICE, OBJECTION

OK = {"has_read": "on"}


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("联系人电话13890001234", ["phone"]),
        ("致电 138-9000-1234", ["phone"]),
        ("１３８９０００１２３４", ["phone"]),
        ("座机 0813-8212345", ["phone"]),
        ("身份证 510303199001011234", ["identity"]),
        ("住3栋2单元501室", ["room"]),
        ("车牌川C12345违停", ["plate"]),
        ("卡号 6222021234567890128", ["card"]),
        ("张* 13890001234，陈*英 13890005678", ["phone", "phone"]),
        ("拟新增：张*、陈*英、欧阳*", []),
        ("请拨打 12345 或 110", []),
        ("2026年3月4日 8 点到 20 点停水", []),
        ("支出 128600 元，涉及 3 栋楼 46 户", []),
        ("", []),
    ],
)
def test_the_check_finds_personal_data_and_leaves_the_rest(text: str, kinds: list[str]) -> None:
    assert [one.kind for one in found_in("", text)] == kinds
    assert [one.kind for one in found_in(text, "")] == kinds


def test_each_finding_is_shown_with_the_words_around_it() -> None:
    (one,) = found_in("", "请在周五以前把材料交到社区，电话13890001234，过期不候。" + "请大家互相转告。" * 5)
    assert one.excerpt == "13890001234"
    assert one.before.endswith("电话") and one.after.startswith("，过期不候")
    assert one.after.endswith("…")


def test_a_reason_that_everybody_reads_may_not_carry_a_telephone() -> None:
    with pytest.raises(ValidationError, match="电话"):
        without_data("名单有误，问13890001234")
    assert without_data("名单有误") == "名单有误"


def test_publishing_without_reading_it_through_is_refused(cast: Cast) -> None:
    notice = drafted(cast.city.community, cast.actor("clerk"))
    with pytest.raises(NotValid) as caught:
        perform(notice, "publish", actor=cast.actor("clerk"), data={}, now=MORNING)
    assert "has_read" in caught.value.errors


def test_a_telephone_in_the_text_stops_publishing_until_it_is_confirmed(cast: Cast) -> None:
    notice = drafted(cast.city.community, cast.actor("clerk"), body="咨询电话 0813-8212345，找张*。")
    with pytest.raises(NotValid) as caught:
        perform(notice, "publish", actor=cast.actor("clerk"), data=OK, now=MORNING)
    assert "reason_0" in caught.value.errors
    assert Notice.objects.get(pk=notice.pk).state == "draft"
    perform(notice, "publish", actor=cast.actor("clerk"), data={**OK, "reason_0": "office"}, now=MORNING)
    assert Notice.objects.get(pk=notice.pk).state == "published"


def test_an_invented_reason_is_refused(cast: Cast) -> None:
    notice = drafted(cast.city.community, cast.actor("clerk"), body="电话13890001234")
    with pytest.raises(NotValid):
        perform(notice, "publish", actor=cast.actor("clerk"), data={**OK, "reason_0": "领导同意"}, now=MORNING)


def test_the_log_keeps_kinds_and_counts_but_never_the_data(cast: Cast) -> None:
    notice = drafted(cast.city.community, cast.actor("clerk"), body="问13890001234或13890005678")
    data = {**OK, "reason_0": "office", "reason_1": "office"}
    perform(notice, "publish", actor=cast.actor("clerk"), data=data, now=MORNING)
    event = Event.objects.get(record_id=notice.pk, kind="notices.notice", verb="publish")
    body = EventBody.objects.get(pk=event.pk).data
    assert "phone office 2" in body
    assert not any("1389000" in row for row in EventBody.objects.values_list("data", flat=True))


def test_the_day_of_publishing_does_not_count(cast: Cast) -> None:
    notice = published(cast.city.community, cast.actor("clerk"))
    assert (notice.starts, notice.ends) == (date(2026, 3, 4), date(2026, 3, 11))
    assert notice.due_at == after(date(2026, 3, 11))


def test_a_notice_without_end_has_no_deadline(cast: Cast) -> None:
    notice = published(cast.city.community, cast.actor("clerk"), sort="policy", days=None)
    assert notice.due_at is None and notice.is_running(MORNING + timedelta(days=900))


def test_the_period_ends_by_itself_after_its_last_day(cast: Cast) -> None:
    notice = published(cast.city.community, cast.actor("clerk"), is_pinned=True)
    assert notice.due_at is not None
    scan(notice.due_at - timedelta(seconds=1))
    assert Notice.objects.get(pk=notice.pk).state == "published"
    scan(notice.due_at)
    ended = Notice.objects.get(pk=notice.pk)
    assert ended.state == "ended" and not ended.is_pinned
    assert not Todo.objects.filter(kind="notices.notice").exists()


def test_a_period_cannot_be_cut_short_but_an_announcement_can(cast: Cast) -> None:
    clerk = cast.actor("clerk")
    period = published(cast.city.community, clerk)
    with pytest.raises(NotPossible):
        perform(period, "finish", actor=clerk, data={"reason": "够了"}, now=MORNING)
    news = published(cast.city.community, clerk, sort="news", days=None)
    perform(news, "finish", actor=clerk, data={"reason": "已经来水"}, now=MORNING)
    assert Notice.objects.get(pk=news.pk).state == "ended"


def test_what_was_published_cannot_be_edited(cast: Cast) -> None:
    notice = published(cast.city.community, cast.actor("clerk"))
    assert "edit" not in [verb.verb for verb in available(notice, cast.actor("clerk"), MORNING)]
    with pytest.raises(NotPossible):
        perform(notice, "edit", actor=cast.actor("clerk"), data={}, now=MORNING)


def test_an_edit_that_comes_too_late_is_stale(cast: Cast) -> None:
    clerk = cast.actor("clerk")
    notice = drafted(cast.city.community, clerk)
    perform(notice, "publish", actor=clerk, data=OK, seq=notice.seq, now=MORNING)
    with pytest.raises(Stale):
        perform(notice, "drop", actor=clerk, data={"reason": "写错了"}, seq=1, now=MORNING)


@pytest.mark.parametrize("who", ["neighbour_clerk", "grid", "resident"])
def test_nobody_else_may_draft_or_publish_here(cast: Cast, who: str) -> None:
    with pytest.raises(NotPermitted):
        drafted(cast.city.community, cast.actor(who))
    notice = drafted(cast.city.community, cast.actor("clerk"))
    with pytest.raises(NotPermitted):
        perform(notice, "publish", actor=cast.actor(who), data=OK, now=MORNING)


@pytest.mark.parametrize("who", ["clerk", "secretary", "street_clerk", "district_clerk"])
def test_the_offices_of_the_place_and_above_may_publish(cast: Cast, who: str) -> None:
    assert published(cast.city.community, cast.actor(who)).state == "published"


def test_a_clerk_may_not_speak_for_the_street(cast: Cast) -> None:
    with pytest.raises(NotPermitted):
        drafted(cast.city.street, cast.actor("clerk"))


def test_drafts_are_read_by_staff_of_the_place_alone_published_ones_by_all(cast: Cast) -> None:
    drafted(cast.city.community, cast.actor("clerk"))
    shown = published(cast.city.community, cast.actor("clerk"))
    for who, count in {"grid": 1, "secretary": 2, "street_clerk": 2, "neighbour_clerk": 1, "resident": 1}.items():
        read = Notice.objects.filter(NOTICE.read.q(cast.actor(who)))
        assert read.count() == count, who
        assert all(NOTICE.read.allows(row, cast.actor(who)) for row in read)
        assert shown in read


def test_an_objection_counts_only_while_the_period_runs(cast: Cast) -> None:
    clerk = cast.actor("clerk")
    draft = drafted(cast.city.community, clerk)
    news = published(cast.city.community, clerk, sort="news")
    notice = published(cast.city.community, clerk)
    last = after(date(2026, 3, 11)) - timedelta(seconds=1)
    assert objected(notice, last).state == "received"
    for refused, at in ((draft, MORNING), (news, MORNING), (notice, last + timedelta(seconds=1))):
        with pytest.raises(NotPossible):
            objected(refused, at)
    perform(notice, "withdraw", actor=clerk, data={"reason": "名单有误"}, now=MORNING)
    with pytest.raises(NotPossible):
        objected(notice, MORNING + timedelta(hours=1))


def test_who_published_hears_of_an_objection_and_the_office_owes_an_answer(cast: Cast) -> None:
    notice = published(cast.city.community, cast.actor("secretary"))
    objection = objected(notice, MORNING, phone="13890001234", name="吴")
    told = Notification.objects.get(account_id=cast.people["secretary"].pk)
    assert notice.title in told.title
    owed = Todo.objects.get(kind="notices.objection", record_id=objection.pk)
    assert owed.post == "clerk" and owed.community_id == cast.city.community.pk
    assert b"13890001234" not in bytes(objection.phone_cipher) and objection.masked_phone == "138****1234"


def test_a_street_notice_is_answered_by_the_street(cast: Cast) -> None:
    notice = published(cast.city.street, cast.actor("street_clerk"))
    objection = objected(notice, MORNING)
    assert Todo.objects.get(kind="notices.objection", record_id=objection.pk).post == "street_clerk"
    with pytest.raises(NotPermitted):
        perform(objection, "answer", actor=cast.actor("clerk"), data={"answer": "核实过了"}, now=MORNING)


def test_an_answer_closes_the_objection_and_reaches_whoever_signed_in(cast: Cast) -> None:
    notice = published(cast.city.community, cast.actor("clerk"))
    objection = objected(notice, MORNING, owner_id=cast.people["resident"].pk, actor=cast.actor("resident"))
    with pytest.raises(NotValid):
        perform(objection, "answer", actor=cast.actor("clerk"), data={"answer": " \u200b"}, now=MORNING)
    perform(objection, "answer", actor=cast.actor("clerk"), data={"answer": "核实过了"}, now=MORNING)
    assert Objection.objects.get(pk=objection.pk).state == "answered"
    assert Notification.objects.filter(account_id=cast.people["resident"].pk).count() == 1
    assert not Todo.objects.filter(kind="notices.objection").exists()
    assert listing.counts([notice.pk]) == {notice.pk: listing.Counts(1, 1)}


def test_an_objection_is_read_by_staff_and_by_its_own_account(cast: Cast) -> None:
    notice = published(cast.city.community, cast.actor("clerk"))
    objected(notice, MORNING, owner_id=cast.people["resident"].pk, actor=cast.actor("resident"))
    seen = {who: Objection.objects.filter(OBJECTION.read.q(cast.actor(who))).count() for who in cast.people}
    assert {who for who, count in seen.items() if count} == {
        "clerk", "secretary", "street_clerk", "district_clerk", "resident",
    }  # fmt: skip


def test_a_resident_finds_notices_of_the_community_and_above_not_of_the_neighbour(cast: Cast) -> None:
    own = published(cast.city.community, cast.actor("clerk"))
    published(cast.city.neighbour, cast.actor("neighbour_clerk"))
    street = published(cast.city.street, cast.actor("street_clerk"), now=MORNING + timedelta(hours=1))
    drafted(cast.city.community, cast.actor("clerk"))
    found = listing.latest([cast.city.community.pk], MORNING + timedelta(days=1), 5)
    assert [line.notice for line in found] == [street, own]
    assert listing.latest([], MORNING) == []


def test_pages_of_the_list_follow_each_other_without_gap_or_double(cast: Cast) -> None:
    for _number in range(7):
        published(cast.city.community, cast.actor("clerk"))
    seen: list[int] = []
    cursor, rows = "", listing.for_place(cast.city.community.pk)
    while True:
        page, cursor = listing.page_of(rows, cursor, size=3)
        seen += [row.pk for row in page]
        if not cursor:
            break
    assert len(seen) == 7 and sorted(seen, reverse=True) == seen


@pytest.mark.parametrize("cursor", ["x", "1~", "~1", "-1~2", "9" * 18 + "~1", "1~" + "9" * 30, "１~２", "\0~1"])
def test_a_bent_cursor_never_fails(cast: Cast, cursor: str) -> None:
    published(cast.city.community, cast.actor("clerk"))
    page, _next = listing.page_of(Notice.objects.all(), cursor)
    assert len(page) <= 1


def test_the_demonstration_makes_three_to_five_true_notices(cast: Cast) -> None:
    made = demo.make(cast.city.community, cast.actor("clerk"), MORNING, 7)
    assert 3 <= len(made) <= 5
    assert {notice.state for notice in made} <= {"published", "ended"}
    assert all(notice.is_running(MORNING) == (notice.state == "published") for notice in made)
    assert not any(found_in(notice.title, notice.body) for notice in made)
