"""Import grids with their boundaries on the command line."""

import json
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from gongzhi.kernel.actor import SYSTEM
from gongzhi.territory.commandline import bar, day, say
from gongzhi.territory.importing import Bad
from gongzhi.territory.importing_grids import Options, import_grids, read_features


class Command(BaseCommand):
    """`import_grids FILE.geojson`: good features come in, bad ones go to FILE.errors.geojson with their reasons."""

    help = "导入网格边界（GeoJSON，属性 code、name、parent_code、kind）。可以反复运行；重叠和空白只提醒，不拒收。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="GeoJSON 文件")
        parser.add_argument("--dry-run", action="store_true", help="只检查，不写入")
        parser.add_argument("--from", dest="at", type=day, default=None, help="边界启用日期，如 2023-06-30；默认今天")
        parser.add_argument("--source", default="", help="边界的来源，会显示在页面上")
        parser.add_argument("--invented", action="store_true", help="标明是演示用的边界，不是真实边界")

    def handle(self, *args: Any, **options: Any) -> None:
        file: Path = options["file"]
        features = self._features(file)
        how = Options(SYSTEM, options["at"], options["source"], options["invented"])
        with bar(_("导入边界"), len(features)) as progress:
            report = import_grids(features, how, is_dry_run=options["dry_run"], progress=progress)
        say(self.stdout, report, is_dry_run=options["dry_run"])
        if report.bad:
            errors = file.with_name(f"{file.name}.errors.geojson")
            errors.write_text(bad_features(features, report.bad), encoding="utf-8")
            self.stdout.write(_("有问题的 %(count)s 个图形和原因写在 %(file)s，改好后可以直接再导入这个文件。") % {
                "count": len(report.bad), "file": errors,
            })  # fmt: skip

    def _features(self, file: Path) -> list[Any]:
        try:
            return read_features(file.read_bytes())
        except (OSError, ValidationError) as problem:
            reason = " ".join(problem.messages) if isinstance(problem, ValidationError) else str(problem)
            raise CommandError(_("读不了 %(file)s：%(reason)s") % {"file": file, "reason": reason}) from problem


def bad_features(features: list[Any], bad: list[Bad]) -> str:
    """The features that did not come in, each with its number and reason among its properties."""
    kept = []
    for item in bad:
        feature = features[item.line - 1]
        whole = feature if isinstance(feature, dict) else {"type": "Feature", "geometry": None, "原文": feature}
        properties = whole.get("properties")
        noted = {**(properties if isinstance(properties, dict) else {}), "序号": item.line, "原因": item.reason}
        kept.append({**whole, "properties": noted})
    return json.dumps({"type": "FeatureCollection", "features": kept}, ensure_ascii=False, indent=1)
