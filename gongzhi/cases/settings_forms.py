"""What administrators fill in on the settings pages; cleaning gives what `settings_actions` takes."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongzhi.cases.models import Category, ProcedureChoice, TriageClass, Urgency
from gongzhi.cases.workflow import ROOM_365, ROOM_LIMIT_LABELS, ROOM_LIMITS, SIX_STEPS
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.forms import WordsField
from gongzhi.kernel.models import Limit
from gongzhi.territory.access import mine
from gongzhi.territory.models import DIVISIONS, Place

MOST_WORDS, LONGEST_WORD, MOST_TIME = 60, 20, 999
LAST_YEAR = 2099
SETTABLE = tuple(ROOM_LIMITS)
"""Every limit, the window in which a reporter may come back among them."""


class Many(WordsField):
    """Words parted by gaps or commas; each once."""

    def prepare_value(self, value: Any) -> Any:
        """Shown with gaps."""
        return " ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """A list of words."""
        words = list(dict.fromkeys(word for word in re.split(r"[\s,，、;；]+", str(super().clean(value))) if word))
        if len(words) > MOST_WORDS:
            raise ValidationError(_("最多 %(most)d 个词。"), params={"most": MOST_WORDS})
        for word in words:
            if not 2 <= len(word) <= LONGEST_WORD:
                raise ValidationError(
                    _("“%(word)s”要在 2 到 %(most)d 个字之间，太短的词会到处都对上。"),
                    params={"word": word[:30], "most": LONGEST_WORD},
                )
        return words


class PlaceSelect(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A place of the duty, set in by its depth."""

    def label_from_instance(self, obj: Any) -> str:
        """Name after as many gaps as there are places above."""
        return "\u3000" * max(0, len(obj.path_ids) - 1) + str(obj.name)


def active_field() -> forms.BooleanField:
    return forms.BooleanField(label=_("使用中"), required=False, initial=True)


def place_field(*, everywhere: bool) -> PlaceSelect:
    """Where a setting is in force."""
    return PlaceSelect(
        Place.objects.none(), label=_("在哪里有效"), required=not everywhere, empty_label=_("全部地方"),
        error_messages={"required": _("请选在哪里有效。"), "invalid_choice": _("这个地方不在您管的范围里，请另选。")},
    )  # fmt: skip


class SettingForm(forms.Form):
    """Common to all: what it looked like when the page was opened."""

    sign = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)

    def values(self) -> dict[str, Any]:
        """The cleaned fields without the sign."""
        return {name: value for name, value in self.cleaned_data.items() if name != "sign"}


class CategoryForm(SettingForm):
    """A category of concerns."""

    name = WordsField(label=_("名称"), max_length=40, lines=1)
    parent = forms.ModelChoiceField(
        Category.objects.none(), label=_("属于哪一组"), required=False, empty_label=_("自成一组（第一级）")
    )
    triage_class = forms.ChoiceField(label=_("通常属于"), choices=TriageClass.choices, widget=forms.RadioSelect)
    urgency = forms.ChoiceField(label=_("通常缓急"), choices=Urgency.choices, widget=forms.RadioSelect)
    words = Many(
        label=_("提示词"), required=False, max_length=1300, lines=3,
        help_text=_("反映人写到这些词，就提示这个类别。用空格或顿号分开。"),
    )  # fmt: skip
    guide = WordsField(
        label=_("办理提示"), required=False, max_length=1000, lines=3, help_text=_("分流时给社区干事看。")
    )
    needs_photos = forms.BooleanField(
        label=_("办结要有照片"), required=False, help_text=_("处理前、处理后各一张；拍不了的要写明情况。")
    )
    is_active = active_field()

    def __init__(self, *args: Any, row: Category, **options: Any) -> None:
        super().__init__(*args, **options)
        parent = self.fields["parent"]
        assert isinstance(parent, forms.ModelChoiceField)
        tops = Q(is_active=True) | Q(pk=row.parent_id)
        parent.queryset = Category.objects.filter(tops, parent=None).exclude(pk=row.pk)


class LimitForm(forms.Form):
    """A new time limit."""

    key = forms.ChoiceField(label=_("环节"), choices=[(key, ROOM_LIMIT_LABELS[key]) for key in SETTABLE])
    place = place_field(everywhere=False)
    category = forms.ModelChoiceField(
        Category.objects.none(),
        label=_("只对一个类别"),
        required=False,
        empty_label=_("所有类别"),
        to_field_name="code",
    )
    amount = forms.IntegerField(label=_("多长"), min_value=1, max_value=MOST_TIME)
    unit = forms.ChoiceField(label=_("单位"), choices=Limit.Unit.choices, widget=forms.RadioSelect)
    from_date = forms.DateField(
        label=_("从哪天起"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("这一天和以后进入这个环节的事按新的算；已经定下的期限不变。"),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, everywhere: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        offer_places(self, actor, everywhere)
        category = self.fields["category"]
        assert isinstance(category, forms.ModelChoiceField)
        category.queryset = Category.objects.filter(is_active=True).select_related("parent")
        self.fields["from_date"].initial = timezone.localdate()

    def clean_category(self) -> str:
        """Its code, "" for all."""
        chosen = self.cleaned_data["category"]
        return chosen.code if chosen else ""

    def clean_from_date(self) -> Any:
        """A day of this century."""
        day = self.cleaned_data["from_date"]
        if day.year > LAST_YEAR:
            raise ValidationError(_("请核对年份。"))
        return day

    def limit(self) -> Limit:
        """The row to add."""
        data = self.cleaned_data
        return Limit(
            key=data["key"], category=data["category"], amount=data["amount"], unit=data["unit"],
            from_date=data["from_date"],
        )  # fmt: skip


class ChoiceForm(forms.Form):
    """Which procedure new matters of a place follow."""

    procedure = forms.ChoiceField(
        label=_("按哪套程序办"), widget=forms.RadioSelect,
        choices=[(one.name, _("%(label)s：%(steps)s") % {"label": one.label, "steps": "→".join(map(str, one.steps))})
                 for one in (SIX_STEPS, ROOM_365)],
    )  # fmt: skip
    place = place_field(everywhere=False)
    from_date = forms.DateField(
        label=_("从哪天起"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("这一天和以后收到的事按新程序办；已经在办的事按原来的程序办完。"),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, everywhere: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        offer_places(self, actor, everywhere)
        self.fields["from_date"].initial = timezone.localdate()

    clean_from_date = LimitForm.clean_from_date

    def choice(self) -> ProcedureChoice:
        """The row to add."""
        return ProcedureChoice(**self.cleaned_data)


class DayForm(forms.Form):
    """One day of the calendar."""

    is_workday = forms.TypedChoiceField(
        label=_("这一天"), choices=[("yes", _("上班")), ("no", _("放假"))], coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )  # fmt: skip
    note = WordsField(label=_("说明"), max_length=60, lines=1, required=False, help_text=_("如“国庆节调休”。"))


def offer_places(form: forms.Form, actor: Actor, everywhere: bool) -> None:
    """The divisions of the duty; “everywhere” only for whose duty reaches everywhere."""
    place = form.fields["place"]
    assert isinstance(place, PlaceSelect)
    place.required = not everywhere
    place.queryset = mine(actor).filter(kind__in=DIVISIONS, valid_to=None).order_by("path")
    place.empty_label = _("全部地方") if everywhere else _("请选")
