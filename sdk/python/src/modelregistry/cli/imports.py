"""`modelreg import`: import the models of another registry."""

from collections import Counter
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer
from rich.text import Text

from modelregistry import Client
from modelregistry.cli import failures, formats, tables
from modelregistry.cli.session import Session, command
from modelregistry.errors import ConfigurationError
from modelregistry.types import ImportedVersion, ImportOptions, ImportStatus

group: Final = typer.Typer(no_args_is_help=True, help="Import the models of another registry.")

Importer: TypeAlias = Callable[[Client, ImportOptions], Iterator[ImportedVersion]]
"""Imports models into the namespace of a client, and yields each version when it is done."""

_IMPORTERS: Final = "modelregistry.importers"
"""The group of entry points: each is named after a registry and refers to an `Importer`."""
_DISTRIBUTIONS: Final = {"mlflow": ("MLflow", "modelregistry-mlflow")}


@command(group, "mlflow")
def import_mlflow(
    session: Session,
    *,
    tracking_uri: Annotated[
        str,
        typer.Option(
            metavar="URI",
            envvar="MLFLOW_TRACKING_URI",
            help="MLflow's tracking server or store, for runs and artifacts.",
        ),
    ],
    registry_uri: Annotated[
        str,
        typer.Option(
            metavar="URI", help="MLflow's model registry; by default the tracking server's."
        ),
    ] = "",
    model: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Import this model only; repeatable. All by default."),
    ] = None,
    by_reference: Annotated[
        bool,
        typer.Option(
            "--by-reference", help="Register versions whose files cannot be read by reference."
        ),
    ] = False,
    skip_failed: Annotated[
        bool,
        typer.Option(
            "--skip-failed",
            help="Leave out versions that fail, with their numbers, for good. By default the later "
            "versions of the model wait, so that each keeps its number.",
        ),
    ] = False,
    artifact_root: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER",
            exists=True,
            file_okay=False,
            help="Read files below this folder of this machine, if MLflow names them; repeatable. "
            "By default none: MLflow could name any file.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list what would be imported; change nothing.")
    ] = False,
) -> None:
    """Import registered models of MLflow with their versions, aliases, stages, tags and files.

    Versions keep their numbers: one that MLflow deleted is a deleted version here. Their runs give
    metrics, params and datasets. The command can be run again: it imports what is new and updates
    aliases, stages, tags and descriptions; an alias or a stage that was changed here stays. If a
    version fails, it is reported, and the other models are imported.

    Create the namespace with `registry-grpc namespace create --preset mlflow`. The code is 1 when
    anything could not be imported. With --json one line of JSON for each version.
    """
    options = ImportOptions(
        tracking_uri=tracking_uri,
        registry_uri=registry_uri,
        models=tuple(model or ()),
        by_reference=by_reference,
        skip_failed=skip_failed,
        artifact_roots=tuple(artifact_root or ()),
        dry_run=dry_run,
    )
    counts: Counter[ImportStatus] = Counter()
    complete = True
    for each in importer("mlflow")(session.client, options):
        session.output.line(each, _line(each))
        counts[each.status] += 1
        complete = complete and not each.problems
    parts = [f"{count} {status.name.lower()}" for status, count in sorted(counts.items())]
    session.output.note(", ".join(parts) or "There is nothing to import.")
    if not complete:
        raise typer.Exit(failures.FAILED)


def importer(registry: str) -> Importer:
    """Return the importer for a registry; ConfigurationError when none is installed."""
    found = next(iter(metadata.entry_points(group=_IMPORTERS, name=registry)), None)
    if found is None:
        name, distribution = _DISTRIBUTIONS[registry]
        message = f"the importer of {name} is not installed: pip install {distribution}"
        raise ConfigurationError(message)
    try:
        loaded: Importer = found.load()
    except ImportError as error:
        message = f"the importer of {_DISTRIBUTIONS[registry][0]} cannot be loaded: {error}"
        raise ConfigurationError(message) from error
    return loaded


def _line(each: ImportedVersion) -> Text:
    style = "red" if each.status is ImportStatus.FAILED else "dim"
    of = f"{each.model} {each.number}" if each.number else each.model
    shown = Text.assemble((f"{each.status.name.lower():<10}", style))
    shown.append_text(tables.name(each.ref or of))
    if each.ref:
        shown.append(f"  from {formats.clean(of)}")
    for note in each.notes:
        shown.append(f"\n  {formats.clean(note)}", "dim")
    for problem in each.problems:
        shown.append(f"\n  {formats.clean(problem)}", "red")
    return shown
