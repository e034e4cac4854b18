"""Registration schemas: the requirements for records of new versions in a namespace."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from registry_grpc.domain.labels import check_text
from registry_grpc.domain.model import etag
from registry_grpc.domain.names import RegistrationSchemaName
from registry_grpc.domain.required_facts import RequiredFacts
from registry_grpc.domain.violations import Violations

MAX_JSON_SCHEMA_BYTES = 256 * 1_024
_OTHER_FIELDS = {
    *("description", "creator", "tags", "labels", "metrics", "params", "environment"),
    *("source", "inputs", "parents", "slices", "signature"),
}
_OF_ANY_FIELD = {"patternProperties", "additionalProperties"}


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

    def tests_file_digests(self) -> bool:
        """Whether the JSON schema may test the digest of a file; in case of doubt it may."""
        return bool(self.json_schema) and _tests_digests(json.loads(self.json_schema))

    def check(self, found: Violations) -> None:
        """Add all violations, under the paths of a request's `schema` field.

        `JsonSchemas` checks the text of the JSON schema.
        """
        check_text(found, "schema.json_schema", self.json_schema, MAX_JSON_SCHEMA_BYTES)
        self.required.check(found, "schema.required")


def _tests_digests(schema: object) -> bool:
    """Whether a part of a schema that may apply to files mentions digests, or any field."""
    if isinstance(schema, list):
        return any(map(_tests_digests, schema))
    if not isinstance(schema, dict):
        return schema == "digest"
    return any(
        name == "digest"
        or (name in _OF_ANY_FIELD and not isinstance(value, bool))
        or (name not in _OTHER_FIELDS and _tests_digests(value))
        for name, value in schema.items()
    )


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
