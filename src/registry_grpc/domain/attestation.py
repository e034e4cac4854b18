"""Attestations: signed statements about a version, recorded and not yet verified."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registry_grpc.domain.digest import Digest
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.names import AttestationName
from registry_grpc.domain.violations import Violations

_TYPE_BYTES = 256
_SIGNER_BYTES = 512


@dataclass(frozen=True, slots=True)
class AttestationDraft:
    """A submitted attestation.

    predicate_type: a URI; payload_digest: of the statement. signer: the claimed signer.
    """

    predicate_type: str
    payload_digest: Digest
    signer: str

    def check(self, found: Violations) -> None:
        """Add all violations, under the paths of a request's `attestation` field."""
        for name, most in (("predicate_type", _TYPE_BYTES), ("signer", _SIGNER_BYTES)):
            text = getattr(self, name)
            found.check(f"attestation.{name}", bool(text), "is required")
            check_text(found, f"attestation.{name}", text, most)


class AttestationAction(StrEnum):
    """The actions of attestations in the log."""

    RECORD = "attestation.record"


@dataclass(frozen=True, slots=True)
class Attestation:
    """A recorded attestation. creator: the principal that recorded it."""

    name: AttestationName
    draft: AttestationDraft
    creator: str
    create_time: datetime
    revision: int
