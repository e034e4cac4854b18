"""Registration schemas: what a record must hold to be registered in a namespace."""

from dataclasses import dataclass, field
from datetime import datetime

from modelregistry.names import segment, short_ref
from modelregistry.types.provenance import DatasetRole


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredFacts:
    """What must be there, for what JSON Schema says only in many words."""

    files: tuple[str, ...] = ()
    """Each must match a path: `*` is any text (also with `/`), `?` one character, `[ab]` either."""
    labels: tuple[str, ...] = ()
    """Keys of labels."""
    tags: tuple[str, ...] = ()
    """Keys of tags."""
    metrics: tuple[str, ...] = ()
    """Names of metrics."""
    pinned_inputs: tuple[DatasetRole | int, ...] = ()
    """For each of these roles an input with a digest; every input in the role has one.

    A plain int is a role that this release does not know.
    """
    clean_commit: bool = False
    """A commit, of a work tree that is known to have been clean."""
    environment_lock: bool = False
    """The packages of the environment, or its container image."""
    signature: bool = False
    """What goes in and what comes out."""
    slices: tuple[str, ...] = ()
    """Results on slices of these dimensions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationSchema:
    """What every version of a namespace must satisfy when it is registered.

    To set one, give the first three; the registry fills in the rest. `RegistrationSchema()` checks
    nothing.
    """

    json_schema: str = ""
    """JSON Schema (draft 2020-12) of the record, as text; empty for none.

    `modelregistry/v1/registration_schema.proto` describes the record, and what is not supported.
    """
    check_formats: bool = False
    """Whether `format` is checked: `date`, `email`, `ipv4`, `ipv6` and `uuid`."""
    required: RequiredFacts = field(default_factory=RequiredFacts)
    name: str = ""
    """`namespaces/{namespace}/registrationSchema`."""
    number: int = 0
    """Which schema of this namespace: 1, 2, 3 …"""
    etag: str = ""
    """Hand it back to change only what you have read."""
    updater: str = ""
    update_time: datetime | None = None
    revision: int = 0
    """The revision of the registry when it was set."""
    history_id: str = ""
    """The history that `revision` is of; another one after a restore from a backup."""

    @property
    def namespace(self) -> str:
        """The id of the namespace, such as `risk`."""
        return segment(self.name, "namespaces")

    @property
    def is_empty(self) -> bool:
        """Whether it checks nothing."""
        return not self.json_schema and self.required == RequiredFacts()


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaFailure:
    """A version that a schema would not let in."""

    version: str
    """The full name of the version."""
    violations: tuple[str, ...]
    """What is wrong, each as a sentence."""

    @property
    def version_ref(self) -> str:
        """`fraud/7`: the version as a short reference."""
        return short_ref(self.version)
