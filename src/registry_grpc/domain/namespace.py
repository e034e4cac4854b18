"""Namespaces: tenants."""

from dataclasses import dataclass
from datetime import datetime

from registry_grpc.domain.labels import check_text
from registry_grpc.domain.names import NamespaceName
from registry_grpc.domain.violations import Violations

MAX_DESCRIPTION_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Namespace:
    """A tenant. revision: of its last change."""

    name: NamespaceName
    description: str
    creator: str
    create_time: datetime
    revision: int


def check_namespace(found: Violations, description: str) -> None:
    """Note what is wrong with a namespace's description."""
    check_text(found, "namespace.description", description, MAX_DESCRIPTION_BYTES)
