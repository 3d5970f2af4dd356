"""Finding people, places and organisations by any two characters, pinyin, initials or number."""

import re
from collections.abc import Iterable

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from gongzhi.accounts import phones
from gongzhi.accounts.models import Account, Duty
from gongzhi.base.text import fold, search_terms, search_words
from gongzhi.organisations.models import Organisation
from gongzhi.territory.models import Kind, Place
from gongzhi.territory.tree import Trail, trails

SHOWN = 30
_ABOVE = (Kind.CITY, Kind.DISTRICT, Kind.STREET)
_LATIN = re.compile(r"[a-z0-9._-]+")
_LARGEST = 2**63 - 1


def find_people(accounts: QuerySet[Account], query: str) -> QuerySet[Account]:
    """Accounts whose name, pinyin, initials, user name, whole telephone or last four digits match.

    A telephone is found whole or by its last four digits only (ARCHITECTURE.md 4).
    """
    text = fold(query[:80]).strip()
    if not text or "\0" in text:
        return accounts if not text else accounts.none()
    number = phones.normalise(query)
    if number:
        return accounts.filter(phone_index__in=phones.indexes(number))
    if re.fullmatch(r"[0-9]{4}", text):
        return accounts.filter(phone_last4_index__in=phones.last4_indexes(text))
    if _LATIN.fullmatch(text):
        latin = Q(name_pinyin__startswith=text) | Q(name_initials__startswith=text) | Q(username__startswith=text)
        return accounts.filter(latin | _has_words("name", "name_bigrams", text))
    return accounts.filter(_has_words("name", "name_bigrams", text))


def find_places(places: QuerySet[Place], query: str) -> QuerySet[Place]:
    """Places by any two characters of their names, by pinyin or initials, in the order of the tree."""
    return _find(places, query).order_by("path")


def find_organisations(organisations: QuerySet[Organisation], query: str) -> QuerySet[Organisation]:
    """Organisations by any two characters of their names, by pinyin or initials."""
    return _find(organisations, query).order_by("pinyin", "pk")


def colleagues(account: Account, own: list[Duty], query: str) -> QuerySet[Account]:
    """People to whom own duties may be lent: a duty today in the same district or the same organisation."""
    districts = {duty.place.district_id for duty in own if duty.place}
    bodies = {duty.organisation_id for duty in own if duty.organisation_id}
    seats = {duty.organisation.place_id for duty in own if duty.organisation}
    districts |= set(Place.objects.filter(pk__in=seats).values_list("district_id", flat=True))
    near = Q(organisation__in=bodies)
    for way in ("place", "organisation__place"):
        near |= Q(**{f"{way}__district_id__in": [each for each in districts if each]})
        near |= Q(**{f"{way}__in": [duty.place_id for duty in own if duty.place_id]})
    with_duty = Duty.objects.in_force(timezone.localdate()).filter(near, account=OuterRef("pk"))
    people = Account.objects.living().filter(Exists(with_duty), is_active=True).exclude(pk=account.pk)
    return find_people(people, query).order_by("name_pinyin", "pk")


def chosen(people: QuerySet[Account], typed: str) -> Account | None:
    """The person with this id among those who may be chosen, whatever was searched for."""
    return people.filter(pk=number(typed)).first() if number(typed) else None


def number(typed: str) -> int:
    """An id as it came in an address; 0 for anything that cannot be one."""
    typed = typed.strip()
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= 19):
        return 0
    value = int(typed)
    return value if value <= _LARGEST else 0


def name_fully(duties: Iterable[Duty]) -> None:
    """Let duties at grids and below say which community they belong to; at most three statements for all."""
    rows = [duty for duty in duties if duty.place_id]
    found = full_names(duty.place_id for duty in rows if duty.place_id)
    for duty in rows:
        duty.full_name = found.get(duty.place_id or 0, "")


def full_names(place_ids: Iterable[int]) -> dict[int, str]:
    """磨子井社区 第一网格: a place with its community; above that its own name."""
    return {place_id: _full_name(trail) for place_id, trail in trails(place_ids).items()}


def _full_name(trail: Trail) -> str:
    return " ".join(crumb.name for crumb in trail if crumb.kind not in _ABOVE) or trail[-1].name


def duty_choices(duties: list[Duty]) -> list[tuple[str, str]]:
    """Duties as choices: 磨子井社区 社区干事."""
    name_fully(duties)
    return [(str(duty.pk), str(duty)) for duty in duties]


def _find(rows: QuerySet, query: str) -> QuerySet:  # type: ignore[type-arg]
    text = fold(query[:80]).strip()
    if not text or "\0" in text:
        return rows if not text else rows.none()
    found = _has_words("name", "search", text)
    if _LATIN.fullmatch(text):
        found |= Q(pinyin__startswith=text) | Q(initials__startswith=text)
    return rows.filter(found)


def _has_words(column: str, grams: str, text: str) -> Q:
    """Every pair of the query in the bigram column, each word in the text; one character alone must begin the name."""
    terms, wanted = search_terms(text), search_words(text)
    if not terms:
        return Q(**{f"{column}__istartswith": text})
    found = Q(**{f"{grams}__contains": terms})
    for word in wanted:
        found &= Q(**{f"{column}__icontains": word})
    return found
