"""`gongzhi verify`: prove chains, counting, anchors, work list and references."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gongzhi.kernel import verify


class Command(BaseCommand):
    help = "核对事件链、顺序号、每日锚、待办清单和引用 / prove chains, sequence numbers, anchors, work list, references"

    def handle(self, *args: Any, **options: Any) -> None:
        """Exit status 0 when everything holds, 1 with one line per finding."""
        found = 0
        for found, finding in enumerate(verify.run(), start=1):  # noqa: B007
            self.stdout.write(f"{finding.check}: {finding.what}")
        if found:
            raise CommandError(f"发现 {found} 处不一致 / {found} findings")
        self.stdout.write("全部核对无误 / everything holds")
