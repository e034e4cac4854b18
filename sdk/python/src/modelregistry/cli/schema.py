"""`modelreg schema`: manage the registration schema of a namespace."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import facts, failures, formats, schema_file, tables
from modelregistry.cli.arguments import Etag, Limit, Reason, Yes, page_size, taken
from modelregistry.cli.session import Session, command
from modelregistry.types import RegistrationSchema, RequiredFacts, SchemaFailure

group: Final = typer.Typer(
    no_args_is_help=True,
    help="Manage the registration schema of a namespace: what every new version must contain.",
)

_MOST_SHOWN: Final = 100
_FILE_HELP: Final = "JSON: json_schema, check_formats, required; as `show --as-file` prints it."


@command(group, "show")
def show_schema(
    session: Session,
    *,
    number: Annotated[
        int, typer.Option(min=0, help="Revision to show; by default the one in force.")
    ] = 0,
    as_file: Annotated[
        bool, typer.Option("--as-file", help="Print in the format that `schema set` reads.")
    ] = False,
) -> None:
    """Show the registration schema in force, or an earlier revision."""
    found = session.client.registration_schema(number=number)
    if as_file:
        session.output.text(schema_file.text(found))
        return
    about = [
        *_required(found.required),
        ("formats", "checked" if found.check_formats else ""),
        (
            "set",
            formats.by_whom(found.updater, formats.exact(found.update_time, session.output.now)),
        ),
        ("etag", found.etag),
        ("revision", str(found.revision)),
    ]
    head = Text.assemble(_called(found), "  checks nothing" if found.is_empty else "")
    text = Text(_indented(found.json_schema))
    shown = facts.section("JSON Schema", text) if text else ()
    session.output.result(found, head, facts.grid(about), *shown)


def _required(required: RequiredFacts) -> Sequence[facts.Fact]:
    lists = ("files", "labels", "tags", "metrics", "slices")
    named = [(name, ", ".join(map(formats.clean, getattr(required, name)))) for name in lists]
    flags = [
        (required.clean_commit, "a commit of a clean work tree"),
        (required.environment_lock, "packages or container image"),
        (required.signature, "a signature"),
        (required.stored_bytes, "bytes in the registry"),
    ]
    roles = ", ".join(getattr(role, "name", str(role)).lower() for role in required.pinned_inputs)
    return [
        *((f"needs {name}", keys) for name, keys in named),
        ("needs pinned inputs", roles),
        ("needs", ", ".join(said for wanted, said in flags if wanted)),
    ]


def _indented(text: str) -> str:
    return json.dumps(schema_file.parsed(text), indent=2, ensure_ascii=False) if text else ""


@command(group, "check")
def check_schema(
    session: Session,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help=f"{_FILE_HELP} Without: the schema in force."),
    ] = None,
    *,
    limit: Limit = None,
) -> None:
    """List the versions that a schema would reject; changes nothing.

    Exits with 1 when there are any.
    """
    schema = None if file is None else schema_file.read(file)
    found = taken(session.client.check_registration_schema(schema), limit)
    session.output.listing(found, _failures_table, "Every version satisfies it.")
    if found:
        raise typer.Exit(failures.FAILED)


def _failures_table(found: Sequence[SchemaFailure]) -> Table:
    made = tables.table(("VERSION", "name"), ("VIOLATIONS", "words"))
    for item in found:
        for index, violation in enumerate(item.violations):
            called = tables.name(item.version_ref) if not index else Text()
            made.add_row(called, tables.words(violation))
    return made


@command(group, "set", changes=True)
def set_schema(
    session: Session,
    file: Annotated[Path, typer.Argument(metavar="FILE", help=_FILE_HELP)],
    *,
    etag: Etag = "",
    reason: Reason = "",
    yes: Yes = False,
) -> None:
    """Put a registration schema in force, after listing the versions that would fail it.

    These versions stay unchanged. With --json the schema, and the first hundred as `failures`. A
    file that contains only {} disables the check.
    """
    schema = schema_file.read(file)
    found = taken(session.client.check_registration_schema(schema), _MOST_SHOWN)
    for item in found:
        more = f" (and {len(item.violations) - 1} more)" if len(item.violations) > 1 else ""
        session.output.note(formats.clean(f"{item.version_ref}  {item.violations[0]}{more}"))
    if found:
        count = f"{len(found)} version(s)" if len(found) < _MOST_SHOWN else "Many versions"
        session.confirm(f"{count} would fail this schema. Set it?", yes=yes)
    made = session.client.set_registration_schema(
        schema, etag=etag, reason=reason, request_id=session.request_id
    )
    if session.output.as_json:
        session.output.result({**session.output.fields(made), "failures": found})
        return
    session.output.result(made, Text.assemble(_called(made), " is in force"))


@command(group, "history")
def schema_history(session: Session, *, limit: Limit = None) -> None:
    """List the revisions of the registration schema, newest first."""
    pager = session.client.registration_schema_revisions(page_size=page_size(limit))

    def table(items: Sequence[RegistrationSchema]) -> Table:
        made = tables.table(
            ("REVISION", "number"), ("CREATED", "name"), ("BY", "name"), ("CHECKS", "words")
        )
        for item in items:
            made.add_row(
                str(item.number),
                formats.ago(item.update_time, session.output.now),
                tables.words(item.updater),
                _checks(item),
            )
        return made

    empty = "No schema was set yet. Set one: modelreg schema set FILE"
    session.output.listing(taken(pager, limit), table, empty)


def _checks(schema: RegistrationSchema) -> str:
    said = [
        f"JSON Schema of {formats.size(len(schema.json_schema.encode()))}"
        if schema.json_schema
        else "",
        "; ".join(f"{name} {what}" for name, what in _required(schema.required) if what),
    ]
    return ", ".join(filter(None, said)) or "nothing"


def _called(schema: RegistrationSchema) -> Text:
    return tables.name(f"schema {schema.number} of {schema.namespace}")
