"""Months as published, the same counted again with the reason of a difference; reports in Word, by mail, on the day."""

import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail.backends.locmem import EmailBackend
from django.db import DatabaseError, connection, transaction
from docx import Document
from procrastinate.contrib.django.models import ProcrastinateJob

from gongzhi.accounts.tests.factories import client
from gongzhi.cases.tests.factories import Cast, brought_to, reported
from gongzhi.kernel import notices
from gongzhi.kernel.errors import NotPossible
from gongzhi.kernel.models import Day, Delivery, Notification
from gongzhi.kernel.perform import perform
from gongzhi.statistics import actions, mail, monthly, months, proof, rollup
from gongzhi.statistics.models import Exclusion, Paper, Published
from gongzhi.statistics.tests.histories import FIRST
from gongzhi.statistics.tests.test_exclusions import ASKED

pytestmark = pytest.mark.django_db
MARCH = date(2026, 3, 1)
APRIL = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)
"""The first of April, 08:00 in Shanghai: a Wednesday."""


@pytest.fixture
def march(cast: Cast) -> Cast:
    """A month of three: one closed, one open past its limit, one just in."""
    brought_to(cast, "closed", now=FIRST)
    brought_to(cast, "handling", now=FIRST + timedelta(days=1))
    reported(cast, now=APRIL - timedelta(hours=10))
    rollup.refresh(APRIL)
    return cast


def test_a_closed_month_stays_and_counted_again_is_the_same(march: Cast) -> None:
    place = march.city.community
    row = actions.close_month(place, MARCH, now=APRIL)
    assert (row.figures["measures"]["received"], row.figures["open"]["open"]) == (3, 2)
    assert row.digest == proof.digest(row.figures)
    brought_to(march, "closed", now=APRIL)  # of the next month
    later = APRIL + timedelta(days=40)
    rollup.refresh(later)
    found = months.compare(Published.objects.select_related("place").get())
    assert found.is_same and found.published == found.present
    assert actions.close_month(place, MARCH, now=later).pk == row.pk
    with pytest.raises(NotPossible, match="还没有过完"):
        actions.close_month(place, date(2026, 4, 1), now=APRIL)


def test_a_difference_is_shown_with_its_reason(march: Cast) -> None:
    place = march.city.community
    actions.close_month(place, MARCH, now=APRIL)
    late = brought_to(march, "handling", now=FIRST + timedelta(days=2))  # entered later, with its own day
    actions.exclude(late, ASKED, actor=march.actor("clerk"), now=APRIL)
    perform(Exclusion.objects.get(), "approve", actor=march.actor("street_clerk"), data={}, now=APRIL)
    rollup.refresh(APRIL + timedelta(days=2))
    found = months.compare(Published.objects.select_related("place").get())
    assert not found.is_same and found.now["measures"]["received"] == 4
    assert found.reasons == ["关账以后又补录了 4 条当月的记录", "关账以后同意剔除 1 件"]
    page = client(march.people["secretary"]).get("/statistics/months/?month=2026-03").content.decode()
    assert "和公布时有差别" in page and "关账以后同意剔除 1 件" in page


def test_what_was_published_cannot_be_changed_and_verify_would_see_it(march: Cast) -> None:
    actions.close_month(march.city.community, MARCH, now=APRIL)
    with pytest.raises(DatabaseError), transaction.atomic():
        Published.objects.update(digest="0" * 64)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # as somebody with the rights of the machine
        cursor.execute("UPDATE statistics_published SET figures = jsonb_set(figures, '{measures,received}', '9')")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert any("published figures" in words for words in proof.faults())


def test_a_leader_closes_a_month_on_the_page_and_a_clerk_does_not(march: Cast) -> None:
    secretary, clerk = client(march.people["secretary"]), client(march.people["clerk"])
    assert clerk.post("/statistics/months/", {"month": "2026-03"}).status_code == 404
    assert client(march.people["officer"]).post("/statistics/months/", {"month": "2026-03"}).status_code == 404
    assert secretary.post("/statistics/months/", {"month": "no"}).status_code == 404
    assert secretary.post("/statistics/months/", {"month": "2026-03"}).status_code == 302
    assert Published.objects.get().closed_by == march.people["secretary"].pk
    assert secretary.post("/statistics/months/", {"month": "2099-01"}).status_code == 409


@pytest.mark.parametrize(
    ("at", "first"),
    [(APRIL, True), (APRIL + timedelta(days=1), False), (datetime(2026, 3, 1, 0, 0, tzinfo=UTC), False),
     (datetime(2026, 3, 2, 0, 0, tzinfo=UTC), True), (datetime(2026, 10, 1, 0, 0, tzinfo=UTC), False)],
)  # fmt: skip
def test_reports_come_on_the_first_working_day(db: None, at: datetime, first: bool) -> None:
    Day.objects.create(date=date(2026, 10, 1), is_workday=False)
    assert monthly.is_first_workday(at) is first


