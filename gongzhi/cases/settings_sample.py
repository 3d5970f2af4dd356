"""What administrators set about call-backs: the form of a share, its two changes, and its words."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gongzhi.cases import sampling, settings_actions
from gongzhi.cases.models import Category, SampleShare, SettingChange, Urgency
from gongzhi.cases.settings_forms import LAST_YEAR, offer_places, place_field
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.errors import NotValid


class SampleForm(forms.Form):
    """A new share of closed reports that are called back."""

    group = forms.ChoiceField(
        label=gettext_lazy("抽哪一类"), choices=SampleShare.Group.choices, widget=forms.RadioSelect
    )
    percent = forms.IntegerField(label=gettext_lazy("抽百分之几"), min_value=0, max_value=100)
    place = place_field(everywhere=False)
    category = forms.ModelChoiceField(
        Category.objects.none(),
        label=gettext_lazy("只对一个类别"),
        required=False,
        empty_label=gettext_lazy("所有类别"),
    )
    urgency = forms.ChoiceField(
        label=gettext_lazy("只对一种缓急"), choices=[("", gettext_lazy("不分缓急")), *Urgency.choices], required=False
    )
    from_date = forms.DateField(
        label=gettext_lazy("从哪天起"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("最早从明天起；这一天和以后办结的按新的抽。"),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, everywhere: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        offer_places(self, actor, everywhere)
        category = self.fields["category"]
        assert isinstance(category, forms.ModelChoiceField)
        category.queryset = Category.objects.filter(is_active=True).select_related("parent")
        self.fields["from_date"].initial = timezone.localdate() + timedelta(days=1)

    def clean_from_date(self) -> Any:
        """A day to come, of this century."""
        day = self.cleaned_data["from_date"]
        if not timezone.localdate() < day or day.year > LAST_YEAR:
            raise ValidationError(_("最早从明天起，已经办结的不重新抽。"))
        return day

    def share(self) -> SampleShare:
        """The row to add."""
        return SampleShare(**self.cleaned_data)


def picture_of_share(row: SampleShare) -> dict[str, Any]:
    """What the history keeps of a share, in words."""
    return {
        "group": str(row.get_group_display()), "percent": row.percent, "place": row.place.name if row.place else "",
        "category": row.category.name if row.category else "", "urgency": str(row.get_urgency_display()),
        "from_date": row.from_date.isoformat(),
    }  # fmt: skip


@transaction.atomic
def add_share(row: SampleShare, *, actor: Actor) -> SampleShare:
    """A new share from tomorrow or later; never one that redraws what is closed. Errors: NotPermitted, NotValid."""
    duty = settings_actions.duty_for(actor, row.place)
    if row.from_date <= timezone.localdate():
        raise NotValid({"from_date": [_("最早从明天起，已经办结的不重新抽。")]})
    row.made_by, row.made_at = actor.account_id, timezone.now()
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise NotValid({"from_date": [_("从这一天起已经有一条了。请另选一天，或先撤下那一条。")]}) from None
    settings_actions.note_change(
        actor, duty, SettingChange.Kind.SAMPLE, row.pk, str(row), row.place, {}, picture_of_share(row)
    )
    transaction.on_commit(sampling.forget)
    return row


@transaction.atomic
def withdraw_share(row: SampleShare, *, actor: Actor) -> None:
    """Take back a share that is not in force yet. Errors: NotPermitted, NotValid."""
    duty = settings_actions.duty_for(actor, row.place)
    held = (
        SampleShare.objects.select_related("place", "category")
        .select_for_update(of=("self",))
        .filter(pk=row.pk)
        .first()
    )
    if held is None:
        return
    if held.from_date <= timezone.localdate():
        raise NotValid({"__all__": [_("这一条已经生效，不能撤下。请新增一条从以后某天起替代它。")]})
    settings_actions.note_change(
        actor, duty, SettingChange.Kind.SAMPLE, held.pk, str(held), held.place, picture_of_share(held), {}
    )
    held.delete()
    transaction.on_commit(sampling.forget)
