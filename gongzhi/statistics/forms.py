"""Forms of an exclusion and of the address of the figures."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongzhi.kernel.forms import ActionForm, WordsField
from gongzhi.statistics.models import Exclusion


class AskForm(ActionForm):
    """Why a matter is not to count in the assessment of a month."""

    month = forms.TypedChoiceField(label=_("从哪个月的考核里剔除"), coerce=date.fromisoformat)
    reason = forms.ChoiceField(label=_("原因"), choices=Exclusion.Reason.choices, widget=forms.RadioSelect)
    words = WordsField(
        label=_("说明"), max_length=500, min_length=10,
        error_messages={"min_length": _("请把情况写清楚，至少 10 个字。")},
        help_text=_("审批的人和看统计的人都会看到。不写居民姓名和电话。"),
    )  # fmt: skip

    def prepare(self) -> None:
        """The months in which the matter can have counted: from its registration on, at most a year back."""
        this = timezone.localdate().replace(day=1)
        matter = self.record.matter if self.record is not None else None
        begins = timezone.localtime(matter.created_at).date().replace(day=1) if matter else this
        found = [date(year, month, 1) for year in (this.year - 1, this.year) for month in range(1, 13)]
        shown = [(one.isoformat(), f"{one:%Y年%m月}") for one in reversed(found) if begins <= one <= this]
        self.fields["month"].choices = shown  # type: ignore[attr-defined]


class NoteForm(ActionForm):
    """An approval, perhaps with a remark."""

    answer = WordsField(label=_("审批意见"), max_length=300, required=False, lines=2)


class RefuseForm(ActionForm):
    """A refusal says why."""

    answer = WordsField(label=_("为什么不同意"), max_length=300, lines=2)


class AddressForm(forms.Form):
    """Where the monthly report goes by mail; empty: nowhere."""

    address = forms.EmailField(label=_("电子邮箱"), required=False, max_length=120)

    def clean_address(self) -> str:
        """One plain address."""
        address: str = self.cleaned_data["address"]
        if any(sign in address for sign in ",;\r\n"):
            raise ValidationError(_("请只写一个邮箱。"))
        return address


def month_of(typed: Any) -> date | None:
    """2026-10 as the first day of that month; None for anything else."""
    text = str(typed or "")
    try:
        year, month = int(text[:4]), int(text[5:7])
        return date(year, month, 1) if len(text) in (7, 10) and text[4] == "-" and 2000 <= year <= 2100 else None
    except ValueError:
        return None
