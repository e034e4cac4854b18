"""Handlers of evidence: evaluations and attestations."""

from google.protobuf.message import Message

from modelregistry.v1 import governance_service_pb2 as pb
from registry_grpc.domain.names import EvaluationName
from registry_grpc.domain.page import Query
from registry_grpc.domain.reference import Reference
from registry_grpc.domain.violations import Violations, parsed
from registry_grpc.services.attestation import Attestations
from registry_grpc.services.evaluation import Evaluations
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.attestation import attestation_from, attestation_message
from registry_grpc.transport.convert.evaluation import evaluation_from, evaluation_message
from registry_grpc.transport.history import seen
from registry_grpc.transport.page import page_reply


class EvaluationHandlers:
    """GovernanceService, as far as evidence goes."""

    def __init__(self, evaluations: Evaluations, attestations: Attestations) -> None:
        self._evaluations = evaluations
        self._attestations = attestations

    def SubmitEvaluation(self, call: Call, request: pb.SubmitEvaluationRequest) -> bytes:
        found = Violations()
        target = found.argument("parent", Reference.parse, request.parent)
        draft = evaluation_from(request.evaluation)
        draft.check(found)
        found.raise_if_any()
        mutation = call.mutation(request, evaluation_message)
        return self._evaluations.submit(mutation, target.value, draft).reply

    def GetEvaluation(self, call: Call, request: pb.GetEvaluationRequest) -> Message:
        name = parsed("name", EvaluationName.parse, request.name)
        return evaluation_message(self._evaluations.get(name, seen(request)))

    def ListEvaluations(self, call: Call, request: pb.ListEvaluationsRequest) -> bytes:
        parent = parsed("parent", Reference.parse, request.parent)
        query = Query(call.method, (request.parent,), (int, int))
        page = query.page(request.page_size, request.page_token)
        result = self._evaluations.list(query, page, parent, seen(request))
        return page_reply(
            pb.ListEvaluationsResponse, result, map(evaluation_message, result.items), call.history
        )

    def RecordAttestation(self, call: Call, request: pb.RecordAttestationRequest) -> bytes:
        found = Violations()
        target = found.argument("parent", Reference.parse, request.parent)
        draft = attestation_from(request.attestation, found)
        draft.check(found)
        found.raise_if_any()
        mutation = call.mutation(request, attestation_message)
        return self._attestations.record(mutation, target.value, draft).reply

    def ListAttestations(self, call: Call, request: pb.ListAttestationsRequest) -> bytes:
        parent = parsed("parent", Reference.parse, request.parent)
        query = Query(call.method, (request.parent,), (int, int))
        page = query.page(request.page_size, request.page_token)
        result = self._attestations.list(query, page, parent, seen(request))
        return page_reply(
            pb.ListAttestationsResponse,
            result,
            map(attestation_message, result.items),
            call.history,
        )
