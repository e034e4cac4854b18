from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from modelregistry.v1 import catalog_service_pb2
from registry_grpc.domain.principal import Permission
from registry_grpc.services.access import Authentication
from registry_grpc.services.authorizer import RoleAuthorizer
from registry_grpc.services.lookup_cache import LookupCache
from registry_grpc.telemetry import Metrics
from registry_grpc.transport.access import UndeclaredError
from registry_grpc.transport.method import HEAVY, Method
from registry_grpc.transport.methods import (
    SERVICES,
    IncompleteTableError,
    generic_handlers,
)
from registry_grpc.transport.pipeline import Pipeline
from registry_grpc.transport.read_cache import ReadCache
from registry_grpc.transport.server import MAX_REQUEST_BYTES
from registry_grpc.transport.streaming import StreamLimits, Streams
from registry_grpc.transport.threads import Pools, Threads

METHODS = [method for service in SERVICES for method in service.methods]
NAMES = [method.name for method in METHODS]
CATALOG = [method for method in METHODS if method.containing_service.name == "CatalogService"]
NO_SIDE_EFFECTS = 1


@dataclass
class Details:
    """The details of a call that grpc passes to a generic handler."""

    method: str
    invocation_metadata: tuple[tuple[str, str | bytes], ...] = ()


def handlers_of(*names: str) -> object:
    """Return an object with a handler of each name."""

    def handler(_self: object, _call: object, request: Message) -> Message:
        return request

    return type("Handlers", (), dict.fromkeys(names, handler))()


@pytest.fixture
def pipeline() -> Iterator[Pipeline]:
    threads = Threads("test", 1, 0)
    unused = cast("Authentication", object())  # no call is made
    memory = ReadCache(LookupCache[bytes](0), threads, lambda: 0.0)
    yield Pipeline(
        unused, RoleAuthorizer(), Pools.all_in(threads), Metrics(), timedelta(seconds=1), memory
    )
    threads.close()


@pytest.fixture
def streams(pipeline: Pipeline) -> Streams:
    return Streams(pipeline, StreamLimits(1, reads=1, writes=1, watches=1))


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_every_method_of_the_contract_declares_a_permission(method: MethodDescriptor) -> None:
    assert Method.declared(method).permission in Permission


@pytest.mark.parametrize("method", CATALOG, ids=[method.name for method in CATALOG])
def test_the_catalog_is_read_without_side_effects_and_changed_with_a_request_id(
    method: MethodDescriptor,
) -> None:
    # The check of a change demands what the change does.
    reads = Method.declared(method).permission is Permission.READ or "Check" in method.name
    assert reads == (method.GetOptions().idempotency_level == NO_SIDE_EFFECTS)
    assert reads != ("request_id" in method.input_type.fields_by_name)


def test_only_tenants_their_rules_and_purges_need_an_administrator() -> None:
    admin = {
        method.name for method in METHODS if Method.declared(method).permission is Permission.ADMIN
    }
    assert admin == {
        "CreateNamespace",
        "UpdateNamespace",
        "SetRegistrationSchema",
        "SetStageGraph",
        "PutPolicy",
        "DeletePolicy",
        "PutMonitor",
        "DeleteMonitor",
        "PurgeModel",
        "PurgeVersion",
    }


def test_no_two_methods_share_a_name_because_handlers_are_found_by_it() -> None:
    assert len(NAMES) == len(set(NAMES))


def test_a_method_without_a_permission_is_refused() -> None:
    for method in health_pb2.DESCRIPTOR.services_by_name["Health"].methods:
        with pytest.raises(UndeclaredError, match="declares no permission"):
            Method.declared(cast("MethodDescriptor", method))


def test_a_complete_table_serves_every_method_in_its_kind(
    pipeline: Pipeline, streams: Streams
) -> None:
    table = generic_handlers(
        pipeline, streams, [handlers_of(*NAMES[:10]), handlers_of(*NAMES[10:])]
    )
    for method in METHODS:
        path = f"/{method.containing_service.full_name}/{method.name}"
        (found,) = filter(None, (handler.service(Details(path)) for handler in table))
        assert found.request_streaming  # read when it is asked for, once the caller is admitted
        assert found.response_streaming == method.server_streaming


def test_a_method_that_is_not_in_the_contract_is_not_served(
    pipeline: Pipeline, streams: Streams
) -> None:
    for handler in generic_handlers(pipeline, streams, [handlers_of(*NAMES)]):
        assert handler.service(Details("/modelregistry.v1.CatalogService/Nothing")) is None


@pytest.mark.parametrize("missing", NAMES)
def test_a_table_with_a_gap_is_refused(pipeline: Pipeline, streams: Streams, missing: str) -> None:
    present = handlers_of(*(name for name in NAMES if name != missing))
    with pytest.raises(IncompleteTableError, match=f"{missing} has 0 handlers"):
        generic_handlers(pipeline, streams, [present])


@pytest.mark.parametrize("twice", [NAMES[0], NAMES[-1]])
def test_a_table_with_two_handlers_for_a_method_is_refused(
    pipeline: Pipeline, streams: Streams, twice: str
) -> None:
    with pytest.raises(IncompleteTableError, match=f"{twice} has 2 handlers"):
        generic_handlers(pipeline, streams, [handlers_of(*NAMES), handlers_of(twice)])


def test_requests_stay_bytes_and_replies_are_written_also_those_that_are_bytes_already(
    pipeline: Pipeline, streams: Streams
) -> None:
    (table,) = generic_handlers(pipeline, streams, [handlers_of(*NAMES)])
    found = table.service(Details("/modelregistry.v1.CatalogService/GetModel"))
    assert found is not None
    request = catalog_service_pb2.GetModelRequest(name="a")
    encoded = request.SerializeToString()
    assert found.request_deserializer is None
    assert found.response_serializer is not None
    assert found.response_serializer(request) == encoded
    assert found.response_serializer(encoded) == encoded


def test_limits_of_requests_are_those_of_the_contract() -> None:
    limits = {method.name: Method.declared(method).most_bytes for method in METHODS}
    assert limits["GetModel"] == 256 * 1_024
    assert limits["RegisterVersion"] == max(limits.values()) == 16 * 1_024 * 1_024
    assert max(limits.values()) < MAX_REQUEST_BYTES  # what is a little more has a reason


def test_methods_named_as_heavy_are_in_the_contract() -> None:
    heavy = {f"{m.containing_service.name}/{m.name}" for m in METHODS if Method.declared(m).heavy}
    assert heavy == HEAVY
