"""Models: named series of versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from modelregistry.names import segment, short_ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A named series of versions, as it was when it was read."""

    name: str
    """`namespaces/{namespace}/models/{model}`."""
    uid: str = ""
    description: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    etag: str = ""
    """Pass it to a change to apply it only if the model is unchanged."""
    create_time: datetime | None = None
    update_time: datetime | None = None
    activity_time: datetime | None = None
    """When the model or a version of it last changed; None in changes."""
    delete_time: datetime | None = None
    purge_time: datetime | None = None
    """When its deletion was made final: it cannot be restored."""
    """Set while the model is soft-deleted."""
    creator: str = ""
    revision: int = 0
    """The revision of its last change."""
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""
    latest_version: int = 0
    """The version that `latest` resolves to: the newest active or deprecated one; 0 for none."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Texts of any kind. Empty in the results of lists without `full=True`, and in changes."""
    redirected_from: str = ""
    """The full name that it was read by, where that is a former name of a renamed model."""

    @property
    def id(self) -> str:
        """The last part of the name, such as `fraud`."""
        return segment(self.name, "models")

    @property
    def namespace(self) -> str:
        """The id of its namespace, such as `default`."""
        return segment(self.name, "namespaces")

    @property
    def ref(self) -> str:
        """`fraud`, with the namespace in front if it is not `default`."""
        return short_ref(self.name)
