"""Who may speak for which place, and which notices concern a place."""

from gongzhi.accounts.posts import posts
from gongzhi.kernel.actor import Actor
from gongzhi.kernel.who import Holds
from gongzhi.territory.models import Kind
from gongzhi.territory.tree import Node, tree

WRITERS = posts("clerk", "community_secretary", "street_clerk", "street_secretary", "district_clerk")
WRITER = Holds(WRITERS, "社区干事、书记，或上级经办人")
READERS = WRITERS | posts("district_secretary", "supervisor")
SPEAKING = (Kind.DISTRICT, Kind.STREET, Kind.COMMUNITY)
INDENT = "　"


def writable(actor: Actor) -> list[tuple[int, str]]:
    """(id, name) of the living places the actor may speak for: those of the duties and below, down to communities."""
    now = tree()
    found: dict[int, tuple[int, str]] = {}
    for grant in actor.holding(WRITERS):
        top = now.get(grant.place_id or 0)
        below = now.below(top.path) if top else []
        steps = top.path.count("/") if top else 0
        for node in sorted(below, key=lambda node: node.path):
            if node.kind in SPEAKING and node.is_living():
                found.setdefault(node.id, (node.id, INDENT * (node.path.count("/") - steps) + node.name))
    return list(found.values())


def office_of(actor: Actor) -> str:
    """The full name of the first place the actor may speak for, as the issuer is usually written."""
    node = next((found for pk, _name in writable(actor) if (found := tree().get(pk))), None)
    return (node.full_name or node.name) if node else ""


def concerning(place_id: int) -> list[int]:
    """Ids of the place, what it took over from, and what lies above it; [] for an unknown place."""
    now = tree()
    node: Node | None = now.get(place_id)
    if node is None:
        return []
    return sorted(now.predecessors(int(part) for part in node.path.strip("/").split("/")))
