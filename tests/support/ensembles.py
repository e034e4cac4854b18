"""Registration of ensembles and of their members by the use cases of `governance`."""

from collections.abc import Sequence
from itertools import count

from registry_grpc.domain.ensemble import EnsembleEdge, EnsembleSpec, Member, MemberPin
from registry_grpc.domain.facts import Signature, VersionDetail
from registry_grpc.domain.names import ModelName
from registry_grpc.domain.version import Version
from tests.support.governance import Governed

_RUNS = count(1)


def new_model() -> str:
    """Return the id of a model that no other test has."""
    return f"ensembles-{next(_RUNS)}"


def spec_of(*members: tuple[str, str, bool], edges: Sequence[EnsembleEdge] = ()) -> EnsembleSpec:
    """Return an ensemble of (role, reference, soft)."""
    return EnsembleSpec(
        tuple(Member(role, MemberPin(version), soft) for role, version, soft in members),
        edges=tuple(edges),
    )


def register(registry: Governed, model: str, detail: VersionDetail) -> Version:
    """Register a version without files."""
    return registry.register_detail(ModelName("default", model), detail)


def plain_version(registry: Governed, model: str, signature: Signature | None = None) -> str:
    """Register a version that is no ensemble, and return its reference."""
    return f"{model}/{register(registry, model, VersionDetail(signature=signature)).name.number}"


def ensemble(registry: Governed, model: str, *members: tuple[str, str, bool]) -> str:
    """Register an ensemble of (role, reference, soft), and return its reference."""
    made = register(registry, model, VersionDetail(ensemble=spec_of(*members)))
    return f"{model}/{made.name.number}"
