"""`gongzhi workflow-docs`: write docs/workflows from the declarations, or check that it is up to date."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gongzhi.kernel.procedure import all_procedures
from gongzhi.kernel.workflow_docs import page


class Command(BaseCommand):
    help = "由声明生成 docs/workflows / write docs/workflows from the declarations (--check: only compare)"

    def add_arguments(self, parser: CommandParser) -> None:
        """`--check` compares and fails instead of writing."""
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """One Markdown page per procedure."""
        folder = Path(settings.PROJECT_DIR) / "docs" / "workflows"
        pages = {folder / f"{procedure.name}.md": page(procedure) for procedure in all_procedures()}
        stale = [path for path, text in pages.items() if not path.exists() or path.read_text("utf-8") != text]
        stale += [path for path in sorted(folder.glob("*.md")) if path not in pages]
        if options["check"]:
            if stale:
                raise CommandError("过期，请运行 gongzhi workflow-docs: " + ", ".join(path.name for path in stale))
            return
        folder.mkdir(parents=True, exist_ok=True)
        for path in stale:
            if path in pages:
                path.write_text(pages[path], "utf-8")
            else:
                path.unlink()
        self.stdout.write(f"{len(pages)} pages, {len(stale)} written")
