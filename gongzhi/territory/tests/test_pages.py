"""The administrator's pages: inside and outside the duty, and every form from preview to done."""

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongzhi.kernel.actor import ANYONE, SYSTEM, Actor, Grant
from gongzhi.territory import actions
from gongzhi.territory.models import Kind, Place, PlaceChange, PlaceUpload
from gongzhi.territory.tests import factories
from gongzhi.territory.tests.asking import Visitor
from gongzhi.territory.tests.factories import City, square

pytestmark = pytest.mark.django_db
PAGES = ("", "edit/", "rename/", "move/", "merge/", "split/", "end/", "boundary/", "codes/")


@pytest.fixture
def cast() -> City:
    return factories.city()


@pytest.fixture
def boss(cast: City) -> Visitor:
    return Visitor(factories.administrator(cast.district))


@pytest.mark.parametrize("page", [*PAGES, "add/grid/"])
def test_pages_open_inside_the_duty_and_are_not_there_outside(cast: City, page: str) -> None:
    grants = (Grant(1, "clerk", "community", frozenset({cast.community.pk}), cast.community.pk),)
    strangers = [
        Visitor(ANYONE), Visitor(factories.administrator(cast.other_district)), Visitor(SYSTEM),
        Visitor(Actor(account_id=3, grants=grants)),
    ]  # fmt: skip
    path = f"/places/{cast.community.pk}/{page}"
    assert Visitor(factories.administrator(cast.district)).get(path).status_code == 200
    for stranger in strangers:
        assert stranger.get(path).status_code == 404
        assert stranger.post(path, {"reason": "试", "name": "黑"}).status_code in (404, 405)
    assert not PlaceChange.objects.exclude(what="add").exists()


@pytest.mark.parametrize("pk", ["0", "999999999", "9" * 30])
def test_a_place_that_is_not_there_is_not_found(boss: Visitor, pk: str) -> None:
    assert boss.get(f"/places/{pk}/").status_code == 404
    assert boss.get(f"/places/{pk}/children.json").status_code == 404


@pytest.mark.parametrize("page", [*PAGES[:-1], "codes/", "add/building/"])
def test_no_page_asks_more_than_twenty_statements(boss: Visitor, cast: City, page: str) -> None:
    for n in range(60):
        factories.place(Kind.BUILDING, f"{n + 20}栋", cast.grid, estate=cast.estate)
    with CaptureQueriesContext(connection) as seen:
        assert boss.get(f"/places/{cast.grid.pk}/{page}").status_code == 200
    assert len(seen) <= 20, [query["sql"][:120] for query in seen]


def test_the_list_begins_where_the_duty_begins_and_finds_only_below_it(boss: Visitor, cast: City) -> None:
    page = boss.get("/places/").content.decode()
    assert "自流井区" in page and "荣县" not in page
    assert "磨子井社区" in boss.get("/places/", {"q": "磨子"}).content.decode()
    assert "磨子井社区" in boss.get("/places/", {"q": "mzj"}).content.decode()
    for words in ("五间房", "wujianfang", "510321120232"):
        page = boss.get("/places/", {"q": words}).content.decode()
        assert "没有找到" in page and "五间房村" not in page
    for odd in ("\0", "%", "'; drop table", "‮", "🏠", "x" * 5000, "井"):
        assert boss.get("/places/", {"q": odd}).status_code == 200


def test_children_come_page_by_page_without_gap_or_twin(boss: Visitor, cast: City) -> None:
    for n in range(70):
        factories.place(Kind.BUILDING, f"{n + 20}栋", cast.grid)
    seen: list[str] = []
    after = ""
    for _page in range(3):
        answer = boss.get(f"/places/{cast.grid.pk}/", {"after": after})
        seen += [row.name for row in answer.context["rows"]]
        after = answer.context["cursor"]
        if not after:
            break
    assert seen == ["3栋", *(f"{n + 20}栋" for n in range(70))]
    for odd in ("~", "x~y", "~99999999999999999999", "\0~1", "a~-1"):
        assert boss.get(f"/places/{cast.grid.pk}/", {"after": odd}).status_code == 200


