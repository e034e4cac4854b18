"""Ensembles as models of NVIDIA Triton."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from google.protobuf.text_encoding import CEscape

from modelregistry.ensemble_export.parts import NotExportable, Step, ensemble_of, steps_of
from modelregistry.names import segment
from modelregistry.types import Signature, TensorSpec, Version

_COMMENT: Final = """\
# {ref} as an ensemble of Triton. The members are models of the repository: each by the id of its
# model, in the version with its number.
# Lost: which members are soft: Triton needs all of them. The combiner is the member that computes
# the outputs; the text {combiner} is not used.
"""
_TYPES: Final[Mapping[str, str]] = {
    "bool": "TYPE_BOOL",
    "boolean": "TYPE_BOOL",
    "uint8": "TYPE_UINT8",
    "uint16": "TYPE_UINT16",
    "uint32": "TYPE_UINT32",
    "uint64": "TYPE_UINT64",
    "int8": "TYPE_INT8",
    "int16": "TYPE_INT16",
    "int32": "TYPE_INT32",
    "int64": "TYPE_INT64",
    "float16": "TYPE_FP16",
    "float32": "TYPE_FP32",
    "float64": "TYPE_FP64",
    "bfloat16": "TYPE_BF16",
    "string": "TYPE_STRING",
    "str": "TYPE_STRING",
    "object": "TYPE_STRING",
    "bytes": "TYPE_STRING",
}


def to_triton(version: Version, signatures: Mapping[str, Signature | None]) -> str:
    """Return the `config.pbtxt` of an ensemble: ensemble scheduling, with versions pinned.

    Raises NotExportable for an ensemble without signature, a type that Triton lacks, a member
    without known inputs or outputs, or an output that no member or more than one computes.
    """
    if version.signature is None:
        message = f"Triton needs the inputs and outputs: {version.ref} has no signature"
        raise NotExportable(message)
    steps = steps_of(version, signatures)
    _require_whole(version.signature, steps)
    combiner = ascii(ensemble_of(version).combiner)
    lines = [
        _COMMENT.format(ref=ascii(version.ref)[1:-1], combiner=combiner).rstrip(),
        f"name: {_text(segment(version.name, 'models'))}",
        'platform: "ensemble"',
        "max_batch_size: 0",
        f"version_policy {{ specific {{ versions: [ {version.number} ] }} }}",
        *_tensors("input", version.signature.inputs),
        *_tensors("output", version.signature.outputs),
        "ensemble_scheduling {",
    ]
    for step in steps:
        lines += _step(step)
    lines.append("}")
    return "\n".join(lines)


def _require_whole(signature: Signature, steps: Iterable[Step]) -> None:
    made: Counter[str] = Counter()
    for step in steps:
        if not step.inputs or not step.outputs:
            message = f"the inputs or outputs of the member {step.member.role} are not known"
            raise NotExportable(message)
        made.update(step.outputs.values())
    for name, count in made.items():
        if count > 1:
            message = f"{count} members compute {name!r}: give their outputs names of their own"
            raise NotExportable(message)
    for tensor in signature.outputs:
        if tensor.name not in made:
            message = f"no member computes the output {tensor.name!r} of the ensemble"
            raise NotExportable(message)


def _tensors(field: str, tensors: Sequence[TensorSpec]) -> Iterator[str]:
    for tensor in tensors:
        kind = _TYPES.get(tensor.dtype)
        if kind is None:
            message = f"Triton has no type for {tensor.dtype!r}"
            raise NotExportable(message)
        dims = ", ".join(map(str, tensor.shape or (-1,)))
        yield f"{field} {{ name: {_text(tensor.name)} data_type: {kind} dims: [ {dims} ] }}"


def _step(step: Step) -> Iterator[str]:
    version = step.member.version
    yield "  step {"
    yield f"    model_name: {_text(segment(version, 'models'))}"
    yield f"    model_version: {version.rpartition('/')[2]}"
    for field, names in (("input_map", step.inputs), ("output_map", step.outputs)):
        for key, value in names.items():
            yield f"    {field} {{ key: {_text(key)} value: {_text(value)} }}"
    yield "  }"


def _text(text: str) -> str:
    """Return a text in the text format of Protocol Buffers, in ASCII."""
    return f'"{CEscape(text.encode(), as_utf8=False)}"'
