"""Keras models; Python code in an archive needs trust."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import keras
import numpy as np
import pytest

from modelregistry import Client, errors
from modelregistry.frameworks import load_model, save_model

ROWS = np.linspace(-1, 1, 20, dtype=np.float32).reshape(5, 4)


def predicted(model: keras.Model) -> bytes:
    return model.predict(ROWS, verbose=0).tobytes()


def dense() -> keras.Model:
    layers = [keras.Input((4,)), keras.layers.Dense(3, "relu"), keras.layers.Dense(1)]
    return keras.Sequential(layers)


def test_a_model_is_loaded_from_the_registry(client: Client) -> None:
    model = dense()
    model.compile("adam", "mse")
    model.fit(ROWS, ROWS[:, :1], verbose=0)
    version = client.log_model("dense", model, example=ROWS)
    loaded = client.load_model("dense@latest")

    assert version.signature is not None
    assert version.signature.outputs[0].shape == (-1, 1)
    assert predicted(loaded) == predicted(model)
    assert loaded.optimizer.name == model.optimizer.name


def test_several_inputs_and_outputs_have_names(tmp_path: Path) -> None:
    left, right = keras.Input((4,), name="left"), keras.Input((4,), name="right")
    heads = {name: keras.layers.Dense(2, name=name)(left + right) for name in ("up", "down")}
    model = keras.Model({"left": left, "right": right}, heads)
    signature = save_model(model, tmp_path, example={"left": ROWS, "right": ROWS}).signature
    assert signature is not None
    assert {spec.name for spec in signature.inputs} == {"left", "right"}
    assert {spec.name for spec in signature.outputs} == {"up", "down"}


def test_python_code_needs_trust(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda rows: rows * 2)])
    save_model(model, tmp_path, example=ROWS)
    with pytest.raises(errors.TrustRequired, match="Lambda"):
        load_model(tmp_path)
    assert predicted(load_model(tmp_path, trust=True)) == predicted(model)


def test_an_archive_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    save_model(dense(), tmp_path, example=ROWS)
    with ZipFile(tmp_path / "model.keras", "a", ZIP_DEFLATED) as archive:
        archive.writestr("assets/zeros", bytes(100 * 1024 * 1024))
    with pytest.raises(errors.ModelDocumentInvalid, match="would grow"):
        load_model(tmp_path)
