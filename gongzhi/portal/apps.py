from importlib import import_module

from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "gongzhi.portal"
    label = "portal"
    verbose_name = "门户"

    def ready(self) -> None:
        """Bridges between families and practices are declared here; models can only be imported now."""
        import_module("gongzhi.cases.branches").register()
