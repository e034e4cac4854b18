import math
from dataclasses import replace

import pytest

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.errors import InvalidRequest, Violation
from registry_grpc.domain.facts import (
    ConfidenceInterval,
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
from registry_grpc.domain.manifest import FileEntry, root_digest
from registry_grpc.domain.violations import Violations

FILES = (FileEntry("model.bin", Digest("ab" * 32), 3),)
DATASET = DatasetInput("gs://claims/2026-10.parquet", "sha256:1234", DatasetRole.TRAINING)
SLICE = SliceMetric("age", "60-69", 10, "auc", 0.9, ConfidenceInterval(0.8, 0.95, 0.95))
TENSOR = TensorSpec("x", "float32", (-1, 3))

FULL = VersionDraft(
    files=FILES,
    description="# A model",
    tags={"team": "risk"},
    labels={"tier": "gold"},
    metrics={"auc": 0.97, "loss": -0.0, "tiny": 5e-324, "huge": 1.7e308},
    detail=VersionDetail(
        environment=Environment(
            "3.11.7", "Linux", (Package("numpy", "2.0"),), "img@sha256:1", "GPU"
        ),
        source=Source(
            "https://example.org/r.git",
            "a" * 40,
            dirty=True,
            run_id="run-1",
            entry_point="train.py",
        ),
        inputs=(DATASET,),
        parents=("fraud/1",),
        params={"depth": "3"},
        slices=(SLICE,),
        signature=Signature((TENSOR,), (TENSOR,)),
    ),
    expected_root=root_digest(FILES),
)


def violations(draft: VersionDraft) -> list[Violation]:
    found = Violations()
    draft.check(found)
    try:
        found.raise_if_any()
    except InvalidRequest as refusal:
        return list(refusal.violations)
    return []


def fields(draft: VersionDraft) -> list[str]:
    return [violation.field for violation in violations(draft)]


def in_detail(**facts: object) -> list[str]:
    detail = replace(FULL.detail, **facts)  # type: ignore[arg-type]
    return fields(replace(FULL, detail=detail))


def test_a_draft_with_every_fact_is_accepted() -> None:
    assert violations(FULL) == []


def test_a_draft_with_files_alone_is_accepted() -> None:
    assert violations(VersionDraft(FILES)) == []


def test_empty_facts_are_accepted() -> None:
    assert in_detail(environment=Environment(), source=Source(), signature=Signature()) == []


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_metric_is_a_finite_number(value: float) -> None:
    assert fields(replace(FULL, metrics={"auc": value})) == ["version.metrics['auc']"]


@pytest.mark.parametrize(
    "metrics, expected",
    [
        ({"": 1.0}, ["version.metrics['']"]),
        ({"k" * 128: 1.0}, []),
        ({"é" * 65: 1.0}, [f"version.metrics[{'é' * 65!r}]"]),
        ({"a\0": 1.0}, ["version.metrics['a\\x00']"]),
        ({f"m{index}": 1.0 for index in range(1_000)}, []),
        ({f"m{index}": 1.0 for index in range(1_001)}, ["version.metrics"]),
    ],
    ids=["empty key", "longest key", "long key", "nul", "most", "too many"],
)
def test_metrics_have_limits(metrics: dict[str, float], expected: list[str]) -> None:
    assert fields(replace(FULL, metrics=metrics)) == expected


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"": "1"}, ["version.params['']"]),
        ({"k" * 129: "1"}, [f"version.params[{'k' * 80!r}]"]),
        ({"k": "v" * 4_096}, []),
        ({"k": "v" * 4_097}, ["version.params['k']"]),
        ({"k": "\0"}, ["version.params['k']"]),
        ({f"p{index}": "" for index in range(1_000)}, []),
        ({f"p{index}": "" for index in range(1_001)}, ["version.params"]),
    ],
    ids=["empty key", "long key", "longest value", "long value", "nul", "most", "too many"],
)
def test_params_have_limits(params: dict[str, str], expected: list[str]) -> None:
    assert in_detail(params=params) == expected


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"dimension": ""}, "dimension"),
        ({"dimension": "x" * 129}, "dimension"),
        ({"value": ""}, "value"),
        ({"value": "x" * 257}, "value"),
        ({"metric": ""}, "metric"),
        ({"metric": "x" * 129}, "metric"),
        ({"metric": "\0"}, "metric"),
        ({"count": -1}, "count"),
        ({"result": math.nan}, "result"),
        ({"result": math.inf}, "result"),
        ({"interval": ConfidenceInterval(0.9, 0.8, 0.95)}, "interval"),
        ({"interval": ConfidenceInterval(math.nan, 0.8, 0.95)}, "interval"),
        ({"interval": ConfidenceInterval(0.1, math.inf, 0.95)}, "interval"),
        ({"interval": ConfidenceInterval(0.1, 0.2, 0.0)}, "interval.level"),
        ({"interval": ConfidenceInterval(0.1, 0.2, 1.0)}, "interval.level"),
        ({"interval": ConfidenceInterval(0.1, 0.2, 95.0)}, "interval.level"),
        ({"interval": ConfidenceInterval(0.1, 0.2, math.nan)}, "interval.level"),
    ],
)
def test_a_wrong_slice_is_noted_at_its_place(change: dict[str, object], expected: str) -> None:
    wrong = replace(SLICE, **change)  # type: ignore[arg-type]
    assert in_detail(slices=(SLICE, wrong)) == [f"version.slices[1].{expected}"]


