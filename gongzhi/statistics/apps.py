from importlib import import_module

from django.apps import AppConfig


class StatisticsConfig(AppConfig):
    name = "gongzhi.statistics"
    label = "statistics"
    verbose_name = "统计"

    def ready(self) -> None:
        """`verify` proves the rollups, reports go out by mail, public pages show the same rates; models can only be imported now."""
        import_module("gongzhi.statistics.proof").register()
        import_module("gongzhi.statistics.mail").register()
        import_module("gongzhi.cases.rates").register(import_module("gongzhi.statistics.figures").of_place)
