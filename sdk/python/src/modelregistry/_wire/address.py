"""The address of a registry, checked before a connection is attempted."""

import re
from typing import Final

from modelregistry.errors import ConfigurationError

_RESOLVERS: Final = frozenset({"dns", "ipv4", "ipv6", "unix", "unix-abstract", "vsock", "xds"})
_WEB: Final = frozenset({"http", "https", "grpc", "grpcs"})
_PORT: Final = re.compile(r"[0-9]{1,5}")
_MOST: Final = 65_535


def check_address(target: str) -> None:
    """Raise ConfigurationError unless a target is `host:port`, or has a scheme of gRPC's own."""
    scheme, _, rest = target.partition(":")
    if scheme in _RESOLVERS and rest and not rest.isdigit():
        return
    if "@" in target:
        message = (
            "the address (not shown) has a user or password: give HOST:PORT, and the token by "
            "`token` or MODELREG_TOKEN"
        )
        raise ConfigurationError(message)
    if scheme.lower() in _WEB and rest.startswith("//"):
        address = rest.strip("/").partition("/")[0]
        message = f"{target!r} is a URL: give host and port without a scheme, {address!r}"
        raise ConfigurationError(message)
    host, port = _parts(target)
    if not host or any(each.isspace() or each in "/[]" for each in host) or not _is_port(port):
        message = f"{target!r} is not HOST:PORT, such as localhost:50051 or [::1]:50051"
        raise ConfigurationError(message)


def _parts(target: str) -> tuple[str, str]:
    if target.startswith("["):
        host, _, port = target[1:].partition("]:")
        return host, port
    host, _, port = target.rpartition(":")
    return ("" if ":" in host else host), port


def _is_port(text: str) -> bool:
    return _PORT.fullmatch(text) is not None and 0 < int(text) <= _MOST
