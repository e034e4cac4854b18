"""The page of one transition: moves, findings and approvals."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from modelregistry.cli import facts, formats, tables
from modelregistry.cli.findings import findings_table
from modelregistry.cli.short_names import shortened
from modelregistry.names import short_ref
from modelregistry.types import Approval, ApprovalNeed, Transition, TransitionMove, TransitionState

_FEW_MOVES: Final = 3
_STYLES: Final = {
    TransitionState.PENDING_APPROVAL: "yellow",
    TransitionState.WAITING: "yellow",
    TransitionState.APPLIED: "bold green",
    TransitionState.REFUSED: "bold red",
    TransitionState.REJECTED: "bold red",
}


def state_tag(state: TransitionState | int) -> Text:
    """Return a state with its colour."""
    if isinstance(state, TransitionState):
        return Text(state.name.lower().replace("_", " "), _STYLES.get(state, "dim"))
    return Text(str(state))


def move_text(move: TransitionMove) -> str:
    """Return a move on one line: `fraud/7 staging → production`, `champion → fraud/6`.

    Of a route that was rolled back: `fraud@checkout as before`.
    """
    if move.route:
        return formats.clean(f"{short_ref(move.route)} as before")
    if move.alias:
        return formats.clean(f"{move.alias.rpartition('/')[2]} → {short_ref(move.version)}")
    return formats.clean(f"{short_ref(move.version)} {move.from_stage} → {move.to_stage}")


def moves_text(transition: Transition) -> str:
    """Return the first few moves on one line, and the number of the others."""
    said = list(map(move_text, transition.moves[:_FEW_MOVES]))
    more = len(transition.moves) - len(said)
    return "; ".join([*said, *([f"{more} more"] if more else [])])


def outcome_line(transition: Transition) -> Text:
    """Return state and moves on one line."""
    moves = "; ".join(map(move_text, transition.moves))
    return Text.assemble(state_tag(transition.state), ": ", moves)


def needs_lines(needs: Sequence[ApprovalNeed]) -> Iterator[Text]:
    """Yield one line for each requirement: given and required approvals."""
    for need in needs:
        roles = f" by {' or '.join(need.roles)}" if need.roles else ""
        meaning = f": {formats.one_line(need.meaning)}" if need.meaning else ""
        yield Text(f"{need.given} of {need.count} approvals{roles} for {need.key}{meaning}")


def next_step(transition: Transition, now: datetime) -> str:
    """Return what an open transition waits for, and the command for it."""
    name = formats.clean(transition.ref)
    if transition.state is TransitionState.WAITING:
        due = formats.exact(transition.apply_time, now)
        return f"applies {due}; to withdraw it: modelreg transitions cancel {name}"
    return f"to approve: modelreg transitions approve {name}"


def page(transition: Transition, now: datetime) -> Iterator[RenderableType]:
    """Yield the parts of the page."""
    yield outcome_line(transition)
    yield facts.grid(_facts(transition, now))
    yield from needs_lines(transition.needs)
    if transition.approvals:
        yield Text("\nApprovals", "bold")
        yield tables.indented(_approvals(transition.approvals, now))
    findings = [item for move in transition.moves for item in move.findings]
    if findings:
        yield Text("\nFindings", "bold")
        yield tables.indented(findings_table(findings))


def _facts(transition: Transition, now: datetime) -> Iterator[facts.Fact]:
    asked = formats.exact(transition.create_time, now)
    yield "name", formats.clean(transition.name)
    yield "requested", formats.by_whom(transition.requester, asked)
    yield "reason", formats.one_line(transition.reason)
    yield "due", formats.exact(transition.apply_time, now) if transition.apply_time else ""
    yield "expires", formats.exact(transition.expire_time, now) if transition.is_open else ""
    yield "ended", formats.exact(transition.end_time, now) if transition.end_time else ""
    yield "cause", formats.one_line(shortened(transition.cause))
    yield "policies", formats.clean(", ".join(_policies(transition.moves)))
    yield "binding", formats.short_digest(transition.binding)


def _policies(moves: Iterable[TransitionMove]) -> list[str]:
    return list(dict.fromkeys(policy for move in moves for policy in move.policies))


def _approvals(approvals: Iterable[Approval], now: datetime) -> Table:
    made = tables.table(
        *(
            ("DECISION", "name"),
            ("BY", "name"),
            ("ROLE", "name"),
            ("FOR", "name"),
            ("TIME", "name"),
        ),
        *(("MEANING", "words"), ("COMMENT", "words")),
    )
    for item in approvals:
        said = "approved" if item.approved else "rejected"
        stands = item.stands or not item.approved
        made.add_row(
            Text(said if stands else f"{said}, void", "" if stands else "dim strike"),
            tables.name(item.actor),
            formats.clean(item.role),
            formats.clean(item.requirement) or "-",
            formats.ago(item.create_time, now),
            tables.words(item.meaning),
            tables.words(item.comment),
        )
    return made
