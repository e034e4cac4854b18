"""The request of each method and its use of the reply, against a scripted peer."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Literal

import grpc
import pytest
from google.rpc import status_pb2

from modelregistry import (
    BreachCondition,
    Client,
    FileEntry,
    Monitor,
    Policy,
    RegistrationSchema,
    SignalSelection,
    StageGraph,
    Version,
    VersionRecord,
    errors,
)
from modelregistry._local.manifest import root_digest
from modelregistry.v1 import (
    alias_pb2,
    artifact_service_pb2,
    catalog_service_pb2,
    lookup_service_pb2,
    model_pb2,
    namespace_pb2,
    version_pb2,
)
from tests.unit.sdk.peer import SERVICES, Peer, an_error_info, scripted

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FRAUD = "namespaces/default/models/fraud"
T = "namespaces/default/transitions/3f2a1b0c-7d6e-4f50-8a9b-0c1d2e3f4a5b"


@pytest.fixture
def scene() -> Iterator[tuple[Client, Peer]]:
    with scripted() as both:
        yield both


def test_every_call_says_who_and_has_an_id() -> None:
    with scripted(token="secret-token") as (client, peer):
        asked = peer.take("CatalogService.GetModel", lambda: client.get_model("fraud"))
        model = asked.answer(model_pb2.Model(name=FRAUD))
    assert asked.metadata["authorization"] == "Bearer secret-token"
    assert UUID.fullmatch(asked.metadata["x-request-id"])
    assert (model.id, model.namespace, model.ref) == ("fraud", "default", "fraud")


def test_without_a_token_nothing_is_claimed(scene: tuple[Client, Peer]) -> None:
    client, peer = scene
    asked = peer.take("CatalogService.GetModel", lambda: client.get_model("fraud"))
    asked.answer(model_pb2.Model(name=FRAUD))
    assert "authorization" not in asked.metadata


UPLOADS = "ArtifactService.BeginUpload"  # made by `push`, which has one id: that of its version
MUTATIONS: dict[str, Callable[..., object]] = {
    "CatalogService.CreateNamespace": lambda client, **of: client.create_namespace("risk", **of),
    "CatalogService.UpdateNamespace": lambda client, **of: client.update_namespace(
        "risk", description="x", **of
    ),
    "CatalogService.CreateModel": lambda client, **of: client.create_model("fraud", **of),
    "CatalogService.UpdateModel": lambda client, **of: client.update_model(
        "fraud", owner="ann", **of
    ),
    "CatalogService.DeleteModel": lambda client, **of: client.delete_model("fraud", **of),
    "CatalogService.UndeleteModel": lambda client, **of: client.undelete_model("fraud", **of),
    "CatalogService.RegisterVersion": lambda client, **of: client.register("fraud", [], **of),
    "CatalogService.CopyVersion": lambda client, **of: client.copy_version(
        "fraud/1", "fraud", **of
    ),
    "CatalogService.UpdateVersion": lambda client, **of: client.label_version(
        "fraud/1", {"a": "b"}, **of
    ),
    "CatalogService.DeleteVersion": lambda client, **of: client.delete_version("fraud/1", **of),
    "CatalogService.RenameModel": lambda client, **of: client.rename_model("fraud", "b", **of),
    "CatalogService.PurgeModel": lambda client, **of: client.purge_model("fraud", **of),
    "CatalogService.PurgeVersion": lambda client, **of: client.purge_version("fraud/1", **of),
    "CatalogService.SetAlias": lambda client, **of: client.set_alias("fraud", "champion", 1, **of),
    "CatalogService.DeleteAlias": lambda client, **of: client.delete_alias(
        "fraud", "champion", **of
    ),
    "CatalogService.SetStage": lambda client, **of: client.set_stage("fraud/1", "staging", **of),
    "GovernanceService.SetVersionState": lambda client, **of: client.yank_version(
        "fraud/1", reason="old", **of
    ),
    "GovernanceService.SetRegistrationSchema": lambda client, **of: client.set_registration_schema(
        RegistrationSchema(), **of
    ),
    "GovernanceService.SubmitEvaluation": lambda client, **of: client.submit_evaluation(
        "fraud/1", **of
    ),
    "GovernanceService.RecordAttestation": lambda client, **of: client.record_attestation(
        "fraud/1", predicate_type="t", payload_digest="d", signer="s", **of
    ),
    "GovernanceService.SetStageGraph": lambda client, **of: client.set_stage_graph(
        StageGraph(stages=()), **of
    ),
    "GovernanceService.PutPolicy": lambda client, **of: client.put_policy(
        Policy(name="quality", to_stage="production", models="*"), **of
    ),
    "GovernanceService.DeletePolicy": lambda client, **of: client.delete_policy("quality", **of),
    "GovernanceService.RequestTransition": lambda client, **of: client.promote(
        "fraud/1", "production", **of
    ),
    "GovernanceService.ApproveTransition": lambda client, **of: client.approve(T, **of),
    "GovernanceService.RejectTransition": lambda client, **of: client.reject(T, "no", **of),
    "GovernanceService.CancelTransition": lambda client, **of: client.cancel_transition(T, **of),
    "GovernanceService.Rollback": lambda client, **of: client.rollback(
        "fraud@champion", reason="bad", **of
    ),
    "RouteService.SetRoute": lambda client, **of: client.set_route(
        "fraud", "checkout", [], "a", **of
    ),
    "RouteService.DeleteRoute": lambda client, **of: client.delete_route("fraud", "checkout", **of),
    "MonitoringService.RecordSignals": lambda client, **of: client.record_signals(
        "fraud/1", [], **of
    ),
    "MonitoringService.PutMonitor": lambda client, **of: client.put_monitor(
        Monitor(
            name="drift",
            selection=SignalSelection(models="*", kind=1, method="psi"),
            condition=BreachCondition(threshold=0.2),
            severity=1,
        ),
        **of,
    ),
    "MonitoringService.DeleteMonitor": lambda client, **of: client.delete_monitor("drift", **of),
    "LineageService.RecordLineage": lambda client, **of: client.record_openlineage({}, **of),
}


def test_the_table_of_mutations_has_every_method_with_a_request_id() -> None:
    with_id = {
        f"{name}.{method.name}"
        for name, service in SERVICES.items()
        for method in service.methods
        if "request_id" in method.input_type.fields_by_name
    }
    assert {*MUTATIONS, UPLOADS} == with_id


@pytest.mark.parametrize("method", list(MUTATIONS))
def test_every_mutation_is_repeated_with_its_request_id(
    scene: tuple[Client, Peer], method: str
) -> None:
    client, peer = scene
    first = peer.take(method, lambda: MUTATIONS[method](client))
    first.drop()
    again = peer.retake(method, first)
    request_id = first.request.request_id  # type: ignore[attr-defined]
    assert UUID.fullmatch(request_id)
    assert again.request == first.request
    assert first.metadata["x-request-id"] == again.metadata["x-request-id"] == request_id
    with pytest.raises(errors.EtagMismatch):  # a refusal settles it
        again.fail(grpc.StatusCode.ABORTED, "", an_error_info("ETAG_MISMATCH"))


@pytest.mark.parametrize("method", list(MUTATIONS))
def test_every_mutation_takes_a_request_id(scene: tuple[Client, Peer], method: str) -> None:
    client, peer = scene
    given = "3f2a1b0c-7d6e-4f50-8a9b-0c1d2e3f4a5b"
    asked = peer.take(method, lambda: MUTATIONS[method](client, request_id=given))
    assert asked.request.request_id == given  # type: ignore[attr-defined]
    with pytest.raises(errors.PermissionDenied):
        asked.fail(grpc.StatusCode.PERMISSION_DENIED, "")


def test_an_update_names_only_what_changes(scene: tuple[Client, Peer]) -> None:
    client, peer = scene
    asked = peer.take(
        "CatalogService.UpdateModel",
        lambda: client.update_model("fraud", description="", owner="ann", etag="r1"),
    )
    asked.answer(model_pb2.Model(name=FRAUD))
    assert isinstance(asked.request, catalog_service_pb2.UpdateModelRequest)
    assert list(asked.request.update_mask.paths) == ["description", "owner"]
    assert (asked.request.model.name, asked.request.model.etag) == (FRAUD, "r1")


@pytest.mark.parametrize("quota, sent", [(0, 0), (5, 5), ("default", None)])
def test_a_quota_is_set_or_given_back(
    scene: tuple[Client, Peer], quota: int | Literal["default"], sent: int | None
) -> None:
    client, peer = scene
    asked = peer.take(
        "CatalogService.UpdateNamespace",
        lambda: client.update_namespace("risk", quota_bytes=quota, etag="r1"),
    )
    asked.answer(namespace_pb2.Namespace(name="namespaces/risk"))
    assert isinstance(asked.request, catalog_service_pb2.UpdateNamespaceRequest)
    assert list(asked.request.update_mask.paths) == ["quota_bytes"]
    assert asked.request.namespace == namespace_pb2.Namespace(
        name="namespaces/risk", quota_bytes=sent, etag="r1"
    )


@pytest.mark.parametrize("quota, free", [(0, None), (10, 3), (5, 0)])
def test_usage_is_that_of_the_namespace(
    scene: tuple[Client, Peer], quota: int, free: int | None
) -> None:
    client, peer = scene
    asked = peer.take("ArtifactService.GetTransferLimits", client.get_usage)
    usage = asked.answer(artifact_service_pb2.TransferLimits(quota_bytes=quota, used_bytes=7))
    assert asked.request == artifact_service_pb2.GetTransferLimitsRequest(
        parent="namespaces/default"
    )
    assert (usage.used_bytes, usage.quota_bytes, usage.free_bytes) == (7, quota, free)


def test_an_update_of_nothing_is_refused_here(scene: tuple[Client, Peer]) -> None:
    client, _ = scene
    with pytest.raises(errors.InvalidRequest):
        client.update_namespace("risk")
    with pytest.raises(errors.InvalidRequest):
        client.update_model("fraud")
    with pytest.raises(errors.InvalidRequest):
        client.label_version("fraud/1", {})


def test_labels_are_changed_one_by_one_or_all(scene: tuple[Client, Peer]) -> None:
    client, peer = scene
    for replace, paths in ((False, ["labels.a", "labels.b"]), (True, ["labels"])):
        asked = peer.take(
            "CatalogService.UpdateVersion",
            lambda replace=replace: client.label_version(  # type: ignore[misc]
                "fraud/1", {"a": "1", "b": None}, replace=replace
            ),
        )
        asked.answer(version_pb2.Version(name=f"{FRAUD}/versions/1"))
        assert isinstance(asked.request, catalog_service_pb2.UpdateVersionRequest)
        assert list(asked.request.update_mask.paths) == paths
        assert dict(asked.request.version.labels) == {"a": "1"}


def test_a_list_asks_for_a_page_when_it_is_wanted(scene: tuple[Client, Peer]) -> None:
    client, peer = scene
    models = iter(client.list_models(namespace="risk", filter='owner = "ann"', page_size=1))
    names = []
    for token, following in (("", "more"), ("more", "")):
        asked = peer.take("CatalogService.ListModels", lambda: next(models))
        assert isinstance(asked.request, catalog_service_pb2.ListModelsRequest)
        assert asked.request.page_token == token
        assert (asked.request.parent, asked.request.filter) == ("namespaces/risk", 'owner = "ann"')
        reply = catalog_service_pb2.ListModelsResponse(
            models=[model_pb2.Model(name=f"namespaces/risk/models/m{token}")],
            next_page_token=following,
        )
        names.append(asked.answer(reply).ref)
    assert names == ["risk/m", "risk/mmore"]
    assert list(models) == []


def test_pages_carry_the_revision_they_reflect(scene: tuple[Client, Peer]) -> None:
    client, peer = scene
    pages = client.list_aliases("fraud").pages()
    asked = peer.take("CatalogService.ListAliases", lambda: next(pages))
    alias = alias_pb2.Alias(name=f"{FRAUD}/aliases/champion", version=f"{FRAUD}/versions/7")
    page = asked.answer(catalog_service_pb2.ListAliasesResponse(aliases=[alias], revision=42))
    assert (page.revision, page.next_page_token) == (42, "")
    assert (page.items[0].ref, page.items[0].version_ref) == ("fraud@champion", "fraud/7")


def test_names_are_completed_by_the_namespace_of_the_client() -> None:
    with scripted(namespace="risk") as (client, peer):
        asked = peer.take("LookupService.ResolveVersion", lambda: client.resolve("fraud@champion"))
        reply = lookup_service_pb2.ResolveVersionResponse(
            version=version_pb2.Version(name="namespaces/risk/models/fraud/versions/7")
        )
        version = asked.answer(reply)
        assert isinstance(asked.request, lookup_service_pb2.ResolveVersionRequest)
        assert asked.request.ref == "risk/fraud@champion"
        assert (version.ref, version.model, version.namespace) == ("risk/fraud/7", "fraud", "risk")
        again = peer.take(
            "CatalogService.SetAlias", lambda: client.set_alias("fraud", "champion", version)
        )
        risk = "namespaces/risk/models/fraud"
        again.answer(alias_pb2.Alias(name=f"{risk}/aliases/champion", version=f"{risk}/versions/7"))
    assert isinstance(again.request, catalog_service_pb2.SetAliasRequest)
    assert again.request.name == "namespaces/risk/models/fraud/aliases/champion"
    assert again.request.version == "namespaces/risk/models/fraud/versions/7"


def test_a_number_is_a_version_of_the_alias_model(scene: tuple[Client, Peer]) -> None:
    client, peer = scene
    asked = peer.take("CatalogService.SetAlias", lambda: client.set_alias("fraud", "champion", 7))
    asked.answer(alias_pb2.Alias(name=f"{FRAUD}/aliases/champion", version=f"{FRAUD}/versions/7"))
    assert isinstance(asked.request, catalog_service_pb2.SetAliasRequest)
    assert asked.request.version == f"{FRAUD}/versions/7"


def test_a_moment_is_sent_as_it_is_and_needs_a_time_zone(scene: tuple[Client, Peer]) -> None:
    client, peer = scene
    moment = datetime(2026, 5, 3, 12, 30, 0, 123456, tzinfo=UTC)
    asked = peer.take(
        "LookupService.ResolveVersion", lambda: client.resolve("fraud@production", as_of=moment)
    )
    reply = lookup_service_pb2.ResolveVersionResponse()
    reply.version.name = f"{FRAUD}/versions/7"
    asked.answer(reply)
    assert isinstance(asked.request, lookup_service_pb2.ResolveVersionRequest)
    assert asked.request.as_of.ToDatetime(tzinfo=UTC) == moment
    with pytest.raises(errors.InvalidRequest, match="time zone"):
        client.resolve("fraud@production", as_of=moment.replace(tzinfo=None))


def test_many_references_give_versions_and_errors_in_order(scene: tuple[Client, Peer]) -> None:
    client, peer = scene
    refs = ["fraud/1", "fraud/2", "fraud/3"]
    asked = peer.take("LookupService.BatchResolveVersions", lambda: client.resolve_many(refs))
    reply = lookup_service_pb2.BatchResolveVersionsResponse()
    reply.resolutions.add(ref="fraud/1").version.name = f"{FRAUD}/versions/1"
    reply.resolutions.add(ref="fraud/2").error.CopyFrom(status_pb2.Status(code=5, message="gone"))
    reply.resolutions.add(ref="fraud/3")
    first, second, third = asked.answer(reply)
    assert isinstance(first, Version)
    assert isinstance(second, errors.NotFound)
    assert isinstance(third, errors.MalformedReply)
    assert client.resolve_many([]) == []


def test_a_registration_carries_its_files_and_qualified_parents() -> None:
    with scripted(namespace="risk") as (client, peer):
        files = [FileEntry(path="a", digest="sha256:" + "0" * 64, size_bytes=1)]
        record = VersionRecord(parents=("fraud/1",), metrics={"auc": 0.9})
        asked = peer.take(
            "CatalogService.RegisterVersion",
            lambda: client.register("fraud", files, record, alias="champion", alias_etag="none"),
        )
        asked.answer(
            version_pb2.Version(
                name="namespaces/risk/models/fraud/versions/2", root_digest=root_digest(files)
            )
        )
    assert isinstance(asked.request, catalog_service_pb2.RegisterVersionRequest)
    assert asked.request.files[0].path == "a"
    assert list(asked.request.version.parents) == ["risk/fraud/1"]
    assert asked.request.alias_etag == "none"


def test_a_closed_client_says_so() -> None:
    client = Client("localhost:1")
    client.close()
    client.close()
    with pytest.raises(errors.ClientClosed):
        client.get_model("fraud")
    with pytest.raises(errors.ClientClosed):
        _ = client.raw
