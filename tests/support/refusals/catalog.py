"""Bad requests to CatalogService."""
# ruff: noqa: E501 - a table: one row, one line

import math
from typing import Any, cast

from google.protobuf.field_mask_pb2 import FieldMask

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import ensemble_pb2, model_pb2, namespace_pb2, version_pb2
from tests.support.content import NAMESPACE
from tests.support.refusals.case import ABSENT, Make, World, case, in_future


def ensemble(*versions: str) -> dict[str, Any]:
    """Return the record of an ensemble of these versions."""
    members = [
        ensemble_pb2.EnsembleMember(role=f"m{place}", version=version)
        for place, version in enumerate(versions)
    ]
    return {"ensemble": ensemble_pb2.EnsembleSpec(members=members)}


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
    case("CreateModel", lambda w: catalog.CreateModelRequest(parent=NAMESPACE, model_id=w.id.upper()), "MODEL_ALREADY_EXISTS"),
    case("CreateModel", lambda _: catalog.CreateModelRequest(parent=NAMESPACE, model_id="A\u030a"), "INVALID_REQUEST", "model_id"),
    case("CreateModel", lambda _: catalog.CreateModelRequest(parent=NAMESPACE, model_id="-"), "INVALID_REQUEST", "model_id"),
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
    case("RenameModel", lambda _: catalog.RenameModelRequest(name="fraud", model_id=""), "INVALID_REQUEST", "name", "model_id"),
    case("RenameModel", lambda _: catalog.RenameModelRequest(name=f"{NAMESPACE}/models/nothing", model_id="a"), "MODEL_NOT_FOUND"),
    case("RenameModel", lambda w: catalog.RenameModelRequest(name=w.deleted_model, model_id="a"), "MODEL_DELETED"),
    case("RenameModel", lambda w: catalog.RenameModelRequest(name=w.model, model_id="a", etag="r0"), "ETAG_MISMATCH"),
    case("RenameModel", lambda w: catalog.RenameModelRequest(name=w.model, model_id=w.deleted_model.rpartition("/")[2]), "MODEL_ALREADY_EXISTS"),
    case("PurgeModel", lambda _: catalog.PurgeModelRequest(name="fraud"), "INVALID_REQUEST", "name"),
    case("PurgeModel", lambda w: catalog.PurgeModelRequest(name=w.deleted_model, reason="x" * 5_000), "INVALID_REQUEST", "reason"),
    case("PurgeModel", lambda _: catalog.PurgeModelRequest(name=f"{NAMESPACE}/models/nothing"), "MODEL_NOT_FOUND"),
    case("PurgeModel", lambda w: catalog.PurgeModelRequest(name=w.model), "MODEL_NOT_DELETED"),
    case("PurgeModel", lambda w: catalog.PurgeModelRequest(name=w.deleted_model, etag="r0"), "ETAG_MISMATCH"),
    case("PurgeModel", lambda w: catalog.PurgeModelRequest(name=w.deleted_model), "MODEL_NOT_EMPTY"),
]

