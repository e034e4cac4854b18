"""The promises of `Blobs` about garbage: marked for deletion, being deleted, removed."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from registry_grpc.domain.blob import Blob, Claim
from registry_grpc.domain.model import Model
from registry_grpc.domain.version import Version
from registry_grpc.services.ports.database import Database, Transaction
from tests.contract.database_examples import (
    START,
    VersionFields,
    a_blob,
    a_digest,
    a_model,
    a_namespace,
    add_version,
    at,
    deleted,
    some_files,
    stored_model,
)


def _put(database: Database, *blobs: Blob) -> None:
    with database.write() as transaction:
        for blob in sorted(blobs, key=lambda blob: blob.digest):
            transaction.blobs.put(blob)


def _naming(transaction: Transaction, model: Model, number: int, *texts: str) -> Version:
    return add_version(transaction, model, number, VersionFields(files=some_files(*texts)))


def _condemned(database: Database, *texts: str) -> list[Blob]:
    """Return blobs that are condemned at the start."""
    _put(database, *(a_blob(text) for text in texts))
    with database.change(lambda: START) as transaction:
        return list(transaction.blobs.condemn(START, len(texts)))


def _digests(blobs: Sequence[Blob]) -> set[object]:
    return {blob.digest for blob in blobs}


def test_blobs_are_condemned_when_their_lease_has_ended(database: Database) -> None:
    ended, leased = a_blob("ended", lease_until=at(5)), a_blob("leased", lease_until=at(9))
    _put(database, ended, leased)
    with database.change(lambda: START) as transaction:
        assert transaction.blobs.condemn(at(4), 9) == []
        condemned = replace(ended, condemned_time=at(5))
        assert transaction.blobs.condemn(at(5), 9) == [condemned]
        found = transaction.blobs.get("default", [ended.digest, leased.digest])
    assert found == {ended.digest: condemned, leased.digest: leased}


def test_what_is_condemned_or_being_deleted_is_not_condemned_again(database: Database) -> None:
    _condemned(database, "one")
    with database.change(lambda: START) as transaction:
        assert transaction.blobs.condemn(at(1), 9) == []
        assert len(transaction.blobs.mark_deleting(at(1), at(1), 9)) == 1
        assert transaction.blobs.condemn(at(2), 9) == []


def test_blobs_that_a_live_version_names_are_not_condemned(database: Database) -> None:
    model = stored_model(database)
    _put(database, a_blob("named"), a_blob("unnamed"))
    with database.change(lambda: START) as transaction:
        _naming(transaction, model, 1, "named")
        condemned = transaction.blobs.condemn(START, 9)
        assert _digests(condemned) == {a_digest("unnamed")}
        assert transaction.blobs.condemn(at(1), 9) == []


def test_versions_of_another_namespace_keep_nothing(database: Database) -> None:
    model = stored_model(database)
    with database.change(lambda: START) as transaction:
        transaction.namespaces.add(a_namespace())
        for namespace in ("default", "risk"):
            transaction.blobs.put(a_blob("named", namespace=namespace))
        _naming(transaction, model, 1, "named")
        assert [blob.namespace for blob in transaction.blobs.condemn(START, 9)] == ["risk"]


def test_a_version_of_a_deleted_model_keeps_its_blobs(database: Database) -> None:
    model = stored_model(database)
    _put(database, a_blob("named"))
    with database.change(lambda: START) as transaction:
        _naming(transaction, model, 1, "named")
        transaction.models.update(replace(model, delete_time=at(1), update_time=at(1)))
        assert transaction.blobs.condemn(at(1), 9) == []


def test_deleting_the_last_version_that_names_a_blob_frees_it(database: Database) -> None:
    model = stored_model(database)
    _put(database, a_blob("shared"), a_blob("own"))
    with database.change(lambda: START) as transaction:
        first = _naming(transaction, model, 1, "shared", "own")
        second = _naming(transaction, model, 2, "shared")
        assert transaction.blobs.condemn(START, 9) == []
        transaction.versions.update(deleted(first, at(1), 1))
        assert _digests(transaction.blobs.condemn(at(1), 9)) == {a_digest("own")}
        transaction.versions.update(deleted(second, at(2), 2))
        assert _digests(transaction.blobs.condemn(at(2), 9)) == {a_digest("shared")}


def test_a_version_named_again_after_deletion_keeps_its_blobs(database: Database) -> None:
    model = stored_model(database)
    _put(database, a_blob("named"))
    with database.change(lambda: START) as transaction:
        transaction.versions.update(deleted(_naming(transaction, model, 1, "named"), at(1), 1))
        _naming(transaction, model, 2, "named")
        assert transaction.blobs.condemn(at(2), 9) == []


def test_no_more_are_condemned_than_the_limit(database: Database) -> None:
    model = stored_model(database)
    named = [f"named {number}" for number in range(5)]
    texts = [str(number) for number in range(5)]
    # The named ones are looked at first.
    _put(database, *(a_blob(text, lease_until=at(1)) for text in named))
    _put(database, *(a_blob(text, lease_until=at(2)) for text in texts))
    with database.change(lambda: START) as transaction:
        _naming(transaction, model, 1, *named)
        batches = [transaction.blobs.condemn(at(3), 2) for _ in range(4)]
        assert transaction.blobs.condemn(at(3), 0) == []
    assert [len(batch) for batch in batches] == [2, 2, 1, 0]
    assert set().union(*map(_digests, batches)) == {a_digest(text) for text in texts}


def test_what_was_condemned_before_a_moment_is_deleted(database: Database) -> None:
    (condemned,) = _condemned(database, "one")
    with database.change(lambda: START) as transaction:
        assert transaction.blobs.mark_deleting(START, at(1), 9) == []
        assert transaction.blobs.mark_deleting(at(1), at(1), 9) == [condemned]
        assert transaction.blobs.get("default", [condemned.digest]) == {}


def test_what_is_being_deleted_is_returned_until_it_is_removed(database: Database) -> None:
    (condemned,) = _condemned(database, "one")
    for minute in (1, 2):
        with database.change(partial(at, minute)) as transaction:
            assert transaction.blobs.mark_deleting(at(1), at(minute), 9) == [condemned]
    with database.change(lambda: at(3)) as transaction:
        transaction.blobs.remove("default", condemned.digest)
        assert transaction.blobs.mark_deleting(at(3), at(3), 9) == []


def test_no_more_are_doomed_than_the_limit_and_new_ones_come_first(database: Database) -> None:
    condemned = _condemned(database, *"abcde")
    with database.change(lambda: at(1)) as transaction:
        first = transaction.blobs.mark_deleting(at(1), at(1), 3)
        assert len(first) == 3
        second = transaction.blobs.mark_deleting(at(1), at(1), 3)
        assert len(second) == 3
        assert _digests(second[:2]) == _digests(condemned) - _digests(first)
        assert _digests(transaction.blobs.mark_deleting(at(1), at(1), 9)) == _digests(condemned)
        assert transaction.blobs.mark_deleting(at(1), at(1), 0) == []


def test_what_a_version_names_again_is_reprieved(database: Database) -> None:
    model = stored_model(database)
    condemned = _condemned(database, "named", "unnamed")
    with database.change(lambda: at(1)) as transaction:
        version = _naming(transaction, model, 1, "named")
        (deleting,) = transaction.blobs.mark_deleting(at(1), at(1), 9)
        assert deleting.digest == a_digest("unnamed")
        named = a_blob("named")
        found = transaction.blobs.get("default", list({blob.digest for blob in condemned}))
        assert found == {named.digest: named}
        assert transaction.blobs.condemn(at(2), 9) == []
        transaction.versions.update(deleted(version, at(3), 3))
        assert _digests(transaction.blobs.condemn(at(3), 9)) == {named.digest}


def test_what_was_doomed_earlier_keeps_nothing_else_from_going(database: Database) -> None:
    _condemned(database, "stuck")
    with database.change(lambda: at(1)) as transaction:
        transaction.blobs.mark_deleting(at(1), at(1), 1)
    _condemned(database, "next")
    with database.change(lambda: at(2)) as transaction:
        (deleting,) = transaction.blobs.mark_deleting(at(2), at(2), 1)
    assert deleting.digest == a_digest("next")


def test_what_is_leased_again_is_not_deleted(database: Database) -> None:
    claimed, extended, stored, idle = _condemned(database, "a", "b", "c", "d")
    with database.write() as transaction:
        assert transaction.blobs.claim("default", claimed.digest, at(9)) is Claim.HELD
        transaction.blobs.extend("default", [extended.digest], at(9))
        transaction.blobs.put(replace(stored, condemned_time=None, lease_until=at(9)))
    kept = [claimed.digest, extended.digest, stored.digest]
    with database.change(lambda: at(1)) as transaction:
        assert transaction.blobs.mark_deleting(at(1), at(1), 9) == [idle]
        found = transaction.blobs.get("default", kept)
        assert {blob.lease_until for blob in found.values()} == {at(9)}
        assert {blob.condemned_time for blob in found.values()} == {None}
        assert transaction.blobs.condemn(at(8), 9) == []
        assert _digests(transaction.blobs.condemn(at(9), 9)) == set(kept)


def test_a_short_extension_lifts_a_condemnation_too(database: Database) -> None:
    (condemned,) = _condemned(database, "one")
    before = at(-5)
    with database.change(lambda: at(1)) as transaction:
        transaction.blobs.extend("default", [condemned.digest], before)
        (found,) = transaction.blobs.get("default", [condemned.digest]).values()
        assert found == replace(condemned, condemned_time=None)
        assert transaction.blobs.mark_deleting(at(1), at(1), 9) == []


def test_a_lease_that_was_recorded_with_a_condemnation_reprieves(database: Database) -> None:
    blob = replace(a_blob(lease_until=at(9)), condemned_time=START)
    _put(database, blob)
    with database.change(lambda: at(1)) as transaction:
        assert transaction.blobs.mark_deleting(at(1), at(1), 9) == []
        (found,) = transaction.blobs.get("default", [blob.digest]).values()
        assert found == replace(blob, condemned_time=None)
        assert transaction.blobs.condemn(at(9), 9) == [replace(blob, condemned_time=at(9))]


def test_thousands_are_condemned_and_deleted_across_namespaces(database: Database) -> None:
    model = a_model()
    texts = [str(number) for number in range(1_200)]
    with database.change(lambda: START) as transaction:
        transaction.models.add(model)
        transaction.namespaces.add(a_namespace())
        for text in texts:
            for namespace in ("default", "risk"):
                transaction.blobs.put(a_blob(text, namespace=namespace))
        _naming(transaction, model, 1, *texts)
        assert len(transaction.blobs.condemn(START, 5_000)) == len(texts)
        deleting = transaction.blobs.mark_deleting(at(1), at(1), 5_000)
    assert {blob.namespace for blob in deleting} == {"risk"}
    assert len(_digests(deleting)) == len(texts)


def test_stored_bytes_that_no_row_knows_are_deleted(database: Database) -> None:
    orphan = replace(a_blob("orphan", lease_until=at(99)), condemned_time=at(1))
    with database.change(lambda: at(1)) as transaction:
        assert transaction.blobs.add_orphan(orphan)
        assert transaction.blobs.claim("default", orphan.digest, at(9)) is Claim.DELETING
        assert transaction.blobs.mark_deleting(at(1), at(1), 9) == [orphan]
        assert not transaction.blobs.add_orphan(orphan)
        transaction.blobs.remove("default", orphan.digest)
        assert transaction.blobs.add_orphan(replace(orphan, condemned_time=None))


def test_a_blob_with_a_row_is_not_disowned(database: Database) -> None:
    blob = a_blob()
    _put(database, blob)
    with database.change(lambda: at(1)) as transaction:
        assert not transaction.blobs.add_orphan(replace(blob, generation=7, condemned_time=at(1)))
        assert transaction.blobs.get("default", [blob.digest]) == {blob.digest: blob}


def test_bytes_of_an_unknown_namespace_are_left_alone(database: Database) -> None:
    with database.change(lambda: at(1)) as transaction:
        assert not transaction.blobs.add_orphan(a_blob(namespace="elsewhere"))
        assert transaction.blobs.mark_deleting(at(1), at(1), 9) == []


def test_marks_count_what_is_marked_as_being_deleted_by_namespace(database: Database) -> None:
    with database.change(lambda: START) as transaction:
        transaction.namespaces.add(a_namespace())
        for text, namespace in (("one", "default"), ("two", "default"), ("one", "risk")):
            transaction.blobs.put(a_blob(text, namespace=namespace))
        assert transaction.blobs.deletion_counter("default") == 0
        assert len(transaction.blobs.condemn(START, 9)) == 3
        assert transaction.blobs.deletion_counter("default") == 0
        assert len(transaction.blobs.mark_deleting(at(1), at(1), 9)) == 3
        assert (
            transaction.blobs.deletion_counter("default"),
            transaction.blobs.deletion_counter("risk"),
        ) == (2, 1)
        assert len(transaction.blobs.mark_deleting(at(1), at(1), 9)) == 3  # the same, marked before
        assert (
            transaction.blobs.deletion_counter("default"),
            transaction.blobs.deletion_counter("risk"),
        ) == (2, 1)
        assert transaction.blobs.add_orphan(a_blob("orphan", namespace="risk"))
        assert not transaction.blobs.add_orphan(a_blob("orphan", namespace="risk"))
        assert not transaction.blobs.add_orphan(a_blob("orphan", namespace="nowhere"))
    with database.write() as transaction:
        assert transaction.blobs.remove("default", a_digest("one"))
    with database.read() as transaction:
        found = [
            transaction.blobs.deletion_counter(name) for name in ("default", "risk", "nowhere")
        ]
    assert found == [2, 2, 0]


def test_what_is_reprieved_is_not_marked(database: Database) -> None:
    _condemned(database, "wanted again")
    with database.change(lambda: START) as transaction:
        transaction.blobs.extend("default", [a_digest("wanted again")], at(9))
        assert transaction.blobs.mark_deleting(at(1), at(1), 9) == []
        assert transaction.blobs.deletion_counter("default") == 0
