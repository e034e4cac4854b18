"""Policies."""

from modelregistry._convert import checked, times
from modelregistry._convert.arguments import Violations
from modelregistry._convert.rule import rule_from_message, rule_to_message
from modelregistry._convert.writing import build
from modelregistry.types import ApprovalRequirement, Policy, Rule
from modelregistry.v1 import policy_pb2 as pb


def policy_from_message(message: pb.Policy) -> Policy:
    """Read a policy."""
    return Policy(
        name=checked.resource_name(message.name),
        to_stage=message.to_stage,
        models=message.models,
        from_stage=message.from_stage,
        rules=tuple(map(rule_from_message, message.rules)),
        approvals=tuple(map(approval_from_message, message.approvals)),
        wait=checked.duration(message.wait, "wait"),
        description=message.description,
        number=checked.count(message.number, "number"),
        digest=checked.digest_or_none(message.digest, "digest"),
        deleted=message.deleted,
        etag=message.etag,
        updater=message.updater,
        update_time=times.of(message, "update_time"),
        revision=checked.revision(message.revision),
        history_id=checked.history(message.history_id),
    )


def policy_to_message(policy: Policy, name: str) -> pb.Policy:
    """Write the fields that users set, under the policy's full name; omit output-only fields."""
    found = Violations()
    message = found.build(
        pb.Policy,
        name=name,
        to_stage=policy.to_stage,
        models=policy.models,
        from_stage=policy.from_stage,
        rules=found.each("rules", policy.rules, Rule, rule_to_message),
        approvals=found.each(
            "approvals", policy.approvals, ApprovalRequirement, _approval_to_message
        ),
        wait=times.duration_to_message(policy.wait, "wait"),
        description=policy.description,
        etag=policy.etag,
    )
    found.raise_if_any()
    return message


def approval_from_message(message: pb.ApprovalRequirement) -> ApprovalRequirement:
    """Read an approval requirement."""
    return ApprovalRequirement(
        id=message.id,
        meaning=message.meaning,
        count=checked.count(message.count, "approvals.count"),
        roles=tuple(message.roles),
        allow_requester=message.allow_requester,
        allow_author=message.allow_author,
    )


def _approval_to_message(wanted: ApprovalRequirement) -> pb.ApprovalRequirement:
    return build(
        pb.ApprovalRequirement,
        id=wanted.id,
        meaning=wanted.meaning,
        count=wanted.count,
        roles=wanted.roles,
        allow_requester=wanted.allow_requester,
        allow_author=wanted.allow_author,
    )
