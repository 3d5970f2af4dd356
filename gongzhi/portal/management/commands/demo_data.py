"""`gongzhi demo-data`: an invented community in eight real places of Zigong, with a year of concerns."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gongzhi.base.progress import track
from gongzhi.portal.demo.stages import NotEmpty, check_ours, is_complete, stages


class Command(BaseCommand):
    """Each stage only as far as it is missing; a run that was killed is repaired by the next."""

    help = (
        "写入演示数据：八个社区（村）、虚构的单位和人员、一年的诉求。已经写好的不再写。"
        " / Fill in demonstration data; what is there is left alone."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument(
            "--scale", choices=("small", "full"), default="full", help="small 供测试 / small is for tests"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Say what is made, or that everything is there."""
        scale = options["scale"]
        if is_complete(scale):
            self.stdout.write("演示数据已经齐了。 / The demonstration data is complete.")
            return
        try:
            check_ours(scale)
        except NotEmpty as error:
            raise CommandError(
                "数据库里已经有真实的账号，不能混入演示数据。请另用一个空的数据库。"
                " / Real accounts are here; demonstration data needs an empty database."
            ) from error
        todo = stages(scale)
        for stage in track(todo, "演示数据 / demo data", len(todo)):
            if not stage.is_done():
                stage.run()
        self.stdout.write("演示数据写好了。 / The demonstration data is ready.")
