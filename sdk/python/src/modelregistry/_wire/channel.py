"""The options of the channel: reconnecting, retrying, keepalive. Data only."""

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


# Reads and changes wait through a restart, within the deadline of the call.
SERVICE_CONFIG: Final = {
    "methodConfig": [
        {
            "name": _names(methods.READS),
            "waitForReady": True,
            # A stopping server cancels calls that arrive before their handler runs.
            "retryPolicy": {
                "maxAttempts": 5,
                "initialBackoff": "0.1s",
                "maxBackoff": "2s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE", "CANCELLED"],
            },
        },
        # The client repeats changes itself; see `mutation_retry`.
        {"name": _names(methods.CHANGES), "waitForReady": True},
    ],
}


def options(settings: Settings, connection: int = 0) -> list[tuple[str, str | int]]:
    """Return the channel arguments.

    connection: channels of a process with the same number share a connection, see `lanes`.
    """
    return [
        ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
        # Otherwise a TXT record of the server's name could replace the service config.
        ("grpc.service_config_disable_resolution", 1),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 1_000),
        # Also the timeout of a connection attempt: a shorter one would end slow TLS handshakes.
        ("grpc.min_reconnect_backoff_ms", 3_000),
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.keepalive_timeout_ms", 10_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.max_receive_message_length", 16 * _MIB),
        # The trailer of an error has its findings in base64, up to call.DETAIL_BYTES.
        ("grpc.max_metadata_size", 2 * _MIB),
        ("grpc.absolute_max_metadata_size", 2 * _MIB),
        # One frame for a piece of a file, instead of 64 of the default size.
        ("grpc.http2.max_frame_size", _MIB),
        # Larger requests are not retried; a registration of 20,000 files has about 4 MiB.
        ("grpc.per_rpc_retry_buffer_size", 8 * _MIB),
        ("grpc.primary_user_agent", f"modelregistry-python/{_version()}"),
        # Connections to this machine use no proxy.
        ("grpc.enable_http_proxy", 0 if settings.loopback else 1),
        ("modelregistry.connection", connection),
    ]


def credentials(tls: Tls) -> grpc.ChannelCredentials:
    """Read the files and return the credentials; raise OSError."""
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
