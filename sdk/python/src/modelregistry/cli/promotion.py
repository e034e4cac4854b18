"""`modelreg check`, `promote` and `rollback`: move versions between stages."""

from typing import Annotated

import typer
from rich.text import Text

from modelregistry.cli import failures, formats
from modelregistry.cli.arguments import Reason
from modelregistry.cli.findings import findings_table
from modelregistry.cli.parsing import moment
from modelregistry.cli.session import Session, command
from modelregistry.cli.transition_page import needs_lines, next_step, outcome_line
from modelregistry.errors import GateRefused
from modelregistry.names import short_ref

Refs = Annotated[
    list[str],
    typer.Argument(metavar="REF...", help="Versions to promote together, such as fraud/7."),
]
To = Annotated[str, typer.Option("--to", metavar="STAGE", help="Target stage.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "check")(check)
    command(app, "promote", changes=True)(promote)
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


def promote(session: Session, refs: Refs, *, to: To, reason: Reason = "") -> None:
    """Request the promotion of versions to a stage, together: applied now, or after approvals.

    Exits with 1 when a rule blocks the promotion, and shows the findings.
    """
    try:
        made = session.client.promote(refs, to, reason=reason, request_id=session.request_id)
    except GateRefused as error:
        recorded = error.metadata.get("transition", "")
        if recorded and not session.output.as_json:
            refused = session.client.get_transition(recorded)
            session.output.result(refused, findings_table(refused.findings))
        raise
    session.output.result(made, outcome_line(made), *needs_lines(made.needs))
    if made.is_open:
        session.output.note(next_step(made, session.output.now))


def rollback(
    session: Session,
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="TARGET...",
            help="Stages or aliases to roll back together: fraud@production, fraud@champion.",
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
    """Roll stages or aliases back to an earlier version, immediately and without checks.

    A second rollback undoes the first, unless the version was yanked or revoked.
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
        if move.previous_version and not session.output.as_json:
            before = short_ref(move.previous_version)
            session.output.note(
                f"before: {before}; `modelreg versions yank {before} --reason TEXT` keeps it out"
            )
