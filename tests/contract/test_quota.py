"""The limits of stored bytes and open uploads of a namespace, on both databases, concurrently."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import google_crc32c
import pytest

from registry_grpc.domain.blob import UploadState
from registry_grpc.domain.errors import (
    CallerLimitExceeded,
    QuotaExceeded,
    RegistryError,
    TooManyUploads,
)
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.persistence.database import open_database
from tests.support.interrupted import InterruptedStore
from tests.support.services import NAMESPACE, LocalRegistry, digest_of, local_registry

A_DAY = timedelta(hours=25)
ASKING = 8


@pytest.fixture
def registry(database_url: str, tmp_path: Path) -> Iterator[LocalRegistry]:
    """A registry whose namespaces hold 10 bytes by default."""
    with local_registry(database_url, tmp_path / "blobs", TransferLimits(quota=10)) as opened:
        yield opened


def _set_quota(registry: LocalRegistry, quota: int | None) -> None:
    with registry.database.change(registry.clock) as transaction:
        namespace = transaction.namespaces.get(NAMESPACE)
        assert namespace is not None
        transaction.namespaces.update(replace(namespace, quota=quota))


def _batch(registry: LocalRegistry, *contents: bytes) -> list[RegistryError | None]:
    return list(registry.batches.store(NAMESPACE, [(digest_of(data), data) for data in contents]))


def test_a_quota_counts_blobs_and_open_uploads_and_is_given_back(registry: LocalRegistry) -> None:
    registry.push(b"12345")
    name = registry.begin(b"6789")
    assert registry.used() == 9
    with pytest.raises(QuotaExceeded):
        registry.begin(b"xy")
    with pytest.raises(QuotaExceeded):
        _batch(registry, b"xy")
    registry.uploads.abort(name)
    assert registry.used() == 5
    registry.push(b"xy")
    registry.clock.forward(A_DAY)
    registry.collect()
    registry.collect()
    assert registry.used() == 0


@pytest.mark.parametrize("own", [4, 25])
def test_a_namespace_with_a_quota_of_its_own_has_that_one(
    registry: LocalRegistry, own: int
) -> None:
    _set_quota(registry, own)
    assert registry.blobs.limits(NAMESPACE).limits.quota == own
    assert _batch(registry, b"x" * own) == [None]
    with pytest.raises(QuotaExceeded) as caught:
        registry.begin(b"y")
    assert caught.value.metadata["quota_bytes"] == str(own)
    assert caught.value.retry_after is not None


def test_a_quota_of_0_is_none(registry: LocalRegistry) -> None:
    _set_quota(registry, 0)
    assert registry.blobs.limits(NAMESPACE).limits.quota == 0
    assert _batch(registry, b"more than ten bytes") == [None]
    registry.push(b"and more than that")


def test_a_quota_that_is_taken_away_leaves_the_servers(registry: LocalRegistry) -> None:
    _set_quota(registry, 0)
    _set_quota(registry, None)
    assert registry.blobs.limits(NAMESPACE).limits.quota == 10
    with pytest.raises(QuotaExceeded):
        registry.begin(b"more than ten bytes")


def test_a_quota_below_what_is_held_takes_nothing_and_lets_nothing_in(
    registry: LocalRegistry,
) -> None:
    registry.push(b"12345")
    name = registry.begin(b"6789")
    _set_quota(registry, 1)
    with pytest.raises(QuotaExceeded):
        registry.begin(b"x")
    with pytest.raises(QuotaExceeded):
        _batch(registry, b"x")
    # What is there can be named, and asked for again; what was begun had its room reserved.
    registry.register(b"12345")
    assert _batch(registry, b"12345") == [None]
    registry.begin(b"12345")
    writer = registry.uploads.writer(name)
    writer.write(0, b"6789", google_crc32c.value(b"6789"))
    writer.close()
    registry.uploads.commit(name, None)
    assert registry.used() == 9


def test_what_is_there_already_needs_no_room_a_second_time(registry: LocalRegistry) -> None:
    assert _batch(registry, b"12345", b"12345", b"67890") == [None] * 3
    assert _batch(registry, b"12345", b"67890", b"12345") == [None] * 3
    assert registry.used() == 10


def test_a_batch_that_finds_the_room_taken_when_it_is_recorded_holds_nothing(
    database_url: str, tmp_path: Path
) -> None:
    with open_database(database_url) as database:
        store = InterruptedStore(tmp_path / "blobs")
        limits = TransferLimits(quota=10)
        registry = LocalRegistry(database, store, tmp_path / "blobs", limits=limits)
        store.then = lambda: registry.begin(b"12345678")

        with pytest.raises(QuotaExceeded):
            _batch(registry, b"abc")

        assert registry.used() == 8
        assert registry.blobs.missing(NAMESPACE, [(digest_of(b"abc"), 3)]) != []


def _refusals(ask: Callable[[int], object]) -> list[type[RegistryError]]:
    """Ask from several threads at once; return how those who were refused were."""
    start = Barrier(ASKING)

    def one(number: int) -> type[RegistryError] | None:
        start.wait()
        try:
            ask(number)
        except (QuotaExceeded, TooManyUploads) as error:
            return type(error)
        return None

    with ThreadPoolExecutor(ASKING) as threads:
        return [found for found in threads.map(one, range(ASKING)) if found is not None]


def test_many_uploads_that_begin_at_once_never_have_more_than_the_quota(
    registry: LocalRegistry,
) -> None:
    refusals = _refusals(lambda number: registry.begin(b"%04d" % number))
    assert refusals == [QuotaExceeded] * (ASKING - 2)
    assert registry.used() == 8


def test_many_batches_at_once_never_hold_more_than_the_quota(registry: LocalRegistry) -> None:
    refusals = _refusals(lambda number: _batch(registry, b"%04d" % number))
    assert refusals == [QuotaExceeded] * (ASKING - 2)
    assert registry.used() == 8


def test_many_uploads_that_begin_at_once_are_never_more_than_allowed(
    database_url: str, tmp_path: Path
) -> None:
    limits = TransferLimits(max_open_uploads=3)
    with local_registry(database_url, tmp_path / "blobs", limits) as registry:
        refusals = _refusals(lambda number: registry.begin(b"%04d" % number))
        assert refusals == [TooManyUploads] * (ASKING - 3)


def test_open_uploads_are_limited_by_number_and_by_bytes(database_url: str, tmp_path: Path) -> None:
    limits = TransferLimits(max_open_uploads=2, max_in_flight=10)
    with local_registry(database_url, tmp_path, limits) as registry:
        first = registry.begin(b"1234")
        registry.begin(b"5678")
        with pytest.raises(TooManyUploads):
            registry.begin(b"9")
        registry.uploads.abort(first)
        with pytest.raises(TooManyUploads):
            registry.begin(b"more than six bytes")
        registry.begin(b"123456")


def test_one_caller_leaves_room_for_others(database_url: str, tmp_path: Path) -> None:
    limits = TransferLimits(
        caller_open_uploads=2, caller_in_flight=10, max_open_uploads=3, max_in_flight=18
    )
    with local_registry(database_url, tmp_path, limits) as registry:
        registry.begin(b"1234567890", caller="greedy")
        with pytest.raises(CallerLimitExceeded):
            registry.begin(b"1", caller="greedy")
        registry.begin(b"1234567", caller="modest")
        registry.begin(b"7", caller="modest")
        with pytest.raises(CallerLimitExceeded):
            registry.begin(b"", caller="modest")
        with pytest.raises(TooManyUploads):
            registry.begin(b"8", caller="late")


def test_an_upload_without_progress_reserves_what_it_has_received_until_it_goes_on(
    database_url: str, tmp_path: Path
) -> None:
    limits = TransferLimits(quota=10, max_in_flight=10, max_open_uploads=1)
    with local_registry(database_url, tmp_path, limits) as registry:
        data = b"12345678"
        idle = registry.begin(data, caller="idle")
        writer = registry.uploads.writer(idle)
        writer.write(0, data[:3], google_crc32c.value(data[:3]))
        writer.flush()
        registry.clock.forward(timedelta(minutes=30))
        # A flush without bytes is no progress.
        writer.flush()
        writer.close()
        with pytest.raises(TooManyUploads):
            registry.begin(b"1", caller="other")
        registry.clock.forward(timedelta(minutes=31))

        assert registry.used() == 3
        other = registry.begin(b"1234567", caller="other")
        with pytest.raises(TooManyUploads):
            registry.uploads.writer(idle)
        registry.uploads.abort(other)
        writer = registry.uploads.writer(idle)
        assert writer.received == 3
        assert registry.used() == 8
        writer.write(3, data[3:], google_crc32c.value(data[3:]))
        writer.close()
        registry.uploads.commit(idle, None)


def test_an_idle_upload_that_is_whole_can_be_committed(database_url: str, tmp_path: Path) -> None:
    with local_registry(database_url, tmp_path, TransferLimits(max_open_uploads=1)) as registry:
        name = registry.begin(b"1234", caller="idle")
        writer = registry.uploads.writer(name)
        writer.write(0, b"1234", google_crc32c.value(b"1234"))
        writer.close()
        registry.clock.forward(timedelta(hours=2))
        registry.begin(b"5678", caller="other")
        assert registry.uploads.commit(name, None).state is UploadState.COMMITTED
