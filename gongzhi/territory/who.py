"""Who may change places: administrators, over the places their duty covers."""

from django.db.models import Q
from django.utils.translation import gettext as _

from gongzhi.kernel.actor import LEVELS, Actor, Grant
from gongzhi.kernel.errors import NotPermitted
from gongzhi.territory.history import ADMINISTRATOR
from gongzhi.territory.models import Kind, Place


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


def covers_all(actor: Actor) -> bool:
    """Whether the administrator's duties reach every district, so that what is in force everywhere may be changed."""
    if not actor.holding(ADMINISTRATOR):
        return False
    districts = Place.objects.living().filter(kind=Kind.DISTRICT)
    return not districts.exclude(administered(actor)).exists()


def settling_grant(actor: Actor, place: Place | None) -> Grant:
    """The duty that lets the actor settle something for the place (None: for everywhere). Raises NotPermitted."""
    grants = actor.holding(ADMINISTRATOR) if actor.account_id is not None else ()
    if place is None:
        grants = grants if covers_all(actor) else ()
    else:
        grants = tuple(grant for grant in grants if covers(grant, place))
    if not grants:
        where = place.name if place else _("全部地方")
        raise NotPermitted(_("这项设置对%(place)s有效，要由管到那里的管理员来改。") % {"place": where})
    return grants[0]
