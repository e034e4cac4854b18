"""The audit trail: changes and denied requests, as any reader can list them."""

import re
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import grpc
import pytest

from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from registry_grpc.services.denied_request import OF_AN_ACTOR
from tests.support.content import NAMESPACE, a_model, a_version
from tests.support.server import RegistryProcess
from tests.support.serving import within
from tests.support.stubs import Stubs, refused

SECONDS = 120.0


class Caller(Stubs):
    """A caller with its own token."""

    def __init__(self, channel: grpc.Channel, secret: str) -> None:
        super().__init__(channel)
        self._metadata = [("authorization", f"Bearer {secret}")]

    def __getattr__(self, method: str) -> Callable[..., Any]:  # type: ignore[explicit-override]
        return partial(super().__getattr__(method), metadata=self._metadata)


def trail(
    caller: Stubs,
    **fields: Any,  # noqa: ANN401 - what is asked
) -> list[lookup.ChangeEvent]:
    """Return every entry of every page."""
    request = lookup.ListChangesRequest(**{"parent": NAMESPACE, "audit": True, **fields})
    found: list[lookup.ChangeEvent] = []
    while True:
        reply = caller.ListChanges(request)
        found += reply.events
        if not reply.next_page_token:
            return found
        request.page_token = reply.next_page_token


def refusals(caller: Stubs, count: int) -> Sequence[lookup.ChangeEvent]:
    """Return the denied requests once there are so many: they are recorded behind the call."""
    within(SECONDS, lambda: len(trail(caller, denied_only=True)) >= count)
    return trail(caller, denied_only=True)


@pytest.fixture
def crew(database_url: str, tmp_path: Path) -> Iterator[tuple[Caller, Caller, Stubs]]:
    """Ann, an admin; Eve, a reader; and an unknown caller: on both databases."""
    place = ("--database", database_url)
    server = RegistryProcess(tmp_path / "registry", place)
    secrets = [server.token(*who) for who in (("ann", "admin"), ("eve", "reader"))]
    with grpc.insecure_channel(server.start().target) as channel:
        ann, eve = (Caller(channel, secret) for secret in secrets)
        yield ann, eve, Stubs(channel)
    server.stop()


def test_denied_calls_and_calls_that_a_rule_refused_are_in_the_trail(
    crew: tuple[Caller, Caller, Stubs],
) -> None:
    ann, eve, unknown = crew
    model = a_model(ann)
    version = a_version(ann, model, alias="champion")
    began = time.time()
    with pytest.raises(grpc.RpcError) as denied:
        eve.DeleteModel(catalog.DeleteModelRequest(name=model))
    in_use = refused(ann.DeleteVersion, catalog.DeleteVersionRequest(name=version.name))
    refused(ann.GetModel, catalog.GetModelRequest(name=f"{model}-absent"))  # of no interest
    refused(unknown.DeleteModel, catalog.DeleteModelRequest(name=model))  # of an unknown caller
    first, second = refusals(ann, 2)

    assert (first.action, first.actor, first.name) == ("permission.denied", "eve", model)
    assert first.denied_request.method == "modelregistry.v1.CatalogService/DeleteModel"
    assert first.denied_request.reason == "PERMISSION_DENIED"
    failed_call = cast("grpc.Call", denied.value)  # what stubs raise is both
    assert first.denied_request.message == failed_call.details()
    assert ("x-request-id", first.denied_request.request_id) in [
        tuple(one) for one in failed_call.trailing_metadata()
    ]
    assert (first.index, first.denied_request.number, first.denied_request.omitted) == (-1, 1, 0)
    assert began - 1 < first.time.seconds < time.time() + 1

    assert (second.action, second.actor, second.name) == (
        "precondition.failed",
        "ann",
        version.name,
    )
    assert (second.denied_request.reason, second.denied_request.number) == ("VERSION_IN_USE", 2)
    assert second.denied_request.message == in_use.message
    assert list(second.denied_request.causes) == ["in use by alias champion"]
    assert second.revision == version.revision

    whole = trail(ann)
    assert [event.action for event in whole] == [
        *(
            "model.create",
            "version.register",
            "alias.set",
            "permission.denied",
            "precondition.failed",
        )
    ]
    assert trail(eve) == whole  # a reader may list it
    assert trail(ann, newest_first=True) == whole[::-1]
    assert trail(ann, newest_first=True, page_size=1) == whole[::-1]
    assert trail(ann, models=[model], page_size=2) == whole
    assert trail(ann, actor="eve") == [first]
    assert trail(ann, start_time=first.time) == whole[3:]
    assert trail(ann, end_time=first.time) == whole[:3]
    assert trail(ann, action="alias.set") == [whole[2]]
    plain = lookup.ListChangesRequest(parent=NAMESPACE)
    assert list(ann.ListChanges(plain).events) == whole[:3]


