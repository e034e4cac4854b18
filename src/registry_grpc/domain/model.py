"""Models: named series of versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from registry_grpc.domain.annotation import NO_ANNOTATIONS, Annotations
from registry_grpc.domain.errors import ModelDeleted, ModelPurged
from registry_grpc.domain.labels import check_labels, check_text
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.violations import Violations

MAX_DESCRIPTION_BYTES = 64 * 1_024
MAX_OWNER_BYTES = 256


@dataclass(frozen=True, slots=True)
class ModelDraft:
    """The parts of a model that people write."""

    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""

    def check(self, found: Violations) -> None:
        """Note what is wrong, under the paths of a request's `model` field."""
        check_text(found, "model.description", self.description, MAX_DESCRIPTION_BYTES)
        check_labels(found, "model.labels", self.labels)
        check_text(found, "model.owner", self.owner, MAX_OWNER_BYTES)


class ModelAction(StrEnum):
    """The actions of models in the change log."""

    CREATE = "model.create"
    UPDATE = "model.update"
    DELETE = "model.delete"
    UNDELETE = "model.undelete"
    PURGE = "model.purge"
    RENAME = "model.rename"


@dataclass(frozen=True, slots=True)
class Model:
    """A named series of versions.

    revision: of its last change. latest: the newest version that is not deleted, 0 for none.
    purge_time: when its deletion was made final. annotations: without pairs unless requested.
    activity_time: of its last change or that of a version; None in the log.
    """

    name: ModelName
    uid: UUID
    draft: ModelDraft
    creator: str
    create_time: datetime
    update_time: datetime
    revision: int
    delete_time: datetime | None = None
    latest: int = 0
    purge_time: datetime | None = None
    annotations: Annotations = NO_ANNOTATIONS
    activity_time: datetime | None = field(default=None, compare=False)

    @property
    def etag(self) -> str:
        """Changes with every change."""
        return etag(self.revision)

    def require_live(self) -> None:
        """Raise ModelDeleted while soft-deleted, ModelPurged for good."""
        self.require_unpurged()
        if self.delete_time is not None:
            raise ModelDeleted(str(self.name))

    def require_unpurged(self) -> None:
        """Raise ModelPurged when it can never be restored."""
        if self.purge_time is not None:
            raise ModelPurged(str(self.name))


def etag(revision: int) -> str:
    """Return the etag of a resource last changed at `revision`: unique, also across re-creation.

    Unique within one history; `domain.history` makes of it what callers see.
    """
    return f"r{revision}"