@pytest.mark.parametrize(
    "change",
    [{"count": 0}, {"interval": None}, {"interval": ConfidenceInterval(0.5, 0.5, 0.5)}],
)
def test_a_slice_at_its_limits_is_accepted(change: dict[str, object]) -> None:
    assert in_detail(slices=(replace(SLICE, **change),)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "name, most, item",
    [
        ("inputs", 1_000, DATASET),
        ("parents", 100, "fraud/1"),
        ("slices", 10_000, SLICE),
    ],
)
def test_lists_have_a_longest_length(name: str, most: int, item: object) -> None:
    assert in_detail(**{name: (item,) * most}) == []
    assert in_detail(**{name: (item,) * (most + 1)}) == [f"version.{name}"]


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"uri": ""}, ["uri"]),
        ({"uri": "x" * 4_097}, ["uri"]),
        ({"uri": "gs://a\0"}, ["uri"]),
        ({"digest": "abc"}, ["digest"]),
        ({"digest": ":abc"}, ["digest"]),
        ({"digest": "sha256:"}, ["digest"]),
        ({"digest": "sha256:a b"}, ["digest"]),
        ({"digest": "sha256:a\n"}, ["digest"]),
        ({"digest": "SHA256:ab"}, ["digest"]),
        ({"digest": "md5:" + "x" * 300}, ["digest"]),
        ({"digest": ""}, []),
        ({"digest": "etag:W/abc"}, []),
    ],
)
def test_a_wrong_dataset_is_noted_at_its_place(change: dict[str, str], expected: list[str]) -> None:
    wrong = replace(DATASET, **change)  # type: ignore[arg-type]
    found = in_detail(inputs=(DATASET, wrong))
    assert found == [f"version.inputs[1].{name}" for name in expected]


WITH_CREDENTIALS = [
    "https://user:secret@example.org/r.git",
    "https://:secret@example.org/r.git",
    "HTTPS://user:secret@example.org/r.git",
    "git+https://user:secret@example.org/r.git",
    "postgresql://user:p@ss@example.org/claims",
    "postgresql://user:secret@/claims",
    "s3://key:secret@bucket/data",
    "https://user:secret@[::1]:8080/",
    "https://user:sec%40ret@example.org",
    # A token needs no colon: what people paste from their host's help pages.
    "https://ghp_0123456789abcdef0123456789abcdef0123@github.com/risk/fraud.git",
    " https://user:secret@example.org/r.git",
    "\thttps://user:secret@example.org/r.git",
    "jdbc:postgresql://user:secret@example.org/claims",
]


@pytest.mark.parametrize("uri", WITH_CREDENTIALS)
def test_a_uri_with_credentials_is_refused_without_repeating_them(uri: str) -> None:
    for draft, field in (
        (replace(FULL.detail, source=Source(repository=uri)), "version.source.repository"),
        (replace(FULL.detail, inputs=(replace(DATASET, uri=uri),)), "version.inputs[0].uri"),
    ):
        (violation,) = violations(replace(FULL, detail=draft))
        assert violation.field == field
        assert uri not in violation.description


@pytest.mark.parametrize(
    "uri",
    [
        "https://example.org/r.git",
        "https://example.org:8443/r.git",
        "ssh://git@example.org:22/r.git",
        "git@example.org:risk/fraud.git",
        "git+ssh://git@example.org/r.git",
        "https://example.org/a:b@c",
        "https://example.org/?at=a:b@c",
        "gs://bucket/path@2026:10",
        "s3://bucket/key",
        "file:///data/claims.parquet",
        "/data/claims.parquet",
        "C:/data/claims.parquet",
        "dbfs:/claims@v1",
        "hf://datasets/org/name@main",
    ],
)
def test_a_uri_without_credentials_is_accepted(uri: str) -> None:
    assert in_detail(source=Source(repository=uri)) == []
    assert in_detail(inputs=(replace(DATASET, uri=uri),)) == []


@pytest.mark.parametrize(
    "commit, accepted",
    [
        ("", True),
        ("a" * 40, True),
        ("0" * 64, True),
        ("a" * 39, False),
        ("a" * 41, False),
        ("A" * 40, False),
        ("g" * 40, False),
        ("a" * 40 + "\n", False),
        ("a" * 7, False),
        ("HEAD", False),
        ("\u0660" * 40, False),
    ],
)
def test_a_commit_is_a_whole_hash(commit: str, accepted: bool) -> None:
    assert in_detail(source=Source(commit=commit)) == (
        [] if accepted else ["version.source.commit"]
    )


