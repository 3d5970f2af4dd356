"""Counter visits, tables by web, reporting for others with consent, the six special routes, a second look."""

import io
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from docx import Document

from gongzhi.accounts.tests.factories import client, holder
from gongzhi.base.sheets import Column, read_table, write_workbook
from gongzhi.cases import special
from gongzhi.cases.forms import DeclineForm
from gongzhi.cases.models import Agreement, Contact, CounterVisit, IntakeDraft, Matter, Report
from gongzhi.cases.tests.factories import Cast, brought_to, organisation, reported
from gongzhi.kernel.errors import NotPermitted, NotPossible
from gongzhi.kernel.models import Look, Notification
from gongzhi.kernel.perform import perform

# --- Counter --------------------------------------------------------------------------------------------------------


def visit(cast: Cast, **more: Any) -> dict[str, Any]:
    """A filled registration form."""
    return {
        "name": "黄秀英", "phone": "13890007777", "gender": "女", "age": "71", "address": "芭茅塘小区3栋2单元501",
        "met_at": f"{timezone.localtime() - timedelta(minutes=9):%Y-%m-%dT%H:%M}", "met_where": "社区便民大厅",
        "people": "1", "receiver_post": "社区干事", "opinion": "转网格核实", "result": "", "note": "",
        "text": "楼道灯坏了没人修，老人摔了一跤。", "place": cast.city.building.pk, "key": str(uuid.uuid4()),
        "ending": "", **more,
    }  # fmt: skip


def test_a_visit_is_registered_printed_and_goes_into_word(cast: Cast) -> None:
    desk = client(cast.people["clerk"])
    receipt = desk.post("/counter/", visit(cast))
    made = Report.objects.get()
    assert (made.channel, made.counter_visit.receiver_post) == ("counter", "社区干事")
    assert made.number in receipt.text
    assert b"501" not in bytes(made.counter_visit.sealed)
    paper = desk.get(f"/counter/{made.number}/")
    for words in ("黄秀英", "女 71", "13890007777", "501", "转网格核实", "王敏 社区干事", "接待人"):
        assert words in paper.text, words
    document = Document(io.BytesIO(desk.get(f"/counter/{made.number}/word/").content))
    cells = {row.cells[0].text: row.cells[1].text for row in document.tables[0].rows}
    assert cells["来访人"] == "黄秀英"
    assert Look.objects.filter(record_id=made.pk, what="来访登记表").count() == 2


def test_the_paper_is_for_the_own_place_only(cast: Cast) -> None:
    client(cast.people["clerk"]).post("/counter/", visit(cast))
    number = Report.objects.get().number
    for who in ("neighbour_clerk", "officer", "resident", "captain"):
        assert client(cast.people[who]).get(f"/counter/{number}/").status_code == 404, who
    assert client(cast.people["clerk"]).get(f"/counter/{reported(cast).report.number}/").status_code == 404  # type: ignore[union-attr]


def test_a_group_sends_at_most_five_representatives(cast: Cast) -> None:
    desk = client(cast.people["clerk"])
    four = "刘国富 13890001111\n张玉兰\n李大勇 13890002222\n陈明辉"
    assert desk.post("/counter/", visit(cast, people="12", representatives=f"{four}\n王小芳")).status_code == 422
    assert desk.post("/counter/", visit(cast, people="2", representatives=four)).status_code == 422
    assert desk.post("/counter/", visit(cast, people="12", representatives=four)).status_code == 200
    made = Report.objects.get()
    assert [one.contact.name for one in made.representatives.order_by("pk")] == ["刘国富", "张玉兰", "李大勇", "陈明辉"]
    assert Contact.objects.get(name="刘国富").phone == "13890001111"
    assert "李大勇 13890002222" in desk.get(f"/counter/{made.number}/").text


@pytest.mark.parametrize(
    ("field", "value"),
    [("age", "130"), ("phone", "12345"), ("met_at", "2099-01-01T10:00"), ("place", "999999999"), ("text", "？？"),
     ("representatives", "张三 138")],
)  # fmt: skip
def test_a_wrong_visit_is_shown_again_with_what_was_typed(cast: Cast, field: str, value: str) -> None:
    page = client(cast.people["clerk"]).post("/counter/", visit(cast, people="3", **{field: value}))
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert "黄秀英" in page.text
    assert not CounterVisit.objects.exists()


