"""Evaluations and attestations."""

from modelregistry._convert import checked, times
from modelregistry._convert.facts import slice_from_message
from modelregistry.types import Attestation, Evaluation
from modelregistry.v1 import evaluation_pb2 as pb


def evaluation_from_message(message: pb.Evaluation) -> Evaluation:
    """Read an evaluation."""
    return Evaluation(
        name=checked.resource_name(message.name),
        dataset_uri=message.dataset_uri,
        dataset_digest=message.dataset_digest,
        evaluator=message.evaluator,
        evaluator_digest=message.evaluator_digest,
        metrics=checked.metrics(message.metrics),
        slices=tuple(map(slice_from_message, message.slices)),
        slice_count=checked.count(message.slice_count, "slice_count"),
        description=message.description,
        digest=checked.digest_or_none(message.digest, "digest"),
        creator=message.creator,
        create_time=times.of(message, "create_time"),
        revision=checked.revision(message.revision),
        history_id=checked.history(message.history_id),
    )


def attestation_from_message(message: pb.Attestation) -> Attestation:
    """Read an attestation."""
    return Attestation(
        name=checked.resource_name(message.name),
        predicate_type=message.predicate_type,
        payload_digest=message.payload_digest,
        signer=message.signer,
        creator=message.creator,
        create_time=times.of(message, "create_time"),
        revision=checked.revision(message.revision),
        history_id=checked.history(message.history_id),
    )
