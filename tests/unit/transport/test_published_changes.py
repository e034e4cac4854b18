"""Transactions as watchers receive them: only what is wanted, in order, and encoded once."""

from hypothesis import given, settings
from hypothesis import strategies as st

from modelregistry.v1 import lookup_service_pb2 as pb
from registry_grpc.domain.change import Event
from registry_grpc.domain.watch import EVERYTHING, Wanted
from registry_grpc.transport.convert.change import event_message
from registry_grpc.transport.published_changes import bookmark, transactions
from tests.support.faults.amount import examples
from tests.support.history import HISTORY, at
from tests.support.log import (
    CREDIT,
    FRAUD,
    MOMENT,
    OTHER,
    a_transaction,
    names_in,
    read,
    some_events,
)
from tests.support.promotions import a_promotion

NAMES = ("namespaces/risk", FRAUD, f"{FRAUD}/aliases/best", CREDIT, f"{CREDIT}/versions/1", OTHER)
WANTED = st.builds(
    Wanted,
    st.sampled_from([None, "risk", "ads"]),
    st.frozensets(st.sampled_from([FRAUD, CREDIT, OTHER])),
    st.lists(st.sampled_from([FRAUD, f"{FRAUD}/aliases/", "namespaces/risk"])).map(tuple),
)


@given(st.lists(st.sampled_from(NAMES), min_size=1, max_size=6), st.lists(WANTED, max_size=4))
@settings(max_examples=examples(200))
def test_everybody_gets_what_he_wants_in_one_message_and_in_order(
    names: list[str], selections: list[Wanted]
) -> None:
    transaction, events = a_transaction(7, *names), some_events(7, *names)
    for wanted in (*selections, EVERYTHING, *selections):
        expected = [event_message(one) for one in events if wanted.matches(one.change.name)]
        message = transaction.message(wanted)
        if not expected:
            assert message is None
        else:
            assert read(message) == pb.WatchResponse(
                revision=7, events=expected, history_id=HISTORY
            )


def test_who_wants_the_same_gets_the_same_bytes() -> None:
    transaction = a_transaction(7, FRAUD, CREDIT)
    one = transaction.message(Wanted("risk"))
    assert transaction.message(EVERYTHING) is one
    assert transaction.message(Wanted(None, frozenset({FRAUD, CREDIT}))) is one
    other = transaction.message(Wanted("risk", frozenset({FRAUD})))
    assert other is not one
    assert transaction.message(Wanted("risk", prefixes=(FRAUD,))) is other


def test_its_size_is_that_of_all_its_events_and_of_the_messages_that_are_kept() -> None:
    names = [f"namespaces/risk/models/m-{number}" for number in range(20)]
    transaction = a_transaction(7, *names, text="x" * 10_000)
    most = transaction.size
    assert 3 * 200_000 < most < 3 * 220_000
    kept = 0
    for number in range(1, 20):
        wanted = Wanted("risk", frozenset(names[:number]))
        message = transaction.message(wanted)
        assert message is not None
        kept += len(message) if transaction.message(wanted) is message else 0
    assert 200_000 < kept + 200_000 <= most == transaction.size


def test_events_are_gathered_by_revision() -> None:
    events = [*some_events(3, FRAUD), *some_events(5, FRAUD, CREDIT), *some_events(6, OTHER)]
    found = list(transactions(events, HISTORY))
    assert [one.revision for one in found] == [3, 5, 6]
    assert [names_in(one.message(EVERYTHING)) for one in found] == [
        [FRAUD],
        [FRAUD, CREDIT],
        [OTHER],
    ]


def test_a_bookmark_has_a_revision_and_nothing_else() -> None:
    assert read(bookmark(at(9))) == pb.WatchResponse(revision=9, history_id=HISTORY)


def test_a_promotion_is_for_those_who_want_a_model_that_it_moves() -> None:
    promotion = a_promotion(FRAUD, CREDIT)
    (transaction,) = transactions([Event(7, 0, MOMENT, promotion)], HISTORY)
    for wanted in (FRAUD, CREDIT):
        assert names_in(transaction.message(Wanted(None, frozenset({wanted})))) == [promotion.name]
    assert transaction.message(Wanted(None, frozenset({OTHER}))) is None
    assert transaction.message(Wanted("risk", prefixes=(FRAUD,))) is None
