"""Use cases of policies."""

from dataclasses import replace

from registry_grpc.domain.change import Change
from registry_grpc.domain.errors import CelUnavailable, PolicyNotFound
from registry_grpc.domain.history import ABSENT_ETAG, Position, require_etag
from registry_grpc.domain.names import PolicyName
from registry_grpc.domain.page import Page, Query
from registry_grpc.domain.policy import Policy, PolicyAction, PolicyDraft, policy_digest
from registry_grpc.domain.reason import check_reason
from registry_grpc.domain.violations import Violations
from registry_grpc.services.listing import FEW_AT_ONCE, Listed, listed, number_of, text_of
from registry_grpc.services.mutation import Done, Mutation, Mutations
from registry_grpc.services.ports.database import Database, Transaction
from registry_grpc.services.ports.expressions import Expressions
from registry_grpc.services.reading import require_namespace, require_revision


class Policies:
    """Puts, reads and deletes policies."""

    def __init__(self, database: Database, mutations: Mutations, expressions: Expressions) -> None:
        self._database = database
        self._mutations = mutations
        self._expressions = expressions

    def put(
        self,
        call: Mutation[Policy],
        name: PolicyName,
        draft: PolicyDraft,
        etag: str,
        reason: str,
        found: Violations | None = None,
    ) -> Done[Policy]:
        """Append a revision that is in force from now on; the same content changes nothing.

        found: violations of the parsing of the draft, reported together with others. Raises
        InvalidRequest, NamespaceNotFound, EtagMismatch or CelUnavailable.
        """
        check_reason(reason)

        def act(tx: Transaction) -> Policy:
            require_namespace(tx, name.namespace)
            wrong = Violations() if found is None else found
            draft.check(wrong, tx.graphs.get(name.namespace, None))
            self._check(name, draft, wrong)
            head = tx.policies.get(name)
            require_etag(name, etag, head.etag if head else ABSENT_ETAG, tx.head)
            digest = policy_digest(draft)
            if head is not None and head.digest == digest:
                return head
            last = tx.policies.newest(name)
            number = 1 if last is None else last.number + 1
            actor = call.actor.name
            policy = Policy(name, number, draft, digest, actor, tx.time, tx.revision)
            tx.policies.append(policy)
            tx.record([Change(PolicyAction.PUT, str(name), actor, head, policy, reason)])
            return policy

        return self._mutations.change(call, act)

    def get(self, name: PolicyName, number: int, seen: Position) -> Policy:
        """Return the revision in force, or the one with this number; raises PolicyNotFound."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            if not number:
                return _require_policy(tx, name)
            found = tx.policies.revision(name, number)
        if found is None:
            message = f"policy {name} has no revision {number}"
            raise PolicyNotFound(str(name), message, number=number)
        return found

    def list(
        self,
        query: Query,
        page: Page,
        namespace: str,
        seen: Position,
    ) -> Listed[Policy]:
        """Return a page of the policies in force, by id; raises NamespaceNotFound."""
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_namespace(tx, namespace)
            return listed(
                query,
                page,
                tx.head,
                lambda after, limit: tx.policies.page(namespace, text_of(after), limit),
                lambda row: (row.name.policy,),
                at_once=FEW_AT_ONCE,
            )

    def history(
        self,
        query: Query,
        page: Page,
        name: PolicyName,
        seen: Position,
    ) -> Listed[Policy]:
        """Return a page of the revisions of a policy, newest first, also of a deleted one.

        Raises PolicyNotFound if it never existed.
        """
        with self._database.read() as tx:
            require_revision(tx, seen)
            require_namespace(tx, name.namespace)
            result = listed(
                query,
                page,
                tx.head,
                lambda after, limit: tx.policies.history(name, number_of(after), limit),
                lambda row: (row.number,),
                at_once=FEW_AT_ONCE,
            )
        if page.after is None and not result.items:
            raise PolicyNotFound(str(name))
        return result

    def delete(self, call: Mutation[int], name: PolicyName, etag: str, reason: str) -> Done[int]:
        """Delete a policy and return the revision; its history stays.

        Raises NamespaceNotFound, PolicyNotFound or EtagMismatch.
        """
        check_reason(reason)

        def act(tx: Transaction) -> int:
            head = _require_policy(tx, name)
            require_etag(name, etag, head.etag, tx.head)
            actor = call.actor.name
            end = replace(
                head,
                number=head.number + 1,
                actor=actor,
                time=tx.time,
                revision=tx.revision,
                deleted=True,
            )
            tx.policies.append(end)
            tx.record([Change(PolicyAction.DELETE, str(name), actor, head, None, reason)])
            return tx.revision

        return self._mutations.change(call, act)

    def _check(self, name: PolicyName, draft: PolicyDraft, found: Violations) -> None:
        found.raise_if_any()
        for index, rule in enumerate(draft.rules):
            if rule.cel is None:
                continue
            if not self._expressions.available:
                raise CelUnavailable(str(name))
            fault = self._expressions.fault(rule.cel.expression)
            found.check(f"policy.rules[{index}].cel.expression", not fault, fault)
        found.raise_if_any()


def _require_policy(tx: Transaction, name: PolicyName) -> Policy:
    require_namespace(tx, name.namespace)
    found = tx.policies.get(name)
    if found is None:
        if tx.policies.newest(name) is not None:
            message = f"policy {name} was deleted; its revisions are kept, and putting it adds one"
            raise PolicyNotFound(str(name), message)
        raise PolicyNotFound(str(name))
    return found
