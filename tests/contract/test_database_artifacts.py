"""The promises of `Blobs` and `Uploads`."""

from dataclasses import replace

from registry_grpc.domain.blob import UploadState
from registry_grpc.domain.names import NamespaceName, UploadName
from registry_grpc.domain.namespace import Namespace
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import START, a_blob, a_digest, a_uid, an_upload, at


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
    with database.change(START) as transaction:
        transaction.namespaces.add(Namespace(NamespaceName("risk"), "", "ann", START, 1))
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


def test_an_upload_comes_back_as_it_was_stored(database: Database) -> None:
    upload = replace(an_upload(), already_existed=True)
    with database.write() as transaction:
        transaction.uploads.add(upload)
        assert transaction.uploads.get(upload.name) == upload
        assert transaction.uploads.get(UploadName("default", a_uid())) is None
        assert transaction.uploads.get(UploadName("risk", upload.name.uuid)) is None


def test_update_stores_what_changes_of_an_upload(database: Database) -> None:
    upload = an_upload()
    changed = replace(
        upload,
        state=UploadState.COMMITTED,
        committed=2**40,
        session=2,
        epoch=3,
        expire_time=at(90),
    )
    with database.write() as transaction:
        transaction.uploads.add(upload)
        assert transaction.uploads.update(replace(changed, size=1), epoch=0)
        assert transaction.uploads.get(upload.name) == changed


def test_update_by_an_older_epoch_changes_nothing(database: Database) -> None:
    upload = an_upload()
    newer = replace(upload, epoch=1)
    with database.write() as transaction:
        transaction.uploads.add(upload)
        assert transaction.uploads.update(newer, epoch=0)
        assert not transaction.uploads.update(replace(upload, committed=5), epoch=0)
        assert transaction.uploads.get(upload.name) == newer


def test_update_of_an_unknown_upload_says_so(database: Database) -> None:
    with database.write() as transaction:
        assert not transaction.uploads.update(an_upload(), epoch=0)
