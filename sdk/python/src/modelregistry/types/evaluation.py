"""Evidence that comes after registration: evaluations and attestations of versions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from modelregistry.names import segment, short_ref
from modelregistry.types.quality import SliceMetric


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What somebody measured on a version. It never changes; later ones add."""

    name: str
    """`namespaces/{namespace}/models/{model}/versions/{number}/evaluations/{uuid}`."""
    dataset_uri: str = ""
    """The data set that was measured on."""
    dataset_digest: str = ""
    """`<algorithm>:<value>`; empty when the data was not pinned."""
    evaluator: str = ""
    """The program that measured."""
    evaluator_digest: str = ""
    """`<algorithm>:<value>` of its code."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Overall results."""
    slices: tuple[SliceMetric, ...] = ()
    """Results on parts of the data; left out in lists."""
    slice_count: int = 0
    """How many slices there are, also where they are left out."""
    description: str = ""
    digest: str = ""
    """`sha256:<hex>` over its content, by which decisions name it."""
    creator: str = ""
    create_time: datetime | None = None
    revision: int = 0
    history_id: str = ""
    """The history that `revision` is of; another one after a restore from a backup."""

    @property
    def id(self) -> str:
        """The last part of the name."""
        return segment(self.name, "evaluations")

    @property
    def version_ref(self) -> str:
        """`fraud/7`: the version it is of, as a short reference."""
        return short_ref(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """A signed statement about a version, as somebody recorded it; it is not verified yet."""

    name: str
    """`namespaces/{namespace}/models/{model}/versions/{number}/attestations/{uuid}`."""
    predicate_type: str
    """What is stated, such as `https://slsa.dev/provenance/v1`."""
    payload_digest: str
    """`sha256:<hex>` of the signed payload."""
    signer: str
    """Whose signature it bears, as claimed."""
    creator: str = ""
    """Who recorded it."""
    create_time: datetime | None = None
    revision: int = 0
    history_id: str = ""
    """The history that `revision` is of; another one after a restore from a backup."""

    @property
    def version_ref(self) -> str:
        """`fraud/7`: the version it is of, as a short reference."""
        return short_ref(self.name)
