"""Import organisations from a spreadsheet on the command line."""

from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from gongzhi.base.sheets import Table, read_table
from gongzhi.kernel.actor import SYSTEM
from gongzhi.organisations.importing import import_organisations
from gongzhi.territory.commandline import bar, error_table, say


class Command(BaseCommand):
    """`import_organisations FILE`: good rows come in, bad rows go to FILE.errors.csv with their reasons."""

    help = "导入组织名单（CSV 或 Excel）：名称、类别、统一社会信用代码、上级组织、所在地编码、服务地点编码、电话。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="名单文件")
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        table = self._table(file)
        with bar(_("导入组织"), table.total) as progress:
            report = import_organisations(table.rows, actor=SYSTEM, is_dry_run=options["dry_run"], progress=progress)
        say(self.stdout, report, is_dry_run=options["dry_run"])
        if report.bad:
            errors = file.with_name(f"{file.name}.errors.csv")
            errors.write_bytes(error_table(table.headers, report.bad))
            self.stdout.write(_("有问题的 %(count)s 行和原因写在 %(file)s，改好后可以直接再导入这个文件。") % {
                "count": len(report.bad), "file": errors,
            })  # fmt: skip

    def _table(self, file: Path) -> Table:
        try:
            return read_table(file)
        except (OSError, ValidationError) as problem:
            reason = " ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem)
            raise CommandError(_("读不了 %(file)s：%(reason)s") % {"file": file, "reason": reason}) from problem
