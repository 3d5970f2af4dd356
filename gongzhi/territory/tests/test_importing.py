"""Lists and boundaries from files: real, wrong, and again."""

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from gongzhi.base.sheets import read_table
from gongzhi.kernel.actor import SYSTEM
from gongzhi.territory import tree
from gongzhi.territory.importing import Report, import_places
from gongzhi.territory.importing_grids import Options, import_grids
from gongzhi.territory.models import Kind, Place, PlaceChange
from gongzhi.territory.tests import factories
from gongzhi.territory.tests.factories import square

pytestmark = pytest.mark.django_db
ZIGONG = Path(__file__).parents[1] / "data" / "zigong_divisions.csv"
HEAD = "code,name,level,parent_code\n"


def take(text: str, **options: Any) -> Report:
    return import_places(read_table(text.encode()).rows, actor=SYSTEM, **options)


def test_the_whole_of_zigong_comes_in_and_a_second_run_changes_nothing() -> None:
    out = io.StringIO()
    call_command("import_places", ZIGONG, "--from", "2023-06-30", stdout=out)
    assert "新增 1084 个" in out.getvalue() and "四川省是省级" in out.getvalue()
    assert Place.objects.count() == 1084
    assert Place.objects.filter(kind=Kind.COMMUNITY).count() == 987
    place = Place.objects.get(code="510302001007")
    assert (place.name, place.full_name) == ("磨子井社区", "磨子井社区居民委员会")
    assert tree.trail_text(tree.trail(place)) == "自流井区 › 五星街街道 › 磨子井社区"
    assert Place.objects.get(code="510322118203").name == "吴山村"
    assert not any(name.endswith("委员会") for name in Place.objects.values_list("name", flat=True))
    out = io.StringIO()
    call_command("import_places", ZIGONG, stdout=out)
    assert "没有变化 1084 个" in out.getvalue()
    assert PlaceChange.objects.count() == 1084


def test_a_dry_run_tells_everything_and_writes_nothing() -> None:
    report = take(ZIGONG.read_text(encoding="utf-8"), is_dry_run=True)
    assert report.added == 1084 and not Place.objects.exists() and not PlaceChange.objects.exists()


def test_rows_may_stand_in_any_order() -> None:
    report = take(HEAD + "510302001,五星街街道,township,510302\n510302,自流井区,county,5103\n5103,自贡市,city,51\n")
    assert report.added == 3 and not report.bad


def test_bad_rows_stay_out_with_their_reason_and_good_ones_come_in(tmp_path: Path) -> None:
    rows = [
        "5103,自贡市,city,51",
        "510302,自流井区,county,5103",
        "510302001,五星街街道,township,510302",
        "510302001007,磨子井社区居委会,village,510302001",
        "510302001007,重复的,village,510302001",
        "51030200x,坏编码街道,township,510302",
        "510302001009,没有上级的社区居委会,village,51030200x",
        "510302999001,上级不存在的社区居委会,village,510302999",
        "510302001010,,village,510302001",
        "510302001011,级别不对,planet,510302001",
        "510302001012,磨子井社区居民委员会,village,510302001",
        "510302001013,好社区居委会,village,510302001",
    ]
    file = tmp_path / "名单.csv"
    file.write_text(HEAD + "\n".join(rows), encoding="gb18030")
    out = io.StringIO()
    call_command("import_places", file, stdout=out)
    assert set(Place.objects.values_list("name", flat=True)) == {
        "自贡市",
        "自流井区",
        "五星街街道",
        "磨子井社区",
        "好社区",
    }
    kept = list(csv.DictReader(io.StringIO((tmp_path / "名单.csv.errors.csv").read_text(encoding="utf-8-sig"))))
    assert [int(row["行号"]) for row in kept] == [6, 7, 8, 9, 10, 11, 12]
    reasons = {int(row["行号"]): row["原因"] for row in kept}
    for line, words in {
        6: "和第 5 行重复", 7: "数字以外", 8: "第 7 行", 9: "找不到编码是 510302999000", 10: "名称", 11: "级别“planet”",
        12: "已经有“磨子井社区”",
    }.items():  # fmt: skip
        assert words in reasons[line], reasons
    assert kept[1]["code"] == "51030200x"


def test_the_corrected_error_file_can_be_imported_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(HEAD + "5103,自贡市,city,51\n5103020,自流井区,county,5103\n", encoding="utf-8")
    call_command("import_places", file, stdout=io.StringIO())
    errors = tmp_path / "a.csv.errors.csv"
    errors.write_text(errors.read_text(encoding="utf-8-sig").replace("5103020", "510302"), encoding="utf-8")
    call_command("import_places", errors, stdout=io.StringIO())
    assert Place.objects.get(code="510302000000").parent is not None


def test_a_district_is_a_root_only_where_there_is_no_city() -> None:
    assert take(HEAD + "510302,自流井区,county,5103\n").added == 1
    report = take(HEAD + "5103,自贡市,city,51\n510303,贡井区,county,5109\n")
    assert report.added == 1 and "找不到编码是 510900000000" in report.bad[0].reason


def test_a_list_with_another_name_or_parent_renames_and_moves() -> None:
    cast = factories.city()
    report = take(HEAD + "510302001007,磨子井新村社区居民委员会,village,510321120\n")
    assert report.changed == 1 and len(report.changes) == 2
    cast.community.refresh_from_db()
    assert (cast.community.name, cast.community.parent_id) == ("磨子井新村社区", cast.other_street.pk)


def test_a_short_name_given_by_hand_survives_the_list() -> None:
    cast = factories.city()
    Place.objects.filter(pk=cast.community.pk).update(name="磨子井")
    report = take(HEAD + "510302001007,磨子井社区居民委员会,village,510302001\n")
    assert report.same == 1
    cast.community.refresh_from_db()
    assert cast.community.name == "磨子井"


