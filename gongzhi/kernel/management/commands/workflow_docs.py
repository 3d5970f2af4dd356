"""`gongzhi workflow-docs`: write docs/workflows and the list of released names, or check that they are up to date."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from gongzhi.kernel.checks import RELEASED, names
from gongzhi.kernel.procedure import all_procedures
from gongzhi.kernel.workflow_docs import page


class Command(BaseCommand):
    help = (
        "由声明生成 docs/workflows 和已发布名称表 / write docs/workflows and the released names (--check: only compare)"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """`--check` compares and fails instead of writing."""
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """One Markdown page per procedure; a page without procedure is removed."""
        folder = Path(settings.PROJECT_DIR) / "docs" / "workflows"
        with translation.override("zh-hans"):
            wanted = {folder / f"{procedure.name}.md": page(procedure) for procedure in all_procedures()}
        released = {procedure.name: names(procedure) for procedure in all_procedures()}
        wanted[RELEASED] = json.dumps(released, indent=1, sort_keys=True) + "\n"
        orphans = [path for path in sorted(folder.glob("*.md")) if path not in wanted]
        stale = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
        if options["check"] and stale + orphans:
            found = ", ".join(path.name for path in stale + orphans)
            raise CommandError(f"过期，请运行 gongzhi workflow-docs / run gongzhi workflow-docs: {found}")
        if not options["check"]:
            self._write(folder, wanted, stale, orphans)

    def _write(self, folder: Path, wanted: dict[Path, str], stale: list[Path], orphans: list[Path]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for path in stale:
            path.write_text(wanted[path], "utf-8")
        for path in orphans:
            path.unlink()
        self.stdout.write(f"{len(wanted)} files, {len(stale)} written, {len(orphans)} removed")
