"""What people talk about, by grid and theme, without a name or a word of theirs (rows F1 民情地图, C2 社情民意).

Counts of matters of the actor's own places; confidential ones are in no count. Below `FEW` a count is not told.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F
from django.db.models.functions import Coalesce

from gongzhi.cases import listing
from gongzhi.cases.models import Category
from gongzhi.kernel.actor import Actor
from gongzhi.territory.tree import tree

FEW = 3
"""So few could point at somebody."""
ROSE = 1.5
"""From this many times the period before on, a theme has risen."""
SPANS = (30, 90, 365)


@dataclass(frozen=True)
class Cell:
    """One theme in one grid: `count` in the period, `before` in the one of the same length before."""

    grid_id: int
    theme_id: int
    count: int
    before: int

    @property
    def is_told(self) -> bool:
        """Enough to be told as a number."""
        return self.count >= FEW

    @property
    def has_risen(self) -> bool:
        """Clearly more than before."""
        return self.count >= 2 * FEW and self.count >= ROSE * max(1, self.before)


def cells(actor: Actor, days: int, now: datetime) -> list[Cell]:
    """Every theme of every grid in the actor's places, the period and the one before; two statements."""
    middle = now - timedelta(days=days)
    new, old = _counted(actor, middle, now), _counted(actor, middle - timedelta(days=days), middle)
    return [Cell(grid, theme, n, old.get((grid, theme), 0)) for (grid, theme), n in sorted(new.items())]


def _counted(actor: Actor, since: datetime, until: datetime) -> Counter[tuple[int, int]]:
    rows = listing.covered(actor).filter(created_at__gte=since, created_at__lt=until, circle_id=None)
    rows = rows.exclude(state="merged").filter(grid_id__isnull=False, category__isnull=False)
    theme = Coalesce(F("category__parent_id"), F("category_id"))
    found = rows.order_by().values_list("grid_id", theme).annotate(n=Count("pk"))
    return Counter({(grid, subject): n for grid, subject, n in found})


def themes() -> dict[int, str]:
    """Names of the first level of categories by id, in their order; one statement."""
    return dict(Category.objects.filter(parent=None).order_by("position", "id").values_list("pk", "name"))


@dataclass(frozen=True)
class Spot:
    """A grid on the map and in the table: how much of the chosen theme, or of all, and what was said most."""

    grid_id: int
    name: str
    community: str
    count: int
    before: int
    top: tuple[tuple[int, int], ...]

    @property
    def is_told(self) -> bool:
        """Enough to be told as a number."""
        return self.count >= FEW

    @property
    def has_risen(self) -> bool:
        """Clearly more than before."""
        return Cell(self.grid_id, 0, self.count, self.before).has_risen


def spots(found: Iterable[Cell], theme: int) -> list[Spot]:
    """The grids, most first; of one theme, or with 0 of all. No statement: names come from the tree."""
    grids: dict[int, list[Cell]] = {}
    for cell in found:
        if theme in (0, cell.theme_id):
            grids.setdefault(cell.grid_id, []).append(cell)
    return sorted((_spot(grid, of_it) for grid, of_it in grids.items()), key=lambda spot: (-spot.count, spot.grid_id))


def _spot(grid: int, of_it: list[Cell]) -> Spot:
    now = tree()
    node = now.get(grid)
    above = now.get(node.parent_id) if node and node.parent_id else None
    told = sorted((cell for cell in of_it if cell.is_told), key=lambda cell: -cell.count)
    return Spot(
        grid, node.name if node else "", above.name if above else "", sum(cell.count for cell in of_it),
        sum(cell.before for cell in of_it), tuple((cell.theme_id, cell.count) for cell in told[:3]),
    )  # fmt: skip
