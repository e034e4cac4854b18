"""Documents come back as they were, and those of every release can be read."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.facts import (
    DatasetInput,
    DatasetRole,
    Environment,
    Package,
    VersionDetail,
)
from registry_grpc.domain.model import Model, ModelDraft
from registry_grpc.domain.names import (
    ModelName,
    NamespaceName,
    VersionName,
)
from registry_grpc.domain.namespace import Namespace
from registry_grpc.domain.policy import ApprovalRequirement, PolicyDraft
from registry_grpc.domain.resource import Resource
from registry_grpc.domain.resources import RESOURCES, TYPE_OF
from registry_grpc.domain.rule import Rule, Severity
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.rules.labelled import LabelRequirement, RequiredLabels
from registry_grpc.domain.version import Version, VersionState
from registry_grpc.persistence.codec import decode, decode_resource, encode, encode_resource
from tests.support.names import built

_MOMENTS = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - the zone is added
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001 - the zone is added
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
_NUMBERS = st.integers(1, 10**17)
_FLOATS = st.floats(allow_nan=False, allow_infinity=False)
_IDS = st.from_regex(r"[a-z]{1,10}", fullmatch=True)

st.register_type_strategy(str, _TEXTS)
st.register_type_strategy(float, _FLOATS)
st.register_type_strategy(datetime, _MOMENTS)
st.register_type_strategy(
    Digest, st.binary(min_size=32, max_size=32).map(lambda raw: Digest(raw.hex()))
)
for row in RESOURCES:
    st.register_type_strategy(row.name, built(row.name))


def _through_json(document: object) -> object:
    loaded: object = json.loads(json.dumps(document, allow_nan=False))
    return loaded


@given(st.from_type(VersionDetail))
def test_details_come_back_as_they_were(detail: VersionDetail) -> None:
    assert decode(VersionDetail, _through_json(encode(detail))) == detail


@given(st.one_of(*(st.from_type(kind) for kind in TYPE_OF.values())))
def test_resources_come_back_as_they_were(resource: Resource) -> None:
    assert decode_resource(_through_json(encode_resource(resource))) == resource


def test_no_resource_is_no_document() -> None:
    assert encode_resource(None) is None
    assert decode_resource(None) is None


def test_whole_numbers_come_back_as_floats_where_floats_are_meant() -> None:
    document = {"kind": "version", **_VERSION, "metrics": {"auc": 1}}
    found = decode_resource(document)
    assert isinstance(found, Version)
    assert type(found.metrics["auc"]) is float


def test_what_a_document_lacks_takes_its_default_and_what_is_new_is_skipped() -> None:
    document = {"environment": {"image": "x", "newer": 1}, "later": [1, 2]}
    assert decode(VersionDetail, document) == VersionDetail(environment=Environment(image="x"))


def test_what_json_cannot_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot hold a set"):
        encode({1})


_MOMENT = datetime(2026, 5, 3, 12, 0, 0, 123456, tzinfo=UTC)
_VERSION = {
    "name": "namespaces/default/models/fraud/versions/7",
    "uid": "01890a5d-ac96-774b-bcce-b302099a8057",
    "root_digest": "sha256:" + "a" * 64,
    "size": 12,
    "file_count": 2,
    "creator": "ann",
    "create_time": "2026-05-03T12:00:00.123456+00:00",
    "update_time": "2026-05-03T12:00:00.123456+00:00",
    "revision": 9,
    "description": "best",
    "tags": {"run": "7"},
    "metrics": {"auc": 0.97},
    "labels": {"team": "risk"},
    "detail": {
        "environment": {
            "python_version": "3.12.1",
            "platform": "linux",
            "packages": [{"name": "numpy", "version": "2.1"}],
            "image": "",
            "accelerator": "",
        },
        "source": None,
        "inputs": [{"uri": "gs://b/d", "digest": "", "role": "training"}],
        "parents": [],
        "params": {},
        "slices": [],
        "signature": None,
    },
    "stage": "none",
    "state": "active",
    "delete_time": None,
    "aliases": ["champion"],
}


def test_a_version_as_release_0_1_stored_it_can_be_read() -> None:
    version = Version(
        name=VersionName("default", "fraud", 7),
        uid=UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
        root_digest=Digest("a" * 64),
        size=12,
        file_count=2,
        creator="ann",
        create_time=_MOMENT,
        update_time=_MOMENT,
        revision=9,
        description="best",
        tags={"run": "7"},
        metrics={"auc": 0.97},
        labels={"team": "risk"},
        detail=VersionDetail(
            environment=Environment("3.12.1", "linux", (Package("numpy", "2.1"),)),
            inputs=(DatasetInput("gs://b/d", "", DatasetRole.TRAINING),),
        ),
        state=VersionState.ACTIVE,
        aliases=("champion",),
    )
    document = {"kind": "version", **_VERSION}
    assert decode_resource(document) == version
    usual = {"stage", "state", "delete_time"}
    assert encode_resource(version) == {
        **{name: part for name, part in document.items() if name not in usual},
        "detail": {
            "environment": {
                "python_version": "3.12.1",
                "platform": "linux",
                "packages": [{"name": "numpy", "version": "2.1"}],
            },
            "inputs": [{"uri": "gs://b/d", "digest": "", "role": "training"}],
        },
    }


def test_a_model_as_release_0_1_stored_it_can_be_read() -> None:
    model = Model(
        name=ModelName("default", "fraud"),
        uid=UUID(int=1),
        draft=ModelDraft("d", {"team": "risk"}, "bob"),
        creator="ann",
        create_time=_MOMENT,
        update_time=_MOMENT,
        revision=3,
        latest=2,
    )
    document = {
        "kind": "model",
        "name": "namespaces/default/models/fraud",
        "uid": "00000000-0000-0000-0000-000000000001",
        "draft": {"description": "d", "labels": {"team": "risk"}, "owner": "bob"},
        "creator": "ann",
        "create_time": "2026-05-03T12:00:00.123456+00:00",
        "update_time": "2026-05-03T12:00:00.123456+00:00",
        "revision": 3,
        "delete_time": None,
        "latest": 2,
    }
    assert decode_resource(document) == model
    del document["delete_time"]
    assert encode_resource(model) == document


def test_a_policy_as_release_0_1_stored_it_can_be_read() -> None:
    document = {
        "to_stage": "production",
        "models": "*",
        "from_stage": "",
        "rules": [
            {
                "id": "ages",
                "severity": "warn",
                "bound": {
                    "metric": "recall",
                    "dimension": "age",
                    "minimum": 0.9,
                    "required_slices": ["60-69"],
                    "max_age": 86_400_000_000,
                },
                "spread": None,
                "still to come": {"threshold": 1},
            },
            {"id": "labels", "labels": {"labels": [{"key": "risk", "values": ["low"]}]}},
        ],
        "approvals": [{"id": "clinic", "count": 2, "roles": ["approver"]}],
        "wait": 3_600_000_000,
    }
    assert decode(PolicyDraft, document) == PolicyDraft(
        to_stage="production",
        models="*",
        rules=(
            Rule(
                "ages",
                Severity.WARN,
                bound=MetricBound(
                    "recall",
                    dimension="age",
                    minimum=0.9,
                    required_slices=("60-69",),
                    max_age=timedelta(days=1),
                ),
            ),
            Rule("labels", labels=RequiredLabels((LabelRequirement("risk", ("low",)),))),
        ),
        approvals=(ApprovalRequirement("clinic", count=2, roles=("approver",)),),
        wait=timedelta(hours=1),
    )


def test_a_namespace_as_release_0_1_stored_it_has_no_quota() -> None:
    document = {
        "kind": "namespace",
        "name": "namespaces/risk",
        "description": "d",
        "creator": "ann",
        "create_time": "2026-05-03T12:00:00.123456+00:00",
        "revision": 3,
    }
    namespace = Namespace(NamespaceName("risk"), "d", "ann", _MOMENT, 3)
    assert decode_resource(document) == namespace
    limited = replace(namespace, quota=7)
    assert decode_resource(encode_resource(limited)) == limited
