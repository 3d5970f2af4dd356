"""The subjects that entries can be about. The practices above put theirs in from `AppConfig.ready`."""

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _

Choice = tuple[str, str]
Group = tuple[str, list[Choice]]
PROVIDERS: list[Callable[[], list[Group]]] = []
"""Each gives groups of (code, name), in the order of the office; called when a page needs the names."""


def groups() -> list[Group]:
    """All subjects in groups; the group's own code is its first choice."""
    return [group for provider in PROVIDERS for group in provider()]


def choices() -> list[tuple[str, str | list[Choice]]]:
    """For a select: everything first, then the groups."""
    return [("", str(_("什么事都行"))), *groups()]


def names() -> dict[str, str]:
    """Name of each subject by code."""
    return {code: name for _group, rows in groups() for code, name in rows}
