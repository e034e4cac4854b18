"""How Alembic runs our migrations: on the connection that `persistence.migrate` made."""

from alembic import context

from registry_grpc.persistence.database import TABLES

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=TABLES,
    render_as_batch=True,  # SQLite alters a table by copying it
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
