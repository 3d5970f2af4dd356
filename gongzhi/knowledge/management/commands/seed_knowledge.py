"""`gongzhi seed-knowledge`: templates, answers, guides and questions to begin with."""

from typing import Any

from django.core.management.base import BaseCommand

from gongzhi.knowledge import topics
from gongzhi.knowledge.seeding import seed


class Command(BaseCommand):
    """Add what is missing; what is there, edited, retired or proposed, stays."""

    help = (
        "装入常用的答复模板、常见问题、办理指引和补充问题，已有的不改。可以反复运行。"
        " / Add templates, answers, guides and questions to begin with; what is there stays."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seed for the subjects this installation has."""
        added = seed(set(topics.names()))
        self.stdout.write(f"新增知识 {added} 条 / {added} entries added")
