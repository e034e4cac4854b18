"""`registry-grpc migrate` and `check-config`."""

from collections.abc import Mapping
from typing import Annotated

import typer

from registry_grpc import app as application
from registry_grpc.cli.options import AsJson, Database, DataDir, load_settings
from registry_grpc.cli.server_flags import takes_server_flags
from registry_grpc.cli.terminal import say, show, write_json
from registry_grpc.config import Settings
from registry_grpc.domain.errors import DATABASE_OUTAGES, RegistryError
from registry_grpc.persistence.migrate import current
from registry_grpc.persistence.retention import grant_serving
from registry_grpc.persistence.schema_range import served_range

Role = Annotated[
    str | None,
    typer.Option(help="PostgreSQL role of the server; it gets no right to trim the audit trail."),
]
AuditDays = Annotated[
    int | None,
    typer.Option(help="Minimum retention of the audit trail in days; 0 keeps it forever."),
]


def migrate(
    data_dir: DataDir = None,
    database: Database = None,
    role: Role = None,
    audit_history_days: AuditDays = None,
) -> None:
    """Migrate the database to the schema of this release. Safe to run twice or concurrently."""
    settings = load_settings(
        data_dir=data_dir, database=database, audit_history_days=audit_history_days
    )
    before = current(settings.database_url)
    application.migrate_facts(settings)
    after = current(settings.database_url)
    what = "already at" if before == after else f"migrated from {before or 'empty'} to"
    say(f"{what} {after}")
    if audit_history_days is not None:
        application.keep_trail(settings)
        kept = f"{audit_history_days} days" if audit_history_days else "for ever"
        say(f"the audit trail is kept {kept}")
    if role is not None:
        grant_serving(settings.database_url, role)
        say(f"{role} can serve, and cannot shorten or change the audit trail")


@takes_server_flags
def check_config(settings: Settings, as_json: AsJson = False) -> None:
    """Validate flags and variables as `serve` would, and print the effective settings.

    The settings are printed also when the database cannot be used; then the command fails.
    """
    shown = settings.described()
    outage: RegistryError | None = None
    try:
        shown.update(_of_database(settings))
    except DATABASE_OUTAGES as error:
        outage = error
    if as_json:
        write_json(shown)
    else:
        rows = ((name.replace("_", "-"), value) for name, value in shown.items())
        show(("setting", "value"), rows)
    if outage is not None:
        raise outage


def _of_database(settings: Settings) -> Mapping[str, str]:
    shown = {}
    if not settings.embedded_database:
        shown["schema"] = current(settings.database_url) or "none"
        shown["schemas_served"] = served_range()
    shown["clock"] = application.clock_doubts(settings) or "believed"
    return shown
