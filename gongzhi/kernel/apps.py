from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "gongzhi.kernel"
    label = "kernel"
    verbose_name = "内核"
