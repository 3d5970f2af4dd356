"""The four kinds of entries, each declared once: model, form, words, which fields the history keeps."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from gongzhi.knowledge import forms
from gongzhi.knowledge.models import AnswerTemplate, Entry, ExtraQuestion, Faq, Guide


@dataclass(frozen=True)
class Kind:
    """`code` stands in addresses and in the history; `fields` are what the history keeps besides topic and place."""

    code: str
    label: str | Promise
    note: str | Promise
    model: type[Entry]
    form: type[forms.EntryForm]
    fields: tuple[str, ...]
    may_propose: bool = False

    def picture(self, row: Entry) -> dict[str, Any]:
        """What the history keeps of an entry."""
        found = {name: _plain(getattr(row, name)) for name in self.fields}
        return {"topic": row.topic, "place": row.place.name if row.place else "", **found, "is_active": row.is_active}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else list(value) if isinstance(value, list) else value


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("templates", _("答复模板"), _("答复、说明、追问时插入的话，发出前由人改好、看过。"), AnswerTemplate, forms.TemplateForm,
             ("title", "use", "text"), may_propose=True),
        Kind("answers", _("常见问题"), _("居民反映之前就能看到的问和答，人人可看。"), Faq, forms.FaqForm,
             ("question", "answer", "words", "source", "valid_from", "valid_to", "owner_id"), may_propose=True),
        Kind("guides", _("办理指引"), _("每类事怎么办、谁负责，给工作人员看。"), Guide, forms.GuideForm,
             ("title", "steps", "responsible", "links")),
        Kind("extra", _("补充问题"), _("某类事反映时多问的几句，答案跟着诉求走。"), ExtraQuestion, forms.QuestionForm,
             ("label", "kind", "choices", "help", "is_required", "is_public", "position", "stop_answer", "stop_message",
              "stop_phone", "is_final")),
    )
}  # fmt: skip


def kind_of(row: Entry) -> Kind:
    """The kind an entry is of."""
    return next(kind for kind in KINDS.values() if isinstance(row, kind.model))


def label_of(kind: Kind, name: str) -> str:
    """The label of a field."""
    return str(kind.model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
