"""Sets a change log back to the state of an older copy of its database."""

from sqlalchemy import text

from registry_grpc.persistence.engine import open_engines


def go_back(database_url: str, revision: int, history: str = "") -> None:
    """Forget what came behind a revision; with `history` that one is back too."""
    engines = open_engines(database_url)
    with engines.writers.begin() as connection:
        sqlite = connection.dialect.name == "sqlite"
        guard = "changes_keep_delete" if sqlite else "changes_keep_kept ON changes"
        connection.execute(text(f"DROP TRIGGER IF EXISTS {guard}"))
        connection.execute(text("DELETE FROM changes WHERE revision > :r"), {"r": revision})
        order = "revision_counter_next" if sqlite else "revision_counter_next ON revision_counter"
        connection.execute(text(f"DROP TRIGGER IF EXISTS {order}"))
        connection.execute(text("UPDATE revision_counter SET revision = :r"), {"r": revision})
        if history:
            connection.execute(text("UPDATE revision_counter SET history = :h"), {"h": history})
    engines.dispose()
