"""Declared sizes against the disk space: on both databases, with a disk that a test sets."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from registry_grpc.domain.blob import UploadState
from registry_grpc.domain.errors import StorageFull
from registry_grpc.services.blob_space import IDLE
from registry_grpc.storage.space import DiskSpace
from tests.contract.database_examples import a_digest
from tests.support.services import NAMESPACE, LocalRegistry, digest_of, local_registry


@dataclass
class SetSpace(DiskSpace):
    """A disk with as much room as a test says."""

    room: int | None = 100

    def __post_init__(self) -> None:
        super().__init__(None, None)

    @property
    @override
    def blob_room(self) -> int | None:
        return self.room


@pytest.fixture
def space() -> SetSpace:
    return SetSpace()


@pytest.fixture
def registry(database_url: str, tmp_path: Path, space: SetSpace) -> Iterator[LocalRegistry]:
    """The use cases over such a disk."""
    with local_registry(database_url, tmp_path / "blobs", space=space) as opened:
        yield opened


def test_an_upload_counts_with_what_it_still_has_to_send(registry: LocalRegistry) -> None:
    name = registry.begin(bytes(60))
    assert registry.blobs.limits(NAMESPACE).free == 40
    with pytest.raises(StorageFull) as caught:
        registry.begin(bytes(41))
    assert caught.value.metadata == {"free_bytes": "40", "needed_bytes": "41"}
    registry.begin(bytes(40))
    registry.uploads.abort(name)
    registry.begin(bytes(60))


def test_an_idle_upload_ends_when_others_need_its_room(registry: LocalRegistry) -> None:
    idle = registry.begin(bytes(60))
    registry.clock.forward(IDLE - timedelta(seconds=1))
    with pytest.raises(StorageFull):
        registry.begin(bytes(50))
    registry.clock.forward(timedelta(seconds=2))
    registry.begin(bytes(40))  # fits: nothing has to end
    assert registry.uploads.get(idle).state is UploadState.OPEN
    registry.begin(bytes(50))
    assert registry.uploads.get(idle).state is UploadState.EXPIRED


def test_what_is_missing_has_to_fit_as_a_whole(registry: LocalRegistry) -> None:
    blobs = [(a_digest(str(number)), 30) for number in range(4)]
    with pytest.raises(StorageFull):
        registry.blobs.missing(NAMESPACE, blobs)
    assert registry.blobs.missing(NAMESPACE, blobs[:3]) == blobs[:3]


def test_small_blobs_have_to_fit_unless_they_exist(
    registry: LocalRegistry, space: SetSpace
) -> None:
    data = [bytes([number]) * 30 for number in range(3)]
    small = [(digest_of(one), one) for one in data]
    assert registry.batches.store(NAMESPACE, small) == [None] * 3
    space.room = 10
    assert registry.batches.store(NAMESPACE, small) == [None] * 3
    with pytest.raises(StorageFull):
        registry.batches.store(NAMESPACE, [*small, (digest_of(b"n" * 11), b"n" * 11)])


def test_without_a_disk_of_ours_nothing_is_counted(
    registry: LocalRegistry, space: SetSpace
) -> None:
    space.room = None
    registry.begin(bytes(1_000))
    assert registry.blobs.limits(NAMESPACE).free is None
