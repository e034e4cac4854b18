"""The decisions of policies about moves, in the model of a registry."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import zip_longest

from registry_grpc.domain.evidence import Evidence
from registry_grpc.domain.policy import ApprovalRequirement, PolicyDraft
from registry_grpc.domain.rule import Rule, Severity
from tests.support.account.places import Id, Places
from tests.support.evidence import the_evidence
from tests.support.naive_gate import naive

Step = tuple[Id, str, str]
"""A version on its way from a stage to another one."""


class Judgement:
    """The policies in force, each with how often it was changed."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self.policies: dict[str, tuple[int, PolicyDraft]] = {}
        self._changes = 0

    def put(self, name: str, draft: PolicyDraft | None) -> bool:
        """Let a policy say this, or nothing any more; return whether that is a change."""
        known = self.policies.get(name, (0, None))[1]
        if known == draft:
            return False
        self._changes += 1
        if draft is None:
            del self.policies[name]
        else:
            self.policies[name] = (self._changes, draft)
        return True

    @property
    def stages(self) -> set[str]:
        """The stages that policies name."""
        drafts = [draft for _, draft in self.policies.values()]
        return {stage for draft in drafts for stage in (draft.from_stage, draft.to_stage) if stage}

    def refuses(self, steps: Sequence[Step]) -> bool:
        """Whether any rule closes the way of any of them."""
        return any(
            rule.severity is Severity.BLOCK and not self._passes(rule, step)
            for step in steps
            for _, draft in self._guarding(step)
            for rule in draft.rules
        )

    def needs(self, steps: Sequence[Step]) -> dict[str, ApprovalRequirement]:
        """Return what people must say, by policy and requirement."""
        return {
            f"{name}/{need.id}": need
            for step in steps
            for name, draft in self._guarding(step)
            for need in draft.approvals
        }

    def wait(self, steps: Sequence[Step]) -> timedelta:
        """Return how long to wait behind the last approval."""
        waits = (draft.wait for step in steps for _, draft in self._guarding(step))
        return max(waits, default=timedelta(0))

    def basis(self, steps: Sequence[Step]) -> object:
        """Return what an approval rests on: it falls when this becomes another."""
        return [(step, *self._basis(step)) for step in steps]

    def _basis(self, step: Step) -> Iterator[object]:
        who, _, _ = step
        yield self._known_of(who)
        for name, draft in self._guarding(step):
            yield name, self.policies[name][0]
            if any(rule.change for rule in draft.rules):
                baseline = self._baseline(step)
                yield baseline and (baseline, self._known_of(baseline))

    def _known_of(self, who: Id) -> list[str]:
        records = self._places.kept[who].records
        said = [(record.metrics, slices) for record, slices in records]
        # The same measurement again is nothing new.
        pairs = zip_longest(said, said[1:])
        new = [one != older for one, older in pairs]
        return [record.id for (record, _), counts in zip(records, new, strict=True) if counts]

    def _guarding(self, step: Step) -> Iterator[tuple[str, PolicyDraft]]:
        (model, _), source, target = step
        for name, (_, draft) in sorted(self.policies.items()):
            if draft.to_stage != target or draft.from_stage not in {"", source}:
                continue
            if draft.models in {"*", model}:
                yield name, draft

    def _passes(self, rule: Rule, step: Step) -> bool:
        demand = rule.bound or rule.change or rule.spread
        assert demand is not None
        other = self._baseline(step)
        baseline = None if other is None else self._evidence(other)
        found = naive(demand, self._evidence(step[0]), baseline, self._places.now)
        return all(ok for ok, _ in found)

    def _baseline(self, step: Step) -> Id | None:
        (model, number), _, target = step
        others = (n for n in self._places.holders(model, target) if n != number)
        return next(((model, n) for n in others), None)

    def _evidence(self, who: Id) -> Evidence:
        kept = self._places.kept[who]
        return the_evidence(kept.version, *kept.records)
