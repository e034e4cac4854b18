"""Follows an alias: one model serves, and the next one is loaded beside it."""

import logging
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from serving_models import RETRY_S, Choice, load, root_digest

from modelregistry import Client, RegistryError, Version

log = logging.getLogger("serving")


class AliasFollower:
    """Keeps the version that a reference resolves to in `loaded`, which is replaced atomically."""

    def __init__(self, registry: Client, ref: str, folder: Path, target: str) -> None:
        """Load the present version; raises the error if that fails."""
        self.problem = ""
        self._registry = registry
        self._folder = folder
        self._update_lock = threading.Lock()
        with self._update_lock:
            self.champion = registry.resolver(ref, on_change=self._update, target=target).open()
            version = self.champion.version
            self._fetch(version)
            self.loaded = load(version.ref, self._folder)

    def _update(self, _now: Version | None, _before: Version | None) -> None:
        # The resolver calls this in its own thread, so that no request waits while a model is
        # fetched and loaded. Changes meanwhile are reported in the next call.
        with self._update_lock:
            while not self._is_updated():
                time.sleep(RETRY_S)

    def _is_updated(self) -> bool:
        """Serve the present version; False when another attempt may succeed."""
        try:
            version = self.champion.version
            self._fetch(version)
        except (RegistryError, OSError) as error:  # not found, unavailable, disk full
            self._report(f"{self.champion.ref} cannot be followed: {error}")
            return False
        try:
            self.loaded = load(version.ref, self._folder)
            self._report("")
        except Exception as error:
            # A version is immutable, so this one never loads: wait for another one.
            self.problem = f"{version.ref} does not load: {error!r}"
            log.exception("%s does not load; still serving %s", version.ref, self.loaded.ref)
        return True

    def _fetch(self, version: Version) -> None:
        # A folder with the digest of the version has its bytes; the registry is not needed then.
        if root_digest(self._folder) != version.root_digest:
            self._registry.pull(version, self._folder)

    def _report(self, problem: str) -> None:
        if problem and problem != self.problem:
            log.warning("%s; still serving %s", problem, self.loaded.ref)
        self.problem = problem

    def choose(self, _unit: str) -> Choice:
        """Return the served version."""
        return Choice(self.loaded, {})  # read once: one version for the whole answer

    def copy(self, _choice: Choice, _rows: object, _predictions: list[object]) -> None:
        """Do nothing: an alias has no shadow arms."""

    def close(self) -> None:
        """Stop following."""
        self.champion.close()

    def health(self) -> Mapping[str, object]:
        """Return the served version, and the seconds since the registry last confirmed it."""
        return {
            "version": self.loaded.ref,
            "age_s": round(self.champion.age, 3),
            "stale": self.champion.stale,
            "problem": self.problem,
        }
