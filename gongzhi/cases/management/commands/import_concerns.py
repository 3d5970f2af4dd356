"""Import concerns of another system from a table on the command line."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from gongzhi.accounts.actor import actor_of
from gongzhi.accounts.models import Account
from gongzhi.base.progress import track
from gongzhi.base.sheets import Table, read_table
from gongzhi.cases.importing import FIELDS, Outcome, Run, guess, import_concerns
from gongzhi.kernel.actor import SYSTEM, Actor
from gongzhi.territory.commandline import SHOWN, error_table
from gongzhi.territory.models import Kind, Place
from gongzhi.territory.rules import any_division_code


class Command(BaseCommand):
    """`import_concerns FILE --place CODE`: good rows come in, bad rows go to FILE.errors.csv with their reasons."""

    help = "导入别处登记的诉求（CSV 或 Excel）。列按表头认出并显示；可以先预演，可以重复运行，中断后再运行会接着做。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="表格文件")
        parser.add_argument("--place", required=True, metavar="编码", help="登记到哪里：社区（或街道、网格）的编码")
        parser.add_argument(
            "--map", nargs="+", default=[], metavar="列名=项", action="extend",
            help=f"指明某一列是什么：{'、'.join(FIELDS)}；写 列名=- 表示不要这一列",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")
        parser.add_argument("--limit", type=int, help="只做前几行")
        parser.add_argument("--as", dest="username", help="以谁的名义登记（登录名）；不写就记为系统")
        parser.add_argument("--errors", type=Path, help="有问题的行写到哪里；不写就在原文件旁边")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        table = self._table(file)
        run = Run(
            _place(options["place"]), self._columns(table, options["map"]), _actor(options["username"]), timezone.now()
        )
        rows, total = table.rows, table.total
        if options["limit"] is not None:
            total = max(0, min(total, options["limit"]))
            rows = islice(rows, total)
        outcome = import_concerns(track(rows, _("导入诉求"), total), run, is_dry_run=options["dry_run"])
        self._say(outcome, is_dry_run=options["dry_run"])
        if outcome.bad:
            self._write_errors(options["errors"] or file.with_name(f"{file.name}.errors.csv"), table, outcome)

    def _table(self, file: Path) -> Table:
        try:
            return read_table(file)
        except (OSError, ValidationError) as problem:
            raise CommandError(_("读不了 %(file)s：%(reason)s") % {"file": file, "reason": _why(problem)}) from problem

    def _columns(self, table: Table, pairs: Sequence[str]) -> dict[str, str]:
        try:
            columns = guess(table.headers, _given(pairs))
        except ValidationError as problem:
            raise CommandError(_why(problem)) from problem
        for column, name in columns.items():
            self.stdout.write(f"  {column} → {name}")
        if unused := [header for header in table.headers if header not in columns]:
            self.stdout.write(_("  不导入的列：%(columns)s") % {"columns": "、".join(unused)})
        return columns

    def _say(self, outcome: Outcome, *, is_dry_run: bool) -> None:
        if is_dry_run:
            self.stdout.write(_("这是预演，什么都没有写入。"))
        self.stdout.write(outcome.summary())
        if outcome.placed:
            kinds = "，".join(f"{Kind(kind).label} {count}" for kind, count in outcome.placed.most_common())
            self.stdout.write(_("地点：%(kinds)s。") % {"kinds": kinds})
            with_category = sum(count for name, count in outcome.categories.items() if name)
            self.stdout.write(_("能提示类别的 %(count)d 件，其余分流时再选。") % {"count": with_category})
        for name, count in outcome.unknown_categories.most_common(SHOWN):
            self.stdout.write(
                _("没有“%(name)s”这个类别（%(count)d 行），按内容提示。") % {"name": name, "count": count}
            )
        for bad in outcome.bad[:SHOWN]:
            self.stdout.write(_("第 %(line)s 行没有导入：%(why)s") % {"line": bad.line, "why": bad.reason})

    def _write_errors(self, file: Path, table: Table, outcome: Outcome) -> None:
        try:
            file.write_bytes(error_table(table.headers, outcome.bad))
        except OSError as problem:
            raise CommandError(
                _("好的行已经处理，但有问题的行写不到 %(file)s：%(reason)s。请用 --errors 另选一个地方再运行。")
                % {"file": file, "reason": problem.strerror}
            ) from problem
        self.stdout.write(_("有问题的 %(count)s 行和原因写在 %(file)s，改好后可以直接再导入这个文件。") % {
            "count": len(outcome.bad), "file": file,
        })  # fmt: skip


def _why(problem: OSError | ValidationError) -> str:
    return " ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem.strerror or problem)


def _given(pairs: Sequence[str]) -> dict[str, str]:
    given = {}
    for pair in pairs:
        column, sign, name = pair.rpartition("=")
        if not sign:
            raise CommandError(_("“%(pair)s”要写成 列名=项。") % {"pair": pair})
        given[column.strip()] = name.strip()
    return given


def _place(code: str) -> Place:
    found = Place.objects.filter(code=any_division_code(code), valid_to=None).first()
    if found is None:
        raise CommandError(_("没有编码是 %(code)s 的地点。") % {"code": code})
    return found


def _actor(username: str | None) -> Actor:
    if not username:
        return SYSTEM
    account = Account.objects.filter(username=username.strip().lower()).first()
    actor = actor_of(account, timezone.localdate())
    if actor.account_id is None:
        raise CommandError(_("没有登录名是 %(name)s 的账号，或者它已经停用。") % {"name": username})
    return actor
