"""A folder that no link can replace, such as a mounted volume: it gets links to the files."""

import os
import secrets
from pathlib import Path
from typing import Final

from typing_extensions import override

from modelregistry._local.folder_tree import RECOVERED, sync_folder
from modelregistry._local.linked_folder import LinkedFolder
from modelregistry._local.mounts import mounts_within
from modelregistry.errors import TargetRefused

_CURRENT: Final = ".current"


class LinkedFiles(LinkedFolder):
    """A folder with one link for each file or folder at the top of a version.

    `/models/model.bin` leads to `.current/model.bin`, and `.current` is the link that switches in
    one step, to a folder in `..current.versions`: a reader that opens a file gets the old version
    or the new one. A file that only one of them has appears, or disappears, just after that.
    """

    def __init__(self, path: Path) -> None:
        folder = Path(os.path.abspath(path))  # noqa: PTH100 - as in LinkedFolder
        super().__init__(folder / _CURRENT)
        self.path = folder
        self._check_links()

    def _check_links(self) -> None:
        own = {self.link.name, self._folder.name, RECOVERED}
        for entry in self.path.iterdir():
            if entry.name not in own and not self._is_ours(entry):
                message = f"{entry} is not a link that sync made; it replaces nothing else"
                raise TargetRefused(message)

    def _is_ours(self, path: Path) -> bool:
        # Of a process that was killed there may be a link to the versions too.
        first = path.readlink().parts[0] if path.is_symlink() and path != self.link else ""
        return first in {_CURRENT, self._folder.name}

    @override
    def current(self) -> Path | None:
        place = super().current()
        if place is None or all(self._is_ours(self.path / path.name) for path in place.iterdir()):
            return place
        return None  # a process was killed while it made the links

    @override
    def switch_to(self, place: Path) -> None:
        self._check_links()
        names = {entry.name for entry in place.iterdir()}
        if taken := names & {self.link.name, self._folder.name}:
            message = f"the version has {min(taken)}, a name that sync uses in {self.path}"
            raise TargetRefused(message)
        super().switch_to(place)
        for name in names:
            self._link(name)
        for entry in self.path.iterdir():
            if entry.name not in names and self._is_ours(entry):
                entry.unlink()
        sync_folder(self.path)

    def _link(self, name: str) -> None:
        beside = self.path / f"{_CURRENT}.{secrets.token_hex(4)}.new"
        beside.symlink_to(Path(_CURRENT, name))
        beside.replace(self.path / name)


def linked(path: Path) -> LinkedFolder:
    """Return what keeps a path in sync: links in it where it cannot become a link, else the link.

    Raises TargetRefused for what sync did not make and does not replace.
    """
    if path.is_dir() and not path.is_symlink():
        folder = path.resolve()
        if folder in mounts_within(folder) or not os.access(folder.parent, os.W_OK | os.X_OK):
            return LinkedFiles(path)
    return LinkedFolder(path)
