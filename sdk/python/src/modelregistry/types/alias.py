"""Aliases, and the histories of aliases and stages."""

from dataclasses import dataclass
from datetime import datetime

from modelregistry.names import segment, short_ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """A name for one version of a model, such as `champion`."""

    name: str
    """`namespaces/{namespace}/models/{model}/aliases/{alias}`."""
    version: str
    """The full name of the version that it points at."""
    etag: str = ""
    """Changes with every move. Pass it to `set_alias` to move the alias only if it is unchanged."""
    update_time: datetime | None = None
    """When it last moved."""
    updater: str = ""
    revision: int = 0
    """The revision of its last move."""
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""

    @property
    def id(self) -> str:
        """The last part of the name, such as `champion`."""
        return segment(self.name, "aliases")

    @property
    def ref(self) -> str:
        """`fraud@champion`, with the namespace in front if it is not `default`."""
        return short_ref(self.name)

    @property
    def version_ref(self) -> str:
        """`fraud/7`: the version that it points at, as a short reference."""
        return short_ref(self.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class AliasEntry:
    """One move of an alias, as recorded."""

    name: str
    version: str
    """The full name of the version after the move; empty when the alias was removed."""
    previous_version: str
    """The full name of the version before the move; empty when the alias did not exist."""
    create_time: datetime | None = None
    actor: str = ""
    reason: str = ""
    revision: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StageEntry:
    """One move of a version from stage to stage, as recorded."""

    version: str
    """The full name of the version."""
    stage: str
    """The stage after the move."""
    previous_stage: str
    create_time: datetime | None = None
    actor: str = ""
    reason: str = ""
    revision: int = 0
