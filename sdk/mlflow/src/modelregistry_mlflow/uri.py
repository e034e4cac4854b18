"""The addresses of the registry and of its versions, as MLflow writes them.

`modelreg://HOST:PORT/NAMESPACE` is a registry, and with `/models/M/versions/7` behind it a version.
`modelregs://` is the same and always uses TLS.
"""

import os
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from mlflow.exceptions import MlflowException

from modelregistry._credentials import redacted
from modelregistry.names import DEFAULT_NAMESPACE

SCHEMES: Final = ("modelreg", "modelregs")
_DEFAULT_TARGET: Final = "localhost:50051"
_FLAGS: Final = {"true": True, "false": False}
_REFERENCE: Final = ("record", "refuse")
_FORM: Final = "modelreg://HOST:PORT/NAMESPACE"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistryUri:
    """The address of a namespace of a registry, and how to reach it."""

    target: str
    """`host:port`."""
    namespace: str
    tls: bool = False
    """Always use TLS; otherwise the client decides, which is plain text to this machine only."""
    plaintext: bool = False
    """Use plain text to another machine too."""
    token_in_plaintext: bool = False
    """Send a token in plain text to another machine."""
    by_reference: bool = True
    """Register a version whose bytes cannot be read by reference, and do not refuse it."""

    @property
    def text(self) -> str:
        """The address as text: equal for equal connections."""
        flags = {
            name: "true" for name in ("plaintext", "token_in_plaintext") if getattr(self, name)
        }
        query = f"?{urlencode(flags)}" if flags else ""
        return f"{SCHEMES[self.tls]}://{self.target}/{quote(self.namespace)}{query}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionUri:
    """The address of a version."""

    registry: RegistryUri
    model: str
    number: int

    @property
    def text(self) -> str:
        """The address as text."""
        base, _, query = self.registry.text.partition("?")
        tail = f"?{query}" if query else ""
        return f"{base}/models/{quote(self.model, safe='')}/versions/{self.number}{tail}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesUri:
    """The address of the files of a version, or of a folder above or in it.

    MLflow splits an address before it opens it: of `…/versions/7` it opens `…/versions` and asks
    for `7`.
    """

    registry: RegistryUri
    model: str
    path: str
    """The number of the version and a path in it, as far as the address has them."""


def parse_registry(text: str) -> RegistryUri:
    """Read the address of a registry.

    Without a host it is MODELREG_SERVER, by default localhost:50051, without a namespace
    MODELREG_NAMESPACE, by default `default`. Raises MlflowException (INVALID_PARAMETER_VALUE).
    """
    uri, parts = _parse(text)
    if len(parts) > 1:
        raise _wrong(text, f"must look like {_FORM}")
    return uri


def parse_files(text: str) -> FilesUri:
    """Read the address of files. Raises MlflowException (INVALID_PARAMETER_VALUE)."""
    uri, parts = _parse(text)
    match parts:
        case [_, "models", model, "versions", *rest] if not rest or _is_number(rest[0]):
            return FilesUri(registry=uri, model=model, path="/".join(rest))
    raise _wrong(text, f"must look like {_FORM}/models/MODEL/versions/NUMBER")


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _parse(text: str) -> tuple[RegistryUri, list[str]]:
    parsed = urlsplit(text)
    if parsed.scheme not in SCHEMES:
        raise _wrong(text, f"must look like {_FORM}")
    if "@" in parsed.netloc:
        raise _wrong("(not shown)", "has a user or password: set MODELREG_TOKEN instead")
    if parsed.fragment:
        raise _wrong(text, "has a fragment (#)")
    parts = [unquote(part) for part in parsed.path.split("/")[1:]]
    if parts and not parts[-1]:
        parts.pop()
    tls = parsed.scheme == SCHEMES[True]
    options = _options(text, parsed.query)
    if tls and options["plaintext"]:
        raise _wrong(text, "modelregs:// and plaintext=true contradict each other")
    uri = RegistryUri(
        target=parsed.netloc or os.environ.get("MODELREG_SERVER") or _DEFAULT_TARGET,
        namespace=parts[0] if parts else os.environ.get("MODELREG_NAMESPACE") or DEFAULT_NAMESPACE,
        tls=tls,
        **options,
    )
    return uri, parts


def _options(text: str, query: str) -> dict[str, bool]:
    found = {"plaintext": False, "token_in_plaintext": False, "by_reference": True}
    for key, value in parse_qsl(query, keep_blank_values=True):
        if key == "reference" and value in _REFERENCE:
            found["by_reference"] = value == "record"
        elif key in {"plaintext", "token_in_plaintext"} and value in _FLAGS:
            found[key] = _FLAGS[value]
        else:
            known = "reference=record|refuse, plaintext=true, token_in_plaintext=true"
            raise _wrong(text, f"has an unknown option {key}={value}; known are {known}")
    return found


def _wrong(text: str, problem: str) -> MlflowException:
    message = f"The registry URI {redacted(text)} {redacted(problem)}"
    return MlflowException.invalid_parameter_value(message)
