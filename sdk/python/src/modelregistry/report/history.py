"""The sections of a report about transitions, approvals, attestations and histories."""

from collections.abc import Sequence

from modelregistry.names import segment, short_ref
from modelregistry.report.page import Block, Section, facts, table
from modelregistry.report.wording import NOTHING, by_whom, called, moment, subject
from modelregistry.types import (
    AliasEntry,
    Approval,
    Finding,
    Report,
    Transition,
    TransitionMove,
)

_FINDING_COLUMNS = ("Result", "Policy", "Rule", "Metric", "Threshold", "Actual", "Message")
_APPROVAL_COLUMNS = ("Decision", "By", "Role", "For", "Time", "Meaning", "Comment", "Binding")


def history(report: Report) -> Sequence[Section]:
    """Return transitions with findings and approvals, attestations, and histories, newest first."""
    stages = [
        (moment(move.create_time), move.previous_stage, move.stage, move.actor, move.reason)
        for move in report.stage_moves
    ]
    aliases = [
        (moment(move.create_time), *_alias_move(move), move.actor, move.reason)
        for move in report.alias_moves
    ]
    lived = [
        (moment(event.time), event.action.removeprefix("version."), event.actor, event.reason)
        for event in report.life
    ]
    attested = [
        (
            item.predicate_type,
            item.signer,
            item.payload_digest,
            item.creator,
            moment(item.create_time),
        )
        for item in report.attestations
    ]
    return [
        Section("Transitions", [block for each in report.transitions for block in _shown(each)]),
        Section(
            "Attestations, not verified",
            table(("Statement", "Signer", "Digest", "Recorded by", "Time"), attested),
        ),
        Section("State history", table(("Time", "State", "By", "Reason"), lived)),
        Section("Stage history", table(("Time", "From", "To", "By", "Reason"), stages)),
        Section("Alias history", table(("Time", "Alias", "From", "To", "By", "Reason"), aliases)),
    ]


def _alias_move(move: AliasEntry) -> tuple[str, str, str]:
    before, after = (
        short_ref(name) if name else NOTHING for name in (move.previous_version, move.version)
    )
    return segment(move.name, "aliases"), before, after


def _shown(transition: Transition) -> Sequence[Block]:
    every = (item for move in transition.moves for item in move.findings)
    findings = sorted(every, key=lambda finding: not finding.blocks)
    policies = dict.fromkeys(policy for move in transition.moves for policy in move.policies)
    return [
        *facts(
            ("transition", transition.name),
            ("kind", called(transition.kind)),
            ("state", called(transition.state)),
            ("moves", "; ".join(map(_move, transition.moves))),
            ("requested", by_whom(transition.requester, transition.create_time)),
            ("reason", transition.reason),
            ("policies", ", ".join(policies)),
            ("ended", moment(transition.end_time)),
            ("cause", transition.cause),
        ),
        *table(_FINDING_COLUMNS, list(map(_finding, findings)), "Findings"),
        *table(_APPROVAL_COLUMNS, list(map(_approval, transition.approvals)), "Approvals"),
    ]


def _move(move: TransitionMove) -> str:
    if move.alias:
        return f"{short_ref(move.alias)} → {short_ref(move.version)}"
    return f"{short_ref(move.version)} {move.from_stage} → {move.to_stage}"


def _finding(finding: Finding) -> Sequence[str]:
    return (
        *(called(finding.outcome), finding.policy, finding.rule, subject(finding)),
        *(finding.expected, finding.actual, finding.message),
    )


def _approval(approval: Approval) -> Sequence[str]:
    said = "approved" if approval.approved else "rejected"
    void = approval.approved and not approval.stands
    return (
        f"{said}, void" if void else said,
        *(approval.actor, approval.role, approval.requirement, moment(approval.create_time)),
        *(approval.meaning, approval.comment, approval.binding),
    )
