"""`modelreg deployments`: list what instances serve."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import formats, tables
from modelregistry.cli.arguments import Limit, page_size, taken
from modelregistry.cli.parsing import chosen, wrong
from modelregistry.cli.session import Session, command
from modelregistry.errors import RegistryError
from modelregistry.types import Deployment, DeploymentPhase, Version, VersionState

group: Final = typer.Typer(no_args_is_help=True, help="List what instances serve, and where.")

_PHASES: Final = {phase.name.lower(): phase for phase in DeploymentPhase}
_STATES: Final = {state.name.lower(): state for state in VersionState}
_STYLES: Final = {
    DeploymentPhase.LOADING: "yellow",
    DeploymentPhase.SERVING: "green",
    DeploymentPhase.DRAINING: "dim",
    DeploymentPhase.FAILED: "bold red",
}
_NAMED: Final = 10


@command(group, "list")
def list_deployments(
    session: Session,
    *,
    model: Annotated[
        str | None, typer.Option("--model", "-m", metavar="MODEL", help="Only of this model.")
    ] = None,
    version: Annotated[
        str | None,
        typer.Option(metavar="MODEL/NUMBER", help="Only of this version, such as fraud/7."),
    ] = None,
    target: Annotated[str, typer.Option(help="Only at this target, such as eu-prod.")] = "",
    phase: Annotated[
        str | None, typer.Option(metavar="|".join(_PHASES), help="Only in this phase.")
    ] = None,
    state: Annotated[
        list[str] | None,
        typer.Option(
            metavar="|".join(_STATES),
            help="Only of versions in this state, such as revoked; repeatable.",
        ),
    ] = None,
    limit: Limit = None,
) -> None:
    """List the versions that instances report to serve, by target and instance.

    The time is that of the last start, other version, `serving` or `failed`.
    """
    if model is not None and version is not None:
        raise wrong("--model", "cannot be combined with --version")
    found = session.client.list_deployments(
        model=model,
        version=version,
        target=target,
        phase=None if phase is None else chosen("--phase", _PHASES, phase),
        version_states=[chosen("--state", _STATES, one) for one in state or ()],
        page_size=page_size(limit),
    )
    session.output.listing(
        taken(found, limit),
        lambda items: deployments_table(items, session.output.now),
        "No instance reports such a deployment",
    )


def deployments_table(items: Sequence[Deployment], now: datetime) -> Table:
    """Return the table of deployments; it fits into 80 columns."""
    made = tables.table(
        ("INSTANCE", "words"), ("VERSION", "name"), ("FOLLOWS", "words"), ("PHASE", "words")
    )
    for item in items:
        follows = item.reference.partition("@")[2]
        made.add_row(
            tables.words(f"{item.instance} at {item.target}"),
            tables.name(item.version_ref),
            tables.words(f"@{follows}{f' {item.arm}' if item.arm else ''}" if follows else ""),
            _phase(item, now),
        )
    return made


def _phase(item: Deployment, now: datetime) -> Text:
    """Return the phase of a deployment, since when, and its message."""
    phase = item.phase
    if isinstance(phase, DeploymentPhase):
        said = Text(phase.name.lower(), _STYLES[phase])
    else:
        said = Text(f"phase {phase}")
    message = f": {formats.one_line(item.message)}" if item.message.strip() else ""
    return Text.assemble(said, f" {formats.ago(item.update_time, now)}{message}")


def note_who_serves(session: Session, version: Version) -> None:
    """Print which instances still serve a version that may be served no more."""
    if session.output.as_json:
        return
    listed = session.client.list_deployments(version=version, page_size=_NAMED)
    try:
        found = taken(listed, _NAMED + 1)
    except RegistryError as error:  # the change itself was made
        session.output.note(f"who still serves it is not known: {formats.clean(str(error))}")
        return
    if not found:
        return
    each = dict.fromkeys(f"{one.instance} at {one.target}" for one in found[:_NAMED])
    more = " and more" if len(found) > _NAMED else ""
    session.output.note(f"still served by {', '.join(map(formats.clean, each))}{more}")
    way = f"modelreg deployments list --version {formats.shell_word(version.ref)}"
    session.output.note(f"to see all: {way}")
