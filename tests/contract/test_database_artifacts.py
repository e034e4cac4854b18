"""The promises of `Blobs`; those about garbage are in a file of their own."""

from dataclasses import replace

import pytest

from registry_grpc.domain.blob import Blob, Claim
from registry_grpc.domain.errors import BlobBeingDeleted
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import START, a_blob, a_digest, a_namespace, at


def _being_deleted(database: Database, text: str = "deleting") -> Blob:
    """Return a blob that is being deleted."""
    blob = a_blob(text)
    with database.change(lambda: START) as transaction:
        transaction.blobs.put(blob)
        transaction.blobs.condemn(START, 9)
        transaction.blobs.mark_deleting(at(1), at(1), 9)
    return blob


def test_a_blob_comes_back_as_it_was_stored(database: Database) -> None:
    blob = a_blob()
    with database.write() as transaction:
        transaction.blobs.put(blob)
        assert transaction.blobs.get("default", [blob.digest]) == {blob.digest: blob}


def test_only_blobs_that_are_held_are_returned(database: Database) -> None:
    one, two = a_blob("one"), a_blob("two")
    with database.write() as transaction:
        transaction.blobs.put(one)
        transaction.blobs.put(two)
        found = transaction.blobs.get("default", [one.digest, a_digest("three")])
        assert transaction.blobs.get("default", []) == {}
    assert found == {one.digest: one}


def test_blobs_of_another_namespace_are_not_returned(database: Database) -> None:
    blob = a_blob()
    with database.change(lambda: START) as transaction:
        transaction.namespaces.add(a_namespace())
        transaction.blobs.put(blob)
        assert transaction.blobs.get("risk", [blob.digest]) == {}


def test_thousands_of_digests_can_be_asked_for_at_once(database: Database) -> None:
    blob = a_blob()
    digests = [a_digest(str(number)) for number in range(33_000)]
    with database.write() as transaction:
        transaction.blobs.put(blob)
        transaction.blobs.extend("default", [*digests, blob.digest], at(5))
        found = transaction.blobs.get("default", [*digests, blob.digest])
    assert found == {blob.digest: replace(blob, lease_until=at(5))}


def test_putting_a_blob_again_only_extends_its_lease(database: Database) -> None:
    blob = a_blob(lease_until=at(5))
    again = replace(blob, generation=7, crc32c=8, create_time=at(1))
    with database.write() as transaction:
        transaction.blobs.put(blob)
        transaction.blobs.put(replace(again, lease_until=at(3)))
        assert transaction.blobs.get("default", [blob.digest]) == {blob.digest: blob}
        transaction.blobs.put(replace(again, lease_until=at(9)))
        found = transaction.blobs.get("default", [blob.digest])
    assert found == {blob.digest: replace(blob, lease_until=at(9))}


def test_extending_leases_never_shortens_one(database: Database) -> None:
    short, long, other = (
        a_blob(text, lease_until=at(minutes))
        for text, minutes in (("short", 1), ("long", 9), ("other", 1))
    )
    with database.write() as transaction:
        for blob in (short, long, other):
            transaction.blobs.put(blob)
        transaction.blobs.extend("default", [short.digest, long.digest], at(5))
        found = transaction.blobs.get("default", [short.digest, long.digest, other.digest])
    assert [found[blob.digest].lease_until for blob in (short, long, other)] == [
        at(5),
        at(9),
        at(1),
    ]


def test_a_blob_that_is_being_deleted_counts_as_absent(database: Database) -> None:
    blob = _being_deleted(database)
    with database.read() as transaction:
        assert transaction.blobs.get("default", [blob.digest]) == {}
        assert transaction.blobs.page(None, 9) == []


