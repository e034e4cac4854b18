"""The last answers for references, which resolvers start with when the registry is unavailable."""

import hashlib
import json
import logging
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from modelregistry import names
from modelregistry._local.cache_failure import is_trusted, warn
from modelregistry.names import FOLLOWED_ROUTE

_LOG: Final = logging.getLogger("modelregistry")
_FORMAT: Final = 1
_LONGEST: Final = 4 * 1024 * 1024
# Errors that arbitrary bytes can cause, with unbounded numbers and deep nesting.
_UNREADABLE: Final = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class KnownAnswer:
    """An answer of an earlier run."""

    version: Mapping[str, Any]
    """The version, or the route, in the JSON form of the contract."""
    revision: int
    age: float
    """Seconds since the registry confirmed it."""


class LastKnown:
    """The last answers of one registry, in one file for each reference, shared between processes.

    A file is replaced atomically, survives a loss of power and has a checksum; a damaged file is
    ignored. The files matter only while the registry is unavailable, so a failure to write one is
    not raised: the first one logs a warning.
    """

    def __init__(self, folder: Path, target: str) -> None:
        self._folder = folder / "answers"
        self._target = target

    def path(self, ref: str) -> Path:
        """Return the path of the answer for a reference."""
        key = json.dumps([self._target, *self._key(ref)])
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.json"

    def _key(self, ref: str) -> tuple[str, str]:
        return names.segment(names.model_of(ref.removeprefix(FOLLOWED_ROUTE)), "namespaces"), ref

    def read(self, ref: str) -> KnownAnswer | None:
        """Return the answer; None when there is no valid one."""
        if not is_trusted(self._folder):
            return None
        try:
            with self.path(ref).open("rb") as file:
                document = json.loads(file.read(_LONGEST))
            if document.pop("sha256") != _checksum(document) or document["format"] != _FORMAT:
                return None
            if [document["target"], document["ref"]] != [self._target, ref]:
                return None
            then = datetime.fromisoformat(document["time"])
            age = time.time() - then.timestamp()
            return KnownAnswer(document["version"], int(document["revision"]), max(0.0, age))
        except _UNREADABLE:
            return None

    def write(
        self, ref: str, version: Mapping[str, Any], revision: int, age: float, history: str = ""
    ) -> None:
        """Write an answer, a version or a route, that the registry confirmed `age` seconds ago.

        history: the history that the revision belongs to. Readers draw no conclusions from either.
        """
        namespace, _ = self._key(ref)
        document: dict[str, Any] = {
            "format": _FORMAT,
            "target": self._target,
            "namespace": namespace,
            "ref": ref,
            "time": datetime.fromtimestamp(time.time() - age, UTC).isoformat(),
            "revision": revision,
            "history": history,
            "version": version,
        }
        document["sha256"] = _checksum(document)
        try:
            self._replace(self.path(ref), json.dumps(document, indent=1).encode())
        except OSError as error:
            warn(self._folder.parent, error)

    def _replace(self, path: Path, data: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_suffix(f".{secrets.token_hex(4)}.new")
        try:
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(handle)
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # the name is durable only after a sync of the folder
        finally:
            os.close(folder)

    def remove(self, ref: str) -> None:
        """Remove an answer, because the reference does not resolve any more."""
        try:
            self.path(ref).unlink(missing_ok=True)
        except OSError as error:
            _LOG.warning("the last answer for %s was not removed: %s", ref, error)


def _checksum(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
