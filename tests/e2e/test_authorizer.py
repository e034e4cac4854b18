"""Every method obeys the authorizer, in the scope of each resource that its request names."""

import asyncio
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from typing_extensions import override

from modelregistry.v1 import access_pb2, version_pb2
from modelregistry.v1 import catalog_service_pb2 as catalog
from modelregistry.v1 import lookup_service_pb2 as lookup
from registry_grpc.app.wiring import App
from registry_grpc.config import Settings
from registry_grpc.domain.principal import Permission, Principal, Role
from registry_grpc.domain.scope import Scope
from registry_grpc.services.access import Tokens
from registry_grpc.services.authorizer import RoleAuthorizer
from registry_grpc.transport import stream_admissions
from registry_grpc.transport.method import Method
from registry_grpc.transport.methods import SERVICES
from tests.support.content import a_blob
from tests.support.named import name_resource
from tests.support.serving import within
from tests.support.stubs import Stubs, connected, refusal

DENIED = "PERMISSION_DENIED"
METHODS = [method for service in SERVICES for method in service.methods]
NAMED = [method for method in METHODS if method.name != "ListNamespaces"]
REFERENCES = (
    "risk/fraud/1",
    "risk/fraud@champion",
    "namespaces/risk/models/fraud/versions/1",
    "namespaces/risk/models/fraud/aliases/champion",
)
NAMES = ("namespaces/risk/models/fraud", "namespaces/risk")
WITHIN_S = 10


class Denials(RoleAuthorizer):
    """As roles have it, except for the namespaces that are denied to a principal."""

    def __init__(self) -> None:
        self.denied: dict[str, frozenset[str]] = {}

    @override
    def permits(
        self, principal: Principal, permission: Permission, scope: Scope | None = None
    ) -> bool:
        denied = self.denied.get(principal.name, frozenset())
        inside = scope is None or not denied or scope.namespace not in {"", *denied}
        return inside and super().permits(principal, permission, scope)


