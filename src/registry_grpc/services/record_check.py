"""Whether records satisfy registration schemas."""

from collections.abc import Sequence
from dataclasses import replace

from registry_grpc.domain.errors import SchemaViolated
from registry_grpc.domain.record import Record, record_document
from registry_grpc.domain.registration_schema import SchemaDraft
from registry_grpc.domain.required_facts import missing_facts
from registry_grpc.domain.resolved_names import ResolvedNames
from registry_grpc.domain.work import current_work
from registry_grpc.services.ports.database import Transaction
from registry_grpc.services.ports.json_schema import JsonSchemas

_UNITS_OF_AN_ENTRY = 2


def judge(rules: JsonSchemas, draft: SchemaDraft, record: Record) -> Sequence[str]:
    """Return all that a schema has against a record: what it lacks, then what JSON Schema says."""
    missing = list(missing_facts(draft.required, record))
    if not draft.json_schema:
        return missing
    current_work().take(_UNITS_OF_AN_ENTRY * (len(record.files) + len(record.detail.slices)))
    document = record_document(record)
    found = rules.violations(draft.json_schema, document, check_formats=draft.check_formats)
    return [*missing, *found]


class RecordCheck:
    """Checks a record before its registration, by the schema in force when it is registered.

    A check may take long, and a transaction that changes facts blocks others. So the record is
    checked before the transaction, and again within it only if another schema is in force then.
    """

    def __init__(self, rules: JsonSchemas, record: Record) -> None:
        """record: with parents and members as they were named."""
        self._rules = rules
        self._record = record
        self._unhashed = not all(file.is_hashed for file in record.files)
        self._known: dict[tuple[SchemaDraft, ResolvedNames], Sequence[str]] = {}

    def foresee(self, draft: SchemaDraft, named: ResolvedNames) -> None:
        """Check by a schema that may hold later, with canonical names."""
        self._violations(draft, named)

    def require(self, tx: Transaction, namespace: str, named: ResolvedNames) -> bool:
        """Raise SchemaViolated unless the record satisfies the schema in force.

        Returns whether the JSON schema was evaluated: not if it may test digests of files, and a
        file has none yet.
        """
        schema = tx.registration_schemas.get(namespace)
        if schema is None or schema.draft.is_empty:
            return True
        draft, complete = schema.draft, True
        if self._unhashed and draft.tests_file_digests():
            draft, complete = replace(draft, json_schema=""), False
        violations = self._violations(draft, named)
        if violations:
            raise SchemaViolated(str(schema.name), schema.number, violations)
        return complete

    def _violations(self, draft: SchemaDraft, named: ResolvedNames) -> Sequence[str]:
        key = (draft, named)
        if key not in self._known:
            record = replace(self._record, detail=named.applied(self._record.detail))
            self._known[key] = judge(self._rules, draft, record)
        return self._known[key]
