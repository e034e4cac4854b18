"""The use case the registry exists for: a version is registered, whole or not at all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from registry_grpc.domain.annotation import NO_ANNOTATIONS, Annotations
from registry_grpc.domain.change import Change
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.draft import VersionDraft
from registry_grpc.domain.ensemble import MemberPin
from registry_grpc.domain.errors import (
    NotFound,
    RegistryError,
    Unavailable,
    WrongState,
    first_of,
)
from registry_grpc.domain.manifest import root_digest
from registry_grpc.domain.model import Model, ModelDraft
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.record import record_of_draft
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.resolved_names import ResolvedNames
from registry_grpc.domain.version import Version, VersionAction
from registry_grpc.domain.violations import Violations
from registry_grpc.services.alias import point_alias
from registry_grpc.services.annotation import store_annotations
from registry_grpc.services.ensemble_members import by_number, pin_of, references_of, summary_of
from registry_grpc.services.lineage_writing import write_origin
from registry_grpc.services.lookup import find_version
from registry_grpc.services.model import add_model
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.clock import Ids
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.json_schema import JsonSchemas
from registry_grpc.services.record_check import RecordCheck
from registry_grpc.services.registration_check import (
    Examination,
    Registration,
    examine,
    parent_version,
    problems_of,
)


@dataclass(frozen=True, slots=True)
class _Foreseen:
    """The results of slow work before the transaction, which blocks other changes.

    named: names as of then, as written where one was missing. detail_digest: with those.
    """

    check: RecordCheck
    named: ResolvedNames
    detail_digest: Digest


@dataclass(frozen=True, slots=True)
class PassedCheck:
    """A registration without a problem. missing: digests with sizes, of bytes to send first.

    needs_digests: whether the JSON schema was not evaluated, for lack of digests.
    """

    missing: Sequence[tuple[Digest, int]]
    needs_digests: bool
    revision: int


class Registrations:
    """Registers versions, and checks registrations before."""

    def __init__(
        self, database: Database, mutations: Mutations, ids: Ids, rules: JsonSchemas
    ) -> None:
        self._database = database
        self._mutations = mutations
        self._ids = ids
        self._rules = rules

    def check(self, actor: str, name: ModelName, wanted: Registration) -> PassedCheck:
        """Return what is to be sent before `register` succeeds; raises what it would raise.

        Missing bytes are no problem here. Changes nothing.
        """
        known = problems_of(wanted, Violations())
        with self._database.read() as tx:
            check = self._record_check(actor, wanted.draft)
            found = examine(tx, name, wanted, check, known, bytes_first=False)
            revision = tx.revision
        _require_none(found)
        return PassedCheck(found.missing, found.needs_digests, revision)

    def refusal(
        self,
        actor: str,
        name: ModelName | None,
        wanted: Registration,
        found: Violations,
        *,
        bytes_first: bool,
    ) -> RegistryError:
        """Return the error for a registration with problems that are known without a transaction.

        It has all others too, unless the database is unavailable. found: the violations. name: None
        for an invalid one. bytes_first: whether missing bytes are a problem.
        """
        known = problems_of(wanted, found)
        check = self._record_check(actor, wanted.draft)
        try:
            with self._database.read() as tx:
                return first_of(
                    examine(tx, name, wanted, check, known, bytes_first=bytes_first).problems
                )
        except Unavailable:
            return first_of(known)

    def register(
        self,
        call: Mutation[Version],
        name: ModelName,
        wanted: Registration,
        provide: Callable[[], None] | None = None,
    ) -> Done[Version]:
        """Store record, manifest and alias, of what was checked, in one transaction.

        provide: brings the bytes into the namespace; called once nothing else is missing.
        Raises LimitExceeded, NamespaceNotFound, ModelNotFound, ModelDeleted, BlobsMissing,
        SchemaViolated, EtagMismatch, AliasProtected, InvalidRequest for an alias that is called
        like a stage, and for parents what `find_version` raises: the first of all problems, with
        the others.
        """
        actor = call.actor.name
        if problems_of(wanted, nothing := Violations()):
            raise self.refusal(actor, name, wanted, nothing, bytes_first=True)
        foreseen = self._foreseen(actor, name.namespace, wanted.draft)
        if provide is not None:
            self._require_rest(name, wanted, foreseen.check)
            provide()

        def act(tx: Transaction) -> Version:
            found = examine(tx, name, wanted, foreseen.check, bytes_first=True)
            _require_none(found)
            model = found.model or add_model(tx, self._ids, actor, name, ModelDraft())
            parents = [parent for parent in found.parents if parent is not None]
            members = [member for member in found.members if member is not None]
            named = ResolvedNames(
                tuple(str(parent.name) for parent in parents), tuple(map(pin_of, members))
            )
            version = self._version(tx, actor, model, wanted.draft, named)
            if members:
                version = replace(version, ensemble=summary_of(members))
            if named == foreseen.named:
                version = replace(version, detail_digest=foreseen.detail_digest)
            tx.versions.add(model, version, wanted.draft.files)
            if members:
                tx.ensembles.add(version, members)
            noted = store_annotations(tx, version.uid, NO_ANNOTATIONS, version.annotations)
            write_origin(tx, version, parents, members)
            registered = str(version.name), actor, None, version, _reason(wanted.source)
            tx.record([Change(VersionAction.REGISTER, *registered, annotations=noted)])
            if not wanted.alias:
                return version
            alias = name.alias(wanted.alias)
            point_alias(tx, actor, alias, found.head, version.name)
            return replace(version, aliases=(wanted.alias,))

        return self._mutations.change(call, act)

    def _require_rest(self, name: ModelName, wanted: Registration, check: RecordCheck) -> None:
        """Raise the error of a registration that fails for something else than its bytes."""
        with self._database.read() as tx:
            _require_none(examine(tx, name, wanted, check, bytes_first=False))

    def _record_check(self, actor: str, draft: VersionDraft) -> RecordCheck:
        return RecordCheck(self._rules, record_of_draft(draft, actor))

    def _foreseen(self, actor: str, namespace: str, draft: VersionDraft) -> _Foreseen:
        """Return the check, made by the schema that holds now if there is one, and the digest."""
        check = self._record_check(actor, draft)
        with self._database.read() as tx:
            schema = tx.registration_schemas.get(namespace)
            parents = tuple(_named(tx, text) for text in draft.detail.parents)
            members = references_of(draft.detail.ensemble)
            read = by_number(tx, members)
            pins = {text: _pinned(tx, text, read.get(text)) for text in dict.fromkeys(members)}
            named = ResolvedNames(parents, tuple(pins[text] for text in members))
        if schema is not None and not schema.draft.is_empty:
            check.foresee(schema.draft, named)
        digest = self._database.detail_digest(named.applied(draft.detail))
        return _Foreseen(check, named, digest)

    def _version(
        self,
        tx: Transaction,
        actor: str,
        model: Model,
        draft: VersionDraft,
        named: ResolvedNames,
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
            detail=named.applied(draft.detail),
            annotations=Annotations.of(draft.annotations),
        )


def _reason(source: Version | None) -> str:
    """Return the reason of a registration in the log: the source of a copy."""
    if source is None:
        return ""
    return f"copy of {source.name}, uid {source.uid}, {source.root_digest}"


def _named(tx: Transaction, text: str) -> str:
    try:
        return str(parent_version(tx, Reference.parse(text)).name)
    except (NotFound, WrongState):
        return text  # the transaction will say so, unless the parent comes until then


def _pinned(tx: Transaction, text: str, read: Version | None) -> MemberPin:
    if read is not None:
        return pin_of(read)
    try:
        return pin_of(find_version(tx, Reference.parse(text), full=False))
    except (NotFound, WrongState):
        return MemberPin(text)


def _require_none(found: Examination) -> None:
    if found.problems:
        raise first_of(found.problems)
