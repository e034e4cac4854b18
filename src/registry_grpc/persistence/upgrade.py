"""Running Alembic. Apart from `persistence.migrate`, which is all that most starts need."""

from importlib import resources

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to `revision`, in the transaction of this connection."""
    config = Config()
    location = resources.files("registry_grpc.persistence") / "migrations"
    config.set_main_option("script_location", str(location).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
