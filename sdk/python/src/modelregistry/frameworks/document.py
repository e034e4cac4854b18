"""MODEL.json: the file of a version that says how to load its model.

Every caller who can push can write this file, so reading checks everything: its size, its types,
and that the files it names exist inside the folder. It never names a module to import; an adapter
is chosen among the installed ones by name.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final, NoReturn

from modelregistry._visible import visible
from modelregistry.errors import ModelDocumentInvalid
from modelregistry.types import Signature, TensorSpec

FILE_NAME: Final = "MODEL.json"
SCHEMA: Final = 1
"""The schema that this release writes, and the latest that it reads."""
MAX_BYTES: Final = 1024 * 1024
_MAX_FILES: Final = 100_000
_MAX_TENSORS: Final = 1000
_MAX_AXES: Final = 32
_MAX_TEXT: Final = 512
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDocument:
    """The contents of MODEL.json."""

    framework: str
    """The name of the adapter that saved the model."""
    framework_version: str
    format: str
    """The adapter's name of the file format."""
    files: tuple[str, ...]
    """The files that the adapter wrote, relative, with `/` between parts; sorted."""
    options: Mapping[str, object] = field(default_factory=dict)
    """Values that the adapter recorded for loading: JSON, to be checked by the adapter."""
    signature: Signature | None = None

    def file(self, folder: Path, name: str) -> Path:
        """Return the path of a file that the document lists; raises ModelDocumentInvalid."""
        if name not in self.files:
            _invalid(f"does not list the file {name!r}, which the format {self.format!r} needs")
        return folder / name

    def table(self, name: str) -> Mapping[str, object]:
        """Return a recorded object, empty without one; raises ModelDocumentInvalid for others."""
        value = self.options.get(name, {})
        if not isinstance(value, dict):
            _invalid(f"options.{name} must be an object")
        return value

    def text(self, name: str, default: str = "") -> str:
        """Return a recorded text, or the default without one; raises ModelDocumentInvalid."""
        value = self.options.get(name, default)
        if not isinstance(value, str):
            _invalid(f"options.{name} must be text")
        return value


def write(folder: Path, document: ModelDocument) -> None:
    """Write MODEL.json; equal documents have equal bytes."""
    content = {
        "schema": SCHEMA,
        "framework": document.framework,
        "framework_version": document.framework_version,
        "format": document.format,
        "files": sorted(document.files),
        "options": dict(document.options),
        "signature": _signature_to_json(document.signature),
    }
    text = json.dumps(content, indent=2, sort_keys=True, allow_nan=False, ensure_ascii=False)
    if len(text.encode()) > MAX_BYTES:
        _invalid(f"would exceed {MAX_BYTES:,} bytes")
    (folder / FILE_NAME).write_text(text + "\n", encoding="utf-8")


def read(folder: Path) -> ModelDocument:
    """Read and check the MODEL.json of a folder; raises ModelDocumentInvalid."""
    path = folder / FILE_NAME
    if not path.is_file():
        raise absent()
    with path.open("rb") as file:
        document = parse(file.read(MAX_BYTES + 1))
    _require_files(folder, document.files)
    return document


def absent() -> ModelDocumentInvalid:
    """Return the error for a version without MODEL.json."""
    message = f"there is no {FILE_NAME}: the version was not saved by log_model; use pull"
    return ModelDocumentInvalid(message)


def parse(data: bytes) -> ModelDocument:
    """Check the bytes of MODEL.json, but not that its files exist.

    Raises ModelDocumentInvalid, also for more than 1 MiB.
    """
    content = _parsed(data)
    schema = content.get("schema")
    if type(schema) is not int or schema < 1:
        _invalid("schema must be a positive integer")
    if schema > SCHEMA:
        _invalid(f"has schema {schema}; this release reads up to {SCHEMA}, so update modelregistry")
    options = content.get("options", {})
    if not isinstance(options, dict):
        _invalid("options must be an object")
    return ModelDocument(
        framework=_name(content, "framework"),
        framework_version=_text(content, "framework_version"),
        format=_name(content, "format"),
        files=_files(content.get("files")),
        options=options,
        signature=_signature(content.get("signature")),
    )


