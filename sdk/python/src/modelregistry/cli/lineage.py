"""`modelreg lineage` and `record-lineage`: show and record lineage."""

import json
import sys
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from modelregistry.cli import documents, formats, lineage_drawing, parsing, tables
from modelregistry.cli.arguments import taken
from modelregistry.cli.session import Session, command
from modelregistry.types import Lineage, LineageRecord

_STDIN = "-"


class Format(StrEnum):
    """The output formats of lineage."""

    TREE = "tree"
    MERMAID = "mermaid"
    JSON = "json"
    OPENLINEAGE = "openlineage"
    PROV = "prov"


_EXPORTS = (Format.OPENLINEAGE, Format.PROV)


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    command(app, "lineage")(lineage)
    command(app, "record-lineage", changes=True)(record_lineage)


def lineage(
    session: Session,
    node: Annotated[
        str,
        typer.Argument(
            metavar="REF|URI|DIGEST",
            help="A version, such as fraud@production; a dataset by URI, digest or URI@DIGEST; or "
            "the name of another lineage node.",
        ),
    ],
    *,
    dataset: Annotated[
        bool,
        typer.Option(
            "--dataset", help="It is a dataset, although its URI has no ://, as in claims/q3."
        ),
    ] = False,
    down: Annotated[
        bool,
        typer.Option(
            "--down", help="Show what was derived from it instead of what it was derived from."
        ),
    ] = False,
    depth: Annotated[
        int, typer.Option(min=1, max=100, help="Maximum number of edges from the start.")
    ] = 10,
    shape: Annotated[
        Format,
        typer.Option(
            "--format",
            help="openlineage and prov export the lineage of a version for other systems.",
        ),
    ] = Format.TREE,
) -> None:
    """Show the lineage of a version as a tree: data, code, runs, parent versions and approvers.

    Of a dataset, usually with --down: one tree for each digest that its URI had. `versions using`
    lists only the versions. With --json, or --format json, the walk as `start` and `steps`; of a
    dataset a list of walks.
    """
    if dataset or _is_dataset(node):
        _show_dataset(session, node, "down" if down else "up", depth, shape)
        return
    if shape in _EXPORTS and down:
        problem = f"cannot be combined with {shape}, which exports upstream lineage"
        raise parsing.wrong("--down", problem)
    if shape is Format.OPENLINEAGE:
        session.output.text(session.client.export_lineage(node, "openlineage", depth=depth))
        return
    if shape is Format.PROV:
        session.output.text(session.client.export_lineage(node, "prov", depth=depth))
        return
    found = session.client.lineage(node, "down" if down else "up", depth=depth)
    _show(session, found, Format.JSON if session.output.as_json else shape)


def _is_dataset(text: str) -> bool:
    """Whether it is a URI or a digest; `fraud@sha256:…` and `namespaces/…` are not."""
    return "://" in text or (":" in text and not {"/", "@"} & set(text))


def _show_dataset(
    session: Session, data: str, direction: Literal["up", "down"], depth: int, shape: Format
) -> None:
    if shape in _EXPORTS:
        raise parsing.wrong("--format", f"{shape} exports the lineage of versions only")
    uri, digest = parsing.data_place(data)
    found = [
        session.client.lineage(node, direction, depth=depth)
        for node in taken(session.client.datasets(uri, digest=digest), None)
    ]
    if session.output.as_json or shape is Format.JSON:
        session.output.text(documents.encode(found))
        return
    for walk in found:
        _show(session, walk, shape)
    if direction == "up" and any(not walk.steps for walk in found):
        session.output.note("To find what used it or derives from it, add --down.")
    if not found:
        session.output.note(f"No dataset {formats.clean(data)} is recorded in this namespace.")


def _show(session: Session, found: Lineage, shape: Format) -> None:
    match shape:
        case Format.MERMAID:
            session.output.text(lineage_drawing.mermaid(found))
        case Format.JSON:
            session.output.text(documents.encode(found))
        case _:
            session.output.result(found, lineage_drawing.tree(found))
            if not found.steps:
                session.output.note("No lineage is recorded in this direction.")
    if found.truncated:
        session.output.note(f"Only {len(found.steps):,} edges are shown: use a smaller --depth.")


def record_lineage(
    session: Session,
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="OpenLineage run events: one, an array, or one on each line. - reads standard "
            "input.",
        ),
    ],
) -> None:
    """Record OpenLineage run events as lineage: datasets, runs, code and versions.

    Events are recorded in order; an event that was recorded before changes nothing.
    """
    recorded = [
        session.client.record_openlineage(event, request_id=session.request_id_of(number))
        for number, event in enumerate(_events(file))
    ]
    session.output.listing(recorded, _records, f"no events in {formats.clean(file)}")


def _events(file: str) -> Iterator[dict[str, object]]:
    try:
        text = sys.stdin.read() if file == _STDIN else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise parsing.wrong("FILE", f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise parsing.wrong("FILE", f"{file} is not UTF-8") from error
    found = _parsed(file, text)
    for index, event in enumerate(found):
        if not isinstance(event, dict):
            raise parsing.wrong("FILE", f"{file}: [{index}] is not an object")
    yield from found


def _parsed(file: str, text: str) -> list[dict[str, object]]:
    try:
        whole = json.loads(text)
    except ValueError:
        return _lines(file, text)
    return whole if isinstance(whole, list) else [whole]


def _lines(file: str, text: str) -> list[dict[str, object]]:
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            found.append(json.loads(line))
        except ValueError as error:
            raise parsing.wrong("FILE", f"{file}: line {number} is not JSON: {error}") from error
    return found


def _records(records: Sequence[LineageRecord]) -> Table:
    made = tables.table(("EVENT", "name"), ("RUN", "name"), ("EDGES", "number"), ("RECORD", "name"))
    for record in records:
        made.add_row(
            tables.words(record.event_type.lower()),
            tables.name(record.run.rpartition("/")[2]),
            f"{len(record.edges):,}",
            tables.words(record.name),
        )
    return made
