"""The files of an ensemble and of its members as one manifest."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from logging import Logger

from modelregistry._local.manifest import path_violations
from modelregistry.errors import ContentMismatch
from modelregistry.types import ClosureMember, FileEntry, MemberState, Version


def wanted(members: Iterable[ClosureMember], log: Logger) -> Iterator[ClosureMember]:
    """Yield the members to download: without soft ones that may not be used, and what is in them.

    A yanked member is downloaded, and so is every one that is not soft. log: gets a warning for
    each member that may not be used.
    """
    left_out: set[str] = set()
    for member in members:
        if member.path.rpartition("/")[0] in left_out:
            left_out.add(member.path)
            continue
        if member.state == MemberState.USABLE:
            yield member
            continue
        state = MemberState(member.state).name.lower() if member.state in set(MemberState) else ""
        shown = state or "in an unknown state"
        if member.soft:
            log.warning("left out the member %s, %s: it is %s", member.path, member.ref, shown)
            left_out.add(member.path)
        else:
            log.warning("the member %s, %s, is %s", member.path, member.ref, shown)
            yield member


def require_same(version: Version, found: Version) -> None:
    """Raise ContentMismatch unless a closure is of the version that is pulled."""
    for field in ("name", "uid", "root_digest"):
        wanted, given = getattr(version, field), getattr(found, field)
        if wanted != given:
            message = f"the members are those of {given} as {field}, not of {wanted}: pull again"
            raise ContentMismatch(message, metadata={"resource": version.name})


def version_of(member: ClosureMember) -> Version:
    """Return a member as a version, as far as its files need it."""
    return Version(
        name=member.version,
        uid=member.uid,
        number=int(member.version.rpartition("/")[2]),
        root_digest=member.root_digest,
        size_bytes=member.size_bytes,
        file_count=member.file_count,
        by_reference=member.by_reference,
    )


def placed(member: ClosureMember, files: Sequence[FileEntry]) -> list[FileEntry]:
    """Return files with their paths in the folder of a member."""
    return [replace(entry, path=f"{member.folder}/{entry.path}") for entry in files]


def require_separate(version: Version, own: Iterable[FileEntry]) -> None:
    """Raise ContentMismatch for own files of an ensemble in the folder of its members."""
    for entry in own:
        if entry.path.partition("/")[0].casefold() == "members":
            message = f"{version.ref} has the file {entry.path!r} in the folder of its members"
            raise ContentMismatch(message, metadata={"resource": version.name})


def require_writable(version: Version, files: Sequence[FileEntry]) -> None:
    """Raise ContentMismatch for files of all members whose paths together are too long."""
    problems = path_violations(entry.path for entry in files)
    if problems:
        message = f"{version.ref} has a member path that cannot be written: {problems[0].field}"
        raise ContentMismatch(message, metadata={"resource": version.name}, violations=problems)