def test_a_visit_sent_twice_is_one(cast: Cast) -> None:
    data = visit(cast)
    client(cast.people["clerk"]).post("/counter/", data)
    assert client(cast.people["clerk"]).post("/counter/", data).status_code == 200
    assert (Report.objects.count(), CounterVisit.objects.count()) == (1, 1)


def test_registering_a_visit_takes_few_statements(
    cast: Cast, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    desk = client(cast.people["clerk"])
    desk.post("/counter/", visit(cast))
    with django_assert_max_num_queries(20):
        desk.get("/counter/")
    with django_assert_max_num_queries(20):
        desk.post("/counter/", visit(cast))


# --- Tables ---------------------------------------------------------------------------------------------------------

HEAD = "编号,反映时间,反映人,联系电话,详细地址,反映内容\n"
ROWS = (
    "1,2026-11-01 09:30,陈女士,13890001111,芭茅塘小区3栋,楼道灯不亮\n"
    "2,2026-11-02,李先生,,第一网格,下水道堵了\n"
    "3,昨天,王大爷,,,路灯不亮\n"
    "4,2026-11-03,,不是号码,,垃圾没人清\n"
)


def upload(cast: Cast, content: bytes, who: str = "clerk", place: int | None = None) -> Any:
    """A table sent by web."""
    file = SimpleUploadedFile("台账.csv", content)
    return client(cast.people[who]).post("/intake/sheet/", {"file": file, "place": place or cast.city.community.pk})


def go(cast: Cast, address: str, does: str) -> Any:
    """One press on the page of a table."""
    return client(cast.people["clerk"]).post(address, {"do": does})


@pytest.mark.parametrize("encoding", ("gb18030", "utf-8", "utf-8-sig"))
def test_a_table_is_tried_and_imported_with_its_bad_rows_returned(cast: Cast, encoding: str) -> None:
    address = upload(cast, (HEAD + ROWS).encode(encoding)).headers["Location"]
    tried = go(cast, address, "try")
    assert "能登记 2 件" in tried.text
    assert not Report.objects.exists()
    done = go(cast, address, "go")
    assert "导入完了" in done.text
    assert Report.objects.count() == 2
    assert set(Report.objects.values_list("channel", "taken_by")) == {("import", cast.people["clerk"].pk)}
    bad = read_table(client(cast.people["clerk"]).get(f"{address}errors/").content)
    assert [(row.cells["编号"], bool(row.cells["原因"])) for row in bad.rows] == [("3", True), ("4", True)]


def test_the_same_table_twice_adds_nothing(cast: Cast) -> None:
    for added, same in ((2, 0), (0, 2)):
        address = upload(cast, (HEAD + ROWS).encode()).headers["Location"]
        page = go(cast, address, "go")
        assert (page.context["done"]["added"], page.context["done"]["same"]) == (added, same)
    go(cast, address, "go")
    assert Report.objects.count() == 2


def test_a_long_table_goes_piece_by_piece(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gongzhi.cases.views.sheet.PIECE", 2)
    rows = "".join(f"{n},2026-11-01,,,,第{n}处路灯不亮\n" for n in range(1, 6))
    address = upload(cast, (HEAD + rows).encode()).headers["Location"]
    seen = []
    for _press in range(3):
        seen.append(go(cast, address, "go").context["done"]["at"])
    assert seen == [2, 4, 5]
    assert Report.objects.count() == 5
    assert client(cast.people["second_clerk"]).get(address).status_code == 404


def test_the_empty_table_reads_back_without_its_explanation(cast: Cast) -> None:
    content = client(cast.people["clerk"]).get("/intake/sheet/template/").content
    table = read_table(content)
    assert table.headers[0] == "编号"
    assert list(table.rows) == []


def test_columns_are_mapped_by_hand(cast: Cast) -> None:
    content = write_workbook("别处的表", [Column("甲"), Column("乙")], [["水管爆了快来", "芭茅塘小区3栋"]])
    address = upload(cast, content).headers["Location"]
    assert go(cast, address, "try").status_code == 422
    desk = client(cast.people["clerk"])
    page = desk.post(address, {"do": "try", "col-0": "detail", "col-1": "address"})
    assert "能登记 1 件" in page.text
    go(cast, address, "go")
    assert Report.objects.get().place_note == "芭茅塘小区3栋"


def test_tables_stay_within_one_s_place_and_reason(cast: Cast) -> None:
    foreign = upload(cast, (HEAD + ROWS).encode(), place=cast.city.neighbour.pk)
    assert foreign.status_code == 422
    assert upload(cast, b"").status_code == 422
    assert upload(cast, b"\x00\x01\x02" * 90).status_code == 422
    for who in ("resident", "officer", "captain"):
        assert client(cast.people[who]).get("/intake/sheet/").status_code == 404
    assert not IntakeDraft.objects.exists()


# --- For somebody else ----------------------------------------------------------------------------------------------


def proxy(cast: Cast, **more: Any) -> dict[str, Any]:
    """A neighbour reported for."""
    return {
        "channel": "proxy", "text": "楼道灯不亮，张婆婆不敢下楼。", "place": cast.city.building.pk, "name": "张婆婆",
        "phone": "13890005678", "wish": "call", "consent_way": "spoken", "consent": "在家当面说的",
        "key": str(uuid.uuid4()), **more,
    }  # fmt: skip


def test_consent_is_recorded_shown_and_told(cast: Cast) -> None:
    other = cast.people["other_resident"]
    other.is_confirmed, other.confirmed_at = True, timezone.now()
    other.save()
    receipt = client(cast.people["grid"]).post("/intake/", proxy(cast))
    made = Report.objects.get()
    assert (made.agreement.way, made.agreement.recorded_by) == ("spoken", cast.people["grid"].pk)
    assert "随时可以收回同意" in receipt.text
    page = client(cast.people["clerk"]).get(f"/matters/{made.matter.number}/")
    assert "当面口头同意" in page.text
    assert Notification.objects.filter(account_id=other.pk, title="有人替您反映了一件事").exists()


@pytest.mark.parametrize(
    ("more", "field"),
    [({"name": ""}, "name"), ({"consent_way": ""}, "consent_way"), ({"consent_way": "signed"}, "photos"),
     ({"consent_at": "2099-01-01T08:00"}, "consent_at")],
)  # fmt: skip
def test_reporting_for_others_needs_consent_in_order(cast: Cast, more: dict[str, str], field: str) -> None:
    page = client(cast.people["grid"]).post("/intake/", proxy(cast, **more))
    assert page.status_code == 422
    assert field in page.context["form"].errors
    assert "张婆婆不敢下楼" in page.text
    assert not Agreement.objects.exists()


@pytest.mark.parametrize(
    ("goes_on", "state", "matter_state"), [("yes", "open", "received"), ("no", "withdrawn", "declined")]
)
def test_consent_is_taken_back_and_the_name_goes(cast: Cast, goes_on: str, state: str, matter_state: str) -> None:
    client(cast.people["grid"]).post("/intake/", proxy(cast))
    made = Report.objects.get()
    address = f"/matters/{made.matter.number}/reports/{made.pk}/withdraw_consent/"
    assert client(cast.people["neighbour_clerk"]).get(address).status_code == 404
    assert client(cast.people["clerk"]).get(address).status_code == 200
    client(cast.people["clerk"]).post(address, {"reason": "张婆婆来电话说不用了", "goes_on": goes_on})
    made = Report.objects.get()
    assert made.agreement.withdrawn_by == cast.people["clerk"].pk
    assert (made.contact.name, made.contact.phone, made.state) == ("", "", state)
    assert made.matter.state == matter_state
    assert client(cast.people["clerk"]).post(address, {"reason": "再来一次", "goes_on": "yes"}).status_code == 409


def test_one_s_own_report_has_no_consent_to_take_back(cast: Cast) -> None:
    made = reported(cast).report
    assert made is not None
    with pytest.raises(NotPossible):
        perform(made, "withdraw_consent", actor=cast.actor("resident"), data={"reason": "不要了", "goes_on": "no"})


# --- Special routes -------------------------------------------------------------------------------------------------


def test_every_route_is_explained_with_whom_the_law_and_what_one_can_still_do(cast: Cast) -> None:
    organisation("公安派出所", cast.city.district, short_name="派出所", phone="0813-5550110", address="解放路1号")
    page = client().get(f"/routes/?place={cast.city.community.pk}")
    assert page.status_code == 200
    for one in special.routes():
        assert one.law in page.text
        assert one.still in page.text
        single = client().get(f"/routes/{one.code}/?place={cast.city.community.pk}")
        assert single.status_code == 200
        assert "/report/?route=" in single.text
    assert "解放路1号" in page.text
    assert client().get("/routes/nothing/").status_code == 404
    assert [code for code, _label in special.choices()] == [one.code for one in special.routes()]


def test_a_resident_who_takes_the_other_way_still_gets_a_number_and_the_explanation(cast: Cast) -> None:
    browser = client(cast.people["resident"])
    offered = browser.post(
        "/report/offers/", {"text": "隔壁欠钱不还，法院判决了不执行", "place": cast.city.building.pk}
    )
    assert "法定途径" in offered.text
    sent = {
        "text": "隔壁欠钱不还，法院判决了不执行",
        "place": cast.city.building.pk,
        "wish": "online",
        "route": "lawful",
    }
    assert browser.post("/report/", sent).status_code == 302
    made = Report.objects.get()
    assert (made.state, made.matter.state, made.matter.special_route) == ("guided", "declined", "lawful")
    assert "12348" in made.answer
    assert made.number in browser.get(f"/concerns/{made.number}/").text


def test_nothing_written_means_the_standard_words_never_silence(cast: Cast) -> None:
    matter = brought_to(cast, "sorting")
    form = DeclineForm({"route": "outside", "answer": ""}, record=matter, actor=cast.actor("clerk"))
    assert form.is_valid()
    assert "依据" in form.cleaned_data["answer"]
    assert not DeclineForm({"route": "", "answer": ""}, record=matter, actor=cast.actor("clerk")).is_valid()


def test_a_second_look_is_had_once_and_by_somebody_else(cast: Cast) -> None:
    matter = brought_to(cast, "declined")
    report = matter.reports.get()
    browser = client(cast.people["resident"])
    address = f"/concerns/{report.number}/reconsider/"
    assert "只有一次" in browser.get(address).text
    assert browser.post(address, {"reason": "这是公共楼道，不是我家里"}).status_code == 302
    matter.refresh_from_db()
    assert (matter.state, matter.due_at is not None) == ("appealed", True)
    assert matter.title in [
        row.title for row in client(cast.people["street_clerk"]).get("/work/?f=appealed").context["page"].rows
    ]
    with pytest.raises(NotPermitted):
        perform(matter, "take_up", actor=cast.actor("clerk"), data={"reason": "自己看自己"})
    perform(matter, "keep_explained", actor=cast.actor("street_clerk"), data={"answer": "现场看过，确实在您家门内。"})
    report.refresh_from_db()
    assert (report.state, report.answer) == ("guided", "现场看过，确实在您家门内。")
    report.matter.refresh_from_db()
    with pytest.raises(NotPossible):
        perform(Report.objects.get(), "reconsider", actor=cast.actor("resident"), data={"reason": "再看"})
    with pytest.raises(NotPossible):
        perform(Report.objects.get(), "again", actor=cast.actor("resident"), data={"reason": "再看"})


def test_who_explained_does_not_look_a_second_time(cast: Cast) -> None:
    matter = reported(cast).matter
    assert matter is not None
    perform(matter, "decline", actor=cast.actor("street_clerk"), data={"route": "outside", "answer": "请找物业。"})
    perform(Report.objects.get(), "reconsider", actor=cast.actor("resident"), data={"reason": "物业已经撤了"})
    with pytest.raises(NotPermitted):
        perform(Matter.objects.get(), "take_up", actor=cast.actor("street_clerk"), data={"reason": "改主意了"})
    second = holder("street_clerk", cast.city.street, "何静")
    page = client(second).post(f"/matters/{matter.number}/take_up/", {"reason": "物业撤了，社区要管"})
    assert page.status_code == 302
    found = Matter.objects.get()
    assert (found.state, found.special_route, found.reports.get().state) == ("sorting", "", "open")
