# Generated from _async/pull.py by scripts/generate_sync.py: never edit this.
"""From the registry to a folder."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from modelregistry._convert.writing import build
from modelregistry._local import manifest, members
from modelregistry._local.blob_cache import BlobCache
from modelregistry._local.hash_cache import (
    HashCache,
    folder_matches,
    hashed_files,
    record_hashes,
)
from modelregistry._local.incoming import copy_file
from modelregistry._local.target import Target, check_room
from modelregistry._sync.concurrency import Scope, run_blocking
from modelregistry._sync.downloads import pieces
from modelregistry._sync.ensembles import EnsembleMethods
from modelregistry._sync.fetching import Fetcher
from modelregistry._sync.lookup import LookupMethods
from modelregistry._sync.versions import VersionMethods
from modelregistry._wire import reading
from modelregistry.errors import ContentMismatch
from modelregistry.names import namespace_name
from modelregistry.progress import Progress, default_progress
from modelregistry.types import FileEntry, Version, VersionState
from modelregistry.v1 import artifact_service_pb2 as pb

_LOG: Final = logging.getLogger("modelregistry")


class PullMethods(LookupMethods, EnsembleMethods, VersionMethods):
    """Pull."""

    def pull(
        self,
        ref: str | Version,
        target: str | Path,
        *,
        as_of: datetime | None = None,
        link: bool = False,
        progress: Progress | None = None,
    ) -> Path:
        """Download all files of a version into the folder `target` and return its path.

        It checks the list of files against the version's root digest, each message against its
        crc32c, and each file against its SHA-256. It writes and syncs the files in a hidden folder
        beside the target, which then replaces the target as a whole: previous files are removed,
        and the target's mode, group, ACL and extended attributes are kept. A pull that fails or is
        interrupted leaves the target as it was; of a killed process the hidden folder may be left,
        which the next pull removes. On Linux the replacement is one step; elsewhere an existing
        target is missing for an instant.

        A target that cannot be replaced as a whole, because it is a mount point, or because the
        folder above it cannot be written, has the hidden folder inside. Once all files are
        verified, each one is moved into place atomically, and then the other files are removed.
        This is not atomic for the folder: a reader may find files of two versions meanwhile, and a
        process that is killed meanwhile leaves such a mixture until the next pull.

        Files in the local cache (see `Cache`) are not downloaded, and a target that has exactly
        these files already is not changed. The next pull resumes a large file where an interrupted
        one stopped. With `link=True` the files are read-only hard links into the cache where that
        is possible: they take no further room, but a program that writes to one damages the cache.

        Raises TargetRefused before it downloads anything for a target that is a file, that is or
        contains the working or home directory, that contains a mount point or cannot be written,
        and when its disk has too little room; a symbolic link is followed. A version
        that was pushed from a single file becomes a folder with that file. Files have mode 0644
        (0444 when linked), and a modification time of a few seconds ago.

        Members of an ensemble are downloaded with it, into `members/<role>/`, and their members
        into `members/` there: each list of files is checked against the root digest that the
        registry states for the member. Soft members that may not be used are left out, with a
        warning to the logger `modelregistry`; it also gets one for a deprecated version.

        Raises ContentMismatch when received data differs from the registered version,
        BytesNotStored for a version by reference, the errors of `resolve`, and OSError for the
        local disk.
        """
        place = run_blocking(Target, Path(target))
        version = ref if isinstance(ref, Version) else self.resolve(ref, as_of=as_of)
        if version.state == VersionState.DEPRECATED:
            _LOG.warning("%s is deprecated: look for a newer version", version.ref)
        files = self._all_files(version)
        size = sum(entry.size_bytes for entry in files)
        settings = self._connection.settings.cache
        hashes = HashCache(settings.folder)
        shown = progress or default_progress()
        parent = namespace_name(version.namespace)
        fetcher = Fetcher(self._connection, parent, shown, BlobCache(settings), link=link)
        shown.begin(f"pull {version.ref}", total_bytes=size, total_files=len(files))
        try:
            full = settings.verify == "full"
            if run_blocking(partial(folder_matches, place.path, files, hashes, full=full)):
                for entry in files:
                    fetcher.settled(entry)
                return place.path
            with place:
                self._fill(place.stage, files, fetcher)
                hashed = run_blocking(hashed_files, place.stage, place.path, files)
                run_blocking(place.publish)
            run_blocking(record_hashes, hashed, hashes)
        finally:
            shown.end()
        return place.path

    def _all_files(self, version: Version) -> list[FileEntry]:
        """Return the files of a version and of its members, each with its path in the target."""
        if version.ensemble_status is None:
            return self._manifest(version)
        closure = self.resolve_closure(version.name)
        members.require_same(version, closure.version)
        files = self._manifest(version) if version.file_count else []
        members.require_separate(version, files)
        listed: dict[tuple[str, str], list[FileEntry]] = {}
        for member in members.wanted(closure.members, _LOG):
            if member.member_count and not member.file_count:
                continue
            key = member.version, member.root_digest
            if key not in listed:
                listed[key] = self._manifest(members.version_of(member))
            own = listed[key]
            if member.member_count:
                members.require_separate(members.version_of(member), own)
            files += members.placed(member, own)
            if len(files) > manifest.MOST_FILES:
                raise manifest.too_many(version, manifest.MOST_FILES)
        members.require_writable(version, files)
        return files

    def _manifest(self, version: Version) -> list[FileEntry]:
        most = version.file_count or manifest.MOST_FILES
        files: list[FileEntry] = []
        with reading.bounded():
            for entry in self.list_files(version):
                files.append(entry)
                if len(files) > min(most, manifest.MOST_FILES):
                    raise manifest.too_many(version, most)
        if not files:
            message = f"the registry lists no files of {version.ref}"
            raise ContentMismatch(message, metadata={"resource": version.name})
        manifest.verify(version, files)
        return files

    def _small_file(self, version: Version, entry: FileEntry, max_bytes: int) -> bytes:
        """Return the bytes of a file of a version, of a larger one the first `max_bytes` + 1."""
        data, space = bytearray(), version.namespace
        for piece in self.read_blob(entry.digest, length=max_bytes + 1, namespace=space):
            data += piece
        return bytes(data)

    def _fill(self, folder: Path, files: list[FileEntry], fetcher: Fetcher) -> None:
        first: dict[str, FileEntry] = {}
        for entry in files:
            first.setdefault(entry.digest, entry)
        fetcher.fetch(list(first.values()), folder)
        again = [entry for entry in files if entry is not first[entry.digest]]
        left, shared = sum(entry.size_bytes for entry in again), True
        for entry in again:
            if not shared:
                run_blocking(check_room, folder, left)
            source = folder / first[entry.digest].path
            shared = run_blocking(copy_file, source, folder / entry.path)
            left -= entry.size_bytes
            fetcher.settled(entry)

    def read_blob(
        self, digest: str, *, offset: int = 0, length: int = 0, namespace: str | None = None
    ) -> Iterator[bytes]:
        """Yield the bytes of a blob from `offset` on, at most `length` of them (0: all).

        It checks each message against its crc32c, and a whole blob against its digest: for another
        digest it raises ContentMismatch at the end. Raises BlobNotFound and ReadOutOfRange.
        """
        request = build(
            pb.ReadBlobRequest,
            parent=self._parent(namespace),
            digest=digest,
            offset=offset,
            length=length,
        )
        seen = hashlib.sha256()
        with closing(pieces(self._connection, request, Scope(1))) as stream:
            for data in stream:
                seen.update(data)
                yield data
        if not offset and not length and f"sha256:{seen.hexdigest()}" != digest:
            message = f"the bytes received for {digest} hash to sha256:{seen.hexdigest()}"
            raise ContentMismatch(message, metadata={"resource": digest})
