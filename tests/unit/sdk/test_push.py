"""Pushing: what is sent, what is registered, and what happens when the way breaks."""

import os
from pathlib import Path

import pytest
from typing_extensions import override

from modelregistry import Environment, SliceMetric, Source, errors
from tests.unit.sdk.conftest import Caller
from tests.unit.sdk.fake_registry import KIB, FakeRegistry, digest_of

PLAIN = {"environment": None, "source": None}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "model"
    (root / "weights").mkdir(parents=True)
    (root / "config.json").write_text("{}")
    (root / "weights" / "a.bin").write_bytes(b"a" * 100 * KIB)
    (root / "weights" / "copy.bin").write_bytes(b"a" * 100 * KIB)
    (root / "weights" / "b.bin").write_bytes(os.urandom(90 * KIB))
    (root / ".hidden").write_bytes(b"")
    return root


class Recorder:
    """Adds up the progress that a push reports."""

    def __init__(self) -> None:
        self.total = self.bytes = 0
        self.files: list[str] = []
        self.ended = False

    def begin(self, title: str, *, total_bytes: int, total_files: int) -> None:  # noqa: ARG002
        self.total = total_bytes

    def advance(self, byte_count: int) -> None:
        self.bytes += byte_count

    def file_done(self, path: str) -> None:
        self.files.append(path)

    def end(self) -> None:
        self.ended = True


