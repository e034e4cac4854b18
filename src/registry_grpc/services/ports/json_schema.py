"""The port to JSON Schema, draft 2020-12, as `RegistrationSchema` in the contract bounds it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

MAX_VIOLATIONS = 1_000


class JsonSchemas(Protocol):
    """Parses schemas and validates documents. References are never fetched.

    Both methods raise LimitExceeded when the work limit of the call is reached.
    """

    def problems(self, text: str, *, check_formats: bool) -> Sequence[str]:
        """Return the problems of the text of a schema, each as a sentence."""

    def violations(
        self, text: str, document: Mapping[str, object], *, check_formats: bool
    ) -> Sequence[str]:
        """Validate a document with a schema without problems.

        Return at most MAX_VIOLATIONS sentences that begin with the path; none for a valid one.
        """
