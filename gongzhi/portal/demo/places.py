"""The ground of the demonstration: the real division list of Zigong, and invented grids, estates and buildings.

No official grid boundaries are published, so every boundary here is invented and marked so.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction

from gongzhi import territory
from gongzhi.base import geo
from gongzhi.base.sheets import Row, read_table
from gongzhi.kernel.actor import SYSTEM
from gongzhi.territory.actions import edit, set_boundary
from gongzhi.territory.adding import Draft, add_many
from gongzhi.territory.importing import import_places
from gongzhi.territory.models import Kind, Place

REASON = "演示数据"
SOURCE = "演示用示意边界"
LIST = Path(territory.__file__).parent / "data" / "zigong_divisions.csv"
STEP = 0.0034
"""Width of a grid in degrees, about 330 m."""


@dataclass(frozen=True)
class Spot:
    """One of the eight places, all invented except code and name. `total`: households known for the whole place."""

    code: str
    slug: str
    lon: float
    lat: float
    columns: int
    rows: int
    estates: tuple[str, ...]
    roads: tuple[str, ...]
    households: tuple[int, int] = (320, 480)
    is_village: bool = False
    total: int = 0


SPOTS = (
    Spot("510302001007", "mozijing", 104.7722, 29.3521, 3, 3, ("芭茅塘小区", "盐都雅居", "磨子井家园"),
         ("芭茅塘路", "盐马路", "磨井巷")),
    Spot("510302003006", "futaishan", 104.7853, 29.3392, 3, 2, ("富台雅苑", "灯城花园"), ("富台街", "桂林坡", "滨江路")),
    Spot("510302002012", "jiefangqiao", 104.7664, 29.3457, 3, 2, ("解放桥大院", "釜溪名居"), ("解放路", "桥头巷", "河街")),
    Spot("510303001030", "qinggang", 104.7161, 29.3468, 2, 2, ("青杠林小区", "长土新村"), ("青杠路", "筱溪街")),
    Spot("510304005004", "jingui", 104.7690, 29.3720, 3, 2, ("和平花苑", "福源康居", "金桂苑"), ("金桂大道", "和平路")),
    Spot("510311001004", "yuanda", 104.8005, 29.3105, 3, 3, ("远达一期", "远达二期", "龙湖半岛"),
         ("龙湖大道", "远达路", "卧龙街"), (333, 333), total=3000),
    Spot("510322118203", "wushan", 104.9805, 29.1012, 2, 1, (), ("吴山村道",), (300, 360), True),
    Spot("510321120232", "wujianfang", 104.3808, 29.5006, 2, 1, (), ("五间房村道",), (300, 350), True),
)  # fmt: skip
SMALL = ("mozijing", "wushan")
"""What the small demonstration (tests) is made of."""
ORDINALS = "一二三四五六七八九"
YARDS = (
    "黄葛湾",
    "大院子",
    "新房子",
    "瓦窑坡",
    "石坝",
    "竹林湾",
    "堰塘边",
    "祠堂坝",
    "桂花湾",
    "半坡头",
    "水井湾",
    "老院子",
)


def spots(scale: str) -> tuple[Spot, ...]:
    """The places of a scale."""
    return SPOTS if scale == "full" else tuple(spot for spot in SPOTS if spot.slug in SMALL)


def community(spot: Spot) -> Place | None:
    """The stored community of a spot."""
    return Place.objects.filter(code=spot.code, valid_to=None).first()


def import_divisions(scale: str) -> None:
    """The tree of Zigong; the small scale takes only the lines that lead to its places."""
    rows: Iterable[Row] = read_table(LIST).rows
    if scale != "full":
        codes = [spot.code for spot in spots(scale)]
        rows = [row for row in rows if any(code.startswith(row.cells["code"]) for code in codes)]
    import_places(rows, actor=SYSTEM)


def is_settled(spot: Spot) -> bool:
    """Whether grids and buildings of a spot stand; they come in one transaction."""
    return Place.objects.filter(kind=Kind.BUILDING, path__contains=f"/{getattr(community(spot), 'pk', 0)}/").exists()


@transaction.atomic
def settle(spot: Spot) -> None:
    """Grids, groups, estates and buildings of one community, with boundaries."""
    dice = random.Random(spot.code)
    top = community(spot)
    assert top is not None
    cells = lattice(spot, dice)
    set_boundary(top, outline(spot, cells), actor=SYSTEM, reason=REASON, source=SOURCE, is_invented=True)
    grids = add_many([_grid(spot, top, number, cell, dice) for number, cell in enumerate(_squares(spot, cells))],
                     actor=SYSTEM, reason=REASON)  # fmt: skip
    edit(top, actor=SYSTEM, reason=REASON, households=sum(grid.households for grid in grids))
    if spot.is_village:
        groups = add_many([
            Draft(Kind.GROUP, f"{at * 3 + number + 1}组", grid, households=grid.households // 3)
            for at, grid in enumerate(grids) for number in range(3)
        ], actor=SYSTEM, reason=REASON)  # fmt: skip
        add_many(list(_yards(groups, dict(zip((g.pk for g in grids), grids, strict=True)), dice)), actor=SYSTEM)
        return
    estates = add_many([Draft(Kind.ESTATE, name, top) for name in spot.estates], actor=SYSTEM, reason=REASON)
    add_many(list(_buildings(spot, grids, estates, dice)), actor=SYSTEM, reason=REASON)


Points = list[list[tuple[float, float]]]


def lattice(spot: Spot, dice: random.Random) -> Points:
    """Corners of the grids, row by row from the south, each pushed a little."""
    return [
        [
            (
                round(spot.lon + (column - spot.columns / 2) * STEP + dice.uniform(-0.16, 0.16) * STEP, 6),
                round(spot.lat + (row - spot.rows / 2) * STEP * 0.88 + dice.uniform(-0.16, 0.16) * STEP, 6),
            )
            for column in range(spot.columns + 1)
        ]
        for row in range(spot.rows + 1)
    ]


def outline(spot: Spot, points: Points) -> geo.Boundary:
    """The outer ring of the lattice."""
    ring = points[0] + [row[-1] for row in points[1:]] + points[-1][-2::-1] + [row[0] for row in points[-2::-1]]
    return _polygon(ring)


def _squares(spot: Spot, points: Points) -> list[list[tuple[float, float]]]:
    found = []
    for row in range(spot.rows):
        for column in range(spot.columns):
            low, high = points[row], points[row + 1]
            found.append([low[column], low[column + 1], high[column + 1], high[column], low[column]])
    return found


def _polygon(ring: list[tuple[float, float]]) -> geo.Boundary:
    return geo.clean_boundary({"type": "Polygon", "coordinates": [[list(point) for point in ring]]})


def _grid(spot: Spot, top: Place, number: int, cell: list[tuple[float, float]], dice: random.Random) -> Draft:
    rest = max(0, spot.total - spot.columns * spot.rows * spot.households[0])
    return Draft(
        Kind.GRID, f"第{ORDINALS[number]}网格", top, boundary=_polygon(cell), source=SOURCE, is_invented=True,
        households=dice.randint(*spot.households) + (rest if number == 0 else 0),
    )  # fmt: skip


def _buildings(spot: Spot, grids: list[Place], estates: list[Place], dice: random.Random) -> Iterable[Draft]:
    """Ten to fourteen buildings in each grid: those of an estate are numbered, others carry a street number."""
    counts, doors = [0] * len(estates), dict.fromkeys(spot.roads, 0)
    for at, grid in enumerate(grids):
        many = dice.randint(10, 14)
        road = spot.roads[at % len(spot.roads)]
        estate = at % len(estates)
        for number in range(many):
            lon, lat = _point(grid, dice)
            doors[road] += dice.choice((2, 4, 6))
            address, mean = f"{road}{doors[road]}号", grid.households // many
            homes = mean + (grid.households - mean * many if number == 0 else 0)
            if number % 3 == 2:
                yield Draft(Kind.BUILDING, f"{address}院", grid, address=address, lon=lon, lat=lat, households=homes)
                continue
            counts[estate] += 1
            yield Draft(
                Kind.BUILDING, f"{counts[estate]}栋", grid, address=address, estate=estates[estate], lon=lon, lat=lat,
                households=homes,
            )  # fmt: skip


def _yards(groups: list[Place], grids: dict[int, Place], dice: random.Random) -> Iterable[Draft]:
    """Four farmyards in each group."""
    for at, group in enumerate(groups):
        for number in range(4):
            lon, lat = _point(grids[group.grid_id or 0], dice)
            name = YARDS[(at * 4 + number) % len(YARDS)]
            yield Draft(Kind.BUILDING, name, group, lon=lon, lat=lat, households=group.households // 4)


def _point(grid: Place, dice: random.Random) -> tuple[float, float]:
    """A point well inside a grid."""
    lon, lat = grid.lon or 0.0, grid.lat or 0.0
    return round(lon + dice.uniform(-0.3, 0.3) * STEP, 6), round(lat + dice.uniform(-0.26, 0.26) * STEP, 6)
