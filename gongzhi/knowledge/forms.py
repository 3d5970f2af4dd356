"""What is filled in for each kind of entry; cleaning gives what `actions` takes."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from gongzhi.base.redact import PERSONAL
from gongzhi.base.text import find_personal_data
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.forms import WordsField
from gongzhi.knowledge import placeholders, topics
from gongzhi.knowledge.models import AnswerTemplate, Entry, ExtraQuestion
from gongzhi.organisations.models import Organisation
from gongzhi.territory.access import mine
from gongzhi.territory.models import DIVISIONS, Place

MOST_WORDS, LONGEST_WORD = 30, 20
MOST_CHOICES, LONGEST_CHOICE = 12, 60


class Lines(WordsField):
    """Several short texts, one a line or parted by gaps and commas; each once."""

    def __init__(self, *, gap: str, most: int, longest: int, **options: Any) -> None:
        self.gap, self.most, self.longest = gap, most, longest
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """Shown as they are typed."""
        return ("\n" if self.gap == "\n" else " ").join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """A list of texts."""
        parts = str(super().clean(value)).split("\n") if self.gap == "\n" else re.split(self.gap, super().clean(value))
        found = list(dict.fromkeys(part.strip() for part in parts if part.strip()))
        if len(found) > self.most:
            raise ValidationError(_("最多 %(most)d 个。"), params={"most": self.most})
        for part in found:
            if len(part) > self.longest:
                raise ValidationError(
                    _("“%(part)s”太长，最多 %(most)d 个字。"), params={"part": part, "most": self.longest}
                )
        return found


class PlaceSelect(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A place of the duty, set in by its depth."""

    def label_from_instance(self, obj: Any) -> str:
        """Name after as many gaps as there are places above."""
        return "\u3000" * max(0, len(obj.path_ids) - 1) + str(obj.name)


class EntryForm(forms.Form):
    """Common to all: the subject, the place, and how the entry looked when the page was opened."""

    sign = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)
    topic = forms.ChoiceField(label=_("关于"), required=False, choices=())
    place = PlaceSelect(
        Place.objects.none(), label=_("在哪里有效"), required=False, empty_label=_("全部地方"),
        error_messages={"invalid_choice": _("这个地方不在您管的范围里，请另选。")},
    )  # fmt: skip

    def __init__(self, *args: Any, places: Any, everywhere: bool, row: Entry, **options: Any) -> None:
        super().__init__(*args, **options)
        topic, place = self.fields["topic"], self.fields["place"]
        assert isinstance(topic, forms.ChoiceField) and isinstance(place, forms.ModelChoiceField)
        known = topics.names()
        topic.choices = topics.choices() + (
            [(row.topic, row.topic)] if row.pk and row.topic not in ("", *known) else []
        )
        place.queryset = places
        place.required = not everywhere
        place.error_messages["required"] = _("请选在哪里有效。")

    def values(self) -> dict[str, Any]:
        """The cleaned fields without the sign."""
        return {name: value for name, value in self.cleaned_data.items() if name != "sign"}


def places_of(actor: Actor) -> Any:
    """Places an administrator may settle something for, down to the community."""
    return mine(actor).living().filter(kind__in=DIVISIONS).order_by("path")


def _active() -> forms.BooleanField:
    return forms.BooleanField(label=_("使用中"), required=False, initial=True)


class TemplateForm(EntryForm):
    """Words for a verb, with places to fill in."""

    title = WordsField(label=_("名称"), max_length=60, lines=1)
    use = forms.ChoiceField(label=_("用在哪里"), choices=AnswerTemplate.Use.choices)
    text = WordsField(label=_("正文"), max_length=1500, lines=7)
    is_active = _active()

    field_order = ("sign", "title", "use", "topic", "place", "text", "is_active")

    def clean_text(self) -> str:
        """Only names that can be filled in, and no personal data: the words go to many."""
        text: str = self.cleaned_data["text"]
        placeholders.check(text)
        _refuse_personal(text)
        return text


