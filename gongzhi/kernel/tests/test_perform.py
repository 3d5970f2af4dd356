"""The one write path: checks, one transaction, one event, the difference of the work list."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, close_old_connections, connection, transaction

from gongzhi.kernel import bridges, verify
from gongzhi.kernel.actor import SYSTEM
from gongzhi.kernel.errors import NotPermitted, NotPossible, NotValid, Refused, Stale, Twin
from gongzhi.kernel.models import Event, EventBody, Notification, Receipt, Todo
from gongzhi.kernel.perform import ReceiptKey, Work, begin, perform
from gongzhi.kernel.procedure import available
from gongzhi.kernel.tests.factories import NOW, clerk, neighbour, new_errand, runner
from gongzhi.kernel.tests.toy.models import Errand, Leg

pytestmark = pytest.mark.django_db


def sent() -> Errand:
    errand = new_errand()
    perform(errand, "send", actor=clerk(), data={"runner": 12, "note": "三号楼"}, now=NOW)
    return Errand.objects.get(pk=errand.pk)


def test_a_step_changes_state_writes_one_event_and_moves_the_work_list() -> None:
    errand = sent()
    assert (errand.state, errand.seq, errand.due_at) == ("out", 2, NOW + timedelta(hours=4))
    event = Event.objects.get(record_id=errand.pk, seq=2)
    assert (event.before, event.after, event.actor_id, event.duty_id) == ("new", "out", 11, 101)
    assert bytes(errand.head) == bytes(event.hash)
    assert set(Todo.objects.values_list("obligation", "account_id")) == {("act", 12), ("late", None)}
    assert Notification.objects.get().account_id == 12


def test_only_the_fields_a_declaration_keeps_are_stored() -> None:
    errand = new_errand()
    perform(errand, "send", actor=clerk(), data={"runner": 12, "note": "三号楼", "secret": "13800000000"}, now=NOW)
    event = Event.objects.get(record_id=errand.pk, seq=2)
    assert EventBody.objects.get(event_id=event.pk).data == '{"note":"三号楼","runner":12}'


def test_a_stranger_is_refused_and_nothing_is_written() -> None:
    errand = new_errand()
    with pytest.raises(NotPermitted):
        perform(errand, "send", actor=clerk(community=9), data={"runner": 12}, now=NOW)
    errand.refresh_from_db()
    assert (errand.state, Event.objects.count()) == ("new", 1)


def test_a_verb_of_another_state_is_not_possible_and_says_where_things_stand() -> None:
    with pytest.raises(NotPossible, match="新登记"):
        perform(new_errand(), "finish", actor=runner(), now=NOW)


def test_a_wrong_form_is_refused_with_its_fields() -> None:
    with pytest.raises(NotValid) as refusal:
        perform(new_errand(), "send", actor=clerk(), data={"runner": "nobody"}, now=NOW)
    assert set(refusal.value.errors) == {"runner"}


def test_a_second_pair_of_eyes_must_be_another_person() -> None:
    errand = new_errand()
    perform(errand, "send", actor=clerk(12), data={"runner": 12}, now=NOW)
    with pytest.raises(NotPermitted):
        perform(errand, "finish", actor=clerk(12), now=NOW)


def test_an_effect_that_fails_leaves_everything_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    errand = new_errand()
    monkeypatch.setattr(bridges, "defer", lambda events: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        perform(errand, "send", actor=clerk(), data={"runner": 12}, now=NOW)
    errand.refresh_from_db()
    assert (errand.state, errand.seq, Event.objects.count()) == ("new", 1, 1)


def test_a_stale_form_gets_the_version_as_it_is_now() -> None:
    errand = sent()
    with pytest.raises(Stale) as refusal:
        perform(errand, "finish", actor=runner(), seq=1, now=NOW)
    assert isinstance(refusal.value.current, Errand)
    assert refusal.value.current.seq == 2


def test_children_move_under_the_lock_of_their_root_and_close_with_it() -> None:
    errand = sent()
    perform(errand, "split", actor=runner(), now=NOW)
    leg = Leg.objects.get()
    assert (leg.state, Event.objects.get(record_id=leg.pk, kind="toy.leg").root_id) == ("open", errand.pk)
    perform(errand, "finish", actor=runner(), now=NOW)
    leg.refresh_from_db()
    assert leg.state == "ended"
    assert not Todo.objects.exists()
    ended = Event.objects.get(kind="toy.leg", seq=2)
    assert (ended.actor_id, ended.on_behalf_of) == (None, 12)


def test_many_steps_gathered_leave_the_same_rows_as_single_ones() -> None:
    single = sent()
    perform(single, "finish", actor=runner(), now=NOW)
    gathered = Errand(community_id=2, street_id=1, place_id=2, title="买药")
    with transaction.atomic():
        for actor, verb, data in ((neighbour(), "", None), (clerk(), "send", {"runner": 12, "note": "三号楼"}),
                                  (runner(), "finish", None)):  # fmt: skip
            if not verb:
                work = Work(actor, NOW)
                work.begin(gathered, "toy.errand", data)
            else:
                work.actor = actor
                work.perform(gathered, verb, data)
        work.flush()
    ignored = {"id", "uid", "head", "_state"}
    rows = [Errand.objects.get(pk=pk) for pk in (single.pk, gathered.pk)]
    first, second = ({k: v for k, v in row.__dict__.items() if k not in ignored} for row in rows)
    assert first == second
    columns = ("at", "kind", "seq", "verb", "before", "after", "actor_id", "duty_id", "place_path", "version")
    events = [list(Event.objects.filter(record_id=row.pk).order_by("seq").values_list(*columns)) for row in rows]
    assert events[0] == events[1]
    assert list(verify.run(NOW)) == []


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_what_is_offered_is_what_succeeds(steps: int) -> None:
    for actor in (clerk(), clerk(community=9), runner(), neighbour(), SYSTEM):
        for verb in ("send", "split", "call", "finish"):
            errand = new_errand(owner_id=13)
            path = (("send", clerk(), {"runner": 12}), ("finish", runner(), None))[:steps]
            for done, by, data in path:
                perform(errand, done, actor=by, data=data, now=NOW)
            errand.refresh_from_db()
            offered = {t.verb for t in available(errand, actor, NOW)} | (
                {"call"} if actor.is_system and steps == 1 else set()
            )
            try:
                perform(errand, verb, actor=actor, data={"runner": 12}, now=NOW)
            except (NotPossible, NotPermitted):
                assert verb not in offered
            else:
                assert verb in offered


def test_a_double_tap_makes_one_record_and_other_content_is_a_conflict() -> None:
    key = uuid.uuid4()
    first, second = (
        begin(Errand(community_id=2), "toy.errand", actor=neighbour(), now=NOW, receipt=ReceiptKey("a:13", key, "买药"))
        for _ in range(2)
    )
    assert (first.is_replay, second.is_replay, first.record_id) == (False, True, second.record_id)
    assert (Errand.objects.count(), Receipt.objects.count()) == (1, 1)
    with pytest.raises(Twin):
        begin(Errand(), "toy.errand", actor=neighbour(), now=NOW, receipt=ReceiptKey("a:13", key, "买米"))


@pytest.mark.django_db(transaction=True)
def test_six_people_racing_for_one_transition_make_one_event() -> None:
    errand, won, lost = new_errand(), [], []
    start = threading.Barrier(6)

    def race(number: int) -> None:
        close_old_connections()
        start.wait()
        try:
            won.append(perform(errand, "send", actor=clerk(20 + number), data={"runner": number}, now=NOW))
        except Refused as refusal:
            lost.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(won), len(lost)) == (1, 5)
    assert Event.objects.filter(record_id=errand.pk, verb="send").count() == 1
    assert list(verify.run(NOW)) == []


@pytest.mark.django_db(transaction=True)
def test_twins_at_the_same_moment_get_the_same_answer() -> None:
    key, answers = uuid.uuid4(), []
    start = threading.Barrier(4)

    def tap() -> None:
        close_old_connections()
        start.wait()
        receipt = ReceiptKey("d:phone", key, "买药")
        answers.append(begin(Errand(community_id=2), "toy.errand", actor=neighbour(), now=NOW, receipt=receipt))
        connection.close()

    threads = [threading.Thread(target=tap) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer.record_id for answer in answers}) == 1
    assert sorted(answer.is_replay for answer in answers) == [False, True, True, True]
    assert Errand.objects.count() == 1


def test_events_can_be_neither_changed_nor_deleted_nor_emptied() -> None:
    new_errand()
    for statement in ("UPDATE kernel_event SET verb = 'x'", "DELETE FROM kernel_event", "TRUNCATE kernel_event"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
