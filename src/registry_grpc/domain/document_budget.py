"""The size budget of a document, checked before the document is built.

A document may repeat names and facets for each of thousands of edges, so its size is not
bounded by the size of the lineage.
"""


class DocumentTooLarge(Exception):
    """A document would exceed its budget."""


class DocumentBudget:
    """Counts a lower bound of a document's characters. most: the maximum."""

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self, characters: int) -> None:
        """Count characters to be written; raise DocumentTooLarge beyond the budget."""
        self._left -= characters
        if self._left < 0:
            raise DocumentTooLarge
