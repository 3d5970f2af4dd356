"""The six special routes: why a concern is not handled here, whom to call, where to go, what one can still do.

Source: Beijing regulation on handling concerns, Art. 11. The texts are data (`data/special.csv`); whom to call differs by
place and is read from the register of organisations that serve it. Explained, never a silent refusal.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db.models import Q
from django.utils.functional import Promise

from gongzhi.base.text import fold
from gongzhi.cases.models import SpecialRoute
from gongzhi.organisations.models import Organisation
from gongzhi.territory.models import Place

DATA = Path(__file__).parent / "data" / "special.csv"
MOST_BODIES = 4


@dataclass(frozen=True)
class Route:
    """One of the six. `bodies`: words of names of organisations; `hints`: words that speak for it."""

    code: str
    title: str
    explain: str
    do: str
    still: str
    law: str
    bodies: tuple[str, ...]
    numbers: tuple[tuple[str, str], ...]
    hints: tuple[str, ...]


@dataclass(frozen=True)
class Explained:
    """A route as it is told at one place."""

    route: Route
    bodies: tuple[Organisation, ...]

    @property
    def words(self) -> str:
        """All of it as one answer to the reporter."""
        lines = [self.route.explain, self.route.do, *(_line(body) for body in self.bodies)]
        lines += [f"{number} {label}" for number, label in self.route.numbers]
        return "\n".join([*lines, f"您还可以：{self.route.still}", f"依据：{self.route.law}"])


def _line(body: Organisation) -> str:
    return " ".join(part for part in (body.name, body.phone, body.address) if part)


@cache
def routes() -> tuple[Route, ...]:
    """All six, in the order of the article."""
    with DATA.open(encoding="utf-8", newline="") as file:
        return tuple(_route(row) for row in csv.DictReader(file))


def _route(row: dict[str, str]) -> Route:
    numbers = (tuple(pair.split(" ", 1)) for pair in row["numbers"].split("|") if pair)
    return Route(
        row["code"], row["title"], row["explain"], row["do"], row["still"], row["law"], tuple(row["bodies"].split()),
        tuple((number, label) for number, label in numbers), tuple(row["words"].split()),
    )  # fmt: skip


def choices() -> list[tuple[str, str | Promise]]:
    """For forms: code and title of the six."""
    return [(route.code, route.title) for route in routes()]


def route(code: str) -> Route | None:
    """The route of this code."""
    return next((one for one in routes() if one.code == code), None)


def explained(code: str, path: str) -> Explained | None:
    """A route with whom to turn to at the place of this path; one statement."""
    found = route(code)
    return Explained(found, _bodies(path, (found,)).get(code, ())) if found else None


def all_explained(path: str) -> list[Explained]:
    """All six at a place; one statement."""
    bodies = _bodies(path, routes())
    return [Explained(one, bodies.get(one.code, ())) for one in routes()]


def _bodies(path: str, wanted: tuple[Route, ...]) -> dict[str, tuple[Organisation, ...]]:
    words = {word for one in wanted for word in one.bodies}
    if not words or path == "/":
        return {}
    named = Q()
    for word in words:
        named |= Q(name__contains=word) | Q(short_name__contains=word)
    rows = list(Organisation.objects.serving(Place(path=path)).filter(named).order_by("kind", "pinyin", "id")[:60])
    return {one.code: _of(one, rows) for one in wanted}


def _of(one: Route, rows: list[Organisation]) -> tuple[Organisation, ...]:
    """In the order of the route's words, at most `MOST_BODIES`."""
    hits = [row for word in one.bodies for row in rows if word in row.name or word in row.short_name]
    return tuple(dict.fromkeys(hits))[:MOST_BODIES]


def words(code: str, path: str) -> str:
    """The whole explanation as one text; "" for no such route."""
    found = explained(code, path)
    return found.words if found else ""


def hinted(text: str) -> list[tuple[Route, tuple[str, ...]]]:
    """Routes whose words were written, with these words. A person decides."""
    plain = fold(text)
    found = [(one, tuple(word for word in one.hints if word in plain)) for one in routes()]
    return [pair for pair in found if pair[1]]


def label(code: str) -> str:
    """Title of a route, or of an answer at once."""
    found = route(code)
    return found.title if found else str(SpecialRoute(code).label) if code in SpecialRoute.values else ""
