"""The port to the room on disks: how much is left, and what is kept back to recover."""

from typing import Protocol


class Space(Protocol):
    """The room for facts and for bytes. Methods may be called from any thread, also on each write.

    None stands for a place that has no disk of ours: PostgreSQL, a bucket.
    """

    @property
    def database_free(self) -> int | None:
        """Bytes that are free on the disk of the database."""

    @property
    def blobs_free(self) -> int | None:
        """Bytes that are free on the disk of the blobs."""

    @property
    def blob_room(self) -> int | None:
        """Bytes that new blobs may take now: what is free, less what is kept back. Not negative."""

    @property
    def database_is_full(self) -> bool:
        """Whether `require_database` would raise."""

    def require_database(self) -> None:
        """Raise DatabaseFull when less is free than what has to stay free for recovery."""

    def recover(self) -> None:
        """Give the reserve up when the disk of the database is full: to be called before freeing.

        Harmless at any time. Nothing but what frees room may write until `restore` succeeds.
        """

    def restore(self) -> None:
        """Make the reserve again when there is room for it. Harmless at any time."""
