"""Policies: the rules and approvals for versions that enter a stage."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from registry_grpc.domain.canonical import content_digest
from registry_grpc.domain.digest import Digest
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.model import MAX_DESCRIPTION_BYTES, etag
from registry_grpc.domain.names import ModelName, PolicyName
from registry_grpc.domain.pattern import MEANING, is_pattern, matches
from registry_grpc.domain.principal import Permission, Role
from registry_grpc.domain.rule import Rule, check_id
from registry_grpc.domain.stage_graph import StageGraph
from registry_grpc.domain.violations import Violations

_MODELS_BYTES = 256
_MOST_RULES = 100
_MOST_APPROVALS = 20
_MOST_COUNT = 20
_MOST_WAIT = timedelta(days=30)
_MEANING_BYTES = 256


@dataclass(frozen=True, slots=True)
class ApprovalRequirement:
    """Required approvals: `count` different people, each for one requirement.

    meaning: the statement of an approval, such as `validated on every patient group`. roles: names
    of roles that may approve; empty for any with the permission. allow_requester, allow_author:
    whether the requester of the transition, or the creator of the version, may approve it.
    """

    id: str
    meaning: str = ""
    count: int = 1
    roles: tuple[str, ...] = ()
    allow_requester: bool = False
    allow_author: bool = False

    def check(self, found: Violations, path: str) -> None:
        """Add all violations, under `path`."""
        check_id(found, f"{path}.id", self.id)
        check_text(found, f"{path}.meaning", self.meaning, _MEANING_BYTES)
        found.check(f"{path}.count", 1 <= self.count <= _MOST_COUNT, f"must be 1 to {_MOST_COUNT}")
        for index, text in enumerate(self.roles):
            role = found.parse(f"{path}.roles[{index}]", Role.parse, text)
            may = role is None or Permission.APPROVE in role.permissions
            found.check(f"{path}.roles[{index}]", may, f"the role {text[:80]} may not approve")


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """The content of a policy.

    from_stage: '' for any. models: a pattern of model ids (`*`, `?`, `[ab]`). wait: the waiting
    time of a transition after its last approval.
    """

    to_stage: str
    models: str
    from_stage: str = ""
    rules: tuple[Rule, ...] = ()
    approvals: tuple[ApprovalRequirement, ...] = ()
    wait: timedelta = timedelta(0)
    description: str = ""

    def check(self, found: Violations, graph: StageGraph) -> None:
        """Add all violations, under the paths of a request's `policy` field.

        graph: of the namespace. A policy for a missing stage would have no effect.
        """
        stages = ", ".join(graph.names)
        known = not self.from_stage or self.from_stage in graph
        found.check("policy.from_stage", known, f"must be one of {stages}, or empty for any")
        found.check("policy.to_stage", self.to_stage in graph, f"must be one of {stages}")
        found.check(
            "policy.models",
            is_pattern(self.models, _MODELS_BYTES),
            f"a pattern is 1 to {_MODELS_BYTES} bytes of {MEANING}, such as * for all",
        )
        within = timedelta(0) <= self.wait <= _MOST_WAIT
        found.check("policy.wait", within, f"must be 0 to {_MOST_WAIT.days} days")
        check_text(found, "policy.description", self.description, MAX_DESCRIPTION_BYTES)
        _check_each(found, "policy.rules", self.rules, _MOST_RULES)
        _check_each(found, "policy.approvals", self.approvals, _MOST_APPROVALS)
        something = bool(self.rules or self.approvals or self.wait)
        found.check("policy", something, "demands nothing: give rules, approvals or a wait")

    def matches(self, model: ModelName, from_stage: str, to_stage: str) -> bool:
        """Whether it applies to this move of this model's versions."""
        return (
            self.to_stage == to_stage
            and self.from_stage in {"", from_stage}
            and matches(self.models, model.model)
        )


class PolicyAction(StrEnum):
    """The actions of policies in the log."""

    PUT = "policy.put"
    DELETE = "policy.delete"


@dataclass(frozen=True, slots=True)
class Policy:
    """One revision of a policy.

    number: 1, 2, 3 … of this policy, never reused. deleted: this revision deleted the policy, and
    has the content of the last one. digest: of the draft's content. revision: of the registry.
    """

    name: PolicyName
    number: int
    draft: PolicyDraft
    digest: Digest
    actor: str
    time: datetime
    revision: int
    deleted: bool = False

    @property
    def etag(self) -> str:
        """The etag, which changes with every revision."""
        return etag(self.revision)

    @property
    def reference(self) -> str:
        """The reference in findings: `<id>@<number>`."""
        return f"{self.name.policy}@{self.number}"


def policy_digest(draft: PolicyDraft) -> Digest:
    """Return the digest of the content of a policy."""
    return content_digest(draft)


def _check_each(
    found: Violations, path: str, items: Sequence[Rule | ApprovalRequirement], most: int
) -> None:
    found.check(path, len(items) <= most, f"at most {most}")
    seen = set[str]()
    for index, item in enumerate(items):
        item.check(found, f"{path}[{index}]")
        found.check(f"{path}[{index}].id", item.id not in seen, f"{item.id[:80]!r} is there twice")
        seen.add(item.id)
