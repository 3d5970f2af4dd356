"""The demonstration community: complete, believable, consistent, made once, repaired when it was cut off."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.hashers import check_password
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from PIL import Image
from pytest_django import DjangoDbBlocker

from gongzhi.accounts.models import Account, Delegation, Duty
from gongzhi.accounts.posts import POSTS
from gongzhi.base.models import StoredFile
from gongzhi.base.text import find_personal_data
from gongzhi.cases.forms import ROUTES
from gongzhi.cases.models import Category, Matter, Order, Report, RoutingRule, Task
from gongzhi.kernel import clock, verify
from gongzhi.kernel.models import Event, EventBody, Todo
from gongzhi.organisations.models import Organisation
from gongzhi.portal.demo import grammar, histories, people, places, scenes
from gongzhi.portal.demo.people import PASSWORD
from gongzhi.territory.geo import grid_at
from gongzhi.territory.models import Kind, Place, PlaceBoundary
from gongzhi.territory.tree import covered_ids

pytestmark = pytest.mark.django_db


class Cut(Exception):
    """The power went."""


def run(name: str = "demo_data", **options: str) -> str:
    out = StringIO()
    call_command(name, stdout=out, **options)
    return out.getvalue()


def test_real_accounts_are_never_mixed_with_invented_ones() -> None:
    Account.objects.create(username="zhang", name="张三", kind=Account.Kind.STAFF)
    with pytest.raises(CommandError, match="真实的账号"):
        run(scale="small")


@pytest.fixture(scope="module")
def cut_off(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, int]]:
    """The small demonstration, made in a run that is cut off among the concerns and in a second one.

    What stood between the two is the value. Made once for the module and rolled back after it.
    """
    clock.forget()
    played = histories.play

    def fail_late(*args: object) -> None:
        played(*args)  # type: ignore[arg-type]
        raise Cut

    with django_db_blocker.unblock(), transaction.atomic(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(histories, "play", fail_late)
        with pytest.raises(Cut):
            run(scale="small")
        between = {model.__name__: model.objects.count() for model in (Matter, Event, StoredFile, Account, Place)}
        patch.undo()
        assert "写好了" in run(scale="small")
        yield between
        transaction.set_rollback(True)
    clock.forget()


@pytest.fixture
def demo(cut_off: dict[str, int], db: None) -> None:
    """The small demonstration, whole."""


def test_a_run_that_was_cut_off_keeps_whole_stages_and_the_next_one_repairs_it(cut_off: dict[str, int]) -> None:
    assert (cut_off["Matter"], cut_off["Event"], cut_off["StoredFile"]) == (0, 0, 0)
    assert cut_off["Account"] == Account.objects.count()
    assert cut_off["Place"] == Place.objects.count()
    drawn = StoredFile.objects.filter(original=None)
    paths = set(drawn.values_list("path", flat=True)) | set(drawn.values_list("thumbnail_path", flat=True))
    assert {f"files/demo/{name}" for name in default_storage.listdir("files/demo")[1]} == paths


def test_a_second_run_changes_nothing(demo: None) -> None:
    models = (Matter, Event, StoredFile, Account, Duty, Place, Organisation, RoutingRule)
    before = [model.objects.count() for model in models]
    assert "已经齐了" in run(scale="small")
    assert [model.objects.count() for model in models] == before


def test_every_proof_holds(demo: None) -> None:
    assert list(verify.run()) == []


def test_every_state_and_every_turn_is_there(demo: None) -> None:
    assert set(Matter.objects.values_list("state", flat=True)) == set(Matter.State.values)
    assert set(Report.objects.values_list("state", flat=True)) >= {"open", "answered", "rated", "lapsed", "guided"}
    assert set(Order.objects.values_list("state", flat=True)) == set(Order.State.values)
    assert set(Task.objects.values_list("state", flat=True)) >= {"given", "signed", "done"}
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert verbs >= {"escalate", "reopen_by_reporter", "absorb", "merge", "resume", "take_charge", "pass_check"}
    assert Todo.objects.filter(obligation="extension").exists()
    assert Todo.objects.filter(obligation__startswith="late-").exists()
    assert Matter.objects.open().filter(reopened__gt=0).exists()
    assert Matter.objects.open().filter(co_open__gt=0).exists()
    assert Matter.objects.open().filter(charge_id__isnull=False).exists()


def test_each_of_the_six_decline_routes_was_explained(demo: None) -> None:
    events = Event.objects.filter(verb="decline").values("pk")
    bodies = " ".join(EventBody.objects.filter(event_id__in=events).values_list("data", flat=True))
    assert [route for route, _label in ROUTES if f'"{route}"' not in bodies] == []


def test_nothing_is_due_that_should_have_happened_by_itself(demo: None) -> None:
    """The scanner finds nothing left over from the past: no flood of escalations on the first minute."""
    assert not Todo.objects.filter(next_at__lt=timezone.now() - timedelta(minutes=3)).exists()


def test_the_figures_are_those_of_a_well_run_place(demo: None) -> None:
    closed = Matter.objects.filter(state="closed")
    rated = Report.objects.filter(satisfaction__isnull=False)
    first = timezone.now() - timedelta(days=366)
    assert closed.count() > 200
    assert Matter.objects.filter(created_at__lt=first).count() == 0
    assert 0.92 < closed.filter(is_handled_late=False).count() / closed.count() < 1
    assert 0.90 < rated.filter(satisfaction__gte=4).count() / rated.count() < 1
    judged = Event.objects.filter(verb="rate").count()
    assert 0 < Event.objects.filter(verb="reopen_by_reporter").count() / judged < 0.1
    assert Matter.objects.open().late(timezone.now()).exists()


def test_hardly_any_text_or_title_is_there_twice(demo: None) -> None:
    texts = list(Report.objects.values_list("text", flat=True))
    titles = list(Matter.objects.values_list("title", flat=True))
    assert len(set(texts)) >= 0.95 * len(texts)
    assert len(set(titles)) >= 0.6 * len(titles)
    assert max(map(len, titles)) <= 30


def test_what_is_public_names_nobody(demo: None) -> None:
    shown = Matter.objects.public()
    assert shown.count() > 0.5 * Matter.objects.count()
    words = [text for row in shown.values_list("public_title", "public_answer") for text in row]
    assert all(title for title in shown.values_list("public_title", flat=True))
    assert [text for text in words if find_personal_data(text)] == []


def test_answers_differ_within_a_category(demo: None) -> None:
    seen: dict[str, Counter[str]] = {}
    for code, answer in Report.objects.exclude(answer="").values_list("matter__category__code", "answer"):
        seen.setdefault(code, Counter())[answer] += 1
    many = [answers for answers in seen.values() if answers.total() >= 6]
    assert many
    assert all(len(answers) >= 4 for answers in many)


def test_somebody_holds_every_post_and_can_sign_in_with_the_printed_password(demo: None) -> None:
    held = dict(Duty.objects.values_list("post", "account__username"))
    assert set(held) == set(POSTS)
    printed = run("demo_logins")
    assert PASSWORD in printed
    names = [line.split()[0] for line in printed.splitlines()[2:] if line.strip()]
    accounts = Account.objects.filter(username__in=names)
    assert len(names) == accounts.count() == len(POSTS) + 1
    account = accounts[0]
    assert check_password(PASSWORD, account.password)
    assert not accounts.filter(must_change_password=True).exists()
    assert Delegation.objects.in_force(timezone.localdate()).count() == 1


@pytest.mark.parametrize(("post", "owed"), [("clerk", "act"), ("supervisor", "act"), ("street_clerk", "act")])
def test_the_first_login_of_a_post_has_something_to_do(demo: None, post: str, owed: str) -> None:
    place = Duty.objects.filter(post=post).order_by("pk")[0].place
    assert place is not None
    level, covered = covered_ids(place)
    found = Todo.objects.filter(post=post, obligation=owed, **{f"{level}_id__in": covered})
    assert found.exists()


def test_boundaries_are_marked_invented_and_hold_their_buildings(demo: None) -> None:
    assert not PlaceBoundary.objects.filter(is_invented=False).exists()
    buildings = list(Place.objects.filter(kind=Kind.BUILDING))
    assert all(building.token and building.lon for building in buildings)
    inside = [building for building in buildings if _holds(building)]
    assert len(inside) == len(buildings)


def _holds(building: Place) -> bool:
    assert building.lon is not None
    assert building.lat is not None
    found = grid_at(building.lon, building.lat)
    return found is not None and found.pk == building.grid_id


def test_photos_are_of_the_matter_and_public_only_with_it(demo: None) -> None:
    rows = list(StoredFile.objects.filter(owner_kind="cases.matter", copies=None))
    shown = set(Matter.objects.public().values_list("pk", flat=True))
    assert {row.label for row in rows} == {"before", "after"}
    public = [row for row in rows if row.is_public]
    assert public and all(row.owner_id in shown for row in public)
    with default_storage.open(rows[0].path) as file, Image.open(file) as image:
        assert image.size == (rows[0].width, rows[0].height)
    assert StoredFile.objects.filter(owner_kind="cases.report", label="scene").exists()
    assert not StoredFile.objects.filter(copies__isnull=False, is_public=True).exists()


def test_before_and_after_differ_in_every_scene() -> None:
    for name in scenes.SCENES:
        assert scenes.draw(name, is_after=False).tobytes() != scenes.draw(name, is_after=True).tobytes(), name


def test_every_category_of_the_list_has_its_own_sentences() -> None:
    call_command("seed_categories", categories_only=True, stdout=StringIO())
    leaves = set(Category.objects.filter(parent__isnull=False).values_list("code", flat=True))
    assert {topic.code for topic in grammar.topics()} == leaves
    assert {topic.photo for topic in grammar.topics()} - {""} == set(scenes.SCENES)
    for topic in grammar.topics():
        assert min(len(topic.see), len(topic.bad), len(topic.do), len(topic.cheer)) >= 1, topic.code


def test_the_households_of_a_place_are_those_of_its_grids(demo: None) -> None:
    for spot in places.spots("small"):
        top = places.community(spot)
        assert top is not None
        grids = Place.objects.filter(parent=top, kind=Kind.GRID).values_list("households", flat=True)
        assert len(grids) == spot.columns * spot.rows
        assert sum(grids) == top.households
        assert all(300 <= homes <= 500 for homes in grids)


def test_the_eight_places_are_in_the_real_list() -> None:
    text = places.LIST.read_text(encoding="utf-8")
    assert [spot.code for spot in places.SPOTS if f"\n{spot.code}," not in text] == []
    assert len(people.GIVEN) == len(set(people.GIVEN))
