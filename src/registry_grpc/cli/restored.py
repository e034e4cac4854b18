"""`registry-grpc restored`: declares that the database was restored from a backup."""

from registry_grpc import app as application
from registry_grpc.cli.options import AsJson, Database, DataDir, Yes, load_settings
from registry_grpc.cli.terminal import confirm, say, write_json

HELD = (
    "garbage collection is suspended: blobs of versions that were registered after the backup look "
    "like garbage. Run `registry-grpc verify`, restore missing blobs, register lost versions "
    "again, then resume collection with `registry-grpc gc --release`"
)


def restored(
    data_dir: DataDir = None,
    database: Database = None,
    as_json: AsJson = False,
    yes: Yes = False,
) -> None:
    """Start a new history after a restore from a backup, and suspend garbage collection.

    Revisions, etags and page tokens of the earlier history are rejected with HISTORY_CHANGED;
    watches and resolvers read the present state by themselves. Servers may run meanwhile.
    """
    settings = load_settings(data_dir=data_dir, database=database)
    confirm(f"Start a new history in {settings.described()['database']}?", yes=yes)
    begun = application.histories(settings).begin()
    if as_json:
        fields = {
            "history_id": begun.head.history,
            "previous_history_id": begun.before,
            "revision": begun.head.revision,
            "collection_held": True,
        }
        write_json(fields)
        return
    say(
        f"history {begun.head.history} begins at revision {begun.head.revision}; "
        f"{begun.before} has ended"
    )
    say(HELD)
