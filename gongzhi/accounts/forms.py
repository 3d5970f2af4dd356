"""One form for each thing a person does; cleaning returns what the actions take. Nothing typed is lost on an error."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongzhi.accounts import actions, passwords, phones
from gongzhi.accounts.models import Account
from gongzhi.base.text import clean_text

TOO_LONG = _("写得太长了，最多 %(limit_value)s 个字，现在 %(show_value)s 个字。")
_PICK = {"required": _("请选一个。"), "invalid_choice": _("请从列出的里面选一个。")}
NO_NULLS = _("里面有看不见的字符，请删去重新输入。")


def words(label: Any, limit: int, *, missing: Any = None, **options: Any) -> forms.CharField:
    """A line of text with its limit; the sentences are ours."""
    errors = {
        "required": missing or _("这里还没有写。"),
        "max_length": TOO_LONG,
        "null_characters_not_allowed": NO_NULLS,
    }
    return forms.CharField(label=label, max_length=limit, error_messages=errors, **options)


def secret(label: Any, *, autocomplete: str, missing: Any = None, **options: Any) -> forms.CharField:
    """A password: taken as typed, spaces included, never sent back to the page."""
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return words(label, 1000, missing=missing or _("请输入密码。"), strip=False, widget=widget, **options)


def code(label: Any, **options: Any) -> forms.CharField:
    """A one-time code as read out or copied."""
    attrs = {"autocomplete": "one-time-code", "autocapitalize": "characters", "spellcheck": "false"}
    return words(label, 60, missing=_("请输入收到的码。"), widget=forms.TextInput(attrs=attrs), **options)


def day(label: Any, **options: Any) -> forms.DateField:
    """A day in Shanghai, picked or typed as 2026-11-24."""
    errors = {"required": _("请选一个日期。"), "invalid": _("日期不对，请写成 2026-11-24 这样。")}
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    formats = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日"]
    return forms.DateField(label=label, error_messages=errors, widget=widget, input_formats=formats, **options)


def clean_name(value: str) -> str:
    """A name on one line, without control or direction-turning signs. Raises ValidationError when nothing is left."""
    name = clean_text(value, limit=40, lines=False)
    if not name or not any(sign.isalpha() for sign in name) or any(sign in "<>{}[]\\|@#$%^&*=;" for sign in name):
        raise ValidationError(_("请写真实姓名，只用汉字或字母。"))
    return name


def clean_phone(value: str) -> str:
    """A number in its stored form; "" stays "". Raises ValidationError."""
    number = phones.normalise(value)
    if value.strip() and not number:
        raise ValidationError(_("电话号码不对：手机是 11 位数字，固定电话要带区号，例如 0813-8212345。"))
    return number


def phone_field(**options: Any) -> forms.CharField:
    """A telephone as people write it."""
    attrs = {"type": "tel", "inputmode": "tel", "autocomplete": "tel"}
    return words(_("手机号"), 40, missing=_("请写手机号。"), widget=forms.TextInput(attrs=attrs), **options)


class SignInForm(forms.Form):
    """Telephone or user name, and password."""

    identifier = words(
        _("手机号或用户名"),
        80,
        missing=_("请输入手机号或用户名。"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = secret(_("密码"), autocomplete="current-password")


class CodeForm(forms.Form):
    """The six digits of the second factor, or a recovery code."""

    code = code(_("动态口令"))


class RegisterForm(forms.Form):
    """A resident's own account: three fields, an optional community, and consent."""

    name = words(_("姓名"), 40, missing=_("请写您的姓名。"), widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = phone_field(help_text=_("用来登录。工作人员核实之前，别人看不到。"))
    password = secret(_("密码"), autocomplete="new-password", help_text=passwords.RULE)
    consent = forms.BooleanField(
        label=_("我已看过上面的说明，同意登记姓名和手机号；我已满 14 周岁，或者由监护人陪着办理。"),
        error_messages={"required": _("同意后才能注册；不注册也可以直接反映问题，用查询码跟进。")},
    )

    def clean_name(self) -> str:
        """See `clean_name`."""
        return clean_name(self.cleaned_data["name"])

    def clean_phone(self) -> str:
        """See `clean_phone`."""
        return clean_phone(self.cleaned_data["phone"])


class ForgottenForm(forms.Form):
    """A one-time code from staff and a new password."""

    identifier = words(
        _("手机号或用户名"),
        80,
        missing=_("请输入手机号或用户名。"),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    code = code(_("重置码"), help_text=_("工作人员给您的 16 位字母和数字，大小写都行。"))
    password = secret(_("新密码"), autocomplete="new-password", help_text=passwords.RULE)


class NewPasswordForm(forms.Form):
    """The password now and the new one."""

    current = secret(_("现在的密码"), autocomplete="current-password", missing=_("请输入现在的密码。"))
    password = secret(_("新密码"), autocomplete="new-password")


class PasswordForm(forms.Form):
    """The password once more, before something that matters."""

    current = secret(_("现在的密码"), autocomplete="current-password", missing=_("请输入现在的密码。"))


class PreferencesForm(forms.Form):
    """Language, large type, colours."""

    language = forms.ChoiceField(
        label=_("语言"), choices=Account.Language.choices, widget=forms.RadioSelect, error_messages=_PICK
    )
    large_type = forms.BooleanField(label=_("大字（看得更清楚）"), required=False)
    theme = forms.ChoiceField(
        label=_("配色"), choices=Account.Theme.choices, widget=forms.RadioSelect, error_messages=_PICK
    )


class StaffForm(forms.Form):
    """A staff account: name, perhaps a user name and a telephone."""

    name = words(_("姓名"), 40, missing=_("请写姓名。"))
    phone = phone_field(required=False, help_text=_("可以用来登录。填单位登记的号码，视为已核实。"))
    username = words(
        _("用户名"), 30, required=False, help_text=_("不填就用姓名的拼音。字母开头，3 到 30 个字母、数字。")
    )

    def clean_name(self) -> str:
        """See `clean_name`."""
        return clean_name(self.cleaned_data["name"])

    def clean_phone(self) -> str:
        """See `clean_phone`."""
        return clean_phone(self.cleaned_data["phone"])

    def clean_username(self) -> str:
        """Lower case; a letter first, so that no user name can be somebody's telephone number."""
        username: str = self.cleaned_data["username"].strip().lower()
        if username and not actions.USERNAME.fullmatch(username):
            raise ValidationError(_("用户名要以字母开头，3 到 30 个字母、数字或 . _ -。"))
        return username


class EditForm(forms.Form):
    """Name and telephone of an account; an empty telephone keeps the present one."""

    name = words(_("姓名"), 40, missing=_("请写姓名。"))
    phone = phone_field(required=False, help_text=_("要换号码才填；不填就不变。"))
    no_phone = forms.BooleanField(label=_("去掉现在的号码"), required=False)

    def clean_name(self) -> str:
        """See `clean_name`."""
        return clean_name(self.cleaned_data["name"])

    def clean_phone(self) -> str:
        """See `clean_phone`."""
        return clean_phone(self.cleaned_data["phone"])


class ReasonForm(forms.Form):
    """Why an account is locked or ended."""

    reason = words(_("原因"), 100, missing=_("请写一句原因，以后查得到。"))

    def clean_reason(self) -> str:
        """One clean line."""
        return _line(self.cleaned_data["reason"], 100, _("请写一句原因，以后查得到。"))


class FindPhoneForm(forms.Form):
    """The whole number a resident reads out."""

    phone = phone_field(help_text=_("请居民报完整的号码，只有完整号码才找得到。"))

    def clean_phone(self) -> str:
        """See `clean_phone`."""
        return clean_phone(self.cleaned_data["phone"])


class DutyForm(forms.Form):
    """The term of a duty and what stands on the door; the post and the place come from the step before."""

    starts = day(_("开始日"))
    ends = day(_("最后一日"), required=False, help_text=_("不知道就不填，结束时再登记。"))
    title = words(_("职务名称"), 40, required=False, help_text=_("例如：治理中心主任。不填就用岗位名称。"))
    is_public = forms.BooleanField(label=_("在公开页面写出姓名和办公电话"), required=False)
    public_phone = words(_("办公电话"), 30, required=False)
    office_hours = words(_("办公时间"), 100, required=False)

    def clean(self) -> dict[str, Any]:
        """Every line clean; the days in order."""
        data = self.cleaned_data
        for name, limit in (("title", 40), ("public_phone", 30), ("office_hours", 100)):
            data[name] = clean_text(data.get(name, ""), limit=limit, lines=False)
        if data.get("starts") and data.get("ends") and data["ends"] < data["starts"]:
            self.add_error("ends", ValidationError(_("最后一日不能早于开始日。")))
        if data.get("is_public") and not data["public_phone"]:
            self.add_error("public_phone", ValidationError(_("要公开，请写一个办公电话，不用个人手机。")))
        return data


class EndDutyForm(forms.Form):
    """When a duty ends: a last day, or at once."""

    when = forms.ChoiceField(
        label=_("什么时候结束"),
        choices=[("day", _("到某一天为止")), ("now", _("立即结束"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选什么时候结束。"), "invalid_choice": _("请从两个里面选一个。")},
    )
    ends = day(_("最后一日"), required=False)

    def clean(self) -> dict[str, Any]:
        """A last day is needed unless the duty ends at once."""
        data = self.cleaned_data
        if data.get("when") == "day" and not data.get("ends") and "ends" not in self.errors:
            self.add_error("ends", ValidationError(_("请选最后一日。")))
        return data


class DelegationForm(forms.Form):
    """Which duty, for which days, and why; the person comes from the step before."""

    duty = forms.ChoiceField(
        label=_("代办哪个岗位"),
        widget=forms.RadioSelect,
        required=False,
        error_messages={"invalid_choice": _("请从列出的岗位里选。")},
    )
    starts = day(_("开始日"), initial=timezone.localdate)
    ends = day(_("最后一日"))
    reason = words(_("事由"), 100, missing=_("请写一句事由，例如：外出培训。"))

    def __init__(self, *args: Any, duties: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["duty"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("全部岗位")), *duties]

    def clean_reason(self) -> str:
        """One clean line."""
        return _line(self.cleaned_data["reason"], 100, _("请写一句事由，例如：外出培训。"))


def _line(value: str, limit: int, missing: Any) -> str:
    line = clean_text(value, limit=limit, lines=False)
    if not line:
        raise ValidationError(missing)
    return line


def take_errors(form: forms.Form, errors: Any) -> None:
    """Put an action's refusals beside their fields, or at the top when the form has no such field."""
    for name, sentences in errors.items():
        for sentence in sentences:
            form.add_error(name if name in form.fields else None, sentence)
