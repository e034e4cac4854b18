"""The port to JSON Schema, draft 2020-12, as `RegistrationSchema` in the contract bounds it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

MAX_STEPS = 1_000_000
MAX_VIOLATIONS = 1_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a schema says of a document. steps: what finding it cost, at most about MAX_STEPS.

    violations: each a sentence that begins with the place, at most MAX_VIOLATIONS; none is consent.
    """

    violations: Sequence[str]
    steps: int


class JsonSchemas(Protocol):
    """Reads schemas and checks documents by them. Nothing is ever fetched."""

    def problems(self, text: str, *, check_formats: bool) -> Sequence[str]:
        """Return what is wrong with the text of a schema, each as a sentence; empty for nothing."""

    def verdict(self, text: str, document: Mapping[str, object], *, check_formats: bool) -> Verdict:
        """Check a document by a schema without problems.

        What cannot be decided within MAX_STEPS, or at all, is a violation.
        """
