"""Recorded changes, as any reader can list them."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from modelregistry.v1 import version_pb2
from tests.support.content import NAMESPACE, a_model, a_version
from tests.support.server import RegistryProcess
from tests.support.stubs import Stubs, connected, refused


def listed(
    stubs: Stubs,
    **fields: Any,  # noqa: ANN401 - what is asked
) -> list[lookup.ChangeEvent]:
    """Return every event of every page."""
    request = lookup.ListChangesRequest(**{"parent": NAMESPACE, **fields})
    found: list[lookup.ChangeEvent] = []
    while True:
        reply = stubs.ListChanges(request)
        found += reply.events
        if not reply.next_page_token:
            return found
        request.page_token = reply.next_page_token


def actions(events: Sequence[lookup.ChangeEvent]) -> list[str]:
    return [event.action for event in events]


@pytest.fixture
def model(stubs: Stubs) -> str:
    return a_model(stubs)


def test_every_change_is_listed_with_who_what_and_why_on_both_databases(
    registry_on_either: RegistryProcess,
) -> None:
    with connected(registry_on_either.target) as stubs:
        model = a_model(stubs)
        one = a_version(
            stubs, model, alias="champion", version=version_pb2.Version(params={"a": "b"})
        )
        moved = stubs.SetStage(
            catalog.SetStageRequest(name=one.name, stage="staging", reason="good")
        )
        alias = stubs.GetAlias(catalog.GetAliasRequest(name=f"{model}/aliases/champion"))
        stubs.DeleteAlias(catalog.DeleteAliasRequest(name=alias.name, reason="no longer"))
        events = listed(stubs)

    assert [(event.revision, event.index, event.action, event.name) for event in events] == [
        (1, 0, "model.create", model),
        (2, 0, "version.register", one.name),
        (2, 1, "alias.set", alias.name),
        (3, 0, "version.stage", one.name),
        (4, 0, "alias.delete", alias.name),
    ]
    created, registered, named, staged, unnamed = events
    assert [event.reason for event in events] == ["", "", "", "good", "no longer"]
    assert all(event.actor for event in events)
    assert not created.HasField("before")
    assert created.after.model.name == model
    assert named.after.alias == unnamed.before.alias == alias
    assert not unnamed.HasField("after")
    assert registered.after.version.root_digest == one.root_digest
    assert not registered.after.version.params
    assert staged.before.version.stage == "none"
    assert staged.after.version.stage == "staging"
    assert staged.after.version.etag == moved.etag
    assert staged.time == moved.update_time


def test_models_and_prefixes_choose(stubs: Stubs, model: str) -> None:
    other = a_model(stubs, f"{model.rpartition('/')[2]}-eu")
    for name in (model, other):
        a_version(stubs, name)

    of_model = ["model.create", "version.register"]
    assert actions(listed(stubs, models=[model])) == of_model
    assert actions(listed(stubs, parent="namespaces/-", models=[model])) == of_model
    assert actions(listed(stubs, models=[model, other])) == sorted(of_model * 2)
    assert actions(listed(stubs, name_prefixes=[f"{model}-"])) == of_model
    assert actions(listed(stubs, name_prefixes=[f"{model}/versions/"])) == ["version.register"]
    assert actions(listed(stubs, models=[other], name_prefixes=[f"{model}/v"])) == [
        *("model.create", "version.register", "version.register")
    ]
    assert listed(stubs, models=[f"{model}-absent"]) == []


def test_a_namespace_has_its_own_changes(stubs: Stubs) -> None:
    namespace = f"n-{uuid4().hex[:12]}"
    created = stubs.CreateNamespace(catalog.CreateNamespaceRequest(namespace_id=namespace))
    stubs.CreateModel(catalog.CreateModelRequest(parent=created.name, model_id="fraud"))

    events = listed(stubs, parent=created.name)
    assert actions(events) == ["namespace.create", "model.create"]
    assert events[0].after.namespace == created
    everywhere = listed(stubs, parent="namespaces/-", start_revision=created.revision)
    assert everywhere[:2] == events


def test_pages_never_divide_a_transaction_and_lose_nothing(stubs: Stubs, model: str) -> None:
    for _ in range(4):
        a_version(stubs, model, alias="champion")
    everything = listed(stubs, models=[model])
    assert len(everything) == 9
    assert listed(stubs, models=[model], page_size=1) == everything

    request = lookup.ListChangesRequest(
        parent=NAMESPACE, models=[model], page_size=1, start_revision=everything[1].revision
    )
    page = stubs.ListChanges(request)
    assert list(page.events) == everything[1:3]
    assert page.next_page_token
    assert page.revision >= everything[-1].revision
    again = lookup.ListChangesRequest(
        parent=NAMESPACE, models=[model], start_revision=everything[3].revision
    )
    assert list(stubs.ListChanges(again).events) == everything[3:]


def test_what_was_listed_stays_listed_after_a_restart(own_registry: RegistryProcess) -> None:
    with connected(own_registry.start().target) as stubs:
        a_version(stubs, a_model(stubs))
        before = listed(stubs)
    own_registry.stop()
    own_registry.restart()
    with connected(own_registry.target) as stubs:
        assert listed(stubs) == before


def test_a_token_of_another_list_is_refused(stubs: Stubs, model: str) -> None:
    a_version(stubs, model)
    first = lookup.ListChangesRequest(parent=NAMESPACE, models=[model], page_size=1)
    token = stubs.ListChanges(first).next_page_token
    others: list[dict[str, Any]] = [
        {"parent": "namespaces/-"},
        {"models": []},
        {"models": [], "name_prefixes": [model]},
        {"start_revision": 1},
    ]
    for fields in others:
        whole = {"parent": NAMESPACE, "models": [model], "page_token": token, **fields}
        found = refused(stubs.ListChanges, lookup.ListChangesRequest(**whole))
        assert (found.reason, found.fields) == ("INVALID_REQUEST", ("page_token",))


def test_everything_that_is_wrong_is_said_at_once(stubs: Stubs) -> None:
    request = lookup.ListChangesRequest(
        parent=NAMESPACE,
        models=["fraud", "namespaces/risk/models/fraud"],
        name_prefixes=["fraud-", f"{NAMESPACE}/models/fraud-", ""],
        start_revision=-1,
    )
    found = refused(stubs.ListChanges, request)
    assert found.reason == "INVALID_REQUEST"
    assert found.fields == (
        *("models[0]", "models[1]", "name_prefixes[0]", "name_prefixes[2]", "start_revision"),
    )


def test_names_are_counted_together(stubs: Stubs, model: str) -> None:
    half = [model] * 500
    request = lookup.ListChangesRequest(parent=NAMESPACE, models=half, name_prefixes=half)
    assert actions(stubs.ListChanges(request).events) == ["model.create"]
    request.models.append(model)
    found = refused(stubs.ListChanges, request)
    assert (found.reason, found.fields) == ("INVALID_REQUEST", ("models",))


def test_an_unknown_namespace_is_not_found(stubs: Stubs) -> None:
    found = refused(stubs.ListChanges, lookup.ListChangesRequest(parent="namespaces/nowhere"))
    assert found.reason == "NAMESPACE_NOT_FOUND"
