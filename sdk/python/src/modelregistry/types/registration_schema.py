"""Registration schemas: what every new version of a namespace must contain."""

from dataclasses import dataclass, field
from datetime import datetime

from modelregistry.names import segment, short_ref
from modelregistry.types.provenance import DatasetRole


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredFacts:
    """Required contents that would be long-winded in JSON Schema."""

    files: tuple[str, ...] = ()
    """Each must match a path: `*` is any text (also with `/`), `?` one character, `[ab]` either."""
    labels: tuple[str, ...] = ()
    """Keys of labels."""
    tags: tuple[str, ...] = ()
    """Keys of tags."""
    metrics: tuple[str, ...] = ()
    """Names of metrics."""
    pinned_inputs: tuple[DatasetRole | int, ...] = ()
    """Roles that need at least one input, and whose inputs must all have a digest.

    A plain int is a role that this release does not know.
    """
    clean_commit: bool = False
    """A commit, with a work tree that is known to have been clean."""
    environment_lock: bool = False
    """The packages of the environment, or its container image."""
    signature: bool = False
    """The signature of the model."""
    slices: tuple[str, ...] = ()
    """Results on slices of these dimensions."""
    stored_bytes: bool = False
    """The bytes in the registry: rejects versions by reference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationSchema:
    """One revision of a registration schema: every new version of the namespace must satisfy it.

    To set one, give the first three fields; the registry fills in the rest.
    `RegistrationSchema()` checks nothing.
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
    """The revision of this schema: 1, 2, 3 …"""
    etag: str = ""
    """Pass it to a change to apply it only if the schema is unchanged."""
    updater: str = ""
    update_time: datetime | None = None
    revision: int = 0
    """The registry's revision of the change."""
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""

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
    """A version that violates a schema."""

    version: str
    """The full name of the version."""
    violations: tuple[str, ...]
    """Each violation as a sentence."""

    @property
    def version_ref(self) -> str:
        """`fraud/7`: the version as a short reference."""
        return short_ref(self.version)
