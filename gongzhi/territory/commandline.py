"""What the import commands share: the bar, the date, the closing words."""

import argparse
import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gongzhi.base.sheets import write_csv
from gongzhi.territory.importing import Bad, Report

SHOWN = 20


class Writes(Protocol):
    """Something with `write`, such as a command's stdout."""

    def write(self, text: str) -> object:
        """Write a line."""


@contextmanager
def bar(label: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar on stderr, silent where nobody watches; gives a function that is told how many are done."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task(label, total=total)
        yield lambda done: progress.update(task, completed=done)


def day(text: str) -> datetime.date:
    """A date such as 2023-06-30 from the command line."""
    try:
        return datetime.date.fromisoformat(text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(_("日期要写成 2023-06-30 这样。")) from problem


def say(out: Writes, report: Report, *, is_dry_run: bool) -> None:
    """Tell what the import did, the first lines of each kind in full."""
    if is_dry_run:
        out.write(_("这是预演，什么都没有写入。"))
    out.write(report.summary())
    lines = [_("第 %(line)s 行跳过：%(why)s") % {"line": line, "why": why} for line, why in report.skipped]
    lines += [*report.changes[:SHOWN], *report.warnings[:SHOWN]]
    lines += [
        _("第 %(line)s 行没有导入：%(why)s") % {"line": bad.line, "why": bad.reason} for bad in report.bad[:SHOWN]
    ]
    for line in lines:
        out.write(line)


def error_table(headers: list[str], bad: list[Bad]) -> bytes:
    """The bad rows as they were, with line and reason behind: correct it and import the same file again."""
    kept = [name for name in headers if name not in ("行号", "原因")]
    rows = [[*(item.cells.get(name, "") for name in kept), item.line, item.reason] for item in bad]
    return write_csv([*kept, "行号", "原因"], rows)
