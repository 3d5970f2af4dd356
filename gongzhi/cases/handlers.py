"""Who can be given a matter: organisations that serve its place and people with a duty over it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from gongzhi.accounts.models import Account, Duty
from gongzhi.accounts.posts import posts
from gongzhi.organisations.models import Kind, Organisation
from gongzhi.territory.models import Place

PEOPLE = posts(
    "grid_member", "grid_leader", "clerk", "community_secretary", "street_clerk", "street_secretary", "district_clerk"
)
"""Posts whose holders can be named as handler in person."""

KINDS = (
    Kind.DEPARTMENT, Kind.STREET_OFFICE, Kind.COMMUNITY_COMMITTEE, Kind.SOCIAL, Kind.HUB, Kind.PROPERTY, Kind.OWNERS,
    Kind.TEAM, Kind.HOSPITAL, Kind.SCHOOL, Kind.ENTERPRISE,
)  # fmt: skip


@dataclass(frozen=True)
class Handler:
    """An organisation or a person, never both. `code` is its form value: `o12`, `a34`."""

    organisation_id: int | None = None
    account_id: int | None = None
    name: str = ""

    @property
    def code(self) -> str:
        """The form's value for this handler."""
        return f"o{self.organisation_id}" if self.organisation_id else f"a{self.account_id}"


def parse(code: str) -> Handler | None:
    """The handler a form value names, unchecked; None for anything else."""
    kind, number = code[:1], code[1:]
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        return None
    if kind == "o":
        return Handler(organisation_id=int(number))
    return Handler(account_id=int(number)) if kind == "a" else None


def path_ids(path: str) -> list[int]:
    """Ids from the root down."""
    return [int(part) for part in path.split("/") if part]


def check(handler: Handler, path: str) -> Handler | None:
    """The handler with its name when it may be given a matter at a place with this path, else None."""
    if handler.organisation_id is not None:
        body = _bodies(path).filter(pk=handler.organisation_id).first()
        return Handler(organisation_id=body.pk, name=str(body)) if body else None
    duty = _duties(path).filter(account_id=handler.account_id or 0).select_related("account").first()
    return Handler(account_id=duty.account_id, name=duty.account.name) if duty else None


def check_all(codes: Iterable[str], path: str) -> dict[str, Handler]:
    """Those of many form values that may be given something at a place, with names; two statements at most."""
    named = {code: found for code in codes if code and (found := parse(code))}
    people = [one.account_id for one in named.values() if one.account_id]
    known = check_bodies(named, path)
    if people:
        duties = _duties(path).filter(account_id__in=people).select_related("account")
        known |= {f"a{duty.account_id}": Handler(account_id=duty.account_id, name=duty.account.name) for duty in duties}
    return {code: known[code] for code in named if code in known}


def check_bodies(codes: Iterable[str], path: str) -> dict[str, Handler]:
    """The same for organisations alone; one statement."""
    ids = [one.organisation_id for code in codes if code and (one := parse(code)) and one.organisation_id]
    rows = _bodies(path).filter(pk__in=ids) if ids else ()
    return {f"o{body.pk}": Handler(organisation_id=body.pk, name=str(body)) for body in rows}


def bodies(path: str) -> list[tuple[str, str]]:
    """Choices (code, name) of the organisations that serve a place; one statement."""
    return [(f"o{body.pk}", str(body)) for body in _bodies(path).order_by("kind", "pinyin", "id")]


def offered(path: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Grouped choices (label, [(code, name)]): people from near to far, then organisations by kind."""
    near = path_ids(path)
    duties = _duties(path).select_related("account", "place")
    people = sorted(duties, key=lambda duty: (-near.index(duty.place_id or 0), duty.pk))
    rows = [(f"a{duty.account_id}", f"{duty.account.name}（{duty.where} {duty.label}）") for duty in people]
    bodies = _bodies(path).order_by("kind", "pinyin", "id")
    return [("人", list(dict(rows).items())), ("单位", [(f"o{body.pk}", str(body)) for body in bodies])]


def holder(post: str, path: str) -> Handler | None:
    """Who holds a post nearest above a place."""
    near = path_ids(path)
    duties = [duty for duty in _duties(path, frozenset({post})).select_related("account") if duty.place_id in near]
    best = max(duties, key=lambda duty: (near.index(duty.place_id or 0), -duty.pk), default=None)
    return Handler(account_id=best.account_id, name=best.account.name) if best else None


def names(pairs: Iterable[tuple[int | None, int | None]]) -> dict[str, str]:
    """Names of many handlers (organisation id, account id) by code; two statements at most."""
    wanted = list(pairs)
    bodies = {organisation for organisation, _account in wanted if organisation}
    people = {account for _organisation, account in wanted if account}
    found = {f"o{row.pk}": str(row) for row in Organisation.objects.filter(pk__in=bodies)} if bodies else {}
    if people:
        found |= {f"a{row.pk}": row.name for row in Account.objects.filter(pk__in=people).only("name")}
    return found


def _duties(path: str, only: frozenset[str] = PEOPLE) -> QuerySet[Duty]:
    return Duty.objects.in_force(timezone.localdate()).filter(post__in=only, place__in=path_ids(path))


def _bodies(path: str) -> QuerySet[Organisation]:
    return Organisation.objects.serving(Place(path=path)).filter(kind__in=KINDS)
