"""`modelreg attest` and `modelreg attestations`: record and list attestations."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from modelregistry.cli import formats, tables
from modelregistry.cli.arguments import Limit, Ref, page_size, taken
from modelregistry.cli.session import Session, command
from modelregistry.types import Attestation


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    command(app, "attest", changes=True)(attest)
    command(app, "attestations")(list_attestations)


def attest(
    session: Session,
    ref: Ref,
    *,
    predicate_type: Annotated[
        str,
        typer.Option("--type", metavar="URI", help="Such as https://slsa.dev/provenance/v1."),
    ],
    digest: Annotated[
        str, typer.Option(metavar="sha256:HEX", help="Digest of the signed payload.")
    ],
    signer: Annotated[str, typer.Option(metavar="NAME", help="Identity of the signer.")],
) -> None:
    """Record an attestation: a signed statement about a version (not verified yet)."""
    made = session.client.record_attestation(
        ref,
        predicate_type=predicate_type,
        payload_digest=digest,
        signer=signer,
        request_id=session.request_id,
    )
    session.output.result(
        made,
        Text.assemble(
            *("recorded of ", tables.name(made.version_ref), ": "),
            *(formats.clean(made.predicate_type), " by ", formats.clean(made.signer)),
        ),
    )


def list_attestations(session: Session, ref: Ref, *, limit: Limit = None) -> None:
    """List the attestations of a version, newest first."""
    found = taken(session.client.attestations(ref, page_size=page_size(limit)), limit)

    def table(items: Sequence[Attestation]) -> Table:
        made = tables.table(
            *(("TIME", "name"), ("TYPE", "words"), ("SIGNER", "words")),
            *(("DIGEST", "name"), ("RECORDED BY", "name")),
        )
        for item in items:
            made.add_row(
                formats.ago(item.create_time, session.output.now),
                tables.words(item.predicate_type),
                tables.words(item.signer),
                formats.short_digest(item.payload_digest),
                tables.words(item.creator),
            )
        return made

    name = formats.clean(ref)
    way = f"modelreg attest {formats.shell_word(ref)} --type …"
    session.output.listing(found, table, f"{name} has no attestations. Record one: {way}")
