"""Whether a folder holds a version already."""

import os
import stat
import time
from collections.abc import Sequence
from pathlib import Path

from modelregistry._local.files import HashedFile, LocalFile, hash_file
from modelregistry._local.hash_memory import HashMemory
from modelregistry.errors import FileChanged
from modelregistry.types import FileEntry


def holds(folder: Path, files: Sequence[FileEntry], hashes: HashMemory, *, full: bool) -> bool:
    """Tell whether the folder has exactly these files with exactly these bytes.

    A file that was hashed before and has not changed since is not read again, unless `full`.
    """
    try:
        present = _present(folder, {entry.path: entry.size_bytes for entry in files})
        if present is None:
            return False
        known = {} if full else hashes.recall(present.values())
        return _agree(files, present, known, hashes)
    except (OSError, FileChanged):
        return False


def _agree(
    files: Sequence[FileEntry],
    present: dict[str, LocalFile],
    known: dict[str, HashedFile],
    hashes: HashMemory,
) -> bool:
    wanted = {entry.path: entry.digest for entry in files}
    if any(item.digest != wanted[name] for name, item in known.items()):
        return False
    begun, fresh = time.time_ns(), []
    for name, file in present.items():
        if name not in known:
            fresh.append(hash_file(file))
            if fresh[-1].digest != wanted[name]:
                return False
    hashes.remember(fresh, begun_ns=begun)
    return True


def _present(folder: Path, sizes: dict[str, int]) -> dict[str, LocalFile] | None:
    """Return the files of the folder, or None when they cannot be those."""
    found: dict[str, LocalFile] = {}
    for inner, folders, names in os.walk(folder):
        for name in [*folders, *names]:
            path = Path(inner, name)
            status = path.lstat()
            if stat.S_ISDIR(status.st_mode):
                continue
            file = LocalFile.of(path, path.relative_to(folder).as_posix(), status)
            if not stat.S_ISREG(status.st_mode) or sizes.get(file.name) != file.size:
                return None
            found[file.name] = file
    return found if len(found) == len(sizes) else None


def remember(folder: Path, files: Sequence[FileEntry], hashes: HashMemory) -> None:
    """Remember the digests of files that were just put there, their times set back."""
    items = []
    for entry in files:
        path = folder / entry.path
        items.append(HashedFile(LocalFile.of(path, entry.path, path.stat()), entry.digest))
    hashes.remember(items, begun_ns=time.time_ns())
