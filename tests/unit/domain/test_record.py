"""A record as a document: what is empty is absent, and nothing that is known is left out."""

from dataclasses import fields
from uuid import UUID

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.ensemble import EnsembleEdge, EnsembleSpec, Member, MemberPin
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
    VersionOrigin,
)
from registry_grpc.domain.manifest import FileEntry
from registry_grpc.domain.record import record_document, record_of_draft

_DIGEST = Digest("ab" * 32)
_FULL = VersionDraft(
    files=[FileEntry("b", _DIGEST, 0, "text/plain"), FileEntry("a", _DIGEST, 7)],
    description="d",
    tags={"t": ""},
    labels={"l": "x"},
    metrics={"auc": 0.0},
    detail=VersionDetail(
        environment=Environment("3.11", "linux", (Package("numpy", "2"),), "image", "gpu"),
        source=Source("repo", "a" * 40, dirty=False, run_id="7", entry_point="train.py"),
        inputs=(DatasetInput("s3://x", "sha256:y", DatasetRole.TRAINING),),
        parents=("base/1",),
        params={"lr": "0.1"},
        slices=(SliceMetric("age", "60", 0, "auc", 0.5, ConfidenceInterval(0.4, 0.6, 0.95)),),
        signature=Signature((TensorSpec("x", "f4", (-1, 2)),), (TensorSpec("", "f4"),)),
        copied_from=VersionOrigin("base/1", UUID(int=7), "other.example"),
        ensemble=EnsembleSpec(
            (
                Member("a", MemberPin("base/1"), soft=True, input_names={"x": "y"}),
                Member("b", MemberPin("base/2"), output_names={"p": "q"}),
            ),
            "mean",
            (EnsembleEdge("a", "b", "o", "i"),),
        ),
    ),
)


def test_a_full_record_shows_everything() -> None:
    assert record_document(record_of_draft(_FULL, "ann")) == {
        "description": "d",
        "creator": "ann",
        "tags": {"t": ""},
        "labels": {"l": "x"},
        "metrics": {"auc": 0.0},
        "params": {"lr": "0.1"},
        "environment": {
            "python_version": "3.11",
            "platform": "linux",
            "image": "image",
            "accelerator": "gpu",
            "packages": [{"name": "numpy", "version": "2"}],
        },
        "source": {
            "repository": "repo",
            "commit": "a" * 40,
            "dirty": False,
            "run_id": "7",
            "entry_point": "train.py",
        },
        "inputs": [{"uri": "s3://x", "digest": "sha256:y", "role": "training"}],
        "parents": ["base/1"],
        "slices": [
            {
                "dimension": "age",
                "value": "60",
                "count": 0,
                "metric": "auc",
                "result": 0.5,
                "interval": {"low": 0.4, "high": 0.6, "level": 0.95},
            }
        ],
        "copied_from": {
            "registry": "other.example",
            "version": "base/1",
            "uid": "00000000-0000-0000-0000-000000000007",
        },
        "ensemble": {
            "combiner": "mean",
            "members": [
                {"role": "a", "version": "base/1", "soft": True, "input_names": {"x": "y"}},
                {"role": "b", "version": "base/2", "output_names": {"p": "q"}},
            ],
            "edges": [{"source": "a", "output": "o", "target": "b", "input": "i"}],
        },
        "signature": {
            "inputs": [{"name": "x", "dtype": "f4", "shape": [-1, 2]}],
            "outputs": [{"dtype": "f4"}],
        },
        "files": [
            {"path": "a", "digest": str(_DIGEST), "size_bytes": 7},
            {"path": "b", "digest": str(_DIGEST), "size_bytes": 0, "media_type": "text/plain"},
        ],
    }


def test_every_fact_of_a_version_has_a_place() -> None:
    document = record_document(record_of_draft(_FULL, "ann"))
    assert {field.name for field in fields(VersionDetail)} <= set(document)


def test_what_is_empty_is_absent() -> None:
    detail = VersionDetail(environment=Environment(), source=Source(), signature=Signature())
    draft = VersionDraft([FileEntry("a", _DIGEST, 1)], detail=detail)
    assert set(record_document(record_of_draft(draft, "ann"))) == {"creator", "files"}