def test_every_file_arrives_under_its_relative_path(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    version = registry.call("push", "fraud", folder, **PLAIN)
    paths = {entry.path: entry for entry in fake.manifests[0]}
    assert set(paths) == {
        ".hidden",
        "config.json",
        "weights/a.bin",
        "weights/b.bin",
        "weights/copy.bin",
    }
    for path, entry in paths.items():
        assert fake.blobs[entry.digest] == (folder / path).read_bytes()
    assert (version.ref, version.file_count) == ("fraud/1", 5)


def test_bytes_that_occur_twice_travel_once(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    registry.call("push", "fraud", folder, **PLAIN)
    assert fake.received == 2 + 100 * KIB + 90 * KIB


def test_bytes_that_the_registry_has_do_not_travel_again(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    registry.call("push", "fraud", folder, **PLAIN)
    before = fake.received
    registry.call("push", "fraud", folder, **PLAIN)
    assert (fake.received, len(fake.versions)) == (before, 2)


def test_a_single_file_keeps_its_name(registry: Caller, fake: FakeRegistry, folder: Path) -> None:
    registry.call("push", "fraud", str(folder / "config.json"), **PLAIN)
    assert [entry.path for entry in fake.manifests[0]] == ["config.json"]
    assert fake.manifests[0][0].media_type == "application/json"


def test_the_record_carries_what_was_said(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    registry.call(
        "push",
        "risk/fraud",
        folder,
        alias="champion",
        metrics={"auc": 0.97},
        tags={"team": "risk"},
        slices=[SliceMetric(dimension="age", value="60-69", metric="auc", result=0.9, count=7)],
        parents=["fraud/3"],
        environment=Environment(python_version="3.11.7"),
        source=Source(commit="a" * 40, dirty=False),
    )
    request = fake.registered[0]
    assert request.parent == "namespaces/risk/models/fraud"
    assert (request.alias, request.create_model) == ("champion", True)
    assert dict(request.version.metrics) == {"auc": 0.97}
    assert request.version.slices[0].count == 7
    assert list(request.version.parents) == ["fraud/3"]
    assert request.version.source.dirty is False
    assert request.version.source.HasField("dirty")
    assert len(request.request_id) == 36


def test_the_environment_and_the_commit_are_captured_unless_told_otherwise(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    registry.call("push", "fraud", folder)
    environment = fake.registered[0].version.environment
    assert environment.python_version
    assert "grpcio" in {package.name for package in environment.packages}


@pytest.mark.parametrize("lose_session", [False, True])
def test_a_broken_upload_goes_on_where_the_registry_says(
    registry: Caller, fake: FakeRegistry, folder: Path, *, lose_session: bool
) -> None:
    fake.faults.break_write_after.append(48 * KIB)
    fake.faults.lose_session = lose_session
    progress = Recorder()
    registry.call("push", "fraud", folder / "weights" / "b.bin", progress=progress, **PLAIN)
    assert fake.offsets[-1] == (0 if lose_session else 48 * KIB)
    assert digest_of((folder / "weights" / "b.bin").read_bytes()) in fake.blobs
    assert (progress.bytes, progress.ended) == (90 * KIB, True)


def test_an_upload_that_the_registry_forgot_at_its_commit_is_sent_again(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    fake.faults.commit_incomplete = 1
    registry.call("push", "fraud", folder / "weights" / "b.bin", **PLAIN)
    assert fake.received == 180 * KIB


def test_an_upload_that_goes_on_breaking_is_given_up(
    registry: Caller, fake: FakeRegistry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modelregistry._wire.retry_policy._MAX_S", 0.001)
    fake.faults.break_write_after.extend([0] * 100)
    fake.faults.lose_session = True
    with pytest.raises(errors.StorageUnavailable):
        registry.call("push", "fraud", folder / "weights" / "b.bin", **PLAIN)
    assert not fake.versions
    assert len(fake.faults.break_write_after) == 100 - 48


@pytest.mark.parametrize("room", [0, 16 * KIB, 40 * KIB])
def test_the_reason_that_ends_an_upload_is_not_lost(
    registry: Caller, fake: FakeRegistry, folder: Path, room: int
) -> None:
    fake.faults.full_above = room
    with pytest.raises(errors.StorageFull):
        registry.call("push", "fraud", folder / "weights" / "b.bin", **PLAIN)
    assert not fake.versions


def test_a_blob_that_fails_in_a_batch_fails_the_push(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    fake.faults.refuse_blob = digest_of(b"{}")
    with pytest.raises(errors.StorageFull):
        registry.call("push", "fraud", folder, **PLAIN)
    assert not fake.versions


def test_a_file_that_changes_meanwhile_is_an_error_and_nothing_is_registered(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    class Meddler(Recorder):
        @override
        def file_done(self, path: str) -> None:
            super().file_done(path)
            (folder / "config.json").write_text('{"changed": true}')

    with pytest.raises(errors.FileChanged, match=r"config\.json changed"):
        registry.call("push", "fraud", folder, progress=Meddler(), **PLAIN)
    assert not fake.versions


def test_too_large_a_file_is_refused_before_anything_is_sent(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    fake.limits.max_blob_bytes = 99 * KIB
    with pytest.raises(errors.LimitExceeded, match=r"a\.bin"):
        registry.call("push", "fraud", folder, **PLAIN)
    assert fake.calls == ["CheckRegistration"]


def test_bad_names_are_refused_all_at_once_before_anything_is_sent(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    (folder / "back\\slash").write_text("x")
    (folder / " space").write_text("x")
    (folder / "CONFIG.json").write_text("x")
    with pytest.raises(errors.InvalidRequest) as caught:
        registry.call("push", "fraud", folder, **PLAIN)
    assert len(caught.value.violations) == 3
    assert fake.calls == ["CheckRegistration"]


def test_progress_ends_at_the_total_and_names_every_file(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    progress = Recorder()
    registry.call("push", "fraud", folder, progress=progress, **PLAIN)
    assert progress.bytes == progress.total == 2 + 290 * KIB
    assert sorted(progress.files) == sorted(entry.path for entry in fake.manifests[0])
    assert progress.ended


def test_everything_wrong_here_is_said_at_once_before_anything_is_sent(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    (folder / "①.txt").write_text("x")
    (folder / "1.txt").write_text("x")
    (folder / "C:weights.bin").write_text("x")
    with pytest.raises(errors.InvalidRequest) as caught:
        registry.call("push", "fraud", folder, params={"lr": None}, metrics={"auc": "?"}, **PLAIN)
    named = [violation.field for violation in caught.value.violations]
    assert named == ["'C:weights.bin'", "'①.txt'", 'metrics["auc"]', 'params["lr"]']
    assert fake.calls == ["CheckRegistration"]


def test_numbers_and_bools_are_written_as_in_json(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    facts = {"lr": 0.1, "eps": 1e-05, "epochs": 20, "shuffle": True, "optimizer": "adam"}
    registry.call("push", "fraud", folder, params=facts, tags=facts, labels=facts, **PLAIN)
    expected = {
        "lr": "0.1",
        "eps": "1e-05",
        "epochs": "20",
        "shuffle": "true",
        "optimizer": "adam",
    }
    version = fake.registered[0].version
    assert dict(version.params) == dict(version.tags) == dict(version.labels) == expected


def test_too_many_long_paths_are_refused_by_their_bytes_before_anything_is_asked(
    registry: Caller, fake: FakeRegistry, tmp_path: Path
) -> None:
    # Linked files with paths of 800 bytes: hard links cost no space.
    deep = tmp_path / "model" / "/".join(["d" * 190] * 4)
    deep.mkdir(parents=True)
    (tmp_path / "empty").touch()
    for number in range(20_000):
        os.link(tmp_path / "empty", deep / f"{number:05}")
    with pytest.raises(errors.LimitExceeded, match="bytes of the record and the paths") as caught:
        registry.call("push", "fraud", tmp_path / "model", **PLAIN)
    assert int(caught.value.metadata["given"]) > int(caught.value.metadata["allowed"]) == 1 << 24
    assert not fake.calls


def test_the_push_makes_no_call_more_than_it_needs(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    registry.call("push", "fraud", folder / "config.json", **PLAIN)
    assert fake.calls == ["CheckRegistration", "BatchUploadBlobs"]
    assert [file.digest for file in fake.checked[0].files] == [""]


def test_a_registry_that_cannot_check_yet_is_asked_for_its_limits(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    fake.checks = False
    registry.call("push", "fraud", folder, **PLAIN)
    assert fake.calls[:2] == ["CheckRegistration", "GetTransferLimits"]
    assert len(fake.versions) == 1


def test_digests_that_a_schema_tests_are_known_before_anything_is_sent(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    fake.needs_digests = True
    registry.call("push", "fraud", folder, **PLAIN)
    assert fake.calls[:2] == ["CheckRegistration", "CheckRegistration"]
    assert [file.digest for file in fake.checked[1].files] == [
        file.digest for file in fake.manifests[0]
    ]


def test_a_check_says_what_would_be_sent_and_sends_nothing(
    registry: Caller, fake: FakeRegistry, folder: Path
) -> None:
    check = registry.call("check_push", "fraud", folder, params={"lr": 0.1}, **PLAIN)
    assert (check.model, check.file_count) == ("namespaces/default/models/fraud", 5)
    assert (check.size_bytes, check.missing_count) == (2 + 290 * KIB, 4)
    assert check.missing_bytes == 2 + 190 * KIB
    assert (fake.received, fake.versions) == (0, [])
