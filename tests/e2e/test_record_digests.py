"""The digests of whole records in the log, recomputed from the contract by its own description."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import governance_service_pb2 as governance
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import version_pb2
from tests.support.registry_use import use_registry
from tests.support.released import create_tokens
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected

DERIVED = ("etag", "historyId", "aliases", "latestVersion")
DETAIL = ("environment", "source", "inputs", "parents", "params", "slices", "signature")
GETS: Mapping[str, tuple[str, type[Message]]] = {
    "namespace": ("GetNamespace", catalog.GetNamespaceRequest),
    "model": ("GetModel", catalog.GetModelRequest),
    "version": ("GetVersion", catalog.GetVersionRequest),
    "alias": ("GetAlias", catalog.GetAliasRequest),
    "evaluation": ("GetEvaluation", governance.GetEvaluationRequest),
    "policy": ("GetPolicy", governance.GetPolicyRequest),
    "transition": ("GetTransition", governance.GetTransitionRequest),
    "stageGraph": ("GetStageGraph", governance.GetStageGraphRequest),
    "registrationSchema": ("GetRegistrationSchema", governance.GetRegistrationSchemaRequest),
}
"""The kinds that have a Get method; events have the others whole."""


def sha256(document: object) -> str:
    # Canonical JSON of what has no unusual numbers or keys.
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def record_digest(kind: str, record: Mapping[str, Any]) -> str:
    """Return what `ChangeEvent.after_digest` is described to be, of a record as JSON."""
    fields = {name: value for name, value in record.items() if name not in DERIVED}
    if kind == "version":
        detail = {name: fields.pop(name) for name in DETAIL if name in fields}
        fields["detail"] = sha256(detail)
    return sha256({kind: fields})


def current(stubs: Stubs, kind: str, event: lookup.ChangeEvent) -> Mapping[str, Any]:
    """Return the record as its Get method replies it, as JSON."""
    if kind not in GETS:
        whole: Mapping[str, Any] = MessageToDict(event.after)[kind]
        return whole
    method, request = GETS[kind]
    more = {"view": version_pb2.VERSION_VIEW_FULL} if kind == "version" else {}
    reply = getattr(stubs, method)(request(name=event.name, **more))
    found: Mapping[str, Any] = MessageToDict(reply)
    return found


def test_digests_of_records_can_be_recomputed_and_form_chains(
    registry_on_either: RegistryProcess, database_url: str, tmp_path: Path
) -> None:
    tokens = create_tokens(database_url)
    use_registry(registry_on_either.target, tokens, tmp_path, "fraud")
    with connected(registry_on_either.target, tokens["ann"]) as stubs:
        graph = stubs.GetStageGraph(
            governance.GetStageGraphRequest(name="namespaces/default/stageGraph")
        )
        graph.stages[1].capacity += 1
        stubs.SetStageGraph(governance.SetStageGraphRequest(stage_graph=graph))
        events = stubs.ListChanges(
            lookup.ListChangesRequest(parent="namespaces/-", page_size=1_000)
        ).events
        newest = {event.name: event for event in events}
        kinds = set()
        for event in newest.values():
            if not event.HasField("after"):
                continue
            (kind,) = MessageToDict(event.after)
            kinds.add(kind)
            assert event.after_digest == record_digest(kind, current(stubs, kind, event)), event
    assert kinds == {*GETS, "attestation", "lineage"}
    last: dict[str, str] = {}
    for event in events:
        assert bool(event.before_digest) == event.HasField("before")
        assert bool(event.after_digest) == event.HasField("after")
        if event.name in last:
            assert event.before_digest == last[event.name], event
        last[event.name] = event.after_digest
