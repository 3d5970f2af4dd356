"""`gongzhi check-routing`: every example kept with a routing rule, run through the rules in force."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from gongzhi.cases.routing import active, examples


class Command(BaseCommand):
    """Says which examples go wrong; fails when one does."""

    help = (
        "把派单规则的例子全部走一遍，走错的列出来 / Run the examples of the routing rules and list those that go wrong."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument("--all", action="store_true", help="走对的也列出来 / list the right ones too")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each; the sum at the end."""
        outcomes = examples.run(active(), examples.kept())
        wrong = [one for one in outcomes if not one.is_right]
        for one in outcomes if options["all"] else wrong:
            sign = "✓" if one.is_right else "✗"
            self.stdout.write(f"{sign} {one.case.rule.name} · {one.case.name}：{one.words}")
        if wrong:
            raise CommandError(
                f"{len(outcomes)} 个例子，{len(wrong)} 个走错 / {len(wrong)} of {len(outcomes)} examples go wrong"
            )
        self.stdout.write(f"{len(outcomes)} 个例子都走对了 / all {len(outcomes)} examples go right")
