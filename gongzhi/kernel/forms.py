"""The form of an action: knows the record it is about and the actor who fills it in."""

from typing import Any

from django import forms

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
