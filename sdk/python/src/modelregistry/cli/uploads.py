"""`modelreg uploads`: list and abort uploads."""

from collections.abc import Sequence
from typing import Annotated, Final

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import formats, tables
from modelregistry.cli.arguments import Limit, Yes, page_size, taken
from modelregistry.cli.session import Session, command
from modelregistry.types import Upload, UploadState

group: Final = typer.Typer(no_args_is_help=True, help="List and abort uploads.")


@command(group, "list")
def list_uploads(
    session: Session,
    *,
    ended: Annotated[
        bool, typer.Option("--ended", help="Include uploads that have ended.")
    ] = False,
    limit: Limit = None,
) -> None:
    """List the open uploads of a namespace, oldest first.

    PROGRESS is the time at which its bytes last became durable.
    """
    found = session.client.list_uploads(show_ended=ended, page_size=page_size(limit))
    session.output.listing(
        taken(found, limit),
        lambda uploads: _table(uploads, session),
        f"No uploads in namespace {session.client.namespace}",
    )


def _table(uploads: Sequence[Upload], session: Session) -> Table:
    made = tables.table(
        ("UPLOAD", "name"),
        ("BY", "words"),
        ("SIZE", "number"),
        ("DONE", "number"),
        ("PROGRESS", "words"),
    )
    for upload in uploads:
        made.add_row(
            tables.name(upload.id),
            tables.words(upload.creator),
            formats.size(upload.size_bytes),
            _done(upload),
            formats.ago(upload.progress_time, session.output.now),
        )
    return made


def _done(upload: Upload) -> str:
    if upload.state is not UploadState.OPEN:
        return upload.state.name.lower()
    return f"{100 * upload.committed_offset // max(1, upload.size_bytes)} %"


@command(group, "abort")
def abort_upload(
    session: Session,
    upload: Annotated[str, typer.Argument(metavar="UPLOAD", help="Id or full name of the upload.")],
    *,
    yes: Yes = False,
) -> None:
    """Abort an upload and discard its bytes, even if another caller began it."""
    session.confirm(f"Abort upload {formats.clean(upload)}?", yes=yes)
    ended = session.client.abort_upload(upload)
    session.output.result(ended, Text(f"aborted {formats.clean(ended.id)}"))
