"""`registry-grpc gc` and `verify`: garbage collection and verification of blobs."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from registry_grpc import app as application
from registry_grpc.cli.options import (
    FAILED,
    AsJson,
    Blobs,
    Database,
    DataDir,
    Yes,
    fail,
    load_settings,
)
from registry_grpc.cli.restored import HELD
from registry_grpc.cli.terminal import confirm, progress, say, show, write_json
from registry_grpc.services.garbage import Ages, Collected

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only print what would be deleted.")]
Grace = Annotated[
    int | None, typer.Option(help="Seconds between marking for deletion and deleting.")
]
OrphanAge = Annotated[int, typer.Option(help="Seconds to keep bytes that have no record.")]
_TWO_DAYS = 48 * 3_600


def gc(
    dry_run: DryRun = False,
    grace: Grace = None,
    orphan_age: OrphanAge = _TWO_DAYS,
    data_dir: DataDir = None,
    database: Database = None,
    blobs: Blobs = None,
    release: Annotated[
        bool,
        typer.Option("--release", help="First resume collection of a restored database."),
    ] = False,
    as_json: AsJson = False,
    yes: Yes = False,
) -> None:
    """Collect garbage: expired uploads, unreferenced blobs, leftovers of crashes.

    Servers do this by themselves. A blob is deleted in two steps, so run it again after the grace
    period. After a restore from a backup, collection is suspended until --release is given; until
    then only overdue uploads end, and the exit code is 1.
    """
    settings = load_settings(data_dir=data_dir, database=database, blobs=blobs)
    ages = Ages(
        grace=settings.gc_grace if grace is None else timedelta(seconds=grace),
        orphan_age=timedelta(seconds=orphan_age),
    )
    if release and dry_run:
        raise typer.BadParameter("cannot be combined with --dry-run", param_hint="--release")
    collector = application.garbage(settings)  # before anything is changed
    if not dry_run:
        confirm(f"Delete unreferenced bytes in {settings.described()['blobs']}?", yes=yes)
    if release and application.histories(settings).release() and not as_json:
        say("garbage collection is resumed")
    found = collector.collect(ages, dry_run=dry_run)
    if as_json:
        write_json(asdict(found))
    else:
        _print(found, dry_run=dry_run)
    if found.held:
        fail(HELD, FAILED)


def _print(found: Collected, *, dry_run: bool) -> None:
    rows = [
        (what.replace("_", " "), name)
        for what, names in asdict(found).items()
        if isinstance(names, list)
        for name in names
    ]
    if rows:
        show(("what", "name"), rows, wide=True)
    say(f"{'would free' if dry_run else 'freed'} {found.freed_bytes:,} bytes")


def verify(
    namespace: Annotated[str | None, typer.Option(help="Verify only this namespace.")] = None,
    data_dir: DataDir = None,
    database: Database = None,
    blobs: Blobs = None,
    as_json: AsJson = False,
) -> None:
    """Verify the checksum of every blob; exit with 1 if one does not match."""
    settings = load_settings(data_dir=data_dir, database=database, blobs=blobs)
    verification = application.verification(settings)
    checked, damaged = 0, []
    with progress() as shown:
        task = shown.add_task("verifying", total=None)
        for blob in verification.verify(namespace):
            checked += 1
            shown.update(task, advance=1, description=f"{checked:,} blobs")
            if blob.problem:
                damaged.append(blob)
    if as_json:
        rows = [
            {"namespace": b.namespace, "digest": str(b.digest), "problem": b.problem}
            for b in damaged
        ]
        write_json({"checked": checked, "damaged": rows})
    else:
        for blob in damaged:
            say(f"damaged: namespaces/{blob.namespace}/blobs/{blob.digest}: {blob.problem}")
        say(f"{checked:,} blobs read, {len(damaged):,} damaged")
    if damaged:
        raise typer.Exit(FAILED)
