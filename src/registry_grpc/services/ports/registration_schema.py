"""The port to the registration schemas of namespaces."""

from collections.abc import Sequence
from typing import Protocol

from registry_grpc.domain.registration_schema import RegistrationSchema


class RegistrationSchemas(Protocol):
    """An append-only history for each namespace; the last schema is in force."""

    def get(self, namespace: str) -> RegistrationSchema | None:
        """Return the schema in force, or None."""

    def numbered(self, namespace: str, number: int) -> RegistrationSchema | None:
        """Return the schema with this number, or None."""

    def history(
        self, namespace: str, before: int | None, limit: int
    ) -> Sequence[RegistrationSchema]:
        """Return the schemas with numbers below `before`, highest first."""

    def append(self, schema: RegistrationSchema) -> None:
        """Add a schema, which is in force from then on."""
