from importlib import import_module

from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "gongzhi.cases"
    label = "cases"
    verbose_name = "诉求办理"

    def ready(self) -> None:
        """What concerns are about can be written about."""
        providers = import_module("gongzhi.knowledge.topics").PROVIDERS
        groups = import_module("gongzhi.cases.topics").groups
        if groups not in providers:
            providers.append(groups)
