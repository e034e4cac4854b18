"""PyTorch modules: weights as data, programs and classes with trust."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from modelregistry import Client, TensorSpec, errors
from modelregistry.frameworks import load_model, save_model
from tests.frameworks.modules import Branching, Tied, Wide
from tests.support.framework_models import Bomb

ROWS = torch.linspace(-1, 1, 28).reshape(7, 4)
ELSEWHERE = """
import sys
import torch
from modelregistry import Client

with Client(sys.argv[1], cache=False) as registry:
    module = registry.load_model(sys.argv[2], trust=True)
rows = torch.linspace(-1, 1, 28).reshape(7, 4)
print(type(module).__name__, module(rows).detach().numpy().tobytes().hex())
"""


def output(module: torch.nn.Module) -> bytes:
    return module.eval()(ROWS).detach().numpy().tobytes()


def trained(module: torch.nn.Module) -> torch.nn.Module:
    module.train()
    module(ROWS)  # moves the statistics of the batch norm
    return module


@pytest.mark.parametrize(
    "make", [lambda: Wide(3), Tied, Branching], ids=["statistics", "tied weights", "branching"]
)
def test_weights_go_into_a_module_without_trust(
    make: Callable[[], torch.nn.Module], tmp_path: Path
) -> None:
    module = trained(make())
    save_model(module, tmp_path)
    assert module.training
    loaded = load_model(tmp_path, into=make())
    assert not loaded.training
    assert output(loaded) == output(module)


@pytest.mark.parametrize("rows", [1, 7])
def test_an_exported_program_takes_any_number_of_rows(tmp_path: Path, rows: int) -> None:
    module = trained(Wide(3))
    saved = save_model(module, tmp_path, example=ROWS[:rows])
    assert saved.signature is not None
    assert saved.signature.outputs == (TensorSpec(dtype="float32", shape=(-1, 3)),)
    with pytest.raises(errors.TrustRequired, match="into="):
        load_model(tmp_path)
    program = load_model(tmp_path, trust=True)
    assert program(ROWS).detach().numpy().tobytes() == output(module)


def test_a_class_is_constructed_again_elsewhere(client: Client) -> None:
    module = trained(Wide(3))
    client.log_model("wide", module, example=ROWS.numpy(), init={"width": 3})
    with pytest.raises(errors.TrustRequired, match=r"wide/1.*modules:Wide"):
        client.load_model("wide@latest")
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, client.target, "wide@latest"],
        capture_output=True,
        check=True,
        text=True,
        timeout=300,
    )
    name, found = done.stdout.split()
    assert name == "Wide"
    assert bytes.fromhex(found) == output(module)


def test_what_does_not_export_keeps_its_weights(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    module = Branching()
    with caplog.at_level(logging.WARNING, "modelregistry"):
        save_model(module, tmp_path, example=ROWS)
    assert "torch.export does not take Branching" in caplog.text
    with pytest.raises(errors.FrameworkError, match="has weights only"):
        load_model(tmp_path, trust=True)
    assert output(load_model(tmp_path, into=Branching())) == output(module)


def test_weights_of_another_shape_are_refused(tmp_path: Path) -> None:
    save_model(Wide(3), tmp_path)
    with pytest.raises(errors.FrameworkError, match="was not loaded"):
        load_model(tmp_path, into=Wide(4))


def test_a_class_that_cannot_be_imported_is_refused_when_it_is_saved(tmp_path: Path) -> None:
    class Local(Wide):
        pass

    with pytest.raises(errors.FrameworkError, match="can be imported"):
        save_model(Local(3), tmp_path, init={"width": 3})


@pytest.mark.parametrize("name", ["os:system", "subprocess:Popen", "absent_module:X", "torch:load"])
def test_a_class_of_the_document_is_a_module_or_nothing(name: str, tmp_path: Path) -> None:
    save_model(Wide(3), tmp_path, init={"width": 3})
    content = json.loads((tmp_path / "MODEL.json").read_text())
    content["options"] = {"class": name, "init": {}}
    (tmp_path / "MODEL.json").write_text(json.dumps(content))
    with pytest.raises(errors.TrustRequired):
        load_model(tmp_path)
    with pytest.raises(errors.FrameworkError):
        load_model(tmp_path, trust=True)


def test_pickles_are_not_read_for_weights_or_programs(tmp_path: Path) -> None:
    save_model(Wide(3), tmp_path, example=ROWS)
    marker, data = tmp_path / "exploded", io.BytesIO()
    torch.save(Bomb(marker), data)
    (tmp_path / "model.safetensors").write_bytes(data.getvalue())
    (tmp_path / "model.pt2").write_bytes(data.getvalue())
    with pytest.raises(errors.FrameworkError):
        load_model(tmp_path, into=Wide(3))
    with pytest.raises(errors.TrustRequired):
        load_model(tmp_path)
    assert not marker.exists()
