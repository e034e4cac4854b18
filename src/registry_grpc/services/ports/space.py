"""The port to free disk space and the reserve for recovery."""

from typing import Protocol


class Space(Protocol):
    """The free space for the database and blobs. Thread-safe and cheap enough for each write.

    None means a store without a local disk: PostgreSQL, a bucket.
    """

    @property
    def database_free(self) -> int | None:
        """The free bytes on the disk of the database."""

    @property
    def blobs_free(self) -> int | None:
        """The free bytes on the disk of the blobs."""

    @property
    def blob_room(self) -> int | None:
        """The bytes available for new blobs: free bytes less the reserve. Not negative."""

    @property
    def database_is_full(self) -> bool:
        """Whether `require_database` would raise."""

    def require_database(self) -> None:
        """Raise DatabaseFull when the free space is below the reserve for recovery."""

    def recover(self) -> None:
        """Release the reserve if the disk of the database is full; call it before freeing space.

        Safe at any time. Only writes that free space are allowed until `restore` succeeds.
        """

    def restore(self) -> None:
        """Recreate the reserve if there is space for it. Safe at any time."""
