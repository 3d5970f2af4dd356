"""`gongzhi seed-categories`: the categories and routing rules an installation begins with."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from gongzhi.cases.seeding import seed_categories, seed_routing
from gongzhi.territory.models import Kind, Place


class Command(BaseCommand):
    """Add what is missing; what is there, edited or not, stays."""

    help = (
        "补齐默认的诉求类别和派单规则，已有的不改。可以反复运行。"
        " / Add the missing default categories and routing rules; what is there stays."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument(
            "--categories-only", action="store_true", help="只补类别，不补派单规则 / categories only, no routing rules"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many were added."""
        categories = seed_categories()
        if options["categories_only"]:
            self.stdout.write(f"新增类别 {categories} 个 / {categories} categories added")
            return
        rules = seed_routing(Place.objects.living().filter(kind=Kind.DISTRICT))
        self.stdout.write(
            f"新增类别 {categories} 个，派单规则 {rules} 条 / {categories} categories and {rules} routing rules added"
        )
