"""Concerns from other systems' tables: nothing is lost, nothing doubled, whatever the file looks like."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from gongzhi.base.sheets import Column, write_workbook
from gongzhi.cases import importing
from gongzhi.cases.importing import Run, guess, moment
from gongzhi.cases.models import Contact, Matter, Report
from gongzhi.cases.tests.factories import Cast, triaged
from gongzhi.kernel.models import Event, Receipt, Todo
from gongzhi.kernel.perform import perform

HEAD = "id,subject,detail,created,likes"
GOOD = "7,楼道灯不亮,3栋二单元的灯坏了一周,2019/2/28 11:25:05,3"
NOW = datetime(2026, 3, 4, 2, tzinfo=UTC)


def table(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    """A CSV file."""
    file = folder / "诉求.csv"
    file.write_bytes("\r\n".join(lines).encode(encoding))
    return file


def run(file: Path, cast: Cast, **options: object) -> str:
    """What the command says."""
    out = io.StringIO()
    call_command("import_concerns", str(file), place=cast.city.community.code, stdout=out, **options)
    return out.getvalue()


def errors(file: Path) -> list[dict[str, str]]:
    """The rows of the file of errors."""
    written = file.with_name(f"{file.name}.errors.csv").read_text("utf-8-sig")
    return list(csv.DictReader(io.StringIO(written)))


def test_a_row_becomes_a_matter_that_walks_the_six_steps(cast: Cast, tmp_path: Path) -> None:
    said = run(table(tmp_path, HEAD, GOOD), cast)
    assert "subject → subject" in said and "不导入的列：likes" in said and "登记 1 件" in said
    matter, made = Matter.objects.get(), Report.objects.get()
    assert (matter.state, matter.channel, matter.category, matter.place_id) == (
        "received", "import", cast.light, cast.city.community.pk,
    )  # fmt: skip
    assert made.text == "楼道灯不亮\n3栋二单元的灯坏了一周" and made.tracking_hash == ""
    said_at = datetime(2019, 2, 28, 3, 25, 5, tzinfo=UTC)
    assert made.happened_at == said_at and {e.happened_at for e in Event.objects.all()} == {said_at}
    assert all(timezone.now() - event.at < timedelta(minutes=1) for event in Event.objects.all())
    assert Todo.objects.get(obligation="act").post == "clerk"
    perform(matter, "accept", actor=cast.actor("clerk"))
    perform(Matter.objects.get(), "triage", actor=cast.actor("clerk"), data=triaged(cast))
    assert Matter.objects.get().state == "routed"


def test_a_dry_run_counts_and_names_errors_but_writes_nothing(cast: Cast, tmp_path: Path) -> None:
    file = table(tmp_path, HEAD, GOOD, "8,,,2019/2/28,0")
    said = run(file, cast, dry_run=True)
    assert "预演" in said and "登记 1 件" in said and "有问题的 1 行" in said and "第 3 行" in said
    assert not Matter.objects.exists() and not Contact.objects.exists() and not Receipt.objects.exists()
    assert [row["id"] for row in errors(file)] == ["8"]


def test_the_same_file_a_second_time_adds_nothing(cast: Cast, tmp_path: Path) -> None:
    file = table(tmp_path, HEAD, GOOD, "8,路灯,河边路灯坏了,2019-03-01,0")
    run(file, cast)
    assert "登记 0 件，以前已经导入的 2 行" in run(file, cast)
    assert Matter.objects.count() == 2


def test_a_known_number_with_other_words_is_an_error_not_a_second_matter(cast: Cast, tmp_path: Path) -> None:
    run(table(tmp_path, HEAD, GOOD), cast)
    file = table(tmp_path, HEAD, GOOD.replace("坏了一周", "坏了两周"))
    assert "有问题的 1 行" in run(file, cast)
    assert Matter.objects.count() == 1 and "以前导入过" in errors(file)[0]["原因"]


def test_rows_without_numbers_are_known_by_their_words(cast: Cast, tmp_path: Path) -> None:
    file = table(tmp_path, "内容,日期", "路灯坏了,2019-01-01", "路灯坏了,2019-01-01", "路灯坏了,2019-01-02")
    assert "登记 2 件，以前已经导入的 1 行" in run(file, cast)


def test_an_interrupted_run_is_taken_up_where_it_stopped(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    file = table(tmp_path, HEAD, *(f"{n},灯{n},第{n}盏路灯坏了,2019/1/{n},0" for n in range(1, 6)))
    begin, calls = Run._begin, iter((0, 1))

    def dies_at_the_second(self: Run, batch: list[importing.Taken]) -> None:
        begin(self, batch)
        if next(calls):
            raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Run, "_begin", dies_at_the_second)
        run(file, cast)
    assert Matter.objects.count() == Receipt.objects.count() == 2
    assert "登记 3 件，以前已经导入的 2 行" in run(file, cast)
    assert sorted(Report.objects.values_list("text", flat=True))[0] == "灯1\n第1盏路灯坏了"
    assert Matter.objects.count() == 5


def test_the_books_of_communities_are_understood(cast: Cast, tmp_path: Path) -> None:
    head = "编号,来源,反映人,联系电话,网格,内容,类别,受理日期,责任单位"
    good = "M-1,来访,张三,13890001111,第二网格,水管漏水,下水道堵塞,2024年3月5日 下午3时5分,社区"
    file = table(tmp_path, head, good, encoding="gb18030")
    assert "反映人 → name" in run(file, cast)
    made = Report.objects.select_related("matter", "contact").get()
    assert made.matter.place_id == cast.city.second_grid.pk and made.matter.category == cast.drain
    assert made.matter.urgency == "urgent" and made.happened_at == datetime(2024, 3, 5, 7, 5, tzinfo=UTC)
    assert (made.contact.name, made.contact.phone, made.contact.wish) == ("张三", "13890001111", "call")


def test_a_workbook_is_read_like_a_table(cast: Cast, tmp_path: Path) -> None:
    columns = [Column("内容"), Column("时间", kind="time"), Column("地址")]
    moment_said = datetime(2024, 3, 5, 7, 5, tzinfo=UTC)
    file = tmp_path / "台账.xlsx"
    file.write_bytes(write_workbook("民情台账", columns, [["灯不亮", moment_said, "芭茅塘小区12栋"]]))
    run(file, cast)
    made = Report.objects.get()
    assert made.place_id == cast.city.second_building.pk and made.place_note == "芭茅塘小区12栋"
    assert made.happened_at == moment_said


@pytest.mark.parametrize("address", ["3栋", "远方大厦", "别处路12号", ""])
def test_an_address_that_names_no_place_for_certain_leaves_the_matter_with_the_community(
    cast: Cast, tmp_path: Path, address: str
) -> None:
    run(table(tmp_path, "内容,地址", f"灯不亮,{address}"), cast)
    assert Report.objects.get().place_id == cast.city.community.pk


def test_hostile_cells_are_cleaned_or_refused_and_the_rest_comes_in(cast: Cast, tmp_path: Path) -> None:
    rows = [
        "1,<script>alert(1)</script>,\u202e灯\x00不亮\u200b,2019/1/1,0",
        f"2,长,{'灯' * 300_000},2019/1/1,0",
        "3,灯,灯不亮,2019/1/1,0,多,了",
        "4,……,？？,2019/1/1,0",
        f"{'9' * 101},灯,灯不亮,2019/1/1,0",
    ]
    file = table(tmp_path, HEAD, *rows)
    assert "读到 5 行：登记 1 件，以前已经导入的 0 行，有问题的 4 行" in run(file, cast)
    assert Report.objects.get().text == "<script>alert(1)</script>\n灯不亮"
    assert ["字" in row["原因"] for row in errors(file)] == [True, False, False, True]


@pytest.mark.parametrize("phone", ["138", "12345", "不知道"])
def test_a_telephone_that_reaches_nobody_is_an_error(cast: Cast, tmp_path: Path, phone: str) -> None:
    file = table(tmp_path, "内容,电话", f"灯不亮,{phone}")
    run(file, cast)
    assert "电话" in errors(file)[0]["原因"] and not Contact.objects.exists()


def test_the_corrected_file_of_errors_can_be_imported_itself(cast: Cast, tmp_path: Path) -> None:
    file = table(tmp_path, HEAD, GOOD, "8,灯,灯不亮,2099/2/28,0")
    run(file, cast)
    wrong = file.with_name(f"{file.name}.errors.csv")
    wrong.write_text(wrong.read_text("utf-8-sig").replace("2099", "2019"), "utf-8")
    assert "登记 1 件" in run(wrong, cast) and Matter.objects.count() == 2


def test_an_account_may_stand_behind_the_import(cast: Cast, tmp_path: Path) -> None:
    clerk = cast.people["clerk"]
    run(table(tmp_path, HEAD, GOOD), cast, username=clerk.username)
    assert Report.objects.get().taken_by == clerk.pk and set(Event.objects.values_list("actor_id", flat=True)) == {
        clerk.pk
    }
    with pytest.raises(CommandError, match="nobody"):
        run(table(tmp_path, HEAD, GOOD), cast, username="nobody")


def test_only_as_many_rows_as_asked_for(cast: Cast, tmp_path: Path) -> None:
    assert "读到 1 行" in run(table(tmp_path, HEAD, GOOD, GOOD.replace("7,", "8,")), cast, limit=1)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2019/2/28 11:25:05", datetime(2019, 2, 28, 3, 25, 5, tzinfo=UTC)),
        ("2019-02-28", datetime(2019, 2, 27, 16, tzinfo=UTC)),
        ("2019.2.28 9:05", datetime(2019, 2, 28, 1, 5, tzinfo=UTC)),
        ("20190228", datetime(2019, 2, 27, 16, tzinfo=UTC)),
        ("20190228112505", datetime(2019, 2, 28, 3, 25, 5, tzinfo=UTC)),
        ("2019-02-28T11:25:05.123Z", datetime(2019, 2, 28, 11, 25, 5, tzinfo=UTC)),
        ("2019-02-28 11:25:05+0000", datetime(2019, 2, 28, 11, 25, 5, tzinfo=UTC)),
        ("43524", datetime(2019, 2, 27, 16, tzinfo=UTC)),
        ("43524.5", datetime(2019, 2, 28, 4, tzinfo=UTC)),
        ("2019年2月28日 上午12点", datetime(2019, 2, 27, 16, tzinfo=UTC)),
        ("无", None),
    ],
)
def test_dates_are_read_as_offices_write_them(text: str, said: datetime | None) -> None:
    assert moment(text, NOW) == said


@pytest.mark.parametrize(
    "text", ["昨天", "2019-02-30", "2019/13/1", "2026-03-05", "1019-01-01", "99999", "2019-2-28 25:00"]
)
def test_a_date_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        moment(text, NOW)


def test_columns_can_be_named_by_hand() -> None:
    assert guess(["事", "时间", "备注"], {"事": "detail", "时间": "-"}) == {"事": "detail"}
    for given in ({"没有": "detail"}, {"事": "什么"}, {"事": "detail", "备注": "detail"}, {}):
        with pytest.raises(ValidationError):
            guess(["事", "备注"], given)


def test_a_place_or_a_file_that_is_not_there_is_said_in_words(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="999999"):
        call_command("import_concerns", str(table(tmp_path, HEAD, GOOD)), place="999999")
    with pytest.raises(CommandError, match="读不了"):
        run(tmp_path / "没有.csv", cast)