REGISTRATION = [
    case("RegisterVersion", lambda w: w.register(files=[]), "INVALID_REQUEST", "files"),
    case("RegisterVersion", lambda w: w.register(files=[], version=ensemble()), "INVALID_REQUEST", "version.ensemble.members"),
    case("RegisterVersion", lambda w: w.register(files=[], version=ensemble("x", f"{w.id}/1")), "INVALID_REQUEST", "version.ensemble.members[0].version"),
    case("RegisterVersion", lambda w: w.register(files=[], version=ensemble(f"{w.id}/1", "risk/x/1")), "INVALID_REQUEST", "version.ensemble.members[1].version"),
    case("RegisterVersion", lambda w: w.register(files=[], version=ensemble(f"{w.id}/3")), "VERSION_DELETED"),
    case("RegisterVersion", lambda w: w.register("members/a", version=ensemble(f"{w.id}/1")), "INVALID_REQUEST", "files[0].path"),
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
    case("RegisterVersion", lambda w: w.register(version={"copied_from": version_pb2.VersionOrigin(uid="7")}), "INVALID_REQUEST", "version.copied_from.uid", "version.copied_from.registry", "version.copied_from.version"),
    case("RegisterVersion", lambda w: w.register(alias="latest"), "INVALID_REQUEST", "alias"),
    case("RegisterVersion", lambda w: w.register(alias="production"), "INVALID_REQUEST", "alias"),
    case("RegisterVersion", lambda w: w.register(alias_etag="r1"), "INVALID_REQUEST", "alias_etag"),
    case("RegisterVersion", lambda w: w.register(parent="fraud"), "INVALID_REQUEST", "parent"),
    case("RegisterVersion", lambda w: w.register(parent=f"{NAMESPACE}/models/nothing"), "MODEL_NOT_FOUND"),
    case("RegisterVersion", lambda w: w.register(parent="namespaces/nowhere/models/m", create_model=True), "NAMESPACE_NOT_FOUND"),
    case("RegisterVersion", lambda w: w.register(parent=w.deleted_model, create_model=True), "MODEL_DELETED"),
    case("RegisterVersion", lambda w: w.register(parent=f"{NAMESPACE}/models/{w.id.title()}", create_model=True), "MODEL_ALREADY_EXISTS"),
    case("RegisterVersion", lambda w: w.register(files=[w.file(digest=ABSENT)]), "BLOBS_MISSING"),
    case("RegisterVersion", lambda w: w.register(files=[w.file(size=8)]), "BLOBS_MISSING"),
    case("RegisterVersion", lambda w: w.register(version={"parents": [f"{w.id}/99"]}), "VERSION_NOT_FOUND"),
    case("RegisterVersion", lambda w: w.register(version={"parents": [f"{w.id}/3"]}), "VERSION_DELETED"),
    case("RegisterVersion", lambda w: w.register(alias="champion", alias_etag="none"), "ETAG_MISMATCH"),
    case("RegisterVersion", lambda w: w.register(request_id="not-a-uuid"), "INVALID_REQUEST", "request_id"),
]

COPIES = [
    case("CopyVersion", lambda w: w.copy(parent="fraud", source="not a reference", alias_etag="r1"), "INVALID_REQUEST", "parent", "source", "alias_etag"),
    case("CopyVersion", lambda w: w.copy(alias="latest"), "INVALID_REQUEST", "alias"),
    case("CopyVersion", lambda w: w.copy(alias="production"), "INVALID_REQUEST", "alias"),
    case("CopyVersion", lambda w: w.copy(request_id="7"), "INVALID_REQUEST", "request_id"),
    case("CopyVersion", lambda w: w.copy(source=f"{w.id}/99"), "VERSION_NOT_FOUND"),
    case("CopyVersion", lambda w: w.copy(source=f"{w.id}/3"), "VERSION_DELETED"),
    case("CopyVersion", lambda w: w.copy(source=f"{w.id}@nobody"), "ALIAS_NOT_FOUND"),
    case("CopyVersion", lambda w: w.copy(source=f"{w.deleted_model}/versions/1"), "MODEL_DELETED"),
    case("CopyVersion", lambda w: w.copy(parent=f"{NAMESPACE}/models/nothing"), "MODEL_NOT_FOUND"),
    case("CopyVersion", lambda w: w.copy(parent=w.deleted_model, create_model=True), "MODEL_DELETED"),
    case("CopyVersion", lambda w: w.copy(parent="namespaces/nowhere/models/m", create_model=True), "NAMESPACE_NOT_FOUND"),
    case("CopyVersion", lambda w: w.copy(alias="champion", alias_etag="none"), "ETAG_MISMATCH"),
]


def _checked(make: Make) -> Make:
    """Return the request that asks about a registration."""

    def made(world: World) -> catalog.CheckRegistrationRequest:
        registration = make(world)
        return catalog.CheckRegistrationRequest.FromString(registration.SerializeToString())

    return made


# What is refused when it is registered is refused when it is asked about, but for missing bytes.
CHECKS = [
    case("CheckRegistration", _checked(make), reason, *fields)
    for _, make, reason, fields in REGISTRATION
    if reason != "BLOBS_MISSING" and fields != ("request_id",)
]

