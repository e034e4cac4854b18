"""The manifest of a version: the rules for its paths, its root digest, and checks of both.

The rules for paths are those that the contract states for `FileEntry.path`. They apply on every
system: a path that is safe here may be pulled on a machine with drives.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from modelregistry._visible import has_control_characters
from modelregistry.errors import ContentMismatch, Violation
from modelregistry.types import FileEntry, Version

MAX_PATH_BYTES: Final = 1024
_PLAIN: Final = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)*", re.ASCII)
_DRIVE: Final = re.compile(r"[A-Za-z]:")


def path_violations(paths: Iterable[str]) -> list[Violation]:
    """Return all violations of these paths, of each path alone and of pairs."""
    listed = list(paths)
    alone = [Violation(repr(path), problem) for path in listed for problem in _problems(path)]
    return alone + list(_clashes(listed))


def path_problem(path: str) -> str | None:
    """Return the first problem of a path; None when it is safe to write."""
    return next(_problems(path), None)


def _problems(path: str) -> Iterator[str]:
    if _is_plain(path):
        return
    try:
        size = len(path.encode())
    except UnicodeEncodeError:
        yield "is not valid Unicode"
        return
    if size > MAX_PATH_BYTES:
        yield f"is {size} bytes long; at most {MAX_PATH_BYTES} are allowed"
        return
    if unicodedata.normalize("NFC", path) != path:
        yield "is not in Unicode form NFC"
    if path.startswith("/") or _DRIVE.match(path):
        yield "is absolute: it starts with '/', or with a drive as on Windows, such as 'a:'"
    else:
        yield from _part_problems(path.split("/"))
    if "\\" in path:
        yield "has a backslash"
    if has_control_characters(path):
        yield "has a character that controls a terminal, the direction of text or a line"


def _is_plain(path: str) -> bool:
    """Return whether a path needs no further checks: a fast path, because manifests are long."""
    return _PLAIN.fullmatch(path) is not None and len(path) <= MAX_PATH_BYTES


def _part_problems(parts: list[str]) -> Iterator[str]:
    if any(not part for part in parts):
        yield "has an empty part"
    if any(part in {".", ".."} for part in parts):
        yield "has a part '.' or '..'"
    if any(part != part.strip() for part in parts):
        yield "has a part with leading or trailing space"


def _folded(path: str) -> str:
    if path.isascii():
        return path.casefold()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", path).casefold())


def _clashes(paths: list[str]) -> Iterator[Violation]:
    seen: dict[str, str] = {}
    for path in paths:
        key = _folded(path)
        if key in seen:
            yield Violation(repr(path), _how_alike(path, seen[key]))
        else:
            seen[key] = path
    # NUL sorts before all else, so what lies below a path follows it without a gap.
    above: str | None = None
    for key in sorted(seen, key=lambda key: key.replace("/", "\0")):
        if above is not None and key.startswith(f"{above}/"):
            yield Violation(repr(seen[key]), f"lies in {seen[above]!r}, which is a file")
        else:
            above = key


def _how_alike(path: str, other: str) -> str:
    if path == other:
        return "appears twice"
    return f"differs from {other!r} only in case or Unicode form"


MOST_FILES: Final = 200_000
"""Ten times what the contract allows: the client stops to read a longer list."""


def root_digest(files: Iterable[FileEntry]) -> str:
    """Return the root digest of files, as the contract defines `Version.root_digest`."""
    lines = hashlib.sha256()
    for entry in sorted(files, key=lambda entry: entry.path.encode()):
        line = f"{entry.digest.removeprefix('sha256:')} {entry.size_bytes} {entry.path}\n"
        lines.update(line.encode())
    return f"sha256:{lines.hexdigest()}"


def too_many(version: Version, most: int) -> ContentMismatch:
    """Return the error for a list that exceeds the file count of its version, or MOST_FILES."""
    return _mismatch(version, f"are more than {min(most, MOST_FILES)}")


def verify(version: Version, files: Sequence[FileEntry]) -> None:
    """Raise ContentMismatch unless these are the version's files and safe to write to a disk.

    Size and number of files are checked if the version states them.
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
    problems = path_violations(entry.path for entry in files)
    if problems:
        message = f"{version.ref} has a path that cannot be written: {problems[0].field}"
        raise ContentMismatch(message, metadata={"resource": version.name}, violations=problems)


def _mismatch(version: Version, problem: str) -> ContentMismatch:
    message = f"the files listed for {version.ref} {problem}"
    return ContentMismatch(message, metadata={"resource": version.name})
