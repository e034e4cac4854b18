"""Garbage collection concurrent with uploads, registrations and deletions, with short leases."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import google_crc32c
import pytest

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.errors import (
    BlobBeingDeleted,
    BlobNotFound,
    BlobsMissing,
    RegistryError,
    StorageUnavailable,
    UploadFenced,
    UploadNotOpen,
    VersionDeleted,
    VersionNotFound,
)
from registry_grpc.domain.limits import TransferLimits
from registry_grpc.services.garbage import Ages
from registry_grpc.services.verification import Verification
from registry_grpc.storage.gcs import GcsBlobStore
from tests.support.blobstores import gcs_store
from tests.support.faults.amount import amount, randomness
from tests.support.gcs_fake import GcsFake
from tests.support.gcs_fake_http import serving
from tests.support.services import NAMESPACE, LocalRegistry, digest_of, local_registry

CONTENTS = 6
ROUNDS = amount(25, 400)
LEASE = timedelta(seconds=4)
# Allowed errors of a client that was slower than its lease, or concurrent with a collection.
FAIR = (BlobsMissing, BlobBeingDeleted, StorageUnavailable, UploadFenced, UploadNotOpen)


@dataclass
class Race:
    """The shared state of the racing threads. live: the blobs of each registered version."""

    registry: LocalRegistry
    contents: list[bytes]
    live: dict[int, set[Digest]] = field(default_factory=dict)
    wrong: list[BaseException] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    over: threading.Event = field(default_factory=threading.Event)

    def upload(self, random: Random) -> None:
        """Push by stream and register, as a client does."""
        data = random.choice(self.contents)
        self.registry.push(data)
        self.register(data)

    def batch(self, random: Random) -> None:
        """Push in a batch and register two files."""
        chosen = random.sample(self.contents, 2)
        small = [(digest_of(data), data) for data in chosen]
        for answer in self.registry.batches.store(NAMESPACE, small):
            if answer is not None:
                raise answer
        self.register(*chosen)

    def find(self, random: Random) -> None:
        """Register without sending what is said to be there."""
        data = random.choice(self.contents)
        if not self.registry.blobs.missing(NAMESPACE, [(digest_of(data), len(data))]):
            self.register(data)

    def register(self, *data: bytes) -> None:
        """Register, and look at once whether all is there."""
        with self.lock:  # no thread deletes it meanwhile, and its number is known
            self.registry.register(*data)
            self.live[max(self.live, default=0) + 1] = {digest_of(one) for one in data}
            for one in data:
                reading = self.registry.blobs.read(NAMESPACE, digest_of(one), 0, 0)
                assert b"".join(reading.pieces) == one

    def delete(self, random: Random) -> None:
        """Delete some version; its bytes may go from then on."""
        with self.lock:
            numbers = [number for number, named in self.live.items() if named]
            if len(numbers) < 2:
                return
            number = random.choice(numbers)
            self.registry.delete(number)
            self.live[number] = set()

    def collect(self, _: Random) -> None:
        """Let a second pass and collect everything that may go, as early as can be."""
        self.registry.collect()

    def run(self, action: Callable[[Random], None], random: Random) -> None:
        """Repeat it until the senders have finished."""
        sends = action in {self.upload, self.batch, self.find}
        count = 0
        while count < ROUNDS if sends else not self.over.is_set():
            count += 1
            try:
                action(random)
            except FAIR as error:
                self.refusals.append(type(error).__name__)
            except (RegistryError, AssertionError, OSError) as error:
                self.wrong.append(error)
                return


@pytest.fixture
def bucket(request: pytest.FixtureRequest) -> Iterator[GcsBlobStore | None]:
    """Where bytes are kept if not in files; parametrize it to have one."""
    if not getattr(request, "param", False):
        yield None
        return
    with serving(GcsFake(page=1_000)) as endpoint, gcs_store(endpoint) as store:
        yield store


@pytest.fixture
def registry(
    database_url: str, tmp_path: Path, bucket: GcsBlobStore | None
) -> Iterator[LocalRegistry]:
    """The use cases with leases of seconds, and a clock that only collections move."""
    limits = TransferLimits(blob_lease=LEASE, upload_ttl=LEASE)
    with local_registry(database_url, tmp_path / "blobs", limits, bucket) as made:
        # Bytes bear the system's time: only from it on can they be old enough to be orphans.
        made.clock.now = datetime.now(UTC)
        yield made


@pytest.mark.timeout(600)
@pytest.mark.parametrize("bucket", [False, True], ids=["files", "bucket"], indirect=True)
def test_nothing_that_a_version_names_ever_goes(registry: LocalRegistry) -> None:
    random = randomness("garbage races")
    contents = [random.randbytes(random.randint(1, 5_000)) for _ in range(CONTENTS)]
    race = Race(registry, contents)
    senders = [race.upload, race.upload, race.batch, race.batch, race.find]
    others = [race.delete, race.collect, race.collect]

    def started(actions: Sequence[Callable[[Random], None]]) -> list[threading.Thread]:
        seeds = [Random(random.random()) for _ in actions]  # noqa: S311 - hides nothing
        threads = [
            threading.Thread(target=race.run, args=(action, seed))
            for action, seed in zip(actions, seeds, strict=True)
        ]
        for thread in threads:
            thread.start()
        return threads

    background = started(others)
    for thread in started(senders):
        thread.join()
    race.over.set()
    for thread in background:
        thread.join()

    assert race.wrong == []
    named = set().union(*race.live.values())
    assert named
    assert named <= registry.stored()
    registry.clock.forward(2 * LEASE)
    for _ in range(3):
        registry.collect()
    assert registry.stored() == named
    assert not [path for path in (registry.folder / "uploads").rglob("*") if path.is_file()]
    problems = [b.problem for b in Verification(registry.database, registry.store).verify()]
    assert problems == [""] * len(named)
    sizes = {digest_of(data): len(data) for data in contents}
    assert registry.used() == sum(sizes[digest] for digest in named)


def test_a_deleted_version_is_found_no_more_and_frees_its_bytes(registry: LocalRegistry) -> None:
    registry.push(b"only here")
    registry.register(b"only here")
    registry.delete(1)
    registry.clock.forward(2 * LEASE)

    registry.collect()
    registry.collect()

    assert registry.stored() == set()
    assert registry.used() == 0
    with pytest.raises((VersionDeleted, VersionNotFound)):
        registry.delete(1)


def test_a_reader_whose_blob_goes_is_told_so_and_not_of_damage(registry: LocalRegistry) -> None:
    registry.push(b"going away")
    reading = registry.blobs.read(NAMESPACE, digest_of(b"going away"), 0, 0)
    registry.clock.forward(2 * LEASE)
    registry.collect()
    registry.collect()

    with pytest.raises(BlobNotFound):
        b"".join(reading.pieces)


def test_a_blob_that_goes_while_all_are_verified_is_no_damage(registry: LocalRegistry) -> None:
    digests = {registry.push(b"one"), registry.push(b"two")}
    verified = Verification(registry.database, registry.store).verify()
    first = next(verified)
    registry.clock.forward(2 * LEASE)
    registry.collect()
    registry.collect()

    rest = list(verified)

    assert first.digest in digests
    assert [blob.problem for blob in [first, *rest] if blob.problem] == []


def test_a_clock_that_jumps_forward_ends_uploads_and_leaves_nothing(
    registry: LocalRegistry,
) -> None:
    name = registry.begin(b"never finished")
    writer = registry.uploads.writer(name)
    writer.write(0, b"never", _crc32c(b"never"))
    writer.flush()
    registry.clock.forward(timedelta(days=3))

    report = registry.collect()

    assert report.expired_uploads == [str(name)]
    writer.close()
    registry.collect()
    assert not [path for path in (registry.folder / "uploads").rglob("*") if path.is_file()]
    assert registry.used() == 0
    with pytest.raises(UploadNotOpen):
        registry.uploads.writer(name)


def test_a_clock_that_jumps_back_takes_nothing_away(registry: LocalRegistry) -> None:
    registry.push(b"kept")
    registry.register(b"kept")
    name = registry.begin(b"going on")
    writer = registry.uploads.writer(name)
    writer.write(0, b"going", _crc32c(b"going"))
    writer.close()
    registry.clock.forward(-timedelta(days=400))

    registry.garbage.collect(Ages(grace=timedelta(0), orphan_age=timedelta(0)))

    assert registry.uploads.get(name).committed == len(b"going")
    writer = registry.uploads.writer(name)
    writer.write(5, b" on", _crc32c(b" on"))
    writer.close()
    registry.uploads.commit(name, None)
    registry.register(b"kept", b"going on")
    assert registry.stored() == {digest_of(b"kept"), digest_of(b"going on")}


def _crc32c(data: bytes) -> int:
    return int(google_crc32c.value(data))
