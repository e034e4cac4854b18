"""Policies to and from messages."""

from datetime import timedelta

from modelregistry.v1 import policy_pb2
from registry_grpc.domain.policy import ApprovalRequirement, Policy, PolicyDraft
from registry_grpc.domain.violations import Violations
from registry_grpc.transport.convert.rule import rule_from, rule_message
from registry_grpc.transport.convert.time import duration, duration_message, timestamp


def policy_message(policy: Policy) -> policy_pb2.Policy:
    """Return the message."""
    draft = policy.draft
    return policy_pb2.Policy(
        name=str(policy.name),
        number=policy.number,
        from_stage=draft.from_stage,
        to_stage=draft.to_stage,
        models=draft.models,
        rules=map(rule_message, draft.rules),
        approvals=map(approval_message, draft.approvals),
        wait=duration_message(draft.wait or None),
        description=draft.description,
        digest=str(policy.digest),
        deleted=policy.deleted,
        etag=policy.etag,
        updater=policy.actor,
        update_time=timestamp(policy.time),
        revision=policy.revision,
    )


def approval_message(wanted: ApprovalRequirement) -> policy_pb2.ApprovalRequirement:
    """Return the message."""
    return policy_pb2.ApprovalRequirement(
        id=wanted.id,
        meaning=wanted.meaning,
        count=wanted.count,
        roles=wanted.roles,
        allow_requester=wanted.allow_requester,
        allow_author=wanted.allow_author,
    )


def policy_from(message: policy_pb2.Policy, found: Violations) -> PolicyDraft:
    """Return what a message says; note what cannot be read."""
    try:
        wait = duration(message.wait)
    except ValueError as error:
        found.add("policy.wait", str(error))
        wait = timedelta(1)  # a stand-in: what is noted gets nowhere
    return PolicyDraft(
        from_stage=message.from_stage,
        to_stage=message.to_stage,
        models=message.models,
        rules=tuple(
            rule_from(item, f"policy.rules[{index}]", found)
            for index, item in enumerate(message.rules)
        ),
        approvals=tuple(map(_approval, message.approvals)),
        wait=wait,
        description=message.description,
    )


def _approval(message: policy_pb2.ApprovalRequirement) -> ApprovalRequirement:
    return ApprovalRequirement(
        id=message.id,
        meaning=message.meaning,
        count=message.count or 1,
        roles=tuple(message.roles),
        allow_requester=message.allow_requester,
        allow_author=message.allow_author,
    )