@dataclass
class Site:
    """A server in this process. All callers have the role of an administrator."""

    target: str
    authorizer: Denials
    tokens: Mapping[str, str]

    def reason(self, caller: str, method: MethodDescriptor, request: Message) -> str:
        """Return 'OK' or the reason of a refusal."""
        with connected(self.target, self.tokens[caller]) as stubs:
            call = getattr(stubs, method.name)
            try:
                reply = call(iter([request]) if method.client_streaming else request, timeout=60)
                next(reply) if method.server_streaming else None
            except grpc.RpcError as error:
                return refusal(error).reason
            except StopIteration:
                pass
        return "OK"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    authorizer = Denials()

    async def start() -> tuple[App, int]:
        app = App.build(_settings(tmp_path_factory.mktemp("registry")), authorizer)
        return app, await app.start()

    app, port = asyncio.run_coroutine_threadsafe(start(), loop).result()
    tokens = Tokens(app.database, lambda: datetime.now(UTC), uuid4, lambda: uuid4().hex)
    secrets = {name: tokens.create(name, Role.ADMIN, None)[1] for name in ("ann", "bob", "eve")}
    site = Site(f"127.0.0.1:{port}", authorizer, secrets)
    with connected(site.target, secrets["ann"]) as stubs:
        fill(stubs)
    authorizer.denied |= dict.fromkeys(("bob", "eve"), frozenset({"risk"}))
    yield site
    asyncio.run_coroutine_threadsafe(app.stop(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def _settings(data_dir: Path) -> Settings:
    return Settings(data_dir=data_dir, listen="127.0.0.1:0")


def fill(stubs: Stubs) -> None:
    """The same model in a namespace that is denied to eve, and in one that is not."""
    stubs.CreateNamespace(catalog.CreateNamespaceRequest(namespace_id="risk"))
    for namespace in ("default", "risk"):
        parent = f"namespaces/{namespace}"
        digest = a_blob(stubs, b"weights", parent)
        stubs.RegisterVersion(
            catalog.RegisterVersionRequest(
                parent=f"{parent}/models/fraud",
                files=[version_pb2.FileEntry(path="model.bin", digest=digest, size_bytes=7)],
                alias="champion",
                create_model=True,
            )
        )


def naming(method: MethodDescriptor, texts: Mapping[str, str]) -> Message:
    """A request that names a resource where its first access says."""
    place = method.GetOptions().Extensions[access_pb2.access][0]
    request = Method.declared(method).request()
    kind = "reference" if place.reference else "resource"
    name_resource(request, place.reference or place.resource, texts[kind])
    if isinstance(request, catalog.RenameModelRequest):
        request.model_id = "renamed"  # with the parent of the name a second resource
    return request


@pytest.mark.parametrize("method", NAMED, ids=lambda method: method.name)
@pytest.mark.parametrize("number", range(max(len(REFERENCES), len(NAMES))))
def test_every_method_is_denied_in_a_denied_namespace(
    site: Site, method: MethodDescriptor, number: int
) -> None:
    reference, name = REFERENCES[number], NAMES[number % len(NAMES)]
    request = naming(method, {"reference": reference, "resource": name})
    assert site.reason("eve", method, request) == DENIED
    elsewhere = {"reference": "fraud@nothing", "resource": "namespaces/nowhere/models/fraud"}
    assert site.reason("eve", method, naming(method, elsewhere)) != DENIED


@pytest.mark.parametrize(
    "method",
    [method for method in NAMED if method.name not in {"CreateNamespace", "CreateModel"}],
    ids=lambda method: method.name,
)
@pytest.mark.parametrize(
    "text", ["namespaces/1", "namespaces/a@champion", "risk/fraud/1", "namespaces/risk", "", "risk"]
)
def test_no_method_reads_a_name_in_another_way_than_the_authorizer(
    site: Site, method: MethodDescriptor, text: str
) -> None:
    """Whatever the text is taken for, it lies in a denied namespace, or is no name."""
    site.authorizer.denied["eve"] = frozenset({"default", "namespaces", "risk", "1", "a"})
    try:
        request = naming(method, {"reference": text, "resource": text})
        assert site.reason("eve", method, request) == DENIED
    finally:
        site.authorizer.denied["eve"] = frozenset({"risk"})


def test_the_whole_registry_is_denied_with_one_of_its_namespaces(site: Site) -> None:
    methods = {method.name: method for method in METHODS}
    for request in (
        catalog.ListNamespacesRequest(),
        lookup.ListChangesRequest(parent="namespaces/-"),
        lookup.WatchRequest(parent="namespaces/-", initial_state=True),
    ):
        method = methods[type(request).__name__.removesuffix("Request")]
        assert site.reason("eve", method, request) == DENIED
        assert site.reason("ann", method, request) == "OK"


def test_each_item_of_a_batch_is_asked_for(site: Site) -> None:
    (batch,) = (method for method in METHODS if method.name == "BatchResolveVersions")
    both = lookup.BatchResolveVersionsRequest(refs=["fraud@champion", "risk/fraud@champion"])
    one = lookup.BatchResolveVersionsRequest(refs=["fraud@champion", "fraud/1"])
    for _ in range(3):
        assert site.reason("ann", batch, both) == "OK"
        assert site.reason("eve", batch, both) == DENIED
        assert site.reason("eve", batch, one) == "OK"


@pytest.mark.parametrize(
    "request_message",
    [
        lookup.ResolveVersionRequest(ref="risk/fraud@champion"),
        catalog.GetVersionRequest(name="risk/fraud/1"),
        catalog.GetModelRequest(name="namespaces/risk/models/fraud"),
    ],
    ids=lambda message: type(message).__name__,
)
def test_a_warm_reply_is_given_to_those_who_may_have_it(
    site: Site, request_message: Message
) -> None:
    name = type(request_message).__name__.removesuffix("Request")
    (method,) = (method for method in METHODS if method.name == name)
    for _ in range(5):
        assert site.reason("ann", method, request_message) == "OK"
        assert site.reason("eve", method, request_message) == DENIED
    site.authorizer.denied["ann"] = frozenset({"risk"})
    try:
        assert site.reason("ann", method, request_message) == DENIED
    finally:
        del site.authorizer.denied["ann"]
    assert site.reason("ann", method, request_message) == "OK"


def test_an_open_watch_ends_when_its_namespace_is_denied(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_admissions, "_AGAIN_S", 0.1)
    with connected(site.target, site.tokens["eve"]) as stubs:
        watch = stubs.Watch(lookup.WatchRequest(parent="namespaces/default"), timeout=WITHIN_S)
        next(watch)
        site.authorizer.denied["eve"] = frozenset({"default", "risk"})
        try:
            with pytest.raises(grpc.RpcError) as ended:
                list(watch)
        finally:
            site.authorizer.denied["eve"] = frozenset({"risk"})
    assert refusal(ended.value).reason == DENIED


def test_the_trail_says_what_a_denied_call_was_about(site: Site) -> None:
    (upload,) = (method for method in METHODS if method.name == "WriteUpload")
    name = f"namespaces/risk/uploads/{uuid4()}"
    assert site.reason("bob", upload, naming(upload, {"resource": name})) == DENIED
    asked = lookup.ListChangesRequest(
        parent="namespaces/risk", audit=True, denied_only=True, newest_first=True
    )
    with connected(site.target, site.tokens["ann"]) as stubs:
        within(WITHIN_S, lambda: name in {one.name for one in stubs.ListChanges(asked).events})
