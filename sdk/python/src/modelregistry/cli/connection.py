"""The connection settings of a command, from flags, environment variables and profile."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, TypeVar

from modelregistry import Client
from modelregistry._secret import Secret
from modelregistry._wire.settings import DEFAULT_TARGET, DEFAULT_TIMEOUT_S, is_loopback
from modelregistry.cli.profile import Profile, load_profile, profiles_path
from modelregistry.errors import ConfigurationError
from modelregistry.names import DEFAULT_NAMESPACE

Value = TypeVar("Value")

_LONGEST_TOKEN: Final = 4096
_CONNECT_S: Final = 3.0
"""A person waits no longer for a registry that never replied; reconnecting may take the timeout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """The options that every command accepts; None if not given."""

    server: str | None = None
    token_file: Path | None = None
    profile: str | None = None
    namespace: str | None = None
    ca: Path | None = None
    cert: Path | None = None
    key: Path | None = None
    plaintext: bool | None = None
    token_in_plaintext: bool | None = None
    timeout: float | None = None
    as_json: bool | None = None

    def over(self, outer: "Flags") -> "Flags":
        """Return these flags, completed by those given before the command."""
        return Flags(
            **{
                each.name: _first(getattr(self, each.name), getattr(outer, each.name))
                for each in fields(Flags)
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The settings of a client."""

    server: str = DEFAULT_TARGET
    token: Secret | None = None
    namespace: str = DEFAULT_NAMESPACE
    ca: Path | str | None = None
    cert: Path | str | None = None
    key: Path | str | None = None
    plaintext: bool | None = None
    token_in_plaintext: bool = False
    timeout: float = DEFAULT_TIMEOUT_S

    def client(self, *, default_token: bool = True) -> Client:
        """Return a client; ConfigurationError for options that contradict each other.

        default_token: whether MODELREG_TOKEN may be sent to this server when it has no other.
        """
        absent = None if default_token else ""
        return Client(
            self.server,
            token=absent if self.token is None else self.token.reveal(),
            namespace=self.namespace,
            ca=self.ca,
            cert=self.cert,
            key=self.key,
            timeout=self.timeout,
            plaintext=self.plaintext,
            token_in_plaintext=self.token_in_plaintext,
            connect_timeout=_CONNECT_S,
        )


def access(flags: Flags, environ: Mapping[str, str]) -> Access:
    """Return the effective settings.

    Precedence: a flag, the profile of a flag, an environment variable, the profile of an
    environment variable or `default`. A profile with a server applies to that server only: for
    another server nothing of it is used, in particular not its token. Raises ConfigurationError.
    """
    named = flags.profile or environ.get("MODELREG_PROFILE") or None
    profile = load_profile(profiles_path(environ), named)
    variables = Profile(
        server=environ.get("MODELREG_SERVER") or None,
        token=Secret(environ.get("MODELREG_TOKEN", "")) or None,
        namespace=environ.get("MODELREG_NAMESPACE") or None,
    )
    order = [profile, variables] if flags.profile else [variables, profile]
    server = _first(flags.server, *(source.server for source in order)) or DEFAULT_TARGET
    if profile.server not in {None, server}:
        profile, order = Profile(), [variables]
    namespace = _first(flags.namespace, *(source.namespace for source in order))
    token = _read_token(flags.token_file) or _first(*(source.token for source in order))
    found = Access(
        server=server,
        token=_checked(token),
        namespace=namespace or DEFAULT_NAMESPACE,
        ca=flags.ca or _path(profile.ca),
        cert=flags.cert or _path(profile.cert),
        key=flags.key or _path(profile.key),
        plaintext=_first(flags.plaintext, profile.plaintext),
        token_in_plaintext=bool(_first(flags.token_in_plaintext, profile.token_in_plaintext)),
        timeout=flags.timeout if flags.timeout is not None else DEFAULT_TIMEOUT_S,
    )
    _check_exposure(found)
    return found


def _first(*values: Value | None) -> Value | None:
    return next((value for value in values if value is not None), None)


def _path(path: str | None) -> Path | None:
    return None if path is None else Path(path).expanduser()


def _read_token(path: Path | None) -> Secret | None:
    if path is None:
        return None
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        cause = error.strerror if isinstance(error, OSError) else "it is not text"
        message = f"--token-file {path} cannot be read: {cause}"
        raise ConfigurationError(message) from error
    if not text:
        message = f"--token-file {path} is empty"
        raise ConfigurationError(message)
    return Secret(text)


def _checked(token: Secret | None) -> Secret | None:
    # gRPC would quote an invalid header, and with it the token, in its error message.
    text = "" if token is None else token.reveal()
    if not (text.isascii() and text.isprintable() and len(text) <= _LONGEST_TOKEN):
        message = "the access token contains invalid characters: is it the right file?"
        raise ConfigurationError(message)
    return token


def _check_exposure(found: Access) -> None:
    exposed = found.plaintext and found.token and not is_loopback(found.server)
    if exposed and not found.token_in_plaintext:
        message = (
            f"the token would be sent unencrypted to {found.server}: use TLS, "
            "or add --token-in-plaintext on a trusted network"
        )
        raise ConfigurationError(message)
