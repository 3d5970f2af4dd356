"""Invented people: somebody for every post at every place, residents with and without a confirmed telephone."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone

from gongzhi.accounts.duties import Term, delegate
from gongzhi.accounts.models import Account, AccountChange, Duty
from gongzhi.base.text import pinyin
from gongzhi.organisations.models import Kind as Body
from gongzhi.organisations.models import Organisation
from gongzhi.portal.demo.organisations import DEPARTMENTS
from gongzhi.portal.demo.places import Spot, community
from gongzhi.territory.models import Kind, Place

PASSWORD = "gongzhi-2026"  # noqa: S105 - printed for everybody, opens nothing but the demonstration
OFFICE_HOURS = "周一至周五 9:00—12:00，13:30—17:30"
SURNAMES = "李王张刘陈杨黄赵周吴徐孙胡朱高林何郭罗宋郑谢韩唐冯于董萧程曹袁邓许傅曾彭吕苏卢蒋蔡贾丁魏薛叶余潘"
PAIRS = (
    "小芳建国秀英志强丽华玉兰明辉雪梅国富桂花永红红梅文斌晓燕德华春梅世荣淑芬俊杰雨欣子涵素珍长贵光明玉珍"
    "家豪思琪美玲大勇福生兴华凤琼天佑若琳"
)
GIVEN = [
    *"静敏磊军洋勇艳杰娟涛超霞平刚云蓉倩波鹏琴颖丹凯鑫莉宇婷斌燕强",
    *(PAIRS[at : at + 2] for at in range(0, len(PAIRS), 2)),
]
STAFF_PER_PLACE = (("ganshi1", "clerk"), ("ganshi2", "clerk"), ("shuji", "community_secretary"))
STREET = (("jingban", "street_clerk"), ("shuji", "street_secretary"), ("duban", "supervisor"), ("jiexian", "operator"))
DISTRICT = (
    ("jingban", "district_clerk"), ("shuji", "district_secretary"), ("duban", "supervisor"),
    ("guanli", "administrator"),
)  # fmt: skip
RESIDENTS = {"full": 60, "small": 12}
"""Residents with an account at each place."""


@dataclass(frozen=True)
class Post:
    """A person to be: user name, post and where; residents have no post."""

    username: str
    post: str = ""
    where: Place | Organisation | None = None
    home: Place | None = None
    is_public: bool = False


def caller(dice: random.Random) -> str:
    """How somebody on the telephone or at the counter is called: 王孃孃, 陈先生."""
    return dice.choice(SURNAMES) + dice.choice(("女士", "先生", "孃孃", "大爷", "婆婆", "师傅", "老师"))


def is_done(chosen: tuple[Spot, ...]) -> bool:
    """Whether the people stand; they come in one transaction."""
    return Account.objects.filter(username=f"{chosen[0].slug}-ganshi1").exists()


@transaction.atomic
def gather(chosen: tuple[Spot, ...], scale: str) -> None:
    """Accounts with one shared password (hashed once), duties since last year, a delegation in force."""
    dice = random.Random("people")
    posts = list(_posts(chosen, RESIDENTS[scale]))
    hashed, now = make_password(PASSWORD), timezone.now()
    accounts = [_account(post, hashed, number, dice) for number, post in enumerate(posts)]
    Account.objects.bulk_create(accounts, batch_size=500)
    starts = timezone.localdate() - timedelta(days=400)
    pairs = [(account, post) for account, post in zip(accounts, posts, strict=True) if post.post]
    duties = [_duty(account, post, starts, dice) for account, post in pairs]
    Duty.objects.bulk_create(duties, batch_size=500)
    verb = AccountChange.Verb
    lines = [
        AccountChange(account=a, verb=verb.CREATED if a.is_staff_kind else verb.REGISTERED, at=now) for a in accounts
    ]
    lines += [AccountChange(account=duty.account, verb=verb.DUTY_ADDED, duty=duty, at=now) for duty in duties]
    AccountChange.objects.bulk_create(lines, batch_size=500)
    _lend(chosen, {account.username: account for account in accounts})


def _lend(chosen: tuple[Spot, ...], by_name: dict[str, Account]) -> None:
    """The first grid member acts for the second for a month: 代办 in force."""
    giver, taker = by_name[f"{chosen[0].slug}-wangge2"], by_name[f"{chosen[0].slug}-wangge1"]
    today = timezone.localdate()
    term = Term(today - timedelta(days=3), today + timedelta(days=27))
    delegate(giver, taker, giver.duties.get(), term, "外出学习，请第一网格代办", by=giver)


def _account(post: Post, hashed: str, number: int, dice: random.Random) -> Account:
    kind = Account.Kind.STAFF if post.post and post.post != "captain" else Account.Kind.RESIDENT
    account = Account(
        username=post.username, kind=kind, password=hashed, home_place=post.home,
        managed_place=_managed(post), password_changed_at=timezone.now(),
    )  # fmt: skip
    account.set_name(dice.choice(SURNAMES) + dice.choice(GIVEN))
    account.set_phone(f"1540813{number:04d}")
    if kind == Account.Kind.STAFF or post.post or dice.random() < 0.6:
        account.is_confirmed, account.confirmed_at = True, timezone.now() - timedelta(days=dice.randint(5, 380))
    return account


def _managed(post: Post) -> Place | None:
    where = post.where.place if isinstance(post.where, Organisation) else post.where
    return where or post.home


def _duty(account: Account, post: Post, starts: date, dice: random.Random) -> Duty:
    place, body = (post.where, None) if isinstance(post.where, Place) else (None, post.where)
    phone = f"0813-555{dice.randint(0, 9999):04d}" if post.is_public else ""
    return Duty(
        account=account, post=post.post, place=place, organisation=body, starts=starts, is_public=post.is_public,
        public_phone=phone, office_hours=OFFICE_HOURS if post.is_public else "",
    )  # fmt: skip


def _posts(chosen: tuple[Spot, ...], residents: int) -> Iterator[Post]:
    districts: dict[int, Place] = {}
    streets: dict[int, Place] = {}
    for spot in chosen:
        top = community(spot)
        assert top is not None
        yield from _at_community(spot, top, residents)
        districts[top.district_id or 0] = Place.objects.get(pk=top.district_id or 0)
        streets[top.street_id or 0] = Place.objects.get(pk=top.street_id or 0)
    for places, kinds in ((streets.values(), STREET), (districts.values(), DISTRICT)):
        for place in places:
            for ending, post in kinds:
                yield Post(
                    f"{pinyin(place.name.removesuffix('街道'))}-{ending}",
                    post,
                    place,
                    is_public=post not in ("administrator",),
                )
    city = Place.objects.filter(kind=Kind.CITY).first()
    if city:
        yield Post("zigong-guanli", "administrator", city)
    yield from _in_bodies()


def _at_community(spot: Spot, top: Place, residents: int) -> Iterator[Post]:
    for ending, post in STAFF_PER_PLACE:
        yield Post(f"{spot.slug}-{ending}", post, top, is_public=True)
    below = list(Place.objects.below(top).order_by("position", "pk"))
    grids = [place for place in below if place.kind == Kind.GRID]
    buildings = [place for place in below if place.kind == Kind.BUILDING]
    for number, grid in enumerate(grids, 1):
        yield Post(f"{spot.slug}-wangge{number}", "grid_member", grid, is_public=True)
        yield Post(f"{spot.slug}-zuzhang{number}", "grid_leader", grid, is_public=True)
    for number, building in enumerate(buildings[::7], 1):
        yield Post(f"{spot.slug}-louzhang{number}", "captain", building, building, is_public=True)
    dice = random.Random(spot.slug)
    for number in range(1, residents + 1):
        yield Post(f"{spot.slug}-jumin{number}", home=dice.choice(buildings))


def _in_bodies() -> Iterator[Post]:
    """An officer in every body, a head in every department."""
    keys = {name: key for key, name in DEPARTMENTS}
    for body in Organisation.objects.select_related("place").order_by("pk"):
        where = pinyin(body.place.name) if body.place else ""
        key = keys.get(body.short_name)
        stem = f"{where}-{pinyin(key)}" if key else pinyin(body.short_name)[:34]
        yield Post(f"{stem}-jb", "officer", body)
        if body.kind in (Body.DEPARTMENT, Body.ENTERPRISE, Body.STREET_OFFICE):
            yield Post(f"{stem}-fzr", "organisation_head", body)
