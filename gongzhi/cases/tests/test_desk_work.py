"""Several at once, the ledger, registering for somebody, the grid member's round."""

import io
import uuid
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from gongzhi.accounts.tests.factories import client
from gongzhi.base.sheets import read_table
from gongzhi.cases.models import Matter, Report, RoutingRule
from gongzhi.cases.tests.factories import Cast, brought_to, reported
from gongzhi.cases.tests.test_matter_page import photo
from gongzhi.cases.views.ledger import COLUMNS
from gongzhi.kernel.models import Event, Look

WORDS = "李大爷来说：楼下的垃圾桶满了三天没人收。"


def now_at(cast: Cast, state: str, **fields: Any) -> Matter:
    return brought_to(cast, state, now=timezone.now(), **fields)


def bulk(browser: Client, verb: str, matters: list[Matter], **data: str) -> Any:
    sent = {"id": [matter.number for matter in matters], "sure": "1", "key": str(uuid.uuid4()), **data}
    return browser.post(f"/work/bulk/{verb}/", sent)


# --- Several at once ----------------------------------------------------------------------------------------------


def test_several_are_accepted_and_those_that_cannot_be_say_why(cast: Cast) -> None:
    good, done, foreign = (
        now_at(cast, "received"),
        now_at(cast, "sorting"),
        now_at(cast, "received", place=cast.city.neighbour_grid),
    )
    desk = client(cast.people["clerk"])
    ask = desk.get("/work/bulk/accept/", {"id": [good.number, done.number, foreign.number]})
    assert "选了 2 件，能接收的 1 件" in ask.text
    page = bulk(desk, "accept", [good, done, foreign])
    assert "1 件办好了，1 件没有动" in page.text
    assert "这件事现在是“待分流”，不能“接收”" in page.text
    states = [Matter.objects.get(pk=matter.pk).state for matter in (good, done, foreign)]
    assert states == ["sorting", "sorting", "received"]


def test_several_are_dispatched_by_rule_or_to_one_handler(cast: Cast) -> None:
    RoutingRule.objects.create(
        position=1, name="公共照明", category=cast.light, triage_class="small", organisation_id=cast.works.pk
    )
    by_rule, no_rule = now_at(cast, "routed"), now_at(cast, "routed")
    Matter.objects.filter(pk=no_rule.pk).update(category=cast.drain)
    desk = client(cast.people["clerk"])
    assert "按规则“公共照明”" in desk.get("/work/bulk/dispatch/", {"id": [by_rule.number]}).text
    page = bulk(desk, "dispatch", [by_rule, no_rule])
    assert "没有适用的派单规则" in page.text
    bulk(desk, "dispatch", [no_rule], handler=f"o{cast.water.pk}", note="一并查看")
    found = dict(Matter.objects.values_list("pk", "organisation_id"))
    assert (found[by_rule.pk], found[no_rule.pk]) == (cast.works.pk, cast.water.pk)


def test_a_second_press_dispatches_nothing_twice(cast: Cast) -> None:
    matter, key = now_at(cast, "received"), str(uuid.uuid4())
    desk = client(cast.people["clerk"])
    for _press in range(2):
        assert "1 件都办好了" in bulk(desk, "accept", [matter], key=key).text
    assert Event.objects.filter(record_id=matter.pk, kind="cases.matter", verb="accept").count() == 1


def test_bulk_refuses_a_handler_who_does_not_serve_there_and_needs_a_selection(cast: Cast) -> None:
    matter, desk = now_at(cast, "routed"), client(cast.people["clerk"])
    assert "不负责这个地方" in bulk(desk, "dispatch", [matter], handler="o99999").text
    assert bulk(desk, "dispatch", []).status_code == 302
    assert desk.get("/work/bulk/close/").status_code == 404


# --- The ledger ---------------------------------------------------------------------------------------------------


