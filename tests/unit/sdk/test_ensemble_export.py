"""Ensembles in the forms of other programs: parsed by their own schemas."""

import json
from importlib import metadata, util
from pathlib import Path
from typing import Any

import pytest
import yaml
from google.protobuf import text_format

from modelregistry.ensemble_export import NotExportable, to_kserve, to_triton
from modelregistry.types import (
    Ensemble,
    EnsembleEdge,
    EnsembleMember,
    Signature,
    TensorSpec,
    Version,
)

_CRD = Path(__file__).parents[1] / "data" / "kserve_inferencegraph.yaml"
_MODEL = 'namespaces/risk/models/My "Fraud"\\ Größe'
_X, _Y = TensorSpec(name="x", dtype="float32", shape=(-1, 4)), TensorSpec(name="y", dtype="float64")
_SIGNATURES = {
    "text": Signature(inputs=(_X,), outputs=(TensorSpec(name="s", dtype="float32"),)),
    "mix": Signature(inputs=(TensorSpec(name="in", dtype="float32"),), outputs=(_Y,)),
}


def _version(ensemble: Ensemble, signature: Signature | None = None) -> Version:
    return Version(name=f"{_MODEL}/versions/7", number=7, ensemble=ensemble, signature=signature)


def _two(**more: Any) -> Ensemble:  # noqa: ANN401 - fields of an ensemble
    members = (
        EnsembleMember(role="mix", version="namespaces/risk/models/mix/versions/2", soft=True),
        EnsembleMember(
            role="text",
            version="namespaces/risk/models/text/versions/3",
            input_names={"x": 'raw"\n'},
        ),
    )
    edge = EnsembleEdge(source="text", output="s", target="mix", input="in")
    return Ensemble(members=members, edges=(edge,), combiner='mix: "}\n#', **more)


def _model_config() -> Any:  # noqa: ANN401 - a generated module
    """Return the messages of Triton, without the client around them, which needs more packages."""
    found = metadata.distribution("tritonclient").locate_file(
        "tritonclient/grpc/model_config_pb2.py"
    )
    spec = util.spec_from_file_location("triton_model_config_pb2", str(found))
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_triton_reads_the_config() -> None:
    outer = Signature(
        inputs=(TensorSpec(name='raw"\n', dtype="float32", shape=(-1, 4)),), outputs=(_Y,)
    )
    text = to_triton(_version(_two(), outer), _SIGNATURES)
    assert text.isascii()
    config = text_format.Parse(text, _model_config().ModelConfig())
    assert config.name == 'My "Fraud"\\ Größe'
    assert config.platform == "ensemble"
    assert list(config.version_policy.specific.versions) == [7]
    assert [(one.name, list(one.dims)) for one in config.input] == [('raw"\n', [-1, 4])]
    first, second = config.ensemble_scheduling.step
    assert (first.model_name, first.model_version) == ("text", 3)
    assert dict(first.input_map) == {"x": 'raw"\n'}
    assert dict(first.output_map) == {"s": "text.s"}
    assert (second.model_name, second.model_version) == ("mix", 2)
    assert dict(second.input_map) == {"in": "text.s"}
    assert dict(second.output_map) == {"y": "y"}


@pytest.mark.parametrize(
    "signature, problem",
    [
        (None, "no signature"),
        (Signature(inputs=(_X,), outputs=(TensorSpec(name="z", dtype="float32"),)), "no member"),
        (Signature(inputs=(TensorSpec(name="x", dtype="quaternion"),), outputs=(_Y,)), "no type"),
    ],
)
def test_what_triton_cannot_have_is_said(signature: Signature | None, problem: str) -> None:
    with pytest.raises(NotExportable, match=problem):
        to_triton(_version(_two(), signature), _SIGNATURES)


def _check(schema: dict[str, Any], value: object, path: str = "") -> None:
    """Assert that a value fits the part of a CRD schema, with no field that it does not have."""
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}
    assert isinstance(value, kinds[schema["type"]]), path
    if "enum" in schema:
        assert value in schema["enum"], path
    if isinstance(value, list):
        for item in value:
            _check(schema["items"], item, f"{path}[]")
    if isinstance(value, dict):
        assert set(schema.get("required", ())) <= set(value), path
        for key, part in value.items():
            known = schema.get("properties", {}).get(key) or schema.get("additionalProperties")
            assert known, f"{path}.{key}"
            _check(known, part, f"{path}.{key}")


def test_kserve_takes_the_graph() -> None:
    schema = yaml.safe_load(_CRD.read_text(encoding="utf-8"))
    flat = Ensemble(members=_two().members)
    for ensemble in (_two(), flat):
        text = to_kserve(_version(ensemble), {})
        graph = yaml.safe_load(text)
        assert (graph["apiVersion"], graph["kind"]) == (
            "serving.kserve.io/v1alpha1",
            "InferenceGraph",
        )
        assert json.dumps(graph["metadata"]) == '{"name": "my-fraud-gr-e-7"}'
        _check(schema["spec"], graph["spec"])
    nodes = yaml.safe_load(to_kserve(_version(_two()), {}))["spec"]["nodes"]
    assert [step["nodeName"] for step in nodes["root"]["steps"]] == ["level-1", "level-2"]
    assert nodes["level-2"]["steps"] == [
        {"serviceName": "mix-2", "name": "mix", "dependency": "Soft"}
    ]