def _parsed(data: bytes) -> dict[str, object]:
    if len(data) > MAX_BYTES:
        _invalid(f"exceeds {MAX_BYTES:,} bytes")
    try:
        content = json.loads(data.decode("utf-8"), parse_constant=_not_a_number)
    except (ValueError, RecursionError) as error:  # UnicodeDecodeError and JSONDecodeError too
        message = f"{FILE_NAME} is not JSON: {visible(str(error))}"
        raise ModelDocumentInvalid(message) from error
    if not isinstance(content, dict):
        _invalid("must be an object")
    return content


def _not_a_number(text: str) -> NoReturn:
    message = f"{text} is not JSON"
    raise ValueError(message)


def _name(content: Mapping[str, object], key: str) -> str:
    value = content.get(key)
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        _invalid(f"{key} must be 1 to 64 of a-z 0-9 _ -, starting with a letter")
    return value


def _text(content: Mapping[str, object], key: str) -> str:
    value = content.get(key, "")
    if not isinstance(value, str) or len(value) > _MAX_TEXT:
        _invalid(f"{key} must be text of at most {_MAX_TEXT} characters")
    return value


def _files(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > _MAX_FILES:
        _invalid(f"files must be a list of at most {_MAX_FILES:,} paths")
    for name in value:
        if not isinstance(name, str) or not is_inside(name):
            _invalid(f"files has {name!r}, which is no path inside the version")
    return tuple(value)


def is_inside(name: str) -> bool:
    """Return whether a path is relative and plain: no `.`, `..`, drive, backslash or NUL."""
    parts = name.split("/")
    plain = not any(mark in name for mark in ("\\", "\0", ":"))
    return plain and all(part not in {"", ".", ".."} for part in parts)


def require_listed(files: Iterable[str], existing: Collection[str]) -> None:
    """Raise ModelDocumentInvalid for a file that is none of the existing ones."""
    for name in files:
        if name not in existing:
            _invalid(f"lists {name!r}, which is no file of the version")


def _require_files(folder: Path, files: Iterable[str]) -> None:
    root = folder.resolve()
    require_listed(files, {name for name in files if _is_file_in(root, name)})


def _is_file_in(root: Path, name: str) -> bool:
    path = root / PurePosixPath(name)
    try:
        return path.is_file() and path.resolve().is_relative_to(root)
    except OSError:  # such as a name that is too long
        return False


def _signature(value: object) -> Signature | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        _invalid("signature must be an object")
    return Signature(inputs=_tensors(value, "inputs"), outputs=_tensors(value, "outputs"))


def _tensors(signature: Mapping[str, object], side: str) -> tuple[TensorSpec, ...]:
    value = signature.get(side, [])
    if not isinstance(value, list) or len(value) > _MAX_TENSORS:
        _invalid(f"signature.{side} must be a list of at most {_MAX_TENSORS:,}")
    return tuple(_tensor(item, f"signature.{side}[{index}]") for index, item in enumerate(value))


def _tensor(value: object, path: str) -> TensorSpec:
    if not isinstance(value, dict):
        _invalid(f"{path} must be an object")
    shape = value.get("shape", [])
    if not isinstance(shape, list) or len(shape) > _MAX_AXES or not all(map(_is_axis, shape)):
        _invalid(f"{path}.shape must be at most {_MAX_AXES} integers of -1 or more")
    return TensorSpec(dtype=_text(value, "dtype"), name=_text(value, "name"), shape=tuple(shape))


def _is_axis(value: object) -> bool:
    return type(value) is int and value >= -1


def _signature_to_json(signature: Signature | None) -> object:
    if signature is None:
        return None
    return {
        side: [{"name": spec.name, "dtype": spec.dtype, "shape": list(spec.shape)} for spec in each]
        for side, each in (("inputs", signature.inputs), ("outputs", signature.outputs))
    }


def _invalid(problem: str) -> NoReturn:
    message = f"{FILE_NAME} {visible(problem)}"
    raise ModelDocumentInvalid(message)
