# Generated from _async/evaluations.py by scripts/generate_sync.py: never edit this.
"""Evidence about versions after their registration: evaluations and attestations."""

from collections.abc import Iterable, Mapping

from modelregistry._convert import checked
from modelregistry._convert import evaluation as convert
from modelregistry._convert.arguments import Violations
from modelregistry._convert.facts import slice_to_message
from modelregistry._convert.page import page_of_named
from modelregistry._convert.version import known_of_ref, named_by_ref
from modelregistry._convert.writing import build
from modelregistry._sync.methods import Methods
from modelregistry._sync.pager import Pager
from modelregistry._wire.call import new_id
from modelregistry.types import Attestation, Evaluation, Page, SliceMetric, Version
from modelregistry.v1 import evaluation_pb2
from modelregistry.v1 import governance_service_pb2 as pb


class EvaluationMethods(Methods):
    """Evaluations and attestations of versions."""

    def submit_evaluation(  # noqa: PLR0913 - each is a fact that people set by name
        self,
        version: str | Version,
        *,
        metrics: Mapping[str, float] | None = None,
        slices: Iterable[SliceMetric] = (),
        dataset_uri: str = "",
        dataset_digest: str = "",
        evaluator: str = "",
        evaluator_digest: str = "",
        description: str = "",
        request_id: str = "",
    ) -> Evaluation:
        """Record measurements of a version: permanent evidence for policies.

        A rule evaluates the newest evaluation that has its metric. Raises InvalidRequest with every
        violation, VersionDeleted, LimitExceeded, and the errors of `get_version`.
        """
        found = Violations()
        evaluation = found.build(
            evaluation_pb2.Evaluation,
            dataset_uri=dataset_uri,
            dataset_digest=dataset_digest,
            evaluator=evaluator,
            evaluator_digest=evaluator_digest,
            metrics=found.numbers("metrics", metrics or {}),
            slices=found.each("slices", slices, SliceMetric, slice_to_message),
            description=description,
        )
        found.raise_if_any()
        request = build(
            pb.SubmitEvaluationRequest,
            parent=self._ref(version),
            evaluation=evaluation,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.governance.SubmitEvaluation, request)
        submitted = convert.evaluation_from_message(reply)
        named_by_ref(submitted.name, request.parent)
        return submitted

    def get_evaluation(
        self, evaluation: str | Evaluation, *, min_revision: int = 0, history_id: str = ""
    ) -> Evaluation:
        """Read an evaluation with its slices, by its full name; raise EvaluationNotFound."""
        name = evaluation.name if isinstance(evaluation, Evaluation) else evaluation
        request = build(
            pb.GetEvaluationRequest, name=name, min_revision=min_revision, history_id=history_id
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.governance.GetEvaluation, request)
        return checked.named(convert.evaluation_from_message(reply), request.name)

    def evaluations(
        self,
        version: str | Version,
        *,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[Evaluation]:
        """List the evaluations of a version, newest first, without their slices."""

        def fetch(token: str) -> Page[Evaluation]:
            request = build(
                pb.ListEvaluationsRequest,
                parent=self._ref(version),
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.governance.ListEvaluations, request)
            return page_of_named(
                reply,
                map(convert.evaluation_from_message, reply.evaluations),
                known_of_ref(request.parent),
            )

        return Pager(fetch)

    def record_attestation(
        self,
        version: str | Version,
        *,
        predicate_type: str,
        payload_digest: str,
        signer: str,
        request_id: str = "",
    ) -> Attestation:
        """Record that a signed statement about a version exists; the registry does not verify it.

        Raises InvalidRequest, VersionDeleted, LimitExceeded, and the errors of `get_version`.
        """
        request = build(
            pb.RecordAttestationRequest,
            parent=self._ref(version),
            attestation=build(
                evaluation_pb2.Attestation,
                predicate_type=predicate_type,
                payload_digest=payload_digest,
                signer=signer,
            ),
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.governance.RecordAttestation, request)
        recorded = convert.attestation_from_message(reply)
        named_by_ref(recorded.name, request.parent)
        return recorded

    def attestations(
        self,
        version: str | Version,
        *,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[Attestation]:
        """List the attestations of a version, newest first."""

        def fetch(token: str) -> Page[Attestation]:
            request = build(
                pb.ListAttestationsRequest,
                parent=self._ref(version),
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.governance.ListAttestations, request)
            return page_of_named(
                reply,
                map(convert.attestation_from_message, reply.attestations),
                known_of_ref(request.parent),
            )

        return Pager(fetch)