def test_extending_passes_over_what_is_absent_or_being_deleted(database: Database) -> None:
    blob = _being_deleted(database)
    with database.change(lambda: at(2)) as transaction:
        transaction.blobs.extend("default", [blob.digest, a_digest("absent")], at(9))
        assert transaction.blobs.get("default", [blob.digest, a_digest("absent")]) == {}
        (still,) = transaction.blobs.mark_deleting(at(2), at(2), 9)
    assert still == replace(blob, condemned_time=START)


def test_a_blob_that_is_being_deleted_cannot_be_put(database: Database) -> None:
    blob = _being_deleted(database)
    with pytest.raises(BlobBeingDeleted), database.write() as transaction:
        transaction.blobs.put(blob)
    with database.write() as transaction:
        transaction.blobs.remove("default", blob.digest)
        transaction.blobs.put(blob)
        assert transaction.blobs.get("default", [blob.digest]) == {blob.digest: blob}


def test_claiming_a_blob_extends_its_lease_and_never_shortens_it(database: Database) -> None:
    blob = a_blob(lease_until=at(5))
    with database.write() as transaction:
        transaction.blobs.put(blob)
        assert transaction.blobs.claim("default", blob.digest, at(3)) is Claim.HELD
        assert transaction.blobs.get("default", [blob.digest]) == {blob.digest: blob}
        assert transaction.blobs.claim("default", blob.digest, at(9)) is Claim.HELD
        found = transaction.blobs.get("default", [blob.digest])
    assert found == {blob.digest: replace(blob, lease_until=at(9))}


def test_claiming_says_what_is_absent_and_what_is_being_deleted(database: Database) -> None:
    blob = _being_deleted(database)
    with database.write() as transaction:
        assert transaction.blobs.claim("default", a_digest("absent"), at(9)) is Claim.ABSENT
        assert transaction.blobs.claim("risk", blob.digest, at(9)) is Claim.ABSENT
        assert transaction.blobs.claim("default", blob.digest, at(9)) is Claim.DELETING
        transaction.blobs.remove("default", blob.digest)
        assert transaction.blobs.claim("default", blob.digest, at(9)) is Claim.ABSENT


def test_the_sizes_of_those_that_are_held_are_told(database: Database) -> None:
    deleting = _being_deleted(database)
    held = [a_blob(f"held {number}") for number in range(1_500)]
    with database.write() as transaction:
        transaction.blobs.put_all(held)
        asked = [a_digest("absent"), deleting.digest, *(blob.digest for blob in held)]
        assert transaction.blobs.held("default", asked) == {blob.digest: blob.size for blob in held}
        assert transaction.blobs.held("risk", asked) == {}


def test_many_are_claimed_at_once_each_with_its_own_answer(database: Database) -> None:
    deleting = _being_deleted(database)
    held = [a_blob(f"held {number}", lease_until=at(number)) for number in range(1_500)]
    absent = [a_digest(f"absent {number}") for number in range(1_500)]
    with database.write() as transaction:
        transaction.blobs.put_all(held)
        asked = [*absent, deleting.digest, *(blob.digest for blob in held)]
        claims = transaction.blobs.claim_all("default", asked, at(750))
        found = transaction.blobs.get("default", [blob.digest for blob in held])
        assert transaction.blobs.claim_all("risk", asked[:1], at(9)) == {asked[0]: Claim.ABSENT}
        assert transaction.blobs.claim_all("default", [], at(9)) == {}
    assert claims == {
        **dict.fromkeys(absent, Claim.ABSENT),
        deleting.digest: Claim.DELETING,
        **{blob.digest: Claim.HELD for blob in held},
    }
    assert found == {
        blob.digest: replace(blob, lease_until=max(blob.lease_until, at(750))) for blob in held
    }


