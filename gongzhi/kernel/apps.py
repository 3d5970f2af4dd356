"""The kernel starts by loading the declarations that settings name, and nothing else."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig
from django.conf import settings
from django.core import checks as django_checks

from gongzhi.base import health


class KernelConfig(AppConfig):
    name = "gongzhi.kernel"
    label = "kernel"
    verbose_name = "内核"

    def ready(self) -> None:
        """The only discovery there is: `settings.PRACTICES` and three module names."""
        import_module("gongzhi.kernel.tasks")
        django_checks.register(import_module("gongzhi.kernel.checks").check_procedures)
        health.register("partitions", import_module("gongzhi.kernel.verify").partition_trouble)
        for practice in settings.PRACTICES:
            for room in ("workflow", "panel", "tasks"):
                if find_spec(f"{practice}.{room}"):
                    import_module(f"{practice}.{room}")
