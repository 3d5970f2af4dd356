"""Who may change places: administrators, over the places their duty covers."""

from django.db.models import Q

from gongzhi.kernel.actor import LEVELS, Actor, Grant
from gongzhi.territory.history import ADMINISTRATOR
from gongzhi.territory.models import Place


def administers(actor: Actor, place: Place) -> bool:
    """Whether an administrator's duty of `actor` covers the place."""
    return any(covers(grant, place) for grant in actor.holding(ADMINISTRATOR))


def covers(grant: Grant, place: Place) -> bool:
    """Whether a duty reaches a place: it hangs below the duty's place, or below a predecessor of it."""
    if grant.place_id is not None and grant.place_id in place.path_ids:
        return True
    own = place.pk if grant.level == "building" else getattr(place, f"{grant.level}_id", None)
    return own is not None and own in grant.covered


def administered(actor: Actor) -> Q:
    """The same question for a list: the places an administrator may change; no duty, none."""
    found = Q(pk__in=[])
    for grant in actor.holding(ADMINISTRATOR):
        if grant.place_id is not None:
            found |= Q(path__contains=f"/{grant.place_id}/")
        if grant.level in LEVELS:
            name = "pk" if grant.level == "building" else f"{grant.level}_id"
            found |= Q(**{f"{name}__in": grant.covered})
    return found
