"""Pages and lists of the register: inside and outside the duty, from screen and from spreadsheet."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gongzhi.base.sheets import Column, read_table, write_workbook
from gongzhi.kernel.actor import SYSTEM
from gongzhi.organisations.importing import import_organisations
from gongzhi.organisations.models import Kind, Organisation
from gongzhi.organisations.tests import factories
from gongzhi.territory.importing import Report
from gongzhi.territory.tests import factories as ground
from gongzhi.territory.tests.asking import Visitor
from gongzhi.territory.tests.factories import City

pytestmark = pytest.mark.django_db
HEAD = "名称,类别,统一社会信用代码,上级组织,所在地编码,服务地点编码,电话\n"


@pytest.fixture
def cast() -> City:
    return ground.city()


@pytest.fixture
def boss(cast: City) -> Visitor:
    return Visitor(ground.administrator(cast.district))


def take(text: str, **options: Any) -> Report:
    return import_organisations(read_table(text.encode()).rows, actor=SYSTEM, **options)


@pytest.mark.parametrize("page", ["", "edit/", "end/"])
def test_pages_open_inside_the_duty_and_are_not_there_outside(cast: City, boss: Visitor, page: str) -> None:
    row = factories.organisation("市政公用中心", cast.district, serves=[cast.street])
    assert boss.get(f"/organisations/{row.pk}/{page}").status_code == 200
    for stranger in (Visitor(), Visitor(SYSTEM), Visitor(ground.administrator(cast.other_district))):
        assert stranger.get(f"/organisations/{row.pk}/{page}").status_code == 404
        assert stranger.post(f"/organisations/{row.pk}/{page}", {"name": "黑", "reason": "试"}).status_code in (
            404,
            405,
        )
    for number in ("0", "9" * 30):
        assert boss.get(f"/organisations/{number}/{page}").status_code == 404
    assert row.changes.count() == 1


@pytest.mark.parametrize("path", ["", "register/", "import/"])
def test_general_pages_are_for_administrators_only(cast: City, boss: Visitor, path: str) -> None:
    assert boss.get(f"/organisations/{path}").status_code == 200
    assert Visitor().get(f"/organisations/{path}").status_code == 404


def test_the_list_shows_the_own_ones_page_by_page_and_finds_them(cast: City, boss: Visitor) -> None:
    for n in range(60):
        factories.organisation(f"{n:02d}号物业公司", cast.district, kind=Kind.PROPERTY)
    factories.organisation("荣县住建局", cast.other_district)
    with CaptureQueriesContext(connection) as seen:
        first = boss.get("/organisations/")
    assert len(seen) <= 10
    rest = boss.get("/organisations/", {"after": first.context["cursor"]})
    names = [row.name for row in [*first.context["rows"], *rest.context["rows"]]]
    assert names == [f"{n:02d}号物业公司" for n in range(60)]
    assert len(boss.get("/organisations/", {"q": "07号"}).context["rows"]) == 1
    assert not boss.get("/organisations/", {"q": "住建"}).context["rows"]
    assert not boss.get("/organisations/", {"kind": "school"}).context["rows"]
    for odd in ({"q": "\0"}, {"q": "%"}, {"after": "\0~1"}, {"after": "~" + "9" * 40}, {"kind": "club"}, {"q": "🏠🏠"}):
        assert boss.get("/organisations/", odd).status_code == 200


def test_registering_editing_and_ending_from_the_pages(cast: City, boss: Visitor) -> None:
    data = {"name": "灵志社工联", "kind": "social", "place": cast.district.pk, "serves": [cast.street.pk]}
    wrong = boss.post("/organisations/register/", {**data, "credit_code": "123", "phone": "门卫"})
    assert wrong.status_code == 422 and "18 位" in wrong.content.decode() and "门卫" in wrong.content.decode()
    assert boss.post("/organisations/register/", {**data, "phone": "0813-8212345"}).status_code == 302
    row = Organisation.objects.get()
    assert "五星街街道" in boss.get(f"/organisations/{row.pk}/").content.decode()
    done = boss.post(f"/organisations/{row.pk}/edit/", {**data, "short_name": "灵志", "serves": [], "reason": "改"})
    assert done.status_code == 302 and not row.areas.filter(valid_to=None).exists()
    page = boss.get(f"/organisations/{row.pk}/").content.decode()
    assert "简称 空 → 灵志" in page and "服务范围改为：没有" in page
    assert boss.post(f"/organisations/{row.pk}/end/", {"reason": ""}).status_code == 422
    assert boss.post(f"/organisations/{row.pk}/end/", {"reason": "注销"}).status_code == 302
    assert not Organisation.objects.living().exists()


def test_a_seat_or_area_beyond_the_duty_cannot_be_chosen_nor_lost(cast: City, boss: Visitor) -> None:
    data = {"name": "手伸太长", "kind": "social", "place": cast.other_district.pk}
    assert boss.post("/organisations/register/", data).status_code == 422
    row = factories.organisation("两区共用", cast.district, serves=[cast.street, cast.other_street])
    data = {"name": "两区共用", "kind": "department", "place": cast.district.pk, "serves": [cast.community.pk]}
    assert boss.post(f"/organisations/{row.pk}/edit/", data).status_code == 302
    assert set(row.areas.filter(valid_to=None).values_list("place", flat=True)) == {
        cast.community.pk,
        cast.other_street.pk,
    }


def test_a_list_in_any_order_comes_in_once_and_again_changes_nothing(cast: City) -> None:
    code = factories.credit_code(5)
    text = (
        f"{HEAD}磨子井社区党委,党委,,五星街街道党工委,510302001007,,\n"
        f"市政公用中心,部门,{code},,510302,510302001、510321120,0813-8212345\n"
        "五星街街道党工委,党工委,,自流井区委,510302001,,\n"
        "自流井区委,党委,,,510302,,\n"
    )
    assert take(text, is_dry_run=True).added == 4 and not Organisation.objects.exists()
    report = take(text)
    assert (report.added, report.bad) == (4, [])
    low = Organisation.objects.get(name="磨子井社区党委")
    assert low.parent is not None and low.parent.parent is not None and low.parent.parent.name == "自流井区委"
    assert Organisation.objects.get(credit_code=code).areas.count() == 2
    again = take(text)
    assert (again.added, again.changed, again.same) == (0, 0, 4)
    changed = take(f"{HEAD}市政公用服务中心,部门,{code},,510302,,\n")
    assert changed.changed == 1
    row = Organisation.objects.get(credit_code=code)
    assert (row.name, row.phone) == ("市政公用服务中心", "0813-8212345") and row.areas.filter(
        valid_to=None
    ).count() == 2


def test_bad_rows_stay_out_with_their_reason(cast: City, tmp_path: Path) -> None:
    rows = [
        ["好单位", "企业", "", "", "510302", "", ""],
        ["坏代码", "企业", "515103020000000010", "", "510302", "", ""],
        ["坏类别", "俱乐部", "", "", "510302", "", ""],
        ["坏地方", "企业", "", "", "999999", "", ""],
        ["坏上级", "企业", "", "没有这个单位", "510302", "", ""],
        ["坏电话", "企业", "", "", "510302", "", "门卫"],
        ["坏范围", "企业", "", "", "510302", "510302、123456", ""],
        ["", "企业", "", "", "510302", "", ""],
    ]
    columns = [Column(name) for name in HEAD.strip().split(",")]
    file = tmp_path / "组织.xlsx"
    file.write_bytes(write_workbook("组织名单", columns, rows))
    out = io.StringIO()
    call_command("import_organisations", file, stdout=out)
    assert list(Organisation.objects.values_list("name", flat=True)) == ["好单位"]
    kept = (tmp_path / "组织.xlsx.errors.csv").read_text(encoding="utf-8-sig")
    for words in ("校验", "俱乐部", "999999", "没有这个单位", "坏电话", "123456", "请写组织的名称"):
        assert words in kept
    with pytest.raises(CommandError, match="读不了"):
        call_command("import_organisations", tmp_path / "没有.csv")


def test_an_upload_reaches_only_the_places_of_the_duty(cast: City, boss: Visitor) -> None:
    factories.organisation("荣县住建局", cast.other_district)
    text = f"{HEAD}近处,企业,,,510302001,,\n远处,企业,,,510321,,\n无处,企业,,,,,\n服务远处,企业,,,510302,510321,\n"
    file = SimpleUploadedFile("a.csv", text.encode())
    page = boss.post("/organisations/import/", {"file": file}).content.decode()
    assert "新增 1 个" in page and "不在您负责的范围" in page and "请写所在地编码" in page
    assert Organisation.objects.count() == 1
    boss.post("/organisations/import/", {"file": SimpleUploadedFile("a.csv", text.encode()), "is_sure": "on"})
    assert set(Organisation.objects.values_list("name", flat=True)) == {"荣县住建局", "近处"}
    for content in (b"\x00\x01", b"PK\x03\x04", b"\xff\xfe\xff"):
        assert boss.post("/organisations/import/", {"file": SimpleUploadedFile("a", content)}).status_code == 422
