"""The table of bad input: method, request, reason, and the fields that are named."""
# ruff: noqa: E501, ANN401 - a table: one row, one line, and whatever a message has for fields

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from modelregistry.v1 import artifact_service_pb2 as artifact
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lineage_pb2, model_pb2, namespace_pb2, version_pb2
from modelregistry.v1 import lineage_service_pb2 as lineage
from modelregistry.v1 import lookup_service_pb2 as lookup
from tests.support.content import MIB, NAMESPACE, chunks
from tests.support.stubs import Stubs

ABSENT = "sha256:" + "0" * 64
UNKNOWN_RUN = f"{NAMESPACE}/lineage/runs/01890000-0000-7000-8000-000000000000"
UNKNOWN_UPLOAD = f"{NAMESPACE}/uploads/01890000-0000-7000-8000-000000000000"


@dataclass(frozen=True)
class World:
    """One model with two versions, an alias on the second, and a deleted model."""

    stubs: Stubs
    model: str
    deleted_model: str
    digest: str
    upload: str

    @property
    def id(self) -> str:
        """The first model, as references name it."""
        return self.model.rpartition("/")[2]

    def file(
        self, path: str = "model.bin", size: int = 7, digest: str = ""
    ) -> version_pb2.FileEntry:
        """Return a manifest entry, by default of bytes that are there."""
        return version_pb2.FileEntry(path=path, digest=digest or self.digest, size_bytes=size)

    def register(self, *paths: str, **fields: Any) -> catalog.RegisterVersionRequest:
        """Return a registration with these paths, right but for what is given."""
        files = fields.pop("files", [self.file(path) for path in paths or ("model.bin",)])
        parent = fields.pop("parent", self.model)
        version = version_pb2.Version(**fields.pop("version", {}))
        return catalog.RegisterVersionRequest(parent=parent, files=files, version=version, **fields)


Make = Callable[[World], Any]
Case = tuple[str, Make, str, tuple[str, ...]]


def case(method: str, make: Make, reason: str, *fields: str) -> Case:
    """Return one row."""
    return (method, make, reason, fields)


def edge(world: World, number: int = 1, role: int = 1) -> lineage.LineageEdgeDraft:
    """Return an edge from a version to data, right but for what is given."""
    return lineage.LineageEdgeDraft(
        source=lineage_pb2.LineageNode(name=f"{world.model}/versions/{number}"),
        role=lineage_pb2.LineageRole.ValueType(role),
        target=lineage_pb2.LineageNode(dataset=lineage_pb2.DatasetNode(uri="gs://x")),
    )


def in_future() -> Timestamp:
    """Return a moment an hour from now."""
    moment = Timestamp()
    moment.FromDatetime(datetime.now(UTC) + timedelta(hours=1))
    return moment


