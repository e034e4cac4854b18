"""`registry-grpc migrate` and `check-config`."""

import json

import typer
from rich.console import Console
from rich.table import Table

from registry_grpc import app as application
from registry_grpc.cli.options import AsJson, Database, DataDir, load_settings, say
from registry_grpc.persistence.migrate import current, head


def migrate(data_dir: DataDir = None, database: Database = None) -> None:
    """Bring the database to the schema of this release. Safe to run twice, and at the same time."""
    settings = load_settings(data_dir=data_dir, database=database)
    before = current(settings.database_url)
    application.migrate_facts(settings)
    after = current(settings.database_url)
    what = "already at" if before == after else f"migrated from {before or 'empty'} to"
    say(f"{what} {after}")


def check_config(as_json: AsJson = False) -> None:
    """Check flags and variables as `serve` would, and print what is in force."""
    settings = load_settings()
    shown = settings.described()
    if not settings.embedded_database:
        shown["schema"] = current(settings.database_url) or "none"
        shown["schema_needed"] = head()
    if as_json:
        typer.echo(json.dumps(shown))
        return
    table = Table("setting", "value", box=None, header_style="bold")
    for name, value in shown.items():
        table.add_row(name.replace("_", "-"), value)
    Console().print(table)