def words_of(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def test_the_report_opens_in_word_and_says_what_the_figures_say(march: Cast) -> None:
    made = monthly.publish(MARCH, APRIL)
    assert {one.place.name for one in made} == {
        march.city.district.name,
        march.city.street.name,
        march.city.community.name,
    }
    assert monthly.publish(MARCH, APRIL) == []
    paper = Paper.objects.get(place=march.city.community)
    with zipfile.ZipFile(io.BytesIO(bytes(paper.content))) as archive:
        assert archive.testzip() is None and "word/document.xml" in archive.namelist()
    words = words_of(bytes(paper.content))
    assert "2026年3月收到 3 件（上月 0 件，多 3 件）" in words and "月末没办结 2 件" in words
    assert "按时联系" in words and "2/2" in words and "本月没有剔除。" in words and "市政公用中心" in words
    told = Notification.objects.get(account_id=march.people["secretary"].pk, title__contains="月报")
    assert told.url == f"/statistics/reports/?place={march.city.community.pk}"
    with pytest.raises(DatabaseError), transaction.atomic():
        Paper.objects.update(month=date(2026, 1, 1))


def test_a_report_is_read_by_its_place_and_those_above(march: Cast) -> None:
    monthly.publish(MARCH, APRIL)
    paper = Paper.objects.get(place=march.city.community)
    answer = client(march.people["street_secretary"]).get(f"/statistics/reports/{paper.pk}/")
    assert answer.content == bytes(paper.content) and "wordprocessingml" in answer["Content-Type"]
    for who in ("neighbour_clerk", "officer", "resident"):
        assert client(march.people[who]).get(f"/statistics/reports/{paper.pk}/").status_code == 404
    street = Paper.objects.get(place=march.city.street)
    assert client(march.people["clerk"]).get(f"/statistics/reports/{street.pk}/").status_code == 404


def test_mail_is_off_and_says_so_and_a_wish_is_kept_sealed(march: Cast) -> None:
    secretary = client(march.people["secretary"])
    page = secretary.get("/statistics/reports/").content.decode()
    assert "没有设置发信服务器" in page
    assert secretary.post("/statistics/reports/", {"address": "no address"}).status_code == 422
    assert secretary.post("/statistics/reports/", {"address": "liu@example.cn"}).status_code == 302
    assert "liu@example.cn" in secretary.get("/statistics/reports/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM statistics_reader WHERE address LIKE %s", [b"%liu@%"])
        assert cursor.fetchone() == (0,)
    monthly.publish(MARCH, APRIL)
    assert not Delivery.objects.exists()
    assert secretary.post("/statistics/reports/", {"address": ""}).status_code == 302
    assert "liu@example.cn" not in secretary.get("/statistics/reports/").content.decode()


def test_the_report_goes_out_by_mail_once_with_its_file(march: Cast, settings: Any) -> None:
    settings.MAIL, settings.EMAIL_BACKEND = True, "django.core.mail.backends.locmem.EmailBackend"
    actions.subscribe(march.people["secretary"].pk, "liu@example.cn")
    actions.subscribe(march.people["neighbour_clerk"].pk, "zhao@example.cn")
    monthly.publish(MARCH, APRIL)
    delivery = Delivery.objects.get()
    assert ProcrastinateJob.objects.filter(task_name="kernel.deliver", args={"delivery_id": delivery.pk}).exists()
    assert (notices.deliver(delivery.pk), notices.deliver(delivery.pk)) == ("sent", "taken")
    (message,) = outbox.outbox
    assert message.to == ["liu@example.cn"] and "2026年3月" in message.subject
    name, content, _kind = message.attachments[0]
    assert name.endswith(".docx") and content == bytes(Paper.objects.get(place=march.city.community).content)
    assert "已发送 1" in client(march.people["secretary"]).get("/statistics/reports/").content.decode()


def test_a_mail_that_failed_is_shown_to_staff_and_not_sent_again(march: Cast, settings: Any, monkeypatch: Any) -> None:
    settings.MAIL, settings.EMAIL_BACKEND = True, "django.core.mail.backends.locmem.EmailBackend"
    actions.subscribe(march.people["secretary"].pk, "liu@example.cn")
    monthly.publish(MARCH, APRIL)

    def refuse(self: Any, messages: Any) -> int:
        raise OSError("拒绝连接")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    assert notices.deliver(Delivery.objects.get().pk) == "failed"
    page = client(march.people["secretary"]).get("/statistics/reports/").content.decode()
    assert "没有发出" in page and "拒绝连接" in page and "不会自动再发" in page
    assert mail.is_on() and Delivery.objects.get().state == "failed"
