"""The form of an action: knows the record it is about and the actor who fills it in."""

import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gongzhi.base.text import clean_text
from gongzhi.kernel.actor import ANYONE, Actor


class ActionForm(forms.Form):
    """Base of every action's form; without fields, a verb that asks nothing.

    Subclasses may look at `self.record` and `self.actor` to offer choices; cleaned data are domain values.
    """

    def __init__(self, *args: Any, record: Any = None, actor: Actor = ANYONE, **kwargs: Any) -> None:
        self.record = record
        self.actor = actor
        super().__init__(*args, **kwargs)
        self.prepare()

    def prepare(self) -> None:
        """Fill choices and initial values from record and actor."""


class SharedFields(dict[str, forms.Field]):
    """The fields of a form whose instances never change one: Django copies every field for each instance otherwise.

    `MyForm.base_fields = SharedFields(MyForm.base_fields)` after the class.
    """

    def __deepcopy__(self, memo: Any) -> dict[str, forms.Field]:
        return dict(self)


class WordsField(forms.CharField):
    """What somebody wrote: control and direction-override characters removed, length judged after that."""

    def __init__(self, *, lines: int = 3, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": lines}) if lines > 1 else forms.TextInput)
        self.lines = lines
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> str:
        """Cleaned text; emoji and rare characters stay."""
        return clean_text(super().to_python(value) or "", lines=self.lines > 1)


class UuidsField(forms.Field):
    """Several uids, such as of photos sent ahead. Cleaned value: list of UUID, without doubles."""

    widget = forms.MultipleHiddenInput

    def __init__(self, *, most: int = 9, **kwargs: Any) -> None:
        self.most = most
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> list[uuid.UUID]:
        """Refuses what is no uid and more than `most` of them."""
        texts = [str(item).strip() for item in ([value] if isinstance(value, (str, uuid.UUID)) else value or [])]
        try:
            found = list(dict.fromkeys(uuid.UUID(text) for text in texts if text))
        except ValueError:
            raise ValidationError(_("有一张照片没有传上来，请重新选择。")) from None
        if len(found) > self.most:
            raise ValidationError(_("最多 %(most)s 张照片。"), params={"most": self.most})
        return found
