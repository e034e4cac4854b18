"""Policies in SQL: every revision, and a head for each policy in force."""

from collections.abc import Sequence

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ColumnElement,
    Connection,
    Index,
    Row,
    Table,
    and_,
    delete,
    insert,
    select,
)

from registry_grpc.domain.names import PolicyName
from registry_grpc.domain.policy import Policy, PolicyDraft
from registry_grpc.persistence.codec import decode, encode
from registry_grpc.persistence.columns import BYTEWISE, DOCUMENT, Moment, Sha256
from registry_grpc.persistence.schema import METADATA, column, key

# Those in force. What they say stands in the revision.
policies = Table(
    "policies",
    METADATA,
    key("namespace", BYTEWISE, "namespaces.namespace"),
    key("policy_id", BYTEWISE),
    column("number", BigInteger()),
    column("to_stage", BYTEWISE),
    Index(None, "namespace", "to_stage", "policy_id"),
)

policy_revisions = Table(
    "policy_revisions",
    METADATA,
    key("namespace", BYTEWISE, "namespaces.namespace"),
    key("policy_id", BYTEWISE),
    key("number", BigInteger()),
    column("revision", BigInteger()),
    column("time", Moment()),
    column("actor", BYTEWISE),
    column("deleted", Boolean()),
    column("digest", Sha256()),
    column("document", DOCUMENT),
    CheckConstraint("number >= 1", name="number"),
)

_head, _said = policies.c, policy_revisions.c
_IN_FORCE = (
    select(policy_revisions)
    .join_from(
        policies,
        policy_revisions,
        and_(
            _said.namespace == _head.namespace,
            _said.policy_id == _head.policy_id,
            _said.number == _head.number,
        ),
    )
    .order_by(_head.policy_id)
)
_HISTORY = select(policy_revisions).order_by(_said.number.desc())


class SqlPolicies:
    """Implements `registry_grpc.services.ports.policy.Policies`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, name: PolicyName) -> Policy | None:
        """Return the revision in force, or None."""
        row = self._connection.execute(_IN_FORCE.where(_is_head(name))).one_or_none()
        return None if row is None else _policy(row)

    def revision(self, name: PolicyName, number: int) -> Policy | None:
        """Return a revision, also of a deleted policy, or None."""
        found = _HISTORY.where(_is_of(name), _said.number == number)
        row = self._connection.execute(found).one_or_none()
        return None if row is None else _policy(row)

    def newest(self, name: PolicyName) -> Policy | None:
        """Return the last revision, also one that deleted the policy, or None."""
        found = self.history(name, None, 1)
        return found[0] if found else None

    def page(self, namespace: str, after: str | None, limit: int) -> Sequence[Policy]:
        """Return the policies in force after the id `after`, by id."""
        statement = _IN_FORCE.where(_head.namespace == namespace).limit(limit)
        if after is not None:
            statement = statement.where(_head.policy_id > after)
        return [_policy(row) for row in self._connection.execute(statement)]

    def history(self, name: PolicyName, before: int | None, limit: int) -> Sequence[Policy]:
        """Return the revisions with numbers below `before`, newest first."""
        statement = _HISTORY.where(_is_of(name)).limit(limit)
        if before is not None:
            statement = statement.where(_said.number < before)
        return [_policy(row) for row in self._connection.execute(statement)]

    def guarding(self, namespace: str, to_stage: str) -> Sequence[Policy]:
        """Return the policies in force for entering a stage, by id."""
        statement = _IN_FORCE.where(_head.namespace == namespace, _head.to_stage == to_stage)
        return [_policy(row) for row in self._connection.execute(statement)]

    def append(self, policy: Policy) -> None:
        """Add a revision, which is in force from then on, or deletes the policy."""
        key = {"namespace": policy.name.namespace, "policy_id": policy.name.policy}
        self._connection.execute(
            insert(policy_revisions),
            {
                **key,
                "number": policy.number,
                "revision": policy.revision,
                "time": policy.time,
                "actor": policy.actor,
                "deleted": policy.deleted,
                "digest": policy.digest,
                "document": encode(policy.draft),
            },
        )
        self._connection.execute(delete(policies).where(_is_head(policy.name)))
        if not policy.deleted:
            values = {**key, "number": policy.number, "to_stage": policy.draft.to_stage}
            self._connection.execute(insert(policies), values)


def _is_head(name: PolicyName) -> ColumnElement[bool]:
    return and_(_head.namespace == name.namespace, _head.policy_id == name.policy)


def _is_of(name: PolicyName) -> ColumnElement[bool]:
    return and_(_said.namespace == name.namespace, _said.policy_id == name.policy)


def _policy(row: Row[*tuple[object, ...]]) -> Policy:
    return Policy(
        name=PolicyName(row.namespace, row.policy_id),
        number=row.number,
        draft=decode(PolicyDraft, row.document),
        digest=row.digest,
        actor=row.actor,
        time=row.time,
        revision=row.revision,
        deleted=row.deleted,
    )
