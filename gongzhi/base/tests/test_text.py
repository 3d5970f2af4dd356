"""Chinese text: cleaning, searching, pinyin, masking, personal data."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from gongzhi.base import text as t
from gongzhi.base.tests.test_validators import identity

PERSON = identity("51030319900307001")


def test_cleaning_keeps_what_people_mean() -> None:
    typed = "路灯坏了\u202e了\0\u200b！\r\n\r\n\r\n\r\n请修👨\u200d👩\u200d👧❤\ufe0f 𠮷\x07  \n"
    assert t.clean_text(typed) == "路灯坏了了！\n\n请修👨\u200d👩\u200d👧❤\ufe0f 𠮷"


def test_cleaning_to_one_line_and_composing_accents() -> None:
    assert t.clean_text(" 张\n三\t(cafe\u0301) ", lines=False) == "张 三 (café)"
    assert t.clean_text("z" + "\u0335" * 90) == "z" + "\u0335" * 2


def test_too_long_a_text_is_said_so_and_not_cut() -> None:
    with pytest.raises(ValidationError, match="最多写 5 个字，现在有 6 个字"):
        t.clean_text("一二三四五六", limit=5)
    assert t.clean_text("一二三四五  ", limit=5) == "一二三四五"


@given(st.text())
def test_a_clean_text_stays_as_it_is_and_can_be_stored(text: str) -> None:
    once = t.clean_text(text)
    assert t.clean_text(once) == once
    assert "\0" not in once
    once.encode("utf-8")


@given(st.text(alphabet="路灯坏A3栋b1 -，👍", min_size=2, max_size=30), st.data())
def test_any_two_neighbouring_characters_find_the_text(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text) - 2))
    query = text[at : at + 2]
    assert set(t.search_terms(query)) <= set(t.bigrams(text))


def test_search_units() -> None:
    assert t.bigrams("3栋路灯，Ａb") == ["3栋", "ab", "栋路", "路灯"]
    assert t.bigrams("灯", "灯") == ["灯"]
    assert t.bigrams("，。 ") == []
    assert t.search_terms("路灯 3栋") == ["3栋", "路灯"]
    assert t.search_terms("灯") == []
    assert t.search_words(" ＡＢ 灯 ") == ["ab", "灯"]
    assert t.bigrams("㐂𠮷村") == ["㐂𠮷", "𠮷村"]


@pytest.mark.parametrize(
    ("name", "full", "short"),
    [
        ("张三", "zhangsan", "zs"),
        ("单雄信", "shanxiongxin", "sxx"),
        ("仇英", "qiuying", "qy"),
        ("尉迟恭", "yuchigong", "ycg"),
        ("曾小贤", "zengxiaoxian", "zxx"),
        ("吕布", "lvbu", "lb"),
        ("区小英", "ouxiaoying", "oxy"),
        ("", "", ""),
    ],
)
def test_names_sound_as_surnames_do(name: str, full: str, short: str) -> None:
    assert (t.pinyin(name, surname=True), t.initials(name, surname=True)) == (full, short)


def test_places_sound_as_words_do() -> None:
    assert t.pinyin("解放桥社区") == "jiefangqiaoshequ"
    assert (t.pinyin("磨子井3号楼A座"), t.initials("3号楼A座")) == ("mozijing3haolouazuo", "3hlaz")
    assert t.pinyin("👍\0，") == ""


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("陈小英", "陈*英"),
        ("欧阳娜", "欧阳*"),
        ("欧阳娜娜", "欧阳*娜"),
        ("司马", "司*"),
        ("张", "*"),
        ("", ""),
        ("阿依古丽·买买提", "阿*"),
        ("John Smith", "J*"),
        ("𠮷田", "𠮷*"),
        ("王李小明", "王**明"),
    ],
)
def test_names_are_masked(name: str, masked: str) -> None:
    assert t.mask_name(name) == masked


def test_numbers_are_masked() -> None:
    assert t.mask_phone("13812345678") == t.mask_phone("+86 138 1234 5678") == "138****5678"
    assert t.mask_phone("0813-8212345") == "0813-***2345"
    assert t.mask_phone("028-87654321") == "028-****4321"
    assert t.mask_phone("400-123-4567") == "********67"
    assert t.mask_phone("1234") == "****"
    assert t.mask_identity(PERSON) == "510***********" + PERSON[-4:]
    assert t.mask_identity("1234567") == "*******"


@pytest.mark.parametrize(
    ("text", "kind", "excerpt"),
    [
        (f"身份证{PERSON}。", "identity", PERSON),
        ("身份证110105 19491231 002x", "identity", "110105 19491231 002x"),
        ("证号510303199003070014（写错一位也算）", "identity", "510303199003070014"),
        ("身份证５１０３０３１９９００３０７００１４", "identity", "５１０３０３１９９００３０７００１４"),
        ("旧证510303900307001", "identity", "510303900307001"),
        ("电话13812345678联系", "phone", "13812345678"),
        ("微信同号138 1234 5678", "phone", "138 1234 5678"),
        ("138-1234-5678", "phone", "138-1234-5678"),
        ("138.1234.5678", "phone", "138.1234.5678"),
        ("+8613812345678", "phone", "+8613812345678"),
        ("１３８１２３４５６７８", "phone", "１３８１２３４５６７８"),
        ("一三八一二三四五六七八", "phone", "一三八一二三四五六七八"),
        ("座机0813-8212345", "phone", "0813-8212345"),
        ("(0813)8212345", "phone", "(0813)8212345"),
        ("0813—8212345", "phone", "0813—8212345"),
        ("联系电话：8212345，谢谢", "phone", "8212345"),
        ("我住3栋2单元501", "room", "3栋2单元501"),
        ("三栋二单元五零一", "room", "三栋二单元五零一"),
        ("A3栋1702业主", "room", "A3栋1702"),
        ("住5号楼1502室", "room", "5号楼1502室"),
        ("一号栋405", "room", "一号栋405"),
        ("二单元3楼5号", "room", "二单元3楼5号"),
        ("3栋2单元5楼505室", "room", "3栋2单元5楼505室"),
        ("三单元七楼左边", "room", "三单元七楼左边"),
        ("家在和平花苑3-2-501", "room", "3-2-501"),
        ("和平花苑502室", "room", "502室"),
        ("楼上1318房漏水", "room", "1318房"),
        ("车牌川C·12345", "plate", "川C·12345"),
        ("川C12345挡路", "plate", "川C12345"),
        ("绿牌川CD12345", "plate", "川CD12345"),
        ("粤A600H挂", "plate", "粤A600H挂"),
        ("卡号6222 0212 3456 7890 128", "card", "6222 0212 3456 7890 128"),
        ("卡4111111111111111", "card", "4111111111111111"),
    ],
)
def test_personal_data_is_found(text: str, kind: str, excerpt: str) -> None:
    assert [(f.kind, f.excerpt) for f in t.find_personal_data(text)] == [(kind, excerpt)]
    (found,) = t.find_personal_data(text)
    assert text[found.start : found.end] == found.excerpt


@pytest.mark.parametrize(
    "text",
    [
        "请拨打12345、110或400-123-4567",
        "3栋2单元门禁坏了",
        "3栋与5栋之间的路灯",
        "6栋180户居民",
        "7栋一单元100多户业主",
        "3栋105m2户型",
        "本栋11楼2018年起新开一家",
        "这栋楼1978年建",
        "1栋有近200住户",
        "2025-11-24 14:30",
        "11-24-2025",
        "统一社会信用代码91350100M000100Y43",
        "订单号202511241234567890",
        "项目编号20251124-0042",
        "总价1020408元",
        "投资4500000.00元",
        "第302号文件",
        "长府估字第2019-1728号房地产估价报告",
        "2005房补文件",
        "阳光100房屋竣工验收",
        "限速60，罚款200元扣3分",
        "一二三四五六七八九",
        "川C牌照的车",
        "G85高速、S305省道",
        "192.168.10.123",
        "https://example.org/a/13-1-201912",
        "0.13812345678901",
        "室内500室外300",
        "电话打不通",
        "",
    ],
)
def test_what_names_nobody_is_left_alone(text: str) -> None:
    assert t.find_personal_data(text) == []


def test_masking_a_whole_letter() -> None:
    letter = f"我是张三，{PERSON}，电话13812345678或0813-8212345，住3栋2单元501室，车川C·12345。"
    masked = t.mask_personal_data(letter)
    assert (
        masked == f"我是张三，510***********{PERSON[-4:]}，电话138****5678或0813-***2345，住3栋2单元*室，车川C***45。"
    )
    assert t.mask_personal_data("3-2-501") == "3-2-*"
    assert t.mask_personal_data("三单元七楼左边") == "三单元七楼*"
    assert t.mask_personal_data("没有") == "没有"


@given(
    st.lists(
        st.sampled_from(
            [
                "1381234",
                "5678",
                "栋",
                "单元",
                "3",
                "501",
                "室",
                "-",
                " ",
                "川C",
                "0813",
                "8212345",
                "一",
                "，",
                "楼",
                "号",
                "51030319900307",
                "X",
                "6222",
                "电话",
                "房",
                "1",
            ]
        ),
        max_size=14,
    )
)
def test_nothing_is_left_after_masking(parts: list[str]) -> None:
    masked = t.mask_personal_data("".join(parts))
    assert t.mask_personal_data(masked) == masked


@given(st.text(max_size=200))
def test_findings_lie_in_the_text_and_do_not_overlap(text: str) -> None:
    last = 0
    for finding in t.find_personal_data(text):
        assert last <= finding.start < finding.end <= len(text)
        last = finding.end
