"""What references named when the registry was last there: to begin with when it is not."""

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

_LOG: Final = logging.getLogger("modelregistry")
_FORMAT: Final = 1
_LONGEST: Final = 4 * 1024 * 1024
# What any bytes can lead to: numbers without bounds and endless brackets, too.
_NOT_ONE: Final = (
    OSError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RecursionError,
)


@dataclass(frozen=True, slots=True)
class Known:
    """An answer of an earlier run."""

    version: Mapping[str, Any]
    """As the contract writes it in JSON."""
    revision: int
    age: float
    """Seconds since the registry stood behind it."""


class LastKnown:
    """The last answers of one registry, one file for each reference; shared by processes.

    A file appears whole or not at all, survives a loss of power, and has a checksum: one that was
    damaged is none. Losing it costs nothing while the registry is there, so a file that cannot be
    written is only logged.
    """

    def __init__(self, folder: Path, target: str) -> None:
        self._folder = folder / "answers"
        self._target = target

    def path(self, ref: str) -> Path:
        """Return where the answer for a reference is."""
        key = json.dumps([self._target, *self._about(ref)])
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:40]}.json"

    def _about(self, ref: str) -> tuple[str, str]:
        return names.segment(names.model_of(ref), "namespaces"), ref

    def read(self, ref: str) -> Known | None:
        """Return the answer; None when there is none that can be trusted."""
        try:
            with self.path(ref).open("rb") as file:
                document = json.loads(file.read(_LONGEST))
            if document.pop("sha256") != _checksum(document) or document["format"] != _FORMAT:
                return None
            if [document["target"], document["ref"]] != [self._target, ref]:
                return None
            then = datetime.fromisoformat(document["time"])
            age = time.time() - then.timestamp()
            return Known(document["version"], int(document["revision"]), max(0.0, age))
        except _NOT_ONE:
            return None

    def write(
        self, ref: str, version: Mapping[str, Any], revision: int, age: float, history: str = ""
    ) -> None:
        """Keep an answer that the registry stood behind `age` seconds ago.

        history: of which the revision is. Nothing is concluded from either when it is read again.
        """
        namespace, _ = self._about(ref)
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
            _LOG.warning("the last known answer for %s was not kept: %s", ref, error)

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
            os.fsync(folder)  # the name is on disk only once the folder is
        finally:
            os.close(folder)

    def remove(self, ref: str) -> None:
        """Forget an answer: the registry says that the reference names nothing any more."""
        try:
            self.path(ref).unlink(missing_ok=True)
        except OSError as error:
            _LOG.warning("the last known answer for %s was not removed: %s", ref, error)


def _checksum(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
