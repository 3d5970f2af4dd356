"""From words to places: an address as people say it, a name, pinyin or its first letters, any two characters.

Every candidate says why it was offered; a person chooses.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.db.models import Q
from django.utils.translation import gettext as _

from gongzhi.base.text import bigrams, clean_text, fold, search_terms
from gongzhi.territory.models import Kind, Place
from gongzhi.territory.rules import BUILDING_NUMBER, building_numbers
from gongzhi.territory.tree import Node, Trail, trails, tree

SUFFIXES = ("社区", "街道", "小区", "网格", "村", "镇", "乡", "区", "县", "市")
MAX_QUERY = 120
NEAR_ENOUGH = 60
"""Score from which a place counts as named in the address, so that its buildings are looked at."""
MAX_BUILDINGS = 3000
BUILDING_FIELDS = ("id", "name", "path", "estate_id", "address", "aliases")


@dataclass(frozen=True)
class Candidate:
    """A place that may be meant: the higher `score`, the likelier; `reasons` are plain Chinese phrases."""

    place_id: int
    kind: str
    name: str
    score: int
    reasons: tuple[str, ...]
    path: str = ""
    trail: Trail = ()


def find(text: str, *, within: Place | None = None, kinds: Sequence[str] = (), limit: int = 10) -> list[Candidate]:
    """The likeliest places for an address or a name, best first; [] when fewer than two signs are given.

    `within` keeps to a place and what is below it, `kinds` to some kinds. Never raises for odd input.
    """
    query = fold(clean_text(text[:MAX_QUERY], lines=False)).replace(" ", "")
    if len(query) < 2:
        return []
    path = within.path if within else "/"
    named = [hit for node in tree().below(path) if node.is_living() and (hit := _named(node, query))]
    hits = _with_context(named)
    if not kinds or Kind.BUILDING in kinds:
        hits += _buildings(query, hits, within)
    wanted = _best([hit for hit in hits if not kinds or hit.kind in kinds])[:limit]
    ways = trails(hit.place_id for hit in wanted)
    return [replace(hit, trail=ways.get(hit.place_id, ())) for hit in wanted]


def _named(node: Node, query: str) -> Candidate | None:
    """Why this node may be meant, or None."""
    names = [fold(name) for name in (node.name, node.full_name, *node.aliases) if name]
    found = _by_name(names, query) or (_by_sound(node, query) if query.isascii() else None) or _by_pieces(names, query)
    return Candidate(node.id, node.kind, node.name, found[0], (found[1],), node.path) if found else None


def _by_name(names: list[str], query: str) -> tuple[int, str] | None:
    for name in names:
        if name == query:
            return 120, _("名称一样")
    for name in names:
        if len(name) > 1 and name in query:
            return 80 + len(name), _("地址里写了“%(name)s”") % {"name": name}
    for name in names:
        if query in name:
            return 70, _("名称里有“%(text)s”") % {"text": query}
    for stem in map(_stem, names):
        if len(stem) > 1 and stem in query:
            return NEAR_ENOUGH + len(stem), _("地址里写了“%(name)s”") % {"name": stem}
    return None


def _stem(name: str) -> str:
    for suffix in SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix) + 1:
            return name.removesuffix(suffix)
    return name


def _by_sound(node: Node, query: str) -> tuple[int, str] | None:
    if node.pinyin.startswith(query):
        return 65, _("拼音相同")
    if node.initials.startswith(query):
        return 62, _("拼音首字母相同")
    return (40, _("拼音里有“%(text)s”") % {"text": query}) if query in node.pinyin else None


def _by_pieces(names: list[str], query: str) -> tuple[int, str] | None:
    """At least half of the name's pairs of signs stand in the text: a slip of the pen still finds the place."""
    pieces = set(bigrams(query))
    for name in names:
        own = set(bigrams(_stem(name)))
        share = len(own & pieces) / len(own) if len(own) > 1 else 0
        if share >= 0.5:
            return int(40 * share), _("和“%(name)s”相近") % {"name": name}
    return None


