"""`registry-grpc migrate` and `check-config`."""

from registry_grpc import app as application
from registry_grpc.cli.options import AsJson, Database, DataDir, load_settings
from registry_grpc.cli.terminal import say, show, write_json
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
        write_json(shown)
        return
    show(("setting", "value"), ((name.replace("_", "-"), value) for name, value in shown.items()))