def test_a_form_shows_what_will_happen_before_anything_happens(boss: Visitor, cast: City) -> None:
    path = f"/places/{cast.second_grid.pk}/move/"
    data = {"parent": cast.neighbour.pk, "reason": "网格调整"}
    shown = boss.post(path, data)
    text = shown.content.decode()
    assert "“第二网格”从磨子井社区调整到新民街社区下面，编码改为 510302001008002" in text
    cast.second_grid.refresh_from_db()
    assert cast.second_grid.parent_id == cast.community.pk
    seen = shown.context["seen"]
    again = boss.post(path, {**data, "reason": "改了", "seen": seen})
    assert again.status_code == 200 and again.context["preview"]
    done = boss.post(path, {**data, "seen": seen})
    assert done.status_code == 302
    cast.second_grid.refresh_from_db()
    assert cast.second_grid.parent_id == cast.neighbour.pk
    row = PlaceChange.objects.get(what="move")
    assert (row.by_id, row.by_name, row.reason) == (7, "管理员小周", "网格调整")


def test_nothing_can_be_moved_or_merged_over_the_edge_of_the_duty(boss: Visitor, cast: City) -> None:
    assert boss.post(f"/places/{cast.grid.pk}/move/", {"parent": cast.village.pk, "reason": "试"}).status_code == 422
    data = {"others": [cast.village.pk], "into": cast.community.pk, "reason": "试"}
    assert boss.post(f"/places/{cast.community.pk}/merge/", data).status_code == 422
    assert cast.village.is_living()


def test_adding_renaming_editing_and_ending_from_the_pages(boss: Visitor, cast: City) -> None:
    path = f"/places/{cast.community.pk}/"
    data = {"name": "第三网格", "households": "320", "reason": "新建小区"}
    assert boss.do(f"{path}add/grid/", data).status_code == 302
    grid = Place.objects.get(name="第三网格")
    assert (grid.code, grid.households) == ("510302001007003", 320)
    boss.do(f"/places/{grid.pk}/rename/", {"name": "第三（东）网格", "reason": "便于辨认"})
    boss.do(f"/places/{grid.pk}/edit/", {"aliases": "东头，新楼", "lon": "104.77", "lat": "29.34"})
    grid.refresh_from_db()
    assert (grid.name, grid.aliases, grid.lon) == ("第三（东）网格", ["东头", "新楼"], 104.77)
    page = boss.get(f"/places/{grid.pk}/").content.decode()
    assert "“第三网格”更名为“第三（东）网格”" in page and "便于辨认" in page
    boss.do(f"/places/{grid.pk}/end/", {"reason": "并回"})
    assert not Place.objects.get(pk=grid.pk).is_living()
    assert grid not in boss.get(path).context["rows"]
    assert grid in boss.get(path, {"all": "1"}).context["rows"]


def test_a_building_may_name_an_estate_of_its_own_community_only(boss: Visitor, cast: City) -> None:
    other = factories.place(Kind.ESTATE, "别处小区", cast.neighbour)
    path = f"/places/{cast.grid.pk}/add/building/"
    assert boss.post(path, {"name": "5栋", "estate": other.pk}).status_code == 422
    assert boss.do(path, {"name": "5栋", "estate": cast.estate.pk}).status_code == 302


def test_merging_and_splitting_from_the_pages(boss: Visitor, cast: City) -> None:
    path = f"/places/{cast.community.pk}/merge/"
    data = {"others": [cast.neighbour.pk], "into": "new", "reason": "撤并"}
    assert "请写新地点的名称" in boss.post(path, data).content.decode()
    assert boss.do(path, {**data, "name": "磨新社区"}).status_code == 302
    new = Place.objects.get(name="磨新社区")
    page = boss.get(f"/places/{cast.community.pk}/").content.decode()
    assert "接替" in page and "磨新社区" in page
    members = {f"member{member.pk}": "1" for member in actions.members(new)}
    data = {"name1": "东社区", "name2": "西社区", "households1": "10", "reason": "太大", **members}
    assert boss.do(f"/places/{new.pk}/split/?parts=2", data).status_code == 302
    assert {place.name for place in Place.objects.living().filter(kind=Kind.COMMUNITY)} >= {"东社区", "西社区"}


