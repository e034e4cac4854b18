"""The options of the client, completed and checked once."""

import ipaddress
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from modelregistry._local import cache_settings
from modelregistry._local.cache_settings import CacheSettings
from modelregistry._secret import Secret
from modelregistry.cache import Cache
from modelregistry.errors import ConfigurationError
from modelregistry.names import DEFAULT_NAMESPACE

DEFAULT_TARGET: Final = "localhost:50051"
DEFAULT_TIMEOUT_S: Final = 30.0
SILENCE_S: Final = 30.0
"""Three times the interval of the bookmarks of an idle registry."""

Token = str | Callable[[], str]
"""A token, or a function that returns the present one before each call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tls:
    """PEM files for TLS; all optional.

    `ca` has the certificates to trust instead of the system's; `cert` and `key` belong together and
    identify the client (mutual TLS).
    """

    ca: str | Path | None = None
    cert: str | Path | None = None
    key: str | Path | None = None

    def __bool__(self) -> bool:
        """Return whether any file is given."""
        return any((self.ca, self.cert, self.key))


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The completed options of a client."""

    target: str
    token: Secret | Callable[[], str] | None
    namespace: str
    tls: Tls
    timeout: float
    """The deadline of a unary call in seconds."""
    plaintext: bool
    cache: CacheSettings
    """The settings of the local cache."""
    connect_timeout: float | None = None
    """Seconds for the first connection; None for the deadline of the call that needs it."""
    silence: float = SILENCE_S
    """Seconds without a message after which a watch counts its connection as lost."""

    @property
    def loopback(self) -> bool:
        """Whether the target is this machine."""
        return is_loopback(self.target)


def complete(  # noqa: PLR0913 - options that people set by name
    target: str | None,
    *,
    token: Token | None = None,
    namespace: str = DEFAULT_NAMESPACE,
    tls: Tls | None = None,
    timeout: float = DEFAULT_TIMEOUT_S,
    plaintext: bool | None = None,
    token_in_plaintext: bool = False,
    cache: Cache | str | Path | bool | None = None,
    connect_timeout: float | None = None,
) -> Settings:
    """Complete the options from the environment (`MODELREG_SERVER` and so on), and check them.

    Raises ConfigurationError when they contradict each other, or would send a token unencrypted to
    another machine without `token_in_plaintext`.
    """
    where = target or os.environ.get("MODELREG_SERVER") or DEFAULT_TARGET
    files = tls or Tls()
    clear = (is_loopback(where) and not files) if plaintext is None else plaintext
    settings = Settings(
        target=where,
        token=_hidden(token if token is not None else os.environ.get("MODELREG_TOKEN") or None),
        namespace=namespace,
        tls=files,
        timeout=timeout,
        plaintext=clear,
        cache=cache_settings.complete(cache, os.environ),
        connect_timeout=connect_timeout,
    )
    _check(settings, token_in_plaintext=token_in_plaintext)
    return settings


def _hidden(token: Token | None) -> Secret | Callable[[], str] | None:
    return (Secret(token) or None) if isinstance(token, str) else token


def _check(settings: Settings, *, token_in_plaintext: bool) -> None:
    if settings.plaintext and settings.tls:
        message = "plaintext=True and TLS files contradict each other"
        raise ConfigurationError(message)
    if bool(settings.tls.cert) != bool(settings.tls.key):
        message = "a client certificate needs both cert and key"
        raise ConfigurationError(message)
    if settings.connect_timeout is not None and settings.connect_timeout <= 0:
        message = f"connect_timeout must be above 0 seconds: {settings.connect_timeout}"
        raise ConfigurationError(message)
    if settings.timeout <= 0:
        message = f"timeout must be above 0 seconds: {settings.timeout}"
        raise ConfigurationError(message)
    exposed = settings.plaintext and not settings.loopback and settings.token is not None
    if exposed and not token_in_plaintext:
        message = (
            f"the token would travel unencrypted to {settings.target}; "
            "use TLS, or pass token_in_plaintext=True if the network is trusted"
        )
        raise ConfigurationError(message)


def is_loopback(target: str) -> bool:
    """Return whether a gRPC target is on this machine: `localhost`, 127.0.0.0/8, `::1`, a socket.

    A name that resolves to a loopback address is not, because its address can change.
    """
    scheme, colon, rest = target.partition(":")
    if scheme in {"unix", "unix-abstract"} and colon:
        return True
    if scheme in {"dns", "ipv4", "ipv6"} and rest and not rest.isdigit():
        if scheme == "dns" and rest.startswith("//") and not rest.startswith("///"):
            return False  # it has a resolver scheme of its own
        target = rest.removeprefix("///")
    host = _host(target)
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host(address: str) -> str:
    if address.startswith("["):
        return address[1:].partition("]")[0]
    return address.rpartition(":")[0] if address.count(":") == 1 else address
