"""`gongzhi check-files`: every file the database names is there."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gongzhi.base.models import StoredFile


class Command(BaseCommand):
    help = "核对数据库里的每个文件都在 / see that every file the database names is there"

    def add_arguments(self, parser: CommandParser) -> None:
        """Where to look: the installation's own files, or those of a backup."""
        parser.add_argument("--folder", type=Path, default=Path(settings.MEDIA_ROOT), help="文件夹 | folder")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        """Exit status 0 when none is missing, 1 with one line per missing file."""
        found = missing = 0
        for paths in StoredFile.objects.order_by("pk").values_list("path", "thumbnail_path").iterator():
            for path in filter(None, paths):
                found += 1
                if not (folder / path).exists():
                    missing += 1
                    self.stdout.write(f"缺文件 / missing: {path}")
        if missing:
            raise CommandError(f"{found} 个文件缺 {missing} 个 / {missing} of {found} files are missing")
        self.stdout.write(f"{found} 个文件都在 / all {found} files are there")