def test_the_ledger_has_the_columns_of_the_office_masked_and_leaves_a_look(cast: Cast) -> None:
    matter = now_at(cast, "closed", name="陈小英", phone="13890004321", text="3栋楼道灯不亮，我的电话13890004321。")
    now_at(cast, "received", place=cast.city.neighbour_grid)
    desk = client(cast.people["clerk"])
    assert desk.post("/matters/ledger/?f=all", {"reason": ""}).status_code == 422
    answer = desk.post("/matters/ledger/?f=all", {"reason": "月度归档"})
    rows = list(read_table(io.BytesIO(answer.content)).rows)
    assert len(rows) == 1
    text = " ".join(str(cell) for cell in rows[0].cells.values())
    assert {"编号", "责任单位", "督办记录"} <= {column.name for column in COLUMNS}
    assert "陈*英" in text
    assert "138****4321" in text
    assert "13890004321" not in text
    assert "市政公用中心" in text
    assert list(Look.objects.values_list("record_id", "reason")) == [(matter.reports.get().pk, "月度归档")]


def test_the_ledger_of_my_work_and_of_a_selection_keeps_to_them(cast: Cast) -> None:
    late, other = reported(cast).matter, now_at(cast, "received")
    assert late is not None
    desk = client(cast.people["clerk"])
    first = desk.post("/work/ledger/?f=late", {"reason": "核对超期"})
    assert [row.cells["编号"] for row in read_table(io.BytesIO(first.content)).rows] == [late.number]
    second = desk.post("/work/ledger/", {"reason": "抽查", "id": [other.number]})
    assert [row.cells["编号"] for row in read_table(io.BytesIO(second.content)).rows] == [other.number]
    foreign = client(cast.people["neighbour_clerk"]).get("/work/ledger/", {"id": [other.number]})
    assert "0 件" in foreign.text


# --- Registering for somebody -------------------------------------------------------------------------------------


def intake(cast: Cast, **fields: Any) -> dict[str, Any]:
    return {
        "channel": "counter", "text": WORDS, "place": cast.city.building.pk, "name": "李大爷", "phone": "138 9000 4321",
        "wish": "call", "key": str(uuid.uuid4()), **fields,
    }  # fmt: skip


def test_a_clerk_registers_for_somebody_and_prints_the_slip_with_the_code(cast: Cast) -> None:
    desk, sent = client(cast.people["clerk"]), intake(cast)
    slip = desk.post("/intake/", sent)
    report = Report.objects.select_related("contact").get()
    assert slip.status_code == 200
    assert slip.context["code"] in slip.text
    assert len(slip.context["code"]) >= 12
    assert (report.owner_id, report.taken_by, report.channel) == (None, cast.people["clerk"].pk, "counter")
    assert report.contact.phone == "13890004321"
    twin = desk.post("/intake/", sent)
    assert "查询码印在第一张回执上" in twin.text
    assert Report.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    (
        ({"text": ""}, "要填"),
        ({"place": ""}, "请选在哪里"),
        ({"place": "99999999"}, "不归您登记"),
        ({"channel": "proxy"}, "本人怎样同意"),
        ({"phone": "123"}, "电话"),
        ({"phone": ""}, "请留电话"),
        ({"channel": "web"}, "怎么来的"),
        ({"photos": "not-a-uuid"}, "没有传上来"),
    ),
)
def test_what_is_missing_is_said_and_what_was_typed_stays(cast: Cast, fields: dict[str, Any], words: str) -> None:
    answer = client(cast.people["clerk"]).post("/intake/", intake(cast, **fields))
    assert answer.status_code == 422
    assert words in answer.text
    assert "李大爷" in answer.text
    assert not Report.objects.exists()


def test_a_place_outside_ones_duty_cannot_be_registered(cast: Cast) -> None:
    for who, place in (("clerk", cast.city.neighbour_grid), ("grid", cast.city.second_building)):
        assert client(cast.people[who]).post("/intake/", intake(cast, place=place.pk)).status_code == 422
    assert client(cast.people["officer"]).get("/intake/").status_code == 404


