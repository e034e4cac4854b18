"""Keras 3: the `.keras` archive, of any backend."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from modelregistry.frameworks.adapter import LoadRequest, Saved, SaveRequest
from modelregistry.frameworks.archive import require_bounded
from modelregistry.frameworks.document import ModelDocument
from modelregistry.frameworks.library import library, unknown_format

_FILE: Final = "model.keras"
_UNSAFE: Final = "safe_mode"


class KerasAdapter:
    """Saves models with their weights, and the optimizer of a compiled one.

    Loads without trust unless the archive has Python code, as that of a Lambda layer has. Classes
    of the caller must be registered (`keras.saving.register_keras_serializable`) when it loads.
    """

    name: Final = "keras"
    packages: Final = ("keras",)

    def can_save(self, model: object) -> bool:
        """Take models, not single layers."""
        return isinstance(model, library("keras", self.name).Model)

    def predict(self, model: Any, example: Any) -> object:
        """Return the output in inference mode; several outputs by name."""
        given = list(example) if isinstance(example, tuple) else example
        output = model(given, training=False)
        if isinstance(output, Mapping) or not isinstance(output, tuple | list):
            return output
        return dict(zip(model.output_names, output, strict=True))

    def save(self, model: Any, folder: Path, _request: SaveRequest) -> Saved:
        """Write `model.keras`."""
        keras = library("keras", self.name)
        model.save(folder / _FILE)
        options = {"backend": keras.backend.backend()}
        return Saved(format="keras", framework_version=keras.__version__, options=options)

    def load(self, folder: Path, document: ModelDocument, request: LoadRequest) -> object:
        """Load the archive in Keras's safe mode unless there is trust."""
        if document.format != "keras":
            unknown_format(document)
        path = document.file(folder, _FILE)
        load = library("keras.saving", self.name).load_model
        require_bounded(path)
        if request.trust:
            return load(path, safe_mode=False)
        try:
            return load(path, safe_mode=True)
        except ValueError as error:
            if _UNSAFE not in str(error):
                raise
            request.require_trust(
                f"{_FILE} has Python code, such as that of a Lambda layer, which loading would run"
            )
            raise


ADAPTER: Final = KerasAdapter()