def test_what_is_wrong_is_said_beside_the_form_and_the_typed_stays(boss: Visitor, cast: City) -> None:
    answer = boss.post(f"/places/{cast.community.pk}/add/grid/", {"name": "第一网格", "address": "老地方"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "已经有“第一网格”" in page and "老地方" in page
    assert boss.post(f"/places/{cast.grid.pk}/end/", {"reason": "试"}).status_code == 422
    assert boss.post(f"/places/{cast.grid.pk}/rename/", {"name": "<script>", "reason": ""}).status_code == 422
    assert boss.get(f"/places/{cast.grid.pk}/add/city/").status_code == 404


def test_a_boundary_is_drawn_from_pasted_text_or_a_file(boss: Visitor, cast: City) -> None:
    path = f"/places/{cast.grid.pk}/boundary/"
    text = str(square(104.77, 29.34)).replace("'", '"')
    assert boss.post(path, {"text": text, "source": "社区手绘", "is_invented": "on"}).status_code == 302
    page = boss.get(f"/places/{cast.grid.pk}/").content.decode()
    assert "演示用的边界" in page and "社区手绘" in page and "data-map" in page
    file = SimpleUploadedFile("g.geojson", text.replace("104.77", "104.76").encode())
    assert boss.post(path, {"file": file}).status_code == 302
    for wrong in ("{", "", "[1]", '{"type":"Point","coordinates":[104,29]}', "\0", "[" * 3000):
        assert boss.post(path, {"text": wrong}).status_code == 422
    assert boss.post(path, {"is_cleared": "on"}).status_code == 302
    cast.grid.refresh_from_db()
    assert cast.grid.boundary is None


def test_the_sheet_of_codes_leads_to_each_building(boss: Visitor, cast: City) -> None:
    page = boss.get(f"/places/{cast.community.pk}/codes/").content.decode()
    assert page.count('class="segno"') == 2 and "芭茅塘小区12栋" in page
    assert set(re.findall(r"/b/([\w-]{22})", page)) == {cast.building.token, cast.second_building.token}
    assert "style=" not in page and "<script>" not in page


def upload(boss: Visitor, name: str, content: bytes, **data: Any) -> Any:
    return boss.post("/places/import/", {"what": "list", "file": SimpleUploadedFile(name, content), **data})


def test_an_uploaded_list_is_looked_at_first_and_then_imported(boss: Visitor, cast: City) -> None:
    text = "编码,名称,级别,上级编码\n510302001009,新社区居委会,社区,510302001\n510321120299,远处村委会,村,510321120\n"
    shown = upload(boss, "名单.csv", text.encode("gb18030"))
    page = shown.content.decode()
    assert "新增 1 个" in page and "不在您负责的范围" in page
    assert not Place.objects.filter(name="新社区").exists()
    stored = shown.context["stored"]
    table = boss.post(f"/places/import/{stored.pk}/errors.csv", {}).content.decode("utf-8-sig")
    assert table.splitlines()[1].startswith("510321120299,远处村委会,村,510321120,3,")
    other = Visitor(factories.administrator(cast.other_district, account_id=8))
    assert other.post(f"/places/import/{stored.pk}/errors.csv", {}).status_code == 404
    other.post(f"/places/import/{stored.pk}/", {})
    assert not Place.objects.filter(name="新社区").exists()
    assert "已经导入" in boss.post(f"/places/import/{stored.pk}/", {}).content.decode()
    assert Place.objects.get(name="新社区").street_id == cast.street.pk


@pytest.mark.parametrize("content", [b"\x00\x01binary", b"PK\x03\x04", "编码\n".encode(), b"x" * 100])
def test_a_file_that_cannot_be_read_is_refused_in_words(boss: Visitor, content: bytes) -> None:
    answer = upload(boss, "x.csv", content)
    assert answer.status_code in (200, 422)
    assert not PlaceUpload.objects.exists() or answer.context["report"].added == 0
    assert (
        boss.post("/places/import/", {"what": "boundaries", "file": SimpleUploadedFile("x", content)}).status_code
        == 422
    )
    assert boss.post("/places/import/", {"what": "list"}).status_code == 422


def test_only_administrators_upload(cast: City) -> None:
    for stranger in (Visitor(), Visitor(SYSTEM)):
        assert stranger.get("/places/import/").status_code == 404
        assert stranger.get("/places/").status_code == 404
        assert upload(stranger, "a.csv", b"a,b\n1,2\n").status_code == 404
