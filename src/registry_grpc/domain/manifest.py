"""The manifest: which files make a version, and the one digest over all of them."""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from registry_grpc.domain.characters import has_control_characters
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.violations import Violations
from registry_grpc.domain.work import Work, current_work

MAX_FILES = 20_000
MAX_PATH_BYTES = 1_024
MAX_MEDIA_TYPE_BYTES = 128
MAX_SIZE = 2**63 - 1
UNHASHED = Digest("0" * 64)
"""Stands in for the digest of a file that is not hashed yet; it is one object, not a value."""
_DRIVE = re.compile(r"[A-Za-z]:")
# Of one character, such as U+FDFA, the compatible form may have 18.
_CHARACTERS_PER_UNIT, _ADDED_CHARACTERS_PER_UNIT = 60, 4


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file: relative path, digest and size in bytes of its content, media type or ''."""

    path: str
    digest: Digest
    size: int
    media_type: str = ""

    @property
    def is_hashed(self) -> bool:
        """Whether its digest is known."""
        return self.digest is not UNHASHED


def path_problem(path: str) -> str | None:
    """Return why `path` cannot be a manifest path, or None.

    Paths must be safe to create below any folder, wherever users pull to: none leads out of it, on
    any system. Names that only Windows cannot store (`CON`, `a.`) are not refused.
    """
    if not path or len(path.encode(errors="surrogatepass")) > MAX_PATH_BYTES:
        return f"a path has 1 to {MAX_PATH_BYTES} bytes of UTF-8"
    if path.startswith("/") or _DRIVE.match(path):
        return "a path is relative: it may not start with '/' or a drive such as 'C:'"
    if "\\" in path or has_control_characters(path):
        return "a path may not contain a backslash or characters that control text or terminals"
    if not unicodedata.is_normalized("NFC", path):
        return "a path must be in Unicode form NFC"
    return next(filter(None, map(_part_problem, path.split("/"))), None)


def _part_problem(part: str) -> str | None:
    if part in {"", ".", ".."}:
        return f"a path may not have the part {part!r}"
    if part != part.strip():
        return "a part of a path may not start or end with a space"
    return None


def check_files(found: Violations, field: str, files: Sequence[FileEntry]) -> None:
    """Note everything that is wrong with a manifest under `field`."""
    at_least_one = "a version has at least one file, unless it is by reference"
    found.check(field, bool(files), at_least_one)
    found.check(field, len(files) <= MAX_FILES, f"a version has at most {MAX_FILES} files")
    valid: dict[int, str] = {}
    for index, file in enumerate(files):
        path = f"{field}[{index}]"
        if problem := path_problem(file.path):
            found.add(f"{path}.path", problem)
        else:
            valid[index] = file.path
        found.check(f"{path}.size_bytes", 0 <= file.size <= MAX_SIZE, "must be at least 0")
        check_text(found, f"{path}.media_type", file.media_type, MAX_MEDIA_TYPE_BYTES)
    _check_collisions(found, field, valid)
    total = sum(file.size for file in files)
    found.check(field, total <= MAX_SIZE, "the sizes add up to more than 2^63 bytes")


def _check_collisions(found: Violations, field: str, paths: Mapping[int, str]) -> None:
    """Refuse paths that would be one file, or file and folder, where case does not count.

    paths: by their indexes. Folding them counts as work.
    """
    seen: dict[str, str] = {}
    indexes: dict[str, int] = {}
    work = current_work()
    for index, path in paths.items():
        folded = _folded(path, work)
        if folded in seen:
            what = "repeats" if seen[folded] == path else "differs only in case or form from"
            found.add(f"{field}[{index}].path", f"{what} {seen[folded]!r}")
        seen.setdefault(folded, path)
        indexes.setdefault(folded, index)
    # NUL sorts before all else, so what lies below a path follows it without a gap.
    above: str | None = None
    for folded in sorted(seen, key=lambda folded: folded.replace("/", "\0")):
        if above is not None and folded.startswith(f"{above}/"):
            place = f"{field}[{indexes[folded]}].path"
            found.add(place, f"{seen[above]!r} is a file, not a folder")
        else:
            above = folded


def _folded(path: str, work: Work) -> str:
    compatible = unicodedata.normalize("NFKC", path)
    added = max(len(compatible) - len(path), 0)
    work.take(len(path) / _CHARACTERS_PER_UNIT + added / _ADDED_CHARACTERS_PER_UNIT)
    return unicodedata.normalize("NFC", compatible.casefold())


def root_digest(files: Iterable[FileEntry]) -> Digest:
    """Return the digest over a manifest, as `Version.root_digest` in the contract defines it."""
    total = hashlib.sha256()
    for file in sorted(files, key=lambda file: file.path.encode()):
        total.update(f"{file.digest.hex} {file.size} {file.path}\n".encode())
    return Digest(total.hexdigest())
