"""Importing a framework when it is needed."""

from importlib import import_module, metadata
from typing import Any, NoReturn

from modelregistry.errors import FrameworkUnavailable, ModelDocumentInvalid
from modelregistry.frameworks.adapter import LoadRequest
from modelregistry.frameworks.document import FILE_NAME, ModelDocument


def library(module: str, extra: str) -> Any:
    """Import a module of a framework; raises FrameworkUnavailable when it cannot be imported.

    extra: the extra of this distribution that installs it, such as `sklearn`.
    """
    try:
        return import_module(module)
    except ImportError as error:
        message = f"{module} cannot be imported ({error}): pip install 'modelregistry[{extra}]'"
        raise FrameworkUnavailable(message) from error


def version(distribution: str, module: object) -> str:
    """Return the version of a framework, of its distribution or of its module."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return str(getattr(module, "__version__", ""))


def defined_in(model: object, package: str) -> bool:
    """Return whether the class of a model itself belongs to a package, and no subclass of it."""
    return type(model).__module__.partition(".")[0] == package


def require_trust_in_parser(request: LoadRequest, file: str, framework: str) -> None:
    """Raise TrustRequired, unless trust was given, for a format whose reader is not memory-safe."""
    request.require_trust(
        f"{framework} does not check the numbers in {file}, so a crafted file makes it access "
        "memory that is not its own: that ends the process, or worse"
    )


def unknown_format(document: ModelDocument) -> NoReturn:
    """Raise the error for a format that the adapter of a framework does not read."""
    message = (
        f"{FILE_NAME} has the format {document.format!r}, which this release does not read "
        f"for {document.framework}: update modelregistry"
    )
    raise ModelDocumentInvalid(message)
