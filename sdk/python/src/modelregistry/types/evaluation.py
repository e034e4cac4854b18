"""Evidence that comes after registration: evaluations and attestations of versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from modelregistry.names import segment, short_ref
from modelregistry.types.quality import SliceMetric


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """Metrics measured on a version after its registration. Immutable."""

    name: str
    """`namespaces/{namespace}/models/{model}/versions/{number}/evaluations/{uuid}`."""
    dataset_uri: str = ""
    """The URI of the dataset."""
    dataset_digest: str = ""
    """`<algorithm>:<value>`; empty when the data was not pinned."""
    evaluator: str = ""
    """The program that computed the metrics."""
    evaluator_digest: str = ""
    """`<algorithm>:<value>` of its code."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Overall results."""
    slices: tuple[SliceMetric, ...] = ()
    """Results on parts of the data; left out in lists."""
    slice_count: int = 0
    """The number of slices, also where `slices` is left out."""
    description: str = ""
    digest: str = ""
    """`sha256:<hex>` over its content; decisions reference it."""
    creator: str = ""
    create_time: datetime | None = None
    revision: int = 0
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""

    @property
    def id(self) -> str:
        """The last part of the name."""
        return segment(self.name, "evaluations")

    @property
    def version_ref(self) -> str:
        """`fraud/7`: the evaluated or attested version, as a short reference."""
        return short_ref(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """The record of a signed statement about a version; the signature is not verified yet."""

    name: str
    """`namespaces/{namespace}/models/{model}/versions/{number}/attestations/{uuid}`."""
    predicate_type: str
    """The type of the statement, such as `https://slsa.dev/provenance/v1`."""
    payload_digest: str
    """`sha256:<hex>` of the signed payload."""
    signer: str
    """The identity of the signer, as claimed."""
    creator: str = ""
    """The principal that recorded it."""
    create_time: datetime | None = None
    revision: int = 0
    history_id: str = ""
    """The history id of `revision`; a restore from a backup starts a new one."""

    @property
    def version_ref(self) -> str:
        """`fraud/7`: the evaluated or attested version, as a short reference."""
        return short_ref(self.name)
