"""Extra questions as a form, and their answers as they are kept: with the wording that was answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from gongzhi.kernel.forms import WordsField
from gongzhi.knowledge.models import NO, YES, ExtraQuestion

Kind = ExtraQuestion.Kind
PREFIX = "extra"
KNOWN = "extra-known"
"""Name of the field that says a stopping message was read, and which ones."""
MOST_SHOWN = 40


@dataclass(frozen=True)
class Stop:
    """An answer that stops the sending: what to tell, whom to call, whether one may go on after reading it."""

    id: int
    message: str
    phone: str
    is_final: bool


class ExtraForm(forms.Form):
    """The extra questions of a subject and place; without questions it has no fields and is valid.

    `answers` is what is stored: [{id, version, label, value, shown}], in the order asked, unanswered ones left out.
    """

    def __init__(
        self, data: MultiValueDict[str, str] | None, questions: Sequence[ExtraQuestion], *, is_sent: bool = True
    ) -> None:
        """With `is_sent=False` what was typed so far is shown again without judging it."""
        super().__init__(data if is_sent else None, prefix=PREFIX)
        self.questions = list(questions)
        self.known = set(data.getlist(KNOWN)) if data is not None else set()
        for question in self.questions:
            if question.kind != Kind.NOTICE:
                self.fields[_name(question)] = _field(question)
        if data is not None and not is_sent:
            self.initial = {
                name: one.widget.value_from_datadict(data, MultiValueDict(), self.add_prefix(name))
                for name, one in self.fields.items()
            }

    def clean(self) -> dict[str, Any]:
        """An answer that stops is pointed out until it was read; a final one always."""
        for stop in self.stops:
            if stop.is_final or str(stop.id) not in self.known:
                self.add_error(f"q{stop.id}", stop.message)
        return self.cleaned_data

    @property
    def stops(self) -> list[Stop]:
        """The stopping answers given, judged or not."""
        return [
            Stop(one.pk, one.stop_message, one.stop_phone, one.is_final)
            for one in self.questions
            if one.stop_answer and one.stop_answer in _said(self, one)
        ]

    @property
    def shown(self) -> list[dict[str, Any]]:
        """Questions with their fields and stops, in the order asked."""
        stops = {stop.id: stop for stop in self.stops}
        return [
            {
                "question": one, "field": self[_name(one)] if _name(one) in self.fields else None,
                "stop": stops.get(one.pk), "is_known": str(one.pk) in self.known, "asks_again": bool(one.stop_answer),
            }
            for one in self.questions
        ]  # fmt: skip

    @property
    def answers(self) -> list[dict[str, Any]]:
        """What is kept with the report, after `is_valid`."""
        return [
            {"id": one.pk, "version": one.version, "label": one.label, "value": _kept(value), "shown": _words(value)}
            for one in self.questions
            if (value := self.cleaned_data.get(_name(one))) not in (None, "", [])
        ]

    @property
    def sent(self) -> list[tuple[str, str]]:
        """(name, value) of everything typed, for carrying it over a page in between."""
        names = [*(self.add_prefix(name) for name in self.fields), KNOWN]
        found = self.data if isinstance(self.data, MultiValueDict) else MultiValueDict()
        return [(name, str(value)) for name in names for value in found.getlist(name)]


def _name(question: ExtraQuestion) -> str:
    return f"q{question.pk}"


def _said(form: ExtraForm, question: ExtraQuestion) -> list[str]:
    value = form[_name(question)].value() if _name(question) in form.fields else None
    return [str(one) for one in value] if isinstance(value, list) else [str(value or "")]


def _field(question: ExtraQuestion) -> forms.Field:
    """The field that takes the answer."""
    common: dict[str, Any] = {"label": question.label, "required": question.is_required, "help_text": question.help}
    labels = {YES: _("是"), NO: _("否")} if question.kind == Kind.YES_NO else {}
    options = [(option, labels.get(option, option)) for option in question.options]
    if question.kind in (Kind.YES_NO, Kind.ONE):
        return forms.ChoiceField(choices=options, widget=forms.RadioSelect, **common)
    if question.kind == Kind.SEVERAL:
        return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple, **common)
    if question.kind == Kind.NUMBER:
        return forms.IntegerField(
            min_value=0, max_value=9_999_999, error_messages={"invalid": _("请写整数。")}, **common
        )
    if question.kind == Kind.DATE:
        return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}), **common)
    return WordsField(max_length=200, lines=1, **common)


def _kept(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _words(value: Any) -> str:
    if isinstance(value, list):
        return "、".join(value)
    return str(_kept(value))


def lines(answers: Any) -> list[tuple[str, str]]:
    """(question, answer) of what is stored with a report; anything unexpected is left out."""
    rows = answers if isinstance(answers, list) else []
    good = [row for row in rows if isinstance(row, dict) and row.get("label") and row.get("shown")]
    return [(str(row["label"]), str(row["shown"])) for row in good[:MOST_SHOWN]]


def one_line(answers: Any) -> str:
    """The answers in one line, for tables: question：answer；…"""
    return "；".join(f"{label}：{shown}" for label, shown in lines(answers))


__all__ = ["NO", "YES", "ExtraForm", "Stop", "lines", "one_line"]
