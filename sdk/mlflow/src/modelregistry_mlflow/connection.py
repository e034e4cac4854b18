"""The clients of this process: one for each registry, made at its first use.

A client is safe to use from threads and after a fork; a forked child opens its own connection. The
token is read before each call, so a rotated one is used at once.
"""

import os
import threading
from pathlib import Path
from typing import Final

from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import UNAUTHENTICATED

from modelregistry import Client
from modelregistry_mlflow.uri import RegistryUri

_FILES: Final = ("MODELREG_CA", "MODELREG_CERT", "MODELREG_KEY")


class _Clients:
    """The clients by address."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.made: dict[tuple[object, ...], Client] = {}

    def renew_lock(self) -> None:
        """Replace the lock in a forked child, where the thread that holds it does not exist."""
        self.lock = threading.Lock()


_clients: Final = _Clients()
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(after_in_child=_clients.renew_lock)


def client(uri: RegistryUri) -> Client:
    """Return the client of a registry.

    The token is MODELREG_TOKEN or the content of the file MODELREG_TOKEN_FILE, if one is set. The
    files of TLS are MODELREG_CA, MODELREG_CERT and MODELREG_KEY. Raises ConfigurationError for
    settings that contradict each other.
    """
    ca, cert, key = (os.environ.get(variable) or None for variable in _FILES)
    settings = (uri.text, ca, cert, key, has_token())
    with _clients.lock:
        if settings not in _clients.made:
            _clients.made[settings] = Client(
                uri.target,
                token=_token if has_token() else None,
                namespace=uri.namespace,
                plaintext=_plaintext(uri),
                token_in_plaintext=uri.token_in_plaintext,
                ca=ca,
                cert=cert,
                key=key,
            )
        return _clients.made[settings]


def _plaintext(uri: RegistryUri) -> bool | None:
    if uri.tls:
        return False
    return True if uri.plaintext else None


def has_token() -> bool:
    """Return whether the environment has a token."""
    return bool(os.environ.get("MODELREG_TOKEN_FILE") or os.environ.get("MODELREG_TOKEN"))


def _token() -> str:
    path = os.environ.get("MODELREG_TOKEN_FILE")
    if not path:
        return os.environ.get("MODELREG_TOKEN", "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not text"
        message = f"The file of MODELREG_TOKEN_FILE, {path}, cannot be read: {cause}"
        raise MlflowException(message, UNAUTHENTICATED) from error
