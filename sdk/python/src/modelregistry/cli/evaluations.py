"""`modelreg evaluate` and `modelreg evaluations`: submit and list evaluations."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import formats, json_files, message_files, parsing, tables
from modelregistry.cli.arguments import Limit, Ref, page_size, taken
from modelregistry.cli.session import Session, command
from modelregistry.types import Evaluation


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    command(app, "evaluate", changes=True)(evaluate)
    command(app, "evaluations")(list_evaluations)


def evaluate(
    session: Session,
    ref: Ref,
    *,
    file: Annotated[
        Path | None,
        typer.Option(
            "--file", "-f", metavar="FILE.json", help="JSON with the fields of an Evaluation."
        ),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option("--metric", metavar="NAME=NUMBER", help="Overall metric; repeatable."),
    ] = None,
    slices: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Metrics by slice: an array of SliceMetric."),
    ] = None,
    dataset: Annotated[
        str, typer.Option(metavar="URI[@DIGEST]", help="Dataset of the evaluation.")
    ] = "",
    evaluator: Annotated[str, typer.Option(help="Program that computed the metrics.")] = "",
    evaluator_digest: Annotated[
        str, typer.Option(metavar="ALGORITHM:VALUE", help="Digest of the evaluation code.")
    ] = "",
    description: Annotated[str, typer.Option(help="Description.")] = "",
) -> None:
    """Record an evaluation of a version: immutable evidence for promotion policies."""
    uri, digest = parsing.data_place(dataset)
    said = Evaluation(
        name="",
        dataset_uri=uri,
        dataset_digest=digest,
        evaluator=evaluator,
        evaluator_digest=evaluator_digest,
        metrics=parsing.numbers("--metric", metric or ()),
        slices=json_files.slices(slices) if slices else (),
        description=description,
    )
    if file is not None:
        if said != Evaluation(name=""):
            raise parsing.wrong(
                "--file", "cannot be combined with other options: the file contains everything"
            )
        said = message_files.evaluation(file)
    made = session.client.submit_evaluation(
        ref,
        metrics=said.metrics,
        slices=said.slices,
        dataset_uri=said.dataset_uri,
        dataset_digest=said.dataset_digest,
        evaluator=said.evaluator,
        evaluator_digest=said.evaluator_digest,
        description=said.description,
        request_id=session.request_id,
    )
    session.output.result(
        made, Text.assemble("evaluated ", tables.name(made.version_ref), f": {_results(made)}")
    )


def list_evaluations(session: Session, ref: Ref, *, limit: Limit = None) -> None:
    """List the evaluations of a version, newest first; with --json without their slices."""
    found = taken(session.client.evaluations(ref, page_size=page_size(limit)), limit)

    def table(items: Sequence[Evaluation]) -> Table:
        made = tables.table(
            *(("TIME", "name"), ("DATASET", "name"), ("RESULTS", "words")),
            *(("EVALUATOR", "words"), ("BY", "name"), ("ID", "name")),
        )
        for item in items:
            made.add_row(
                formats.ago(item.create_time, session.output.now),
                tables.words(item.dataset_uri),
                _results(item),
                tables.words(item.evaluator),
                tables.words(item.creator),
                tables.dim(item.id),
            )
        return made

    name = formats.clean(ref)
    session.output.listing(
        found,
        table,
        f"{name} has no evaluations. "
        f"Submit one: modelreg evaluate {formats.shell_word(ref)} --metric …",
    )


def _results(item: Evaluation) -> str:
    slices = [formats.count(item.slice_count, "slice")] if item.slice_count else []
    return ", ".join([formats.metrics(item.metrics), *slices] if item.metrics else slices)
