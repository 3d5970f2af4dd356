from django.apps import AppConfig


class PlainConfig(AppConfig):
    name = "bench.plain"
    label = "plain"

    def ready(self) -> None:
        """One client here sends what a city sends: the throttles count, but do not stop it."""
        from gongzhi.cases.views import visitor  # noqa: PLC0415 - models are only ready now

        visitor.LIMITS = dict.fromkeys(visitor.LIMITS, ((10**9, 600), (10**9, 3600)))
