"""`modelreg copy`: copy versions to other models, namespaces and registries."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from modelregistry import Client, names
from modelregistry.cli import formats, parsing, tables
from modelregistry.cli.session import Session, command
from modelregistry.cli.versions import versions_table
from modelregistry.types import CopyCheck, Version, VersionState

_COPIED = frozenset({VersionState.ACTIVE, VersionState.DEPRECATED})


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "copy", changes=True)(copy)


def copy(
    session: Session,
    source: Annotated[
        str,
        typer.Argument(metavar="REF", help="Such as fraud/7, fraud@champion; a model with --all."),
    ],
    model: Annotated[
        str, typer.Argument(metavar="MODEL", help="Model of the copy, such as fraud or prod/fraud.")
    ],
    *,
    to: Annotated[
        str,
        typer.Option(
            metavar="PROFILE|HOST:PORT",
            help="Another registry: a profile of profiles.toml, or an address. Its token and TLS "
            "settings come from the profile only.",
        ),
    ] = "",
    to_token_file: Annotated[
        Path | None, typer.Option(help="File that contains the access token of --to.")
    ] = None,
    alias: Annotated[
        str, typer.Option(help="Alias to point at the copy, in the same transaction.")
    ] = "",
    create_model: Annotated[
        bool, typer.Option(help="Create the model if it does not exist.")
    ] = True,
    every: Annotated[
        bool,
        typer.Option("--all", help="Copy all usable versions of a model, oldest first; with --to."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only check, and show what would be copied.")
    ] = False,
) -> None:
    """Register a copy of a version in a model, also of another namespace or registry.

    The copy has the files, the facts and the labels of its source; stage, state, aliases,
    evaluations and approvals are not copied. Within a registry no bytes are sent. With --to only
    bytes that the other registry lacks are downloaded, verified and sent; a copy that exists there
    already is not made again. Parents of a copy in another registry are the copies that the parents
    of its source have there, so copy these first; `copied_from` states the source itself.
    """
    if every and (not to or alias):
        raise parsing.wrong("--all", "needs --to, and takes no --alias")
    if to_token_file is not None and not to:
        raise parsing.wrong("--to-token-file", "needs --to")
    with session.other_client(to, to_token_file) if to else nullcontext() as other:
        if every and other is not None:
            _copy_all(session, source, model, other, dry_run=dry_run, create_model=create_model)
        elif dry_run:
            check = session.client.check_copy(
                source, model, to=other, alias=alias, create_model=create_model
            )
            session.output.result(check, _would_copy(check))
        else:
            made = session.client.copy_version(
                source,
                model,
                to=other,
                alias=alias,
                create_model=create_model,
                request_id=session.request_id,
            )
            session.output.result(made, _copied(source, made))


def _is_usable(version: Version) -> bool:
    status = version.ensemble_status
    return version.state in _COPIED and not (status is not None and status.blocked)


def _copy_all(
    session: Session, source: str, model: str, other: Client, *, dry_run: bool, create_model: bool
) -> None:
    found = list(session.client.list_versions(source, order_by="number", full=True))
    wanted = [version for version in found if _is_usable(version)]
    if dry_run:
        checks = [
            session.client.check_copy(version, model, to=other, create_model=create_model)
            for version in wanted
        ]
        session.output.result(checks, *map(_would_copy, checks))
        return
    made = [
        session.client.copy_version(
            version,
            model,
            to=other,
            create_model=create_model,
            request_id=session.request_id_of(number),
        )
        for number, version in enumerate(wanted)
    ]
    session.output.listing(
        made,
        lambda items: versions_table(items, session.output.now),
        f"No usable versions of {formats.clean(source)}",
    )
    pairs = zip(wanted, made, strict=True)
    if lacking := sum(len(copy.parents) < len(version.parents) for version, copy in pairs):
        said = f"Parents of {formats.count(lacking, 'version')} have no copy there: the lineage"
        session.output.note(f"{said} of the source of each copy has them")


def _copied(source: str, version: Version) -> Text:
    said = Text.assemble(
        *("copied ", tables.name(formats.clean(source)), " to ", tables.name(version.ref))
    )
    if version.aliases:
        said.append("  ").append_text(tables.alias_tags(version.aliases))
    return said


def _would_copy(check: CopyCheck) -> Text:
    named = (tables.name(names.short_ref(check.source)), " to ")
    if check.existing is not None:
        return Text.assemble("exists: ", *named, tables.name(check.existing.ref))
    return Text.assemble(
        *("would copy ", *named, tables.name(names.short_ref(check.model))),
        f"  {formats.count(check.file_count, 'file')}, {formats.size(check.size_bytes)}; lacks ",
        f"{formats.count(check.missing_count, 'blob')}, {formats.size(check.missing_bytes)}",
    )