VERSIONS = [
    case("GetVersion", lambda _: catalog.GetVersionRequest(name="fraud"), "INVALID_REQUEST", "name"),
    case("GetVersion", lambda w: catalog.GetVersionRequest(name=f"{w.id}/1", view=cast("Any", 9)), "INVALID_REQUEST", "view"),
    case("GetVersion", lambda w: catalog.GetVersionRequest(name=f"{w.model}/versions/99"), "VERSION_NOT_FOUND"),
    case("GetVersion", lambda w: catalog.GetVersionRequest(name=f"{w.id}@nobody"), "ALIAS_NOT_FOUND"),
    case("GetVersion", lambda w: catalog.GetVersionRequest(name=f"{w.deleted_model}/versions/1"), "MODEL_DELETED"),
    case("ListVersions", lambda w: catalog.ListVersionsRequest(parent=w.model, filter="metrics.auc > high"), "INVALID_REQUEST", "filter"),
    case("ListVersions", lambda w: catalog.ListVersionsRequest(parent=w.model, filter="state = ACTIVE"), "INVALID_REQUEST", "filter"),
    case("ListVersions", lambda w: catalog.ListVersionsRequest(parent=w.model, filter="stage = prod"), "INVALID_REQUEST", "filter"),
    case("ListVersions", lambda w: catalog.ListVersionsRequest(parent=w.model, order_by="auc"), "INVALID_REQUEST", "order_by"),
    case("ListVersions", lambda _: catalog.ListVersionsRequest(parent="namespaces/nothing/models/-"), "NAMESPACE_NOT_FOUND"),
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
    case("PurgeVersion", lambda w: catalog.PurgeVersionRequest(name=f"{w.id}@champion"), "INVALID_REQUEST", "name"),
    case("PurgeVersion", lambda w: catalog.PurgeVersionRequest(name=f"{w.id}/3", reason="x" * 5_000), "INVALID_REQUEST", "reason"),
    case("PurgeVersion", lambda w: catalog.PurgeVersionRequest(name=f"{w.id}/99"), "VERSION_NOT_FOUND"),
    case("PurgeVersion", lambda w: catalog.PurgeVersionRequest(name=f"{w.id}/1"), "VERSION_NOT_DELETED"),
    case("PurgeVersion", lambda w: catalog.PurgeVersionRequest(name=f"{w.id}/3", etag="r0"), "ETAG_MISMATCH"),
]

ALIASES_AND_STAGES = [
    case("SetAlias", lambda w: catalog.SetAliasRequest(name=f"{w.model}/aliases/12", version="x"), "INVALID_REQUEST", "name", "version"),
    case("SetAlias", lambda w: catalog.SetAliasRequest(name=f"{w.model}/aliases/latest", version=f"{w.id}/1"), "INVALID_REQUEST", "name"),
    case("SetAlias", lambda w: catalog.SetAliasRequest(name=f"{w.model}/aliases/V2", version=f"{w.id}/1"), "INVALID_REQUEST", "name"),
    case("SetAlias", lambda w: catalog.SetAliasRequest(name=f"{w.model}/aliases/Production", version=f"{w.id}/1"), "INVALID_REQUEST", "name"),
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
    case("ListStagedVersions", lambda _: catalog.ListStagedVersionsRequest(), "INVALID_REQUEST", "parent"),
    case("ListStagedVersions", lambda _: catalog.ListStagedVersionsRequest(parent="namespaces/nothing"), "NAMESPACE_NOT_FOUND"),
    case("ListStagedVersions", lambda _: catalog.ListStagedVersionsRequest(parent=NAMESPACE, stage="prod"), "INVALID_REQUEST", "stage"),
    case("ListStagedVersions", lambda _: catalog.ListStagedVersionsRequest(parent=NAMESPACE, stage="none"), "INVALID_REQUEST", "stage"),
    case("ListStagedVersions", lambda _: catalog.ListStagedVersionsRequest(parent=NAMESPACE, stage="x" * 200), "INVALID_REQUEST", "stage"),
    case("ListStagedVersions", lambda _: catalog.ListStagedVersionsRequest(parent=NAMESPACE, as_of=in_future()), "INVALID_REQUEST", "as_of"),
    case("ListStagedVersions", lambda _: catalog.ListStagedVersionsRequest(parent=NAMESPACE, page_token="x"), "INVALID_REQUEST", "page_token"),
    case("ListStageHistory", lambda w: catalog.ListStageHistoryRequest(parent=w.model, page_size=-1), "INVALID_REQUEST", "page_size"),
    case("ListStageHistory", lambda _: catalog.ListStageHistoryRequest(parent=f"{NAMESPACE}/models/nothing"), "MODEL_NOT_FOUND"),
]

CATALOG = NAMESPACES + MODELS + REGISTRATION + COPIES + CHECKS + VERSIONS + ALIASES_AND_STAGES
