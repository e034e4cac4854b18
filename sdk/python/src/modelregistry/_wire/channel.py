"""How the channel behaves: reconnecting, retrying, keeping alive. Data only."""

import json
from importlib import metadata
from pathlib import Path
from typing import Final

import grpc

from modelregistry._wire.settings import Settings, Tls
from modelregistry.v1 import (
    artifact_service_pb2,
    catalog_service_pb2,
    governance_service_pb2,
    lineage_service_pb2,
    lookup_service_pb2,
)

_MIB: Final = 1024 * 1024

_SERVICES: Final = tuple(
    file.DESCRIPTOR.services_by_name[name]
    for file, name in (
        (catalog_service_pb2, "CatalogService"),
        (artifact_service_pb2, "ArtifactService"),
        (lookup_service_pb2, "LookupService"),
        (governance_service_pb2, "GovernanceService"),
        (lineage_service_pb2, "LineageService"),
    )
)

# A stream is not repeated from its start: whoever reads or writes it takes it up where it stands.
_UNARY: Final = [
    {"service": service.full_name, "method": method.name}
    for service in _SERVICES
    for method in service.methods
    if not (method.client_streaming or method.server_streaming)
]

SERVICE_CONFIG: Final = {
    "methodConfig": [
        {
            "name": _UNARY,
            # Wait through a restart, within the deadline of the call.
            "waitForReady": True,
            # Safe for mutations too: each carries a request id that makes a repeat harmless.
            # A server that stops cancels calls that arrive in that moment, before any handler ran.
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
            },
        }
    ],
}


def options(settings: Settings) -> list[tuple[str, str | int]]:
    """Return the channel arguments."""
    return [
        ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
        # Else a TXT record of the server's name could replace what is above.
        ("grpc.service_config_disable_resolution", 1),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 1_000),
        # Also the time a connection attempt may take: shorter would cut slow TLS handshakes.
        ("grpc.min_reconnect_backoff_ms", 3_000),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.max_receive_message_length", 16 * _MIB),
        # A refusal brings all its findings, up to call.DETAIL_BYTES, in base64, in its trailer.
        ("grpc.max_metadata_size", 2 * _MIB),
        ("grpc.absolute_max_metadata_size", 2 * _MIB),
        # A piece of a file in one frame, not in 64 of the default size.
        ("grpc.http2.max_frame_size", _MIB),
        # A request above this is not repeated; a registration of 20,000 files takes some 4 MiB.
        ("grpc.per_rpc_retry_buffer_size", 8 * _MIB),
        ("grpc.primary_user_agent", f"modelregistry-python/{_version()}"),
        # This machine is never behind a proxy.
        ("grpc.enable_http_proxy", 0 if settings.loopback else 1),
    ]


def credentials(tls: Tls) -> grpc.ChannelCredentials:
    """Read the files; OSError when one cannot be read."""
    return grpc.ssl_channel_credentials(
        root_certificates=_read(tls.ca),
        private_key=_read(tls.key),
        certificate_chain=_read(tls.cert),
    )


def _read(path: str | Path | None) -> bytes | None:
    return Path(path).read_bytes() if path else None


def _version() -> str:
    try:
        return metadata.version("modelregistry")
    except metadata.PackageNotFoundError:
        return "unknown"  # run from a source tree
