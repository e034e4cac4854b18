"""A model object in a folder: the files of its framework, and MODEL.json beside them."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from modelregistry._visible import visible
from modelregistry.errors import (
    ExampleFailed,
    FrameworkError,
    FrameworkUnavailable,
    RegistryError,
)
from modelregistry.frameworks import discovery, document
from modelregistry.frameworks.adapter import (
    FrameworkAdapter,
    LoadRequest,
    Saved,
    SaveRequest,
    TrustChecker,
)
from modelregistry.frameworks.document import ModelDocument
from modelregistry.frameworks.example import describe
from modelregistry.types import Signature

_MAX_OPTIONS_BYTES: Final = 256 * 1024


def save_model(
    model: object,
    folder: str | Path,
    *,
    example: object = None,
    framework: str = "",
    init: Mapping[str, object] | None = None,
    signature: Signature | None = None,
) -> ModelDocument:
    """Save a model object to a folder, which must be new or empty, and return its document.

    The arguments are those of `log_model`. With an example, the model runs on it before anything is
    written. Raises ExampleFailed, FrameworkUnavailable, FrameworkError for a model that its
    framework cannot save, and OSError.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        message = f"{folder} is not empty: a model is saved to a new folder"
        raise FrameworkError(message)
    adapter = discovery.by_name(framework) if framework else discovery.for_model(model)
    found = None if example is None else _on_example(adapter, model, example)
    request = SaveRequest(example=example, init=_json_object("init", init))
    with _failures(f"{_class(model)} was not saved as {adapter.name}"):
        saved = adapter.save(model, folder, request)
    written = _document(adapter, saved, folder, signature or saved.signature or found)
    document.write(folder, written)
    return written


def load_model(
    folder: str | Path, *, trust: bool = False, into: object = None, title: str = ""
) -> Any:
    """Load the model object of a folder that `save_model` or `log_model` wrote.

    `title` is how messages call the model; the folder by default. See `Client.load_model` for the
    rest and the errors.
    """
    folder = Path(folder)
    request = LoadRequest(trust=trust is True, into=into, title=title or str(folder))
    written = document.read(folder)
    adapter = discovery.by_name(written.framework)
    with _failures(f"{request.title} was not loaded as {adapter.name} ({written.format})"):
        return adapter.load(folder, written, request)


def check_loadable(
    document: ModelDocument, *, trust: bool = False, into: object = None, title: str = ""
) -> None:
    """Raise what `load_model` would raise for the document alone, before its files are here.

    Raises FrameworkUnavailable, and TrustRequired if the format always needs trust.
    """
    adapter = discovery.by_name(document.framework)
    request = LoadRequest(trust=trust is True, into=into, title=title)
    if isinstance(adapter, TrustChecker):
        with _failures(f"{title} was not loaded as {adapter.name} ({document.format})"):
            adapter.check_trust(document, request)


def _on_example(adapter: FrameworkAdapter, model: object, example: object) -> Signature:
    """Run the model on the example and return the signature of that."""
    try:
        output = adapter.predict(model, example)
    except FrameworkUnavailable:
        raise
    except (Exception, SystemExit) as error:
        message = f"{_class(model)} fails on the example: {_said(error)}"
        raise ExampleFailed(message) from error
    return describe(example, output)


def _document(
    adapter: FrameworkAdapter, saved: Saved, folder: Path, signature: Signature | None
) -> ModelDocument:
    files = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    if not files or document.FILE_NAME in files:
        message = f"the adapter {adapter.name!r} wrote no file, or {document.FILE_NAME}"
        raise FrameworkError(message)
    return ModelDocument(
        framework=adapter.name,
        framework_version=saved.framework_version,
        format=saved.format,
        files=tuple(files),
        options=_json_object("options", saved.options) or {},
        signature=signature,
    )


def _json_object(name: str, value: Mapping[str, object] | None) -> dict[str, object] | None:
    """Return a copy of JSON values; raises FrameworkError for others."""
    if value is None:
        return None
    try:
        text = json.dumps(dict(value), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        message = f"{name} must have JSON values only: {visible(str(error))}"
        raise FrameworkError(message) from error
    if len(text) > _MAX_OPTIONS_BYTES:
        message = f"{name} exceeds {_MAX_OPTIONS_BYTES:,} bytes as JSON"
        raise FrameworkError(message)
    copy: dict[str, object] = json.loads(text)
    return copy


@contextmanager
def _failures(what: str) -> Iterator[None]:
    """Report what a framework raises as FrameworkError; errors of the disk stay OSError.

    So is `sys.exit`, which would end the program of the caller.
    """
    try:
        yield
    except (RegistryError, OSError, MemoryError):
        raise
    except (Exception, SystemExit) as error:
        message = f"{what}: {_said(error)}"
        raise FrameworkError(message) from error


def _said(error: BaseException) -> str:
    return visible(f"{type(error).__name__}: {error}"[:2000])


def _class(model: object) -> str:
    return f"{type(model).__module__}.{type(model).__qualname__}"
