"""Use cases of registration schemas."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry_grpc.domain.change import Change
from registry_grpc.domain.encoded_size import most_encoded
from registry_grpc.domain.errors import LimitExceeded, SchemaNotFound
from registry_grpc.domain.history import Position, require_etag
from registry_grpc.domain.limits import PAGE_BYTES
from registry_grpc.domain.manifest import MAX_FILES
from registry_grpc.domain.names import RegistrationSchemaName, VersionName
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.record import Record, record_of_version
from registry_grpc.domain.registration_schema import (
    RegistrationSchema,
    RegistrationSchemaAction,
    SchemaDraft,
)
from registry_grpc.domain.version import Version
from registry_grpc.domain.violations import Violations
from registry_grpc.domain.work import LIMIT, current_work
from registry_grpc.services.listing import (
    FEW_AT_ONCE,
    ROWS_AT_ONCE,
    Listed,
    listed,
    number_of,
    require_page,
)
from registry_grpc.services.lookup import with_detail
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.json_schema import MAX_VIOLATIONS, JsonSchemas
from registry_grpc.services.reading import require_namespace, require_revision
from registry_grpc.services.record_check import judge
from registry_grpc.services.reply_memory import ReplyMemory


@dataclass(frozen=True, slots=True)
class SchemaFailure:
    """A version that a schema rejects, with all violations."""

    version: VersionName
    violations: Sequence[str]


@dataclass(frozen=True, slots=True)
class Checked:
    """Part of a check. count: of the checked versions. next_token: '' at the end."""

    failures: Sequence[SchemaFailure]
    count: int
    next_token: str
    revision: int


class RegistrationSchemas:
    """Sets and reads registration schemas, and checks existing versions with a schema."""

    def __init__(
        self, database: Database, mutations: Mutations, rules: JsonSchemas, room: ReplyMemory
    ) -> None:
        self._database = database
        self._mutations = mutations
        self._rules = rules
        self._room = room

    def set(
        self,
        call: Mutation[RegistrationSchema],
        name: RegistrationSchemaName,
        draft: SchemaDraft,
        etag: str,
        reason: str,
    ) -> Done[RegistrationSchema]:
        """Set the schema in force; raises InvalidRequest, NamespaceNotFound, EtagMismatch."""
        check_reason(reason)
        self._check(draft)

        def act(tx: Transaction) -> RegistrationSchema:
            require_namespace(tx, name.namespace)
            before = tx.registration_schemas.get(name.namespace)
            require_etag(name, etag, "" if before is None else before.etag, tx.head)
            if before is not None and before.draft == draft:
                return before
            number = 1 if before is None else before.number + 1
            actor = call.actor.name
            schema = RegistrationSchema(name, number, draft, actor, tx.time, tx.revision)
            tx.registration_schemas.append(schema)
            tx.record(
                [Change(RegistrationSchemaAction.SET, str(name), actor, before, schema, reason)]
            )
            return schema

        return self._mutations.change(call, act)

    def get(self, name: RegistrationSchemaName, number: int, seen: Position) -> RegistrationSchema:
        """Return the schema in force, or the one with this number.

        Raises NamespaceNotFound, SchemaNotFound or RevisionNotReached.
        """
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_namespace(tx, name.namespace)
            if not number:
                return _present(tx, name)
            schema = tx.registration_schemas.numbered(name.namespace, number)
        if schema is None:
            raise SchemaNotFound(str(name), f"{name} has no number {number}", number=number)
        return schema

    def history(
        self,
        query: Query,
        page: Page,
        name: RegistrationSchemaName,
        seen: Position,
    ) -> Listed[RegistrationSchema]:
        """Return a page, newest first; raises NamespaceNotFound or RevisionNotReached."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_namespace(tx, name.namespace)
            return listed(
                query,
                page,
                tx.head,
                lambda after, limit: tx.registration_schemas.history(
                    name.namespace, number_of(after), limit
                ),
                lambda row: (row.number,),
                at_once=FEW_AT_ONCE,
            )

    def check(
        self,
        query: Query,
        page: Page,
        name: RegistrationSchemaName,
        draft: SchemaDraft | None,
        seen: Position,
    ) -> Checked:
        """Return those of a page of live versions that a schema (None: in force) rejects.

        Raises InvalidRequest, NamespaceNotFound, SchemaNotFound or RevisionNotReached.
        """
        if draft is not None:
            self._check(draft)
        after = None if page.after is None else (str(page.after[0]), int(page.after[1]))
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_page(page, tx.head)
            require_namespace(tx, name.namespace)
            wanted = _present(tx, name).draft if draft is None else draft
            return self._checked(tx, query, page.size, name.namespace, after, wanted)

    def _checked(
        self,
        tx: Transaction,
        query: Query,
        size: int,
        namespace: str,
        after: tuple[str, int] | None,
        draft: SchemaDraft,
    ) -> Checked:
        failures: list[SchemaFailure] = []
        head = tx.head
        work = current_work()
        count, files, said, size_bytes = 0, 0, 0, 0
        for version in _live(tx, namespace, after):
            parts = (count / size, files / MAX_FILES, work.share * 2, said / MAX_VIOLATIONS)
            if max(*parts, size_bytes / PAGE_BYTES) >= 1:
                break
            with self._room.building(version.detail_bytes):
                manifest = tx.versions.files(version.uid, None, MAX_FILES)
                record = record_of_version(with_detail(tx, version), manifest)
                violations = self._judged(draft, record, first=not count)
            if violations is None:
                break
            if violations:
                failures.append(SchemaFailure(version.name, violations))
                size_bytes += most_encoded(failures[-1])
            after = (version.name.model, version.name.number)
            count, files = count + 1, files + len(manifest)
            said += len(violations)
        else:
            return Checked(failures, count, "", head.revision)
        return Checked(failures, count, query.token(after or (), head.history), head.revision)

    def _judged(self, draft: SchemaDraft, record: Record, *, first: bool) -> Sequence[str] | None:
        """Return the violations of a record; None for one that needs a whole budget.

        first: whether it had one. Then it could not be registered either.
        """
        try:
            return judge(self._rules, draft, record)
        except LimitExceeded as error:
            if error.metadata["limit"] != LIMIT:
                raise
            return [f"record: {error}"] if first else None

    def _check(self, draft: SchemaDraft) -> None:
        found = Violations()
        draft.check(found)
        found.raise_if_any()
        problems = self._rules.problems(draft.json_schema, check_formats=draft.check_formats)
        for problem in problems:
            found.add("schema.json_schema", problem)
        found.raise_if_any()


def _live(tx: Transaction, namespace: str, after: tuple[str, int] | None) -> Iterator[Version]:
    """Yield the live versions of a namespace after `after`, read in batches."""
    while found := tx.versions.live(namespace, after, ROWS_AT_ONCE):
        yield from found
        after = (found[-1].name.model, found[-1].name.number)


def _present(tx: Transaction, name: RegistrationSchemaName) -> RegistrationSchema:
    schema = tx.registration_schemas.get(name.namespace)
    if schema is None:
        raise SchemaNotFound(str(name))
    return schema
