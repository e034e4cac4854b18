"""Required stages of the members of an ensemble."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry_grpc.domain.ensemble_closure import Pin
from registry_grpc.domain.ids import stage_id
from registry_grpc.domain.rules.check import Case, Needs, NotEvaluable, Verdict, passed
from registry_grpc.domain.violations import Violations

_MOST_STAGES = 100


@dataclass(frozen=True, slots=True)
class MemberStages:
    """stages: one of them is required of each direct member; except_soft: not of soft ones."""

    stages: tuple[str, ...]
    except_soft: bool = False

    @property
    def needs(self) -> Needs:
        """The members: their stages are part of what approvals are bound to."""
        return Needs(members=True)

    def check(self, found: Violations, path: str) -> None:
        """Add the violations of the rule itself, under `path`."""
        place = f"{path}.stages"
        found.check(place, 0 < len(self.stages) <= _MOST_STAGES, f"1 to {_MOST_STAGES} stages")
        for index, stage in enumerate(self.stages[:_MOST_STAGES]):
            found.parse(f"{place}[{index}]", stage_id, stage)

    def verdicts(self, case: Case) -> Iterator[Verdict]:
        """Yield one verdict for each direct member, and one for a version without members."""
        if case.candidate.version.ensemble is None:
            yield passed(
                "the version is no ensemble: it has no members", expected="members in stages"
            )
            return
        if not case.candidate.members:
            message = "the members of the ensemble were not read"
            raise NotEvaluable(message)
        for pin in case.candidate.members:
            yield self._verdict(pin)

    def _verdict(self, pin: Pin) -> Verdict:
        stage, expected = pin.version.stage, " or ".join(self.stages)
        if pin.soft and self.except_soft:
            message = f"the member {pin.role} is soft, and may be in any stage"
            return passed(message, pin.role, "", "any stage", stage)
        ok = stage in self.stages
        message = f"the member {pin.role}, {pin.version.name}, is in {stage}, required: {expected}"
        return Verdict(ok, message, pin.role, "", expected, stage)
