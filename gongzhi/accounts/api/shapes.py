"""From the form of a verb to the body of its operation: one field each, described as the form declares it.

The body only says of what kind a value is; whether it is right, the form decides, with the same words as on the page.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal

from django import forms
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIteratorValue
from django.utils.translation import gettext_noop
from pydantic import AfterValidator, Field, StrictBool, StrictFloat, StrictInt, create_model

from gongzhi.base.api import LARGEST, Strict, clean_line
from gongzhi.kernel.forms import UuidsField

MOST_TEXT = 20_000
MOST_CHOSEN = 100
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?$"
UUID = r"^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$"
SEQ = Annotated[
    StrictInt | None,
    Field(ge=0, le=2**31 - 1, description=gettext_noop("先前读到的 seq；记录已有新进展时答 409")),
]


class Body(Strict):
    """Sent with every verb; the verb's own fields stand beside it."""

    seq: SEQ = None

    def given(self) -> dict[str, Any]:
        """What was sent for the form."""
        return self.model_dump(exclude={"seq"}, exclude_none=True)


def body_of(name: str, every: list[Mapping[str, forms.Field]]) -> type[Body]:
    """The body for these fields of forms (several where procedures differ); required is what every form requires."""
    names = dict.fromkeys(name for fields in every for name in fields)
    members: dict[str, Any] = {}
    for field_name in names:
        found = [fields[field_name] for fields in every if field_name in fields]
        is_required = len(found) == len(every) and all(field.required for field in found)
        members[field_name] = _member(found[0], is_required)
    return create_model(name, __base__=Body, **members)


def _member(field: forms.Field, is_required: bool) -> tuple[Any, Any]:
    kind = _kind(field, is_required)
    told = Field(default=... if is_required else None, json_schema_extra=_label(field))
    return (kind if is_required else kind | None, told)


def _label(field: forms.Field) -> Callable[[dict[str, Any]], None]:
    """The label in the language of whoever reads the description."""

    def write(schema: dict[str, Any]) -> None:
        schema["title"] = str(field.label or "")
        if isinstance(field, forms.DateField):
            schema["format"] = "date"

    return write


def _kind(field: forms.Field, is_required: bool) -> Any:
    for form_field, make in KINDS:
        if isinstance(field, form_field):
            return make(field, is_required)
    return _text(field, is_required)


def _text(field: forms.Field, is_required: bool) -> Any:
    most = getattr(field, "max_length", None) or MOST_TEXT
    return Annotated[str, Field(min_length=int(is_required), max_length=most), AfterValidator(clean_line)]


def _pattern(pattern: str) -> Callable[[forms.Field, bool], Any]:
    return lambda field, is_required: Annotated[str, Field(pattern=pattern)]


def _integer(field: Any, is_required: bool) -> Any:
    least = -LARGEST if field.min_value is None else field.min_value
    most = LARGEST if field.max_value is None else field.max_value
    return Annotated[StrictInt, Field(ge=least, le=most)]


def _row(field: Any, is_required: bool) -> Any:
    return Annotated[StrictInt, Field(ge=1, le=LARGEST)]


def _choice(field: Any, is_required: bool) -> Any:
    choices = tuple(_values(field.choices))
    if not choices:
        return Annotated[str, Field(min_length=int(is_required), max_length=100), AfterValidator(clean_line)]
    return Literal[choices]


def _several(field: Any, is_required: bool) -> Any:
    choices = tuple(_values(field.choices))
    one: Any = Literal[choices] if choices else Annotated[str, Field(max_length=100), AfterValidator(clean_line)]
    return Annotated[list[one], Field(max_length=MOST_CHOSEN)]


def _rows(field: Any, is_required: bool) -> Any:
    one: Any = _row(field, is_required)
    return Annotated[list[one], Field(max_length=MOST_CHOSEN)]


def _uuids(field: Any, is_required: bool) -> Any:
    one = Annotated[str, Field(pattern=UUID, json_schema_extra={"format": "uuid"})]
    return Annotated[list[one], Field(max_length=field.most)]


def _values(choices: Any) -> Iterable[Any]:
    """The values of choices, groups opened; none for rows of the database."""
    for value, label in choices if not isinstance(choices, QuerySet) else ():
        if isinstance(label, (list, tuple)):
            yield from _values(label)
        elif value not in ("", None) and not isinstance(value, ModelChoiceIteratorValue):
            yield value


KINDS: tuple[tuple[type[forms.Field], Callable[[Any, bool], Any]], ...] = (
    (UuidsField, _uuids),
    (forms.ModelMultipleChoiceField, _rows),
    (forms.ModelChoiceField, _row),
    (forms.MultipleChoiceField, _several),
    (forms.ChoiceField, _choice),
    (forms.NullBooleanField, lambda field, is_required: StrictBool),
    (forms.BooleanField, lambda field, is_required: StrictBool),
    (forms.FloatField, lambda field, is_required: Annotated[StrictFloat | StrictInt, Field(allow_inf_nan=False)]),
    (forms.IntegerField, _integer),
    (forms.DateTimeField, _pattern(MOMENT)),
    (forms.DateField, _pattern(DAY)),
)
"""How each kind of field is described, the special before the general; everything else is text."""
