"""Transformers: the folder of `save_pretrained`, for models and pipelines."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from modelregistry.errors import ModelDocumentInvalid
from modelregistry.frameworks.adapter import LoadRequest, Saved, SaveRequest
from modelregistry.frameworks.document import ModelDocument
from modelregistry.frameworks.library import library, unknown_format, version
from modelregistry.frameworks.torch import evaluating

_FOLDER: Final = "pretrained"
_PARTS: Final = {
    "tokenizer": "AutoTokenizer",
    "feature_extractor": "AutoFeatureExtractor",
    "image_processor": "AutoImageProcessor",
}
"""The parts of a pipeline beside its model, and the classes that read them."""
_CODE_KEYS: Final = ("auto_map", "custom_pipelines")
"""Keys of the JSON files that name Python files to import."""
_KERNEL_KEY: Final = "attn_implementation"
"""Part of the keys whose value names code on the hub, if it has a slash."""


class TransformersAdapter:
    """Saves models of Transformers, and pipelines with their tokenizer and processors.

    Weights are safetensors only; pickles are never read, and nothing is downloaded. A version whose
    configuration names code of its own needs trust.
    """

    name: Final = "transformers"
    packages: Final = ("transformers",)

    def can_save(self, model: object) -> bool:
        """Take pipelines, and models of a class that Transformers has or that saves its code."""
        transformers = library("transformers", self.name)
        if isinstance(model, transformers.Pipeline):
            return self.can_save(model.model)
        if not isinstance(model, transformers.PreTrainedModel):
            return False
        known = getattr(transformers, type(model).__name__, None) is type(model)
        return known or getattr(type(model), "_auto_class", None) is not None

    def predict(self, model: Any, example: Any) -> object:
        """Return the output of a model by name; pipelines return records, which have no types."""
        if not hasattr(model, "task"):
            torch = library("torch", self.name)
            with evaluating(model), torch.no_grad():
                output = model(**example) if isinstance(example, Mapping) else model(example)
            return {name: value for name, value in output.items() if torch.is_tensor(value)}
        model(example)
        return None

    def save(self, model: Any, folder: Path, _request: SaveRequest) -> Saved:
        """Write the folder `pretrained`."""
        transformers = library("transformers", self.name)
        model.save_pretrained(folder / _FOLDER)
        pipeline = isinstance(model, transformers.Pipeline)
        inner = model.model if pipeline else model
        options: dict[str, object] = {"class": type(inner).__name__}
        if pipeline:
            options["task"] = model.task
            options["parts"] = [part for part in _PARTS if getattr(model, part, None) is not None]
        installed = version("transformers", transformers)
        return Saved(format="pretrained", framework_version=installed, options=options)

    def load(self, folder: Path, document: ModelDocument, request: LoadRequest) -> object:
        """Return the model in evaluation mode, or the pipeline."""
        if document.format != "pretrained":
            unknown_format(document)
        path = folder / _FOLDER
        for reason in _code(path):
            request.require_trust(reason)
        given: dict[str, Any] = {
            "local_files_only": True,
            "trust_remote_code": request.trust,
        }
        transformers = library("transformers", self.name)
        kind = _model_class(transformers, document, path)
        model = kind.from_pretrained(str(path), use_safetensors=True, **given)
        if "task" not in document.options:
            return model.eval()
        parts = {
            part: getattr(transformers, reader).from_pretrained(str(path), **given)
            for part, reader in _PARTS.items()
            if part in _recorded_parts(document)
        }
        return transformers.pipeline(
            document.text("task"), model=model, trust_remote_code=request.trust, **parts
        )


def _recorded_parts(document: ModelDocument) -> list[object]:
    parts = document.options.get("parts", [])
    return parts if isinstance(parts, list) else []


def _model_class(transformers: Any, document: ModelDocument, path: Path) -> Any:
    """Return the class of the model: one of Transformers, or that of the code in the folder."""
    name = document.text("class")
    kind = getattr(transformers, name, None) if name.isidentifier() else None
    if isinstance(kind, type) and issubclass(kind, transformers.PreTrainedModel):
        return kind
    auto_map = _read(path / "config.json").get("auto_map")
    for auto in auto_map if isinstance(auto_map, dict) else ():
        if auto.startswith("AutoModel") and hasattr(transformers, auto):
            return getattr(transformers, auto)
    message = f"MODEL.json has the class {name!r}, which is no model of Transformers"
    raise ModelDocumentInvalid(message)


def _code(path: Path) -> Iterator[str]:
    """Yield why loading would run code: what the JSON files of the folder name.

    It reads the files that are there, whatever MODEL.json lists, because Transformers does too.
    """
    for file in sorted(path.rglob("*.json")):
        for key in _keys_with_code(_read(file)):
            name = file.relative_to(path.parent).as_posix()
            yield f"{name} has {key!r}, which names Python code that loading would run"


def _keys_with_code(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _keys_with_code(item)
    if isinstance(value, dict):
        for key, item in value.items():
            if key in _CODE_KEYS or (_KERNEL_KEY in key and "/" in str(item)):
                yield key
            else:
                yield from _keys_with_code(item)


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}  # Transformers says what is wrong with it
    return content if isinstance(content, dict) else {}


ADAPTER: Final = TransformersAdapter()