# fmt: off
NAMESPACES = [
    case("CreateNamespace", lambda _: catalog.CreateNamespaceRequest(namespace_id="UPPER"), "INVALID_REQUEST", "namespace_id"),
    case("CreateNamespace", lambda _: catalog.CreateNamespaceRequest(), "INVALID_REQUEST", "namespace_id"),
    case("CreateNamespace", lambda _: catalog.CreateNamespaceRequest(namespace_id="a", namespace=namespace_pb2.Namespace(description="x" * 5_000)), "INVALID_REQUEST", "namespace.description"),
    case("CreateNamespace", lambda _: catalog.CreateNamespaceRequest(namespace_id="default"), "NAMESPACE_ALREADY_EXISTS"),
    case("CreateNamespace", lambda _: catalog.CreateNamespaceRequest(namespace_id="fine", request_id="7"), "INVALID_REQUEST", "request_id"),
    case("CreateNamespace", lambda _: catalog.CreateNamespaceRequest(namespace_id="a", namespace=namespace_pb2.Namespace(quota_bytes=-1)), "INVALID_REQUEST", "namespace.quota_bytes"),
    case("UpdateNamespace", lambda _: catalog.UpdateNamespaceRequest(), "INVALID_REQUEST", "namespace.name"),
    case("UpdateNamespace", lambda _: catalog.UpdateNamespaceRequest(namespace=namespace_pb2.Namespace(name=NAMESPACE), update_mask=FieldMask(paths=["quota"])), "INVALID_REQUEST", "update_mask"),
    case("UpdateNamespace", lambda _: catalog.UpdateNamespaceRequest(namespace=namespace_pb2.Namespace(name=NAMESPACE, quota_bytes=-1, description="x" * 5_000)), "INVALID_REQUEST", "namespace.description", "namespace.quota_bytes"),
    case("UpdateNamespace", lambda _: catalog.UpdateNamespaceRequest(namespace=namespace_pb2.Namespace(name=NAMESPACE, quota_bytes=-(2**63)), update_mask=FieldMask(paths=["quota_bytes"])), "INVALID_REQUEST", "namespace.quota_bytes"),
    case("UpdateNamespace", lambda _: catalog.UpdateNamespaceRequest(namespace=namespace_pb2.Namespace(name="namespaces/nowhere", quota_bytes=1)), "NAMESPACE_NOT_FOUND"),
    case("UpdateNamespace", lambda _: catalog.UpdateNamespaceRequest(namespace=namespace_pb2.Namespace(name=NAMESPACE, quota_bytes=1, etag="r999999")), "ETAG_MISMATCH"),
    case("UpdateNamespace", lambda _: catalog.UpdateNamespaceRequest(namespace=namespace_pb2.Namespace(name=NAMESPACE, description="x"), request_id="7"), "INVALID_REQUEST", "request_id"),
    case("GetNamespace", lambda _: catalog.GetNamespaceRequest(name="default"), "INVALID_REQUEST", "name"),
    case("GetNamespace", lambda _: catalog.GetNamespaceRequest(name="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("GetNamespace", lambda _: catalog.GetNamespaceRequest(name=NAMESPACE, min_revision=10**9), "REVISION_NOT_REACHED"),
    case("ListNamespaces", lambda _: catalog.ListNamespacesRequest(page_size=-1), "INVALID_REQUEST", "page_size"),
    case("ListNamespaces", lambda _: catalog.ListNamespacesRequest(page_token="made-up"), "INVALID_REQUEST", "page_token"),
]

MODELS = [
    case("CreateModel", lambda _: catalog.CreateModelRequest(parent="x", model_id="../etc", model=model_pb2.Model(labels={"UP": "x"})), "INVALID_REQUEST", "parent", "model_id", "model.labels['UP']"),
    case("CreateModel", lambda _: catalog.CreateModelRequest(parent="namespaces/nowhere", model_id="m"), "NAMESPACE_NOT_FOUND"),
    case("CreateModel", lambda w: catalog.CreateModelRequest(parent=NAMESPACE, model_id=w.id), "MODEL_ALREADY_EXISTS"),
    case("CreateModel", lambda w: catalog.CreateModelRequest(parent=NAMESPACE, model_id=w.deleted_model.rpartition("/")[2]), "MODEL_ALREADY_EXISTS"),
    case("GetModel", lambda w: catalog.GetModelRequest(name=w.model + "/"), "INVALID_REQUEST", "name"),
    case("GetModel", lambda _: catalog.GetModelRequest(name=f"{NAMESPACE}/models/nothing"), "MODEL_NOT_FOUND"),
    case("GetModel", lambda _: catalog.GetModelRequest(name="namespaces/nowhere/models/nothing"), "NAMESPACE_NOT_FOUND"),
    case("ListModels", lambda _: catalog.ListModelsRequest(parent=NAMESPACE, page_size=-5), "INVALID_REQUEST", "page_size"),
    case("ListModels", lambda _: catalog.ListModelsRequest(parent=NAMESPACE, filter="colour = red"), "INVALID_REQUEST", "filter"),
    case("ListModels", lambda _: catalog.ListModelsRequest(parent=NAMESPACE, filter="create_time > yesterday"), "INVALID_REQUEST", "filter"),
    case("ListModels", lambda _: catalog.ListModelsRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("UpdateModel", lambda w: catalog.UpdateModelRequest(model=model_pb2.Model(name=w.model), update_mask=FieldMask(paths=["colour"])), "INVALID_REQUEST", "update_mask"),
    case("UpdateModel", lambda _: catalog.UpdateModelRequest(), "INVALID_REQUEST", "model.name"),
    case("UpdateModel", lambda w: catalog.UpdateModelRequest(model=model_pb2.Model(name=w.model, owner="x" * 300)), "INVALID_REQUEST", "model.owner"),
    case("UpdateModel", lambda w: catalog.UpdateModelRequest(model=model_pb2.Model(name=w.model, owner="me", etag="r0")), "ETAG_MISMATCH"),
    case("UpdateModel", lambda w: catalog.UpdateModelRequest(model=model_pb2.Model(name=w.deleted_model, owner="me")), "MODEL_DELETED"),
    case("UpdateModel", lambda _: catalog.UpdateModelRequest(model=model_pb2.Model(name=f"{NAMESPACE}/models/nothing", owner="me")), "MODEL_NOT_FOUND"),
    case("DeleteModel", lambda _: catalog.DeleteModelRequest(name="fraud"), "INVALID_REQUEST", "name"),
    case("DeleteModel", lambda w: catalog.DeleteModelRequest(name=w.model, reason="x" * 5_000), "INVALID_REQUEST", "reason"),
    case("DeleteModel", lambda _: catalog.DeleteModelRequest(name=f"{NAMESPACE}/models/nothing"), "MODEL_NOT_FOUND"),
    case("DeleteModel", lambda w: catalog.DeleteModelRequest(name=w.deleted_model), "MODEL_DELETED"),
    case("DeleteModel", lambda w: catalog.DeleteModelRequest(name=w.model, etag="r0"), "ETAG_MISMATCH"),
    case("DeleteModel", lambda w: catalog.DeleteModelRequest(name=w.model), "VERSION_IN_USE"),
    case("UndeleteModel", lambda _: catalog.UndeleteModelRequest(name=""), "INVALID_REQUEST", "name"),
    case("UndeleteModel", lambda _: catalog.UndeleteModelRequest(name=f"{NAMESPACE}/models/nothing"), "MODEL_NOT_FOUND"),
    case("UndeleteModel", lambda w: catalog.UndeleteModelRequest(name=w.model), "MODEL_NOT_DELETED"),
    case("UndeleteModel", lambda w: catalog.UndeleteModelRequest(name=w.deleted_model, etag="r0"), "ETAG_MISMATCH"),
]

REGISTRATION = [
    case("RegisterVersion", lambda w: w.register(files=[]), "INVALID_REQUEST", "files"),
    case("RegisterVersion", lambda w: w.register("../up"), "INVALID_REQUEST", "files[0].path"),
    case("RegisterVersion", lambda w: w.register("/etc/passwd", "a/./b", "a//b", "a\\b", "a\nb"), "INVALID_REQUEST", *(f"files[{n}].path" for n in range(5))),
    case("RegisterVersion", lambda w: w.register("same", "same"), "INVALID_REQUEST", "files[1].path"),
    case("RegisterVersion", lambda w: w.register("Model.bin", "model.BIN"), "INVALID_REQUEST", "files[1].path"),
    case("RegisterVersion", lambda w: w.register("e\u0301.bin"), "INVALID_REQUEST", "files[0].path"),
    case("RegisterVersion", lambda w: w.register("model", "model/weights"), "INVALID_REQUEST", "files[1].path"),
    case("RegisterVersion", lambda w: w.register(files=[w.file(digest="md5:1")]), "INVALID_REQUEST", "files[0].digest"),
    case("RegisterVersion", lambda w: w.register(files=[w.file(size=-1)]), "INVALID_REQUEST", "files[0].size_bytes"),
    case("RegisterVersion", lambda w: w.register(version={"metrics": {"auc": math.nan, "loss": math.inf}}), "INVALID_REQUEST", "version.metrics['auc']", "version.metrics['loss']"),
    case("RegisterVersion", lambda w: w.register(version={"root_digest": ABSENT}), "INVALID_REQUEST", "version.root_digest"),
    case("RegisterVersion", lambda w: w.register(version={"inputs": [version_pb2.DatasetInput(uri="s3://data")]}), "INVALID_REQUEST", "version.inputs[0].role"),
    case("RegisterVersion", lambda w: w.register(version={"source": version_pb2.Source(repository="https://me:secret@git.example/x", commit="main")}), "INVALID_REQUEST", "version.source.repository", "version.source.commit"),
    case("RegisterVersion", lambda w: w.register(version={"parents": ["not a reference"]}), "INVALID_REQUEST", "version.parents[0]"),
    case("RegisterVersion", lambda w: w.register(alias="latest"), "INVALID_REQUEST", "alias"),
    case("RegisterVersion", lambda w: w.register(alias="production"), "INVALID_REQUEST", "alias"),
    case("RegisterVersion", lambda w: w.register(alias_etag="r1"), "INVALID_REQUEST", "alias_etag"),
    case("RegisterVersion", lambda w: w.register(parent="fraud"), "INVALID_REQUEST", "parent"),
    case("RegisterVersion", lambda w: w.register(parent=f"{NAMESPACE}/models/nothing"), "MODEL_NOT_FOUND"),
    case("RegisterVersion", lambda w: w.register(parent="namespaces/nowhere/models/m", create_model=True), "NAMESPACE_NOT_FOUND"),
    case("RegisterVersion", lambda w: w.register(parent=w.deleted_model, create_model=True), "MODEL_DELETED"),
    case("RegisterVersion", lambda w: w.register(files=[w.file(digest=ABSENT)]), "BLOBS_MISSING"),
    case("RegisterVersion", lambda w: w.register(files=[w.file(size=8)]), "BLOBS_MISSING"),
    case("RegisterVersion", lambda w: w.register(version={"parents": [f"{w.id}/99"]}), "VERSION_NOT_FOUND"),
    case("RegisterVersion", lambda w: w.register(version={"parents": [f"{w.id}/3"]}), "VERSION_DELETED"),
    case("RegisterVersion", lambda w: w.register(alias="champion", alias_etag="none"), "ETAG_MISMATCH"),
    case("RegisterVersion", lambda w: w.register(request_id="not-a-uuid"), "INVALID_REQUEST", "request_id"),
]

VERSIONS = [
    case("GetVersion", lambda _: catalog.GetVersionRequest(name="fraud"), "INVALID_REQUEST", "name"),
    case("GetVersion", lambda w: catalog.GetVersionRequest(name=f"{w.id}/1", view=cast("Any", 9)), "INVALID_REQUEST", "view"),
    case("GetVersion", lambda w: catalog.GetVersionRequest(name=f"{w.model}/versions/99"), "VERSION_NOT_FOUND"),
    case("GetVersion", lambda w: catalog.GetVersionRequest(name=f"{w.id}@nobody"), "ALIAS_NOT_FOUND"),
    case("GetVersion", lambda w: catalog.GetVersionRequest(name=f"{w.deleted_model}/versions/1"), "MODEL_DELETED"),
    case("ListVersions", lambda w: catalog.ListVersionsRequest(parent=w.model, filter="metrics.auc > high"), "INVALID_REQUEST", "filter"),
    case("ListVersions", lambda w: catalog.ListVersionsRequest(parent=w.model, page_size=-1), "INVALID_REQUEST", "page_size"),
    case("ListVersions", lambda _: catalog.ListVersionsRequest(parent=f"{NAMESPACE}/models/nothing"), "MODEL_NOT_FOUND"),
    case("ListVersionFiles", lambda _: catalog.ListVersionFilesRequest(parent="x"), "INVALID_REQUEST", "parent"),
    case("ListVersionFiles", lambda w: catalog.ListVersionFilesRequest(parent=f"{w.id}/1", page_token="x"), "INVALID_REQUEST", "page_token"),
    case("ListVersionFiles", lambda w: catalog.ListVersionFilesRequest(parent=f"{w.id}/99"), "VERSION_NOT_FOUND"),
    case("UpdateVersion", lambda w: catalog.UpdateVersionRequest(version=version_pb2.Version(name=f"{w.id}/1"), update_mask=FieldMask(paths=["color"])), "INVALID_REQUEST", "update_mask"),
    case("UpdateVersion", lambda w: catalog.UpdateVersionRequest(version=version_pb2.Version(name=f"{w.id}/1", labels={"Bad Key": ""})), "INVALID_REQUEST", "version.labels['Bad Key']"),
    case("UpdateVersion", lambda w: catalog.UpdateVersionRequest(version=version_pb2.Version(name=f"{w.id}/99")), "VERSION_NOT_FOUND"),
    case("UpdateVersion", lambda w: catalog.UpdateVersionRequest(version=version_pb2.Version(name=f"{w.id}/3", labels={"a": "b"})), "VERSION_DELETED"),
    case("UpdateVersion", lambda w: catalog.UpdateVersionRequest(version=version_pb2.Version(name=f"{w.id}/1", etag="r0", labels={"a": "b"})), "ETAG_MISMATCH"),
    case("DeleteVersion", lambda w: catalog.DeleteVersionRequest(name=f"{w.id}@champion"), "INVALID_REQUEST", "name"),
    case("DeleteVersion", lambda w: catalog.DeleteVersionRequest(name=f"{w.id}/99"), "VERSION_NOT_FOUND"),
    case("DeleteVersion", lambda w: catalog.DeleteVersionRequest(name=f"{w.id}/3"), "VERSION_DELETED"),
    case("DeleteVersion", lambda w: catalog.DeleteVersionRequest(name=f"{w.id}/2"), "VERSION_IN_USE"),
    case("DeleteVersion", lambda w: catalog.DeleteVersionRequest(name=f"{w.id}/1"), "VERSION_IN_USE"),
    case("DeleteVersion", lambda w: catalog.DeleteVersionRequest(name=f"{w.id}/2", force=True, etag="r0"), "ETAG_MISMATCH"),
]

ALIASES_AND_STAGES = [
    case("SetAlias", lambda w: catalog.SetAliasRequest(name=f"{w.model}/aliases/1up", version="x"), "INVALID_REQUEST", "name", "version"),
    case("SetAlias", lambda w: catalog.SetAliasRequest(name=f"{w.model}/aliases/latest", version=f"{w.id}/1"), "INVALID_REQUEST", "name"),
    case("SetAlias", lambda w: catalog.SetAliasRequest(name=f"{w.model}/aliases/a", version="another/1"), "INVALID_REQUEST", "version"),
    case("SetAlias", lambda _: catalog.SetAliasRequest(name=f"{NAMESPACE}/models/nothing/aliases/a", version="nothing/1"), "MODEL_NOT_FOUND"),
    case("SetAlias", lambda w: catalog.SetAliasRequest(name=f"{w.model}/aliases/a", version=f"{w.id}/99"), "VERSION_NOT_FOUND"),
    case("SetAlias", lambda w: catalog.SetAliasRequest(name=f"{w.model}/aliases/a", version=f"{w.id}/3"), "VERSION_DELETED"),
    case("SetAlias", lambda w: catalog.SetAliasRequest(name=f"{w.model}/aliases/champion", version=f"{w.id}/1", etag="r0"), "ETAG_MISMATCH"),
    case("SetAlias", lambda w: catalog.SetAliasRequest(name=f"{w.model}/aliases/fresh", version=f"{w.id}/1", etag="r1"), "ETAG_MISMATCH"),
    case("SetAlias", lambda w: catalog.SetAliasRequest(name=f"{w.deleted_model}/aliases/a", version=f"{w.deleted_model}/versions/1"), "MODEL_DELETED"),
    case("GetAlias", lambda _: catalog.GetAliasRequest(name="champion"), "INVALID_REQUEST", "name"),
    case("GetAlias", lambda w: catalog.GetAliasRequest(name=f"{w.model}/aliases/nobody"), "ALIAS_NOT_FOUND"),
    case("ListAliases", lambda w: catalog.ListAliasesRequest(parent=w.model, page_token="e30"), "INVALID_REQUEST", "page_token"),
    case("ListAliases", lambda _: catalog.ListAliasesRequest(parent=f"{NAMESPACE}/models/nothing"), "MODEL_NOT_FOUND"),
    case("DeleteAlias", lambda _: catalog.DeleteAliasRequest(name="x"), "INVALID_REQUEST", "name"),
    case("DeleteAlias", lambda w: catalog.DeleteAliasRequest(name=f"{w.model}/aliases/nobody"), "ALIAS_NOT_FOUND"),
    case("DeleteAlias", lambda w: catalog.DeleteAliasRequest(name=f"{w.model}/aliases/champion", etag="r0"), "ETAG_MISMATCH"),
    case("ListAliasHistory", lambda w: catalog.ListAliasHistoryRequest(parent=w.model), "INVALID_REQUEST", "parent"),
    case("ListAliasHistory", lambda w: catalog.ListAliasHistoryRequest(parent=f"{w.model}/aliases/nobody"), "ALIAS_NOT_FOUND"),
    case("SetStage", lambda w: catalog.SetStageRequest(name=f"{w.id}/2", stage="heaven"), "INVALID_REQUEST", "stage"),
    case("SetStage", lambda w: catalog.SetStageRequest(name=f"{w.id}/99", stage="staging"), "VERSION_NOT_FOUND"),
    case("SetStage", lambda w: catalog.SetStageRequest(name=f"{w.id}/2", stage="production"), "TRANSITION_NOT_ALLOWED"),
    case("SetStage", lambda w: catalog.SetStageRequest(name=f"{w.id}/2", stage="staging", etag="r0"), "ETAG_MISMATCH"),
    case("SetStage", lambda w: catalog.SetStageRequest(name=f"{w.id}/3", stage="staging"), "VERSION_DELETED"),
    case("ListStageHistory", lambda w: catalog.ListStageHistoryRequest(parent=w.model, page_size=-1), "INVALID_REQUEST", "page_size"),
    case("ListStageHistory", lambda _: catalog.ListStageHistoryRequest(parent=f"{NAMESPACE}/models/nothing"), "MODEL_NOT_FOUND"),
]

LOOKUPS = [
    case("ResolveVersion", lambda _: lookup.ResolveVersionRequest(), "INVALID_REQUEST", "ref"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}/1", as_of=in_future()), "INVALID_REQUEST", "as_of"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}/1", as_of=Timestamp(seconds=2**60)), "INVALID_REQUEST", "as_of"),
    case("ResolveVersion", lambda _: lookup.ResolveVersionRequest(ref="nothing@champion"), "MODEL_NOT_FOUND"),
    case("ResolveVersion", lambda _: lookup.ResolveVersionRequest(ref="nowhere/nothing@champion"), "NAMESPACE_NOT_FOUND"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}@nobody"), "ALIAS_NOT_FOUND"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}@staging"), "STAGE_EMPTY"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}@{ABSENT}"), "VERSION_NOT_FOUND"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}/3"), "VERSION_DELETED"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.deleted_model}/versions/1"), "MODEL_DELETED"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}/1", as_of=Timestamp(seconds=1)), "MODEL_NOT_FOUND"),
    case("ResolveVersion", lambda w: lookup.ResolveVersionRequest(ref=f"{w.id}/1", min_revision=10**9), "REVISION_NOT_REACHED"),
    case("BatchResolveVersions", lambda _: lookup.BatchResolveVersionsRequest(), "INVALID_REQUEST", "refs"),
    case("BatchResolveVersions", lambda _: lookup.BatchResolveVersionsRequest(refs=["a/1"] * 1_001), "INVALID_REQUEST", "refs"),
    case("Watch", lambda _: lookup.WatchRequest(), "INVALID_REQUEST", "parent"),
    case("Watch", lambda _: lookup.WatchRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("Watch", lambda _: lookup.WatchRequest(parent="namespaces/nowhere", initial_state=True), "NAMESPACE_NOT_FOUND"),
    case("Watch", lambda _: lookup.WatchRequest(parent=NAMESPACE, start_revision=-1), "INVALID_REQUEST", "start_revision"),
    case("Watch", lambda _: lookup.WatchRequest(parent=NAMESPACE, start_revision=1, initial_state=True), "INVALID_REQUEST", "start_revision"),
    case("Watch", lambda _: lookup.WatchRequest(parent=NAMESPACE, start_revision=10**6), "REVISION_NOT_REACHED"),
    case("Watch", lambda _: lookup.WatchRequest(parent=NAMESPACE, models=["a"], name_prefixes=["d"]), "INVALID_REQUEST", "models[0]", "name_prefixes[0]"),
    case("ListChanges", lambda _: lookup.ListChangesRequest(), "INVALID_REQUEST", "parent"),
    case("ListChanges", lambda _: lookup.ListChangesRequest(parent=NAMESPACE, models=["a", "namespaces/b/models/c"], name_prefixes=["d"]), "INVALID_REQUEST", "models[0]", "models[1]", "name_prefixes[0]"),
    case("ListChanges", lambda w: lookup.ListChangesRequest(parent=NAMESPACE, models=[w.model] * 1_001), "INVALID_REQUEST", "models"),
    case("ListChanges", lambda _: lookup.ListChangesRequest(parent=NAMESPACE, start_revision=-1), "INVALID_REQUEST", "start_revision"),
    case("ListChanges", lambda _: lookup.ListChangesRequest(parent=NAMESPACE, page_size=-1), "INVALID_REQUEST", "page_size"),
    case("ListChanges", lambda _: lookup.ListChangesRequest(parent=NAMESPACE, page_token="made-up"), "INVALID_REQUEST", "page_token"),
    case("ListChanges", lambda _: lookup.ListChangesRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
]

ARTIFACTS = [
    case("GetTransferLimits", lambda _: artifact.GetTransferLimitsRequest(), "INVALID_REQUEST", "parent"),
    case("GetTransferLimits", lambda _: artifact.GetTransferLimitsRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("FindMissingBlobs", lambda _: artifact.FindMissingBlobsRequest(parent=NAMESPACE, blobs=[artifact.BlobRef(digest="x", size_bytes=-1)]), "INVALID_REQUEST", "blobs[0].digest", "blobs[0].size_bytes"),
    case("FindMissingBlobs", lambda _: artifact.FindMissingBlobsRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("FindMissingBlobs", lambda _: artifact.FindMissingBlobsRequest(parent=NAMESPACE, blobs=[artifact.BlobRef(digest=ABSENT)] * 10_001), "LIMIT_EXCEEDED"),
    case("BatchUploadBlobs", lambda _: artifact.BatchUploadBlobsRequest(parent=NAMESPACE, blobs=[artifact.BlobData(digest="x")]), "INVALID_REQUEST", "blobs[0].digest"),
    case("BatchUploadBlobs", lambda _: artifact.BatchUploadBlobsRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("BatchUploadBlobs", lambda _: artifact.BatchUploadBlobsRequest(parent=NAMESPACE, blobs=[artifact.BlobData(digest=ABSENT, data=bytes(3 * MIB + 1))]), "LIMIT_EXCEEDED"),
    case("BeginUpload", lambda _: artifact.BeginUploadRequest(parent=NAMESPACE), "INVALID_REQUEST", "blob"),
    case("BeginUpload", lambda _: artifact.BeginUploadRequest(parent="namespaces/nowhere", blob=artifact.BlobRef(digest=ABSENT, size_bytes=1)), "NAMESPACE_NOT_FOUND"),
    case("BeginUpload", lambda _: artifact.BeginUploadRequest(parent=NAMESPACE, blob=artifact.BlobRef(digest=ABSENT, size_bytes=2**62)), "LIMIT_EXCEEDED"),
    case("WriteUpload", lambda _: iter([]), "INVALID_REQUEST", "name"),
    case("WriteUpload", lambda _: iter([artifact.WriteUploadRequest(name="x")]), "INVALID_REQUEST", "name"),
    case("WriteUpload", lambda w: iter([artifact.WriteUploadRequest(name=w.upload, data=b"x")]), "INVALID_REQUEST", "crc32c"),
    case("WriteUpload", lambda w: iter([artifact.WriteUploadRequest(name=w.upload, data=b"x", crc32c=0)]), "CHUNK_CORRUPT"),
    case("WriteUpload", lambda _: chunks(UNKNOWN_UPLOAD, b"x"), "UPLOAD_NOT_FOUND"),
    case("WriteUpload", lambda w: chunks(w.upload, b"too many bytes"), "UPLOAD_TOO_LONG"),
    case("WriteUpload", lambda w: chunks(w.upload, b"gap at the beginning", offset=3), "OFFSET_MISMATCH"),
    case("WriteUpload", lambda w: chunks(w.upload, bytes(3 * MIB), size=3 * MIB), "LIMIT_EXCEEDED"),
    case("GetUpload", lambda _: artifact.GetUploadRequest(name=f"{NAMESPACE}/uploads/7"), "INVALID_REQUEST", "name"),
    case("GetUpload", lambda _: artifact.GetUploadRequest(name=UNKNOWN_UPLOAD), "UPLOAD_NOT_FOUND"),
    case("CommitUpload", lambda _: artifact.CommitUploadRequest(), "INVALID_REQUEST", "name"),
    case("CommitUpload", lambda _: artifact.CommitUploadRequest(name=UNKNOWN_UPLOAD), "UPLOAD_NOT_FOUND"),
    case("CommitUpload", lambda w: artifact.CommitUploadRequest(name=w.upload), "UPLOAD_INCOMPLETE"),
    case("AbortUpload", lambda _: artifact.AbortUploadRequest(), "INVALID_REQUEST", "name"),
    case("AbortUpload", lambda _: artifact.AbortUploadRequest(name=UNKNOWN_UPLOAD), "UPLOAD_NOT_FOUND"),
    case("BeginUpload", lambda _: artifact.BeginUploadRequest(parent=NAMESPACE, blob=artifact.BlobRef(digest="x", size_bytes=-1)), "INVALID_REQUEST", "blob.digest", "blob.size_bytes"),
    case("CommitUpload", lambda w: artifact.CommitUploadRequest(name=w.upload, digest=ABSENT), "INVALID_REQUEST", "digest"),
    case("CommitUpload", lambda w: artifact.CommitUploadRequest(name=w.upload, digest="md5:1"), "INVALID_REQUEST", "digest"),
    case("BatchReadBlobs", lambda _: artifact.BatchReadBlobsRequest(parent=NAMESPACE, digests=["x"]), "INVALID_REQUEST", "digests[0]"),
    case("BatchReadBlobs", lambda _: artifact.BatchReadBlobsRequest(parent="namespaces/nowhere"), "NAMESPACE_NOT_FOUND"),
    case("BatchReadBlobs", lambda w: artifact.BatchReadBlobsRequest(parent=NAMESPACE, digests=[w.digest] * 1_001), "LIMIT_EXCEEDED"),
    case("GetDownloadPlan", lambda _: artifact.GetDownloadPlanRequest(parent=NAMESPACE, digest="x"), "INVALID_REQUEST", "digest"),
    case("GetDownloadPlan", lambda _: artifact.GetDownloadPlanRequest(parent=NAMESPACE, digest=ABSENT), "BLOB_NOT_FOUND"),
    case("ReadBlob", lambda w: artifact.ReadBlobRequest(parent=NAMESPACE, digest=w.digest, offset=-1, length=-1), "INVALID_REQUEST", "offset", "length"),
    case("ReadBlob", lambda _: artifact.ReadBlobRequest(parent=NAMESPACE, digest=ABSENT), "BLOB_NOT_FOUND"),
    case("ReadBlob", lambda w: artifact.ReadBlobRequest(parent="namespaces/nowhere", digest=w.digest), "NAMESPACE_NOT_FOUND"),
    case("ReadBlob", lambda w: artifact.ReadBlobRequest(parent=NAMESPACE, digest=w.digest, offset=8), "READ_OUT_OF_RANGE"),
]

LINEAGE = [
    case("RecordLineage", lambda _: lineage.RecordLineageRequest(parent=NAMESPACE), "INVALID_REQUEST", "edges"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[edge(w)], openlineage_event="{}"), "INVALID_REQUEST", "edges"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent="default", edges=[edge(w, role=0)] * 2), "INVALID_REQUEST", "parent", "edges[0].role", "edges[1].role"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent="namespaces/nowhere", edges=[edge(w)]), "NAMESPACE_NOT_FOUND"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[edge(w)] * 1_001), "INVALID_REQUEST", "edges"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[edge(w, number=99)]), "VERSION_NOT_FOUND"),
    case("RecordLineage", lambda _: lineage.RecordLineageRequest(parent=NAMESPACE, openlineage_event="[]"), "INVALID_REQUEST", "openlineage_event"),
    case("RecordLineage", lambda w: lineage.RecordLineageRequest(parent=NAMESPACE, edges=[edge(w)], request_id="7"), "INVALID_REQUEST", "request_id"),
    case("TraverseLineage", lambda _: lineage.TraverseLineageRequest(), "INVALID_REQUEST", "node", "direction"),
    case("TraverseLineage", lambda w: lineage.TraverseLineageRequest(node=w.id, direction=lineage.LINEAGE_DIRECTION_UP, depth=101, roles=[lineage_pb2.LINEAGE_ROLE_UNSPECIFIED]), "INVALID_REQUEST", "node", "depth", "roles[0]"),
    case("TraverseLineage", lambda w: lineage.TraverseLineageRequest(node=f"{w.id}@nobody", direction=lineage.LINEAGE_DIRECTION_UP), "ALIAS_NOT_FOUND"),
    case("TraverseLineage", lambda _: lineage.TraverseLineageRequest(node=UNKNOWN_RUN, direction=lineage.LINEAGE_DIRECTION_DOWN), "LINEAGE_NODE_NOT_FOUND"),
    case("FindVersionsByDataset", lambda _: lineage.FindVersionsByDatasetRequest(), "INVALID_REQUEST", "parent", "uri"),
    case("FindVersionsByDataset", lambda _: lineage.FindVersionsByDatasetRequest(parent=NAMESPACE, uri="https://me:pw@host/", digest="x", stage="x" * 200), "INVALID_REQUEST", "uri", "digest", "stage"),
    case("FindVersionsByDataset", lambda _: lineage.FindVersionsByDatasetRequest(parent=NAMESPACE, uri="u", page_token="x"), "INVALID_REQUEST", "page_token"),
    case("FindVersionsByDataset", lambda _: lineage.FindVersionsByDatasetRequest(parent="namespaces/nowhere", uri="u"), "NAMESPACE_NOT_FOUND"),
    case("ExportLineage", lambda _: lineage.ExportLineageRequest(depth=-1), "INVALID_REQUEST", "version", "format", "depth"),
    case("ExportLineage", lambda w: lineage.ExportLineageRequest(version=f"{w.id}/99", format=lineage.LINEAGE_FORMAT_PROV_JSON), "VERSION_NOT_FOUND"),
]

CASES = NAMESPACES + MODELS + REGISTRATION + VERSIONS + ALIASES_AND_STAGES + LOOKUPS + ARTIFACTS
CASES += LINEAGE
