"""The files of a push: finding, hashing and reading them, and detecting changes meanwhile."""

import errno
import hashlib
import mimetypes
import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import FileIO
from pathlib import Path
from typing import Final, Self

from modelregistry._local.folder_tree import naming
from modelregistry._local.hashing import sha256_of
from modelregistry._local.manifest import path_violations
from modelregistry.errors import FileChanged, InvalidRequest, Violation
from modelregistry.types import FileEntry

# Built-in types only, so that a manifest does not depend on the tables of this machine.
_TYPES: Final = mimetypes.MimeTypes()


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file, with its state when it was found."""

    path: Path
    name: str
    """Its path in the manifest."""
    size: int
    state: tuple[int, int, int]
    """Modification time in nanoseconds, inode and device, which change with the file."""

    @classmethod
    def of(cls, path: Path, name: str, status: os.stat_result) -> Self:
        """Create it from a path and its status."""
        state = (status.st_mtime_ns, status.st_ino, status.st_dev)
        return cls(path, name, status.st_size, state)

    def entry(self, digest: str) -> FileEntry:
        """Return its line in the manifest, with this digest."""
        name = self.name.rpartition("/")[2].lstrip(".")
        return FileEntry(
            path=self.name,
            digest=digest,
            size_bytes=self.size,
            media_type=_media_type("".join(name.partition(".")[1:])),
        )

    def check_unchanged(self) -> None:
        """Raise FileChanged unless the file has the state in which it was found."""
        try:
            now = LocalFile.of(self.path, self.name, self.path.stat())
        except FileNotFoundError as error:
            raise self.changed() from error
        if now != self:
            raise self.changed()

    def changed(self) -> FileChanged:
        """Return the error for a change of this file."""
        message = f"{self.path} changed while it was being pushed; nothing was registered"
        return FileChanged(message, metadata={"path": str(self.path)})


@dataclass(frozen=True, slots=True)
class HashedFile:
    """A file and the digest of its bytes."""

    file: LocalFile
    digest: str
    """`sha256:<hex>`."""

    @property
    def size(self) -> int:
        """Bytes."""
        return self.file.size

    def entry(self) -> FileEntry:
        """Return its line in the manifest."""
        return self.file.entry(self.digest)


@lru_cache(maxsize=1024)
def _media_type(suffixes: str) -> str:
    """Return the media type for suffixes, '' for unknown ones; many files share them."""
    media_type, encoding = _TYPES.guess_type(f"name{suffixes}", strict=True)
    return media_type if media_type and not encoding else ""


def hash_file(file: LocalFile) -> HashedFile:
    """Hash a file; raise FileChanged when it has changed since it was found."""
    with naming(file.path), file.path.open("rb", buffering=0) as stream:
        digest = sha256_of(stream)
    file.check_unchanged()
    return HashedFile(file, digest)


def read_file(file: LocalFile) -> tuple[HashedFile, bytes]:
    """Return the bytes of a small file and their digest; raise FileChanged like `hash_file`."""
    try:
        with naming(file.path), FileIO(os.fspath(file.path)) as stream:
            data = stream.read(file.size + 1)
            now = LocalFile.of(file.path, file.name, os.fstat(stream.fileno()))
    except FileNotFoundError as error:
        raise file.changed() from error
    if len(data) != file.size or now != file:
        raise file.changed()
    return HashedFile(file, f"sha256:{hashlib.sha256(data).hexdigest()}"), data


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder during a scan: its path, the prefix of its names, and the real folders above it."""

    path: Path
    prefix: str
    above: tuple[Path, ...]


def scan(path: str | Path) -> list[LocalFile]:
    """Return the files at `path`, sorted by the bytes of their names in the manifest.

    `path` is a file, whose name is its last part, or a folder, whose files have their relative
    paths in Unicode form NFC as names. Hidden files are included. A symbolic link to a file or
    folder inside the folder is followed. Links that lead outside, to nothing, or back to a folder
    above, sockets, devices and names that the registry does not allow are violations.

    Raises InvalidRequest with all violations, FileNotFoundError when `path` does not exist, and
    OSError for files and folders that cannot be read.
    """
    path = _path_of(path)
    root = _resolved(path)
    found = list(_walk(root)) if root.is_dir() else [_file(root, path.name)]
    files = [item for item in found if isinstance(item, LocalFile)]
    problems = [item for item in found if isinstance(item, Violation)]
    problems += path_violations(file.name for file in files)
    if not files and not problems:
        problems = [Violation(str(path), "has no files; a version has at least one")]
    if problems:
        raise InvalidRequest(_sentence(problems), violations=problems)
    for file in files:
        if not os.access(file.path, os.R_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(file.path))
    return sorted(files, key=lambda file: file.name.encode())


def _resolved(path: Path) -> Path:
    try:
        with naming(path):
            return path.resolve(strict=True)
    except RuntimeError as error:
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from error


def _path_of(given: object) -> Path:
    if not isinstance(given, str | os.PathLike) or isinstance(os.fspath(given), bytes):
        problem = f"must be a path (str or Path), not {type(given).__name__}"
    elif "\0" in os.fspath(given):
        problem = "may not contain the NUL character"
    else:
        return Path(given)
    violation = Violation("path", problem)
    raise InvalidRequest(_sentence([violation]), violations=[violation])


def _sentence(problems: list[Violation]) -> str:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{first.field} {first.description}{more}"


def _walk(root: Path) -> Iterator[LocalFile | Violation]:
    # Without recursion, because a tree may be deeper than Python's stack.
    waiting = [_Folder(root, "", (root,))]
    while waiting:
        folder = waiting.pop()
        with os.scandir(folder.path) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
        for entry in entries:
            found = _found(entry, folder, root)
            if isinstance(found, _Folder):
                waiting.append(found)
            else:
                yield found


def _found(entry: os.DirEntry[str], folder: _Folder, root: Path) -> LocalFile | Violation | _Folder:
    path, name = Path(entry.path), folder.prefix + entry.name
    if entry.is_symlink():
        return _follow(path, name, folder, root)
    if entry.is_dir():
        return _Folder(path, f"{name}/", (*folder.above, path))
    return _file(path, name)


def _follow(link: Path, name: str, folder: _Folder, root: Path) -> LocalFile | Violation | _Folder:
    try:
        real = link.resolve(strict=True)
    except (OSError, RuntimeError):
        return Violation(repr(name), "is a symbolic link that leads nowhere")
    if not real.is_relative_to(root):
        return Violation(repr(name), f"is a symbolic link out of the folder, to {real}")
    if real in folder.above:
        return Violation(repr(name), "is a symbolic link back to a folder above it")
    if real.is_dir():
        return _Folder(real, f"{name}/", (*folder.above, real))
    return _file(real, name)


def _file(path: Path, name: str) -> LocalFile | Violation:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        return Violation(repr(name), "is neither a file nor a folder")
    return LocalFile.of(path, unicodedata.normalize("NFC", name), status)
