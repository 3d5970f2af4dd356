from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "gongzhi.base"
    label = "base"
    verbose_name = "基础"
