"""Identity numbers, credit codes, organisation codes, telephones."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.base import validators as v


def identity(head: str) -> str:
    """Seventeen digits with their check sign."""
    return head + v.identity_check(head)


def test_the_examples_of_the_standard_are_valid() -> None:
    assert v.parse_identity("11010519491231002X").sex == "女"
    person = v.parse_identity(" 110105-19491231-002x ")
    assert (person.number, person.birth_date, person.region) == ("11010519491231002X", date(1949, 12, 31), "110105")


def test_residence_permits_and_new_counties_are_valid() -> None:
    for head in (
        "81000019900307003",
        "82000019900307003",
        "83000019900307003",
        "93110019900307003",
        "46900119900307003",
    ):
        assert v.parse_identity(identity(head)).is_known_region


def test_an_unknown_region_is_only_a_hint() -> None:
    assert v.parse_identity(identity("99910119900307001")).is_known_region
    assert not v.parse_identity(identity("25000019900307001")).is_known_region


def test_sex_and_age_come_from_the_number() -> None:
    person = v.parse_identity(identity("51030319900307001"))
    assert person.sex == "男"
    assert (person.age_on(date(2026, 3, 6)), person.age_on(date(2026, 3, 7))) == (35, 36)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("", "form"),
        ("51030319900307001", "form"),
        ("5103031990030700123", "form"),
        ("５１０３０３abc", "form"),
        ("510303900307001", "old"),
        ("110105194912310021", "check"),
        (identity("51030319900231001"), "date"),
        (identity("51030318500307001"), "date"),
        (identity("51030399990307001"), "date"),
        ("X" * 18, "form"),
        ("٥١٠٣٠٣١٩٩٠٠٣٠٧٠٠١٣", "check"),
    ],
)
def test_a_wrong_identity_number_is_refused_for_its_reason(number: str, code: str) -> None:
    with pytest.raises(ValidationError) as caught:
        v.parse_identity(number)
    assert caught.value.code == code


def test_nobody_is_born_tomorrow() -> None:
    tomorrow = timezone.localdate() + timedelta(days=1)
    with pytest.raises(ValidationError):
        v.parse_identity(identity(f"510303{tomorrow:%Y%m%d}001"))


def test_a_number_ruined_by_a_spreadsheet_is_recognised() -> None:
    assert v.identity_check("51030319900307000") != "0"
    with pytest.raises(ValidationError, match="文本"):
        v.parse_identity("510303199003070000")


@given(st.text(max_size=40))
def test_no_text_breaks_a_validator(text: str) -> None:
    for parse in (v.parse_identity, v.parse_credit_code, v.parse_organisation_code, v.parse_phone):
        try:
            parse(text)
        except ValidationError as error:
            assert error.messages[0]


@given(
    st.from_regex(r"[1-8]\d{5}19\d{2}(0[1-9]|1[0-2])(0[1-9]|1\d|2[0-8])\d{3}", fullmatch=True).filter(str.isascii),
    st.data(),
)
def test_one_wrong_digit_never_passes(head: str, data: st.DataObject) -> None:
    number = identity(head)
    at = data.draw(st.integers(0, 16))
    other = data.draw(st.sampled_from([n for n in "0123456789" if n != number[at]]))
    with pytest.raises(ValidationError):
        v.parse_identity(number[:at] + other + number[at + 1 :])


@pytest.mark.parametrize(
    "code", ["91350100M000100Y43", "91110000600037341L", "9111 0000 6000 3734 1L", "91110000600037341l"]
)
def test_known_credit_codes_are_valid(code: str) -> None:
    assert v.parse_credit_code(code) == code.replace(" ", "").upper()


def test_the_code_of_a_rural_collective_is_valid() -> None:
    head = "N2510311MF0123456"
    assert v.parse_credit_code(head + v.credit_check(head)).startswith("N2")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("91350100M000100Y44", "check"),
        ("9135010OM000100Y43", "sign"),
        ("91350100M000100Y4", "form"),
        ("", "form"),
        ("91350100M000100Y4*", "form"),
        ("字" * 18, "form"),
    ],
)
def test_a_wrong_credit_code_is_refused_for_its_reason(code: str, reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        v.parse_credit_code(code)
    assert caught.value.code == reason


def test_organisation_codes_have_a_check_of_their_own() -> None:
    assert v.parse_organisation_code("D2143569X") == "D2143569-X"
    assert v.parse_organisation_code("60003734-1") == "60003734-1"
    for wrong in ("D21435690", "D2143569", "", "Ð2143569X"):
        with pytest.raises(ValidationError):
            v.parse_organisation_code(wrong)


@pytest.mark.parametrize(
    ("typed", "number", "kind"),
    [
        ("13812345678", "13812345678", "mobile"),
        ("+86 138 1234 5678", "13812345678", "mobile"),
        ("0086-138-1234-5678", "13812345678", "mobile"),
        ("8613812345678", "13812345678", "mobile"),
        ("86-13812345678", "13812345678", "mobile"),
        ("１３８１２３４５６７８", "13812345678", "mobile"),
        ("013812345678", "13812345678", "mobile"),
        ("0813-8212345", "0813-8212345", "landline"),
        ("(0813)8212345", "0813-8212345", "landline"),
        ("（0813）821 2345", "0813-8212345", "landline"),
        ("08138212345", "0813-8212345", "landline"),
        ("+86 813 8212345", "0813-8212345", "landline"),
        ("010-62345678", "010-62345678", "landline"),
        ("02887654321", "028-87654321", "landline"),
        ("0813-8212345-802", "0813-8212345-802", "landline"),
        ("0813-8212345转802", "0813-8212345-802", "landline"),
        ("400-123-4567", "400-123-4567", "service"),
        ("12345", "12345", "service"),
    ],
)
def test_a_telephone_is_brought_into_one_form(typed: str, number: str, kind: str) -> None:
    assert v.parse_phone(typed) == v.Phone(number, kind)  # type: ignore[arg-type]
    assert v.parse_phone(number).number == number


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "1381234567",
        "138123456789",
        "12812345678",
        "没有",
        "8212345",
        "0813-1212345",
        "1" * 10_000,
        "13812345678，13912345678",
    ],
)
def test_what_is_no_telephone_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        v.validate_phone(typed)


def test_a_hotline_does_not_reach_a_person() -> None:
    v.validate_phone("0813-8212345")
    with pytest.raises(ValidationError, match="服务热线"):
        v.validate_phone("12345")
