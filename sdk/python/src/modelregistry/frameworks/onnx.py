"""ONNX: the graph as ONNX writes it, its weights beside it when they exceed a protobuf message."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from modelregistry.errors import FrameworkError, ModelDocumentInvalid
from modelregistry.frameworks.adapter import LoadRequest, Saved, SaveRequest
from modelregistry.frameworks.document import ModelDocument
from modelregistry.frameworks.library import library, unknown_format
from modelregistry.types import Signature, TensorSpec

_FILE: Final = "model.onnx"
_WEIGHTS: Final = "model.onnx.data"
_MOST_IN_ONE_FILE: Final = 1024**3
"""A message of protobuf holds 2 GiB; weights of more than half of that get a file of their own."""


class OnnxAdapter:
    """Saves and loads `onnx.ModelProto`, without trust: a graph is data.

    Its signature is that of the graph, also without an example. With one, onnxruntime runs it.
    """

    name: Final = "onnx"
    packages: Final = ("onnx",)

    def can_save(self, model: object) -> bool:
        """Take whole models, not single graphs or tensors."""
        return isinstance(model, library("onnx", self.name).ModelProto)

    def predict(self, model: Any, example: Any) -> object:
        """Return the outputs by name; the example is by name, or the only input."""
        runtime = library("onnxruntime", self.name)
        session = runtime.InferenceSession(
            model.SerializeToString(), providers=["CPUExecutionProvider"]
        )
        names = [each.name for each in session.get_inputs()]
        given = example if isinstance(example, Mapping) else {names[0]: example}
        outputs = [each.name for each in session.get_outputs()]
        return dict(zip(outputs, session.run(outputs, dict(given)), strict=True))

    def save(self, model: Any, folder: Path, _request: SaveRequest) -> Saved:
        """Write `model.onnx`, and `model.onnx.data` for large weights."""
        onnx = library("onnx", self.name)
        if model.ByteSize() > _MOST_IN_ONE_FILE:
            copy = onnx.ModelProto()
            copy.CopyFrom(model)
            onnx.save_model(
                copy, str(folder / _FILE), save_as_external_data=True, location=_WEIGHTS
            )
        else:
            _require_inline(onnx, model)
            onnx.save_model(model, str(folder / _FILE))
        signature = Signature(
            inputs=_specs(onnx, model.graph.input, {each.name for each in model.graph.initializer}),
            outputs=_specs(onnx, model.graph.output, set()),
        )
        return Saved(format="onnx", framework_version=onnx.__version__, signature=signature)

    def load(self, folder: Path, document: ModelDocument, _request: LoadRequest) -> object:
        """Return the model; weights outside the files that MODEL.json lists are refused."""
        if document.format != "onnx":
            unknown_format(document)
        onnx = library("onnx", self.name)
        model = onnx.load_model(str(document.file(folder, _FILE)), load_external_data=False)
        for location in _locations(onnx, model):
            if location not in document.files:
                message = f"{_FILE} takes weights from {location!r}, which MODEL.json does not list"
                raise ModelDocumentInvalid(message)
        onnx.load_external_data_for_model(model, str(folder))
        return model


def _require_inline(onnx: Any, model: Any) -> None:
    if next(iter(_locations(onnx, model)), None) is not None:
        message = "the weights of the model are in another file: load it with onnx.load first"
        raise FrameworkError(message)


def _locations(onnx: Any, model: Any) -> Iterable[str]:
    """Yield where tensors have their bytes, if not in the model; also tensors of subgraphs."""
    tensors = onnx.external_data_helper._get_all_tensors(model)  # noqa: SLF001 - what it loads
    for tensor in tensors:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            yield from (entry.value for entry in tensor.external_data if entry.key == "location")


def _specs(onnx: Any, values: Iterable[Any], constants: set[str]) -> tuple[TensorSpec, ...]:
    """Return the tensors of a side of the graph; sequences and maps are left out."""
    return tuple(
        TensorSpec(
            name=value.name,
            dtype=_dtype(onnx.TensorProto.DataType.Name(value.type.tensor_type.elem_type)),
            shape=tuple(
                axis.dim_value if axis.HasField("dim_value") else -1
                for axis in value.type.tensor_type.shape.dim
            ),
        )
        for value in values
        if value.name not in constants and value.type.HasField("tensor_type")
    )


def _dtype(name: str) -> str:
    return {"FLOAT": "float32", "DOUBLE": "float64"}.get(name, name.lower())


ADAPTER: Final = OnnxAdapter()