class FaqForm(EntryForm):
    """A question with its answer."""

    question = WordsField(label=_("问"), max_length=120, lines=1, help_text=_("照居民的话写，如：楼道灯坏了找谁修？"))
    answer = WordsField(label=_("答"), max_length=2000, lines=7, help_text=_("先说结论，再说怎么办、找谁、多久。"))
    words = Lines(
        label=_("提示词"), required=False, max_length=700, lines=2, gap=r"[\s,，、;；]+", most=MOST_WORDS,
        longest=LONGEST_WORD, help_text=_("反映人写到这些词，就把这一条给他看。用空格或顿号分开。"),
    )  # fmt: skip
    source = WordsField(
        label=_("依据"),
        required=False,
        max_length=200,
        lines=1,
        help_text=_("写名称和条号，如：物业管理条例第三十四条。"),
    )
    valid_from = forms.DateField(label=_("从哪天起"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    valid_to = forms.DateField(label=_("到哪天止"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    owner_id = forms.TypedChoiceField(
        label=_("负责单位"), required=False, choices=(), coerce=int, empty_value=None,
        help_text=_("内容由谁负责核对，半年没核对会提醒。"),
    )  # fmt: skip
    is_active = _active()

    field_order = ("sign", "question", "answer", "topic", "place", "words", "source")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        owner = self.fields["owner_id"]
        assert isinstance(owner, forms.TypedChoiceField)
        bodies = Organisation.objects.living().order_by("name")[:500]
        owner.choices = [("", _("没有指定")), *((body.pk, str(body)) for body in bodies)]

    def clean_answer(self) -> str:
        """Everybody reads it."""
        _refuse_personal(self.cleaned_data["answer"])
        return str(self.cleaned_data["answer"])

    def clean_words(self) -> list[str]:
        """Single characters would be found everywhere."""
        words: list[str] = self.cleaned_data["words"]
        if short := [word for word in words if len(word) < 2]:
            raise ValidationError(_("“%(word)s”太短，会到处都对上。"), params={"word": short[0]})
        return words

    def clean(self) -> dict[str, Any]:
        """The days stand in order."""
        data = super().clean() or self.cleaned_data
        if data.get("valid_from") and data.get("valid_to") and data["valid_to"] < data["valid_from"]:
            self.add_error("valid_to", _("止的那天不能早于起的那天。"))
        return data


class GuideForm(EntryForm):
    """How staff handle a subject."""

    title = WordsField(label=_("名称"), max_length=60, lines=1)
    steps = WordsField(label=_("办理步骤"), max_length=2000, lines=8, help_text=_("一行一步。"))
    responsible = WordsField(label=_("谁负责，依据什么"), required=False, max_length=300, lines=2)
    links = WordsField(
        label=_("相关链接"), required=False, max_length=1000, lines=2, help_text=_("一行一个：说明、空格、网址。")
    )
    is_active = _active()

    field_order = ("sign", "title", "topic", "place", "steps", "responsible", "links", "is_active")

    def clean_links(self) -> str:
        """Each line ends with an address of the web or of this site."""
        text: str = self.cleaned_data["links"]
        is_web = URLValidator(schemes=["https", "http"])
        for line in filter(None, map(str.strip, text.splitlines())):
            address = line.rpartition(" ")[2]
            if not (address.startswith("/") and not address.startswith("//")):
                try:
                    is_web(address)
                except ValidationError:
                    raise ValidationError(_("“%(line)s”后面没有能打开的网址。"), params={"line": line}) from None
        return text


class QuestionForm(EntryForm):
    """One more question about a subject."""

    label = WordsField(label=_("问题"), max_length=120, lines=1)
    kind = forms.ChoiceField(label=_("怎样回答"), choices=ExtraQuestion.Kind.choices)
    choices = Lines(
        label=_("选项"), required=False, max_length=800, lines=4, gap="\n", most=MOST_CHOICES, longest=LONGEST_CHOICE,
        help_text=_("一行一个。只有“选一个”“可选几个”要填。"),
    )  # fmt: skip
    help = WordsField(label=_("说明"), required=False, max_length=300, lines=2)
    is_required = forms.BooleanField(label=_("一定要回答"), required=False)
    is_public = forms.BooleanField(label=_("反映人自己填的表上也问"), required=False, initial=True)
    position = forms.IntegerField(label=_("顺序"), min_value=0, max_value=999, initial=10)
    stop_answer = WordsField(
        label=_("回答什么时先停下"), required=False, max_length=60, lines=1, help_text=_("写是、否，或某个选项。")
    )
    stop_message = WordsField(
        label=_("停下时告诉反映人"), required=False, max_length=300, lines=2, help_text=_("说清为什么，该走哪条路。")
    )
    stop_phone = forms.RegexField(r"^[0-9-]{3,20}$", label=_("该打的电话"), required=False)
    is_final = forms.BooleanField(label=_("停下后不能从这里提交"), required=False)
    is_active = _active()

    field_order = ("sign", "label", "kind", "choices", "topic", "place", "position", "help")

    def clean(self) -> dict[str, Any]:
        """Choices where they are chosen from; a stop says why and names an answer that can be given."""
        data = super().clean() or self.cleaned_data
        kind, choices = data.get("kind"), data.get("choices") or []
        chooses = kind in (ExtraQuestion.Kind.ONE, ExtraQuestion.Kind.SEVERAL)
        if chooses and len(choices) < 2 and "choices" not in self.errors:
            self.add_error("choices", _("至少写两个选项，一行一个。"))
        if data.get("stop_answer"):
            self._check_stop(data, ExtraQuestion(kind=kind or "", choices=choices).options)
        if not chooses:
            data["choices"] = []
        return data

    def _check_stop(self, data: dict[str, Any], options: list[str]) -> None:
        if data["stop_answer"] not in options:
            shown = "、".join(options) or str(_("没有可选的"))
            self.add_error("stop_answer", _("没有这个回答，能选的有：%(options)s。") % {"options": shown})
        if not data.get("stop_message"):
            self.add_error("stop_message", _("请写明为什么停下，该走哪条路。"))


def _refuse_personal(text: str) -> None:
    if found := find_personal_data(text):
        parts = "、".join(dict.fromkeys(item.excerpt for item in found))
        raise ValidationError(_("这里人人能看到，请去掉个人信息：%(parts)s"), code=PERSONAL, params={"parts": parts})
