"""Copies of versions on both databases: their bytes, quotas, races and repeats."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.errors import (
    BlobCorrupt,
    ModelDeleted,
    ModelNotFound,
    NamespaceNotFound,
    QuotaExceeded,
    RegistryError,
    RequestIdReused,
    SchemaViolated,
    StorageUnavailable,
    VersionDeleted,
    VersionNotFound,
    VersionRevoked,
    VersionYanked,
)
from registry_grpc.domain.facts import SliceMetric, VersionDetail, VersionOrigin
from registry_grpc.domain.limits import MIB, RECORD_BYTES
from registry_grpc.domain.manifest import FileEntry
from registry_grpc.domain.names import ModelName, NamespaceName, RegistrationSchemaName
from registry_grpc.domain.namespace import NamespaceDraft
from registry_grpc.domain.principal import Principal, Role
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.registration_schema import SchemaDraft
from registry_grpc.domain.required_facts import RequiredFacts
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.engines.json_schema.rules import JsonSchemaRules
from registry_grpc.services.lookup import find_version
from registry_grpc.services.mutation import Mutation, Mutations
from registry_grpc.services.namespace import Namespaces
from registry_grpc.services.purge import Purges
from registry_grpc.services.registration_check import Registration
from registry_grpc.services.registration_schema import RegistrationSchemas
from registry_grpc.services.reply_memory import ReplyMemory
from registry_grpc.services.version_copying import CopyOptions
from tests.support.interrupted import InterruptedStore
from tests.support.services import MODEL, NAMESPACE, LocalRegistry, digest_of, local_registry

A_DAY = timedelta(hours=25)
TARGET = ModelName("search", "copied")
SAME = ModelName(NAMESPACE, "copied")
NEW = CopyOptions(create_model=True)


class Scene:
    """A registry with `fraud/1` in the default namespace, and the empty namespace `search`."""

    def __init__(self, local: LocalRegistry, store: InterruptedStore) -> None:
        """Register the version."""
        self.local, self.store = local, store
        self.mutations = Mutations(local.database, local.clock)
        search = NamespaceName("search")
        Namespaces(local.database, self.mutations).create(local.call(), search, NamespaceDraft())
        local.push(b"weights")
        local.push(b"config")
        local.register(b"weights", b"config")

    def copy(
        self,
        source: str = "fraud/1",
        name: ModelName = TARGET,
        options: CopyOptions = NEW,
        call: Mutation[Version] | None = None,
    ) -> Version:
        """Copy and return the copy."""
        call = call or self.local.call()
        done = self.local.copies.copy(call, name, Reference.parse(source), options)
        assert done.result is not None
        return done.result

    def readable(self, namespace: str, data: bytes) -> bool:
        """Return whether the namespace delivers these bytes."""
        [found] = self.local.blobs.read_batch(namespace, [digest_of(data)])
        return found == data

    def versions(self, name: ModelName = TARGET) -> int:
        """Return how many versions a model has."""
        with self.local.database.read() as tx:
            model = tx.models.get(name)
            return (
                0
                if model is None
                else len(tx.versions.page(model, None, None, 100, show_deleted=True))
            )

    def delete(self, reference: str, *, purge: bool = False) -> None:
        """Delete a version, and purge it."""
        named = Reference.parse(reference)
        self.local.versions.delete(self.local.call(), named, "", "", force=True)
        if purge:
            Purges(self.mutations).version(self.local.call(), named, "", "leaked")

    def collect(self) -> None:
        """Collect what can be collected."""
        self.local.clock.forward(A_DAY)
        for _ in range(3):
            self.local.collect()


@pytest.fixture
def scene(database_url: str, tmp_path: Path) -> Iterator[Scene]:
    store = InterruptedStore(tmp_path / "blobs")
    with local_registry(database_url, tmp_path / "blobs", store=store) as local:
        yield Scene(local, store)


@pytest.mark.parametrize("target", [TARGET, SAME, MODEL], ids=str)
def test_a_copy_has_the_files_and_names_its_source(scene: Scene, target: ModelName) -> None:
    copy = scene.copy(name=target)
    with scene.local.database.read() as tx:
        source = find_version(tx, Reference.parse("fraud/1"))
        stored = find_version(tx, Reference.parse(f"{target.namespace}/{target.model}@latest"))
        assert tx.versions.files(copy.uid, None, 9) == tx.versions.files(source.uid, None, 9)
    assert replace(stored, detail_bytes=0) == replace(copy, detail_bytes=0)
    assert copy.root_digest == source.root_digest
    assert copy.uid != source.uid
    assert copy.detail == VersionDetail(
        parents=(str(source.name),), copied_from=VersionOrigin(str(source.name), source.uid)
    )
    assert scene.readable(target.namespace, b"weights")


def test_bytes_of_copies_are_collected_when_no_version_of_their_namespace_has_them(
    scene: Scene,
) -> None:
    scene.copy()
    scene.delete("fraud/1")
    scene.collect()
    assert not scene.readable(NAMESPACE, b"weights")
    assert scene.readable("search", b"weights")
    scene.delete("search/copied/1", purge=True)
    scene.collect()
    assert scene.local.stored() == set()
    assert scene.local.blobs.limits("search").used == 0


def test_a_copy_of_a_copy_outlives_both(scene: Scene) -> None:
    scene.copy()
    again = scene.copy("search/copied/1", SAME)
    assert again.detail is not None
    assert again.detail.parents == ("namespaces/search/models/copied/versions/1",)
    scene.delete("fraud/1", purge=True)
    scene.delete("search/copied/1", purge=True)
    scene.collect()
    assert scene.readable(NAMESPACE, b"weights")
    assert not scene.readable("search", b"weights")


def test_the_quota_of_the_target_counts_before_anything_is_copied(scene: Scene) -> None:
    space = NamespaceName("search")
    namespaces = Namespaces(scene.local.database, scene.mutations)
    namespaces.update(scene.local.call(), space, "", {"quota": 12})
    with pytest.raises(QuotaExceeded):
        scene.copy()
    assert scene.local.blobs.limits("search").used == 0
    assert {namespace for namespace, *_ in scene.store.published()} == {NAMESPACE}
    namespaces.update(scene.local.call(), space, "", {"quota": 13})
    scene.copy()
    assert scene.local.blobs.limits("search").used == 13
    scene.copy()  # has the bytes already
    assert scene.local.used() == 13


def test_the_schema_of_the_target_applies_and_nothing_is_copied(scene: Scene) -> None:
    schemas = RegistrationSchemas(
        scene.local.database, scene.mutations, JsonSchemaRules(), ReplyMemory(MIB)
    )
    draft = SchemaDraft(required=RequiredFacts(labels=("team",)))
    schemas.set(scene.local.call(), RegistrationSchemaName("search"), draft, "", "")
    with pytest.raises(SchemaViolated):
        scene.copy()
    assert scene.local.blobs.limits("search").used == 0
    assert scene.versions() == 0


def refused(scene: Scene, error: type[RegistryError], **of: Any) -> RegistryError:  # noqa: ANN401 - of a copy
    with pytest.raises(error) as caught:
        scene.copy(**of)
    assert scene.local.blobs.limits("search").used == 0
    return caught.value


def test_a_source_or_target_that_is_unfit_is_refused_before_bytes_are_copied(scene: Scene) -> None:
    refused(scene, ModelNotFound, options=CopyOptions())
    refused(scene, NamespaceNotFound, name=ModelName("nowhere", "m"))
    refused(scene, VersionNotFound, source="fraud/9")
    call, reference = scene.local.call(), Reference.parse("fraud/1")
    scene.local.lives.set(call, reference, VersionState.YANKED, "", "bad")
    refused(scene, VersionYanked)
    scene.local.revoke(1)
    refused(scene, VersionRevoked)
    scene.delete("fraud/1")
    assert refused(scene, VersionDeleted).metadata["resource"].endswith("fraud/versions/1")


def test_a_repeat_returns_the_first_reply_whatever_became_of_the_source(scene: Scene) -> None:
    def call(fingerprint: str = "same") -> Mutation[Version]:
        principal = Principal("tester", Role.ADMIN)
        return Mutation(principal, request_id, fingerprint, lambda made, _: str(made.uid).encode())

    request_id, options = str(uuid4()), replace(NEW, alias="champion")
    first = scene.copy(call=call(), options=options)
    scene.delete("fraud/1", purge=True)
    scene.collect()
    scene.local.clock.forward(-A_DAY)
    source = Reference.parse("fraud/1")
    again = scene.local.copies.copy(call(), TARGET, source, options)
    assert again.reply == str(first.uid).encode()
    assert scene.versions() == 1
    with pytest.raises(RequestIdReused):
        scene.local.copies.copy(call("other"), TARGET, source, options)


def test_a_source_that_is_purged_and_collected_meanwhile_is_deleted(scene: Scene) -> None:
    def lose() -> None:
        scene.store.before_copy = None
        scene.delete("fraud/1", purge=True)
        scene.collect()

    scene.store.before_copy = lose
    with pytest.raises(VersionDeleted):
        scene.copy()
    assert scene.versions() == 0
    scene.collect()
    assert scene.local.stored() == set()


def test_a_source_that_is_deleted_after_its_bytes_were_copied_is_deleted(scene: Scene) -> None:
    scene.store.then = lambda: scene.delete("fraud/1")
    with pytest.raises(VersionDeleted):
        scene.copy()
    assert scene.versions() == 0


def test_bytes_that_a_purge_in_the_target_frees_meanwhile_are_copied_again(scene: Scene) -> None:
    scene.copy()
    scene.delete("search/copied/1")

    def free() -> None:
        Purges(scene.mutations).version(
            scene.local.call(), Reference.parse("search/copied/1"), "", ""
        )
        scene.local.collect()

    # The bytes exist, so nothing is copied: they are freed after the first transaction.
    scene.local.push(b"more")
    scene.local.register(b"weights", b"config", b"more")
    scene.store.then = free
    copy = scene.copy("fraud/2")
    assert copy.name.number == 2
    scene.collect()
    for data in (b"weights", b"config", b"more"):
        assert scene.readable("search", data)


def test_damaged_bytes_are_not_copied(scene: Scene) -> None:
    [path] = scene.local.folder.glob(f"blobs/{NAMESPACE}/sha256/*/{digest_of(b'weights').hex}")
    path.write_bytes(b"weight")
    with pytest.raises(BlobCorrupt):
        scene.copy()
    path.unlink()
    with pytest.raises(StorageUnavailable):
        scene.copy()
    assert scene.versions() == 0


def test_of_copies_that_run_at_once_each_is_a_version(scene: Scene) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: scene.copy(), range(8)))
    assert sorted(copy.name.number for copy in made) == list(range(1, 9))
    assert scene.local.blobs.limits("search").used == 13


def test_the_model_of_the_target_must_not_be_deleted(scene: Scene) -> None:
    scene.copy()
    with scene.local.database.change(scene.local.clock) as tx:
        model = tx.models.get(TARGET)
        assert model is not None
        tx.models.update(replace(model, delete_time=tx.time))
    with pytest.raises(ModelDeleted):
        scene.copy()


def test_the_largest_record_and_manifest_can_be_copied_and_copied_again(scene: Scene) -> None:
    some = digest_of(b"weights")
    files = [FileEntry(f"{number:05}/{'f' * 90}", some, 7) for number in range(20_000)]
    params = {f"{number}": "p" * 4_096 for number in range(1_000)}
    description = "d" * (64 * 1_024)
    slices = tuple(
        SliceMetric("age", f"{number}{'v' * 240}", 7, f"{'m' * 128}", 0.5)
        for number in range(9_000)
    )
    detail = VersionDetail(params=params, slices=slices)
    draft = VersionDraft(files, description, detail=detail)
    assert 0.9 * RECORD_BYTES < most_encoded(replace(draft, files=())) <= RECORD_BYTES
    wanted = Registration(draft, create_model=True)
    scene.local.registrations.register(scene.local.call(), ModelName(NAMESPACE, "large"), wanted)
    first = scene.copy("large/1")
    again = scene.copy("search/copied/1", SAME)
    assert first.root_digest == again.root_digest
    assert again.file_count == 20_000
    assert again.detail is not None
    assert again.detail.params == params
