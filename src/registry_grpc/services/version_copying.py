"""The use case of copying a version: its registration in another model, with the bytes it has."""

from dataclasses import dataclass

from registry_grpc.domain.alias import alias_word
from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.errors import BlobNotFound, BlobsMissing, StorageUnavailable
from registry_grpc.domain.manifest import MAX_FILES
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import Violations
from registry_grpc.services.blob_copying import BlobCopies
from registry_grpc.services.ensemble_copying import with_members_in
from registry_grpc.services.lookup import find_version, with_detail
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.database import Database
from registry_grpc.services.registration import Registrations
from registry_grpc.services.registration_check import Registration
from registry_grpc.services.reply_memory import ReplyMemory

_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class CopyOptions:
    """The options of a registration, without its record."""

    alias: str = ""
    alias_etag: str = ""
    create_model: bool = False

    def check(self, found: Violations) -> None:
        """Note everything that is wrong, under the paths of CopyVersionRequest."""
        if self.alias:
            found.parse("alias", alias_word, self.alias)
        elif self.alias_etag:
            found.add("alias_etag", "needs an alias")


class VersionCopies:
    """Copies versions."""

    def __init__(
        self,
        database: Database,
        mutations: Mutations,
        registrations: Registrations,
        blobs: BlobCopies,
        room: ReplyMemory,
    ) -> None:
        self._database = database
        self._mutations = mutations
        self._registrations = registrations
        self._blobs = blobs
        self._room = room

    def copy(
        self, call: Mutation[Version], name: ModelName, source: Reference, options: CopyOptions
    ) -> Done[Version]:
        """Register a copy of the source in the model `name`; a repeat returns the first reply.

        Everything is checked before bytes are copied, and again in the transaction. Raises as
        `Registrations.register`, for the source as `find_version` and VersionDeleted or
        VersionYanked, MemberNotCopied for an ensemble, and as `BlobCopies.ensure`.
        """
        repeated = self._mutations.repeated(call)
        if repeated is not None:
            return repeated
        lost: Exception | None = None
        for _ in range(_ROUNDS):
            try:
                return self._copy(call, name, source, options)
            except (BlobNotFound, BlobsMissing) as error:
                # Freed meanwhile: by a purge in the target, or with the source. The next round
                # copies them again, or finds out what became of the source.
                lost = error
        cause = "the bytes of the copy were freed again and again while it was made"
        raise StorageUnavailable(cause) from lost

    def _copy(
        self, call: Mutation[Version], name: ModelName, reference: Reference, options: CopyOptions
    ) -> Done[Version]:
        with self._database.read() as tx:
            found = find_version(tx, reference, full=False)
            found.require_followed()
            size = found.detail_bytes
        with self._room.building(size):
            with self._database.read() as tx:
                source = with_detail(tx, found)
                files = tx.versions.files(found.uid, None, MAX_FILES)
                draft = VersionDraft.copied(source, files)
                draft = with_members_in(tx, draft, source, name.namespace)
            wanted = Registration(
                draft,
                options.alias,
                options.alias_etag,
                options.create_model,
                source=source,
            )
            model = source.name.parent
            return self._registrations.register(
                call,
                name,
                wanted,
                lambda: self._blobs.ensure(model.namespace, name.namespace, files),
            )
