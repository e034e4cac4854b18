"""The port to JSON Schema, draft 2020-12, as `RegistrationSchema` in the contract bounds it."""

from collections.abc import Mapping, Sequence
from typing import Protocol

MAX_VIOLATIONS = 1_000


class JsonSchemas(Protocol):
    """Reads schemas and checks documents by them. Nothing is ever fetched.

    What it takes counts as work of the call: either raises LimitExceeded when that is used up.
    """

    def problems(self, text: str, *, check_formats: bool) -> Sequence[str]:
        """Return what is wrong with the text of a schema, each as a sentence; empty for nothing."""

    def violations(
        self, text: str, document: Mapping[str, object], *, check_formats: bool
    ) -> Sequence[str]:
        """Check a document by a schema without problems.

        Return sentences that begin with the place, at most MAX_VIOLATIONS; none is consent.
        """
