from django.apps import AppConfig


class ToyConfig(AppConfig):
    name = "gongzhi.kernel.tests.toy"
    label = "toy"
