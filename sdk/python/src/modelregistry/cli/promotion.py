"""`modelreg check`, `promote` and `rollback`: versions on their way to stages, and back."""

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
    list[str], typer.Argument(metavar="REF...", help="Versions, such as fraud/7; together.")
]
To = Annotated[str, typer.Option("--to", metavar="STAGE", help="The stage they shall enter.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    command(app, "check")(check)
    command(app, "promote", changes=True)(promote)
    command(app, "rollback", changes=True)(rollback)


def check(session: Session, refs: Refs, *, to: To) -> None:
    """Say whether versions may enter a stage, with every rule's finding; changes nothing.

    Exits with 1 when rules refuse: for CI.
    """
    found = session.client.check_transition(refs, to)
    parts = [findings_table(found.findings)] if found.findings else []
    verdict = Text("passed: ", "green") if found.passed else Text("refused: ", "bold red")
    refusing, said = sum(item.refuses for item in found.findings), len(found.findings)
    if refusing:
        verdict.append(f"{refusing} of {formats.count(said, 'finding')} refuse", "none")
    else:
        verdict.append(formats.count(said, "finding") if said else "no rule guards this", "none")
    wait = [Text(f"then a wait of {found.wait}")] if found.wait else []
    session.output.result(found, *parts, verdict, *needs_lines(found.needs), *wait)
    if not found.passed:
        raise typer.Exit(failures.FAILED)


def promote(session: Session, refs: Refs, *, to: To, reason: Reason = "") -> None:
    """Ask for versions to enter a stage, together: applied at once, or once people approve.

    Exits with 1 when rules refuse, and shows what they found.
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
        typer.Argument(metavar="TARGET...", help="fraud@production, fraud@champion; together."),
    ],
    *,
    reason: Annotated[str, typer.Option(help="Why; kept in the history.")],
    to: Annotated[
        str | None, typer.Option(metavar="REF", help="Who comes back; must have been there.")
    ] = None,
    to_time: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="To what held then: an RFC 3339 time, or an age: 2h."),
    ] = None,
    with_aliases: Annotated[
        bool,
        typer.Option("--with-aliases", help="Aliases of what leaves a stage follow."),
    ] = False,
) -> None:
    """Bring stages or aliases back to what they held before, at once, without asking rules.

    A second rollback brings back what the first took out, unless that was yanked or revoked.
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
                f"before: {before}; `modelreg versions yank {before} --reason WHY` keeps it out"
            )
