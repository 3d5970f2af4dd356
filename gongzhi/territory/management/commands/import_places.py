"""Import places from a spreadsheet on the command line."""

import datetime
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from gongzhi.base.sheets import Table, read_table
from gongzhi.kernel.actor import SYSTEM
from gongzhi.territory.commandline import bar, day, error_table, say
from gongzhi.territory.importing import import_places


class Command(BaseCommand):
    """`import_places FILE`: good rows come in, bad rows go to FILE.errors.csv with their reasons."""

    help = "导入地点名单（CSV 或 Excel）：编码、名称、级别、上级编码。可以反复运行，没有变化的不动。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="名单文件")
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")
        parser.add_argument(
            "--from", dest="valid_from", type=day, default=None, help="启用日期，如 2023-06-30；默认今天"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        valid_from: datetime.date | None = options["valid_from"]
        table = self._table(file)
        with bar(_("导入地点"), table.total) as progress:
            report = import_places(
                table.rows, actor=SYSTEM, is_dry_run=options["dry_run"], valid_from=valid_from, progress=progress
            )
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
