"""The room of a document that is being written: what would be more is ended before it is built.

A few names and facets may be repeated for each of thousands of edges, so that the size of a
document is no function of the size of what it tells of.
"""


class DocumentTooLarge(Exception):
    """A document would have more than it has room for."""


class DocumentRoom:
    """Counts characters, at least about as many as there will be. most: how many there may be."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self, characters: int) -> None:
        """Count what is about to be written; raise DocumentTooLarge beyond the room."""
        self._left -= characters
        if self._left < 0:
            raise DocumentTooLarge
