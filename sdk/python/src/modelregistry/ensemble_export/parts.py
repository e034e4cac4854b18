"""What the writers of ensembles share: which tensors connect which members."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from modelregistry.types import Ensemble, EnsembleMember, Signature, Version


class NotExportable(ValueError):
    """An ensemble has no form in the other program; the message says why."""


@dataclass(frozen=True, slots=True)
class Step:
    """A member with its tensors: from names of the member to names in the ensemble."""

    member: EnsembleMember
    inputs: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)


def ensemble_of(version: Version) -> Ensemble:
    """Return the members of a version; raise NotExportable for a version without."""
    if version.ensemble is None:
        message = f"{version.ref} is no ensemble"
        raise NotExportable(message)
    return version.ensemble


def steps_of(version: Version, signatures: Mapping[str, Signature | None]) -> list[Step]:
    """Return the members of a version with their tensors, in an order in which they can run.

    Names of inputs and outputs are those of signatures, or of maps and edges for a member without
    one. An output that is no output of the ensemble is called `<role>.<output>` there.
    """
    ensemble = ensemble_of(version)
    connected = _connected(ensemble)
    outer = None if version.signature is None else {one.name for one in version.signature.outputs}
    tensors: dict[str, dict[str, str]] = {}
    for member in ensemble.members:
        own = tensors[member.role] = {}
        for name in _names(connected, member, signatures.get(member.role), outputs=True):
            target = member.output_names.get(name)
            if target is None:
                target = name if outer is not None and name in outer else f"{member.role}.{name}"
            own[name] = target
    edges = {(edge.target, edge.input): (edge.source, edge.output) for edge in ensemble.edges}
    steps = []
    for member in ensemble.members:
        inputs = {
            name: _source(tensors, edges.get((member.role, name)))
            or member.input_names.get(name, name)
            for name in _names(connected, member, signatures.get(member.role), outputs=False)
        }
        steps.append(Step(member, inputs, tensors[member.role]))
    return _ordered(ensemble, steps)


def _source(tensors: Mapping[str, Mapping[str, str]], end: tuple[str, str] | None) -> str:
    return "" if end is None else tensors[end[0]].get(end[1], "")


def levels_of(ensemble: Ensemble) -> list[list[EnsembleMember]]:
    """Return the members by the number of edges before them: those of one level can run at once."""
    level = {member.role: 0 for member in ensemble.members}
    left, following = Counter[str](), defaultdict[str, list[str]](list)
    for edge in ensemble.edges:
        left[edge.target] += 1
        following[edge.source].append(edge.target)
    free = [role for role in level if not left[role]]
    while free:
        source = free.pop()
        for role in following[source]:
            level[role] = max(level[role], level[source] + 1)
            left[role] -= 1
            if not left[role]:
                free.append(role)
    if any(left.values()):
        message = "the edges form a cycle"
        raise NotExportable(message)
    found: dict[int, list[EnsembleMember]] = {}
    for member in ensemble.members:
        found.setdefault(level[member.role], []).append(member)
    return [found[number] for number in sorted(found)]


def _connected(ensemble: Ensemble) -> Mapping[tuple[str, bool], list[str]]:
    """Return the outputs (True) and inputs (False) of members, by role, that edges name."""
    found: dict[tuple[str, bool], list[str]] = defaultdict(list)
    for edge in ensemble.edges:
        found[edge.source, True].append(edge.output)
        found[edge.target, False].append(edge.input)
    return found


def _names(
    connected: Mapping[tuple[str, bool], list[str]],
    member: EnsembleMember,
    signature: Signature | None,
    *,
    outputs: bool,
) -> list[str]:
    if signature is not None:
        return [one.name for one in (signature.outputs if outputs else signature.inputs)]
    named = member.output_names if outputs else member.input_names
    return list(dict.fromkeys((*named, *connected.get((member.role, outputs), ()))))


def _ordered(ensemble: Ensemble, steps: list[Step]) -> list[Step]:
    ordered = (member.role for level in levels_of(ensemble) for member in level)
    place = {role: number for number, role in enumerate(ordered)}
    return sorted(steps, key=lambda step: place[step.member.role])
