"""Required facts: each says what it misses, and nothing when it is there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.errors import InvalidRequest
from registry_grpc.domain.facts import (
    DatasetInput,
    DatasetRole,
    Environment,
    Package,
    Signature,
    SliceMetric,
    Source,
    TensorSpec,
    VersionDetail,
)
from registry_grpc.domain.manifest import FileEntry
from registry_grpc.domain.record import Record, record_of_draft
from registry_grpc.domain.required_facts import RequiredFacts, missing_facts
from registry_grpc.domain.violations import Violations

_TRAINING = DatasetRole.TRAINING
_PINNED = DatasetInput("s3://x", "sha256:y", _TRAINING)
_EVERYTHING = RequiredFacts(
    files=("*.bin", "config/*"),
    labels=("team",),
    tags=("run",),
    metrics=("auc",),
    pinned_inputs=(_TRAINING, DatasetRole.TEST),
    clean_commit=True,
    environment_lock=True,
    signature=True,
    slices=("age",),
)


def _record(*paths: str, **facts: object) -> Record:
    files = [FileEntry(path, Digest("ab" * 32), 1) for path in paths or ("model.bin",)]
    known = {name: facts.pop(name) for name in ("labels", "tags", "metrics") if name in facts}
    detail = VersionDetail(**facts)  # type: ignore[arg-type]
    return record_of_draft(VersionDraft(files, detail=detail, **known), "ann")  # type: ignore[arg-type]


def test_a_record_without_anything_misses_everything_and_says_it_in_order() -> None:
    assert list(missing_facts(_EVERYTHING, _record("a"))) == [
        "files: no path matches '*.bin'",
        "files: no path matches 'config/*'",
        "labels: 'team' is missing",
        "tags: 'run' is missing",
        "metrics: 'auc' is missing",
        "inputs: there is none for training",
        "inputs: there is none for test",
        "source.commit: is missing",
        "source.dirty: it is not known whether the work tree was clean",
        "environment: neither packages nor a container image are recorded",
        "signature: is not recorded",
        "slices: there is none of the dimension 'age'",
    ]


def test_a_record_with_everything_misses_nothing() -> None:
    record = _record(
        "deep/model.bin",
        "config/a.json",
        labels={"team": ""},
        tags={"run": "7"},
        metrics={"auc": 0.0},
        inputs=(_PINNED, DatasetInput("s3://y", "sha256:z", DatasetRole.TEST)),
        source=Source(commit="a" * 40, dirty=False),
        environment=Environment(packages=(Package("numpy", "2"),)),
        signature=Signature(outputs=(TensorSpec("", "f4"),)),
        slices=(SliceMetric("age", "60", 1, "auc", 0.5),),
    )
    assert list(missing_facts(_EVERYTHING, record)) == []


@pytest.mark.parametrize(
    "source,missing",
    [
        (
            Source(commit="a" * 40),
            ["source.dirty: it is not known whether the work tree was clean"],
        ),
        (
            Source(commit="a" * 40, dirty=True),
            ["source.dirty: the work tree had changes that the commit lacks"],
        ),
        (Source(dirty=False), ["source.commit: is missing"]),
    ],
    ids=["unknown", "dirty", "no commit"],
)
def test_a_commit_counts_only_if_the_work_tree_is_known_to_have_been_clean(
    source: Source, missing: list[str]
) -> None:
    required = RequiredFacts(clean_commit=True)
    assert list(missing_facts(required, _record(source=source))) == missing


def test_every_input_in_a_pinned_role_needs_a_digest_and_no_other_does() -> None:
    inputs = (
        _PINNED,
        DatasetInput("s3://loose", "", _TRAINING),
        DatasetInput("s3://other", "", DatasetRole.TEST),
    )
    required = RequiredFacts(pinned_inputs=(_TRAINING,))
    assert list(missing_facts(required, _record(inputs=inputs))) == [
        "inputs[1].digest: is missing, and training data must be pinned"
    ]


def test_an_image_locks_an_environment_as_packages_do() -> None:
    required = RequiredFacts(environment_lock=True)
    assert not list(missing_facts(required, _record(environment=Environment(image="a@sha256:b"))))
    assert list(missing_facts(required, _record(environment=Environment(platform="linux"))))


@given(st.text("ab*?[]!-/\\", max_size=20), st.text("ab/", min_size=1, max_size=10))
def test_every_pattern_can_be_asked(pattern: str, path: str) -> None:
    found = list(missing_facts(RequiredFacts(files=(pattern,)), _record(path)))
    assert len(found) <= 1


def test_everything_that_is_wrong_with_it_is_noted() -> None:
    wrong = RequiredFacts(
        files=("x" * 257,),
        labels=("", "twice", "twice"),
        tags=tuple(f"t{number}" for number in range(65)),
        metrics=("nul\0",),
        pinned_inputs=(_TRAINING, _TRAINING),
    )
    found = Violations()
    wrong.check(found, "required")
    with pytest.raises(InvalidRequest) as refused:
        found.raise_if_any()
    assert [violation.field for violation in refused.value.violations] == [
        "required.files[0]",
        "required.labels",
        "required.labels[0]",
        "required.tags",
        "required.metrics[0]",
        "required.pinned_inputs",
    ]
