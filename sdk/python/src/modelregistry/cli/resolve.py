"""`modelreg resolve`."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import failures, formats, parsing, tables
from modelregistry.cli.session import Session, command
from modelregistry.errors import RegistryError
from modelregistry.types import RoutedVersion

AsOf = Annotated[
    str | None,
    typer.Option(
        metavar="TIME", help="Resolve as of this time: 2026-05-03T12:00:00Z, or 7d for a week ago."
    ),
]
_Answers = Sequence[tuple[str, str, RoutedVersion | RegistryError]]
"""Each reference with its unit and its answer."""


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "resolve")(resolve)


def resolve(
    session: Session,
    refs: Annotated[
        list[str],
        typer.Argument(metavar="REF…", help="fraud/7, fraud@champion, fraud@production and so on."),
    ],
    *,
    unit: Annotated[
        list[str] | None,
        typer.Option(help="What a route is asked for, such as a customer; repeatable."),
    ] = None,
    as_of: AsOf = None,
) -> None:
    """Resolve references to versions, atomically: all at one revision.

    With --unit each reference is resolved for each unit, and the arms of routes are shown. With
    --json an array with `ref` and either `version` or `error` for each; with --unit also `unit` and
    `route`, the decision. When some cannot be resolved the others are printed, and the exit code is
    that of the first error.
    """
    moment = parsing.moment("--as-of", as_of, session.output.now) if as_of is not None else None
    asked = [(ref, one) for ref in refs for one in unit or [""]]
    found = session.client.resolve_units(asked, as_of=moment)
    answers = [(*pair, answer) for pair, answer in zip(asked, found, strict=True)]
    failed = [answer for answer in found if isinstance(answer, RegistryError)]
    if len(answers) == 1 and failed:
        raise failed[0]
    units = unit is not None
    documents = [_document(*answer, with_unit=units) for answer in answers]
    session.output.result(documents, _table(answers, units=units))
    if failed:
        if not session.output.as_json:
            for error in failed:
                session.output.failure(error, session.server)
        raise typer.Exit(failures.exit_code(failed[0]))


def _document(
    ref: str, unit: str, answer: RoutedVersion | RegistryError, *, with_unit: bool
) -> dict[str, object]:
    asked = {"ref": ref, "unit": unit} if with_unit else {"ref": ref}
    if isinstance(answer, RegistryError):
        return {**asked, "error": failures.document(answer)}
    decided = {"route": answer.decision} if with_unit else {}
    return {**asked, "version": answer.version, **decided}


def _table(answers: _Answers, *, units: bool) -> Table:
    if units:
        return _units_table(answers)
    made = tables.table(
        *(("REF", "name"), ("VERSION", "name"), ("ALIASES", "name"), ("STAGE", "name")),
        *(("SIZE", "number"), ("DIGEST", "name")),
    )
    for ref, _, answer in answers:
        if isinstance(answer, RoutedVersion):
            version = answer.version
            made.add_row(
                Text(formats.clean(ref)),
                tables.called(version),
                tables.alias_tags(version.aliases),
                tables.stage_tag(version.stage),
                formats.size(version.size_bytes),
                formats.short_digest(version.root_digest),
            )
    return made


def _units_table(answers: _Answers) -> Table:
    made = tables.table(
        *(("REF", "name"), ("UNIT", "name"), ("ARM", "name"), ("VERSION", "name")),
        ("DIGEST", "name"),
    )
    for ref, unit, answer in answers:
        if isinstance(answer, RoutedVersion):
            made.add_row(
                *(formats.clean(ref), formats.clean(unit)),
                formats.clean(answer.decision.arm if answer.decision else "-"),
                tables.called(answer.version),
                formats.short_digest(answer.version.root_digest),
            )
    return made
