"""What staff fill in for people who call, come or are reported for."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.accounts import phones
from gongzhi.base.validators import parse_phone
from gongzhi.cases import special
from gongzhi.cases.models import Agreement, Category, SpecialRoute, Urgency
from gongzhi.kernel.forms import WordsField
from gongzhi.territory.models import Place

MOST_WORDS = 2000
MOST_REPRESENTATIVES = 5
"""Regulation on Petitioning 2022: a group sends at most five representatives."""


def endings() -> list[tuple[str, Any]]:
    """What becomes of it: handled, answered at once, or one of the six special routes."""
    handled = ("", gettext_lazy("登记，转社区办理"))
    return [handled, (SpecialRoute.CONSULT.value, gettext_lazy("咨询，当场答复了")), *special.choices()]


def own_phone(typed: str) -> str:
    """A number as it is stored; "" for nothing typed. Raises ValidationError for a mistake or a hotline."""
    found = parse_phone(typed) if typed.strip() else None
    if found is not None and found.kind == "service":
        raise ValidationError(_("这是服务热线，请写反映人自己的电话。"))
    return found.number if found else ""


def line(label: Any, limit: int, **options: Any) -> WordsField:
    """One line that may stay empty."""
    return WordsField(label=label, max_length=limit, lines=1, required=False, **options)


class TakingForm(forms.Form):
    """A concern as staff hear it; `place` cleans to a `Place` through `within`, set by the view."""

    name = line(gettext_lazy("称呼"), 40)
    place = forms.IntegerField(
        label=gettext_lazy("在哪里"), min_value=1, max_value=2**62,
        error_messages={"required": gettext_lazy("请选在哪里，知道大概位置就行。")},
    )  # fmt: skip
    place_note = line(gettext_lazy("具体位置"), 100)
    text = WordsField(
        label=gettext_lazy("反映的事，照原话写"), max_length=MOST_WORDS, lines=4,
        error_messages={"required": gettext_lazy("请写一句话，说说怎么回事。")},
    )  # fmt: skip
    category = forms.ModelChoiceField(
        label=gettext_lazy("类别"), queryset=Category.objects.none(), required=False,
        empty_label=gettext_lazy("按说的话提示，分流时再定"),
    )  # fmt: skip
    ending = forms.ChoiceField(label=gettext_lazy("去向"), choices=endings, required=False)
    answer = WordsField(
        label=gettext_lazy("当场怎样答复、说明的"), max_length=1000, lines=3, required=False,
        help_text=gettext_lazy("特殊去向不写就用标准说明。"),
    )  # fmt: skip

    def __init__(self, *args: Any, within: Any = None, **kwargs: Any) -> None:
        self.within = within
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = Category.objects.filter(is_active=True)  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        """At least one word."""
        text: str = self.cleaned_data["text"]
        if not any(sign.isalnum() for sign in text):
            raise ValidationError(_("请用文字说一句，怎么回事。"))
        return text

    def clean_place(self) -> Place:
        """A place where the person's duty is."""
        found: Place | None = self.within(self.cleaned_data["place"])
        if found is None:
            raise ValidationError(_("这个地方不归您登记，请另选。"))
        return found

    def clean(self) -> dict[str, Any]:
        """An answer at once has words; a special route at least the standard ones."""
        cleaned = super().clean() or self.cleaned_data
        ending, place = cleaned.get("ending"), cleaned.get("place")
        if ending == SpecialRoute.CONSULT and not cleaned.get("answer") and "answer" not in self.errors:
            self.add_error("answer", _("当场答复了什么，请写一句，以后再问好对得上。"))
        if ending and ending != SpecialRoute.CONSULT and place is not None and not cleaned.get("answer"):
            cleaned["answer"] = special.words(ending, place.path)
        return cleaned


class HotlineForm(TakingForm):
    """A call: whole number or the last four digits with the caller chosen, urgency, a call back."""

    phone = forms.CharField(
        label=gettext_lazy("来电号码，或后四位"), max_length=30, required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )  # fmt: skip
    caller = forms.UUIDField(required=False)
    urgency = forms.ChoiceField(
        label=gettext_lazy("缓急"), choices=[("", gettext_lazy("按类别")), *Urgency.choices[:3]], required=False
    )
    join = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    callback = forms.ChoiceField(label=gettext_lazy("答应回电"), required=False)

    def __init__(self, *args: Any, windows: Any = (), number: str = "", **kwargs: Any) -> None:
        self.number = number
        super().__init__(*args, **kwargs)
        choices = [("", _("不用回电")), *((window.code, window.label) for window in windows)]
        self.fields["callback"].choices = choices  # type: ignore[attr-defined]

    def clean_phone(self) -> str:
        """Whole, or that of the caller chosen."""
        return self.number or own_phone(self.cleaned_data["phone"])

    def clean(self) -> dict[str, Any]:
        """A call back needs a number; who joins others is answered with them."""
        cleaned = super().clean()
        if cleaned.get("callback") and not cleaned.get("phone") and "phone" not in self.errors:
            self.add_error("phone", _("要回电，请记下号码。"))
        if cleaned.get("join") and cleaned.get("ending"):
            self.add_error("ending", _("并入别人反映的同一件事，就和大家一起办，不另外答复。"))
        return cleaned


