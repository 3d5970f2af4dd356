"""`gongzhi api-docs`: write docs/openapi.json, or check that it is up to date."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from gongzhi.portal import api


class Command(BaseCommand):
    help = "由声明生成 docs/openapi.json / write docs/openapi.json (--check: only compare)"

    def add_arguments(self, parser: CommandParser) -> None:
        """`--check` compares and fails instead of writing."""
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        """One file, in Chinese."""
        path = Path(settings.PROJECT_DIR) / "docs" / "openapi.json"
        text = json.dumps(api.description("zh-hans"), ensure_ascii=False, indent=1) + "\n"
        is_fresh = path.exists() and path.read_text("utf-8") == text
        if options["check"] and not is_fresh:
            raise CommandError("docs/openapi.json 过期，请运行 gongzhi api-docs / run gongzhi api-docs")
        if not options["check"] and not is_fresh:
            path.write_text(text, "utf-8")
