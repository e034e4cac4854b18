"""A folder that switches from version to version atomically: a symbolic link and its targets."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from modelregistry._local.folder_tree import remove_tree, sync_folder
from modelregistry._local.shared_files import close, open_locked
from modelregistry._local.stages import NEW, stage_path, stage_pattern
from modelregistry.errors import TargetRefused
from modelregistry.types import Version

_LOCK: Final = ".lock"
_DONE: Final = ".done"
_DIGEST_SHOWN: Final = 12


class LinkedFolder:
    """A link, `serving/fraud`, to a folder beside it: `serving/.fraud.versions/7-0123456789ab`.

    The target of the link is always complete, and the link switches in one step: a program that
    opens a file through it gets the old version or the new one, and open files stay as they are.
    The previous version is kept for its readers; older ones are removed.
    """

    def __init__(self, path: Path) -> None:
        self.link = Path(os.path.abspath(path))  # noqa: PTH100 - resolving would follow the link
        self.path = self.link
        """The path that its readers use; it follows the versions."""
        if not self.link.name:
            message = f"{path} cannot be a link"
            raise TargetRefused(message)
        self._folder = self.link.with_name(f".{self.link.name}.versions")
        self._check()

    def _check(self) -> None:
        if self.link.is_symlink():
            if self._target().parent != self._folder:
                message = f"{self.link} is a link to somewhere else; sync replaces its own only"
                raise TargetRefused(message)
        elif self.link.exists():
            message = f"{self.link} is not a link that sync made; it replaces nothing else"
            raise TargetRefused(message)

    def _target(self) -> Path:
        named = Path(os.path.normpath(self.link.parent / self.link.readlink()))
        return Path(os.path.abspath(named))  # noqa: PTH100 - as above

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder for this process; raise TargetRefused while another process holds it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        handle = open_locked(self._folder / _LOCK)
        if handle is None:
            message = f"another process keeps {self.link} up to date"
            raise TargetRefused(message)
        try:
            self._remove_left()
            yield
        finally:
            close(handle)

    def _remove_left(self) -> None:
        """Remove the new links of processes that were killed before they put them in place."""
        pattern = stage_pattern(self.link.name, NEW)
        for path in self.link.parent.iterdir():
            if pattern.fullmatch(path.name) and path.is_symlink():
                path.unlink()

    def folder_of(self, version: Version) -> Path:
        """Return where the files of a version belong."""
        digest = version.root_digest.rpartition(":")[2][:_DIGEST_SHOWN]
        if version.ensemble_status is not None:
            # Its digest is that of its own files: another ensemble with the number can have it.
            digest = f"{digest}-{version.uid}"
        return self._folder / f"{version.number}-{digest}"

    def current(self) -> Path | None:
        """Return the target of the link; None when the link or its target does not exist."""
        if not self.link.is_symlink() or not self.link.exists():
            return None
        return self._target()

    def switch_to(self, place: Path) -> None:
        """Switch the link to this folder, in one durable step."""
        self._check()
        # In the folder of the link, so that its text is valid before and after the step; and
        # relative, so that the folder above may be moved or mounted elsewhere.
        beside = stage_path(self.link.parent, self.link.name, NEW)
        beside.symlink_to(Path(self._folder.name, place.name))
        try:
            beside.replace(self.link)
        finally:
            beside.unlink(missing_ok=True)
        sync_folder(self.link.parent)

    def remove_others(self, *kept: Path | None) -> None:
        """Remove the other versions, and the remains of processes that died."""
        for path in self._folder.iterdir():
            if path not in kept and path.name not in {_LOCK, _DONE}:
                remove_tree(path)

    def is_done(self, place: Path) -> bool:
        """Return whether all steps that follow a switch to this version are done."""
        try:
            return (self._folder / _DONE).read_text(encoding="utf-8") == place.name
        except (OSError, UnicodeDecodeError):
            return False

    def set_done(self, place: Path) -> None:
        """Record that all steps are done, for later runs too."""
        beside = self._folder / f"{_DONE}.new"
        beside.write_text(place.name, encoding="utf-8")
        beside.replace(self._folder / _DONE)
