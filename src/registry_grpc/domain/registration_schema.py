"""Registration schemas: the requirements for records of new versions in a namespace."""

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
    """The content of a registration schema. json_schema: '' for none."""

    json_schema: str = ""
    check_formats: bool = False
    required: RequiredFacts = field(default_factory=RequiredFacts)

    @property
    def is_empty(self) -> bool:
        """Whether it has no checks."""
        return not self.json_schema and self.required == RequiredFacts()

    def check(self, found: Violations) -> None:
        """Add all violations, under the paths of a request's `schema` field.

        `JsonSchemas` checks the text of the JSON schema.
        """
        check_text(found, "schema.json_schema", self.json_schema, MAX_JSON_SCHEMA_BYTES)
        self.required.check(found, "schema.required")


class RegistrationSchemaAction(StrEnum):
    """The actions of registration schemas in the log."""

    SET = "schema.set"


@dataclass(frozen=True, slots=True)
class RegistrationSchema:
    """A schema, present or former. number: 1, 2, 3 … in its namespace."""

    name: RegistrationSchemaName
    number: int
    draft: SchemaDraft
    updater: str
    update_time: datetime
    revision: int

    @property
    def etag(self) -> str:
        """The etag, which changes with every number."""
        return etag(self.revision)
