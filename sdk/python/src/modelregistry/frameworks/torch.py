"""PyTorch: weights as safetensors, and the program as torch.export writes it."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from modelregistry._visible import visible
from modelregistry.errors import FrameworkError
from modelregistry.frameworks.adapter import LoadRequest, Saved, SaveRequest
from modelregistry.frameworks.document import ModelDocument
from modelregistry.frameworks.library import library, unknown_format

_WEIGHTS: Final = "model.safetensors"
_PROGRAM: Final = "model.pt2"
_LOG: Final = logging.getLogger("modelregistry")


class TorchAdapter:
    """Saves modules: the weights always, and with an example the exported program, if it exports.

    Three ways to load, tried in this order: `into=` gets the weights, which are data only; a module
    saved with `init=` is constructed again; the exported program is read. The last two run code
    and need trust.
    """

    name: Final = "torch"
    packages: Final = ("torch",)

    def can_save(self, model: object) -> bool:
        """Take every module."""
        return isinstance(model, library("torch.nn", self.name).Module)

    def predict(self, model: Any, example: object) -> object:
        """Return the output in evaluation mode; the mode of the model is restored."""
        torch = library("torch", self.name)
        args, kwargs = _arguments(torch, example)
        with evaluating(model), torch.no_grad():
            return model(*args, **kwargs)

    def save(self, model: Any, folder: Path, request: SaveRequest) -> Saved:
        """Write `model.safetensors` and, with an example, `model.pt2`."""
        torch = library("torch", self.name)
        library("safetensors.torch", self.name).save_model(model, str(folder / _WEIGHTS))
        options: dict[str, object] = {}
        if request.init is not None:
            options = {"class": _importable(type(model)), "init": dict(request.init)}
        if request.example is not None:
            _export(torch, model, request.example, folder / _PROGRAM)
        return Saved(format="safetensors", framework_version=torch.__version__, options=options)

    def check_trust(self, document: ModelDocument, request: LoadRequest) -> None:
        """Require trust unless the weights go into a module of the caller."""
        if request.into is not None or document.format != "safetensors":
            return
        if "class" in document.options:
            request.require_trust(
                f"MODEL.json names the class {document.text('class')!r}, and importing and calling "
                "it runs code; with into= a module of yours gets the weights without trust"
            )
        elif _PROGRAM in document.files:
            request.require_trust(
                f"{_PROGRAM} is a program of torch.export, which may contain pickles; "
                "with into= a module of yours gets the weights without trust"
            )

    def load(self, folder: Path, document: ModelDocument, request: LoadRequest) -> object:
        """Return the module in evaluation mode."""
        if document.format != "safetensors":
            unknown_format(document)
        self.check_trust(document, request)
        weights = document.file(folder, _WEIGHTS)
        if request.into is None and "class" not in document.options:
            return _program(folder, document, request)
        module: Any = _constructed(document) if request.into is None else request.into
        library("safetensors.torch", self.name).load_model(module, str(weights))
        return module.eval()


def _arguments(torch: Any, example: object) -> tuple[tuple[object, ...], dict[str, object]]:
    """Return the arguments of the module: several for a tuple or list, by name for a mapping."""
    if isinstance(example, Mapping):
        return (), {str(name): _tensor(torch, value) for name, value in example.items()}
    if isinstance(example, tuple | list):
        return tuple(_tensor(torch, value) for value in example), {}
    return (_tensor(torch, example),), {}


def _tensor(torch: Any, value: object) -> object:
    return torch.from_numpy(value) if type(value).__module__ == "numpy" else value


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Put a module into evaluation mode, and afterwards into the modes that it had."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def _importable(kind: type) -> str:
    name = f"{kind.__module__}:{kind.__qualname__}"
    if kind.__module__ == "__main__" or "<" in kind.__qualname__:
        message = (
            f"init= needs a class that can be imported, and {name} is none: put it in a module"
        )
        raise FrameworkError(message)
    return name


def _export(torch: Any, model: Any, example: object, path: Path) -> None:
    """Write the program, for any length of the first axes if it exports so; else none."""
    args, kwargs = _arguments(torch, example)
    reason = ""
    with evaluating(model):
        for dynamic in (True, False):
            shapes = _first_axes_vary(torch, args, kwargs) if dynamic else None
            given = (
                (_two_rows(torch, args), _two_rows(torch, kwargs)) if dynamic else (args, kwargs)
            )
            try:
                program = torch.export.export(model, *given, dynamic_shapes=shapes)
                torch.export.save(program, path)
            except Exception as error:  # noqa: BLE001 - many kinds, and the weights are enough
                path.unlink(missing_ok=True)
                reason = visible(f"{type(error).__name__}: {error}".partition("\n")[0])
            else:
                return
    message = "torch.export does not take %s: only its weights are saved. %s"
    _LOG.warning(message, type(model).__name__, reason)


def _first_axes_vary(torch: Any, args: tuple[object, ...], kwargs: Mapping[str, object]) -> object:
    def shape(value: object) -> object:
        varies = torch.is_tensor(value) and value.dim() > 0  # type: ignore[attr-defined]
        return {0: torch.export.Dim.AUTO} if varies else None

    if kwargs:
        return {name: shape(value) for name, value in kwargs.items()}
    return tuple(map(shape, args))


def _two_rows(torch: Any, values: Any) -> Any:
    """Repeat single rows, because export takes a length of 1 for a constant."""
    if isinstance(values, Mapping):
        return {name: _two_rows(torch, (value,))[0] for name, value in values.items()}
    return tuple(
        value.repeat(2, *[1] * (value.dim() - 1))
        if torch.is_tensor(value) and value.dim() > 0 and value.shape[0] == 1
        else value
        for value in values
    )


def _constructed(document: ModelDocument) -> object:
    name = document.text("class")
    module, _, path = name.partition(":")
    kind: Any = import_module(module)
    for part in path.split("."):
        kind = getattr(kind, part)
    if not (isinstance(kind, type) and issubclass(kind, library("torch.nn", "torch").Module)):
        message = f"MODEL.json names {name!r}, which is no module of PyTorch"
        raise FrameworkError(message)
    return kind(**document.table("init"))


def _program(folder: Path, document: ModelDocument, request: LoadRequest) -> object:
    if _PROGRAM not in document.files:
        message = (
            f"{request.title} has weights only: pass into= with a module to receive them, or save "
            "it with an example that torch.export takes, or with init="
        )
        raise FrameworkError(message)
    torch = library("torch", "torch")
    return torch.export.load(document.file(folder, _PROGRAM)).module()


ADAPTER: Final = TorchAdapter()
