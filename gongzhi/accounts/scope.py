"""What an administrator reaches: places, organisations and accounts under the own place, and nothing beside it.

An administrator at the root of the tree also reaches accounts and organisations that name no place at all.
"""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from gongzhi.accounts.models import Account, AccountQuerySet, Delegation, Duty, DutyQuerySet
from gongzhi.accounts.posts import ADMINISTRATOR
from gongzhi.kernel.actor import Actor, Grant
from gongzhi.organisations.models import Organisation
from gongzhi.territory.models import Place

_NOBODY = Q(pk__in=())


def administrating(actor: Actor) -> tuple[Grant, ...]:
    """The administrator's duties of this actor, acted for another included."""
    return actor.holding(frozenset({ADMINISTRATOR}))


def place_q(grants: tuple[Grant, ...], prefix: str = "") -> Q:
    """Places under these duties; `prefix` is the way from the asked table to the place ("place__")."""
    found = _NOBODY
    for grant in grants:
        if not grant.level:
            continue
        column = "id" if grant.level == "building" else f"{grant.level}_id"
        found |= Q(**{f"{prefix}{column}__in": grant.covered}) | Q(**{f"{prefix}id": grant.place_id})
    return found


def is_at_root(grants: tuple[Grant, ...]) -> bool:
    """Whether one of these duties is at a place with nothing above it."""
    ids = [grant.place_id for grant in grants if grant.place_id]
    return Place.objects.filter(pk__in=ids, parent__isnull=True).exists()


def duties_within(actor: Actor) -> DutyQuerySet:
    """Duties, open or over, that an administrator may add and end."""
    grants = administrating(actor)
    inside = place_q(grants, "place__") | place_q(grants, "organisation__place__")
    if is_at_root(grants):
        inside |= Q(organisation__isnull=False, organisation__place__isnull=True)
    return Duty.objects.filter(inside) if grants else Duty.objects.none()


def accounts_within(actor: Actor) -> AccountQuerySet:
    """Accounts an administrator sees: kept here, living here, or holding a duty here."""
    grants = administrating(actor)
    if not grants:
        return Account.objects.none()
    duties = duties_within(actor).filter(account=OuterRef("pk")).open_term(timezone.localdate())
    inside = place_q(grants, "managed_place__") | place_q(grants, "home_place__") | Q(Exists(duties))
    if is_at_root(grants):
        inside |= Q(managed_place__isnull=True, home_place__isnull=True)
    return Account.objects.filter(inside)


def may_manage(actor: Actor, account: Account) -> bool:
    """Whether every open duty of the account lies within: nobody resets the password of somebody with more reach."""
    grants = administrating(actor)
    if not grants:
        return False
    open_duties = Duty.objects.filter(account=account).open_term(timezone.localdate())
    return not open_duties.exclude(pk__in=duties_within(actor).filter(account=account).values("pk")).exists()


def places_within(actor: Actor) -> QuerySet[Place]:
    """Living places under the administrator's duties."""
    return Place.objects.living().filter(place_q(administrating(actor)))


def organisations_within(actor: Actor) -> QuerySet[Organisation]:
    """Living organisations whose seat is under the administrator's duties."""
    grants = administrating(actor)
    inside = place_q(grants, "place__")
    if is_at_root(grants):
        inside |= Q(place__isnull=True)
    return Organisation.objects.living().filter(inside)


def home_within(actor: Actor, posts: frozenset[str]) -> Q:
    """Residents living under a duty with one of `posts`, for confirming their telephone."""
    return place_q(actor.holding(posts), "home_place__")


def delegations_within(actor: Actor) -> QuerySet[Delegation]:
    """Delegations given by accounts an administrator sees."""
    return Delegation.objects.filter(from_account__in=accounts_within(actor).values("pk"))


def home_of_new_accounts(actor: Actor) -> Place | None:
    """The place that keeps an account the administrator creates: the own place."""
    ids = [grant.place_id for grant in administrating(actor) if grant.place_id]
    return Place.objects.filter(pk__in=ids).order_by("path").first()
