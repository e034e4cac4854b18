"""Garbage collection concurrent with leases, uploads and registrations stays consistent."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from registry_grpc.domain.blob import Claim
from registry_grpc.domain.digest import Digest
from registry_grpc.services.ports.database import Database
from tests.contract.database_examples import (
    START,
    VersionFields,
    a_blob,
    a_digest,
    add_version,
    at,
    some_files,
    stored_model,
)

_BLOBS = 60
_TEXTS = [str(number) for number in range(_BLOBS)]
_DIGESTS = [a_digest(text) for text in _TEXTS]


@pytest.fixture
def start() -> Barrier:
    """Where two threads meet before they race."""
    return Barrier(2)


def _condemn(database: Database) -> None:
    """Store blobs that are condemned at the start."""
    with database.change(lambda: START) as transaction:
        for text in _TEXTS:
            transaction.blobs.put(a_blob(text))
        assert len(transaction.blobs.condemn(START, _BLOBS)) == _BLOBS


def _doom(database: Database, start: Barrier) -> set[Digest]:
    """Delete all that can be, a few at a time; return those."""
    marked: set[Digest] = set()
    start.wait()
    for number in range(1, _BLOBS):
        with database.change(lambda: START) as transaction:
            found = transaction.blobs.mark_deleting(at(1), at(1), number)
        marked |= {blob.digest for blob in found}
    return marked


def _held(database: Database) -> set[Digest]:
    with database.read() as transaction:
        return set(transaction.blobs.get("default", _DIGESTS))


def test_of_claiming_and_deleting_exactly_one_happens(database: Database, start: Barrier) -> None:
    _condemn(database)

    def claim() -> dict[Digest, Claim]:
        claims = {}
        start.wait()
        for digest in reversed(_DIGESTS):
            with database.write() as transaction:
                claims[digest] = transaction.blobs.claim("default", digest, at(9))
        return claims

    with ThreadPoolExecutor(2) as threads:
        claiming = threads.submit(claim)
        marked = threads.submit(_doom, database, start).result()
        claims = claiming.result()
    deleting = {digest for digest, claim in claims.items() if claim is Claim.DELETING}
    assert marked == deleting
    assert set(claims.values()) <= {Claim.HELD, Claim.DELETING}
    assert _held(database) == set(_DIGESTS) - deleting


def test_what_is_found_after_its_lease_was_extended_stays(
    database: Database, start: Barrier
) -> None:
    _condemn(database)

    def find() -> set[Digest]:
        found: set[Digest] = set()
        start.wait()
        for first in range(0, _BLOBS, 3):
            wanted = _DIGESTS[first : first + 3]
            with database.write() as transaction:
                transaction.blobs.extend("default", wanted, at(9))
                found |= set(transaction.blobs.get("default", wanted))
        return found

    with ThreadPoolExecutor(2) as threads:
        finding = threads.submit(find)
        marked = threads.submit(_doom, database, start).result()
    assert finding.result() == _held(database)
    assert not finding.result() & marked


def test_a_registration_never_names_a_blob_that_goes_away(
    database: Database, start: Barrier
) -> None:
    model = stored_model(database)
    _condemn(database)

    def register() -> set[Digest]:
        named: set[Digest] = set()
        start.wait()
        for number, (text, digest) in enumerate(zip(_TEXTS, _DIGESTS, strict=True), 1):
            with database.change(lambda: START) as transaction:
                if transaction.blobs.get("default", [digest]):
                    add_version(transaction, model, number, VersionFields(files=some_files(text)))
                    named.add(digest)
        return named

    with ThreadPoolExecutor(2) as threads:
        registering = threads.submit(register)
        marked = threads.submit(_doom, database, start).result()
    named = registering.result()
    assert not named & marked
    assert named == _held(database)


def test_claims_while_blobs_are_removed_are_refused(database: Database, start: Barrier) -> None:
    _condemn(database)
    with database.change(lambda: START) as transaction:
        transaction.blobs.mark_deleting(at(1), at(1), _BLOBS)

    def remove() -> None:
        start.wait()
        for digest in _DIGESTS:
            with database.write() as transaction:
                transaction.blobs.remove("default", digest)

    def claim() -> set[Claim]:
        claims = set()
        start.wait()
        for digest in reversed(_DIGESTS):
            with database.write() as transaction:
                claims.add(transaction.blobs.claim("default", digest, at(9)))
        return claims

    with ThreadPoolExecutor(2) as threads:
        removing, claims = threads.submit(remove), threads.submit(claim).result()
    removing.result()
    assert claims <= {Claim.DELETING, Claim.ABSENT}
    assert _held(database) == set()


def test_a_claim_that_waits_for_a_deletion_is_told_of_it(database: Database) -> None:
    _condemn(database)
    with ThreadPoolExecutor(1) as threads:
        with database.change(lambda: START) as transaction:
            assert len(transaction.blobs.mark_deleting(at(1), at(1), _BLOBS)) == _BLOBS
            claiming = threads.submit(_claim, database, _DIGESTS[0])
        assert claiming.result() is Claim.DELETING


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_somebody_is_leasing_is_passed_over(database: Database) -> None:
    _condemn(database)
    with database.write() as leasing:
        assert leasing.blobs.claim("default", _DIGESTS[0], at(9)) is Claim.HELD
        with database.change(lambda: START) as transaction:
            marked = transaction.blobs.mark_deleting(at(1), at(1), _BLOBS)
    assert {blob.digest for blob in marked} == set(_DIGESTS[1:])
    assert _held(database) == {_DIGESTS[0]}


def _claim(database: Database, digest: Digest) -> Claim:
    with database.write() as transaction:
        return transaction.blobs.claim("default", digest, at(9))
