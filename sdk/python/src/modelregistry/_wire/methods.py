"""The methods that change something, by the contract; gRPC may repeat all others."""

from typing import Final

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.message import Message

from modelregistry.v1 import (
    artifact_service_pb2,
    catalog_service_pb2,
    deployment_service_pb2,
    governance_service_pb2,
    lineage_service_pb2,
    lookup_service_pb2,
    monitoring_service_pb2,
    route_service_pb2,
)

_SERVICES: Final = tuple(
    file.DESCRIPTOR.services_by_name[name]
    for file, name in (
        (catalog_service_pb2, "CatalogService"),
        (artifact_service_pb2, "ArtifactService"),
        (lookup_service_pb2, "LookupService"),
        (governance_service_pb2, "GovernanceService"),
        (lineage_service_pb2, "LineageService"),
        (route_service_pb2, "RouteService"),
        (deployment_service_pb2, "DeploymentService"),
        (monitoring_service_pb2, "MonitoringService"),
    )
)


def _reads(method: MethodDescriptor) -> bool:
    return bool(method.GetOptions().idempotency_level == MethodOptions.NO_SIDE_EFFECTS)


UNARY: Final[tuple[MethodDescriptor, ...]] = tuple(
    method
    for service in _SERVICES
    for method in service.methods
    # A stream is not repeated from its start: its reader or writer resumes it at its offset.
    if not (method.client_streaming or method.server_streaming)
)
READS: Final = tuple(method for method in UNARY if _reads(method))
CHANGES: Final = tuple(method for method in UNARY if not _reads(method))
# Each method has a request type of its own.
_CHANGING: Final = frozenset(method.input_type.full_name for method in CHANGES)


def changes(request: object) -> bool:
    """Return whether the method of this request changes something."""
    return isinstance(request, Message) and request.DESCRIPTOR.full_name in _CHANGING


def request_id(request: object) -> str:
    """Return the request id, which makes a repeat harmless; '' for a method without one."""
    value = getattr(request, "request_id", "")
    return value if isinstance(value, str) else ""
