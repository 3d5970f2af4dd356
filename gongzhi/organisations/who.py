"""Who may change organisations: administrators whose duty covers the seat, or any place served."""

from django.db.models import Q

from gongzhi.kernel.actor import Actor
from gongzhi.organisations.models import Organisation, Serves
from gongzhi.territory import who
from gongzhi.territory.models import Place


def administered(actor: Actor) -> Q:
    """The organisations an administrator may change: seated in the places of the duty.

    One without a seat belongs to those who administer a place it serves.
    """
    places = Place.objects.filter(who.administered(actor)).values("pk")
    served = Serves.objects.filter(valid_to=None, place__in=places).values("organisation")
    return Q(place__in=places) | Q(place=None, pk__in=served)


def administers(actor: Actor, organisation: Organisation) -> bool:
    """The same question for one organisation."""
    if organisation.place is not None:
        return who.administers(actor, organisation.place)
    served = organisation.areas.filter(valid_to=None).select_related("place")
    return any(who.administers(actor, area.place) for area in served)
