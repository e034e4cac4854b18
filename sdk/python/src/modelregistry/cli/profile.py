"""Profiles: connection settings of registries in a file.

    # ~/.config/modelreg/profiles.toml, mode 0600
    [default]
    server = "registry.example:443"
    token = "…"

    [staging]
    server = "staging.example:443"
    namespace = "risk"

`default` is used when no other is selected.
"""

import os
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from modelregistry._secret import Secret
from modelregistry.errors import ConfigurationError

DEFAULT_PROFILE: Final = "default"
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_FLAGS: Final = frozenset({"plaintext", "token_in_plaintext"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One table of the file; None for absent keys."""

    server: str | None = None
    token: Secret | None = None
    namespace: str | None = None
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    plaintext: bool | None = None
    token_in_plaintext: bool | None = None


def profiles_path(environ: Mapping[str, str]) -> Path | None:
    """Return the path of the file, in `$XDG_CONFIG_HOME/modelreg` or `~/.config/modelreg`.

    None for a user without a home folder.
    """
    config = environ.get("XDG_CONFIG_HOME", "")
    try:
        # The XDG specification requires that a relative path is ignored.
        folder = Path(config) if Path(config).is_absolute() else Path.home() / ".config"
    except RuntimeError:  # no HOME, and no entry for this user where HOME would come from
        return None
    return folder / "modelreg" / "profiles.toml"


def load_profile(path: Path | None, name: str | None) -> Profile:
    """Return the profile of this name; without a name `default`, which may be absent.

    Without a name, a folder that this user cannot search counts as empty, such as the home of
    another user. Raises ConfigurationError when the profile is missing, when the file is invalid,
    or when it contains a token and other users can read it.
    """
    missing = "there is no home folder" if path is None else _missing(path)
    if path is None or missing:
        if name is None:
            return Profile()
        message = f"profile {name!r}: {missing}"
        raise ConfigurationError(message)
    tables = _read(path)
    if any(isinstance(table, dict) and "token" in table for table in tables.values()):
        _check_private(path)
    table = tables.get(name or DEFAULT_PROFILE)
    if table is None:
        if name is None:
            return Profile()
        message = f"profile {name!r} is not in {path}; it has {', '.join(sorted(tables)) or 'none'}"
        raise ConfigurationError(message)
    return _parse(table, f"{path}: profile {name or DEFAULT_PROFILE}")


def _missing(path: Path) -> str:
    """Return why there is no file; '' when there is one."""
    try:
        path.stat()
    except FileNotFoundError:
        return f"{path} does not exist"
    except OSError as error:
        return f"{path}: {error.strerror}"
    return ""


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        # The parser's message may quote the file, and with it a token: it is not chained.
        message = f"{path} is not valid TOML"
        raise ConfigurationError(message) from None
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}"
        raise ConfigurationError(message) from error


def _check_private(path: Path) -> None:
    mode = path.stat().st_mode
    if os.name == "posix" and mode & _OTHERS:
        message = (
            f"{path} contains a token and other users can read it (mode {stat.S_IMODE(mode):04o}): "
            f"chmod 600 {path}"
        )
        raise ConfigurationError(message)


def _parse(table: object, where: str) -> Profile:
    if not isinstance(table, dict):
        message = f"{where} is not a table"
        raise ConfigurationError(message)
    known = {each.name for each in fields(Profile)}
    unknown = sorted(set(table) - known)
    if unknown:
        message = f"{where}: unknown key {', '.join(unknown)}; known are {', '.join(sorted(known))}"
        raise ConfigurationError(message)
    for key, value in table.items():
        wanted, noun = (bool, "true or false") if key in _FLAGS else (str, "a text")
        if not isinstance(value, wanted):
            message = f"{where}: {key} must be {noun}"
            raise ConfigurationError(message)
    token = table.get("token")
    return Profile(**table | {"token": None if token is None else Secret(token)})
