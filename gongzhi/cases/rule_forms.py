"""What administrators fill in about a routing rule: if … and … then, and the examples kept with it."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gongzhi.accounts.posts import POSTS
from gongzhi.cases.handlers import KINDS, PEOPLE
from gongzhi.cases.models import Category, Channel, RoutingCase, RoutingRule, TriageClass, Urgency
from gongzhi.cases.routing.matching import DAYS, HOURS
from gongzhi.cases.settings_forms import Many, PlaceSelect, SettingForm, active_field, offer_places, place_field
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.forms import WordsField
from gongzhi.organisations.models import Organisation, Serves
from gongzhi.territory.access import mine
from gongzhi.territory.models import Place

GROUPS = (
    (_("如果"), ("category", "place", "words", "words_none", "channels", "urgency")),
    (_("而且是这个时候"), ("from_time", "to_time", "hours", "weekdays", "from_date", "to_date")),
    (_("就"), ("triage_class", "target")),
    (_("这条规则"), ("name", "why", "is_active")),
)
TIMES = GROUPS[1][1]
PLAIN = (
    "name", "category", "place", "words", "words_none", "channels", "urgency", "weekdays", "from_date", "to_date",
    "from_time", "to_time", "hours", "why", "triage_class", "is_active",
)  # fmt: skip
"""Fields of the form that are fields of the rule as they stand."""


def _date(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def _time(label: Any, **more: Any) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, required=False, widget=widget, **more)


class RuleForm(SettingForm):
    """A routing rule: when, where to."""

    name = WordsField(label=_("规则名称"), max_length=60, lines=1)
    category = forms.ModelChoiceField(
        Category.objects.none(), label=_("类别是"), required=False, empty_label=_("什么类别都行"),
        help_text=_("选了第一级，就包括它下面的。"),
    )  # fmt: skip
    place = place_field(everywhere=False)
    words = Many(
        label=_("写到其中一个词"), required=False, max_length=1300, lines=2, help_text=_("不填就不看写了什么。")
    )
    words_none = Many(
        label=_("没有写到这些词"), required=False, max_length=1300, lines=2, help_text=_("写到任何一个，这条就不算。")
    )
    channels = forms.MultipleChoiceField(
        label=_("来源是"), required=False, choices=Channel.choices, widget=forms.CheckboxSelectMultiple,
        help_text=_("都不勾，就什么来源都行。"),
    )  # fmt: skip
    urgency = forms.ChoiceField(label=_("缓急是"), required=False, choices=[("", _("都行")), *Urgency.choices])
    from_time = _time(_("从几点起"), help_text=_("按反映的时间算。可以过半夜，如 22:00 到 6:00；凌晨算前一天的。"))
    to_time = _time(_("到几点止"))
    hours = forms.ChoiceField(
        label=_("上班还是下班时间"), required=False, choices=[("", _("都行")), *HOURS.items()],
        help_text=_("按工作日历和办公时间算，节假日算下班时间。"),
    )  # fmt: skip
    weekdays = forms.TypedMultipleChoiceField(
        label=_("星期几"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple,
        choices=[(number, f"星期{sign}") for number, sign in enumerate(DAYS, 1)],
    )  # fmt: skip
    from_date, to_date = _date(_("从哪天起")), _date(_("到哪天止"))
    triage_class = forms.ChoiceField(label=_("算"), choices=TriageClass.choices, widget=forms.RadioSelect)
    target = forms.ChoiceField(label=_("派给"), choices=())
    why = WordsField(
        label=_("为什么有这条规则"), required=False, max_length=200, lines=2,
        help_text=_("写下文件、会议或分工，以后的人看得懂。"),
    )  # fmt: skip
    is_active = active_field()
    reason = WordsField(label=_("有例子走错，为什么还是要这样改"), required=False, max_length=200, lines=2)

    def __init__(self, *args: Any, actor: Actor, everywhere: bool, row: RoutingRule, **options: Any) -> None:
        super().__init__(*args, **options)
        offer_places(self, actor, everywhere)
        category, target = self.fields["category"], self.fields["target"]
        assert isinstance(category, forms.ModelChoiceField) and isinstance(target, forms.ChoiceField)
        category.queryset = Category.objects.filter(Q(is_active=True) | Q(pk=row.category_id)).select_related("parent")
        target.choices = _targets(actor, everywhere, row)

    def clean(self) -> dict[str, Any]:
        """Spans in order; no word both wanted and unwanted."""
        cleaned = super().clean() or self.cleaned_data
        begins, ends = cleaned.get("from_date"), cleaned.get("to_date")
        if begins and ends and ends < begins:
            self.add_error("to_date", _("要在“从哪天起”之后。"))
        if cleaned.get("from_time") and cleaned.get("from_time") == cleaned.get("to_time"):
            self.add_error("to_time", _("起止时间一样，就没有一刻对得上。全天都算就两个都不填。"))
        if both := set(cleaned.get("words") or ()) & set(cleaned.get("words_none") or ()):
            said = _("“%(word)s”不能又要写到又不能写到。") % {"word": sorted(both)[0]}
            self.add_error("words_none", said)
        return cleaned

    def values(self) -> dict[str, Any]:
        """Fields of a `RoutingRule`."""
        kind, _sign, code = self.cleaned_data["target"].partition(":")
        found = {name: self.cleaned_data[name] for name in PLAIN}
        return found | {"organisation_id": int(code) if kind == "o" else None, "post": code if kind == "p" else ""}

    def groups(self) -> Iterator[tuple[Any, list[forms.BoundField], bool, bool]]:
        """Legend, fields, whether the group can be folded, whether it is open: times only where some are set."""
        for legend, names in GROUPS:
            fields = [self[name] for name in names]
            is_set = any(field.errors or field.value() for field in fields)
            yield legend, fields, names is TIMES, is_set


def initial_of(row: RoutingRule) -> dict[str, Any]:
    """What the form shows of a rule."""
    found = {name: getattr(row, name) for name in PLAIN}
    return found | {"category": row.category_id, "place": row.place_id, "target": target_of(row)}


def target_of(rule: RoutingRule) -> str:
    """The form's value for where a rule sends to."""
    return f"o:{rule.organisation_id}" if rule.organisation_id else f"p:{rule.post}" if rule.post else ""


