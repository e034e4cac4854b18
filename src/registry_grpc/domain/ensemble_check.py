"""What must be true of an ensemble, by itself and with the signatures of its members."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from registry_grpc.domain.ensemble import (
    MOST_EDGES,
    MOST_MEMBERS,
    MOST_NAMES,
    EnsembleEdge,
    EnsembleSpec,
    Member,
)
from registry_grpc.domain.facts import Signature, TensorSpec
from registry_grpc.domain.labels import check_text
from registry_grpc.domain.violations import Violations

_ROLE = re.compile(r"[a-z][a-z0-9._-]{0,62}(?<!\.)")
_TEXT_BYTES = 256
_ANY_LENGTH = -1
_FOLDER = "members"

Tensors = Mapping[str, TensorSpec]


def check_ensemble(found: Violations, field: str, spec: EnsembleSpec) -> None:
    """Add the violations that an ensemble has by itself, under `field`."""
    count = len(spec.members)
    found.check(f"{field}.members", 1 <= count <= MOST_MEMBERS, f"1 to {MOST_MEMBERS:,}")
    seen: set[str] = set()
    for index, member in enumerate(spec.members[:MOST_MEMBERS]):
        path = f"{field}.members[{index}]"
        written = _ROLE.fullmatch(member.role) is not None
        hint = "a role is 1 to 63 of a-z 0-9 . _ -, starting with a letter, and ends with no dot"
        found.check(f"{path}.role", written, hint)
        found.check(f"{path}.role", member.role not in seen, "another member has this role")
        seen.add(member.role)
        _check_names(found, f"{path}.input_names", member.input_names)
        _check_names(found, f"{path}.output_names", member.output_names)
    check_text(found, f"{field}.combiner", spec.combiner, _TEXT_BYTES)
    few = len(spec.edges) <= MOST_EDGES
    found.check(f"{field}.edges", few, f"at most {MOST_EDGES:,}")
    if few:
        _check_edges(found, f"{field}.edges", spec)


def is_members_path(path: str) -> bool:
    """Return whether a file would be in the folder of the members, or be it."""
    return path.partition("/")[0].casefold() == _FOLDER


def _check_names(found: Violations, field: str, names: Mapping[str, str]) -> None:
    found.check(field, len(names) <= MOST_NAMES, f"at most {MOST_NAMES:,}")
    for key, value in sorted(names.items())[:MOST_NAMES]:
        path = f"{field}[{key[:80]!r}]"
        check_text(found, path, key, _TEXT_BYTES)
        check_text(found, path, value, _TEXT_BYTES)


def _check_edges(found: Violations, field: str, spec: EnsembleSpec) -> None:
    members = {member.role: member for member in spec.members}
    fed: set[tuple[str, str]] = set()
    for index, edge in enumerate(spec.edges):
        path = f"{field}[{index}]"
        for end, role in (("source", edge.source), ("target", edge.target)):
            found.check(f"{path}.{end}", role in members, f"no member has the role {role[:80]!r}")
        check_text(found, f"{path}.output", edge.output, _TEXT_BYTES)
        check_text(found, f"{path}.input", edge.input, _TEXT_BYTES)
        target = (edge.target, edge.input)
        found.check(f"{path}.input", target not in fed, "another edge has this input")
        fed.add(target)
        named = edge.target in members and edge.input in members[edge.target].input_names
        found.check(f"{path}.input", not named, "an input of the ensemble feeds it already")
    cycle = _cycle(spec.edges)
    found.check(field, not cycle, f"the edges form a cycle through {cycle}")


def _cycle(edges: Sequence[EnsembleEdge]) -> str:
    """Return a role that is in a cycle or behind one; '' if there is no cycle."""
    incoming: dict[str, int] = defaultdict(int)
    following: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        incoming[edge.target] += 1
        following[edge.source].append(edge.target)
    free = [role for role in following if not incoming[role]]
    while free:
        for role in following[free.pop()]:
            incoming[role] -= 1
            if not incoming[role]:
                free.append(role)
    return next((role for role, count in incoming.items() if count), "")


def mismatches(
    spec: EnsembleSpec, own: Signature | None, signatures: Mapping[str, Signature | None]
) -> Iterator[str]:
    """Yield a sentence for each connection whose two ends do not fit together.

    own: the signature of the ensemble. signatures: of the members, by role. An end without a
    signature fits everything, and so does one whose role no member has.
    """
    inputs = {role: _inputs(one) for role, one in signatures.items()}
    outputs = {role: _outputs(one) for role, one in signatures.items()}
    fed: dict[str, set[str]] = defaultdict(set)
    for edge in spec.edges:
        fed[edge.target].add(edge.input)
        source, target = outputs.get(edge.source), inputs.get(edge.target)
        starts, ends = f"output {edge.output!r}", f"input {edge.input!r}"
        if source is not None and edge.output not in source:
            yield f"{edge.source} has no {starts}"
        if target is not None and edge.input not in target:
            yield f"{edge.target} has no {ends}"
        yield from _misfit(
            (f"{edge.source}, {starts}", (source or {}).get(edge.output)),
            (f"{edge.target}, {ends}", (target or {}).get(edge.input)),
        )
    for member in spec.members:
        yield from _inward(member, own, inputs[member.role], fed[member.role])
        yield from _outward(member, own, outputs[member.role])


def _inward(
    member: Member, own: Signature | None, tensors: Tensors | None, fed: set[str]
) -> Iterator[str]:
    if tensors is None:
        return
    for name in sorted(set(member.input_names) - set(tensors)):
        yield f"{member.role} has no input {name!r}"
    if own is None:
        return
    given = _inputs(own) or {}
    for name, tensor in tensors.items():
        if name in fed:
            continue
        source = member.input_names.get(name, name)
        if source not in given:
            yield f"{member.role}, input {name!r}: the ensemble has no input {source!r}"
        ends = (f"the ensemble, input {source!r}", given.get(source))
        yield from _misfit(ends, (f"{member.role}, input {name!r}", tensor))


def _outward(member: Member, own: Signature | None, tensors: Tensors | None) -> Iterator[str]:
    taken = _outputs(own) or {}
    for name, target in sorted(member.output_names.items()):
        if tensors is not None and name not in tensors:
            yield f"{member.role} has no output {name!r}"
        yield from _misfit(
            (f"{member.role}, output {name!r}", (tensors or {}).get(name)),
            (f"the ensemble, output {target!r}", taken.get(target)),
        )


def _inputs(signature: Signature | None) -> Tensors | None:
    return None if signature is None else {one.name: one for one in signature.inputs}


def _outputs(signature: Signature | None) -> Tensors | None:
    return None if signature is None else {one.name: one for one in signature.outputs}


def _misfit(
    source: tuple[str, TensorSpec | None], target: tuple[str, TensorSpec | None]
) -> Iterator[str]:
    (starts, one), (ends, other) = source, target
    if not one or not other:
        return
    if one.dtype != other.dtype:
        yield f"{starts} is {one.dtype}, and {ends} is {other.dtype}"
    elif not _can_be_equal(one.shape, other.shape):
        yield f"{starts} has the shape {list(one.shape)}, and {ends} {list(other.shape)}"


def _can_be_equal(one: Sequence[int], other: Sequence[int]) -> bool:
    # A shape without axes is one that was not stated.
    if not one or not other:
        return True
    pairs = zip(one, other, strict=False)
    return len(one) == len(other) and all(a == b or _ANY_LENGTH in {a, b} for a, b in pairs)
