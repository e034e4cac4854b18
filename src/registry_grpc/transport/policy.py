"""Handlers of policies."""

from google.protobuf.message import Message

from modelregistry.v1 import governance_service_pb2 as pb
from registry_grpc.domain.names import NamespaceName, PolicyName
from registry_grpc.domain.page import Query
from registry_grpc.domain.violations import Violations, invalid, parsed
from registry_grpc.services.mutation import Mutation
from registry_grpc.services.policy import Policies
from registry_grpc.transport.call import Call
from registry_grpc.transport.convert.policy import policy_from, policy_message
from registry_grpc.transport.history import seen
from registry_grpc.transport.page import page_reply


class PolicyHandlers:
    """GovernanceService, as far as policies go."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def PutPolicy(self, call: Call, request: pb.PutPolicyRequest) -> bytes:
        name = parsed("policy.name", PolicyName.parse, request.policy.name)
        found = Violations()
        draft = policy_from(request.policy, found)
        mutation = call.mutation(request, policy_message)
        etag, reason = request.policy.etag, request.reason
        return self._policies.put(mutation, name, draft, etag, reason, found).reply

    def GetPolicy(self, call: Call, request: pb.GetPolicyRequest) -> Message:
        name = parsed("name", PolicyName.parse, request.name)
        if request.number < 0:
            raise invalid("number", "may not be negative")
        return policy_message(self._policies.get(name, request.number, seen(request)))

    def ListPolicies(self, call: Call, request: pb.ListPoliciesRequest) -> bytes:
        parent = parsed("parent", NamespaceName.parse, request.parent)
        query = Query(call.method, (request.parent,), (str,))
        page = query.page(request.page_size, request.page_token)
        result = self._policies.list(query, page, parent.namespace, seen(request))
        return page_reply(
            pb.ListPoliciesResponse, result, map(policy_message, result.items), call.history
        )

    def ListPolicyRevisions(self, call: Call, request: pb.ListPolicyRevisionsRequest) -> bytes:
        name = parsed("parent", PolicyName.parse, request.parent)
        query = Query(call.method, (request.parent,), (int,))
        page = query.page(request.page_size, request.page_token)
        result = self._policies.history(query, page, name, seen(request))
        return page_reply(
            pb.ListPolicyRevisionsResponse, result, map(policy_message, result.items), call.history
        )

    def DeletePolicy(self, call: Call, request: pb.DeletePolicyRequest) -> bytes:
        name = parsed("name", PolicyName.parse, request.name)
        mutation: Mutation[int] = call.mutation(
            request, lambda revision: pb.DeletePolicyResponse(revision=revision)
        )
        return self._policies.delete(mutation, name, request.etag, request.reason).reply
