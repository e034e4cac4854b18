"""Aliases: names that move from version to version, with their history."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from registry_grpc.domain.id_text import folded
from registry_grpc.domain.ids import LATEST, alias_id
from registry_grpc.domain.model import etag
from registry_grpc.domain.names import AliasName, VersionName
from registry_grpc.domain.stage_graph import StageGraph

MOST_ALIASES = 1_000
"""Of one version: they are part of every reply that shows it."""


class AliasAction(StrEnum):
    """The actions of aliases in the change log."""

    SET = "alias.set"
    DELETE = "alias.delete"


@dataclass(frozen=True, slots=True)
class Alias:
    """Where an alias points now. revision, time, actor: of its last move."""

    name: AliasName
    version: VersionName
    time: datetime
    actor: str
    revision: int

    @property
    def etag(self) -> str:
        """Changes with every move."""
        return etag(self.revision)


@dataclass(frozen=True, slots=True)
class AliasEntry:
    """One move, as recorded. version is None for a removal, previous for a creation."""

    name: AliasName
    version: VersionName | None
    previous: VersionName | None
    time: datetime
    actor: str
    reason: str
    revision: int


def alias_word(text: str) -> str:
    """Return an id that a new alias may have where no stage is called so; raise ValueError.

    Not `latest`, and not `v2`, which users read as a version; older aliases may have that id.
    """
    key = folded(alias_id(text))
    if key == LATEST:
        raise ValueError(_reserved(text))
    if key.startswith("v") and key[1:].isdigit():
        message = f"{text[:80]!r} reads as a version and cannot be an alias"
        raise ValueError(message)
    return text


def free_alias(text: str, graph: StageGraph) -> str:
    """Return an id that may be a new alias; raise ValueError for the names of stages, in any case.

    Raises ValueError for all that `alias_word` refuses too.
    """
    if folded(alias_word(text)) in graph:
        raise ValueError(_reserved(text))
    return text


def _reserved(text: str) -> str:
    return f"{text[:80]!r} has a meaning of its own and cannot be an alias or a route"
