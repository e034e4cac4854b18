"""The port to the registration schemas that namespaces had and have."""

from collections.abc import Sequence
from typing import Protocol

from registry_grpc.domain.registration_schema import RegistrationSchema


class RegistrationSchemas(Protocol):
    """An append-only history for each namespace; the last one holds."""

    def get(self, namespace: str) -> RegistrationSchema | None:
        """Return the one that holds, or None."""

    def numbered(self, namespace: str, number: int) -> RegistrationSchema | None:
        """Return the one with this number, or None."""

    def history(
        self, namespace: str, before: int | None, limit: int
    ) -> Sequence[RegistrationSchema]:
        """Return those with numbers below `before`, highest first."""

    def append(self, schema: RegistrationSchema) -> None:
        """Add one, which holds from now on."""
