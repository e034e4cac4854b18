"""The port to the annotations of models and versions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID


class AnnotationStore(Protocol):
    """Changes annotations. Models and versions are read with them by their own stores."""

    def change(
        self, uid: UUID, changed: Mapping[str, str | None], revision: int, time: datetime
    ) -> None:
        """Store new values of a model or version, and remove the keys without one.

        Each change is added to the history, for reads of a moment.
        """
