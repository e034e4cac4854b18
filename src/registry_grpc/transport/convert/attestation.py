"""Attestations to and from messages."""

from modelregistry.v1 import evaluation_pb2
from registry_grpc.domain.attestation import Attestation, AttestationDraft
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.violations import Violations
from registry_grpc.transport.convert.time import timestamp

_UNREADABLE = Digest("0" * 64)


def attestation_message(attestation: Attestation) -> evaluation_pb2.Attestation:
    """Return the message."""
    return evaluation_pb2.Attestation(
        name=str(attestation.name),
        predicate_type=attestation.draft.predicate_type,
        payload_digest=str(attestation.draft.payload_digest),
        signer=attestation.draft.signer,
        creator=attestation.creator,
        create_time=timestamp(attestation.create_time),
        revision=attestation.revision,
    )


def attestation_from(message: evaluation_pb2.Attestation, found: Violations) -> AttestationDraft:
    """Return what a message states; note what cannot be read."""
    digest = found.parse("attestation.payload_digest", Digest.parse, message.payload_digest)
    # The stand-in gets nowhere: what is noted is raised.
    return AttestationDraft(message.predicate_type, digest or _UNREADABLE, message.signer)
