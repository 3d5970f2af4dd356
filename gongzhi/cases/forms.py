"""Forms of the verbs of a matter, a report, a co-handling task and a supervision order."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongzhi.base.redact import point_out
from gongzhi.cases import handlers, special
from gongzhi.cases.models import Category, ServiceMode, TriageClass, Urgency
from gongzhi.kernel.forms import ActionForm, UuidsField, WordsField

FACES = [(5, _("很满意")), (4, _("满意")), (3, _("一般")), (2, _("不满意")), (1, _("很不满意"))]

ROUTES = special.choices()
"""The six special routes of the Beijing regulation on handling concerns, Art. 11: explained, never a silent refusal."""


class HandlerField(forms.ChoiceField):
    """A handler of `handlers`; cleaned value: `Handler` or None."""

    def __init__(self, **kwargs: Any) -> None:
        self.path = "/"
        super().__init__(**kwargs)

    def validate(self, value: Any) -> None:
        """Only whether something was chosen; `clean` looks who it is."""
        if self.required and not value:
            raise ValidationError(_("请选择派给谁。"))

    def clean(self, value: Any) -> Any:
        """The handler with its name; refuses who has no duty or does not serve here."""
        value = super().clean(value)
        if not value:
            return None
        named = handlers.parse(value)
        found = handlers.check(named, self.path) if named else None
        if found is None:
            raise ValidationError(_("选中的人或单位现在不负责这个地方，请另选。"))
        return found


class CodesField(forms.MultipleChoiceField):
    """Codes of several handlers; the form judges them."""

    def validate(self, value: Any) -> None:
        """Nothing to compare with: the choices are only filled when the form is shown."""


class ReasonForm(ActionForm):
    """A verb that needs a reason."""

    reason = WordsField(label=_("原因"), max_length=500)


class NoteForm(ActionForm):
    """A verb that may carry a note."""

    note = WordsField(label=_("说明"), max_length=500, required=False)


class DispatchForm(ActionForm):
    """Give a matter to a handler, perhaps with co-handlers."""

    handler = HandlerField(label=_("派给"))
    together = CodesField(label=_("协办单位"), required=False)
    note = WordsField(label=_("办理要求"), max_length=500, required=False)

    def prepare(self) -> None:
        """Remember where the matter is; the page fills the choices with `offer`."""
        field = self.fields["handler"]
        if self.record is not None and isinstance(field, HandlerField):
            field.path = self.record.place_path()

    def offer(self) -> None:
        """Put those who can be chosen into the form (two statements); not needed for judging it."""
        groups = handlers.offered(self.record.place_path())
        for name, choices in (("handler", [("", _("请选择")), *groups]), ("together", groups[1][1])):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = choices

    def clean_together(self) -> list[int]:
        """Ids of co-handling organisations, less the handler itself."""
        path = self.record.place_path()
        found = [handlers.check(named, path) for named in map(handlers.parse, self.cleaned_data["together"]) if named]
        lead = self.cleaned_data.get("handler")
        ids = [body.organisation_id for body in found if body and body.organisation_id]
        return [pk for pk in dict.fromkeys(ids) if not lead or pk != lead.organisation_id]


class TriageForm(DispatchForm):
    """Three-way triage with reason; may dispatch in the same step."""

    handler = HandlerField(label=_("派给"), required=False)
    triage_class = forms.ChoiceField(
        label=_("大事、小事还是私事"), choices=TriageClass.choices, widget=forms.RadioSelect
    )
    category = forms.ModelChoiceField(label=_("类别"), queryset=Category.objects.none())
    urgency = forms.ChoiceField(label=_("缓急"), choices=Urgency.choices)
    reason = WordsField(label=_("分流理由"), max_length=300, lines=2)
    is_public = forms.BooleanField(label=_("在社区页面公开"), required=False)
    public_title = WordsField(label=_("公开标题"), max_length=80, lines=1, required=False)

    field_order: tuple[str, ...] = ("triage_class", "category", "urgency", "reason", "handler", "together", "note")

    def prepare(self) -> None:
        """Every active category can be chosen; the handler may follow later."""
        super().prepare()
        self.fields["category"].queryset = Category.objects.filter(is_active=True)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """What goes public carries no personal data."""
        cleaned = super().clean() or self.cleaned_data
        point_out(self, "public_title", cleaned.get("public_title", ""))
        return cleaned


class AnalyseForm(TriageForm):
    """Triage in the 365 room, which also says in which of five ways it is served."""

    service_mode = forms.ChoiceField(label=_("服务方式"), choices=ServiceMode.choices, widget=forms.RadioSelect)

    field_order = ("triage_class", "category", "urgency", "service_mode", "reason", "handler", "together", "note")


class AssessForm(ActionForm):
    """The last look of the 365 room; figures are kept by themselves."""

    remark = WordsField(label=_("考核意见"), max_length=500, required=False)


class RedirectForm(DispatchForm):
    """Give a matter to somebody else, with a reason."""

    reason = WordsField(label=_("原因"), max_length=500)


class ProgressForm(ActionForm):
    """What was done so far."""

    text = WordsField(label=_("进展"), max_length=1000)
    is_public = forms.BooleanField(label=_("让反映人看到"), required=False)
    photos = UuidsField(label=_("照片"), required=False)

    def clean(self) -> dict[str, Any]:
        """What the reporter sees carries no personal data of others."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_public"):
            point_out(self, "text", cleaned.get("text", ""))
        return cleaned


