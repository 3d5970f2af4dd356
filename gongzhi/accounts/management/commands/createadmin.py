"""`gongzhi createadmin`: the first administrator of an installation, without a question asked."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from gongzhi.accounts import actions, duties, forms, posts
from gongzhi.kernel.errors import Refused
from gongzhi.territory.models import Place


class Command(BaseCommand):
    """Create an administrator and print a one-time password."""

    help = (
        "建一个管理员账号，打印一次性密码（首次登录必须更换）。"
        " / Create an administrator and print a one-time password, to be changed at the first sign-in."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Options of the command."""
        parser.add_argument("--username", required=True, help="用户名，字母开头 / user name, begins with a letter")
        parser.add_argument("--name", required=True, help="姓名 / full name")
        parser.add_argument("--phone", default="", help="手机号，可用来登录 / telephone, may be used to sign in")
        parser.add_argument(
            "--place",
            default="",
            help="市或区县的编码，不写就用最上级 / code of a city or district; the top place when left out",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """All or nothing; a mistake ends with a sentence."""
        form = forms.StaffForm({name: options[name] for name in ("username", "name", "phone")})
        if not form.is_valid():
            raise CommandError("；".join(str(error) for errors in form.errors.values() for error in errors))
        place = _place(options["place"])
        try:
            with transaction.atomic():
                made = actions.create_staff(by=None, place=place, **form.cleaned_data)
                duties.add_duty(made.account, posts.ADMINISTRATOR, place, duties.Term(timezone.localdate()), by=None)
        except (Refused, ValidationError) as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"管理员 administrator: {made.account.username} · {place.name}\n"
            f"一次性密码 one-time password: {made.password}"
        )


def _place(code: str) -> Place:
    places = Place.objects.living().filter(kind__in=posts.post(posts.ADMINISTRATOR).levels).order_by("path")
    found = (places.filter(code__in=[code, code.ljust(12, "0")]) if code else places).first()
    if found is None:
        raise CommandError(
            "没有这个市或区县；先用 import-places 导入区划。"
            " / There is no such city or district; import the places first (import-places)."
        )
    return found
