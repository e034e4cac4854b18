"""Registration schemas: what a record must hold to be registered in a namespace."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from registry_grpc.domain.labels import check_text
from registry_grpc.domain.model import etag
from registry_grpc.domain.names import RegistrationSchemaName
from registry_grpc.domain.required_facts import RequiredFacts
from registry_grpc.domain.violations import Violations

MAX_JSON_SCHEMA_BYTES = 256 * 1_024


@dataclass(frozen=True, slots=True)
class SchemaDraft:
    """The parts of a registration schema that people write. json_schema: '' for none."""

    json_schema: str = ""
    check_formats: bool = False
    required: RequiredFacts = field(default_factory=RequiredFacts)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to check."""
        return not self.json_schema and self.required == RequiredFacts()

    def check(self, found: Violations) -> None:
        """Note what is wrong, under the paths of a request's `schema` field.

        Whether the text is a JSON schema is known to `JsonSchemas`.
        """
        check_text(found, "schema.json_schema", self.json_schema, MAX_JSON_SCHEMA_BYTES)
        self.required.check(found, "schema.required")


class RegistrationSchemaAction(StrEnum):
    """What the log calls changes of registration schemas."""

    SET = "schema.set"


@dataclass(frozen=True, slots=True)
class RegistrationSchema:
    """A schema that held or holds. number: 1, 2, 3 … in its namespace."""

    name: RegistrationSchemaName
    number: int
    draft: SchemaDraft
    updater: str
    update_time: datetime
    revision: int

    @property
    def etag(self) -> str:
        """Changes with every number."""
        return etag(self.revision)
