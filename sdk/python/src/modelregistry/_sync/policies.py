# Generated from _async/policies.py by scripts/generate_sync.py: never edit this.
"""Policies: the conditions for versions to enter stages."""

from modelregistry import names
from modelregistry._convert import checked
from modelregistry._convert import policy as convert
from modelregistry._convert.ordering import by_name, newest_number_first
from modelregistry._convert.page import page_of_named, page_of_one
from modelregistry._convert.writing import build
from modelregistry._sync.methods import Methods
from modelregistry._sync.pager import Pager
from modelregistry._wire.call import new_id
from modelregistry.types import Page, Policy
from modelregistry.v1 import governance_service_pb2 as pb


class PolicyMethods(Methods):
    """Policies, given as a Policy or as text: `quality`, `risk/quality` or a full name."""

    def put_policy(self, policy: Policy, *, reason: str = "", request_id: str = "") -> Policy:
        """Create a policy, or its next revision, which is enforced from then on.

        With an `etag` in it the call succeeds only if the enforced revision has not changed since
        it was read, with `none` only if there is none: otherwise it raises EtagMismatch. The same
        content changes nothing. Raises InvalidRequest with every violation, NamespaceNotFound or
        CelUnavailable.
        """
        name = self._policy(policy.name)
        request = build(
            pb.PutPolicyRequest,
            policy=convert.policy_to_message(policy, name),
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.governance.PutPolicy, request)
        return checked.named(convert.policy_from_message(reply), name)

    def get_policy(
        self, policy: str | Policy, *, number: int = 0, min_revision: int = 0, history_id: str = ""
    ) -> Policy:
        """Read the enforced revision of a policy, or revision `number`; raise PolicyNotFound."""
        request = build(
            pb.GetPolicyRequest,
            name=self._policy(policy),
            number=number,
            min_revision=min_revision,
            history_id=history_id,
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.governance.GetPolicy, request)
        return checked.named(convert.policy_from_message(reply), request.name)

    def policies(
        self,
        namespace: str | None = None,
        *,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[Policy]:
        """List the enforced policies of a namespace, by id."""

        def fetch(token: str) -> Page[Policy]:
            request = build(
                pb.ListPoliciesRequest,
                parent=self._parent(namespace),
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.governance.ListPolicies, request)
            return page_of_named(
                reply,
                map(convert.policy_from_message, reply.policies),
                f"{request.parent}/policies",
            )

        return Pager(fetch, by_name)

    def policy_revisions(
        self,
        policy: str | Policy,
        *,
        page_size: int = 0,
        min_revision: int = 0,
        history_id: str = "",
    ) -> Pager[Policy]:
        """List the revisions of a policy, newest first, also of a deleted one."""

        def fetch(token: str) -> Page[Policy]:
            request = build(
                pb.ListPolicyRevisionsRequest,
                parent=self._policy(policy),
                page_size=page_size,
                page_token=token,
                min_revision=min_revision,
                history_id=history_id,
            )
            stubs = self._connection.stubs
            reply = self._connection.unary(stubs.governance.ListPolicyRevisions, request)
            policies = map(convert.policy_from_message, reply.policies)
            return page_of_one(reply, policies, request.parent)

        return Pager(fetch, newest_number_first)

    def delete_policy(
        self, policy: str | Policy, *, etag: str = "", reason: str = "", request_id: str = ""
    ) -> int:
        """Delete a policy and return the revision of the deletion; its own revisions stay readable.

        Raises NamespaceNotFound, PolicyNotFound or EtagMismatch.
        """
        request = build(
            pb.DeletePolicyRequest,
            name=self._policy(policy),
            etag=etag,
            reason=reason,
            request_id=request_id or new_id(),
        )
        stubs = self._connection.stubs
        reply = self._connection.unary(stubs.governance.DeletePolicy, request)
        return checked.revision(reply.revision)

    def _policy(self, policy: str | Policy) -> str:
        name = policy.name if isinstance(policy, Policy) else policy
        return names.policy_name(name, self._namespace)
