"""The ways in which an action may fail. Their text is written for the person at the screen."""

from collections.abc import Mapping


class Refused(Exception):
    """Nothing was changed; `str()` says why, in words that may be shown."""


class NotPossible(Refused):
    """The record is not in a state in which this can be done."""


class Stale(NotPossible):
    """Somebody changed the record after the form was opened; `current` is the version as it is now."""

    def __init__(self, message: str, current: object) -> None:
        super().__init__(message)
        self.current = current


class NotPermitted(Refused):
    """The actor holds no duty for this here."""


class NotValid(Refused):
    """The form is not right; `errors` maps field names to sentences."""

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        super().__init__("；".join(sentence for sentences in errors.values() for sentence in sentences))
        self.errors = errors


class Twin(Refused):
    """A receipt key was used before with other content (HTTP 409)."""