class AgreementForm(forms.Form):
    """How the person agreed to be reported for."""

    consent_way = forms.ChoiceField(
        label=gettext_lazy("本人怎样同意的"), choices=Agreement.Way.choices, required=False,
        initial=Agreement.Way.SPOKEN,
    )  # fmt: skip
    consent_at = forms.DateTimeField(
        label=gettext_lazy("什么时候同意的"), required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
    )  # fmt: skip
    consent = line(gettext_lazy("同意的情况"), 100)

    def clean_consent_at(self) -> datetime | None:
        """Not in the future."""
        at: datetime | None = self.cleaned_data["consent_at"]
        if at is not None and at > timezone.now():
            raise ValidationError(_("同意的时间不能在现在以后。"))
        return at


class CounterForm(TakingForm):
    """A visit to the office: the fields of 群众来访接待登记表 (DOMAIN.md 3)."""

    GENDERS = [("", gettext_lazy("没有登记")), ("女", gettext_lazy("女")), ("男", gettext_lazy("男"))]

    phone = forms.CharField(
        label=gettext_lazy("电话"), max_length=30, required=False, widget=forms.TextInput(attrs={"inputmode": "tel"})
    )
    gender = forms.ChoiceField(label=gettext_lazy("性别"), choices=GENDERS, required=False)
    age = forms.IntegerField(label=gettext_lazy("年龄"), min_value=1, max_value=120, required=False)
    address = line(gettext_lazy("住址或单位"), 100)
    met_at = forms.DateTimeField(
        label=gettext_lazy("来访时间"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
    )  # fmt: skip
    met_where = line(gettext_lazy("接待地点"), 60)
    people = forms.IntegerField(label=gettext_lazy("来了几个人"), min_value=1, max_value=500, initial=1)
    representatives = WordsField(
        label=gettext_lazy("来访代表（一行一位：姓名 电话）"), max_length=400, lines=3, required=False,
        help_text=gettext_lazy("多人来访推选代表，最多 5 人。上面写的那位不用再写。"),
    )  # fmt: skip
    receiver_post = line(gettext_lazy("接待人职务"), 40)
    opinion = WordsField(label=gettext_lazy("处理意见"), max_length=500, lines=2, required=False)
    result = WordsField(label=gettext_lazy("结果"), max_length=500, lines=2, required=False)
    note = line(gettext_lazy("备注"), 200)

    def clean_phone(self) -> str:
        """The number as it is stored."""
        return own_phone(self.cleaned_data["phone"])

    def clean_met_at(self) -> datetime:
        """Not in the future."""
        at: datetime = self.cleaned_data["met_at"]
        if at > timezone.now():
            raise ValidationError(_("来访时间不能在现在以后。"))
        return at

    def clean_representatives(self) -> list[tuple[str, str]]:
        """(name, telephone) of each; the telephone may be missing."""
        rows = [row.split() for row in self.cleaned_data["representatives"].splitlines() if row.strip()]
        if len(rows) >= MOST_REPRESENTATIVES:
            raise ValidationError(_("来访代表连同上面那位最多 5 人（《信访工作条例》）。"))
        return [_representative(row) for row in rows]

    def clean(self) -> dict[str, Any]:
        """Several visitors, several representatives; never more of these than people who came."""
        cleaned = super().clean()
        if len(cleaned.get("representatives") or ()) + 1 > (cleaned.get("people") or 1):
            self.add_error("people", _("代表比来的人还多，请核对人数。"))
        return cleaned


def _representative(row: list[str]) -> tuple[str, str]:
    number = phones.normalise(row[-1])
    name = " ".join(row[:-1] if number else row)
    if not name or (not number and any(sign.isdigit() for sign in name)):
        raise ValidationError(_("“%(row)s”认不出来，请写成：姓名 电话。") % {"row": " ".join(row)[:30]})
    return name[:40], number
