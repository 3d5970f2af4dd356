"""The subjects of knowledge as the practice names them: the codes of categories, and where a matter lies."""

from gongzhi.cases.models import Category, Matter
from gongzhi.cases.suggest import categories
from gongzhi.knowledge.topics import Group
from gongzhi.territory.models import Place


def groups() -> list[Group]:
    """Active categories in their groups, the group's own code first; read from what suggestions keep."""
    rows = sorted(categories(), key=lambda row: (row.position, row.pk))
    tops = [row for row in rows if row.parent_id is None]
    return [
        (top.name, [(top.code, top.name), *((row.code, row.name) for row in rows if row.parent_id == top.pk)])
        for top in tops
    ]


def of(category: Category | None) -> tuple[str, ...]:
    """From the category over its group to everything."""
    if category is None:
        return ("",)
    above = next((row.code for row in categories() if row.pk == category.parent_id), "")
    return tuple(dict.fromkeys(code for code in (category.code, above, "") if code or code == ""))


def of_matter(matter: Matter) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Topics of a matter from near to far, and its places from far to near."""
    return of(matter.category), tuple(int(part) for part in matter.place_path().split("/") if part)


def of_place(place: Place | None) -> tuple[int, ...]:
    """Ids from the district down to the place."""
    return tuple(place.path_ids) if place else ()
