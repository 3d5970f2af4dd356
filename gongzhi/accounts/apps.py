from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "gongzhi.accounts"
    label = "accounts"
    verbose_name = "账号与岗位"

    def ready(self) -> None:
        """The kernel asks accounts who holds a post; models can only be imported now."""
        import_module("gongzhi.accounts.holders").register()
