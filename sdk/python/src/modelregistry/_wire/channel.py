"""How the channel behaves: reconnecting, retrying, keeping alive. Data only."""

import json
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Final

import grpc
from google.protobuf.descriptor import MethodDescriptor

from modelregistry._wire import methods
from modelregistry._wire.settings import Settings, Tls

_MIB: Final = 1024 * 1024


def _names(called: Iterable[MethodDescriptor]) -> list[dict[str, str]]:
    return [
        {"service": method.containing_service.full_name, "method": method.name} for method in called
    ]


# Both wait through a restart, within the deadline of the call.
SERVICE_CONFIG: Final = {
    "methodConfig": [
        {
            "name": _names(methods.READS),
            "waitForReady": True,
            # A server that stops cancels calls that arrive in that moment, before any handler ran.
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
            },
        },
        # What changes something is repeated by this client, which knows what that means; see
        # `repeating`.
        {"name": _names(methods.CHANGES), "waitForReady": True},
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
