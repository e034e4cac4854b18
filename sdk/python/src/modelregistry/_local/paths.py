"""The rules for paths in a manifest, as the contract states them for `FileEntry.path`.

They hold on every system: a path that is safe here may be pulled on a machine with drives.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from modelregistry._visible import steers
from modelregistry.errors import Violation

MAX_PATH_BYTES: Final = 1024
_PLAIN: Final = re.compile(r"\w[\w.-]*(?:/\w[\w.-]*)*", re.ASCII)
_DRIVE: Final = re.compile(r"[A-Za-z]:")


def violations(paths: Iterable[str]) -> list[Violation]:
    """Return everything that is wrong with these paths, each alone and against each other."""
    listed = list(paths)
    alone = [Violation(repr(path), problem) for path in listed for problem in _problems(path)]
    return alone + clashes(listed)


def problem(path: str) -> str | None:
    """Return the first thing that is wrong with a path alone; None when it may be written."""
    return next(_problems(path), None)


def clashes(paths: Iterable[str]) -> list[Violation]:
    """Return what is wrong with these paths against each other."""
    return list(_clashes(list(paths)))


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
        yield "is absolute"
    else:
        yield from _part_problems(path.split("/"))
    if "\\" in path:
        yield "has a backslash"
    if steers(path):
        yield "has a character that controls a terminal, the direction of text or a line"


def _is_plain(path: str) -> bool:
    """Say whether nothing can be wrong with a path: most are like this, and there may be many."""
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