def test_denied_requests_wake_no_watch_and_take_no_revision(
    crew: tuple[Caller, Caller, Stubs],
) -> None:
    ann, eve, _ = crew
    model = a_model(ann)
    trail(eve)
    # The first use of a token on a day is a change; both are used by now.
    uses = {"parent": "namespaces/-", "action": "token.use"}
    within(SECONDS, lambda: len(trail(ann, **uses)) == 2)
    revision = trail(ann, **uses)[-1].revision
    watch = ann.Watch(lookup.WatchRequest(parent=NAMESPACE, start_revision=1))
    assert [event.action for event in next(watch).events] == []
    assert [event.action for event in next(watch).events] == ["model.create"]
    for _ in range(20):
        refused(eve.DeleteModel, catalog.DeleteModelRequest(name=model))
    refusals(ann, 20)
    ann.DeleteModel(catalog.DeleteModelRequest(name=model))
    heard = next(watch)
    while not heard.events:  # a bookmark
        assert heard.revision == revision
        heard = next(watch)
    assert [(event.revision, event.action) for event in heard.events] == [
        (revision + 1, "model.delete")
    ]
    watch.cancel()


def test_a_flood_of_denied_calls_is_recorded_in_part_and_counted(
    own_registry: RegistryProcess,
) -> None:
    own_registry.options = ("--metrics-listen", "127.0.0.1:0")
    secrets = [own_registry.token(*who) for who in (("ann", "admin"), ("eve", "reader"))]
    request = catalog.DeleteModelRequest(name=f"{NAMESPACE}/models/fraud")
    flood = OF_AN_ACTOR.burst * 4
    with grpc.insecure_channel(own_registry.start().target) as channel:
        ann, eve = (Caller(channel, secret) for secret in secrets)
        for _ in range(flood):
            refused(eve.DeleteModel, request)
        recorded = refusals(ann, OF_AN_ACTOR.burst)
        refused(ann.CreateModel, catalog.CreateModelRequest(parent="x"))  # wrong, not refused
        omitted = flood - len(trail(ann, denied_only=True))
        assert scraped(own_registry, "registry_denied_requests_omitted_total") == omitted
    assert OF_AN_ACTOR.burst <= len(recorded) < flood
    assert own_registry.stop() == 0
    with grpc.insecure_channel(own_registry.start().target) as channel:
        ann, eve = (Caller(channel, secret) for secret in secrets)
        refused(eve.DeleteModel, request)
        kept = refusals(ann, len(recorded) + 1)
    assert [event.denied_request.number for event in kept] == list(range(1, len(kept) + 1))


def test_what_was_refused_just_before_the_end_is_recorded(own_registry: RegistryProcess) -> None:
    secrets = [own_registry.token(*who) for who in (("ann", "admin"), ("eve", "reader"))]
    with grpc.insecure_channel(own_registry.start().target) as channel:
        _, eve = (Caller(channel, secret) for secret in secrets)
        for number in range(20):
            name = f"{NAMESPACE}/models/m-{number}"
            refused(eve.DeleteModel, catalog.DeleteModelRequest(name=name))
        assert own_registry.stop() == 0
    with grpc.insecure_channel(own_registry.start().target) as channel:
        found = trail(Caller(channel, secrets[0]), denied_only=True)
    assert [event.name for event in found] == [f"{NAMESPACE}/models/m-{n}" for n in range(20)]


def scraped(server: RegistryProcess, name: str) -> float:
    """Return a metric of a server."""
    (where,) = set(re.findall(r"listen=(\S+) path=/metrics", server.log))
    with urllib.request.urlopen(f"http://{where}/metrics") as reply:
        text = reply.read().decode()
    found = re.search(rf"^{name} (\S+)$", text, re.MULTILINE)
    assert found is not None, text
    return float(found[1])


def test_what_is_wrong_with_the_filters_is_said_at_once(stubs: Stubs) -> None:
    request = lookup.ListChangesRequest(
        parent=NAMESPACE, actor="a" * 257, action="Alias", audit=True
    )
    request.start_time.seconds = -(10**15)
    request.end_time.seconds = 10**15
    found = refused(stubs.ListChanges, request)
    assert found.reason == "INVALID_REQUEST"
    assert found.fields == ("actor", "action", "start_time", "end_time")
    for action in (".", "alias", "alias.set.x", "alias.*", ".set", " alias.set", "promotion.apply"):
        request = lookup.ListChangesRequest(parent=NAMESPACE, action=action)
        assert refused(stubs.ListChanges, request).fields == ("action",)


def test_the_first_moment_there_is_can_be_asked_for(stubs: Stubs) -> None:
    model = a_model(stubs)
    request = lookup.ListChangesRequest(parent=NAMESPACE, models=[model], audit=True)
    request.start_time.FromJsonString("0001-01-01T00:00:00Z")
    assert len(stubs.ListChanges(request).events) == 1
    request.end_time.FromJsonString("0001-01-01T00:00:00Z")
    assert len(stubs.ListChanges(request).events) == 0


def test_a_token_of_one_filter_is_refused_by_another(stubs: Stubs) -> None:
    model = a_model(stubs)
    a_version(stubs, model, alias="champion")
    whole: dict[str, Any] = {"parent": NAMESPACE, "models": [model], "page_size": 1}
    token = stubs.ListChanges(lookup.ListChangesRequest(**whole)).next_page_token
    others: list[dict[str, Any]] = [
        *({"actor": "local"}, {"action": "alias."}, {"newest_first": True}, {"audit": True}),
        {"start_time": {"seconds": 1}},
    ]
    for fields in others:
        found = refused(
            stubs.ListChanges, lookup.ListChangesRequest(**whole, page_token=token, **fields)
        )
        assert (found.reason, found.fields) == ("INVALID_REQUEST", ("page_token",))
    again = lookup.ListChangesRequest(**{**whole, "page_size": 9}, page_token=token)
    assert len(stubs.ListChanges(again).events) == 2
