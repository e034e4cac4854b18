"""`modelreg report`: the model card of a version."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from modelregistry import report as reports
from modelregistry._local.folder_tree import naming
from modelregistry.cli import documents, formats
from modelregistry.cli.arguments import Ref
from modelregistry.cli.session import Session, command
from modelregistry.types import Report


class Format(StrEnum):
    """The formats of a report."""

    MARKDOWN = "md"
    HTML = "html"
    JSON = "json"
    CYCLONEDX = "cyclonedx"


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    command(app, "report")(report)


def report(
    session: Session,
    ref: Ref,
    *,
    shape: Annotated[
        Format,
        typer.Option(
            "--format", help="Format; cyclonedx is a bill of materials, CycloneDX 1.6 JSON."
        ),
    ] = Format.MARKDOWN,
    against: Annotated[
        str,
        typer.Option(metavar="REF", help="Add the differences from this version."),
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", help="Output file; an existing one is replaced."
        ),
    ] = None,
) -> None:
    """Write a report of a version (its model card): everything that the registry knows about it.

    Identity, data, code, environment, metrics, slices, evaluations, findings, approvals, current
    use and files. Equal facts give equal text. With --json, or --format json, the facts as one
    document.
    """
    if session.output.as_json:
        shape = Format.JSON
    text = _written(session.client.report(ref, against=against or None), shape)
    if output is None:
        session.output.text(text)
        return
    with naming(output):
        output.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    session.output.note(f"written to {formats.clean(str(output))}")


def _written(found: Report, shape: Format) -> str:
    match shape:
        case Format.MARKDOWN:
            return reports.markdown(found).rstrip("\n")
        case Format.HTML:
            return reports.html(found).rstrip("\n")
        case Format.JSON:
            return documents.encode(found)
        case Format.CYCLONEDX:
            return json.dumps(reports.cyclonedx(found), indent=2)