class ExtensionForm(ReasonForm):
    """Ask for more time, before it is over."""

    days = forms.IntegerField(label=_("延长几个工作日"), min_value=1, max_value=60)


class AskForm(ActionForm):
    """Ask the reporter something."""

    question = WordsField(label=_("想问反映人什么"), max_length=500)


class DeclineForm(ActionForm):
    """Not to be handled here: one of six special routes, explained. Nothing written means the standard words."""

    route = forms.ChoiceField(label=_("属于哪种情况"), choices=special.choices, widget=forms.RadioSelect)
    answer = WordsField(
        label=_("向反映人说明，并告诉该找谁"), max_length=1000, lines=4, required=False,
        help_text=_("不写就用上面选的那一种的说明；写了以您写的为准。"),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """Never a silent refusal: there is always an explanation."""
        cleaned = super().clean() or self.cleaned_data
        path = self.record.place_path() if self.record is not None else "/"
        if cleaned.get("route") and "answer" not in self.errors and not cleaned.get("answer"):
            cleaned["answer"] = special.words(cleaned["route"], path)
        return cleaned


class AtOnceForm(ActionForm):
    """The answer in words."""

    answer = WordsField(label=_("怎样答复的"), max_length=1000, lines=4)


class ConsentForm(ReasonForm):
    """Consent is taken back: does the matter go on without the person's name?"""

    goes_on = forms.TypedChoiceField(
        label=_("这件事还办吗"), choices=[("yes", _("接着办，去掉姓名和电话")), ("no", _("不办了"))],
        widget=forms.RadioSelect, coerce=lambda value: value == "yes", empty_value=None,
    )  # fmt: skip


class PublishForm(ActionForm):
    """What the public page shows."""

    is_public = forms.BooleanField(label=_("在社区页面公开"), required=False)
    public_title = WordsField(label=_("公开标题"), max_length=80, lines=1, required=False)

    def clean(self) -> dict[str, Any]:
        """A public matter has a title without personal data."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("is_public") and not cleaned.get("public_title"):
            self.add_error("public_title", _("公开时要写一个公开标题。"))
        point_out(self, "public_title", cleaned.get("public_title", ""))
        return cleaned


class OrderForm(ActionForm):
    """A supervision order: what is asked and within how many working days."""

    asked = WordsField(label=_("督办要求"), max_length=1000)
    days = forms.IntegerField(label=_("几个工作日内回复"), min_value=1, max_value=30, initial=2)


class ReplyForm(ActionForm):
    """A reply, perhaps with photos."""

    reply = WordsField(label=_("回复"), max_length=2000, lines=4)
    photos = UuidsField(label=_("照片"), required=False)


class AddForm(ActionForm):
    """What the reporter adds."""

    text = WordsField(label=_("补充说明"), max_length=2000)
    photos = UuidsField(label=_("照片"), required=False)


class RelocateForm(ReasonForm):
    """Correct where a matter is."""

    place = forms.IntegerField(label=_("地点"), min_value=1)
    place_note = WordsField(label=_("具体位置"), max_length=100, lines=1, required=False)


class MergeForm(ReasonForm):
    """Merge into another matter, named by its id."""

    into = forms.IntegerField(label=_("并入哪一件"), min_value=1)
