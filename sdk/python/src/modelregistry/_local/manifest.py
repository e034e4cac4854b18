"""Checking a list of files against the version that it claims to belong to."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from modelregistry._local import paths
from modelregistry.errors import ContentMismatch
from modelregistry.types import FileEntry, Version

MOST_FILES: Final = 200_000
"""Ten times what the contract allows: a longer list is not read to its end."""


def root_digest(files: Iterable[FileEntry]) -> str:
    """Return `sha256:<hex>` over the files, as the contract states it for `Version.root_digest`."""
    lines = hashlib.sha256()
    for entry in sorted(files, key=lambda entry: entry.path.encode()):
        line = f"{entry.digest.removeprefix('sha256:')} {entry.size_bytes} {entry.path}\n"
        lines.update(line.encode())
    return f"sha256:{lines.hexdigest()}"


def too_many(version: Version, most: int) -> ContentMismatch:
    """Return the error for a list that goes on beyond what its version has, or any may have."""
    return _mismatch(version, f"are more than {min(most, MOST_FILES)}")


def verify(version: Version, files: Sequence[FileEntry]) -> None:
    """Raise ContentMismatch unless these are the version's files and may be written to a disk.

    A version that states no size or number of files is taken at its root digest.
    """
    actual = root_digest(files)
    if actual != version.root_digest:
        raise _mismatch(version, f"hash to {actual}, not to the version's {version.root_digest}")
    if version.file_count not in {0, len(files)}:
        raise _mismatch(version, f"are {len(files)}, not {version.file_count}")
    total = sum(entry.size_bytes for entry in files)
    if version.size_bytes not in {0, total}:
        raise _mismatch(version, f"have {total} bytes, not {version.size_bytes}")
    sizes: dict[str, int] = {}
    for entry in files:
        if sizes.setdefault(entry.digest, entry.size_bytes) != entry.size_bytes:
            raise _mismatch(version, f"have {entry.digest} in two sizes")
    problems = paths.violations(entry.path for entry in files)
    if problems:
        message = f"{version.ref} has a path that cannot be written: {problems[0].field}"
        raise ContentMismatch(message, metadata={"resource": version.name}, violations=problems)


def _mismatch(version: Version, problem: str) -> ContentMismatch:
    message = f"the files listed for {version.ref} {problem}"
    return ContentMismatch(message, metadata={"resource": version.name})
