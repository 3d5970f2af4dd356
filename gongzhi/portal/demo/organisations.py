"""Departments, companies, teams: invented staff numbers and telephones, real kinds of bodies."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from gongzhi.organisations.models import Kind, Organisation, OrganisationChange, Serves
from gongzhi.organisations.rules import words
from gongzhi.portal.demo.places import REASON, Spot, community
from gongzhi.territory.models import Place

DEPARTMENTS = (
    ("市政", "市政公用中心"), ("水务", "水务局"), ("供电", "供电分公司"), ("燃气", "燃气公司"), ("通信", "通信管护站"),
    ("环卫", "环卫所"), ("园林", "园林绿化所"), ("综合执法", "综合行政执法局城管执法中队"), ("消防", "消防救援大队"),
    ("公安", "公安派出所"), ("生态环境", "生态环境局"), ("交警", "公安交警大队"), ("交通", "交通运输局"),
    ("自然资源", "自然资源和规划局"), ("住房", "住房和城乡建设局物业科"), ("市场监管", "市场监管局"), ("民政", "民政局"),
    ("残联", "残疾人联合会"), ("人力资源", "人力资源和社会保障局"), ("医保", "医疗保障局"), ("教育", "教育和体育局"),
    ("卫健", "卫生健康局"), ("司法", "司法所"), ("移民", "移民工作服务中心"), ("农业农村", "农业农村局"),
)  # fmt: skip
COMPANIES = frozenset(("供电", "燃气"))
PROPERTY = ("盐都安居物业", "灯城物业", "釜溪物业", "金瑞物业", "远达物业")
SOCIAL = ("灵犀义工服务社", "灵志义工队", "乡亲乡情志愿服务队", "吴山社工服务站")


@dataclass(frozen=True)
class Body:
    """An organisation to be, with the places it serves. `key` is the word by which sentences name it."""

    key: str
    name: str
    short_name: str
    kind: str
    place: Place
    serves: tuple[Place, ...]


def is_done() -> bool:
    """Whether the bodies stand; they come in one transaction."""
    return Organisation.objects.filter(name=SOCIAL[0]).exists()


@transaction.atomic
def found(chosen: tuple[Spot, ...]) -> None:
    """Register every body with its area and history."""
    dice = random.Random("organisations")
    bodies = list(_all(chosen))
    rows = [
        Organisation(
            name=body.name, short_name=body.short_name, kind=body.kind, place=body.place,
            phone=f"0813-555{dice.randint(0, 9999):04d}", **words(body.name, body.short_name),
        )
        for body in bodies
    ]  # fmt: skip
    Organisation.objects.bulk_create(rows)
    pairs = list(zip(rows, bodies, strict=True))
    Serves.objects.bulk_create([Serves(organisation=row, place=p) for row, body in pairs for p in body.serves])
    OrganisationChange.objects.bulk_create([
        OrganisationChange(
            organisation=row, what=OrganisationChange.What.ADD, reason=REASON, by_name="系统",
            after={"name": row.name, "serves": [place.name for place in body.serves]},
        )
        for row, body in pairs
    ])  # fmt: skip


def _all(chosen: tuple[Spot, ...]) -> Iterator[Body]:
    tops = [(spot, top) for spot in chosen if (top := community(spot))]
    above = {
        place.pk: place
        for place in Place.objects.filter(pk__in=[pk for _, top in tops for pk in (top.district_id, top.street_id)])
    }
    for pk in dict.fromkeys(top.district_id or 0 for _, top in tops):
        yield from _departments(above[pk])
    for pk in dict.fromkeys(top.street_id or 0 for _, top in tops):
        street = above[pk]
        name = street.name.removesuffix("街道") + ("街道办事处" if street.name.endswith("街道") else "人民政府")
        yield Body("street", name, name, Kind.STREET_OFFICE, street, (street,))
    for at, (spot, top) in enumerate(tops):
        yield from _local(spot, top, at)
    everywhere = tuple(top for _, top in tops)
    for name in SOCIAL:
        yield Body("social", name, name, Kind.SOCIAL, everywhere[0], everywhere)


def _departments(district: Place) -> Iterator[Body]:
    for key, name in DEPARTMENTS:
        kind = Kind.ENTERPRISE if key in COMPANIES else Kind.DEPARTMENT
        yield Body(key, f"{district.name}{name}", name, kind, district, (district,))


def _local(spot: Spot, top: Place, at: int) -> Iterator[Body]:
    stem = top.name.removesuffix("社区").removesuffix("村")
    committee = f"{top.name}{'居' if top.name.endswith('社区') else '村'}民委员会"
    yield Body("committee", committee, committee, Kind.COMMUNITY_COMMITTEE, top, (top,))
    yield Body("hospital", f"{stem}卫生服务站", f"{stem}卫生服务站", Kind.HOSPITAL, top, (top,))
    yield Body("school", f"{stem}小学", f"{stem}小学", Kind.SCHOOL, top, (top,))
    if not spot.is_village:
        company = f"{PROPERTY[at % len(PROPERTY)]}{stem}服务处"
        yield Body("property", company, company, Kind.PROPERTY, top, (top,))
        owners = f"{spot.estates[0]}业主委员会"
        yield Body("owners", owners, owners, Kind.OWNERS, top, (top,))
