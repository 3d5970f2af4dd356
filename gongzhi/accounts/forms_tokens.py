"""The form by which a person makes a token for a program."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from gongzhi.accounts import tokens
from gongzhi.accounts.forms import day, secret, words
from gongzhi.base.text import clean_text


class TokenForm(forms.Form):
    """What the token is for, what it may, until when; and once more who is asking."""

    label = words(
        _("用途"), 60, missing=_("请写一句用途，例如：与 12345 平台对接。"), help_text=_("例如：与 12345 平台对接。")
    )
    scopes = forms.MultipleChoiceField(
        label=_("能做什么"), choices=list(tokens.SCOPES.items()), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少选一项。"), "invalid_choice": _("请从列出的里面选。")},
    )  # fmt: skip
    last_day = day(_("最后一天"), help_text=_("最长一年；到期自动失效，可以再建。"))
    current = secret(_("现在的密码"), autocomplete="current-password", missing=_("请输入现在的密码。"))
    code = words(
        _("动态口令"), 60, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )  # fmt: skip

    def __init__(self, *args: Any, with_code: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if with_code:
            self.fields["code"].required = True
            self.fields["code"].error_messages["required"] = _("请输入动态口令。")
        else:
            del self.fields["code"]

    def clean_label(self) -> str:
        """One clean line."""
        return clean_text(self.cleaned_data["label"], limit=60, lines=False)
