import pytest
from django.core.exceptions import ValidationError

from gongzhi.territory import rules
from gongzhi.territory.models import Kind


@pytest.mark.parametrize(
    ("full", "short"),
    [
        ("磨子井社区居民委员会", "磨子井社区"),
        ("磨子井社区居委会", "磨子井社区"),
        ("吴山村委会", "吴山村"),
        ("五间房村村民委员会", "五间房村"),
        ("黄桷村村委员会", "黄桷村"),
        ("青杠林居委会", "青杠林社区"),
        ("四川卫生康复职业学院社区", "四川卫生康复职业学院社区"),
        ("居委会", "居委会"),
    ],
)
def test_the_short_name_of_a_community_leaves_the_committee_out(full: str, short: str) -> None:
    assert rules.short_name(full) == short


def test_division_codes_are_kept_with_twelve_digits() -> None:
    assert rules.division_code("510302", Kind.DISTRICT) == "510302000000"
    assert rules.division_code("510302001000", Kind.STREET) == "510302001000"
    assert rules.any_division_code("5103") == "510300000000"


@pytest.mark.parametrize("code", ["51030", "51030x", "510302001007", "５１０３０２", "", "51 0302"])
def test_a_code_of_the_wrong_length_or_with_letters_is_refused(code: str) -> None:
    with pytest.raises(ValidationError, match="编码"):
        rules.division_code(code, Kind.DISTRICT)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("三", 3),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零三", 103),
        ("两", 2),
        ("12", 12),
        ("", None),
        ("甲", None),
    ],
)
def test_chinese_numbers_are_read(text: str, number: int | None) -> None:
    assert rules.chinese_number(text) == number


def test_building_numbers_are_found_in_an_address() -> None:
    assert rules.building_numbers("和平花苑三栋2单元401") == [3]
    assert rules.building_numbers("芭茅塘12号楼对面5幢") == [12, 5]
    assert rules.building_numbers("没有楼号") == []


def test_buildings_stand_in_the_order_of_their_numbers() -> None:
    names = ["12栋", "3栋", "三十栋", "第二网格", "A座"]
    assert sorted(names, key=lambda name: rules.position("building", "", name)) == [
        "第二网格",
        "3栋",
        "12栋",
        "三十栋",
        "A座",
    ]
