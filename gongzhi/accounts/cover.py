"""Which ids a duty at a place reaches, until the cached tree of territory answers."""

from gongzhi.territory.models import Place


def covered_ids(place: Place) -> tuple[str, frozenset[int]]:
    if place.kind == "city":
        return "district", frozenset(Place.objects.filter(parent=place).values_list("pk", flat=True))
    if place.kind in ("district", "street", "community", "grid"):
        return place.kind, frozenset([place.pk])
    return "building", frozenset(Place.objects.filter(path__startswith=place.path).values_list("pk", flat=True))
