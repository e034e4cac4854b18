"""Running Alembic. Apart from `persistence.migrate`, which is all that most starts need."""

from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, update

from registry_grpc.persistence.schema import schema_compatibility


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to `revision`, in the transaction of this connection."""
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    if inspect(connection).has_table(schema_compatibility.name):
        minimum = minimum_head(revision)
        connection.execute(update(schema_compatibility).values(minimum_head=minimum))


def minimum_head(revision: str = "head") -> str:
    """Return the oldest head of servers that the schema supports; "" if it supports all.

    A migration that contracts states it as `minimum_head`: the first head whose code does without
    what the migration takes away.
    """
    script = ScriptDirectory.from_config(alembic_config())
    steps = script.iterate_revisions(revision, "base")
    return max((getattr(step.module, "minimum_head", "") for step in steps), default="")


def alembic_config() -> Config:
    """Return where Alembic finds the migrations."""
    config = Config()
    location = resources.files("registry_grpc.persistence") / "migrations"
    config.set_main_option("script_location", str(location).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
