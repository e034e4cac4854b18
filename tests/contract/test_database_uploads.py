"""The promises of `Uploads`."""

from dataclasses import replace

from registry_grpc.domain.blob import UploadState
from registry_grpc.domain.names import UploadName
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import (
    START,
    a_digest,
    a_namespace,
    a_uid,
    an_upload,
    at,
)


def test_an_upload_comes_back_as_it_was_stored(database: Database) -> None:
    upload = replace(an_upload(), already_existed=True)
    with database.write() as transaction:
        transaction.uploads.add(upload)
        assert transaction.uploads.get(upload.name) == upload
        assert transaction.uploads.get(UploadName("default", a_uid())) is None
        assert transaction.uploads.get(UploadName("risk", upload.name.uuid)) is None


def test_update_stores_what_changes_of_an_upload(database: Database) -> None:
    upload = replace(an_upload(), digest=None)
    changed = replace(
        upload,
        state=UploadState.COMMITTED,
        committed=2**40,
        session=2,
        epoch=3,
        expire_time=at(90),
        digest=a_digest("known at last"),
        already_existed=True,
        checkpoint=b"\x00hashes\xff",
        store_state=b"\x00session\xff",
    )
    with database.write() as transaction:
        transaction.uploads.add(upload)
        other = replace(changed, size=1, creator="bob", create_time=at(1))
        assert transaction.uploads.update(other, epoch=0)
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


def test_an_upload_may_not_know_its_digest_yet(database: Database) -> None:
    upload = replace(an_upload(), digest=None, checkpoint=b"c", store_state=b"s")
    with database.write() as transaction:
        transaction.uploads.add(upload)
        assert transaction.uploads.get(upload.name) == upload


def test_open_totals_count_the_open_uploads_of_the_namespace(database: Database) -> None:
    with database.change(lambda: START) as transaction:
        transaction.namespaces.add(a_namespace())
        assert transaction.uploads.open_totals("default") == (0, 0)
        mine = [an_upload(size=size) for size in (3, 2**61)]
        for upload in (*mine, an_upload(namespace="risk", size=5)):
            transaction.uploads.add(upload)
        for state in UploadState:
            if state is not UploadState.OPEN:
                transaction.uploads.add(an_upload(size=7, state=state))
        assert transaction.uploads.open_totals("default") == (2, 2**61 + 3)
        assert transaction.uploads.open_totals("risk") == (1, 5)
        transaction.uploads.update(replace(mine[1], state=UploadState.EXPIRED), epoch=0)
        assert transaction.uploads.open_totals("default") == (1, 3)


def test_overdue_are_open_uploads_past_their_time_oldest_first(database: Database) -> None:
    uploads = [an_upload(expire_time=at(minutes)) for minutes in (30, 10, 40, 20)]
    ended = an_upload(expire_time=at(5), state=UploadState.ABORTED)
    with database.write() as transaction:
        for upload in (*uploads, ended):
            transaction.uploads.add(upload)
        assert transaction.uploads.overdue(at(40), 9) == [uploads[1], uploads[3], uploads[0]]
        assert transaction.uploads.overdue(at(99), 2) == [uploads[1], uploads[3]]
        assert transaction.uploads.overdue(at(10), 9) == []


def test_ended_uploads_are_forgotten_after_their_time(database: Database) -> None:
    ended = [
        an_upload(expire_time=at(10), state=state)
        for state in UploadState
        if state is not UploadState.OPEN
    ]
    kept = [an_upload(expire_time=at(10)), replace(ended[0], name=an_upload().name)]
    kept[1] = replace(kept[1], expire_time=at(20))
    with database.write() as transaction:
        for upload in (*ended, *kept):
            transaction.uploads.add(upload)
        assert transaction.uploads.forget(at(10)) == 0
        assert transaction.uploads.forget(at(20)) == len(ended)
        assert [transaction.uploads.get(upload.name) for upload in ended] == [None] * len(ended)
        assert [transaction.uploads.get(upload.name) for upload in kept] == kept