@pytest.mark.parametrize(
    "source, expected",
    [
        (Source(repository="x" * 4_097), "repository"),
        (Source(run_id="x" * 257), "run_id"),
        (Source(run_id="\0"), "run_id"),
        (Source(entry_point="x" * 4_097), "entry_point"),
    ],
)
def test_texts_of_the_source_have_limits(source: Source, expected: str) -> None:
    assert in_detail(source=source) == [f"version.source.{expected}"]


@pytest.mark.parametrize("name", ["python_version", "platform", "image", "accelerator"])
def test_texts_of_the_environment_have_limits(name: str) -> None:
    environment = Environment(**{name: "x" * 256})  # type: ignore[arg-type]
    assert in_detail(environment=environment) == []
    environment = Environment(**{name: "x" * 257})  # type: ignore[arg-type]
    assert in_detail(environment=environment) == [f"version.environment.{name}"]


@pytest.mark.parametrize(
    "package, expected",
    [
        (Package("", "1"), ["name"]),
        (Package("a", ""), ["version"]),
        (Package("", ""), ["name", "version"]),
        (Package("a" * 129, "1"), ["name"]),
        (Package("a", "1" * 129), ["version"]),
    ],
)
def test_a_wrong_package_is_noted_at_its_place(package: Package, expected: list[str]) -> None:
    environment = Environment(packages=(Package("numpy", "2.0"), package))
    assert in_detail(environment=environment) == [
        f"version.environment.packages[1].{name}" for name in expected
    ]


def test_the_number_of_packages_is_limited() -> None:
    packages = tuple(Package(f"p{index}", "1") for index in range(5_001))
    assert in_detail(environment=Environment(packages=packages[:-1])) == []
    assert in_detail(environment=Environment(packages=packages)) == ["version.environment.packages"]


@pytest.mark.parametrize("side", ["inputs", "outputs"])
@pytest.mark.parametrize(
    "tensors, expected",
    [
        ((), []),
        ((TensorSpec("", "float32"),), []),
        ((TensorSpec("x", "float32", ()),), []),
        ((TensorSpec("x", "float32", (0, -1, 2**62)),), []),
        ((TENSOR, TENSOR), [""]),
        ((TensorSpec("", "int8"), TensorSpec("", "int8")), [""]),
        ((TensorSpec("x", ""),), ["[0].dtype"]),
        ((TensorSpec("x", "d" * 129),), ["[0].dtype"]),
        ((TensorSpec("x" * 257, "int8"),), ["[0].name"]),
        ((TensorSpec("x", "int8", (-2,)),), ["[0].shape"]),
        ((TensorSpec("x", "int8", (1,) * 32),), []),
        ((TensorSpec("x", "int8", (1,) * 33),), ["[0].shape"]),
        (tuple(TensorSpec(f"t{index}", "int8") for index in range(1_000)), []),
        (tuple(TensorSpec(f"t{index}", "int8") for index in range(1_001)), [""]),
    ],
)
def test_each_side_of_a_signature_is_checked(
    side: str, tensors: tuple[TensorSpec, ...], expected: list[str]
) -> None:
    signature = replace(Signature(), **{side: tensors})
    assert in_detail(signature=signature) == [
        f"version.signature.{side}{place}" for place in expected
    ]


def test_a_description_is_limited() -> None:
    assert fields(replace(FULL, description="x" * 65_536)) == []
    assert fields(replace(FULL, description="x" * 65_537)) == ["version.description"]
    assert fields(replace(FULL, description="\0")) == ["version.description"]


def test_tags_and_labels_are_checked_alike() -> None:
    assert fields(replace(FULL, tags={"Bad": ""}, labels={"Bad": ""})) == [
        "version.tags['Bad']",
        "version.labels['Bad']",
    ]


def test_a_stated_root_digest_must_be_that_of_the_files() -> None:
    (violation,) = violations(replace(FULL, expected_root=Digest("00" * 32)))
    assert violation.field == "version.root_digest"
    assert str(root_digest(FILES)) in violation.description


def test_everything_wrong_is_reported_at_once_under_paths_of_the_request() -> None:
    draft = VersionDraft(
        files=(FileEntry("/abs", Digest("ab" * 32), -1, "m" * 200),),
        description="\0",
        tags={"T": ""},
        labels={"L": ""},
        metrics={"auc": math.nan},
        detail=VersionDetail(
            environment=Environment(platform="\0", packages=(Package("", "1"),)),
            source=Source(commit="x", run_id="\0"),
            inputs=(DatasetInput("", "", DatasetRole.TEST),),
            params={"": ""},
            slices=(replace(SLICE, count=-1),),
            signature=Signature(inputs=(TensorSpec("x", ""),), outputs=(TENSOR, TENSOR)),
        ),
        expected_root=Digest("00" * 32),
    )
    assert fields(draft) == [
        "files[0].path",
        "files[0].size_bytes",
        "files[0].media_type",
        "version.description",
        "version.tags['T']",
        "version.labels['L']",
        "version.metrics['auc']",
        "version.environment.platform",
        "version.environment.packages[0].name",
        "version.source.commit",
        "version.source.run_id",
        "version.params['']",
        "version.inputs[0].uri",
        "version.slices[0].count",
        "version.signature.inputs[0].dtype",
        "version.signature.outputs",
        "version.root_digest",
    ]
