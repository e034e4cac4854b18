"""The use case the registry exists for: a version is registered, whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from registry_grpc.domain.alias import alias_word
from registry_grpc.domain.change import Change
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.errors import BlobsMissing, RegistryError
from registry_grpc.domain.manifest import FileEntry, root_digest
from registry_grpc.domain.model import Model, ModelDraft
from registry_grpc.domain.names import ModelName, NamespaceName
from registry_grpc.domain.record import record_of_draft
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.version import Version, VersionAction
from registry_grpc.domain.violations import Violations
from registry_grpc.services.alias import move_alias, require_free
from registry_grpc.services.lineage_writing import write_origin
from registry_grpc.services.lookup import find_version
from registry_grpc.services.model import add_model
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.clock import Ids
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.json_schema import JsonSchemas
from registry_grpc.services.reading import require_live_model
from registry_grpc.services.record_check import RecordCheck


@dataclass(frozen=True, slots=True)
class Registration:
    """A version to register, with options. alias: '' for none; alias_etag: '' for any."""

    draft: VersionDraft
    alias: str = ""
    alias_etag: str = ""
    create_model: bool = False

    def check(self, found: Violations) -> None:
        """Note everything that is wrong, under the paths of RegisterVersionRequest."""
        self.draft.check(found)
        for index, text in enumerate(self.draft.detail.parents):
            found.parse(f"version.parents[{index}]", Reference.parse, text)
        if self.alias:
            found.parse("alias", alias_word, self.alias)
        elif self.alias_etag:
            found.add("alias_etag", "needs an alias")


@dataclass(frozen=True, slots=True)
class _Foreseen:
    """The results of slow work before the transaction, which blocks other changes.

    parents: canonical names as of then, None where one was missing. detail_digest: with those.
    """

    check: RecordCheck
    parents: tuple[str, ...] | None = None
    detail_digest: Digest | None = None


class Registrations:
    """Registers versions."""

    def __init__(
        self, database: Database, mutations: Mutations, ids: Ids, rules: JsonSchemas
    ) -> None:
        self._database = database
        self._mutations = mutations
        self._ids = ids
        self._rules = rules

    def register(
        self, call: Mutation[Version], name: ModelName, wanted: Registration
    ) -> Done[Version]:
        """Store record, manifest and alias, of what was checked, in one transaction.

        Raises LimitExceeded, NamespaceNotFound, ModelNotFound, ModelDeleted, BlobsMissing,
        SchemaViolated, EtagMismatch, AliasProtected, InvalidRequest for an alias that is called
        like a stage, and for parents what `find_version` raises.
        """
        wanted.draft.require_size()
        foreseen = self._foreseen(call.actor.name, name.namespace, wanted.draft)

        def act(tx: Transaction) -> Version:
            model = self._model(tx, call.actor.name, name, wanted)
            _require_blobs(tx, name.namespace, wanted.draft.files)
            parents = [_parent(tx, text) for text in wanted.draft.detail.parents]
            named = tuple(str(parent.name) for parent in parents)
            foreseen.check.require(tx, name.namespace, named)
            version = self._version(tx, call.actor.name, model, wanted.draft, named)
            if named == foreseen.parents:
                version = replace(version, detail_digest=foreseen.detail_digest)
            tx.versions.add(model, version, wanted.draft.files)
            write_origin(tx, version, parents)
            tx.record(
                [Change(VersionAction.REGISTER, str(version.name), call.actor.name, None, version)]
            )
            return _named(tx, call.actor.name, version, wanted)

        return self._mutations.change(call, act)

    def _foreseen(self, actor: str, namespace: str, draft: VersionDraft) -> _Foreseen:
        """Return the check, made by the schema that holds now if there is one, and the digest."""
        check = RecordCheck(self._rules, record_of_draft(draft, actor))
        with self._database.read() as tx:
            schema = tx.registration_schemas.get(namespace)
            try:
                parents = tuple(str(_parent(tx, text).name) for text in draft.detail.parents)
            except RegistryError:
                # The transaction will say so, unless the parent comes until then.
                return _Foreseen(check)
        if schema is not None and not schema.draft.is_empty:
            check.foresee(schema.draft, parents)
        detail = replace(draft.detail, parents=parents)
        return _Foreseen(check, parents, self._database.detail_digest(detail))

    def _model(self, tx: Transaction, actor: str, name: ModelName, wanted: Registration) -> Model:
        if wanted.create_model and tx.models.get(name) is None:
            return add_model(tx, self._ids, actor, name, ModelDraft())
        return require_live_model(tx, name)

    def _version(
        self,
        tx: Transaction,
        actor: str,
        model: Model,
        draft: VersionDraft,
        parents: tuple[str, ...],
    ) -> Version:
        return Version(
            name=model.name.version(tx.models.next_number(model.uid)),
            uid=self._ids(),
            root_digest=root_digest(draft.files),
            size=sum(file.size for file in draft.files),
            file_count=len(draft.files),
            creator=actor,
            create_time=tx.time,
            update_time=tx.time,
            revision=tx.revision,
            description=draft.description,
            tags=draft.tags,
            metrics=draft.metrics,
            labels=draft.labels,
            detail=replace(draft.detail, parents=parents),
        )


def _require_blobs(tx: Transaction, namespace: str, files: Sequence[FileEntry]) -> None:
    digests = list({file.digest: None for file in files})
    held = tx.blobs.held(namespace, digests)
    missing = {
        f"{file.digest} ({file.size} bytes)": None
        for file in files
        if held.get(file.digest) != file.size
    }
    if missing:
        raise BlobsMissing(str(NamespaceName(namespace)), list(missing))


def _parent(tx: Transaction, text: str) -> Version:
    version = find_version(tx, Reference.parse(text))
    version.require_followed()
    return version


def _named(tx: Transaction, actor: str, version: Version, wanted: Registration) -> Version:
    if not wanted.alias:
        return version
    name = version.name.parent.alias(wanted.alias)
    require_free(tx, "alias", name)
    move_alias(tx, actor, name, version, wanted.alias_etag)
    return replace(version, aliases=(wanted.alias,))
