"""The interface of a framework adapter, and what it is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from modelregistry.errors import TrustRequired
from modelregistry.frameworks.document import ModelDocument
from modelregistry.types import Signature


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """The result of `save`. Every file in the folder becomes a file of the version."""

    format: str
    """The name of the file format, such as `skops`; the adapter chooses how to load by it."""
    framework_version: str
    options: Mapping[str, object] = field(default_factory=dict)
    """Values that `load` needs beside the files: JSON, at most 256 KiB."""
    signature: Signature | None = None
    """The signature that the format itself declares; it precedes that of the example."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRequest:
    """The arguments of `log_model` that concern adapters."""

    example: object = None
    """Input that the model accepts; None when there is none."""
    init: Mapping[str, object] | None = None
    """Keyword arguments that construct the model's class again, as JSON values."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadRequest:
    """The arguments of `load_model` that concern adapters."""

    trust: bool = False
    """Whether the author of the files may run code in this process."""
    into: object = None
    """An object of the caller that receives the weights; None: make one."""
    title: str = "the model"
    """How messages call the model, such as `fraud/7`."""

    def require_trust(self, reason: str) -> None:
        """Raise TrustRequired unless `trust` was given.

        reason: why loading runs code, or may, as the end of a sentence that begins with the model.
        """
        if not self.trust:
            message = f"{self.title} was not loaded: {reason}"
            raise TrustRequired(message, metadata={"resource": self.title})


@runtime_checkable
class FrameworkAdapter(Protocol):
    """Saves and loads the models of one framework.

    Found by the entry point group `modelregistry.frameworks`, under `name`. It must not import its
    framework before `predict`, `save` or `load` is called: all adapters are imported to choose one.
    """

    @property
    def name(self) -> str:
        """The name of the entry point, 1 to 64 of `a-z 0-9 _ -`, starting with a letter."""

    @property
    def packages(self) -> tuple[str, ...]:
        """The top-level packages whose classes it may save, such as `("sklearn",)`.

        A model is offered to the adapter when its class, or a class that it inherits from, is
        defined in one of them.
        """

    def can_save(self, model: object, /) -> bool:
        """Return whether `save` can save this model. Its framework is imported already."""

    def predict(self, model: object, example: object, /) -> object:
        """Return the model's output on the example, or None when it has no output.

        An exception is reported as a failure of the model on the example.
        """

    def save(self, model: object, folder: Path, request: SaveRequest, /) -> Saved:
        """Write the model into an empty folder. The name `MODEL.json` is taken."""

    def load(self, folder: Path, document: ModelDocument, request: LoadRequest, /) -> object:
        """Return the model that `save` wrote.

        The files and `document.options` may come from any caller who can push. It must call
        `request.require_trust` before anything that runs code from the files, such as unpickling or
        importing a module that they name, and before a reader that does not check what it reads.
        """


@runtime_checkable
class TrustChecker(Protocol):
    """What an adapter may have in addition, to refuse a version before its files are downloaded."""

    def check_trust(self, document: ModelDocument, request: LoadRequest, /) -> None:
        """Call `request.require_trust` if `document` alone tells that `load` will."""
