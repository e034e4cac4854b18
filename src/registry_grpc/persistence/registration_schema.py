"""Registration schemas in SQL: the one with the highest number holds."""

from collections.abc import Sequence

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Connection, Row, Table, insert, select

from registry_grpc.domain.names import RegistrationSchemaName
from registry_grpc.domain.registration_schema import RegistrationSchema, SchemaDraft
from registry_grpc.domain.required_facts import RequiredFacts
from registry_grpc.persistence.codec import decode, encode
from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, Moment
from registry_grpc.persistence.schema import METADATA, column, key

# The text is not a document: what people wrote comes back as they wrote it.
registration_schemas = Table(
    "registration_schemas",
    METADATA,
    key("namespace", BYTEWISE, "namespaces.namespace"),
    key("number", BigInteger()),
    column("json_schema", BYTEWISE),
    column("check_formats", Boolean()),
    column("required", DOCUMENT),
    column("updater", BYTEWISE),
    column("update_time", Moment()),
    column("revision", BigInteger()),
    CheckConstraint("number >= 1", name="number"),
)

_SELECT = select(registration_schemas)
_COLUMNS = registration_schemas.c


class SqlRegistrationSchemas:
    """Implements `registry_grpc.services.ports.registration_schema.RegistrationSchemas`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, namespace: str) -> RegistrationSchema | None:
        """Return the one that holds, or None."""
        return next(iter(self.history(namespace, None, 1)), None)

    def numbered(self, namespace: str, number: int) -> RegistrationSchema | None:
        """Return the one with this number, or None."""
        named = (_COLUMNS.namespace == namespace) & (_COLUMNS.number == number)
        row = self._connection.execute(_SELECT.where(named)).one_or_none()
        return None if row is None else _schema(row)

    def history(
        self, namespace: str, before: int | None, limit: int
    ) -> Sequence[RegistrationSchema]:
        """Return those with numbers below `before`, highest first."""
        statement = _SELECT.where(_COLUMNS.namespace == namespace)
        if before is not None:
            statement = statement.where(_COLUMNS.number < before)
        statement = statement.order_by(_COLUMNS.number.desc()).limit(limit)
        return [_schema(row) for row in self._connection.execute(statement)]

    def append(self, schema: RegistrationSchema) -> None:
        """Add one, which holds from now on."""
        self._connection.execute(
            insert(registration_schemas),
            {
                "namespace": schema.name.namespace,
                "number": schema.number,
                "json_schema": schema.draft.json_schema,
                "check_formats": schema.draft.check_formats,
                "required": encode(schema.draft.required),
                "updater": schema.updater,
                "update_time": schema.update_time,
                "revision": schema.revision,
            },
        )


def _schema(row: Row[*tuple[object, ...]]) -> RegistrationSchema:
    required = decode(RequiredFacts, row.required)
    return RegistrationSchema(
        name=RegistrationSchemaName(row.namespace),
        number=row.number,
        draft=SchemaDraft(row.json_schema, row.check_formats, required),
        updater=row.updater,
        update_time=row.update_time,
        revision=row.revision,
    )