def test_many_are_put_at_once_and_those_that_are_there_keep_what_they_are(
    database: Database,
) -> None:
    old = [a_blob(f"old {number}", lease_until=at(5)) for number in range(3)]
    new = [a_blob(f"new {number}", lease_until=at(number)) for number in range(1_500)]
    again = [
        replace(blob, generation=7, create_time=at(1), lease_until=at(minutes))
        for blob, minutes in zip(old, (3, 5, 9), strict=True)
    ]
    with database.write() as transaction:
        transaction.blobs.put_all(old)
        transaction.blobs.put_all([*new, *again])
        transaction.blobs.put_all([])
        found = transaction.blobs.get("default", [blob.digest for blob in (*old, *new)])
    kept = [*old[:2], replace(old[2], lease_until=at(9)), *new]
    assert found == {blob.digest: blob for blob in kept}


def test_none_of_many_are_put_when_one_is_being_deleted(database: Database) -> None:
    deleting, others = _being_deleted(database), [a_blob("before"), a_blob("after")]
    with (
        pytest.raises(BlobBeingDeleted, match=str(deleting.digest)),
        database.write() as transaction,
    ):
        transaction.blobs.put_all([others[0], deleting, others[1]])
    with database.read() as transaction:
        assert transaction.blobs.get("default", [blob.digest for blob in others]) == {}


def test_removing_is_harmless_for_blobs_that_are_not_being_deleted(database: Database) -> None:
    blob = a_blob()
    with database.write() as transaction:
        transaction.blobs.put(blob)
        transaction.blobs.remove("default", blob.digest)
        transaction.blobs.remove("default", a_digest("absent"))
        assert transaction.blobs.get("default", [blob.digest]) == {blob.digest: blob}


def test_sizes_are_those_that_some_blob_of_the_namespace_has(database: Database) -> None:
    _being_deleted(database, "1234567")
    with database.change(lambda: START) as transaction:
        transaction.namespaces.add(a_namespace())
        for text in ("12345", "54321", "123"):
            transaction.blobs.put(a_blob(text))
        transaction.blobs.put(a_blob("1234", namespace="risk"))
        assert transaction.blobs.sizes("default", [5, 4, 3, 5, 7]) == {5, 3, 7}
        assert transaction.blobs.sizes("risk", [5, 4, 2**62]) == {4}
        assert transaction.blobs.sizes("default", []) == frozenset()


def test_thousands_of_sizes_can_be_asked_for_at_once(database: Database) -> None:
    with database.write() as transaction:
        transaction.blobs.put(a_blob("12345"))
        assert transaction.blobs.sizes("default", range(40_000)) == {5}


def test_all_blobs_of_the_namespace_count_as_used(database: Database) -> None:
    blob = _being_deleted(database, "1234567")
    with database.change(lambda: START) as transaction:
        transaction.namespaces.add(a_namespace())
        assert transaction.blobs.used("risk") == 0
        transaction.blobs.put(a_blob("12345"))
        transaction.blobs.put(replace(a_blob("huge", namespace="risk"), size=2**61))
        assert transaction.blobs.used("default") == 12
        assert transaction.blobs.used("risk") == 2**61
        transaction.blobs.remove("default", blob.digest)
        assert transaction.blobs.used("default") == 5


def test_pages_lead_through_all_blobs_in_order(database: Database) -> None:
    stored = [a_blob(str(number)) for number in range(5)]
    stored += [a_blob(str(number), namespace="risk") for number in range(5)]
    stored.sort(key=lambda blob: (blob.namespace, blob.digest))
    with database.change(lambda: START) as transaction:
        transaction.namespaces.add(a_namespace())
        for blob in stored:
            transaction.blobs.put(blob)
        seen: list[Blob] = []
        while page := transaction.blobs.page(
            (seen[-1].namespace, seen[-1].digest) if seen else None, 3
        ):
            assert len(page) <= 3
            seen += page
        assert seen == stored
        assert transaction.blobs.page(None, 9, "risk") == stored[5:]
        assert transaction.blobs.page(("risk", stored[6].digest), 2, "risk") == stored[7:9]
        assert transaction.blobs.page(("default", stored[1].digest), 9, "risk") == stored[5:]