def test_estates_and_buildings_come_from_the_same_kind_of_table() -> None:
    cast = factories.city()
    text = (
        "名称,级别,上级编码,小区,经度,纬度,户数,俗称\n"
        "和平花苑,小区,510302001007,,,,,\n"
        "1栋,楼栋,510302001007001,和平花苑,104.77,29.34,48,老粮站、粮站\n"
        "2栋,楼栋,510302001007001,没有的小区,,,,\n"
        "4栋,楼栋,510302001007001,,104.77,,,\n"
        "5栋,楼栋,510302001007001,,东经,29.34,,\n"
    )
    report = take(text)
    assert report.added == 2
    assert [bad.line for bad in report.bad] == [4, 5, 6]
    place = Place.objects.get(name="1栋")
    assert place.estate is not None and place.estate.name == "和平花苑" and place.grid_id == cast.grid.pk
    assert place.households == 48 and place.aliases == ["老粮站", "粮站"] and place.token
    again = take(text.replace("48", "52"))
    assert (again.added, again.changed, again.same) == (0, 1, 1)


def test_an_upload_reaches_only_the_places_of_the_duty() -> None:
    cast = factories.city()
    actor = factories.administrator(cast.district)
    rows = (
        "510302001009,近社区居委会,village,510302001",
        "510321120233,远村村委会,village,510321120",
        "510321120232,改名村委会,village,510321120",
        "510399,新区,county,5103",
    )
    text = HEAD + "\n".join(rows)
    report = import_places(read_table(text.encode()).rows, actor=actor, is_limited=True)
    assert report.added == 1 and {bad.line for bad in report.bad} == {3, 4, 5}
    assert all("负责" in bad.reason for bad in report.bad)


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\x03", b"\xff\xfe\xff", b"PK\x03\x04broken"])
def test_a_file_that_is_no_table_is_refused_in_words(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(content)
    with pytest.raises(CommandError, match="读不了"):
        call_command("import_places", file)


def feature(name: str, west: float, **properties: Any) -> dict[str, Any]:
    known = {"name": name, "parent_code": "510302001007", "kind": "grid", **properties}
    return {"type": "Feature", "properties": known, "geometry": square(west, 29.34)}


def test_grids_are_drawn_and_new_ones_added() -> None:
    cast = factories.city()
    features = [feature("第一网格", 104.77, code=cast.grid.code), feature("第三网格", 104.78)]
    report = import_grids(features, Options(SYSTEM, source="社区测绘", is_invented=True))
    assert (report.added, report.changed, report.bad) == (1, 1, [])
    new = Place.objects.get(name="第三网格")
    assert new.code == "510302001007003" and new.boundaries.get().is_invented
    again = import_grids(features, Options(SYSTEM))
    assert (again.added, again.changed, again.same) == (0, 0, 2)


def test_overlaps_and_gaps_are_reported_not_refused() -> None:
    factories.city()
    report = import_grids([feature("第一网格", 104.77), feature("第二网格", 104.775)], Options(SYSTEM))
    assert report.changed == 2
    assert any("第一网格和第二网格重叠，占较小一个的 50%" in line for line in report.warnings), report.warnings


def test_ground_without_a_grid_is_reported() -> None:
    cast = factories.city()
    whole = feature("磨子井社区", 104.77, code=cast.community.code, kind="社区", parent_code="510302001")
    whole["geometry"] = square(104.77, 29.34, 0.02)
    report = import_grids([whole, feature("第一网格", 104.77), feature("第二网格", 104.78)], Options(SYSTEM))
    assert report.warnings == ["磨子井社区：有 50% 的地方没有网格。"]


def test_bad_features_are_kept_aside_with_their_reasons(tmp_path: Path) -> None:
    factories.city()
    bow_tie = {
        "type": "Polygon",
        "coordinates": [[[104.0, 29.0], [104.1, 29.1], [104.1, 29.0], [104.0, 29.1], [104.0, 29.0]]],
    }
    features: list[Any] = [
        feature("第一网格", 104.77),
        {**feature("自交", 104.77), "geometry": bow_tie},
        {**feature("点", 104.77), "geometry": {"type": "Point", "coordinates": [104, 29]}},
        feature("没有上级", 104.77, parent_code="999"),
        feature("外星", 104.77, kind="planet"),
        {"type": "Feature", "geometry": square(104.77, 29.34)},
        None,
        {**feature("坏坐标", 104.77), "geometry": {"type": "Polygon", "coordinates": "x"}},
        feature("", 104.77),
    ]
    file = tmp_path / "g.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    out = io.StringIO()
    call_command("import_grids", file, stdout=out)
    kept = json.loads((tmp_path / "g.geojson.errors.geojson").read_text(encoding="utf-8"))["features"]
    assert [item["properties"]["序号"] for item in kept] == [2, 3, 4, 5, 6, 7, 8, 9]
    assert all(item["properties"]["原因"] for item in kept)
    assert "更改 1 个" in out.getvalue()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"type":"Polygon"}', '{"type":"FeatureCollection","features":[]}', "[" * 5000]
)
def test_a_file_that_is_no_feature_collection_is_refused_in_words(text: str, tmp_path: Path) -> None:
    file = tmp_path / "x.geojson"
    file.write_text(text)
    with pytest.raises(CommandError, match="读不了"):
        call_command("import_grids", file)


def test_a_boundary_keeps_the_day_it_is_imported_for() -> None:
    cast = factories.city()
    import_grids([feature("第一网格", 104.77)], Options(SYSTEM, at=date(2024, 5, 1)))
    assert cast.grid.boundaries.get().valid_from == date(2024, 5, 1)
