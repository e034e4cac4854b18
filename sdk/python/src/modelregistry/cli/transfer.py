"""`modelreg push` and `pull`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from modelregistry import drift, names
from modelregistry._sync.push import PushFacts
from modelregistry.cli import ensemble_files, formats, json_files, parsing, tables
from modelregistry.cli.arguments import Labels, ModelName, NewAnnotations, Ref
from modelregistry.cli.push_terms import in_options
from modelregistry.cli.resolve import AsOf
from modelregistry.cli.session import Session, command
from modelregistry.errors import RegistryError
from modelregistry.types import PushCheck, Version


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    command(app, "push", changes=True)(push)
    command(app, "pull")(pull)


def push(
    session: Session,
    model: ModelName,
    path: Annotated[
        Path | None,
        typer.Argument(
            metavar="[PATH]",
            exists=True,
            help="File or folder to register; an ensemble needs none.",
        ),
    ] = None,
    *,
    by_reference: Annotated[
        str,
        typer.Option(
            metavar="URI",
            help="Register no files: they stay at this address, which the record states.",
        ),
    ] = "",
    alias: Annotated[
        str, typer.Option(help="Alias to point at the new version, in the same transaction.")
    ] = "",
    description: Annotated[str, typer.Option(help="Description, Markdown.")] = "",
    metric: Annotated[
        list[str] | None, typer.Option(metavar="NAME=NUMBER", help="Metric; repeatable.")
    ] = None,
    slices: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Metrics by slice: an array of SliceMetric."),
    ] = None,
    tag: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="Immutable tag; repeatable.")
    ] = None,
    label: Labels = None,
    annotate: NewAnnotations = None,
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Training parameter; repeatable."),
    ] = None,
    input_: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            metavar="ROLE=URI",
            help="Input dataset: role (training, validation or test), URI, and digest "
            "after an @ if there is one: training=gs://claims/q3.parquet@sha256:…; repeatable.",
        ),
    ] = None,
    parent: Annotated[
        list[str] | None,
        typer.Option(metavar="REF", help="Parent version; repeatable."),
    ] = None,
    member: Annotated[
        list[str] | None,
        typer.Option(metavar="ROLE=REF", help="Member of an ensemble; repeatable."),
    ] = None,
    soft_member: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ROLE=REF", help="Member that the ensemble can do without; repeatable."
        ),
    ] = None,
    ensemble: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Members, combiner and edges: an EnsembleSpec."),
    ] = None,
    profile_data: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Reference data, .parquet or .csv: the version gets a profile of it, "
            "not the data.",
        ),
    ] = None,
    signature: Annotated[
        Path | None,
        typer.Option(metavar="FILE.json", help="Inputs and outputs: arrays of TensorSpec."),
    ] = None,
    environment: Annotated[
        bool,
        typer.Option(help="Record the Python environment that modelreg runs in."),
    ] = True,
    source: Annotated[
        bool, typer.Option(help="Record the git commit of the current folder.")
    ] = True,
    create_model: Annotated[
        bool, typer.Option(help="Create the model if it does not exist.")
    ] = True,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Only check, and show what would be sent; send and change nothing."
        ),
    ] = False,
) -> None:
    """Register a file or a folder as the next version of a model, or an ensemble of versions.

    Everything is checked before the first byte is sent. Only bytes that the registry lacks are
    sent. Version and alias are created atomically. With --by-reference nothing is sent, and a pull
    of the version fails.
    """
    if by_reference and (path is not None or dry_run):
        raise parsing.wrong("--by-reference", "takes no PATH and no --dry-run")
    if by_reference and profile_data is not None:
        raise parsing.wrong("--by-reference", "takes no --profile-data, whose profile is a file")
    facts = PushFacts(
        alias=alias,
        description=description,
        metrics=parsing.numbers("--metric", metric or ()),
        slices=json_files.slices(slices) if slices else (),
        tags=parsing.pairs("--tag", tag or ()),
        labels=parsing.pairs("--label", label or ()),
        annotations=parsing.pairs("--annotate", annotate or ()),
        params=parsing.pairs("--param", param or ()),
        inputs=[parsing.dataset_input(text) for text in input_ or ()],
        parents=parent or (),
        signature=json_files.signature(signature) if signature else None,
        ensemble=ensemble_files.wanted(ensemble, member or (), soft_member or ()),
        profile=drift.profile(drift.read_table(profile_data)) if profile_data else None,
        environment="auto" if environment else None,
        source="auto" if source else None,
        create_model=create_model,
    )
    try:
        if by_reference:
            made = session.client.register_reference(
                model, by_reference, **facts, request_id=session.request_id
            )
        elif dry_run:
            check = session.client.check_push(model, path, **facts)
            session.output.result(check, _would_send(check))
            return
        else:
            made = session.client.push(model, path, **facts, request_id=session.request_id)
    except RegistryError as error:
        raise in_options(error, {"parents": parent or (), "inputs": input_ or ()}) from error
    session.output.result(made, _registered(made))
    session.output.note(f"Show it with: modelreg versions show {formats.shell_word(made.ref)}")


def _would_send(check: PushCheck) -> Text:
    files, missing = check.file_count, check.missing_count
    return Text.assemble(
        "would register a version of ",
        tables.name(names.short_ref(check.model)),
        f"  {formats.count(files, 'file')}, {formats.size(check.size_bytes)}; would send ",
        f"{formats.count(missing, 'blob')}, {formats.size(check.missing_bytes)}",
    )


def _registered(version: Version) -> Text:
    extent = _address(version) if version.by_reference else _extent(version)
    said = Text.assemble("registered ", tables.name(version.ref), f"  {extent}")
    if version.aliases:
        said.append("  ").append_text(tables.alias_tags(version.aliases))
    return said


def _address(version: Version) -> str:
    return f"by reference to {formats.clean(version.source.uri if version.source else '')}"


def _extent(version: Version) -> str:
    return f"{formats.size(version.size_bytes)} in {formats.count(version.file_count, 'file')}"


def pull(
    session: Session,
    ref: Ref,
    target: Annotated[
        Path, typer.Argument(metavar="TARGET", help="Target folder; an existing one is replaced.")
    ],
    *,
    as_of: AsOf = None,
) -> None:
    """Download the files of a version into a folder, which is replaced atomically.

    Every byte is verified first. With --json the `path` and the `version`.
    """
    moment = parsing.moment("--as-of", as_of, session.output.now) if as_of is not None else None
    version = session.client.resolve(ref, as_of=moment)
    path = session.client.pull(version, target)
    shown = Text.assemble(
        *("pulled ", tables.name(version.ref), f"  {_extent(version)}  to "),
        tables.name(str(path)),
    )
    session.output.result({"path": path, "version": version}, shown)