def _targets(actor: Actor, everywhere: bool, row: RoutingRule) -> list[tuple[Any, Any]]:
    posts = [(f"p:{code}", POSTS[code].label) for code in POSTS if code in PEOPLE]
    places = mine(actor).values("pk")
    serving = Serves.objects.filter(valid_to=None, place__in=places).values("organisation")
    bodies = Organisation.objects.living().filter(kind__in=KINDS)
    if not everywhere:
        bodies = bodies.filter(Q(place__in=places) | Q(pk__in=serving) | Q(pk=row.organisation_id or 0))
    named = [(f"o:{body.pk}", str(body)) for body in bodies.order_by("pinyin", "pk")[:1000]]
    return [("", _("请选")), (_("单位"), named), (_("岗位：离得最近的"), posts)]


class ExampleForm(forms.Form):
    """An example of a rule: what somebody might write, where and when, and whether this rule takes it."""

    expects = forms.TypedChoiceField(
        label=_("这件事应该"), coerce=lambda value: value == "yes", widget=forms.RadioSelect, initial="yes",
        choices=[("yes", _("按这条规则走")), ("no", _("不按这条规则走"))],
    )  # fmt: skip
    text = WordsField(label=_("写到的话"), max_length=500, lines=3, required=False)
    category = forms.ModelChoiceField(Category.objects.none(), label=_("类别"), required=False, empty_label=_("没定"))
    place = PlaceSelect(
        Place.objects.none(), label=_("在哪里"), empty_label=_("请选"),
        error_messages={"required": _("请选在哪里。"), "invalid_choice": _("这个地方不在您管的范围里，请另选。")},
    )  # fmt: skip
    channel = forms.ChoiceField(label=_("来源"), choices=Channel.choices, initial=Channel.WEB)
    urgency = forms.ChoiceField(label=_("缓急"), choices=Urgency.choices, initial=Urgency.NORMAL)
    at = forms.DateTimeField(
        label=_("什么时候反映的"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    name = WordsField(label=_("给例子起个名"), max_length=60, lines=1, help_text=_("如“半夜大排档吵”。"))

    def __init__(self, *args: Any, actor: Actor, rule: RoutingRule, **options: Any) -> None:
        super().__init__(*args, **options)
        self.rule = rule
        offer_places(self, actor, False)
        category = self.fields["category"]
        assert isinstance(category, forms.ModelChoiceField)
        category.queryset = Category.objects.filter(is_active=True).select_related("parent")
        self.fields["at"].initial = timezone.localtime().replace(second=0, microsecond=0)

    def clean_at(self) -> Any:
        """A moment of this century."""
        moment = self.cleaned_data["at"]
        if not 2000 <= moment.year <= 2099:
            raise ValidationError(_("请核对年份。"))
        return moment

    def case(self) -> RoutingCase:
        """The example to keep."""
        return RoutingCase(rule=self.rule, **self.cleaned_data)
