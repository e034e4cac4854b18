"""Which files a push takes, and under which names."""

import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from modelregistry._local import paths
from modelregistry._local.files import LocalFile
from modelregistry.errors import InvalidRequest, Violation


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder on the way down: where it is, what it is called, and the real folders above it."""

    path: Path
    prefix: str
    above: tuple[Path, ...]


def scan(path: Path) -> list[LocalFile]:
    """Return the files at `path`, sorted by the bytes of their names in the manifest.

    `path` is a file, which is named by its own last part, or a folder, whose files are named by
    their relative path in Unicode form NFC. Nothing is skipped: hidden files are files. A symbolic
    link is followed to a file or folder inside the folder; one that leads outside, nowhere, or back
    to a folder above it is refused, and so are sockets, devices and names that the registry does
    not take. Raises InvalidRequest with every such violation, and FileNotFoundError when there is
    nothing at `path`.
    """
    root = path.resolve(strict=True)
    found: list[LocalFile | Violation]
    if root.is_dir():
        found = list(_walk(_Folder(root, "", (root,)), root))
    else:
        found = [_file(root, path.name)]
    files = [item for item in found if isinstance(item, LocalFile)]
    problems = [item for item in found if isinstance(item, Violation)]
    problems += paths.violations(file.name for file in files)
    if not files and not problems:
        problems = [Violation(str(path), "has no files; a version has at least one")]
    if problems:
        raise InvalidRequest(_sentence(problems), violations=problems)
    return sorted(files, key=lambda file: file.name.encode())


def _sentence(problems: list[Violation]) -> str:
    first = problems[0]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{first.field} {first.description}{more}"


def _walk(folder: _Folder, root: Path) -> Iterator[LocalFile | Violation]:
    with os.scandir(folder.path) as listing:
        entries = sorted(listing, key=lambda entry: entry.name)
    for entry in entries:
        path, name = Path(entry.path), folder.prefix + entry.name
        if entry.is_symlink():
            yield from _follow(path, name, folder, root)
        elif entry.is_dir():
            yield from _walk(_Folder(path, f"{name}/", (*folder.above, path)), root)
        else:
            yield _file(path, name)


def _follow(link: Path, name: str, folder: _Folder, root: Path) -> Iterator[LocalFile | Violation]:
    try:
        real = link.resolve(strict=True)
    except (OSError, RuntimeError):
        yield Violation(repr(name), "is a symbolic link that leads nowhere")
        return
    if not real.is_relative_to(root):
        yield Violation(repr(name), f"is a symbolic link out of the folder, to {real}")
    elif real in folder.above:
        yield Violation(repr(name), "is a symbolic link back to a folder above it")
    elif real.is_dir():
        yield from _walk(_Folder(real, f"{name}/", (*folder.above, real)), root)
    else:
        yield _file(real, name)


def _file(path: Path, name: str) -> LocalFile | Violation:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        return Violation(repr(name), "is neither a file nor a folder")
    return LocalFile.of(path, unicodedata.normalize("NFC", name), status)
