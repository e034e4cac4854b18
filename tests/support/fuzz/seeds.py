"""Requests to start from: those that filled a registry, and one for every other method."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from google.api import field_behavior_pb2
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import model_pb2, version_pb2
from registry_grpc.transport.methods import SERVICES
from tests.support.stubs import Stubs

NAMESPACE = "namespaces/default"
MODEL = f"{NAMESPACE}/models/fraud"
VERSION = f"{MODEL}/versions/1"
DATA = b"bytes of a model"
DIGEST = f"sha256:{hashlib.sha256(DATA).hexdigest()}"
_DEPTH = 4
UUID = "01890a5d-ac96-774b-bcce-b302099a8057"
# What fields of these names hold in requests that work, whatever the method.
_TEXTS: Mapping[str, str] = {
    "ref": "fraud@champion",
    "refs": "fraud/1",
    "version": VERSION,
    "versions": VERSION,
    "model": MODEL,
    "models": MODEL,
    "namespace_id": "risk",
    "model_id": "other",
    "digest": DIGEST,
    "digests": DIGEST,
    "path": "model.bin",
    "filter": "labels.team = risk",
    "order_by": "create_time desc",
    "to_stage": "staging",
    "stage": "staging",
    "alias": "champion",
    "key": "team",
    "uri": "gs://claims/q3",
    "dataset": "gs://claims/q3",
    "metric": "auc",
    "value": "risk",
    "json_schema": '{"required": ["metrics"]}',
    "expression": "version.number > 0",
    "from_stage": "none",
    "paths": "labels",
    "target": "fraud/1",
    "node": "fraud/1",
    "name_prefixes": f"{NAMESPACE}/",
    "dataset_digest": DIGEST,
    "code_digest": DIGEST,
    "id": "rule",
    "default_arm": "rule",
    "required_slices": "40+",
    "dimension": "age",
    "media_type": "text/plain",
}
_SCHEMA, _GRAPH = f"{NAMESPACE}/registrationSchema", f"{NAMESPACE}/stageGraph"
_ROUTE = f"{MODEL}/routes/checkout"
_ALIAS, _POLICY = f"{MODEL}/aliases/champion", f"{NAMESPACE}/policies/quality"
# By a part of the method's name; the first that fits.
_PARENTS: Mapping[str, str] = {
    "ListVersionFiles": VERSION,
    "ListAliasHistory": _ALIAS,
    "ListRouteHistory": _ROUTE,
    "PolicyRevisions": _POLICY,
    "Attestation": VERSION,
    "ByDataset": NAMESPACE,
    "StagedVersions": NAMESPACE,
    "StageHistory": VERSION,
    "Evaluation": VERSION,
    "Version": MODEL,
    "Alias": MODEL,
    "Route": MODEL,
}
_NAMES: Mapping[str, str] = {
    "RegistrationSchema": _SCHEMA,
    "StageGraph": _GRAPH,
    "Policy": _POLICY,
    "Evaluation": f"{VERSION}/evaluations/{UUID}",
    "Version": VERSION,
    "Alias": _ALIAS,
    "Route": _ROUTE,
    "Deployment": f"{NAMESPACE}/deployments/{UUID}",
    "Monitor": f"{NAMESPACE}/monitors/drift",
    "MonitorState": f"{NAMESPACE}/monitors/drift/states/{UUID}",
    "Upload": f"{NAMESPACE}/uploads/{UUID}",
    "Namespace": NAMESPACE,
    "Model": MODEL,
    "Transition": f"{NAMESPACE}/transitions/{UUID}",
    "Stage": VERSION,
}
# These would leave nothing for the others to work on.
_ENDING = ("Delete", "Purge", "SetVersionState")
_LEFT_OUT = {"page_token", "etag", "request_id", "as_of", "min_revision", "history", "history_id"}
METHODS: Sequence[MethodDescriptor] = tuple(
    method for service in SERVICES for method in service.methods
)


def fill(stubs: Stubs) -> Sequence[tuple[str, Message]]:
    """Fill a registry, and return the requests that did, by method."""
    file = version_pb2.FileEntry(path="model.bin", digest=DIGEST, size_bytes=len(DATA))
    facts = version_pb2.Version(
        metrics={"auc": 0.97}, labels={"team": "risk"}, tags={"a": "b"}, annotations={"a b": "c"}
    )
    facts.slices.add(dimension="age", value="40+", metric="auc", result=0.9, count=100)
    facts.params["epochs"] = "20"
    blob = artifact.BlobData(digest=DIGEST, data=DATA)
    owned = model_pb2.Model(owner="risk")
    sent: list[tuple[str, Message]] = [
        ("BatchUploadBlobs", artifact.BatchUploadBlobsRequest(parent=NAMESPACE, blobs=[blob]))
    ]
    for model in ("fraud", "victim"):
        create = catalog.CreateModelRequest(parent=NAMESPACE, model_id=model, model=owned)
        register = catalog.RegisterVersionRequest(
            parent=f"{NAMESPACE}/models/{model}", alias="champion", files=[file], version=facts
        )
        sent += [("CreateModel", create), ("RegisterVersion", register)]
    for method, request in sent:
        getattr(stubs, method)(request)
    return sent


def nearly_valid(method: MethodDescriptor) -> Message:
    """Return a request with every field set to something of its kind."""
    return _filled(GetMessageClass(method.input_type)(), method.name, _DEPTH)


def _filled(message: Message, method: str, depth: int) -> Message:
    for field in message.DESCRIPTOR.fields:
        behavior = field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
        if field.name in _LEFT_OUT or field_behavior_pb2.OUTPUT_ONLY in behavior:
            continue  # what these hold is known of replies only; mutation sets them
        if field.message_type is None:
            value = _value(field, method)
            if field.is_repeated:
                getattr(message, field.name).append(value)
            else:
                setattr(message, field.name, value)
        elif depth and not field.message_type.GetOptions().map_entry:
            holder = getattr(message, field.name)
            if field.is_repeated:
                _filled(holder.add(), method, depth - 1)
            else:
                holder.SetInParent()
                _filled(holder, method, depth - 1)
    return message


def _value(field: Any, method: str) -> Any:  # noqa: ANN401
    if field.type == FieldDescriptor.TYPE_BYTES:
        return DATA
    if field.cpp_type != FieldDescriptor.CPPTYPE_STRING:
        return field.enum_type.values[-1].number if field.enum_type is not None else 1
    if field.name in {"name", "parent"}:
        table, default = (_NAMES, VERSION) if field.name == "name" else (_PARENTS, NAMESPACE)
        found = next((name for noun, name in table.items() if noun in method), default)
    else:
        found = _TEXTS.get(field.name, "text")
    return found.replace("fraud", "victim") if method.startswith(_ENDING) else found
