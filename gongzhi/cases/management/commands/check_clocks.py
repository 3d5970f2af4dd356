"""Compute every clock of the open matters again and say what is stored otherwise."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gongzhi.cases.clocks import differences
from gongzhi.cases.listing import shown_at
from gongzhi.cases.recomputing import apply
from gongzhi.kernel.actor import SYSTEM
from gongzhi.kernel.clock import current, forget


class Command(BaseCommand):
    """`gongzhi check-clocks [--apply --reason WORDS]`: exit code 1 when something differs and nothing was applied."""

    help = "按事件、受理时的规定和现在的日历重算期限，列出不同 | Compute due times again and list what differs"

    def add_arguments(self, parser: CommandParser) -> None:
        """Without `--apply` nothing is changed."""
        parser.add_argument("--apply", action="store_true", help="把不同的改成重算的 | Set what differs")
        parser.add_argument("--reason", default="", help="为什么重算（写进每件事的经过） | Why, kept with each matter")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each difference."""
        if options["apply"] and not options["reason"].strip():
            raise CommandError("请用 --reason 写明为什么重算 | Say why with --reason")
        forget()
        found = list(differences(current()))
        for one in found:
            stored, computed = shown_at(one.stored) or "—", shown_at(one.computed) or "—"
            self.stdout.write(f"{one.matter.number} {one.what} {stored} → {computed} {one.matter.title}")
        if not options["apply"]:
            self.stdout.write(f"{len(found)} 处不同 | {len(found)} differences")
            if found:
                raise SystemExit(1)
            return
        done = apply([one.matter.pk for one in found], options["reason"].strip(), actor=SYSTEM)
        self.stdout.write(f"{done} 件已重算 | {done} matters recomputed")