def _with_context(hits: list[Candidate]) -> list[Candidate]:
    """A place whose upper place is named in the text as well is likelier."""
    named = {hit.place_id: hit for hit in hits if hit.score >= NEAR_ENOUGH}
    found = []
    for hit in hits:
        above = [named[pk] for pk in _ids(hit.path)[:-1] if pk in named]
        found.append(_raised(hit, above))
    return found


def _raised(hit: Candidate, above: Sequence[Candidate]) -> Candidate:
    if not above:
        return hit
    reason = _("在%(name)s") % {"name": above[-1].name}
    # Who names a district and a street in it means the street: the deeper one takes over the score of the upper.
    score = max(hit.score, *(item.score for item in above)) if hit.score >= NEAR_ENOUGH else hit.score
    return replace(hit, score=score + 15 * len(above), reasons=(*hit.reasons, reason))


def _ids(path: str) -> list[int]:
    return [int(part) for part in path.split("/") if part]


def _buildings(query: str, hits: list[Candidate], within: Place | None) -> list[Candidate]:
    named = {
        hit.place_id: hit for hit in hits if hit.score >= NEAR_ENOUGH and hit.kind not in (Kind.CITY, Kind.DISTRICT)
    }
    numbers = set(building_numbers(query))
    found = []
    for row in _building_rows(query, named, numbers, within):
        reasons = _building_reasons(row, query, numbers)
        above = [named[pk] for pk in (*_ids(row.path)[:-1], row.estate_id) if pk in named]
        if reasons and (above or "number" not in reasons or within):
            score = sum(reasons.values()) + (max(hit.score for hit in above) if above else 0)
            said = [_said(key, row, query) for key in reasons]
            said += [_("在%(name)s") % {"name": above[-1].name}] if above else []
            found.append(Candidate(row.pk, Kind.BUILDING, row.name, score, tuple(said), row.path))
    return found


def _building_rows(query: str, named: dict[int, Candidate], numbers: set[int], within: Place | None) -> Iterable[Place]:
    """Buildings of the places named, when a number is given; and those whose own words have the query."""
    rows = Place.objects.living().filter(kind=Kind.BUILDING).only(*BUILDING_FIELDS)
    where = Q(search__overlap=bigrams(BUILDING_NUMBER.sub(" ", query)))
    where |= Q(search__contains=terms) if (terms := search_terms(query)) else Q(pk__in=[])
    if numbers:
        near = [hit for hit in named.values() if hit.kind != Kind.STREET]
        where |= Q(estate__in=[hit.place_id for hit in near])
        where |= Q(grid_id__in=[hit.place_id for hit in near]) | Q(community_id__in=[hit.place_id for hit in near])
    if within:
        where = Q(path__startswith=within.path) & (where | Q(pk__isnull=not numbers))
    return rows.filter(where).order_by("pk")[:MAX_BUILDINGS]


def _building_reasons(row: Place, query: str, numbers: set[int]) -> dict[str, int]:
    """Which words point at this building, with their weight."""
    names = [fold(name) for name in (row.name, *row.aliases)]
    found = {}
    if numbers & set(building_numbers(row.name)):
        found["number"] = 40
    elif any(len(name) > 1 and (name in query or query in name) for name in names):
        found["name"] = 50
    if row.address and (fold(row.address) in query or query in fold(row.address)):
        found["address"] = 60
    return found


def _said(key: str, row: Place, query: str) -> str:
    if key == "address":
        return _("门牌是“%(address)s”") % {"address": row.address}
    return (
        _("楼号相同")
        if key == "number"
        else _("名称里有“%(text)s”") % {"text": row.name if row.name in query else query}
    )


def _best(hits: list[Candidate]) -> list[Candidate]:
    """Best first; among equals the one deeper in the tree, then the older; each place once."""
    once = {hit.place_id: hit for hit in sorted(hits, key=lambda hit: hit.score)}
    return sorted(once.values(), key=lambda hit: (-hit.score, -hit.path.count("/"), hit.place_id))
