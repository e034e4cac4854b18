"""Evaluations to and from messages."""

from modelregistry.v1 import evaluation_pb2
from registry_grpc.domain.evaluation import Evaluation, EvaluationDraft
from registry_grpc.transport.convert.facts import metrics_from, slice_from, slice_message
from registry_grpc.transport.convert.time import timestamp


def evaluation_message(evaluation: Evaluation) -> evaluation_pb2.Evaluation:
    """Return the message."""
    draft = evaluation.draft
    return evaluation_pb2.Evaluation(
        name=str(evaluation.name),
        dataset_uri=draft.dataset_uri,
        dataset_digest=draft.dataset_digest,
        evaluator=draft.evaluator,
        evaluator_digest=draft.evaluator_digest,
        metrics=draft.metrics,
        slices=map(slice_message, draft.slices),
        slice_count=evaluation.slice_count,
        description=draft.description,
        digest=str(evaluation.digest),
        creator=evaluation.creator,
        create_time=timestamp(evaluation.create_time),
        revision=evaluation.revision,
    )


def evaluation_from(message: evaluation_pb2.Evaluation) -> EvaluationDraft:
    """Return what a message submits."""
    return EvaluationDraft(
        dataset_uri=message.dataset_uri,
        dataset_digest=message.dataset_digest,
        evaluator=message.evaluator,
        evaluator_digest=message.evaluator_digest,
        metrics=metrics_from(message.metrics),
        slices=tuple(map(slice_from, message.slices)),
        description=message.description,
    )