def test_the_same_thing_is_shown_first_and_joined_or_registered_apart(cast: Cast) -> None:
    desk = client(cast.people["clerk"])
    desk.post("/intake/", intake(cast))
    matter = Matter.objects.get()
    asked = desk.post("/intake/", intake(cast, name="王婆婆"))
    assert "是不是同一件事" in asked.text
    assert Report.objects.count() == 1
    desk.post("/intake/", intake(cast, name="王婆婆", join=str(matter.pk)))
    matter.refresh_from_db()
    assert matter.report_count == 2
    desk.post("/intake/", intake(cast, name="周叔", separate="1"))
    assert Matter.objects.count() == 2


def test_hints_while_typing_name_emergency_numbers_and_categories(cast: Cast) -> None:
    desk = client(cast.people["clerk"])
    answer = desk.post("/intake/hints/", {"text": "楼道起火了，下水道也堵了", "place": cast.city.building.pk})
    assert "119" in answer.text
    assert "下水道堵塞" in answer.text
    assert desk.post("/intake/hints/", {"text": "", "place": "x"}).status_code == 200


# --- The grid member's round --------------------------------------------------------------------------------------


def test_a_patrol_report_comes_from_the_own_grid_with_its_photo(cast: Cast) -> None:
    phone = client(cast.people["grid"])
    page = phone.get("/patrol/")
    assert "芭茅塘小区3栋" in page.text
    assert "芭茅塘小区12栋" not in page.text
    assert "当场来办" not in page.text
    answer = phone.post("/patrol/", {"text": "楼道堆杂物，挡了门", "place": cast.city.building.pk, "photos": photo()})
    assert answer.status_code == 302
    matter = Matter.objects.get()
    assert (matter.channel, matter.photo_count, matter.state) == ("patrol", 1, "received")
    outside = phone.post("/patrol/", {"text": "楼道堆杂物", "place": cast.city.second_building.pk})
    assert outside.status_code == 422


def test_who_may_triage_takes_it_on_at_once_by_the_declared_verbs(cast: Cast) -> None:
    desk = client(cast.people["clerk"])
    answer = desk.post("/patrol/", {"text": "楼道灯不亮了一盏", "place": cast.city.grid.pk, "is_mine": "on"})
    matter = Matter.objects.get()
    assert answer.headers["Location"] == f"/matters/{matter.number}/finish/"
    assert (matter.state, matter.account_id) == ("handling", cast.people["clerk"].pk)
    verbs = list(Event.objects.filter(kind="cases.matter").order_by("seq").values_list("verb", flat=True))
    assert verbs == ["report", "triage", "sign"]


def test_the_grid_member_signs_and_finishes_from_todays_round(cast: Cast) -> None:
    matter = now_at(cast, "routed")
    desk, phone = client(cast.people["clerk"]), client(cast.people["grid"])
    desk.post(f"/matters/{matter.number}/dispatch/", {"handler": f"a{cast.people['grid'].pk}"})
    page = phone.get("/today/")
    assert "芭茅塘小区3栋" in page.text
    assert f"/matters/{matter.number}/sign/" in page.text
    assert phone.post(f"/matters/{matter.number}/sign/").status_code == 302
    sent = {"result": "已换好灯泡", "photos_after": photo()}
    assert phone.post(f"/matters/{matter.number}/finish/", sent).status_code == 302
    matter.refresh_from_db()
    assert matter.state == "answering"


def test_the_round_takes_few_statements(cast: Cast, django_assert_max_num_queries: Any) -> None:
    phone = client(cast.people["grid"])
    phone.get("/today/")
    with django_assert_max_num_queries(20):
        phone.get("/today/")
    with django_assert_max_num_queries(20):
        phone.get("/patrol/")
