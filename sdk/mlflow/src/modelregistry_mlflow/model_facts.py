"""The signature and environment that a folder of MLflow states, in the registry's terms."""

import logging
import re
from pathlib import Path
from typing import Any, Final

from mlflow.models import Model
from mlflow.types import ColSpec, DataType
from mlflow.types import TensorSpec as MlflowTensor

from modelregistry.types import Environment, Package, Signature, TensorSpec

_LOG: Final = logging.getLogger(__name__)
_MLMODEL: Final = "MLmodel"
_REQUIREMENTS: Final = "requirements.txt"
_PYTHON: Final = re.compile(r"(?m)^python:\s*['\"]?([0-9][0-9A-Za-z.+]*)['\"]?\s*$")
_PIN: Final = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)\s*==\s*(?P<version>[A-Za-z0-9.+!_-]+)"
)
_MOST_PACKAGES: Final = 5_000
_MOST_TENSORS: Final = 1_000
_DTYPES: Final = {
    DataType.boolean: "bool",
    DataType.integer: "int32",
    DataType.long: "int64",
    DataType.float: "float32",
    DataType.double: "float64",
    DataType.string: "string",
    DataType.binary: "bytes",
    DataType.datetime: "datetime64[ns]",
}


def signature(folder: Path) -> Signature | None:
    """Return the signature of a model of MLflow, None when there is none that can be mapped."""
    if not (folder / _MLMODEL).is_file():
        return None
    try:
        found = Model.load(str(folder)).signature
        if found is None:
            return None
        mapped = Signature(inputs=_tensors(found.inputs), outputs=_tensors(found.outputs))
    except Exception as error:  # noqa: BLE001 - a file that anything may have written
        _LOG.debug("The signature in %s has no equivalent: %s", folder, error)
        return None
    return mapped if mapped.inputs or mapped.outputs else None


def environment(folder: Path) -> Environment | None:
    """Return the environment of a model of MLflow.

    Its packages are a lock, so only requirements that are all pinned exactly are packages.
    """
    python = _PYTHON.search(_text(folder / "python_env.yaml"))
    packages = _packages(_text(folder / _REQUIREMENTS))
    if python is None and not packages:
        return None
    return Environment(python_version=python[1] if python else "", packages=packages)


def _packages(requirements: str) -> tuple[Package, ...]:
    found: dict[str, Package] = {}
    for line in requirements.splitlines():
        text = line.partition(" #")[0].strip()
        if not text or text.startswith("#"):
            continue
        pin = _PIN.fullmatch(text)
        if pin is None:
            return ()
        found[pin["name"].lower()] = Package(pin["name"], pin["version"])
    return tuple(found.values()) if len(found) <= _MOST_PACKAGES else ()


def _tensors(schema: Any) -> tuple[TensorSpec, ...]:
    specs = list(schema or ())
    if len(specs) > _MOST_TENSORS:
        message = f"more than {_MOST_TENSORS} columns"
        raise ValueError(message)
    return tuple(map(_tensor, specs))


def _tensor(spec: Any) -> TensorSpec:
    if isinstance(spec, MlflowTensor):
        return TensorSpec(dtype=str(spec.type), name=spec.name or "", shape=tuple(spec.shape))
    if isinstance(spec, ColSpec):
        return TensorSpec(dtype=_DTYPES[spec.type], name=spec.name or "", shape=(-1,))
    message = f"{type(spec).__name__} has no equivalent"
    raise ValueError(message)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
