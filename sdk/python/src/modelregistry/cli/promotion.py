"""`modelreg check`, `promote` and `rollback`: move versions between stages."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

from modelregistry.cli import failures, formats, waiting
from modelregistry.cli.arguments import Reason, Wait, taken
from modelregistry.cli.findings import findings_table
from modelregistry.cli.parsing import moment
from modelregistry.cli.session import Session, command
from modelregistry.cli.transition_page import needs_lines, outcome_line
from modelregistry.errors import GateRefused, TransitionNotAllowed
from modelregistry.names import model_of, short_ref
from modelregistry.types import Transition, TransitionState

_FEW = 100

Refs = Annotated[
    list[str],
    typer.Argument(metavar="REF...", help="Versions to promote together, such as fraud/7."),
]
To = Annotated[str, typer.Option("--to", metavar="STAGE", help="Target stage.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "check")(check)
    command(app, "promote", changes=True, transitions=True)(promote)
    command(app, "rollback", changes=True)(rollback)


def check(session: Session, refs: Refs, *, to: To) -> None:
    """Check whether versions may enter a stage: evaluate every rule and change nothing.

    Exits with 1 when a rule blocks the promotion: for CI.
    """
    found = session.client.check_transition(refs, to)
    parts = [findings_table(found.findings)] if found.findings else []
    verdict = Text("passed: ", "green") if found.passed else Text("blocked: ", "bold red")
    blocking, total = sum(item.blocks for item in found.findings), len(found.findings)
    if blocking:
        verdict.append(f"{blocking} of {formats.count(total, 'finding')} failed", "none")
    else:
        verdict.append(formats.count(total, "finding") if total else "no policy applies", "none")
    wait = [Text(f"then a wait of {found.wait}")] if found.wait else []
    session.output.result(found, *parts, verdict, *needs_lines(found.needs), *wait)
    if not found.passed:
        raise typer.Exit(failures.FAILED)


def promote(
    session: Session, refs: Refs, *, to: To, reason: Reason = "", wait: Wait = False
) -> None:
    """Request the promotion of versions to a stage, together: applied now, or after approvals.

    Exits with 0 only once it is applied, with 7 while it waits for approvals or time, and with 1
    when a rule blocks it, and shows the findings. Run again, it goes on with the same request: its
    approvals count, and a promotion that was applied exits with 0.
    """
    seconds = session.limit_of_wait() if wait else None
    made = _requested(session, refs, to, reason)
    if made.existing:
        since = formats.ago(made.create_time, session.output.now)
        whose = formats.clean(made.requester)
        session.output.note(f"requested already by {whose} {since}; its approvals count")
    for name in () if made.existing else made.supersedes:
        ended = formats.clean(short_ref(name))
        session.output.note(f"replaces {ended}, because policies or evidence changed since")
    waiting.finish(session, waiting.ended(session, made, seconds) if wait else made)


def _requested(session: Session, refs: Sequence[str], to: str, reason: str) -> Transition:
    try:
        return session.client.promote(refs, to, reason=reason, request_id=session.request_id)
    except TransitionNotAllowed:
        applied = _applied(session, refs, to)
        if applied is None:
            raise
        session.output.note("applied already; nothing changed")
        return applied
    except GateRefused as error:
        recorded = error.metadata.get("transition", "")
        if recorded and not session.output.as_json:
            refused = session.client.get_transition(recorded)
            session.output.result(refused, findings_table(refused.findings))
        raise


def _applied(session: Session, refs: Sequence[str], to: str) -> Transition | None:
    """Return the transition that moved these versions to the stage where all of them are."""
    versions = [session.client.get_version(ref) for ref in refs]
    if any(version.stage != to for version in versions):
        return None
    wanted = {version.name for version in versions}
    found = session.client.transitions(model_of(versions[0].name), states=[TransitionState.APPLIED])
    for one in taken(found, _FEW):
        if {move.version for move in one.moves if move.to_stage == to} == wanted:
            return one
    return None


def rollback(
    session: Session,
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET...",
            help="Stages, aliases or routes to roll back together: fraud@production, "
            "fraud@champion, fraud@checkout.",
        ),
    ],
    *,
    reason: Annotated[str, typer.Option(help="Reason; kept in the history.")],
    to: Annotated[
        str | None,
        typer.Option(metavar="REF", help="Version to return to; it must have been there before."),
    ] = None,
    to_time: Annotated[
        str | None,
        typer.Option(
            metavar="TIME", help="Return to the state at this time: RFC 3339, or an age such as 2h."
        ),
    ] = None,
    with_aliases: Annotated[
        bool,
        typer.Option(
            "--with-aliases", help="Also move the aliases of versions that leave a stage."
        ),
    ] = False,
) -> None:
    """Roll stages, aliases and routes back to what they were, immediately and without checks.

    A route gets its earlier arms and weights, and each unit the arm that it had. A second rollback
    undoes the first, unless the version was yanked or revoked.
    """
    then = None if to_time is None else moment("--to-time", to_time, session.output.now)
    if to is not None and to.isdigit():
        to = f"{targets[0].partition('@')[0]}/{to}"
    done = session.client.rollback(
        targets,
        reason=reason,
        to=to,
        to_time=then,
        with_aliases=with_aliases,
        request_id=session.request_id,
    )
    session.output.result(done, outcome_line(done))
    for move in done.moves:
        if move.route and not session.output.as_json:
            route = formats.shell_word(short_ref(move.route))
            session.output.note(f"its arms and weights: modelreg route show {route}")
        elif move.previous_version and not session.output.as_json:
            before = short_ref(move.previous_version)
            session.output.note(
                f"before: {before}; `modelreg versions yank {formats.shell_word(before)} "
                "--reason TEXT` keeps it out"
            )
