"""Checking a list of files against the version that it claims to belong to."""

import hashlib
from collections.abc import Iterable, Sequence

from modelregistry._local import paths
from modelregistry.errors import ContentMismatch
from modelregistry.types import FileEntry, Version


def root_digest(files: Iterable[FileEntry]) -> str:
    """Return `sha256:<hex>` over the files, as the contract states it for `Version.root_digest`."""
    lines = hashlib.sha256()
    for entry in sorted(files, key=lambda entry: entry.path.encode()):
        line = f"{entry.digest.removeprefix('sha256:')} {entry.size_bytes} {entry.path}\n"
        lines.update(line.encode())
    return f"sha256:{lines.hexdigest()}"


def verify(version: Version, files: Sequence[FileEntry]) -> None:
    """Raise ContentMismatch unless these are the version's files and may be written to a disk."""
    actual = root_digest(files)
    if actual != version.root_digest:
        message = (
            f"the files listed for {version.ref} hash to {actual}, "
            f"not to the version's {version.root_digest}"
        )
        raise ContentMismatch(message, metadata={"resource": version.name})
    problems = paths.violations(entry.path for entry in files)
    if problems:
        message = f"{version.ref} has a path that cannot be written: {problems[0].field}"
        raise ContentMismatch(message, metadata={"resource": version.name}, violations=problems)
