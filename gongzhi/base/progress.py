"""A bar for long work in the terminal; silent where nobody watches (logs, cron, tests)."""

from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich import progress
from rich.console import Console

T = TypeVar("T")


def track(items: Iterable[T], label: str, total: int | None = None, console: Console | None = None) -> Iterator[T]:
    """The items, one by one, while a bar on stderr shows how many of `total` are done and how long the rest takes."""
    console = console or Console(stderr=True)
    yield from progress.track(items, label, total, console=console, disable=not console.is_terminal)
