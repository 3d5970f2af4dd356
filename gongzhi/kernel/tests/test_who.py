"""Both faces of every rule agree, whatever the data."""

import random

import pytest
from django.http import Http404

from gongzhi.kernel.actor import ANYONE, SYSTEM, Actor, Grant
from gongzhi.kernel.models import Circle
from gongzhi.kernel.tests.factories import NOW
from gongzhi.kernel.tests.toy.models import Errand
from gongzhi.kernel.who import AnyOf, Handles, Holds, Own, Public, System, Token, get_or_404

pytestmark = pytest.mark.django_db
LEVELS = ("district", "street", "community", "grid", "building")
RULES = (
    Holds(frozenset({"clerk"}), "干事"), Handles(frozenset({"runner"})), Own(), Token(), Public(), System(),
    AnyOf((Holds(frozenset({"clerk", "boss"}), "干事"), Own())), AnyOf((Token(), Handles(frozenset({"clerk"})))),
)  # fmt: skip


def some_errand(dice: random.Random) -> Errand:
    def pick() -> int | None:
        return dice.choice([None, 1, 2, 3])

    return Errand(
        procedure="toy.errand", state="new", created_at=NOW, entered_at=NOW, place_id=pick(), grid_id=pick(),
        community_id=pick(), street_id=pick(), district_id=pick(), circle_id=dice.choice([None, None, 1, 2]),
        account_id=pick(), organisation_id=pick(), owner_id=pick(),
    )  # fmt: skip


def some_grant(dice: random.Random) -> Grant:
    post = dice.choice(["clerk", "runner", "boss"])
    stands_for = dice.choice([None, None, 1, 2])
    if dice.random() < 0.4:
        return Grant(dice.randrange(99), post, organisation_id=dice.choice([1, 2, 3]), on_behalf_of=stands_for)
    covered = frozenset(dice.sample([1, 2, 3], dice.randrange(1, 3)))
    return Grant(dice.randrange(99), post, dice.choice(LEVELS), covered, on_behalf_of=stands_for)


def some_actor(dice: random.Random, uids: list[str]) -> Actor:
    if dice.random() < 0.1:
        return dice.choice([ANYONE, SYSTEM])
    grants = tuple(some_grant(dice) for _ in range(dice.randrange(4)))
    circles = frozenset(dice.sample([1, 2], dice.randrange(3)))
    return Actor(dice.choice([1, 2, 3]), "某人", grants, circles, frozenset(dice.sample(uids, dice.randrange(3))))


def test_the_answer_for_a_record_and_for_a_list_is_the_same() -> None:
    dice = random.Random(20260301)
    Errand.objects.bulk_create(some_errand(dice) for _ in range(60))
    errands = list(Errand.objects.all())
    uids = [str(errand.uid) for errand in errands]
    seen = 0
    for _ in range(40):
        actor = some_actor(dice, uids)
        for rule in RULES:
            one_by_one = {errand.pk for errand in errands if rule.allows(errand, actor)}
            assert set(Errand.objects.filter(rule.q(actor)).values_list("pk", flat=True)) == one_by_one
            seen += len(one_by_one)
    assert seen > 1000


def test_area_one_is_not_area_ten_and_a_stranger_learns_nothing() -> None:
    errand = Errand.objects.create(procedure="toy.errand", state="new", created_at=NOW, entered_at=NOW, community_id=10)
    holds = Holds(frozenset({"clerk"}), "干事")
    one = Actor(1, "甲", (Grant(1, "clerk", "community", frozenset({1})),))
    ten = Actor(2, "乙", (Grant(2, "clerk", "community", frozenset({10})),))
    assert get_or_404(Errand.objects.all(), holds, ten, pk=errand.pk) == errand
    with pytest.raises(Http404):
        get_or_404(Errand.objects.all(), holds, one, pk=errand.pk)


def test_confidential_records_are_closed_even_to_those_with_a_duty_here() -> None:
    circle = Circle.objects.create(reason="反映社区干部")
    errand = Errand(community_id=2, circle_id=circle.pk)
    holds = Holds(frozenset({"clerk"}), "干事")
    grant = (Grant(1, "clerk", "community", frozenset({2})),)
    assert holds.allows(errand, Actor(1, "甲", grant)) is None
    assert holds.allows(errand, Actor(1, "甲", grant, circles=frozenset({circle.pk}))) is not None


def test_when_the_last_duty_has_ended_being_named_opens_nothing() -> None:
    errand = Errand(account_id=5)
    assert Handles(frozenset({"runner"})).allows(errand, Actor(5, "甲")) is None
