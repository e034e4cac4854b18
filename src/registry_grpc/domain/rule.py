"""A rule of a policy: its check, and whether it blocks or only warns."""

import re
from dataclasses import dataclass
from enum import StrEnum

from registry_grpc.domain.rules.attested import RequiredAttestations
from registry_grpc.domain.rules.bound import MetricBound
from registry_grpc.domain.rules.change import MetricChange
from registry_grpc.domain.rules.check import Check
from registry_grpc.domain.rules.expression import Expression
from registry_grpc.domain.rules.files import RequiredFiles
from registry_grpc.domain.rules.labelled import RequiredLabels
from registry_grpc.domain.rules.lineage import RequiredLineage
from registry_grpc.domain.rules.members import MemberStages
from registry_grpc.domain.rules.monitors import NoFiringMonitor
from registry_grpc.domain.rules.route_weight import RouteWeightBound
from registry_grpc.domain.rules.spread import SliceSpread
from registry_grpc.domain.violations import Violations

_ID = re.compile(r"[a-z][a-z0-9._-]{0,62}")


class Severity(StrEnum):
    """The effect of a rule that is not satisfied."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: exactly one of the fields after `severity` is set."""

    id: str
    severity: Severity = Severity.BLOCK
    bound: MetricBound | None = None
    change: MetricChange | None = None
    spread: SliceSpread | None = None
    lineage: RequiredLineage | None = None
    files: RequiredFiles | None = None
    labels: RequiredLabels | None = None
    attestations: RequiredAttestations | None = None
    cel: Expression | None = None
    route_weight: RouteWeightBound | None = None
    members: MemberStages | None = None
    no_firing_monitor: NoFiringMonitor | None = None

    @property
    def demand(self) -> Check:
        """The check that is set; raises ValueError unless it is exactly one."""
        (found,) = self._set().values()
        return found

    def check(self, found: Violations, path: str) -> None:
        """Add violations of the rule, under `path`."""
        check_id(found, f"{path}.id", self.id)
        demands = self._set()
        if len(demands) != 1:
            found.add(path, f"needs exactly one check, and has {', '.join(demands) or 'none'}")
        for name, demand in demands.items():
            demand.check(found, f"{path}.{name}")

    def _set(self) -> dict[str, Check]:
        every: dict[str, Check | None] = {
            "bound": self.bound,
            "change": self.change,
            "spread": self.spread,
            "lineage": self.lineage,
            "files": self.files,
            "labels": self.labels,
            "attestations": self.attestations,
            "cel": self.cel,
            "route_weight": self.route_weight,
            "members": self.members,
            "no_firing_monitor": self.no_firing_monitor,
        }
        return {name: demand for name, demand in every.items() if demand is not None}


def check_id(found: Violations, path: str, text: str) -> None:
    """Add a violation if the id of a rule or of an approval is invalid."""
    found.check(
        path,
        _ID.fullmatch(text) is not None,
        "an id is 1 to 63 of a-z 0-9 . _ -, starting with a letter",
    )
